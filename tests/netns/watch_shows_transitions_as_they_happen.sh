#!/usr/bin/env bash
# also: root
# `tcpstate watch`: a line when it happens, another when the kernel confirms it or takes it back; in
# the end the same edges as a report of the same time has.
set -u
. tests/lib.sh
if [ "${1-}" != inside ]; then
	if unshare -Urn true 2>/dev/null; then exec unshare -Urn "$0" inside
	elif unshare -n true 2>/dev/null; then exec unshare -n "$0" inside      # root where user namespaces are refused: a chroot
	else echo "skip - no network namespace may be made here (unshare -Urn is refused)"; exit; fi
fi
ip link set lo up || exit 1
PATH=$BUILD:$BUILD/labs:$PATH

has() { grep -q -- "$2" "$1"; }
member() { sed -nE "s/.*\"$1\":\"?([^\",}]*).*/\1/p"; }
ends() { kill -INT "$1" 2>/dev/null; wait "$1"; }
mkfifo "$TMP/idle"; exec 9<>"$TMP/idle"     # an input on which nothing comes
server() { rm -f "$TMP/server"; echo_server "$@" <"$TMP/idle" >"$TMP/server" 2>&1 & server=$!; comes has "$TMP/server" '^ready'; }
server_ends() { kill $server; wait $server; } 2>/dev/null
client() { echo_client <"$TMP/idle" >"$TMP/client" 2>&1 & client=$!; tcpstate wait --timeout 30 'dst port 12345' ESTABLISHED; }
client_ends() { kill $client; wait $client; } 2>/dev/null

# ---- beside a recording ----
tcpstate record -o "$TMP/run" 2>"$TMP/record.err" &
recorder=$!
comes test -S "$TMP/run/control" || bad "the recorder began: $(cat "$TMP/record.err")"
tcpstate watch --format jsonl >"$TMP/jsonl" 2>"$TMP/jsonl.err" &
all=$!
tcpstate watch --format jsonl --state TIME_WAIT,CLOSE_WAIT >"$TMP/states" 2>"$TMP/states.err" &
states=$!
tcpstate watch --format jsonl tcp port 1 >"$TMP/other" 2>"$TMP/other.err" &
other=$!
for file in jsonl states other; do comes test -s "$TMP/$file" || bad "$file: watch begins: $(cat "$TMP/$file.err")"; done
if head -n 1 "$TMP/jsonl" | grep -q '^{"type":"manifest","schema":1,"live":true,.*"namespace":'"$(stat -Lc %i /proc/self/ns/net)"; then good "the first line names the schema and the namespace"
else bad "the first line names the schema and the namespace: $(head -n 1 "$TMP/jsonl")"; fi

server
if comes has "$TMP/jsonl" '"from":"CLOSED","to":"LISTEN"'; then good "a listener is told of before a client comes"; else bad "a listener is told of before a client comes"; fi
client
if comes has "$TMP/jsonl" '"type":"confirmation".*"to":"ESTABLISHED".*"evidence":"both"'; then good "a connection that stays open is told of, and confirmed by the kernel"
else bad "a connection that stays open is told of, and confirmed by the kernel"; cat "$TMP/jsonl"; fi
if has "$TMP/jsonl" 'ESTABLISHED","to'; then bad "nothing is told before it happens"; else good "nothing is told before it happens"; fi
client_ends
if comes has "$TMP/jsonl" '"type":"confirmation".*"to":"TIME_WAIT"'; then good "the close follows, to TIME_WAIT"; else bad "the close follows, to TIME_WAIT"; fi
server_ends
comes has "$TMP/jsonl" '"from":"LISTEN","to":"CLOSED"' || bad "the listener's end is told"

# ---- a claim that the kernel takes back ----
server --defer-accept 20
client
if comes has "$TMP/jsonl" '"type":"correction".*"from":"SYN_RECV","to":"ESTABLISHED".*"reason":"\(accept_deferred\|final_ack_ignored\)"'; then good "a claim that the kernel contradicts is withdrawn, with the reason"
else bad "a claim that the kernel contradicts is withdrawn, with the reason"; grep correction "$TMP/jsonl"; fi
of=$(grep '"type":"correction"' "$TMP/jsonl" | member of | head -n 1)
if [ -n "$of" ] && grep '"type":"transition","id":'"$of", "$TMP/jsonl" | has /dev/stdin '"from":"SYN_RECV","to":"ESTABLISHED"'; then good "it names the line that it withdraws"
else bad "it names the line that it withdraws: ${of:-none}"; fi
client_ends
server_ends
twice_closed() { [ "$(grep -c '"from":"LISTEN","to":"CLOSED"' "$TMP/jsonl")" = 2 ]; }
comes twice_closed || bad "the second listener's end is told"

ends $all; status=$?
ends $states; ends $other; ends $recorder
if [ $status = 0 ] && [ "$(wc -l <"$TMP/jsonl.err")" = 1 ] && grep -qE '^tcpstate: [0-9]+ transitions, .* [0-9]+ drops' "$TMP/jsonl.err"; then good "^C ends it, well, with one line of sums"
else bad "^C ends it, well, with one line of sums: exit $status, $(cat "$TMP/jsonl.err")"; fi

