#!/usr/bin/env bash
# What one connection more adds to a report's largest memory: of those that are kept in full, of
# many short ones, of many that stay half open, and of many with the kernel's answers. It is
# the difference of two sizes, so that what the program itself takes does not count. The limits
# are a third to a half above what was measured: a table more for each connection is noticed.
set -u
. tests/lib.sh
if grep -q -e __asan_init -e __gcov "$TCPSTATE"; then
	echo "skip - a connection takes little memory: an instrumented program takes more"
	exit
fi
megabytes() {   # KIND COUNT OPTION...
	"$BUILD/tests/bench/captures" "$1" "$2" "$TMP/capture" &&
		"$BUILD/tests/bench/alternate" 1 "'$TCPSTATE' report ${*:3} '$TMP/capture'" | awk '{ print $3 }'
	rm -rf "$TMP/capture"
}
adds_little() { # NAME KIND FEW MANY MOST OPTION...
	local few many each
	few=$(megabytes "$2" "$3" "${@:6}") many=$(megabytes "$2" "$4" "${@:6}")
	each=$(((many - few) * 1048576 / ($4 - $3)))
	echo "# $1: $few MB of $3, $many MB of $4: $each bytes each"
	is "$1 adds at most $5 bytes" yes "$([ "${few:-0}" -gt 0 ] && [ "$each" -le "$5" ] && echo yes || echo "$each")"
}
adds_little "a short connection that is kept in full" short 1000 4000 8500 --all
adds_little "a short connection like others" short 20000 50000 800
adds_little "a half-open connection" half-open 20000 50000 300
adds_little "a connection with the kernel's answers" recorded 5000 15000 2600

# What a page needs it needs behind the reading, which takes more: it is made within that.
page_adds_nothing() {   # NAME KIND COUNT
	local summary page
	summary=$(megabytes "$2" "$3" --summary) page=$(megabytes "$2" "$3" --format html -o "$TMP/page.html")
	echo "# $1: $summary MB for the summary, $page MB for the page"
	is "the page of $1 takes no more memory than their summary" yes \
		"$([ "${summary:-0}" -gt 0 ] && [ -s "$TMP/page.html" ] && [ "$page" -le $((summary + summary / 16 + 2)) ] && echo yes || echo "$page MB")"
}
page_adds_nothing "50,000 short connections" short 50000
page_adds_nothing "15,000 connections with the kernel's answers" recorded 15000
