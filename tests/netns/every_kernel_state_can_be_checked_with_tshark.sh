#!/usr/bin/env bash
# Whatever the report calls `kernel` or `both` names the record of diag.pcap that says so. Another
# program, tshark, must find that socket in that state there (for CLOSED: that it is not there), and
# the frame it names must carry the segment. Tried on the CentOS 7 picture.
# also: root
# timeout: 480
set -u
. tests/lib.sh
dir=$TMP/legacy
lab_run "$dir" backlog-legacy >"$TMP/report.txt" 2>&1 || { cat "$TMP/report.txt"; echo "not ok - the CentOS 7 picture is recorded"; exit 1; }
"$TCPSTATE" report --format jsonl "$dir" >"$TMP/report.jsonl" || { echo "not ok - the recording is read"; exit 1; }

# kernel states by number, include/net/tcp_states.h; tshark prints the row's numbers, one line a
# record, rows of a dump separated by commas
fields='-e frame.number -e netlink-sock_diag.inet_sport -e netlink-sock_diag.inet_dport -e netlink-sock_diag.state -e netlink.hdr_type -e netlink.error'
tshark -r "$dir/diag.pcap" -T fields $fields >"$TMP/records" 2>/dev/null || { echo "not ok - tshark reads diag.pcap"; exit 1; }
tshark -r "$dir/wire.pcap" -T fields -e frame.number -e tcp.srcport -e tcp.dstport -e tcp.flags.syn -e tcp.flags.fin -e tcp.flags.reset \
	-e tcp.flags.ack >"$TMP/frames" 2>/dev/null || { echo "not ok - tshark reads wire.pcap"; exit 1; }

sed -n 's/^{"type":"transition",.*"local":"[^"]*:\([0-9]*\)","remote":"\([^"]*\)",.*"from":"[A-Z_0-9]*","to":"\([A-Z_0-9]*\)".*"evidence":"\([a-z]*\)".*/& \1 \2 \3 \4/p' \
	"$TMP/report.jsonl" | awk '{
		n = NF; frame = "-"; record = "-"
		if (match($0, /"frame":[0-9]+/)) frame = substr($0, RSTART + 8, RLENGTH - 8)
		if (match($0, /"diag_frame":[0-9]+/)) record = substr($0, RSTART + 13, RLENGTH - 13)
		remote = $(n - 2); sub(/.*:/, "", remote); if (remote == "*") remote = 0
		print $(n - 3), remote, $(n - 1), $n, frame, record }' >"$TMP/edges"
kernel=$(awk '$4 != "wire" && $4 != "inferred"' "$TMP/edges" | wc -l)
[ "$kernel" -ge 20 ] || { cat "$TMP/edges"; echo "not ok - the kernel was seen in at least 20 transitions (in $kernel)"; exit 1; }

awk -v records="$TMP/records" '
BEGIN {
	number = split("ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSED CLOSE_WAIT LAST_ACK LISTEN CLOSING", names, " ")
	for (i = 1; i <= number; i++) code[names[i]] = i
	while ((getline line <records) > 0) { split(line, f, "\t"); sport[f[1]] = f[2]; dport[f[1]] = f[3]; state[f[1]] = f[4]; error[f[1]] = f[6] }
}
$4 == "inferred" { if ($5 != "-" || $6 != "-") { print "inferred, yet shown: " $0; bad++ } next }
$4 == "wire" { if ($6 != "-") { print "wire only, yet record " $6 ": " $0; bad++ } next }
{
	if ($6 == "-") { if (!($3 == "CLOSED" && $2 == 0)) { print "no record named: " $0; bad++ } next }
	n = split(sport[$6], s, ","); split(dport[$6], d, ","); split(state[$6], st, ","); found = 0; other = 0
	for (i = 1; i <= n; i++) {
		if (s[i] == $1 && d[i] == $2 && (st[i] == code[$3] || ($3 == "SYN_RECV" && st[i] == 12))) found = 1
		if (s[i] == $1 && d[i] == $2 && st[i] != code["CLOSED"]) other = 1
	}
	if ($3 == "CLOSED") found = !other      # nobody, another socket (the listener), or its last notice
	if (!found) { print "tshark does not see it in record " $6 " (" sport[$6] " > " dport[$6] " state " state[$6] "): " $0; bad++ }
}
END { exit bad > 0 }' "$TMP/edges" && echo "ok - tshark finds each of the kernel's states in the record that the report names" ||
	echo "not ok - tshark finds each of the kernel's states in the record that the report names"

awk -v frames="$TMP/frames" '
BEGIN { while ((getline line <frames) > 0) { split(line, f, "\t"); from[f[1]] = f[2]; to[f[1]] = f[3]; syn[f[1]] = f[4]; fin[f[1]] = f[5]; rst[f[1]] = f[6] } }
$5 == "-" || $2 == 0 { next }
{
	between = (from[$5] == $1 && to[$5] == $2) || (from[$5] == $2 && to[$5] == $1); right = 1
	if ($3 == "SYN_SENT" || $3 == "SYN_RECV") right = syn[$5] ~ /1|True/
	if ($3 == "FIN_WAIT1" || $3 == "CLOSE_WAIT" || $3 == "TIME_WAIT") right = fin[$5] ~ /1|True/
	if (!between || !right) { print "frame " $5 " does not show it: " $0; bad++ }
}
END { exit bad > 0 }' "$TMP/edges" && echo "ok - the frame that the report names is of that connection and carries that segment" ||
	echo "not ok - the frame that the report names is of that connection and carries that segment"

# Client 4 of the picture, by both recipes
correction=$(grep -c '"type":"correction".*"local":"127.0.0.1:12345","remote":"127.0.0.1:40004",.*"from":"SYN_RECV","to":"ESTABLISHED".*"reason":"accept_queue_full".*"queue":2.*"backlog":1' "$TMP/report.jsonl")
[ "$correction" = 2 ] && grep -q 'accept queue full at 2 (backlog 1 + 1)' "$TMP/report.txt" && echo "ok - client 4's ACK is withdrawn: accept queue full at 2 (backlog 1 + 1)" ||
	{ grep correction "$TMP/report.jsonl"; echo "not ok - client 4's ACK is withdrawn: accept queue full at 2 (backlog 1 + 1)"; }
times=$(tshark -r "$dir/wire.pcap" -Y 'tcp.dstport == 40004 && tcp.flags.syn == 1 && tcp.flags.ack == 1' -T fields -e frame.time_epoch 2>/dev/null |
	awk 'NR > 1 && $1 - last < 20 { printf "%.0f ", $1 - first } NR == 1 || $1 - last >= 20 { first = $1 } { last = $1 }')
case $times in "1 3 7 "*) echo "ok - tshark counts client 4's SYN-ACK again after 1, 3 and 7 seconds" ;;
*) echo "# after $times"; echo "not ok - tshark counts client 4's SYN-ACK again after 1, 3 and 7 seconds" ;; esac

both=$TMP/both.pcapng
if mergecap -w "$both" "$dir/wire.pcap" "$dir/diag.pcap" 2>"$TMP/merge" &&
	[ "$(tshark -r "$both" -Y 'tcp.flags.syn == 1' 2>/dev/null | wc -l)" -gt 0 ] &&
	[ "$(tshark -r "$both" -Y 'netlink-sock_diag.state == 3' 2>/dev/null | wc -l)" -gt 0 ]; then
	echo "ok - mergecap joins wire.pcap and diag.pcap, and tshark reads both in it"
else
	cat "$TMP/merge"; echo "not ok - mergecap joins wire.pcap and diag.pcap, and tshark reads both in it"
fi
