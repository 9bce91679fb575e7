#!/usr/bin/env bash
# Every query of expect against a listener with backlog 1, one client served and four more: two
# queued, two left out.
# also: root
set -u
cd "$TMP" || exit 1
cat >inside <<'END'
set -u
check() { if [ "$2" = "$3" ]; then echo "ok - $1"; else printf 'not ok - %s: "%s", not "%s"\n' "$1" "$2" "$3"; fi; }
measure() { tcpstate expect "$@" 2>&1; }
matches() { local output; if output=$(measure "${@:2}"); then echo "ok - $1"; else printf 'not ok - %s: %s\n' "$1" "$output"; fi; }
differs() {     # sentence, words, arguments
	local output status
	output=$(measure "${@:3}"); status=$?
	if [ $status = 1 ] && [[ $output == *"$2"* ]]; then echo "ok - $1"; else printf 'not ok - %s: exit %s, %s\n' "$1" "$status" "$output"; fi
}
mkfifo control
sleep 1000 >control &
echo_server --port 12345 --backlog 1 --accept 1 <control >server &
tcpstate wait LISTEN
echo_client --port 12345 --count 5 --gap 30 >client &
tcpstate wait 'dst port 12345' ESTABLISHED=3 SYN_SENT=2
tcpstate mark connected

check "a check prints prediction, formula, measurement and query" "$(measure --cell b=1 --cell n=5 q 'min(n - 1, b + 1)' 'recv_q LISTEN tcp port 12345')" \
	"ok q: predicted 2 = min(n - 1, b + 1), measured 2 (recv_q LISTEN tcp port 12345; b=1 n=5)"
matches "send_q of a listener is the backlog in force" q 1 'send_q LISTEN'
matches "count adds up states" q 5 'count ESTABLISHED,SYN_SENT dst port 12345'
matches "unaccepted sockets are those no program holds yet" q 2 'count ESTABLISHED unaccepted'
matches "a source is the local end" q 3 'count ESTABLISHED src port 12345'
matches "a range holds its ends" q 2..3 'count SYN_SENT'
matches "words are compared as words" q 'refused  at connect' 'text refused at connect'
matches "transitions are counted by edge" q 5 'transitions CLOSED SYN_SENT dst port 12345'
matches "any state may stand in an edge" q 5 'transitions any SYN_SENT'
matches "a let may be a query" --let 'syns=unanswered tcp dst port 12345' q syns 'counter ListenOverflows'
matches "a let may use a cell and an earlier let" --cell n=4 --let 'a=n+1' --let 'b=a*2' q b 'text 10'
matches "packets are those tcpdump would list" --let 'syns=packets tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' q 'syns' 'packets tcp[13] & 18 == 2'
matches "the time in a state grows" q 1..60000 'held_ms LISTEN'
matches "of those that have left it" --let 'all=held_ms SYN_SENT' q '0..all - 1' 'held_ms SYN_SENT ended'
# 0: it is due, and a busy machine has not run it yet; without a timer there is no number
matches "a SYN_SENT socket has a timer" q 0..130000 "timer_ms SYN_SENT src port $(awk '$1 == "connecting" {port = $2} END {sub(/.*:/, "", port); print port}' client)"
matches "and it is named" q retransmit "timer SYN_SENT src port $(awk '$1 == "connecting" {port = $2} END {sub(/.*:/, "", port); print port}' client)"
matches "a listener has none" q off 'timer LISTEN'
matches "there are no zombies" q 0 zombies
bash -c 'sleep 0.2 & exec sleep 1000' & parent=$!
for i in $(seq 100); do tcpstate expect zombies 1 zombies >found && break; sleep 0.05; done
check "a process not waited for is a zombie" "$(cat found)" "ok zombies: predicted 1, measured 1 (zombies)"
kill $parent; wait $parent 2>/dev/null
exec 7</dev/null
fds=(/proc/$$/fd/*) # the folder while it is read is one of them, as the pipe of $() is below: by ls, the other end of its own pipe might be as well
matches "descriptors are counted" --let "have=descriptors $$" q "${#fds[@]}" "descriptors $$"
exec 7<&-
tcpstate mark later
matches "a counter counts from the last mark on" --since-mark q 0 'counter TCPTimeWaitOverflow'
matches "transitions count from the last mark on" --since-mark q 0 'transitions CLOSED LISTEN'
differs "a mismatch is said" "MISMATCH q: predicted 3 = 1 + 2, measured 1" q '1 + 2' 'count LISTEN'
differs "more than one socket is no measurement" "sockets match" q 0 'recv_q ESTABLISHED'
differs "no socket is no measurement" "0 sockets match" q 0 'recv_q CLOSING'
differs "an unknown counter is named" "NoSuchCounter" q 0 'counter NoSuchCounter'
differs "an unknown state is named" "NOSTATE" q 0 'count NOSTATE'
differs "a filter for sockets has no packet primitives" "tcp[" q 0 'count LISTEN tcp[13] & 2 != 0'
differs "an unknown name in a formula is named" "m" --cell n=1 q 'm + 1' 'count LISTEN'
output=$(printf '%s\n' '# a comment' '' 'one | 1 | count LISTEN' ' two|2|text 2 ' 'three | 9 | count LISTEN' | tcpstate expect --cell b=1 2>&1); status=$?
check "lines are answered one by one, one mismatch fails them" "$status $output" "1 ok one: predicted 1, measured 1 (count LISTEN; b=1)
ok two: predicted 2, measured 2 (text 2; b=1)
MISMATCH three: predicted 9, measured 1 (count LISTEN; b=1)"
tcpstate expect a 1 </dev/null >/dev/null 2>&1; check "two arguments are a usage error" $? 2
tcpstate expect a 1 'nonsense LISTEN' </dev/null >/dev/null 2>&1; check "an unknown query is a usage error" $? 2
printf 'a | 1\n' | tcpstate expect >/dev/null 2>&1; check "a line without query is a usage error" $? 2
END
"$TCPSTATE" record -o r -- bash inside 2>err
status=$?
[ $status = 0 ] || { echo "not ok - the script ended with $status"; cat err; }
# What the kernel said of the checks is in the files: recomputed by the report from them.
made=$(grep -c '"type":"check"' r/facts.jsonl)
said=$("$TCPSTATE" report --format jsonl r | grep -c '"type":"check"')
if [ "$made" -gt 20 ] && [ "$made" = "$said" ]; then echo "ok - every check is in the recording and in the report"
else echo "not ok - $made checks recorded, $said reported"; fi
