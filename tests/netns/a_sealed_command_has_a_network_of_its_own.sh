#!/usr/bin/env bash
# Inside: root, lo up, sysctls, nftables, raw sockets. Outside: nothing changed. By hand from a
# second terminal: enter.
# also: user
# needs: user namespaces
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs
check() { if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n%s\n' "$1" "$2" "$(cat out err 2>/dev/null)"; fi; }
await() { local i; for ((i = 0; i < 200; i++)); do "$@" && return; sleep 0.05; done; return 1; }
host=$(readlink /proc/self/ns/net) somaxconn=$(cat /proc/sys/net/core/somaxconn)

"$TCPSTATE" record -o r --sysctl net.core.somaxconn=2 --sysctl net/ipv4/tcp_syn_retries=3 -- bash -c '
	id -u >uid; readlink /proc/self/ns/net >net; cat /proc/sys/net/core/somaxconn /proc/sys/net/ipv4/tcp_syn_retries >sysctls
	echo 0 >/proc/sys/net/ipv4/tcp_syncookies && cat /proc/sys/net/ipv4/tcp_syncookies >cookies
	nft add table inet t && nft list tables >tables
	stat -Lc %i /proc/self/ns/net >inode; echo "$TCPSTATE_NETNS" >variable; echo "$TCPSTATE_CONTROL" >control
	cat /proc/net/dev >interfaces; command -v tcpstate echo_server >programs' >out 2>err
check "COMMAND is root in a network of its own" '[ "$(cat uid)" = 0 ] && [ "$(cat net)" != "$host" ]'
check "only lo is there" '[ "$(grep -c : interfaces)" = 1 ] && grep -q "lo:" interfaces'
check "--sysctl holds inside, and is in the manifest" '[ "$(tr "\n" " " <sysctls)" = "2 3 " ] && head -1 r/facts.jsonl | grep -q "\"sysctls_set\":{\"net.core.somaxconn\":\"2\""'
check "COMMAND may set sysctls and load nftables rules" '[ "$(cat cookies)" = 0 ] && grep -q "inet t" tables'
check "the machine's own sysctls are untouched" '[ "$(cat /proc/sys/net/core/somaxconn)" = "$somaxconn" ]'
check "TCPSTATE_NETNS is the namespace's inode" '[ "$(cat inode)" = "$(cat variable)" ]'
check "TCPSTATE_CONTROL names the control socket" '[ "$(cat control)" = "$PWD/r/control" ]'
check "tcpstate and the lab programs are in PATH" 'grep -q /tcpstate programs && grep -q labs/echo_server programs'

refused() {     # sentence, --sysctl, words
	"$TCPSTATE" record -o x --sysctl "$2" -- touch ran >out 2>err; status=$?
	check "$1" "[ $status != 0 ] && [ ! -e ran ] && [ ! -e x ] && grep -qF '$2' err && grep -q '$3' err"
}
refused "a sysctl the kernel refuses is an error that names it" net.ipv4.tcp_syn_retries=999 "refuses"
refused "a sysctl that does not exist is an error that names it" net.ipv4.no_such=1 "no such sysctl"
refused "a sysctl of the whole machine is an error that names it" kernel.hostname=x "only those of the network"
"$TCPSTATE" record -o x --here --sysctl net.core.somaxconn=3 -- touch ran >out 2>err; status=$?
check "--sysctl never changes the machine's own network" '[ $status = 1 ] && [ ! -e ran ] && [ "$(cat /proc/sys/net/core/somaxconn)" = "$somaxconn" ]'

mkfifo hold
"$TCPSTATE" record -o two -- bash -c 'echo_server --port 12345 </dev/null >/dev/null & tcpstate wait LISTEN; touch up; read -r _ <hold; exit 3' >out 2>err &
pid=$!
await test -e up
inode=$("$TCPSTATE" enter two -- bash -c 'echo_client --port 12345 --send hello --send bye >answer; tcpstate mark "from outside"; tcpstate expect listeners 1 "count LISTEN tcp port 12345" >expected; echo $TCPSTATE_NETNS')
"$TCPSTATE" mark -C two "from the host" || echo "not ok - mark --control from outside"
"$TCPSTATE" enter two -- sh -c 'exit 5'; status=$?
check "enter runs a command in the recording's namespace" 'grep -q olleh answer && head -1 two/facts.jsonl | grep -q "\"namespace\":$inode"'
check "enter passes the status on" '[ $status = 5 ]'
check "mark and expect work in there, and mark from outside by DIR" 'grep -q "from outside" two/facts.jsonl && grep -q "from the host" two/facts.jsonl && grep -q "^ok listeners" expected'
echo >hold
wait $pid; status=$?
check "the recording goes on until its own COMMAND ends" '[ $status = 3 ] && [ ! -e two/control ]'
"$TCPSTATE" enter two -- true 2>err; status=$?
check "a recording that has ended cannot be entered" '[ $status = 1 ] && grep -q "no recording is running" err'

"$TCPSTATE" record -o outer -- "$TCPSTATE" record -o inner -- bash -c 'tcpstate mark both; tcpstate expect one 0 "count LISTEN"' >out 2>err; status=$?
check "a mark reaches all recorders, a check the one of this namespace" '[ $status = 0 ] && grep -q "\"both\"" inner/facts.jsonl && grep -q "\"both\"" outer/facts.jsonl && grep -q "\"check\"" inner/facts.jsonl && ! grep -q "\"check\"" outer/facts.jsonl'
# A program that learns its own address from the way to a far host: its socket is bound to it, and
# sends nothing.
ask='exec 3<>/dev/udp/8.8.8.8/53 && tcpstate list udp'
"$TCPSTATE" record -o nowhere --default-route -- bash -c "$ask" >out 2>err; status=$?
check "--default-route: the way to a far host begins at the loopback address" '[ $status = 0 ] && grep -q "127.0.0.1:[0-9]* *8.8.8.8:53" out'
"$TCPSTATE" record -o none -- bash -c "$ask" >out 2>err; status=$?
check "without it there is none" '[ $status != 0 ] && grep -q "unreachable" err'
"$TCPSTATE" record -o here --default-route --here -- true >out 2>err; status=$?
check "this machine's routes are not touched" '[ $status = 2 ] && grep -q "for a sealed network" err && [ ! -e here ]'
if [ "$(id -u)" = 0 ]; then
	chmod 777 .
	SUDO_UID=65534 SUDO_GID=65534 "$TCPSTATE" record -o sudo -- sh -c 'cat /proc/self/uid_map >map; cat /proc/sys/net/core/somaxconn >/dev/null; echo 7 >/proc/sys/net/core/somaxconn' >out 2>err; status=$?
	check "under sudo COMMAND is the invoking user, and the recording is theirs" '[ $status = 0 ] && [ "$(tr -s " " <map)" = " 0 65534 1" ] && [ "$(stat -c %u sudo sudo/wire.pcap sudo/diag.pcap sudo/facts.jsonl | sort -u)" = 65534 ]'
fi
