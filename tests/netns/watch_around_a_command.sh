#!/usr/bin/env bash
# also: root
# `tcpstate watch -- COMMAND`: in a network of its own, as record makes it; the lines have standard
# output for themselves, and with --calls they say what the programs did, and who.
set -u
. tests/lib.sh
needs_sealing
PATH=$BUILD:$BUILD/labs:$PATH

# A server, a client, and an ordinary end: each step waits for the kernel; the client's end also for
# two words ($3, $4) in what is watched ($2).
cat >"$TMP/session" <<'END'
mkfifo "$1" && exec 9<>"$1"
echo_server <&9 &
server=$!
tcpstate wait LISTEN=1
echo_client --bind 40001 --count 1 <&9 &
client=$!
tcpstate wait --timeout 30 dst port 12345 ESTABLISHED=1
for ((n = 0; n < 600; n++)); do grep -q -- "$3" "$2" && grep -q -- "$4" "$2" && break; sleep 0.05; done
kill $client
tcpstate wait --timeout 30 TIME_WAIT=1
kill $server
echo "said to standard output"
exit 7
END

tcpstate watch --format jsonl -- bash "$TMP/session" "$TMP/plain.fifo" "$TMP/plain" ESTABLISHED '' >"$TMP/plain" 2>"$TMP/plain.err"
is "the exit status is COMMAND's" 7 $?
is "standard output has the lines alone" "" "$(grep -v '^{"type":"[a-z]*",.*}$' "$TMP/plain")"
holds "what COMMAND writes to its own goes to standard error" 'grep -qx "said to standard output" "$TMP/plain.err"'
here=$(stat -Lc %i /proc/self/ns/net)
holds "the namespace is another one" 'grep -q "^{\"type\":\"manifest\".*\"namespace\":[0-9]" "$TMP/plain" && ! grep -q "\"namespace\":$here," "$TMP/plain"'
# An RST may end the client's TIME_WAIT: of a server whose socket has just ended a late ACK is answered
# so (net.ipv4.tcp_rfc1337 is 0). That is the kernel's race, and no edge of the session.
edges() { grep '"type":"transition"' "$1" | grep -v '"from":"TIME_WAIT","to":"CLOSED",.*"reason":"rst_received"' | sed -E 's/.*"local":"([^"]*)".*"from":"([A-Z_0-9]*)","to":"([A-Z_0-9]*)".*/\1 \2 \3/' | sort; }
is "every transition of the session is told" "$(sort <<'END'
127.0.0.1:12345 CLOSED LISTEN
127.0.0.1:12345 LISTEN CLOSED
127.0.0.1:12345 LISTEN SYN_RECV
127.0.0.1:12345 SYN_RECV ESTABLISHED
127.0.0.1:12345 ESTABLISHED CLOSE_WAIT
127.0.0.1:12345 CLOSE_WAIT LAST_ACK
127.0.0.1:12345 LAST_ACK CLOSED
127.0.0.1:40001 CLOSED SYN_SENT
127.0.0.1:40001 SYN_SENT ESTABLISHED
127.0.0.1:40001 ESTABLISHED FIN_WAIT1
127.0.0.1:40001 FIN_WAIT1 FIN_WAIT2
127.0.0.1:40001 FIN_WAIT2 TIME_WAIT
END
)" "$(edges "$TMP/plain")"
[ "$(edges "$TMP/plain" | wc -l)" = 12 ] || cat "$TMP/plain"
is "without --calls there are none" "" "$(grep '"type":"call"' "$TMP/plain")"

