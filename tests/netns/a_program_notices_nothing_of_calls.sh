#!/usr/bin/env bash
# With record --calls a program prints what it prints without, and ends as it ends without, whatever
# it does to a tracer: hammering.c has the scenarios.
# also: root
set -u
. tests/lib.sh
cd "$TMP" || exit 1
hammering=$BUILD/tests/netns/hammering

while read -r scenario count sentence; do
	[ "$scenario" != forks ] || long || count=300
	timeout 60 "$TCPSTATE" record -o "plain-$scenario" -- "$hammering" $scenario $count >plain 2>err
	plain=$?
	timeout 60 "$TCPSTATE" record --calls -o "calls-$scenario" -- "$hammering" $scenario $count >calls 2>err
	calls=$?
	is "$sentence" "$plain $(cksum <plain)" "$calls $(cksum <calls)"
done <<'END'
hello 0 a program ends as it would
forks 1000 hundreds of processes, one after the other, end with their statuses
crowd 150 processes that all live at once are all seen to end
vforks 50 children that share their parent's memory until they execute
executing 1 a thread executes while others make calls
executing 6 threads that race to execute
storm 5000 signals without end, while calls are made
timer 300 a timer that interrupts calls all the time
stops 40 a child that is stopped and continued is seen to be, by its parent
trapped 0 a filter of its own that traps a call
struck 0 a filter of its own that kills
untraced 0 a filter of its own that asks for a tracer: it has none, so its calls fail
notified 0 a filter of its own that asks a supervisor
strict 0 strict mode
prints 100000 no line of output is lost
END

# ---- the recorder's own end ----
"$TCPSTATE" record --calls -o stopped -- bash -c 'sleep 1000 & kill -STOP $!; exit 4' >out 2>err
is "a stopped process does not keep a recording from ending" 4 $?
echo 'echo up; sleep 1000' >sleeper
"$TCPSTATE" record --calls -o killed -- bash ./sleeper >out 2>err &
recorder=$!
until grep -q up out; do sleep 0.02; done
kill -KILL $recorder
wait $recorder 2>/dev/null
for try in {1..200}; do
	grep -qsaF "TCPSTATE_CONTROL=$PWD/killed/control" /proc/[0-9]*/environ || break
	sleep 0.1
done
holds "programs end with a recorder that is killed" '! grep -qsaF "TCPSTATE_CONTROL=$PWD/killed/control" /proc/[0-9]*/environ'
