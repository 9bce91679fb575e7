# For tests of pages: Chromium without a window. Read it behind tests/lib.sh.
# shellcheck shell=bash
browser='' root=()
[ "$(id -u)" != 0 ] || root=(--no-sandbox)
chromium() {    # OPTIONS...
	timeout 60 "$browser" --headless --disable-gpu "${root[@]}" --user-data-dir="$TMP/profile" "$@" 2>/dev/null
}
# The first figure of a page is whole on the first sheet of FILE.pdf: what its legend ends with
# stands there.
first_sheet_holds() {   # heading, end of the legend
	pdftotext -layout -f 1 -l 1 "$TMP/page.pdf" "$TMP/sheet" && grep -qF "$1" "$TMP/sheet" && grep -qF "$2" "$TMP/sheet"
}
# chromium_or_skip WHAT: "the page is not looked at" is what is left out without it
chromium_or_skip() {
	local name
	for name in chromium chromium-browser google-chrome; do
		command -v "$name" >/dev/null && browser=$name && break
	done
	[ "$browser" ] || { echo "skip - no Chromium is installed: $1"; exit 0; }
	chromium --dump-dom about:blank | grep -q '<html>' || { echo 'skip - Chromium does not start here'; exit 0; }
}
