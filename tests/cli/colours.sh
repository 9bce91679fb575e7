#!/usr/bin/env bash
# No colour of the page says anything alone. With the stylesheet's colours (light, dark, print) and
# with figures drawn here: what may stand beside each other is told apart in grey, and by an eye
# without green cones, or it has a second sign: its height, a hatching, a dash.
# shellcheck disable=SC2016  # conditions are evaluated by holds()
set -u
. tests/lib.sh

# ---- the figures: every state in lanes, and seventy connections stacked over time ----
at() { printf '%d.%03d000 %s\n' $(($1 / 1000)) $(($1 % 1000)) "$2"; }   # ms, segment
story() {       # ms, port, closes: the client, or both at once
	local up="10.0.0.2:$2 > 10.0.0.1:80" down="10.0.0.1:80 > 10.0.0.2:$2"
	at "$1" "$up S seq 1"
	at $(($1 + 100)) "$down S. seq 9 ack 2"
	at $(($1 + 200)) "$up . seq 2 ack 10"
	at $(($1 + 400)) "$up F. seq 2 ack 10"
	if [ "$3" = both ]; then
		at $(($1 + 600)) "$down F. seq 10 ack 2"
		at $(($1 + 800)) "$down . seq 11 ack 3"
	else
		at $(($1 + 600)) "$down . seq 10 ack 3"
		at $(($1 + 800)) "$down F. seq 10 ack 3"
	fi
	at $(($1 + 990)) "$up . seq 3 ack 11"
}
for n in 2 70; do
	{
		echo 'link ether'
		for ((i = 0; i < n; i++)); do
			story $((i * 300)) $((40000 + i)) "$( ((i % 2)) && echo both)"
		done | sort -n
	} >"$TMP/$n.txt"
	"$BUILD/tests/golden/mkpcap" "$TMP/$n.txt" "$TMP/$n.pcap" &&
		"$TCPSTATE" report --format svg --figure picture -o "$TMP/$n.svg" "$TMP/$n.pcap" ||
		exit 1
done

# Of the legends: "lane STATE HEIGHT", "area STATE HATCHING".
{
	sed 's/<path/\n&/g' "$TMP/2.svg" |
		sed -n "s/<path class='sp \(..\)' d='M0 *\([^h]*\)h18v\([0-9.]*\).*/lane \1 \2,\3/p"
	sed 's/<\(rect\|pattern\)/\n&/g' "$TMP/70.svg" >"$TMP/70"
	sed -n "s/<rect class='\(..\) na' x=.*width='14'.*/area \1 plain/p" "$TMP/70"
	sed -n "s/<rect class='na' fill='url(#.*-\(..\))' x=.*width='14'.*/\1/p" "$TMP/70" |
		while read -r state; do
			echo "area $state $(sed -n "/<pattern id='[^']*-$state'/{n;p}" "$TMP/70" |
				sed "s/.*hx' d='\([^']*\)'.*/\1/;s/ //g")"
		done
} | sort -u >"$TMP/shapes"
is 'the lanes of two connections have nine states, and the areas of seventy the same' '9 9' \
	"$(grep -c ^lane "$TMP/shapes") $(grep -c ^area "$TMP/shapes")"

