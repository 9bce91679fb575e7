#!/usr/bin/env bash
# The pictures of README.md: the pages of three experiments, as Chromium shows them, as far down as
# the legend of the time axis. tools/screenshots.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
build=$(cd "${1:-build}" && pwd) work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=()
[ "$(id -u)" != 0 ] || root=(--no-sandbox)
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
	echo 'screenshots: needs Chromium: apt-get install chromium' >&2
	exit 1
}
show() {        # page, height, option...
	"$browser" --headless --disable-gpu --hide-scrollbars "${root[@]}" \
		--user-data-dir="$work/profile" --window-size="1280,$2" "${@:3}" "file://$1" 2>/dev/null
}
# Where the time axis ends: a copy of the page, whose policy lets a script run, says it in its title.
says="<script>document.title = Math.ceil(document.querySelector('#picture').getBoundingClientRect().bottom)</script>"
height() {      # page
	sed "s|script-src 'sha256-[^']*'|script-src 'unsafe-inline'|; s|^</body>|$says&|" "$1" >"$work/measured.html"
	show "$work/measured.html" 1200 --dump-dom | sed -n 's/.*<title>\([0-9]*\)<.*/\1/p' | head -n 1
}
mkdir -p docs/images
for lab in backlog-phases backlog-legacy close-wait; do
	"$build/tcpstate" lab "$lab" -o "$work/$lab" >/dev/null
	(cd "$work" && "$build/tcpstate" report --format html --lang en -o "$lab.html" "$lab")
	show "$work/$lab.html" "$(($(height "$work/$lab.html") + 16))" --screenshot="$PWD/docs/images/$lab.png"
	echo "docs/images/$lab.png"
done
