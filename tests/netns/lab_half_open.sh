#!/usr/bin/env bash
# as: user
# timeout: 960
# `tcpstate lab half-open` and its SYN sender: as predicted over both families and with other
# sysctls, silent, sealed, and able to fail. (make check: over IPv4 with the ordinary sysctls.)
set -u
. tests/lib.sh
unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit 0; }
runs() {        # sentence, exit status, name, options of the experiment
	lab_run "$TMP/$3" half-open "${@:4}" >"$TMP/$3.out" 2>&1
	is "$1" "$2" $?
	[ "$2" != 0 ] || grep 'MISMATCH\|failed:\|\.sh: \|timeout after' "$TMP/$3.out"
}
measured() { "$TCPSTATE" report --format jsonl "$TMP/$1" | grep '"type":"check"' | grep "\"name\":\"$2\"" | grep -c "\"measured\":\"$3\""; }

runs "half-open is as predicted" 0 four --n 4,5
is "the surplus SYN was dropped without cookies, and got one with them" "1 1" \
	"$(measured four queue_full_drops 1) $(measured four cookies_sent 1)"
is "a ghost's end at the client learns of it by RST" 1 "$(measured four second_ghost 'read: ECONNRESET')"
is "the host that does not exist has sent nothing but SYNs" "" "$(tshark -r "$TMP/four/wire.pcap" -Y 'ip.src == 192.0.2.1 && tcp.flags != 2' 2>/dev/null)"
is "the silent SYNs have valid checksums" "" \
	"$(tshark -o tcp.check_checksum:TRUE -r "$TMP/four/wire.pcap" -Y 'ip.src == 192.0.2.1 && tcp.checksum.status == 0' 2>/dev/null)"
if long; then
	runs "half-open is as predicted over IPv6" 0 six --family 6 --n 4,5 --syncookies 1
	is "the host that does not exist is silent over IPv6, too" "" "$(tshark -r "$TMP/six/wire.pcap" -Y 'ipv6.src == 2001:db8::1 && tcp.flags != 2' 2>/dev/null)"
	runs "the SYN queue follows net.core.somaxconn" 0 somaxconn --part queue --sysctl net.core.somaxconn=2 --n 2..5
	runs "without cookies it follows tcp_max_syn_backlog" 0 max --part queue --sysctl net.ipv4.tcp_max_syn_backlog=4 --b 8 --n 3..6
	runs "a tcp_syncookies that --sysctl sets is the one to be seen" 0 always --part queue --sysctl net.ipv4.tcp_syncookies=2 --n 3
	is "tcp_syncookies=2 leaves no request behind" "1 1" "$(measured always server_syn_recv 0) $(measured always cookies_sent 3)"
	runs "a request lives 2^(N+1) - 1 seconds" 0 retries --part expiry --sysctl net.ipv4.tcp_synack_retries=0
	runs "tcp_abort_on_overflow does not touch ghosts" 0 abort --part ghosts --sysctl net.ipv4.tcp_abort_on_overflow=1
fi

mkdir "$TMP/shelf"
cp "$BUILD"/labs/* "$TMP/shelf" 2>/dev/null
cp -r labs/experiments "$TMP/shelf"
sed -i 's/min(n, b_eff + 1)/min(n, b_eff + 2)/' "$TMP/shelf/experiments/half-open.sh"
TCPSTATE_LIBEXEC=$TMP/shelf runs "a wrong prediction fails" 1 wrong --part queue --n 4,5 --syncookies 1
is "it is named, with formula and measurement" 1 "$(grep -c 'MISMATCH server_syn_recv: predicted 5 = min(n, b_eff + 2), measured 4' "$TMP/wrong.out")"

refusal='syn_sender: refused: forged source addresses only in a sealed namespace; run it there: tcpstate record -o DIR -- COMMAND'
is "the SYN sender refuses where nothing is sealed" "$refusal" "$("$BUILD/labs/syn_sender" 2>&1)"
is "it refuses in a namespace that is not the sealed one" "$refusal" "$(TCPSTATE_NETNS=1 "$BUILD/labs/syn_sender" 2>&1)"
is "it refuses in another namespace below a recording" "$refusal" \
	"$("$TCPSTATE" record -o "$TMP/below" -- unshare -n "$BUILD/labs/syn_sender" 2>&1 | grep refused)"
is "it says how many ports there are" "syn_sender: --count 3: from port 65534 on there are only 2" \
	"$("$TCPSTATE" record -o "$TMP/ports" -- "$BUILD/labs/syn_sender" --bind 192.0.2.9:65534 --count 3 2>&1 | grep count)"
