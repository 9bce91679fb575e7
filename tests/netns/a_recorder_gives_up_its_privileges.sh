#!/usr/bin/env bash
# Once its sources are open a recorder under sudo is the invoking user, and one of root's own
# programs keeps two capabilities; owners of sockets, kills and `enter` still work. Files are made
# with the invoking user's rights.
# needs: user namespaces
set -u
cd "$TMP" || exit 1
[ "$(id -u)" = 0 ] || { echo "skip - not root: there are no privileges to give up"; exit 0; }
grep -q '^ *0 *0 *4294967295' /proc/self/uid_map || { echo "skip - not the machine's root: not all users exist here"; exit 0; }
PATH=$PATH:$BUILD/labs
chmod 755 "$TMP"
mkdir -m 777 open
cd open || exit 1
check() {       # sentence, a condition
	if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n' "$1" "$2"; cat status out err 2>/dev/null | head -60; fi
}
await() { local i; for ((i = 0; i < 400; i++)); do "$@" && return; sleep 0.05; done; return 1; }
capabilities() { sed -n "s/^Cap$1:\t0*\(.*\)/\1/p" status; }     # Eff, Prm, Bnd, as hexadecimal without zeros in front
export lasts=$((1000000 + $$))          # this run's own: others may run beside it
cat >server.sh <<'END'
echo_server --port 12345 </dev/null >/dev/null 2>&1 &
tcpstate wait tcp port 12345 LISTEN
tcpstate mark running
tcpstate expect owned 1 'count LISTEN src port 12345' || exit 1
sleep "$lasts" &
touch "$1"
wait
END
begin() {       # name, environment and options...
	rm -f status
	env "${@:2}" >out 2>err &
	pid=$!
	await test -e "$1.go"
	cp /proc/$pid/status status
}

begin sudo SUDO_UID=65534 SUDO_GID=65534 "$TCPSTATE" record -o sudo -- bash server.sh sudo.go
check "a recorder under sudo is the invoking user" '[ "$(sed -n "s/^Uid:\t//p" status)" = "65534	65534	65534	65534" ] && [ "$(sed -n "s/^Gid:\t//p" status)" = "65534	65534	65534	65534" ]'
check "without a capability, nor a way back to one" '[ -z "$(capabilities Eff)$(capabilities Prm)$(capabilities Bnd)" ]'
check "the invoking user owns the recording and its socket" '[ "$(stat -c %u sudo sudo/* | sort -u)" = 65534 ]'
check "and enters it" '[ "$(setpriv --reuid=65534 --regid=65534 --clear-groups "$TCPSTATE" enter sudo -- sh -c "ss -ltnH | grep -c :12345" 2>err)" = 1 ]'
kill -TERM $pid; wait $pid
check "it still ends what COMMAND left" '! grep -aqs "${lasts%?}[${lasts: -1}]" /proc/[0-9]*/cmdline'
"$TCPSTATE" report sudo >report.txt 2>&1
check "it still names the owners of sockets" 'grep -q "echo_server\[" report.txt'

# Of a directory service that is not there, or of another container.
nameless=64999
while getent passwd $nameless >/dev/null; do nameless=$((nameless + 1)); done
env SUDO_UID=$nameless SUDO_GID=$nameless "$TCPSTATE" record -o nameless -- id -u >out 2>err; status=$?
check "an invoking user without a name becomes the recorder as well" '[ $status = 0 ] && [ "$(stat -c %u:%g nameless/facts.jsonl)" = "$nameless:$nameless" ]'

begin root "$TCPSTATE" record -o root -- bash server.sh root.go
check "a recorder of root's own programs keeps CAP_KILL and CAP_SYS_PTRACE" '[ "$(capabilities Eff)" = 80020 ] && [ "$(capabilities Prm)" = 80020 ]'
kill -TERM $pid; wait $pid
"$TCPSTATE" report root >report.txt 2>&1
check "and still names the owners of sockets" 'grep -q "echo_server\[" report.txt'

cat >outside.sh <<'END'
echo_server --port 12345 </dev/null >/dev/null 2>&1 & server=$!
until ss -ltnH | grep -q :12345; do sleep 0.02; done
echo "$server" >server.pid
exec env SUDO_UID=65534 SUDO_GID=65534 "$TCPSTATE" record -o machine
END
unshare -n bash -c 'ip link set lo up; . ./outside.sh' >out 2>err &
pid=$!
await test -e machine/control
cp /proc/$pid/status status
check "without COMMAND it is the invoking user, and may look at whose sockets there are" '[ "$(sed -n "s/^Uid:\t//p" status | cut -f1)" = 65534 ] && [ "$(capabilities Eff)" = 80004 ]'
kill -INT $pid; wait $pid; status=$?
kill "$(cat server.pid)"
"$TCPSTATE" report --all machine >report.txt 2>&1
check "which it does" '[ $status = 0 ] && grep -q "echo_server\[" report.txt'

mkdir -m 755 ../roots
env SUDO_UID=65534 SUDO_GID=65534 "$TCPSTATE" record -o ../roots/x -- touch ran >out 2>err; status=$?
check "root's rights make no directory where the invoking user may not" '[ $status = 1 ] && [ ! -e ../roots/x ] && [ ! -e ran ] && grep -q "Permission denied" err'
