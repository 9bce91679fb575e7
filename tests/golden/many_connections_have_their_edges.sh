#!/usr/bin/env bash
# The limits of the engine: recordings of 5,000 connections a second for a minute and of 20,000 a
# second (mkmany.c), whose edges are known. None may be missing or false, and none said to be held
# by the kernel that was not; what a machine cannot keep is told as a number.
#   tests/golden/many_connections_have_their_edges.sh [RATE COUNT]...
# long
# alone
# timeout: 1800
set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
[ $# -gt 0 ] || set -- 5000 300000 20000 400000

count() {       # of the transitions in a report: NUMBER FROM TO EVIDENCE, then "told NUMBER" of connections forgotten
	awk -F'"' '/^\{"type":"transition"/ { from = to = evidence = ""
			for (i = 2; i < NF; i += 2) { if ($i == "from") from = $(i + 2); else if ($i == "to") to = $(i + 2); else if ($i == "evidence") { evidence = $(i + 2); break } }
			n[from " " to " " evidence]++ }
		/^\{"type":"finding"/ && /evicted|forgotten/ { told++ }
		END { for (key in n) print n[key], key; print "told", told + 0 }'
}
while [ $# -ge 2 ]; do
	rate=$1 number=$2
	shift 2
	rm -rf "$TMP/many"
	read -r _ taken _ ignored < <("$BUILD/tests/golden/mkmany" --rate "$rate" --count "$number" "$TMP/many")
	/usr/bin/env bash -c 'TIMEFORMAT="%U %S"; time "$0" report --format jsonl "$1"' "$TCPSTATE" "$TMP/many" 2>"$TMP/time" | count >"$TMP/edges"
	awk -v taken="$taken" -v ignored="$ignored" -v rate="$rate" -v number="$number" -v cpu="$(tail -n 1 "$TMP/time")" '
		BEGIN { all = taken + ignored
			want["CLOSED SYN_SENT"] = want["SYN_SENT ESTABLISHED"] = want["LISTEN SYN_RECV"] = all
			want["SYN_RECV ESTABLISHED"] = want["ESTABLISHED FIN_WAIT1"] = want["FIN_WAIT1 FIN_WAIT2"] = want["FIN_WAIT2 TIME_WAIT"] = taken
			want["ESTABLISHED CLOSE_WAIT"] = want["CLOSE_WAIT LAST_ACK"] = want["LAST_ACK CLOSED"] = taken
			want["ESTABLISHED CLOSED"] = want["SYN_RECV CLOSED"] = ignored }
		$1 == "told" { told = $2; next }
		{ have[$2 " " $3] += $1; if ($4 != "wire") seen[$2 " " $3] += $1 }
		END { for (edge in want) { edges += want[edge]; if (have[edge] < want[edge]) { missing += want[edge] - have[edge]; print "#   " want[edge] - have[edge] " missing: " edge } }
			for (edge in have) if (have[edge] > want[edge]) { more = have[edge] - want[edge]; wrong += more
				shown = seen[edge] > want[edge] ? seen[edge] - want[edge] : 0   # at least
				called += shown; print "#   " more " false: " edge " (" shown " called kernel or both)" }
			split(cpu, s, " ")
			what = number " connections at " rate "/s"
			printf "# %s: %d edges, %d missing, %d false, %d falsely called seen; %.1f s of CPU\n", what, edges, missing, wrong, called, s[1] + s[2]
			print (missing == 0 || told ? "ok" : "not ok") " - " what ": every edge is told, or that some could not be"
			print (wrong == 0 ? "ok" : "not ok") " - " what ": no edge is told that was none"
			print (called == 0 ? "ok" : "not ok") " - " what ": of no false edge the kernel is a witness" }' "$TMP/edges"
	[ "$rate" -gt 5000 ] && continue        # at the higher one connections are forgotten
	"$TCPSTATE" report --format html "$TMP/many" >"$TMP/page"
	said="$number connections at $rate/s: the page counts each claim withdrawn, those of folded connections too"
	grep -q "<b>$ignored×</b>" "$TMP/page" && echo "ok - $said" || echo "not ok - $said: $(grep -o "<b>[0-9]*×</b>" "$TMP/page" | tr '\n' ' ') for $ignored"
done
