#!/usr/bin/env bash
# also: root
# The chat room's ladder: every datagram a line, as tshark counts them and as the checks measured;
# who learns of the ICMP errors as the kernel decided, and the datagrams lost at a socket as its own
# count says. (make check: the room over IPv4, the losses over IPv6.)
set -u
. tests/lib.sh
lines() { grep -c "^{\"type\":\"$1\".*$2" "$TMP/jsonl"; }
measured() { grep "^{\"type\":\"check\".*\"name\":\"$1\"" "$TMP/jsonl" | sed 's/.*"measured":"\([^"]*\)".*/\1/'; }
# how many have this in a column of what tshark said of the capture: UDP's destination and source, the
# type of an ICMP error; what an error quotes has columns in the same line
packets() { awk -F '\t' -v column="$1" -v value="$2" '$column == value && (column == 3 || $3 == "") { n++ } END { print n + 0 }' "$TMP/columns"; }
member() { grep "^{\"type\":\"$1\".*\"source\":\"$here:$2\"" "$TMP/jsonl"; }

host() { # set here, icmp, type: of a family
	[ "$1" = 4 ] && here=127.0.0.1 icmp=icmp.type type=3 || here='\[::1\]' icmp=icmpv6.type type=1
}

for family in 4 $(! long || echo 6); do
	host "$family"
	"$TCPSTATE" lab chat --family "$family" -o "$TMP/chat$family" >"$TMP/text" 2>&1 || { echo "not ok - lab chat, IPv$family"; tail -n 20 "$TMP/text"; continue; }
	"$TCPSTATE" report --format jsonl "$TMP/chat$family" >"$TMP/jsonl"
	tshark -r "$TMP/chat$family/wire.pcap" -T fields -e udp.dstport -e udp.srcport -e "$icmp" >"$TMP/columns" 2>/dev/null
	is "IPv$family: a line for every datagram to the server" "$(lines datagram "\"destination\":\"$here:12345\"")" "$(packets 1 12345)"
	is "IPv$family: and for every one from it" "$(lines datagram "\"source\":\"$here:12345\"")" "$(packets 2 12345)"
	is "IPv$family: and for every ICMP error" "$(lines icmp '')" "$(packets 3 "$type")"
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
done
for family in $(! long || echo 4) 6; do
	host "$family"
	"$TCPSTATE" lab chat-loss --family "$family" -o "$TMP/loss$family" >"$TMP/text" 2>&1 || { echo "not ok - lab chat-loss, IPv$family"; tail -n 20 "$TMP/text"; continue; }
	"$TCPSTATE" report --format jsonl "$TMP/loss$family" >"$TMP/jsonl"
	is "IPv$family: the server's drops grow to what its socket counts" "$(grep "^{\"type\":\"drop\".*\"local\":\"$here:12345\"" "$TMP/jsonl" | sed 's/.*"count":\([0-9]*\).*/\1/' | awk '{ n += $1 } END { print n }')" "$(measured dropped | tail -n 1)"
done
