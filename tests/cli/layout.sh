#!/usr/bin/env bash
# In the page of every experiment, in both languages, wide and narrow, folds closed and open, no
# text meets another, leaves its figure or the page, or is cut, and no page is too big.
# long
# timeout: 2400
# shellcheck disable=SC2016,SC2034  # conditions are evaluated by holds()
set -u
. tests/lib.sh
. tests/chromium.sh
. tests/firefox.sh
needs_sealing
chromium_or_skip 'no page is laid out'

# A window is never narrower than 500 px: a frame is. What the page in it tells stands behind it.
frame() {       # width
	cat <<-END
	<!doctype html><body><script>onmessage = function (e) {
		var told = document.createElement('pre');
		told.textContent = '\nTOLD\n' + e.data + '\nEND\n';
		document.body.appendChild(told);
	}</script><iframe src='test.html' style='border:0;width:${1}px;height:1200px'></iframe>
	END
}

# The page with the test behind its own script; its policy would not let that run.
with_test() {   # page
	sed "s|script-src 'sha256-[^']*'|script-src 'unsafe-inline'|; /^<\/body>/d; /^<\/html>/d" "$1"
	printf '<script>\n%s\n</script></body>\n</html>\n' "$(cat tests/cli/layout.js)"
}

look_at() {     # page, what it is of, width
	with_test "$1" >"$TMP/test.html"
	frame "$3" >"$TMP/frame.html"
	chromium --window-size=1600,1300 --virtual-time-budget=5000 --dump-dom "file://$TMP/frame.html" | sed -n '/^TOLD$/,/^END$/p' |
		sed 's/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g' >"$TMP/told"
	told "no text of $2 at $3 px meets another, is cut or leaves its place"
	[ "$firefox" ] || return
	firefox_goes "file://$TMP/frame.html"
	comes eval '[[ $(firefox_says document.body.textContent) == *END* ]]'
	firefox_says document.body.textContent | sed -n '/^TOLD$/,/^END$/p' >"$TMP/told"
	told "nor in Firefox, $2 at $3 px"
}
told() {        # sentence
	local name=$1
	if grep '^not ok' "$TMP/told" >"$TMP/wrong"; then
		bad "$name"
		cat "$TMP/wrong"
	elif [ "$(grep -c '^ok' "$TMP/told")" -lt 8 ]; then
		bad "$name"
		echo 'the page told nothing'
	else
		good "$name"
	fi
}

# On paper the first sheet holds the first figure: its heading and the end of its legend stand there.
first_sheet() { # lab
	command -v pdftotext >/dev/null || { echo "skip - no pdftotext is installed: the first sheet of $1 is not looked at"; return; }
	"$TCPSTATE" report --format pdf --lang en -o "$TMP/page.pdf" "$TMP/$1" || exit 1
	case $(grep -oE "<section id='(who|picture|datagrams)'" "$TMP/page.html" | head -1) in
	*who*) heading='Who is where in each cell' end='lower band: server' ;;
	*datagrams*) heading='What crossed, on one time axis' end='UDP has no states' ;;
	*) heading='What happened, on one time axis' end='from event to event' ;;
	esac
	holds "the first sheet of $1 holds its first figure" 'first_sheet_holds "$heading" "$end"'
	holds "the last sheet of $1 is not for the footer alone" '! pdftotext "$TMP/page.pdf" - | grep -q "nothing is loaded"'
}

firefox_or_not 'no page is laid out in Firefox'
trap firefox_end EXIT
for lab in $("$TCPSTATE" lab | awk '/^[a-z]/ { print $1 }'); do
	"$TCPSTATE" lab "$lab" -o "$TMP/$lab" >"$TMP/$lab.out" 2>&1
	if [ ! -d "$TMP/$lab" ]; then
		bad "$lab makes a recording" "$(tail -1 "$TMP/$lab.out")"
		continue
	fi
	for lang in en zh; do
		"$TCPSTATE" report --format html --lang "$lang" -o "$TMP/page.html" "$TMP/$lab" || exit 1
		count=$(grep -o "<p class='big'>[0-9 ]*" "$TMP/page.html" | head -1 | tr -dc 0-9)
		holds "the page of $lab ($lang) is at most 300 KB for 50 connections" \
			'[ "$(wc -c <"$TMP/page.html")" -le $((count > 50 ? count * 6000 : 300000)) ]'
		look_at "$TMP/page.html" "$lab ($lang)" 1400
		look_at "$TMP/page.html" "$lab ($lang)" 400
	done
	first_sheet "$lab"
done
