#!/usr/bin/env bash
# as: user
# timeout: 960
# `tcpstate lab time-wait`: as predicted over both families and with other sysctls; the report names
# owners and ends; it can fail. (make check: over IPv4, with the ordinary sysctls.)
set -u
. tests/lib.sh
unshare -Urn true 2>/dev/null || unshare -n true 2>/dev/null || { echo "skip - no network namespace may be made here"; exit 0; }
runs() {        # sentence, exit status, name, options of the experiment
	lab_run "$TMP/$3" time-wait "${@:4}" >"$TMP/$3.out" 2>&1
	is "$1" "$2" $?
	[ "$2" != 0 ] || grep 'MISMATCH\|failed:\|\.sh: \|timeout after' "$TMP/$3.out"
	"$TCPSTATE" report --all --format jsonl "$TMP/$3" >"$TMP/$3.jsonl"
}
lines() { grep "$2" "$TMP/$1.jsonl" | grep -c "$3"; }

runs "time-wait is as predicted" 0 four
is "SO_REUSEADDR on one socket only: bind() fails, whatever the sysctls" 18 "$(lines four '"name":"same_port_again".*"reuseaddr":"\(none\|old\|new\)"' '"measured":"bind: EADDRINUSE"')"
is "on both, without timestamps, connect() fails" 3 "$(lines four '"name":"same_port_again".*"reuseaddr":"both"' '"measured":"connect: EADDRNOTAVAIL"')"
is "on both, with timestamps, the connection is made" 3 "$(lines four '"name":"same_port_again".*"reuseaddr":"both"' '"measured":"ready"')"
is "the TIME_WAIT shows its countdown and whose it was" echo_client "$(grep '"type":"sample".*"state":"TIME_WAIT","local":"127.0.0.1:22535"' "$TMP/four.jsonl" |
	sed -n '1s/.*"timer":"timewait","timer_ms":5[0-9]\{4\},.*"program":"\([a-z_]*\)","was":true.*/\1/p')"
is "the surplus of tcp_max_tw_buckets was never in TIME_WAIT" 3 "$(lines four '"type":"correction"' '"from":"FIN_WAIT2","to":"TIME_WAIT"')"
is "a TIME_WAIT that a new connection took is told" 5 "$(lines four '"type":"transition"' '"local":"127.0.0.1:225.*"from":"TIME_WAIT","to":"CLOSED","cause":"call"')"
"$TCPSTATE" report --lang en --format html -o "$TMP/four.html" "$TMP/four"
holds "phases that took the same course share a picture, which names them" \
	'grep -qE "The same course: phases [0-9]+[–,]" "$TMP/four.html" && ! grep -qE "The same course: phases [0-9]+\.|course: phase [0-9]+[–,]" "$TMP/four.html"'
is "so there are fewer pictures than phases" 1 "$(($(grep -o "id='fig-phase[0-9]*'" "$TMP/four.html" | wc -l) * 2 < $(grep -c '"type":"mark"' "$TMP/four.jsonl")))"
sed 's/<[^>]*>//g' "$TMP/four.html" >"$TMP/four.page"
holds "the page says what ended a TIME_WAIT early" \
	'grep -qE "TIME_WAIT ended early in C[^;.]*, by a newer SYN on the same ports; in C13, by an RST\." "$TMP/four.page"'
holds "and names the one that was refused at its place, though its lane is thin" \
	'[ "$(grep -c "class=.t9 b bad halo.>C[0-9]* refused<" "$TMP/four.html")" = 1 ]'
! long || runs "time-wait is as predicted over IPv6" 0 six --family 6
if long; then
	runs "with timestamps off connect() fails in every such cell" 0 off --part matrix --sysctl net.ipv4.tcp_timestamps=0
	is "then there are no others" "3 0" "$(lines off '"name":"same_port_again"' EADDRNOTAVAIL) $(lines off '"name":"same_port_again"' '"measured":"ready"')"
	runs "tcp_fin_timeout changes nothing of TIME_WAIT" 0 fin --part first --sysctl net.ipv4.tcp_fin_timeout=3
	runs "more buckets than connections: no surplus" 0 buckets --part avoided --sysctl net.ipv4.tcp_max_tw_buckets=4
fi

mkdir "$TMP/shelf"
cp "$BUILD"/labs/* "$TMP/shelf" 2>/dev/null
cp -r labs/experiments "$TMP/shelf"
sed -i "s/after='bind: EADDRINUSE'/after='connect: EADDRINUSE'/" "$TMP/shelf/experiments/time-wait-reuse.sh"
TCPSTATE_LIBEXEC=$TMP/shelf runs "a wrong call in a prediction fails" 1 wrong --part matrix --timestamps 1 --tw-reuse 2
is "it is named, with what was measured" 3 "$(grep -c 'MISMATCH same_port_again: predicted connect: EADDRINUSE, measured bind: EADDRINUSE' "$TMP/wrong.out")"
