#!/usr/bin/env bash
# The page is one file that needs nothing else, its links lead somewhere, and text of others stays
# text.
# shellcheck disable=SC2016  # conditions are evaluated by is()
set -u
. tests/lib.sh
recording=$PWD/tests/golden/recordings/full-queue
ids() { grep -oE " id='[^']*'" "$1" | sed "s/ id='//; s/'$//" | LC_ALL=C sort; }
links() { grep -oE "href='#[^']*'" "$1" | sed "s/href='#//; s/'$//" | LC_ALL=C sort -u; }
script() { sed -n '/^<script>/,/^<\/script>/p' "$1" | sed '1s/^<script>//; $d'; }

"$TCPSTATE" report --format html -o "$TMP/page.html" "$recording" || exit 1
holds 'nothing is loaded from elsewhere' '! sed "s|xmlns=.http://www.w3.org/2000/svg.||g" "$TMP/page.html" | grep -qE "https?://|(src|href)=.?[^#'"'"'\" ]|@import"'
holds 'each id stands once' '[ -z "$(ids "$TMP/page.html" | uniq -d)" ]'
holds 'each link within the page leads somewhere' '[ -z "$(LC_ALL=C comm -23 <(links "$TMP/page.html") <(ids "$TMP/page.html"))" ] && [ "$(links "$TMP/page.html" | wc -l)" -gt 8 ]'
holds 'each large figure has a title and a description' '[ "$(grep -o "<svg class=.fig [^k]" "$TMP/page.html" | wc -l)" = "$(grep -o "<desc id=" "$TMP/page.html" | wc -l)" ]'
hash=sha256-$(cat src/sink/page.js | sha256sum | cut -c-64 | tr a-f A-F | basenc -d --base16 | base64)
holds 'the security policy names the script that is in the page' 'grep -q "script-src .$hash" "$TMP/page.html" && grep -qF "$(sed -n 2p src/sink/page.js)" "$TMP/page.html"'
for section in picture findings phases checks connections diagram appendix; do
	holds "there is a section $section" 'grep -q "<section id=.$section.>" "$TMP/page.html"'
done
holds 'the answers come before the picture' '[ "$(grep -n "class=.ans.>" "$TMP/page.html" | cut -d: -f1)" -lt "$(grep -n "id=.picture" "$TMP/page.html" | cut -d: -f1)" ]'
"$TCPSTATE" report --format html -o "$TMP/again.html" "$recording"
holds 'the same files give the same bytes' 'cmp -s "$TMP/page.html" "$TMP/again.html"'
"$TCPSTATE" report --format html --large -o "$TMP/large.html" "$recording"
holds '--large draws less in a line' 'grep -q "viewBox=.0 0 900 " "$TMP/large.html" && ! grep -q "viewBox=.0 0 900 " "$TMP/page.html"'

"$TCPSTATE" report --lang en --format html -o "$TMP/many.html" tests/truth/runs/sane-104.tar.gz
holds 'findings that have no line of their own are named by their kind' \
	'grep -q "3 more findings are below: [0-9]* connections got no answer to their SYNs; [0-9]* SYN-ACKs sent again[.]" "$TMP/many.html"'

# each ladder's height; below it, indented, the halves that it has on paper
grep -oE "id='lc[0-9]+' viewBox='0 0 600 [0-9]+|<svg aria-hidden='true' class='fig lad' viewBox='0 [0-9]+ 600 [0-9]+" "$TMP/many.html" |
	sed "s/^id.* //; s/.*viewBox='0 \([0-9]*\) 600 /  \1 /" >"$TMP/ladders"
is 'on paper a ladder too high for a sheet stands in two halves, and no other does' '' "$(awk '
	function judge() { if (high && (high > 800) != (halves == 2) || halves && sum != high) print high, halves, sum }
	/^ / { if (halves++ == 1 && $1 != sum) print "a gap at " $1; sum += $2; next }
	{ judge(); high = $1; halves = sum = 0; ladders++ }
	END { judge(); if (ladders < 5) print ladders " ladders" }' "$TMP/ladders")"
