#!/usr/bin/env bash
# also: root
# The chat room's ladder: every datagram a line, as tshark counts them and as the checks measured;
# who learns of the ICMP errors as the kernel decided, and the datagrams lost at a socket as its own
# count says.
set -u
. tests/lib.sh
lines() { grep -c "^{\"type\":\"$1\".*$2" "$TMP/jsonl"; }
measured() { grep "^{\"type\":\"check\".*\"name\":\"$1\"" "$TMP/jsonl" | sed 's/.*"measured":"\([^"]*\)".*/\1/'; }
packets() { tshark -r "$1/wire.pcap" -Y "$2" 2>/dev/null | wc -l; }
member() { grep "^{\"type\":\"$1\".*\"source\":\"$here:$2\"" "$TMP/jsonl"; }

for family in 4 6; do
	[ $family = 4 ] && here=127.0.0.1 icmp=icmp.type==3 not='not icmp' || here='\[::1\]' icmp=icmpv6.type==1 not='not icmpv6'
	"$TCPSTATE" lab chat --family $family -o "$TMP/chat$family" >"$TMP/text" 2>&1 || { echo "not ok - lab chat, IPv$family"; tail -n 20 "$TMP/text"; continue; }
	"$TCPSTATE" report --format jsonl "$TMP/chat$family" >"$TMP/jsonl"
	is "IPv$family: a line for every datagram to the server" "$(lines datagram "\"destination\":\"$here:12345\"")" "$(packets "$TMP/chat$family" "udp.dstport==12345 and $not")"
	is "IPv$family: and for every one from it" "$(lines datagram "\"source\":\"$here:12345\"")" "$(packets "$TMP/chat$family" "udp.srcport==12345 and $not")"
	is "IPv$family: and for every ICMP error" "$(lines icmp '')" "$(packets "$TMP/chat$family" "$icmp")"
	is "IPv$family: as many as the check measured" "$(lines icmp '"text":"port unreachable"')" "$(measured port_unreachable)"
	is "IPv$family: ann's, as the check measured, is told to her connected socket" \
		"$(member icmp 40001 | grep -c '"effect":"told","errno":"ECONNREFUSED","socket":"connected".*"program":"chat_client","diag_frame":[1-9]')" "$(measured sent_by_ann)"
	is "IPv$family: dan's are told to nobody" "$(member icmp 40004 | grep -c '"effect":"not_connected".*"socket":"unconnected"')" "$(measured sent_by_dan)"
	# Each error names the datagram it answers, which is the one before it in the capture.
	is "IPv$family: each error answers the datagram before it" "$(grep '^{"type":"icmp"' "$TMP/jsonl" | sed 's/.*"frame":\([0-9]*\).*"answers":\([0-9]*\).*/\1 \2/' | awk '$1 == $2 + 1' | wc -l)" "$(lines icmp '')"
	is "IPv$family: the conversations' counts are those of their lines" "$(grep '^{"type":"conversation"' "$TMP/jsonl" | sed 's/.*"a_datagrams":\([0-9]*\),"b_datagrams":\([0-9]*\).*"left_out":\([0-9]*\).*/\1 \2 \3/' | awk '{ n += $1 + $2 - $3 } END { print n }')" "$(lines datagram '')"
	record=$(member icmp 40001 | sed 's/.*"diag_frame":\([0-9]*\).*/\1/')
	is "IPv$family: tshark finds ann's socket connected in that record" "$(tshark -r "$TMP/chat$family/diag.pcap" -Y "frame.number==$record and netlink-sock_diag.inet_sport==40001 and netlink-sock_diag.inet_dport==12345" 2>/dev/null | wc -l)" 1
	"$TCPSTATE" report "$TMP/chat$family" >"$TMP/report"
	is "IPv$family: the page tells the same" "$(grep -cE ' A ← ICMP ' "$TMP/report")" "$(measured port_unreachable)"

	"$TCPSTATE" lab chat-loss --family $family -o "$TMP/loss$family" >"$TMP/text" 2>&1 || { echo "not ok - lab chat-loss, IPv$family"; tail -n 20 "$TMP/text"; continue; }
	"$TCPSTATE" report --format jsonl "$TMP/loss$family" >"$TMP/jsonl"
	is "IPv$family: the server's drops grow to what its socket counts" "$(grep "^{\"type\":\"drop\".*\"local\":\"$here:12345\"" "$TMP/jsonl" | sed 's/.*"count":\([0-9]*\).*/\1/' | awk '{ n += $1 } END { print n }')" "$(measured dropped | tail -n 1)"
done