told() {        # the edges of the first connection that stand at the end, of watch or of a report (of what only looking shows, two who look may differ)
	awk 'match($0, /"type":"correction","of":[0-9]+/) { gone[substr($0, RSTART + 25, RLENGTH - 25)] = 1 }
		/"type":"transition".*"connection":1[,}]/ { line[++n] = $0 }
		END { for (i = 1; i <= n; i++) { id = line[i]; if (sub(/.*"id":/, "", id)) sub(/,.*/, "", id); else id = 0; if (!(id in gone)) print line[i] } }' "$1" |
		sed -E 's/.*"local":"([^"]*)","remote":"([^"]*)",("role":"[a-z]*",)?"from":"([^"]*)","to":"([^"]*)".*/\1 \2 \4 \5/' | sort
}
tcpstate report --format jsonl "$TMP/run" >"$TMP/report"
if [ "$(told "$TMP/report" | wc -l)" -ge 9 ] && [ "$(told "$TMP/jsonl")" = "$(told "$TMP/report")" ]; then good "of a connection, what stands in the end is what a report of the same time has"
else bad "of a connection, what stands in the end is what a report of the same time has"; diff <(told "$TMP/jsonl") <(told "$TMP/report"); fi
kernel() { grep '"type":"transition"' "$1" | grep -vc '"evidence":"wire"'; }
confirmed=$(($(kernel "$TMP/jsonl") + $(grep -c '"type":"confirmation".*"evidence":"\(both\|kernel\)"' "$TMP/jsonl")))
if [ "$confirmed" -ge 6 ]; then good "the kernel is a witness, too"; else bad "the kernel is a witness, too: of $confirmed"; fi
if [ "$(grep -c '"type":"transition"' "$TMP/states")" -ge 2 ] && ! tail -n +2 "$TMP/states" | grep -qvE '(TIME_WAIT|CLOSE_WAIT)"'; then good "--state chooses the edges from and to these"
else bad "--state chooses the edges from and to these"; cat "$TMP/states"; fi
if [ "$(wc -l <"$TMP/other")" = 1 ]; then good "FILTER leaves out what does not match"; else bad "FILTER leaves out what does not match"; cat "$TMP/other"; fi

# ---- text ----
once() { timeout 0.2 echo_client --count 1 </dev/null >/dev/null 2>&1; }
server
tcpstate watch tcp port 12345 >"$TMP/text" 2>"$TMP/text.err" &
text=$!
again() {
	once
	has "$TMP/text" 'TIME_WAIT .*confirmed: packet and kernel agree$' &&
		grep -qE '^[0-9:]{8}\.[0-9]{6} 127\.0\.0\.1:12345 +127\.0\.0\.1:[0-9]+ +SYN_RECV → ESTABLISHED +wire +final ACK of the handshake received$' "$TMP/text"
}
if comes again; then good "text: time, ends, edge, witness and cause in a line"
else bad "text: time, ends, edge, witness and cause in a line"; head -n 20 "$TMP/text"; fi
ends $text
script -qec "stty cols 80 rows 24; exec tcpstate watch tcp port 12345" /dev/null </dev/null >"$TMP/narrow" 2>&1 &
narrow=$!
again() { once; has "$TMP/narrow" 'confirmed: packet and kernel' && has "$TMP/narrow" 'SYN_RECV → ESTABLISHED'; }
comes again || bad "watch on a terminal"
kill $narrow 2>/dev/null; wait $narrow 2>/dev/null
if has "$TMP/narrow" 'SYN_RECV → ESTABLISHED' && ! tr -d '\r' <"$TMP/narrow" | sed 's/\x1b\[[0-9;]*m//g' | LC_ALL=C.UTF-8 grep -E '^.{81}'; then good "on a terminal of 80 columns no line is wider"
else bad "on a terminal of 80 columns no line is wider"; fi

# ---- ends ----
(tcpstate watch --format jsonl 2>"$TMP/head.err"; echo $? >"$TMP/head.status") | head -n 2 >"$TMP/head" &
again() { once; [ -s "$TMP/head.status" ]; }
if comes again && [ "$(cat "$TMP/head.status")" = 0 ] && ! [ -s "$TMP/head.err" ]; then good "a reader that leaves ends it quietly"; else bad "a reader that leaves ends it quietly: $(cat "$TMP/head.status" "$TMP/head.err")"; fi
tcpstate watch --format jsonl >/dev/full 2>"$TMP/full.err"; status=$?
if [ $status = 1 ] && grep -q 'standard output: No space left' "$TMP/full.err" && [ "$(wc -l <"$TMP/full.err")" = 1 ]; then good "a full disk is one error"; else bad "a full disk is one error: exit $status, $(cat "$TMP/full.err")"; fi
[ "$(ss -Htan | wc -l)" -ge 2 ] || bad "there are sockets before"
if timeout 30 tcpstate watch --for 0.2 >/dev/null 2>"$TMP/for.err" && has "$TMP/for.err" '^tcpstate: 0 transitions'; then good "--for ends it; what there was before is not told"; else bad "--for ends it; what there was before is not told: $(cat "$TMP/for.err")"; fi
server_ends

# ---- another namespace ----
coproc INNER { exec unshare -n sh -c 'ip link set lo up; echo ready; read -r _; echo_server </dev/zero >&2 & tcpstate wait LISTEN && timeout 0.2 echo_client --count 1 </dev/null >&2; kill $!' 2>/dev/null; }
read -r -t 30 _ <&"${INNER[0]}"
tcpstate watch --format jsonl --netns "$INNER_PID" >"$TMP/inner" 2>"$TMP/inner.err" &
inner=$!
comes test -s "$TMP/inner" || bad "watch --netns begins: $(cat "$TMP/inner.err")"
echo go >&"${INNER[1]}"
if comes has "$TMP/inner" '"type":"transition".*"to":"ESTABLISHED"'; then good "--netns watches the namespace of a process"; else bad "--netns watches the namespace of a process: $(cat "$TMP/inner.err")"; fi
ends $inner