holds 'there is one of either kind' '[ "$(grep -c "^ " "$TMP/ladders")" -ge 2 ] && [ "$(grep -vc "^ " "$TMP/ladders")" -gt "$(grep -c "^ " "$TMP/ladders")" ]'
first() { sed -n "s/.*<main style='--first:\([0-9]*\).*/\1/p" "$1"; }        # mm, of the picture on page 1 of the print
holds 'behind long answers the picture on paper is lower, so that page 1 has room for both' \
	'[ "$(first "$TMP/many.html")" -lt "$(first "$TMP/page.html")" ] && grep -q "svg.wide.*max-height: var(--first)" src/sink/page.css'

widest() { grep -oE -e "--$2:[^;']*" "$1" | head -1 | grep -oE '[0-9]+fr' | sort -n | tail -1; }
holds 'and the longest answer is as wide there as it needs, so that it is low' \
	'w=$(widest "$TMP/many.html" paper) && [ "${w%fr}" -gt 400 ] && [ "$(widest "$TMP/many.html" cols)" = 300fr ] && grep -q "grid-template-columns: var(--paper)" src/sink/page.css'

# ---- several recordings on one page
for name in one two; do
	mkdir "$TMP/$name"
	cp "$recording"/* "$TMP/$name/"
done
"$TCPSTATE" report --lang en --format html -o "$TMP/pair.html" "$TMP/one" "$TMP/two"
gone() { sed -n '/<section id=.phases/,/<section id=.checks/p' "$1" | grep -oE '<td class=.chg.><small>gone' | wc -l; }
holds 'a socket of one recording is not gone at the mark of another' \
	'[ "$(gone "$TMP/page.html")" -gt 0 ] && [ "$(gone "$TMP/pair.html")" = $((2 * $(gone "$TMP/page.html"))) ]'
holds 'a phase of several recordings bears the name of its own, and its number there' \
	'[ "$(grep -oE "<th scope=.col.><small>[^<]*(one|two)</small> [123]: " "$TMP/pair.html" | wc -l)" = 6 ]'

# ---- marks know ports, the page knows whose they are; of a trial are those that came before its mark
cp -r "$recording" "$TMP/ports"
sed -i '/"type":"mark"/ { s/"text":"[^"]*"/"text":"client :40003, port 40002, not :12345 :400031 40001"/ }' "$TMP/ports/facts.jsonl"
"$TCPSTATE" report --lang en --format html -o "$TMP/ports.html" "$TMP/ports"
holds 'a port of a client in a mark is followed by its connection, and no other number is' \
	'grep -q "client :40003 (C3), port 40002 (C2), not :12345 :400031 40001<" "$TMP/ports.html"'
holds 'before it has come its name is not there' 'grep -q "1: client :40003, port 40002 (C2), not" "$TMP/ports.html"'
"$TCPSTATE" report --lang en --format md "$TMP/ports" >"$TMP/ports.md"
holds 'so it is in Markdown' 'grep -q "^### .*client :40003 (C3), port 40002 (C2), not :12345 :400031 40001$" "$TMP/ports.md"'
cp -r "$recording" "$TMP/early"
sed -i '1 s/.*"t":"\([^"]*\)".*/&\n{"type":"mark","t":"\1","text":"nobody yet"}/' "$TMP/early/facts.jsonl"
"$TCPSTATE" report --lang en --format md "$TMP/early" >"$TMP/early.md"
holds 'a phase without sockets is no empty table in Markdown' \
	'[ "$(grep -A2 "^### 1: nobody yet" "$TMP/early.md" | tail -1)" = "no socket" ]'
for name in one two; do
	sed '/"type":"mark"/ s/"text":"[^"]*"/"text":"client :40003 waits"/' "$TMP/ports/facts.jsonl" >"$TMP/$name/facts.jsonl"
