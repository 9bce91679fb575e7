#!/usr/bin/env bash
# A capture of hardly two connections alike: beyond those of which one is told in full a text lists
# the forty most frequent kinds, and says how many kinds and connections it leaves out. With few
# kinds all are listed; --all tells each connection.
set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
. tests/lib.sh
"$BUILD/tests/golden/mkodd" --adversarial 6000 "$TMP/many" &&
	"$BUILD/tests/golden/mkodd" --adversarial 400 "$TMP/few" || exit 1
others() { # FILE: how many connections each of the kinds has that are told by a line
	"$TCPSTATE" report "$1" |
		awk '/^The other .* kinds? of connection/ { on = 1; next } on && /^  [0-9]+: / { print $1 + 0; next } on && !/^  / { exit }'
}
said() { # FILE PATTERN: the numbers in the line
	"$TCPSTATE" report "$1" | sed -n "/$2/{s/[^0-9]\\+/ /g;p;q}"
}
listed=$(others "$TMP/many")
is "forty kinds have a line" 40 "$(wc -l <<<"$listed")"
is "the most frequent first" "$(sort -rn <<<"$listed")" "$listed"
read -r all kinds _ < <(said "$TMP/many" 'kinds; one of each')
read -r left of_them < <(said "$TMP/many" 'more kinds: ')
is "the others are told by their number" $((kinds - 12 - 40)) "${left-}"
in_full=$("$TCPSTATE" report "$TMP/many" | awk '/^Connection [0-9]+: / { n++ } /^  and [0-9]+ more like it/ { n += $2 } END { print n }')
is "and by their connections" $((all - in_full - $(paste -sd+ <<<"$listed" | bc))) "${of_them-}"
read -r kinds < <(said "$TMP/few" 'The other [0-9]* kinds of connection')
is "few kinds are all listed" "${kinds-}" "$(others "$TMP/few" | wc -l)"
is "and nothing is left out" "" "$(said "$TMP/few" 'more kinds: ')"
every=$("$TCPSTATE" report --all "$TMP/many" | grep -c '^Connection [0-9]*: ')
is "--all tells every connection" "$all" "$every"
