#!/usr/bin/env bash
# The other forms of a report: Wireshark's own reader takes the pcapng, its comments find the
# frames; text of others stays text in each.
# shellcheck disable=SC2016  # conditions are evaluated by is()
set -u
. tests/lib.sh
recording=$PWD/tests/golden/recordings/full-queue
frames() { tshark -r "$1" -Y "$2" -T fields -e frame.number 2>/dev/null | wc -l; }

"$TCPSTATE" report --format pcapng -o "$TMP/all.pcapng" "$recording" || exit 1
# protocols, comments and time of each frame, from one run of tshark
tshark -r "$TMP/all.pcapng" -T fields -e frame.protocols -e frame.comment -e frame.time_epoch >"$TMP/frames" 2>"$TMP/frames.err"
commented() { awk -F '\t' -v protocol="$1" -v text="$2" '$1 ~ protocol && index($2, text)' "$TMP/frames" | wc -l; }
wire=$(tshark -r "$recording/wire.pcap" 2>/dev/null | wc -l) diag=$(tshark -r "$recording/diag.pcap" 2>/dev/null | wc -l)
holds 'every packet and every netlink message is in it' '[ "$(wc -l <"$TMP/frames")" = $((wire + diag)) ] && [ "$(grep -c ^netlink "$TMP/frames")" = $diag ]'
holds 'tshark finds nothing wrong with it' '! grep -qiE "damaged|malformed|error|cut short" "$TMP/frames.err"'
holds 'a state finds the frames that show it' '[ "$(frames "$TMP/all.pcapng" "frame.comment contains \"SYN_RECV\"")" -ge 3 ]'
holds 'what the wire shows is commented on packets, what the kernel shows on netlink messages' '[ "$(commented tcp SYN_SENT)" -ge 1 ] && [ "$(commented netlink ESTABLISHED)" -ge 1 ]'
holds 'a finding and a mark are comments too' '[ "$(commented "" "accept queue")" -ge 1 ] && [ "$(commented "" phase:)" -ge 1 ]'
holds 'times do not step back' '[ -s "$TMP/frames" ] && cut -f 3 "$TMP/frames" | LC_ALL=C sort -c -n'
if command -v capinfos >/dev/null && command -v mergecap >/dev/null && command -v editcap >/dev/null; then
	holds 'capinfos names both interfaces' '[ "$(capinfos "$TMP/all.pcapng" | grep -cE "Name = (any|netlink)")" = 2 ]'
	holds 'mergecap and editcap take it' 'mergecap -w "$TMP/merged.pcapng" "$TMP/all.pcapng" "$TMP/all.pcapng" && editcap -r "$TMP/merged.pcapng" "$TMP/cut.pcapng" 1-9 && [ "$(frames "$TMP/cut.pcapng" frame)" = 9 ]'
else
	echo 'skip - capinfos, mergecap and editcap are not installed'
fi
"$TCPSTATE" report --format pcapng --filter 'tcp port 1' -o "$TMP/none.pcapng" "$recording"
holds 'a filter leaves out packets' '[ "$(frames "$TMP/none.pcapng" tcp)" = 0 ]'
"$TCPSTATE" report --format pcapng - <"$recording/wire.pcap" >"$TMP/out" 2>"$TMP/err"
holds 'standard input cannot be copied, and that is said' '[ $? = 1 ] && grep -q "standard input" "$TMP/err"'

# ---- text of others
cp -r "$recording" "$TMP/hostile"
chmod -R u+w "$TMP/hostile"
sed -i 's/"text":"[^"]*"/"text":"<script>alert(1)<\/script> **bold** [a](http:\/\/x) `| \\u001b[31m\\u202e]]>"/; s/"program":"[^"]*"/"program":"<img src=x>"/' "$TMP/hostile/facts.jsonl"
for form in md svg pcapng; do "$TCPSTATE" report --format $form -o "$TMP/hostile.$form" "$TMP/hostile" || exit 1; done
outside() { awk '/^```/ { code = !code; next } !code' "$1" | sed 's/`[^`]*`//g'; }
holds 'Markdown: no element, link, code or table is made of it' '! outside "$TMP/hostile.md" | grep -qE "(^|[^\\\\])(<script|<img|\*\*bold)|[^\\\\]\]\(http" && outside "$TMP/hostile.md" | grep -qF "\\<script\\>"'
holds 'SVG: no element is made of it' '! grep -qE "<(script|img)|\]\]>" "$TMP/hostile.svg" && grep -q "&lt;script&gt;" "$TMP/hostile.svg"'
holds 'SVG: each quote in an attribute is its end' '! grep -qE "onload|javascript:" "$TMP/hostile.svg"'
holds 'pcapng: it is a comment as it stands, controls made visible' 'tshark -r "$TMP/hostile.pcapng" -Y "frame.comment contains \"<script>\"" -T fields -e frame.comment 2>/dev/null | grep -qF "<script>alert(1)</script> **bold**" && ! LC_ALL=C grep -q $'"'"'\x1b\\[31m'"'"' "$TMP/hostile.pcapng"'
for form in md svg; do holds "$form: controls are shown, not obeyed" '! LC_ALL=C grep -qE $'"'"'[\x01-\x08\x0b-\x1f\x7f]'"'"' "$TMP/hostile.$form"'; done

# ---- figures, and what is asked for but not there
holds 'a figure is a file of its own: its colours are written out' '"$TCPSTATE" report --format svg --figure states "$recording" >"$TMP/states.svg" && grep -q "^<svg width=" "$TMP/states.svg" && ! grep -q "var(--" "$TMP/states.svg"'
holds 'a ladder is that of the connection asked for' '"$TCPSTATE" report --format svg --figure ladder --connection 3 "$recording" | grep -q "id=.lc3."'
"$TCPSTATE" report --format svg --figure queus "$recording" >"$TMP/out" 2>"$TMP/err"
holds 'a figure that is none is named, with those there are' '[ $? = 2 ] && grep -q "queus.*picture, ladder, queues and states" "$TMP/err"'
"$TCPSTATE" report --format pdf "$recording" >"$TMP/out" 2>"$TMP/err"
holds 'a PDF wants a file' '[ $? = 2 ] && grep -q -- "-o FILE.pdf" "$TMP/err" && [ ! -s "$TMP/out" ]'
mkdir "$TMP/bin"
PATH=$TMP/bin "$TCPSTATE" report --format pdf -o "$TMP/page.pdf" "$recording" 2>"$TMP/err"
holds 'without Chromium that is said, and no file is left' '[ $? = 1 ] && grep -q "needs Chromium" "$TMP/err" && [ -z "$(ls "$TMP" | grep page.pdf)" ]'