done
"$TCPSTATE" report --lang en --format html -o "$TMP/twins.html" "$TMP/one" "$TMP/two"
holds 'of several recordings a mark names what its own has there' 'grep -q ":40003 (P3) waits" "$TMP/twins.html" && ! grep -q "(C" "$TMP/twins.html"'
card() { sed -n 's/.*<h2>What happened?//p' "$1" | sed 's|</section>.*||; s/<[^>]*>//g'; }
holds 'without a trial no connection is of one' '[[ $(card "$TMP/page.html") != *trial* ]]'
cp -r "$recording" "$TMP/trial"
sed -i '0,/"type":"mark"/ s/\("type":"mark".*\)}/\1,"trial":true}/' "$TMP/trial/facts.jsonl"
"$TCPSTATE" report --lang en --format html -o "$TMP/trial.html" "$TMP/trial"
like 'what came before the mark of a trial is said to be of it' 'Of a trial before the experiment: C1[^.]*\.' "$(card "$TMP/trial.html")"

"$TCPSTATE" report --lang en --format html -o "$TMP/full.html" "$recording"
# ---- titles of phases: over their brackets where they have room, else a list, not stairs
titles() { grep -oE "<text x='[0-9.]+' y='[0-9.]+' class='b halo'>[0-9]+: " "$1" | head -3 | sed "s/[^0-9.]\{1,\}/ /g"; }
holds 'short titles stand in one row, each over its bracket' \
	'[ "$(titles "$TMP/page.html" | cut -d" " -f3 | sort -u)" = 13 ] && [ "$(titles "$TMP/page.html" | wc -l)" = 3 ]'
cp -r "$recording" "$TMP/long"
sed -i '/"type":"mark"/ s/"text":"/&a title that is so long that two of them have no room beside each other: /' "$TMP/long/facts.jsonl"
"$TCPSTATE" report --lang en --format html -o "$TMP/long.html" "$TMP/long"
is 'long ones are a list that is read as lines are, from the left edge' '2 13 1 / 2 28 3' \
	"$(titles "$TMP/long.html" | awk '$1 == 2 { print $1, $2, $3 }' | paste -sd/ | sed 's|/| / |')"
is 'in columns' '2 1' "$(titles "$TMP/long.html" | awk '$2 == 13 { row++ } $2 == 28 { next_row++ } END { print row, next_row }')"
holds 'the head of a phase says its whole title' 'grep -q "<th scope=.col.>1: a title that is so long .* beside each other: two connected<br>" "$TMP/long.html"'

# ---- names of lanes
cat >"$TMP/far.script" <<-'END'
	0.000 192.168.100.200:40000 > 192.168.100.201:54321 S seq 1000 mss 1460
	0.001 192.168.100.201:54321 > 192.168.100.200:40000 S. seq 5000 ack 1001 mss 1460
	0.001 192.168.100.200:40000 > 192.168.100.201:54321 . seq 1001 ack 5001
END
"$BUILD/tests/golden/mkpcap" "$TMP/far.script" "$TMP/far.pcap"
"$TCPSTATE" report --lang en --format html -o "$TMP/far.html" "$TMP/far.pcap"
holds 'the longest IPv4 address stands whole, what it is of below it' \
	'grep -q ">192.168.100.200:40000</tspan></text><text x=.2. [^>]*>client</text>" "$TMP/far.html" && grep -q ">192.168.100.201:54321</tspan></text><text x=.2. [^>]*>server</text>" "$TMP/far.html"'
holds 'beside a short one' 'grep -q ">client</tspan> <tspan class=.b.>:40001<" "$TMP/full.html"'

# ---- why the queue was full; what TIME_WAIT means for a client
like 'it says whom accept() took last before the queue was full' 'backlog 0 \+ 1\)[.] After C1 accept\(\) took nobody[.]' \
	"$(sed 's/<[^>]*>//g' "$TMP/full.html")"
like 'and what TIME_WAIT keeps a client from' 'It hinders only a client that binds that port again: without bind\(\) the kernel chooses one[.]' "$(cat "$TMP/full.html")"

