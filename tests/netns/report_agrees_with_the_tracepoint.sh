#!/usr/bin/env bash
# The report of a run of mixed open and close orders has, endpoint by endpoint, the edges that the
# kernel's tracepoint has, and beside them the states the tracepoint never shows. Then the comparer
# itself: doctored reports must be found out.
# timeout: 720
set -u
. tests/lib.sh
. tests/netns/oracle.sh
oracle_or_skip
dir=$ORACLE_DIR/mixed_orders

# One run, and its two results.
agrees() {
	oracle_addresses
	v4=127.$v4.1 v6=fd00:$v6::1
	if ! oracle_record "$dir" sh -c '
		ip link set lo up && ip addr add "$2/128" dev lo nodad &&
		exec "$0" --v4 "$1" --v6 "$2" --count 200 --held "$3/held.txt" --unsent "$3/unsent.txt"' \
		"$BUILD/tests/netns/mixed_orders" "$v4" "$v6" "$dir"; then
		cat "$dir/log.txt"
		echo "not ok - connections are opened and closed in every order"
		return 1
	fi
	args=(--unsent "$dir/unsent.txt" --address "$v4" --address "$v6" --ports 30900-31200)
	oracle_agrees "the report has the edges of the tracepoint, endpoint by endpoint" "$dir" "${args[@]}"
	oracle_agrees "SYN_RECV, TIME_WAIT and the orphans' FIN_WAIT2 are where /proc/net/tcp shows them" "$dir" "${args[@]}" --held "$dir/held.txt"
}
# On a busy machine a program is stopped between a call and what it sends, and a listener of a
# millisecond ends unseen: such a run is made again, as of scripted peers, and told.
for try in 1 2 3; do
	agrees >"$TMP/result"
	grep -q '^not ok' "$TMP/result" && [ $try -lt 3 ] && { late "$dir" >/dev/null || busy; } || break
	sed "s/^not ok - /# try $try: /" "$TMP/result"
	rm -rf "$dir"
done
cat "$TMP/result"
[ -e "$dir/report.jsonl" ] || exit 1

# Whatever is changed in the report must be found: an edge left out, added, another state, another
# time.
differences() { "$BUILD/tests/netns/oracle_compare" --trace "$dir/trace.txt" --report "$1" "${args[@]}" | grep -c '^not ok'; }
edges=$(grep -c '"type":"transition".*"to":"FIN_WAIT1"' "$dir/report.jsonl")
doctored() {    # SENTENCE AWK-PROGRAM: `hit` is true at one edge into FIN_WAIT1 in the middle of the report
	awk -v n=$((edges / 2)) '{ hit = /"type":"transition".*"to":"FIN_WAIT1"/ && ++i == n } '"$2" \
		"$dir/report.jsonl" >"$dir/doctored.jsonl"
	if cmp -s "$dir/report.jsonl" "$dir/doctored.jsonl"; then echo "not ok - $1: the doctoring changed nothing"
	elif [ "$(differences "$dir/doctored.jsonl")" -gt "$before" ]; then echo "ok - $1 is found out"
	else echo "not ok - $1 is found out"; fi
}
args+=(--held "$dir/held.txt")
before=$(differences "$dir/report.jsonl")
doctored "an edge left out" '!hit'
doctored "an edge told twice" '{ print } hit'
doctored "an edge into another state" 'hit { sub(/"to":"[A-Z_0-9]*"/, "\"to\":\"CLOSING\"") } { print }'
doctored "an edge of another endpoint" 'hit { sub(/"local":"[^"]*"/, "\"local\":\"'"$v4"':1\"") } { print }'
doctored "an edge ten seconds early" 'hit { match($0, /"t":"[0-9]+/); t = substr($0, RSTART + 5, RLENGTH - 5)
	$0 = substr($0, 1, RSTART + 4) (t - 10) substr($0, RSTART + RLENGTH) } { print }'