# ---- the stylesheet: "colour SCHEME NAME #HEX", "rule SELECTOR BACKGROUND" ----
awk '
/^@media/ { medium = /print/ ? "print" : /dark/ ? "dark" : "" }
/^}/ { if (medium != "" && !inside) medium = "" }
/:root.*{$/ { inside = 1; scheme = medium != "" ? medium : /dark/ ? "button" : "light" }
inside {
	line = $0
	while (match(line, /--[A-Za-z]+[A-Za-z0-9]*: #[0-9a-f]+/)) {
		split(substr(line, RSTART + 2, RLENGTH - 2), part, ": ")
		print "colour", scheme, part[1], part[2]
		line = substr(line, RSTART + RLENGTH)
	}
}
/}$/ { inside = 0 }' src/sink/page.css >"$TMP/colours"
tr -d '\n\t' <src/sink/page.css | sed 's/}/}\n/g' |
	sed -n 's/^\.evb \.\(.\),.*background: \(.*[^; ]\);* *}$/rule \1 \2/p' >"$TMP/rules"
is 'a scheme for light, dark, the button and print' 'button dark light print' \
	"$(cut -d' ' -f2 "$TMP/colours" | sort -u | xargs)"
is 'the button shows the same dark as a dark system' '' \
	"$(diff <(grep ' dark ' "$TMP/colours" | cut -d' ' -f3-) \
		<(grep ' button ' "$TMP/colours" | cut -d' ' -f3-))"
is 'the bar of the witnesses has five kinds' 5 "$(grep -c ^rule "$TMP/rules")"

# Lightness (CIE L*) of the grey, and the distance (CIE 1976) that a deuteranope sees (Machado,
# Oliveira and Fernandes 2009, severity 1). Where one sign is left alone it must be a plain one.
cat >"$TMP/apart.awk" <<'AWK'
function linear(c) { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ^ 2.4 }
function bound(c) { return c < 0 ? 0 : c > 1 ? 1 : c }
function f(t) { return t > .008856 ? t ^ (1 / 3) : 7.787 * t + 16 / 116 }
function digit(text, at) { return index("0123456789abcdef", substr(text, at, 1)) - 1 }
function part(text, at) { return linear(16 * digit(text, at) + digit(text, at + 1)) }
function lab(r, g, b, out,   x, y, z) {
	x = f((.4124 * r + .3576 * g + .1805 * b) / .9505)
	y = f(.2126 * r + .7152 * g + .0722 * b)
	z = f((.0193 * r + .1192 * g + .9505 * b) / 1.089)
	out[1] = 116 * y - 16; out[2] = 500 * (x - y); out[3] = 200 * (y - z)
}
function measure(scheme, name,   r, g, b, c, value) {
	c = value_of[scheme, name]
	r = part(c, 2); g = part(c, 4); b = part(c, 6)
	lab(r, g, b, value)
	grey[scheme, name] = value[1]
	lab(bound(.367322 * r + .860646 * g - .227968 * b),
		bound(.280085 * r + .672501 * g + .047413 * b),
		bound(-.011820 * r + .042940 * g + .968881 * b), value)
	for (c = 1; c <= 3; c++) seen[scheme, name, c] = value[c]
}
# Is one colour told from the other, in every scheme? If not, it is named.
function apart(what, a, b,   scheme, d, e, c) {
	pairs++
	for (scheme in schemes) {
		d = grey[scheme, a] - grey[scheme, b]
		d = d < 0 ? -d : d
		e = 0
		for (c = 1; c <= 3; c++) e += (seen[scheme, a, c] - seen[scheme, b, c]) ^ 2
		e = sqrt(e)
		if (d < 9) printf "%s, %s: %s and %s are alike in grey (%.0f)\n", what, scheme, a, b, d
		if (e < 14) printf "%s, %s: %s and %s are alike without green (%.0f)\n", what, scheme, a, b, e
	}
}
function colour_in(text) {
	match(text, /--[A-Za-z0-9]+/)
	return substr(text, RSTART + 2, RLENGTH - 2)
}
function pattern_of(text) {
	return match(text, /^repeating[^,]*/) ? substr(text, RSTART, RLENGTH) : "plain"
}
$1 == "colour" { value_of[$2, $3] = $4; schemes[$2] = 1; measure($2, $3) }
$1 == "lane" { height[$2] = $3 }
$1 == "area" { hatching[$2] = $3; areas[++count] = $2 }
$1 == "rule" { bars[++kinds] = $2; rule[$2] = substr($0, 8) }
END {
	# which state of an end may follow which: RFC 9293, figure 5, and FIN with the ACK of ours
	edges = split("SS-SR SS-ES SR-ES SR-F1 SR-CW ES-F1 ES-CW F1-F2 F1-CL F1-TW F2-TW " \
		"CL-TW CW-LA", edge, " ")
	for (i = 1; i <= edges; i++) {
		split(edge[i], end, "-")
		if (height[end[1]] == height[end[2]]) apart("bands in a lane", end[1], end[2])
	}
	for (i = 1; i <= count; i++)
		for (k = i + 1; k <= count; k++)
			if (hatching[areas[i]] == hatching[areas[k]])
				apart("areas on each other", areas[i], areas[k])
	for (i = 1; i <= kinds; i++)
		for (k = i + 1; k <= kinds; k++)
			if (pattern_of(rule[bars[i]]) == pattern_of(rule[bars[k]]))
				apart("witnesses", colour_in(rule[bars[i]]), colour_in(rule[bars[k]]))
	apart("a call and a segment", "link", "ink")
	apart("an answer with a trouble", "bad", "ink")
	apart("a finding and what is ordinary", "bad", "mark")
	printf "%d pairs\n", pairs
}
AWK
judge() { awk -f "$TMP/apart.awk" "$@"; }
judge "$TMP/colours" "$TMP/shapes" "$TMP/rules" >"$TMP/judged"
is 'what stands beside each other differs in grey and without green, or has a second sign' '' \
	"$(grep -v ' pairs$' "$TMP/judged")"
like 'there were pairs without a second sign, and they were measured' '^1[5-9] pairs$' \
	"$(grep ' pairs$' "$TMP/judged")"

# The judge sees what is wrong.
like 'areas of plain colours are alike in grey' 'areas.*alike in grey' \
	"$(sed 's/^\(area ..\) .*/\1 plain/' "$TMP/shapes" | judge "$TMP/colours" - "$TMP/rules")"
like 'red and the green that looks like it are alike without green' 'alike without green' \
	"$(sed 's/ F1 #.*/ F1 #c04040/;s/ F2 #.*/ F2 #288830/' "$TMP/colours" |
		judge - "$TMP/shapes" "$TMP/rules")"

# What lies over others, pale, has an edge as well.
while read -r class; do
	holds "$class has a dashed edge" \
		'grep -qE "^\.fig \.$class \{.*stroke-dasharray: [1-9]" src/sink/figure.css'
done <<<'w
gh
df
re
rt'