# ---- text of others: marks, program names, notes; the recording's own name
mkdir "$TMP/"$'<b>\x27&'
cp "$recording"/* "$TMP/"$'<b>\x27&/'
escaped='<\/title><script>alert(1)<\/script>\\"\x27 onload=x \\u001b[31m\\u202e'
sed -i "s/\"text\":\"[^\"]*\"/\"text\":\"$escaped\"/; s/\"program\":\"[^\"]*\"/\"program\":\"<img src=x>\"/" "$TMP/"$'<b>\x27&/facts.jsonl'
(cd "$TMP" && "$TCPSTATE" report --format html -o "$TMP/hostile.html" $'<b>\x27&')
holds 'a mark with a script in it stays text' '[ "$(grep -o "<script" "$TMP/hostile.html" | wc -l)" = 1 ] && grep -q "&lt;script&gt;alert(1)" "$TMP/hostile.html"'
holds 'a program named like an element stays text' '! grep -q "<img" "$TMP/hostile.html" && grep -q "&lt;img src=x&gt;" "$TMP/hostile.html"'
holds 'an attribute cannot be left' '! grep -qE "[\"'"'"'] onload=" "$TMP/hostile.html"'
holds 'control and bidi characters are shown, not obeyed' '! LC_ALL=C grep -qE $'"'"'[\x01-\x08\x0b-\x1f]'"'"' "$TMP/hostile.html" && grep -qE "(␛|.x1b)\[31m" "$TMP/hostile.html" && grep -qE "⟨202E⟩|.u202e" "$TMP/hostile.html"'
holds 'the name of a folder stays text' '! grep -q "<b>.&/" "$TMP/hostile.html" && grep -q "&lt;b&gt;" "$TMP/hostile.html"'

# ---- what an experiment is about stands under its name; many notes wait behind a line
mkdir "$TMP/lab"
cp "$recording"/* "$TMP/lab/"
sed -i '1s/"type":"manifest"/&,"lab":"mine","lab_summary":"my <own> question"/' "$TMP/lab/facts.jsonl"
for form in html md; do
	"$TCPSTATE" report --format $form -o "$TMP/lab.$form" "$TMP/lab"
done
holds 'the page says what its experiment is about' \
	'grep -q "<p class=.sub.>my &lt;own&gt; question</p>" "$TMP/lab.html"'
holds 'and so does Markdown' 'sed -n 3p "$TMP/lab.md" | grep -q "^my .*own.* question"'
holds 'a recording without it has no empty line for it' '! grep -q "class=.sub" "$TMP/page.html"'
bare=() # packets alone: each lacks two files
for i in 1 2 3; do
	mkdir "$TMP/bare$i"
	cp "$recording/wire.pcap" "$TMP/bare$i"
	bare+=("$TMP/bare$i")
done
"$TCPSTATE" report --lang en --format html -o "$TMP/bare.html" "${bare[@]}"
"$TCPSTATE" report --lang en --format html -o "$TMP/bare1.html" "$TMP/bare1"
holds 'six notes wait behind a line, two do not' \
	'grep -q "<summary>6 notes on the recordings" "$TMP/bare.html" && grep -q "class=.note" "$TMP/bare1.html" && ! grep -q "notes on the rec" "$TMP/bare1.html"'

# ---- recordings beside each other
(cd "$TMP" && "$TCPSTATE" report --compare --format html -o "$TMP/compare.html" $'<b>\x27&' "$recording")
holds 'a comparison names both recordings, and text of others stays text' '[ "$(grep -c "<th scope=.row.>" "$TMP/compare.html")" -ge 1 ] && grep -qF "&lt;b&gt;" "$TMP/compare.html" && ! grep -q "<b>.&" "$TMP/compare.html" && [ "$(grep -o "<script" "$TMP/compare.html" | wc -l)" = 1 ]'
"$TCPSTATE" report --compare "$recording" >"$TMP/out" 2>"$TMP/err" || status=$?
holds 'one recording is no comparison' '[ "$status" = 1 ] && grep -q "name two recordings" "$TMP/err"'
"$TCPSTATE" report --compare --format md "$recording" "$recording" >"$TMP/out" 2>"$TMP/err" || status=$?
holds 'a form that cannot compare says which can' '[ "$status" = 2 ] && grep -q "text, html and jsonl" "$TMP/err"'
