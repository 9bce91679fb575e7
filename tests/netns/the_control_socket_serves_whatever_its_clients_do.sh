#!/usr/bin/env bash
# Clients that say nothing, pass descriptors, or are many neither block the others nor cost the
# recorder anything; a recorder that does not answer blocks neither report nor mark; a mark that
# reached nobody has failed.
# also: root
# timeout: 600
set -u
cd "$TMP" || exit 1
rogue=$BUILD/tests/netns/rogue
check() {       # sentence, a condition
	if eval "$2"; then echo "ok - $1"; else printf 'not ok - %s: not (%s)\n' "$1" "$2"; cat out err idle 2>/dev/null | head -40; fi
}
await() { local i; for ((i = 0; i < 400; i++)); do "$@" && return; sleep 0.05; done; return 1; }
descriptors() { ls "/proc/$pid/fd" | wc -l; }
timed() { local start=${EPOCHREALTIME/./}; "$@" >out 2>err; status=$?; took_ms=$(((${EPOCHREALTIME/./} - start) / 1000)); }

"$TCPSTATE" record -o run -- bash -c 'touch ready; sleep 1000' >recorder 2>&1 &
pid=$!
await test -e ready
"$TCPSTATE" mark --control run first
before=$(descriptors)
"$rogue" pass run 200 >out 2>err; status=$?
check "descriptors that clients pass are not kept" "[ $status = 0 ] && await eval '[ \$(descriptors) -le $before ]'"

"$rogue" idle run 40 >idle 2>&1 &
idle=$!
await grep -q ready idle
timed timeout 15 "$TCPSTATE" mark --control run among-the-silent
check "forty clients that say nothing do not block a mark" '[ $status = 0 ] && [ $took_ms -lt 5000 ]'
timed timeout 15 "$TCPSTATE" report --summary run
check "nor a report" '[ $status = 0 ] && grep -q "still being recorded" out'
await eval '[ $(descriptors) -le $((before + 1)) ]'
check "and lose their places after a while" '[ $(descriptors) -le $((before + 1)) ]'
kill $idle 2>/dev/null; wait $idle 2>/dev/null

kill -STOP $pid
timed timeout 60 "$TCPSTATE" report --summary run
check "a stopped recorder does not block a report" '[ $status = 0 ] && [ $took_ms -lt 5000 ] && grep -q "still being recorded" out'
timed timeout 60 "$TCPSTATE" mark --control run unheard
check "a mark on a stopped recorder fails, and says what to do" '[ $status = 1 ] && [ $took_ms -lt 30000 ] && grep -q "did not answer within .* s; is it stopped" err'
kill -CONT $pid
kill -TERM $pid; wait $pid 2>/dev/null

mkdir deaf
"$rogue" deaf deaf >idle 2>&1 &
deaf=$!
await grep -q ready idle
"$rogue" idle deaf 1 >/dev/null 2>&1 & filler=$!
sleep 0.2
timed timeout 60 "$TCPSTATE" mark --control deaf unheard
check "nor does one whose queue is full" '[ $status = 1 ] && [ $took_ms -lt 30000 ]'
cp run/wire.pcap deaf/
timed timeout 60 "$TCPSTATE" report --summary deaf
check "whatever its queue" '[ $status = 0 ] && [ $took_ms -lt 5000 ]'
kill $deaf $filler 2>/dev/null; wait 2>/dev/null

for list in : ::: "$PWD/nowhere/control" "$PWD/run/control"; do
	timed env TCPSTATE_CONTROL="$list" "$TCPSTATE" mark nobody
	check "a mark that reaches nobody fails (${list##*/tmp.})" '[ $status = 1 ] && [ "$(wc -l <err)" = 1 ]'
done
check "the recording has the marks that were answered" 'grep -q among-the-silent run/facts.jsonl && ! grep -q nobody run/facts.jsonl'
