#!/usr/bin/env bash
# COMMAND and all that it starts end with the recording, however they try not to; and inside, ps, ss
# and tracers find a system of their own.
# also: root
# timeout: 600
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs
caller=$BUILD/tests/netns/caller
await() { local i; for ((i = 0; i < 200; i++)); do "$@" && return; sleep 0.05; done; return 1; }
check() { if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n%s\n' "$1" "$2" "$(cat err)"; fi; }
# Whom that recorder started, has its name in the environment: the pids inside are not those here.
nothing_left() { ! grep -qsaF "TCPSTATE_CONTROL=$PWD/$1/control" /proc/[0-9]*/environ; }
# The file by which a chain of processes shows that it lives is not made again.
chain_ended() { rm -f beat; sleep 0.5; [ ! -e beat ]; }

now_ms() { echo "$((${EPOCHREALTIME/./} / 1000))"; }
from=$(now_ms)
"$TCPSTATE" record -o r0 -- true 2>err || cat err
# Five seconds, and what a loaded machine adds: some ten times as long as a recording of nothing
# takes here.
limit_ms=$((5000 + 10 * ($(now_ms) - from)))
for calls in '' --calls; do
	name=${calls:+traced-}
	"$TCPSTATE" record $calls -o "${name}chain" -- "$caller" chain 2>err; status=$?
	check "a chain of processes that fork and end is ended ${calls:-without calls}" "[ $status = 0 ] && nothing_left ${name}chain && chain_ended"
	"$TCPSTATE" record $calls -o "${name}daemons" -- bash -c '(setsid bash -c "(setsid sleep 1000 & setsid bash -c \"trap : TERM HUP; while :; do sleep 1; done\" &)" &) ; sleep 0.3' 2>err; status=$?
	check "nested daemons are ended ${calls:-without calls}" "[ $status = 0 ] && nothing_left ${name}daemons"
	for signal in INT TERM QUIT HUP; do
		"$TCPSTATE" record $calls -o "$name$signal" -- "$caller" deaf >out 2>err &
		pid=$!
		await grep -qs deaf out
		from=$(now_ms)
		kill "-$signal" $pid
		wait $pid; status=$?
		took_ms=$(($(now_ms) - from))
		check "SIG$signal ends the recorder of a deaf program within five seconds ${calls:-without calls}" \
			"[ $took_ms -le $limit_ms ] && [ $status = 137 ] && nothing_left $name$signal && \"\$TCPSTATE\" report --summary $name$signal >/dev/null"
		rm -f out
	done
	"$TCPSTATE" record $calls -o "${name}killed" -- "$caller" deaf >out 2>err &
	pid=$!
	await grep -qs deaf out
	kill -KILL $pid
	wait $pid 2>/dev/null
	check "a killed recorder leaves nothing ${calls:-without calls}" "await nothing_left ${name}killed"
	rm -f out
done

if grep -q '"processes":"pid+mount"' r0/facts.jsonl; then
	"$TCPSTATE" record -o inside -- bash -c 'echo "$$ $PPID"; ls -d /proc/[0-9]*; echo_server --port 12345 >ready & until grep -q ready ready; do :; done; echo $! >server
		ss -ltnpH; tcpstate list -p; tcpstate mark there; until grep -q "^{.type.:.owner" inside/facts.jsonl; do sleep 0.05; done; kill $!; wait' >out 2>err
	check "COMMAND's pid is small, and its parent is process 1" 'grep -qx "2 1" out'
	server=$(cat server)
	"$TCPSTATE" report --all inside >report.txt 2>&1
	check "/proc inside shows what is inside" '[ "$(grep -c "^/proc/" out)" -le 6 ] && grep -qx /proc/2 out'
	check "ss and list -p inside name the server by its pid there" 'grep -q "\"echo_server\",pid=$server," out && grep -q "echo_server\[$server\]" out'
	check "so does the report" 'grep -q "echo_server\[$server\]" report.txt'
	check "the recording has the pid on the machine as well" 'grep -q "\"type\":\"owner\".*\"pid\":$server,\"host_pid\":[0-9]" inside/facts.jsonl'
else
	echo "skip - no PID namespace can be made here: $(sed -n 's/.*"processes_note":"\([^"]*\)".*/\1/p' r0/facts.jsonl)"
fi

# ---- a container whose /proc is masked allows no other: no PID namespace then ----
cat >masked.sh <<'EOF'
mount -t tmpfs none /proc/tty 2>/dev/null || exit 77
"$TCPSTATE" record -o masked -- bash -c "(setsid bash -c 'trap : TERM HUP; while :; do sleep 1; done' &); $1 chain; sleep 0.2" 2>err
echo $? >status
grep -lsaF "TCPSTATE_CONTROL=$PWD/masked/control" /proc/[0-9]*/environ >left
exit 0
EOF
# in a PID namespace of its own, which ends whatever is left should the recorder fail
if timeout -s KILL 60 unshare -Urmpf --mount-proc bash masked.sh "$caller" 2>/dev/null; then
	check "where /proc is masked, daemons and a chain of processes are ended one by one" '[ "$(cat status)" = 0 ] && [ ! -s left ]'
	check "which is said, and who they were" 'grep -q "no PID namespace: .*masked in a container" err && grep -q "\"processes_note\":\"no PID namespace" masked/facts.jsonl && grep -q "\"type\":\"survivor\"" masked/facts.jsonl'
else
	echo "skip - no user namespace with a masked /proc can be made here"
fi
