#!/usr/bin/env bash
# COMMAND's end: its status is passed on, signals reach it, nothing it started survives, and what
# was recorded can be read.
# also: root
set -u
cd "$TMP" || exit 1
PATH=$PATH:$BUILD/labs
await() {       # until the command succeeds, for at most 10 s
	local i
	for ((i = 0; i < 200; i++)); do "$@" && return; sleep 0.05; done
	return 1
}
check() {       # sentence, a condition
	if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n%s\n' "$1" "$2" "$(cat err 2>/dev/null)"; fi
}
# The pids inside are not those here: who was started by that recorder has its name in the
# environment.
nothing_left() { ! grep -qsaF "TCPSTATE_CONTROL=$PWD/$1/control" /proc/[0-9]*/environ; }
readable() { "$TCPSTATE" report --summary "$1" >"$1.txt" 2>&1; }
captured() { [ "$(stat -c %s "$1/wire.pcap")" -gt 24 ]; }
recorder() { "$TCPSTATE" record -o "$@" 2>err; }

recorder r0 -- true; status=$?
check "success is passed on" '[ $status = 0 ]'
recorder r1 -- sh -c 'exit 37'; status=$?
check "an exit status is passed on" '[ $status = 37 ]'
recorder r2 -- sh -c 'kill -KILL $$'; status=$?
check "the end by a signal is passed on as 128 + its number" '[ $status = 137 ]'
recorder r3 -- ./no-such-command; status=$?
check "a command that does not exist is an error of ours, and leaves no recording" '[ $status = 1 ] && [ ! -e r3 ] && grep -q "no-such-command: No such file" err'
printf '\177ELF garbage' >garbage; chmod +x garbage
recorder r4 -- ./garbage; status=$?
check "a command that cannot be executed is an error of ours, and leaves no recording" '[ $status = 1 ] && [ ! -e r4 ]'

for signal in INT TERM HUP; do
	"$TCPSTATE" record -o "s$signal" -- bash -c "trap 'echo got >got$signal; exit 9' $signal; echo \$\$ >pid$signal; while :; do sleep 0.05; done" 2>err &
	pid=$!
	await test -s "pid$signal"
	kill "-$signal" $pid
	wait $pid; status=$?
	check "SIG$signal is passed on to COMMAND, whose answer counts" "[ $status = 9 ] && [ -e got$signal ] && readable s$signal"
done

recorder v -- bash -c '(trap "" TERM; echo $BASHPID >deaf; while :; do sleep 0.05; done) & setsid sleep 1000 & echo $! >mild; while [ ! -s deaf ]; do sleep 0.05; done'
check "what COMMAND leaves running is ended, even if it ignores TERM" 'nothing_left v'
check "what COMMAND left running is listed" 'grep -q "($(cat mild))" err && grep -q "($(cat deaf))" err && grep -q "\"survivor\".*$(cat mild)" v/facts.jsonl'

for i in 1 2 3 4 5; do
	"$TCPSTATE" record -o "k$i" -- bash -c 'setsid echo_server --port 12345 </dev/null & echo $! >server.pid
		tcpstate wait LISTEN; tcpstate mark traffic; touch marked
		while :; do echo_client --port 12345 --send x --send bye; done' >/dev/null 2>err &
	pid=$!
	await test -e marked
	await captured "k$i"
	sleep 0.$((RANDOM % 1000))
	kill -KILL $pid
	wait $pid 2>/dev/null
	check "a recorder killed under traffic leaves a readable recording ($i)" "readable k$i && grep -q traffic k$i/facts.jsonl && grep -Eq 'packets +[1-9]' k$i.txt"
	check "a killed recorder leaves none of COMMAND's processes ($i)" "await nothing_left k$i"
	check "a killed recorder leaves no control socket ($i)" "await test ! -e k$i/control"
	rm -f marked server.pid
done
check "files are the invoking user's alone" '[ "$(stat -c "%a %u" r0/wire.pcap r0/diag.pcap r0/facts.jsonl | sort -u)" = "600 $(id -u)" ] && [ "$(stat -c %a r0)" = 700 ]'
recorder w -- "$TCPSTATE" report --summary -o meanwhile.txt w
check "a report says that the recording still runs, and afterwards no more" 'grep -q "still being recorded" meanwhile.txt && readable w && ! grep -q "still being recorded" w.txt'
recorder f 'tcp port 12345' -- bash -c 'for port in 12345 12346; do echo_server --port $port </dev/null & done; tcpstate wait LISTEN=2; tcpstate mark both; kill %1 %2; wait'
check "what the filter left out is not told by the report either" 'readable f && grep -q "filter  *tcp port 12345" f.txt && grep -q "1 listener" f.txt && "$TCPSTATE" report f >f.all && grep -q ":12345" f.all && ! grep -q ":12346" f.all'
recorder r0 -- touch again; status=$?
check "a recording is never overwritten" '[ $status = 1 ] && [ ! -e again ] && grep -q "holds a recording already" err'
