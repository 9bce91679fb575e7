#!/usr/bin/env bash
# The page in Firefox: as in browser.sh no script error, figures, pointer, keys, filter and zoom;
# its own policy lets its own script run, and no other; the system's dark theme makes it dark.
# long
# alone
# timeout: 300
# shellcheck disable=SC2016  # conditions are evaluated by holds()
set -u
. tests/lib.sh
. tests/firefox.sh
firefox_or_skip 'the page is not looked at in Firefox'
trap firefox_end EXIT

# browser.sh tests Chromium with the same script
eval "$(sed -n '/^with_test() {/p' tests/cli/browser.sh)"
results="(document.getElementById('results')||document.body).textContent"
for what in full-queue wide-checks; do
	"$TCPSTATE" report --format html --lang en -o "$TMP/page.html" \
		"tests/golden/recordings/$what" || exit 1
	with_test "$TMP/page.html" "$TMP/test.html"
	firefox_goes "file://$TMP/test.html"
	firefox_says "$results" |
		sed -n "s/^\(ok\|not ok\) - /\1 - Firefox, $what: /p" >"$TMP/results"
	cat "$TMP/results"
	holds "Firefox, $what: the test came to its end" '[ "$(wc -l <"$TMP/results")" -ge 6 ]'
done
"$TCPSTATE" report --format html -o "$TMP/page.html" tests/golden/recordings/full-queue || exit 1
firefox_goes "file://$TMP/page.html"
is 'under its own policy its script runs' js "$(firefox_says document.documentElement.className)"
is 'the dark theme of the system is its own' 'rgb(20, 23, 27)' \
	"$(firefox_says 'getComputedStyle(document.documentElement).backgroundColor')"
sed 's|</body>|<script>document.documentElement.className="no"</script></body>|' \
	"$TMP/page.html" >"$TMP/other.html"
firefox_goes "file://$TMP/other.html"
is 'and no other does' js "$(firefox_says document.documentElement.className)"
