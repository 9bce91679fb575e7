#!/usr/bin/env bash
# What a screen reader is told of a page: the accessibility tree as Chromium makes it, asked for by
# the DevTools protocol over a pipe. Landmarks, headings in the order of the page, figures with a
# name and what they show, tables with captions, controls with names.
# long
# timeout: 600
# shellcheck disable=SC2016,SC2154  # conditions are evaluated by holds(); chromium.sh sets $browser
set -u
. tests/lib.sh
. tests/chromium.sh
chromium_or_skip 'nothing reads the page aloud'
"$TCPSTATE" report --format html -o "$TMP/page.html" tests/golden/recordings/full-queue || exit 1

mkfifo "$TMP/asked"
timeout 120 "$browser" --headless --disable-gpu "${root[@]}" --user-data-dir="$TMP/profile" \
	--window-size=1400,1200 --remote-debugging-pipe 3<"$TMP/asked" 4>"$TMP/told" \
	>/dev/null 2>&1 &
exec 7>"$TMP/asked"
ask() { printf '{"id":%s,%s}\0' "$1" "$2" >&7; }       # number, the rest
of_page() { ask "$1" "\"sessionId\":\"$session\",$2"; }
hear() {        # number: the answer to the question with it
	for _ in $(seq 600); do
		tr '\0' '\n' <"$TMP/told" | grep -m1 "\"id\":$1[,}]" && return
		sleep .1
	done
	return 1
}
value() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
ask 1 "\"method\":\"Target.createTarget\",\"params\":{\"url\":\"file://$TMP/page.html\"}"
target=$(hear 1 | value targetId)
[ "$target" ] || { bad 'Chromium opens the page, asked over its pipe'; exit 1; }
ask 2 "\"method\":\"Target.attachToTarget\",
	\"params\":{\"targetId\":\"$target\",\"flatten\":true}"
session=$(hear 2 | value sessionId)
n=3
loaded() {      # the page, and not the empty one that a new tab has before it
	of_page "$n" '"method":"Runtime.evaluate",
		"params":{"expression":"location.protocol + document.readyState"}'
	hear "$n" | grep -q '"file:complete"'
}
for _ in $(seq 100); do loaded && break; n=$((n + 1)); done
n=$((n + 1))
of_page "$n" '"method":"Accessibility.getFullAXTree"'
hear "$n" | sed 's/{"nodeId":/\n&/g' >"$TMP/tree"
ask 9999 '"method":"Browser.close"'
exec 7>&-

# In the order in which it is read: role, name and description of each node.
awk -v OFS='\t' '
function text(line, key,   at, rest) {
	at = index(line, "\"" key "\":{")
	if (!at) return ""
	rest = substr(line, at)
	if (!match(rest, /"value":"([^"\\]|\\.)*"/)) return ""
	return substr(rest, RSTART + 9, RLENGTH - 10)
}
function read_out(id,   k, list, count) {
	if (!(id in role)) return
	if (!ignored[id]) print role[id], name[id], description[id]
	count = split(children[id], list, ",")
	for (k = 1; k <= count; k++) read_out(list[k])
}
/^{"nodeId":/ {
	match($0, /"nodeId":"[^"]*"/)
	id = substr($0, RSTART + 10, RLENGTH - 11)
	if (first == "") first = id
	ignored[id] = /"ignored":true/
	role[id] = text($0, "role")
	name[id] = text($0, "name")
	description[id] = text($0, "description")
	if (match($0, /"childIds":\[[^]]*\]/)) {
		children[id] = substr($0, RSTART + 12, RLENGTH - 13)
		gsub(/"/, "", children[id])
	}
}
END { read_out(first) }' "$TMP/tree" >"$TMP/read"

role() { awk -F'\t' -v role="$1" '$1 == role' "$TMP/read"; }
holds 'the page has a name' 'role RootWebArea | cut -f2 | grep -q tcpstate'
for landmark in banner navigation main contentinfo; do
	is "one $landmark" 1 "$(role "$landmark" | wc -l)"
done
role heading | cut -f2 >"$TMP/heard"
holds 'its headings are read' '[ "$(wc -l <"$TMP/heard")" -ge 8 ] && ! grep -qx "" "$TMP/heard"'
first=('What happened?' 'Who was left out, and why?' 'What happened, on one time axis')
is 'the answers come first, then the figures' "$(printf '%s\n' "${first[@]}")" \
	"$(grep -x -F -e "${first[0]}" -e "${first[1]}" -e "${first[2]}" "$TMP/heard")"
awk -F'\t' '$1 ~ /^(image|img|graphics)/' "$TMP/read" >"$TMP/images"
is 'every figure is an image with a name' \
	"$(grep -c . "$TMP/images")" "$(awk -F'\t' '$2 != ""' "$TMP/images" | wc -l)"
holds 'there are the picture, the ladders and the state diagram' \
	'[ "$(wc -l <"$TMP/images")" -ge 4 ] && grep -q "segment by segment" "$TMP/images"'
holds 'and says what it shows' 'grep -q "SYN_SENT" "$TMP/images"'
holds 'a ladder says who sent what to whom' \
	'grep "segment by segment" "$TMP/images" | grep -q "client [^ ]* server: SYN; server [^ ]* client: SYN-ACK; client [^ ]* server: ACK"'
# of the picture: from its image to the next heading
awk -F'\t' '$1 == "image" { image = 1 } image && $1 == "heading" { exit } image' "$TMP/read" >"$TMP/picture"
holds 'each band of the picture is read with its connection' \
	'[ "$(grep -c "^group.C[1-3] \(client\|server\) .*: [A-Z_0-9]*, " "$TMP/picture")" -ge 8 ] && ! grep -q "^group.\(client\|server\) " "$TMP/picture"'
holds 'words that stand about without their place are not read once more' \
	'! grep -qE "^StaticText.([0-9]+[.][0-9]+|ESTABLISHED.*|SYN_SENT|accept queue|half-open)	" "$TMP/picture" && grep -q "^link.C1" "$TMP/picture"'
holds 'tables have captions' \
	'[ "$(role table | wc -l)" -ge 2 ] && ! role table | cut -f2 | grep -qx ""'
for control in link button textbox; do
	is "each $control has a name" "$(role "$control" | wc -l)" \
		"$(role "$control" | cut -f2 | grep -c .)"
done
