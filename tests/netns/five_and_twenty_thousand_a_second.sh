#!/usr/bin/env bash
# Live, at rates that a machine hardly holds: connections of eight kinds of ends for a minute at
# 5,000 a second and for twenty seconds at 20,000, or as many as are made. No edge is told as seen
# that the kernel's tracepoint does not have, nor one that the rows of /proc/net/tcp disprove in the
# end; what was lost is told in numbers, which are those of the interface and of the netlink socket.
#   tests/netns/five_and_twenty_thousand_a_second.sh [RATE COUNT]...
# long
# alone
# timeout: 3600
set -u
. tests/netns/oracle.sh
. tests/lib.sh
oracle_or_skip
oracle_addresses
[ $# -gt 0 ] || set -- 5000 300000 20000 400000
echo "protocol == 6 && ((sport >= 5000 && sport <= 5009) || (dport >= 5000 && dport <= 5009))" \
	>"$ORACLE_INSTANCE/events/sock/inet_sock_set_state/filter"

cat >"$TMP/command" <<'END'
# in the sealed network, DIR PACED ADDRESS RATE COUNT: then, once the recorder has been looked at,
# what interface and netlink sockets have counted
ip link set lo up
echo 1000000 >/proc/sys/net/ipv4/tcp_max_tw_buckets
"$2" "$3" "$4" "$5" "$1/held" 4 || exit 1
sleep 1
: >"$1/made"
until [ -e "$1/end" ]; do sleep 0.1; done
cat /proc/net/dev >"$1/dev"
cat /proc/net/netlink >"$1/netlink"
END

# NAME: a number of the report's head, which the first line has
head_number() { sed -n "1s/.*\"$1\":\([0-9]*\).*/\1/p" "$dir/head"; }
# REASON MEMBER: what the finding of that kind says, 0 if there is none
found_number() { sed -n "s/.*\"reason\":\"$1\".*\"$2\":\([0-9]*\).*/\1/p" "$dir/head" | grep . || echo 0; }

# The recorder's memory besides its rings, and its processor time in 1/100 s.
memory() { awk '$1 == "RssAnon:" { print $2 }' "/proc/$1/status"; }
ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

agrees() {      # RATE COUNT
	local dir=$TMP/$1 network=127.$v4 pid seconds peak=0 now used said packets lost answers
	mkdir "$dir"
	said="$1 a second"
	echo >"$ORACLE_INSTANCE/trace"
	# 100 bytes an event, fourteen a connection, over the processors: room for one that has all
	echo $(($2 * 2)) >"$ORACLE_INSTANCE/buffer_size_kb"
	"$TCPSTATE" record -o "$dir/r" -- bash "$TMP/command" "$dir" "$BUILD/tests/netns/paced" \
		"$network.1" "$1" "$2" >"$dir/log" 2>&1 &
	pid=$!
	until [ -e "$dir/made" ] || ! kill -0 $pid 2>/dev/null; do
		now=$(memory $pid) && [ "${now:-0}" -gt "$peak" ] && peak=$now
		sleep 0.2
	done
	used=$(ticks $pid)
	: >"$dir/end"
	wait $pid
	if [ ! -s "$dir/netlink" ]; then
		bad "$said: the connections are made" "$(tail -n 5 "$dir/log")"
		return
	fi
	sed -n 's/^\([0-9]* connections, .*\)/# \1/p' "$dir/log"
	seconds=$(awk -v ticks="$used" -v count="$2" 'BEGIN { printf "%.1f s, %.0f us", ticks / 100, ticks * 1e4 / count }')
	echo "# record: at most $((peak / 1024)) MiB, $seconds of processor time a connection"
	echo 0 >"$ORACLE_INSTANCE/tracing_on"
	(set -o pipefail
		"$TCPSTATE" report --format jsonl "$dir/r" | tee >(grep -E '^\{"type":"(manifest|finding)"' >"$dir/head") |
			"$BUILD/tests/netns/oracle_compare" --losses --trace "$ORACLE_INSTANCE/trace" --held "$dir/held" \
				--report /dev/stdin --address "$network." >"$dir/differences" 2>&1)
	verdict $? "$said: no edge is said to have been seen that was none"
	tail -n 1 "$dir/differences"
	grep -A 2 '^not ok' "$dir/differences" | head -n 60 | sed 's/^not ok - /#   /'
	echo 1 >"$ORACLE_INSTANCE/tracing_on"
	packets=$(head_number packets) lost=$(head_number dropped) answers=$(head_number rows_lost)
	echo "# $packets packets and $lost lost; $(head_number rows) rows, $answers answers lost"
	is "$said: packets recorded and told as lost are all that the interface had" \
		"$(awk '$1 == "lo:" { print $3 }' "$dir/dev")" $((packets + lost))
	is "$said: answers told as lost are those that the netlink sockets had no room for" \
		"$(awk '$2 == 4 { lost += $(NF - 1) } END { print lost + 0 }' "$dir/netlink")" "$answers"
	is "$said: the findings have both numbers" "$lost $answers" \
		"$(found_number capture_lost packets) $(found_number diag_lost count)"
	[ "$lost" -gt 0 ] || is "$said: nothing was lost, and every edge is found" "$(awk 'END { print $2 }' "$dir/differences")" \
		"$(awk 'END { print $7 }' "$dir/differences")"
	[ -n "${ORACLE_KEEP:-}" ] || rm -rf "$dir"
}
while [ $# -ge 2 ]; do
	agrees "$1" "$2"
	shift 2
done
