#!/usr/bin/env bash
# The judges of a report find out what was doctored: shadow (two reports), score (a report and the
# truth).
set -u
. tests/lib.sh
tar -C "$TMP" -xzf tests/truth/runs/sane-101.tar.gz || exit 1
"$TCPSTATE" report --format jsonl "$TMP/sane-101" >"$TMP/report.jsonl" || exit 1
truth=$TMP/sane-101/truth.txt
score() { "$BUILD/tests/truth/score" "$truth" "$1"; }
field() { sed -n "s/.*\<$2 \([0-9]*\).*/\1/p" <<<"$1"; }

"$BUILD/tests/truth/shadow" "$TMP/report.jsonl" "$TMP/report.jsonl" >"$TMP/out"
is "a report does not differ from itself" 0 "$?"
before=$(score "$TMP/report.jsonl")
doctored() {    # SENTENCE AWK-PROGRAM WORDS-OF-SHADOW FOUND FALSE CALLED: hit is the tenth edge into ESTABLISHED that a row has shown
	awk '{ hit = /"type":"transition".*"to":"ESTABLISHED".*"evidence":"both"/ && ++i == 10 } '"$2" "$TMP/report.jsonl" >"$TMP/doctored.jsonl"
	"$BUILD/tests/truth/shadow" "$TMP/report.jsonl" "$TMP/doctored.jsonl" >"$TMP/out"
	is "$1 is a difference" 1 "$?"
	if grep -q "$3" "$TMP/out"; then echo "ok - $1 is told as what it is"; else cat "$TMP/out"; echo "not ok - $1 is told as what it is"; fi
	local after
	after=$(score "$TMP/doctored.jsonl")
	is "$1 is scored" "$4" "$(($(field "$after" found) - $(field "$before" found))) $(($(field "$after" false) - $(field "$before" false))) $(($(field "$after" both) - $(field "$before" both)))"
}
doctored "an edge left out" '!hit' "old only.* -> ESTABLISHED" "-1 0 0"
doctored "an edge told twice" '{ print } hit' "new only.* -> ESTABLISHED" "0 1 1"
doctored "an edge into another state" 'hit { sub(/"to":"[A-Z_0-9]*"/, "\"to\":\"CLOSING\"") } { print }' "new only.* -> CLOSING" "-1 1 1"
doctored "other evidence" 'hit { sub(/"evidence":"both"/, "\"evidence\":\"wire\"") } { print }' "evidence wire" "0 0 0"
doctored "another reason" 'hit { sub(/"reason":"[a-z_]*"/, "\"reason\":\"made_up\"") } { print }' "reason made_up" "0 0 0"
grep -v '8080<>41400 ' "$truth" >"$TMP/shorter" && echo "# doubtful 8080<>41400 by hand" >>"$TMP/shorter"
truth=$TMP/shorter
is "a connection in doubt is not judged" $(($(field "$before" ends) - 1)) "$(field "$(score "$TMP/report.jsonl")" ends)"