# ---- with calls ----
tcpstate watch --calls --format jsonl -- bash "$TMP/session" "$TMP/calls.fifo" "$TMP/calls" '"call":"accept4*"' '"call":"connect"' >"$TMP/calls" 2>"$TMP/calls.err"
if grep -q 'recorded without calls\|not be traced\|ptrace' "$TMP/calls.err"; then echo "skip - calls cannot be seen here: $(grep -m 1 'tcpstate:' "$TMP/calls.err")"
else
	called() { grep '"type":"call"' "$TMP/calls" | grep "\"program\":\"$1\"" | sed -E 's/.*"call":"([a-z0-9]*)".*/\1/' | sort -u | grep -xE 'socket|bind|listen|connect|accept4?' | sed 's/accept4/accept/' | tr '\n' ' '; }
	is "what the server asked for is told" "accept bind listen socket " "$(called echo_server)"
	is "what the client asked for is told" "bind connect socket " "$(called echo_client)"
	is "a call says where: local and remote end" "127.0.0.1:40001 127.0.0.1:12345" \
		"$(grep '"call":"connect"' "$TMP/calls" | sed -E 's/.*"local":"([^"]*)","remote":"([^"]*)".*/\1 \2/' | sort -u)"
	holder() { grep '"type":"transition"' "$TMP/calls" | grep "\"local\":\"$1\"" | grep "\"to\":\"$2\"" | sed -nE 's/.*"program":"([^"]*)".*/\1/p'; }
	is "a transition names who holds its end" "echo_client echo_server" "$(holder 127.0.0.1:40001 FIN_WAIT1) $(holder 127.0.0.1:12345 LAST_ACK)"
	is "an end whose holder was found out later has a line for that" "echo_client" \
		"$(grep -e '"type":"owner"' -e '"to":"SYN_SENT"' "$TMP/calls" | grep '"local":"127.0.0.1:40001"' | sed -nE 's/.*"program":"([^"]*)".*/\1/p' | sort -u)"
	tcpstate watch --calls -- bash "$TMP/session" "$TMP/text.fifo" "$TMP/text" 'accept4*()' 'connect 127' >"$TMP/text" 2>"$TMP/text.err"
	if grep -qE '^[0-9:]{8}\.[0-9]{6} 127\.0\.0\.1:40001 +127\.0\.0\.1:12345 +echo_client\[[0-9]+\]  connect 127\.0\.0\.1:12345' "$TMP/text" &&
		grep -qE 'ESTABLISHED → FIN_WAIT1 +wire +call: closed here first: FIN sent; echo_client\[[0-9]+\]$' "$TMP/text"; then good "text: calls with their ends, transitions with their holder"
	else bad "text: calls with their ends, transitions with their holder"; cat "$TMP/text"; fi
fi

# ---- ends ----
echo 'echo $$ >"$1"; exec sleep 1000' >"$TMP/sleeps"
is "--for ends COMMAND, well" 0 "$(tcpstate watch --for 0.5 -- sh "$TMP/sleeps" "$TMP/pid" >/dev/null 2>&1; echo $?)"
tcpstate watch -- no-such-program >"$TMP/none" 2>"$TMP/none.err"
is "a COMMAND that is not there is one error" "1 tcpstate watch: no-such-program: command not found" "$? $(cat "$TMP/none.err")"
cat >"$TMP/connects" <<'END'
mkfifo "$1" && exec 9<>"$1"
echo_server <&9 >/dev/null &
tcpstate wait LISTEN=1
while :; do timeout 0.1 echo_client --count 1 <&9 >/dev/null 2>&1; done
END
(tcpstate watch -- bash "$TMP/connects" "$TMP/connects.fifo" 2>/dev/null; echo $? >"$TMP/left") | head -n 3 >"$TMP/head" &
if comes test -s "$TMP/left"; then good "a reader that leaves ends COMMAND, too"; else bad "a reader that leaves ends COMMAND, too"; fi
wait
is "its three lines had come" 3 "$(wc -l <"$TMP/head")"
tcpstate watch --fail-on any -- bash -c 'timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/9" 2>/dev/null; exit 0' >"$TMP/fails" 2>"$TMP/fails.err"
is "--fail-on: a finding of what COMMAND did is exit status 1" 1 $?
