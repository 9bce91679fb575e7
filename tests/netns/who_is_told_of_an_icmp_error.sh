#!/usr/bin/env bash
# also: root
# Every ICMP error that nftables can reject a datagram with, at a connected and at an unconnected
# UDP socket (and one with IP_RECVERR): what the report says of who learns of it is what the next
# call on the socket returned.
set -u
command -v nft >/dev/null || { echo "skip - no nft here"; exit; }
four=(net-unreachable host-unreachable prot-unreachable port-unreachable net-prohibited host-prohibited admin-prohibited)
six=(no-route admin-prohibited addr-unreachable port-unreachable policy-fail reject-route)
cat >"$TMP/errors.sh" <<'END'
set -e
family=$1; shift
port=5000 ports=''
{
	echo 'table inet errors {'; echo 'chain errors {'; echo 'type filter hook input priority 0; policy accept;'
	for kind; do
		port=$((port + 1)) ports="$ports $port"
		[ "$family" = 4 ] && echo "meta nfproto ipv4 udp dport $port reject with icmp type $kind" || echo "meta nfproto ipv6 udp dport $port reject with icmpv6 type $kind"
	done
	echo '}'; echo '}'
} >"$TMP/rules"
nft -f "$TMP/rules"
PATH=$PATH:/usr/sbin
coproc TOLD { "$BUILD/tests/netns/told" "$family" $ports; }
exec {told}<&"${TOLD[0]}"         # bash takes TOLD away when the program has ended, read or not
read -r sent <&"$told" && [ "$sent" = sent ]
"$TCPSTATE" mark 'the kernel has answered'      # a dump shows the sockets while they are
echo >&"${TOLD[1]}"
cat <&"$told" >"$TMP/told$family"
END
for family in 4 6; do
	[ $family = 4 ] && kinds=("${four[@]}") here='127\.0\.0\.1' || { kinds=("${six[@]}"); here='\[::1\]'; }
	"$TCPSTATE" record -o "$TMP/errors$family" -- bash "$TMP/errors.sh" $family "${kinds[@]}" >"$TMP/text" 2>&1 || { echo "not ok - IPv$family: the recording failed"; cat "$TMP/text"; continue; }
	"$TCPSTATE" report --format jsonl "$TMP/errors$family" >"$TMP/jsonl"
	count=0
	while read -r port mode errno; do
		line=$(grep "^{\"type\":\"icmp\".*\"source\":\"$here:$port\"" "$TMP/jsonl")
		effect=$(sed -n 's/.*"effect":"\([a-z_]*\)".*/\1/p' <<<"$line") said=EAGAIN
		[ "$effect" != told ] || said=$(sed -n 's/.*"errno":"\([A-Z]*\)".*/\1/p' <<<"$line")
		what="IPv$family: $(sed -n 's/.*"text":"\([^"]*\)".*/\1/p' <<<"$line"), $mode: $effect, $errno"
		count=$((count + 1))
		if [ "$said" = "$errno" ] && [ -n "$effect" ] && [ "$effect" != unknown ] && grep -q '"diag_frame":[1-9]' <<<"$line" && grep -q '"answers":[1-9]' <<<"$line"; then echo "ok - $what"
		else echo "not ok - $what: the report has $line"; fi
	done <"$TMP/told$family"
	[ $count = $((${#kinds[@]} * (family == 4 ? 3 : 2))) ] && echo "ok - IPv$family: $count sockets tried" || echo "not ok - IPv$family: $count sockets tried"
done
