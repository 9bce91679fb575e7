#!/usr/bin/env bash
# At 100 and 1,000 connections a second that end in four ways: every transition of the kernel's
# tracepoint is displayed by watch, in order, and none that was none; TIME_WAIT, which it does not
# follow, is judged by /proc/net/tcp in the end. RATE COUNT: at another rate.
# timeout: 720
set -u
. tests/netns/oracle.sh
. tests/lib.sh
oracle_or_skip
oracle_addresses

# What stands in the end: without what was withdrawn.
standing() {
	awk 'match($0, /"type":"correction","of":[0-9]+/) { gone[substr($0, RSTART + 25, RLENGTH - 25)] = 1 }
		/"type":"transition"/ { line[++n] = $0 }
		END { for (i = 1; i <= n; i++) { id = line[i]; sub(/.*"type":"transition","id":/, "", id); sub(/,.*/, "", id); if (!(id in gone)) print line[i] } }' "$1"
}

# What was withdrawn although the line, or its confirmation, had said that the kernel held it.
withdrawn_from_the_kernel() {
	awk 'function member(name) { return match($0, "\"" name "\":\"?[^\",}]*") ? substr($0, RSTART, RLENGTH) : "" }
		{ id = of = ""; if (/"type":"transition"/) id = member("id"); else of = member("of"); sub(/.*:/, "", id); sub(/.*:/, "", of) }
		id != "" { label[id] = member("evidence") }
		/"type":"confirmation"/ { label[of] = member("evidence") }
		/"type":"correction"/ && label[of] ~ /both|kernel/' "$1"
}

agrees() {      # RATE COUNT
	local dir=$TMP/$1 address=127.$v4.$(($1 % 250 + 1)) status
	mkdir "$dir"
	"$TCPSTATE" watch --format jsonl -- "$BUILD/tests/netns/paced" "$address" "$1" "$2" "$dir/held" >"$dir/watch" 2>"$dir/err"
	status=$?
	cat "$ORACLE_INSTANCE/trace" >"$dir/trace"
	if [ $status != 0 ]; then bad "$1 a second: the connections are made"; cat "$dir/err"; return; fi
	grep -E 'connections,|transitions,' "$dir/err" | sed 's/^/# /'
	# the rate that came, on a busy machine less than asked for, is in the line above
	is "$1 a second: no packet is dropped" "" "$(grep '"type":"gap","t":"[0-9.]*","of":"packets"' "$dir/watch")"
	standing "$dir/watch" >"$dir/standing"
	is "$1 a second: nothing is withdrawn that the kernel was said to hold" "" "$(withdrawn_from_the_kernel "$dir/watch")"
	grep -c TIME_WAIT "$dir/held" | sed 's/$/ in TIME_WAIT in the end/; s/^/# /'
	if "$BUILD/tests/netns/oracle_compare" --trace "$dir/trace" --held "$dir/held" --report "$dir/standing" --address "$address" --within-ms 0 >"$dir/differences" 2>&1; then
		good "$1 a second: what watch displays are the kernel's transitions, in order"
	else
		head -n 30 "$dir/differences" | sed 's/^not ok - /#   /'
		bad "$1 a second: what watch displays are the kernel's transitions, in order"
	fi
	tail -n 1 "$dir/differences"
	rm -rf "$dir"
}
if [ $# = 2 ]; then agrees "$1" "$2"; else
	agrees 100 200
	agrees 1000 2000
fi
