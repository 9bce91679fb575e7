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
mkdir -p docs/images
for shot in backlog-phases:1180 backlog-legacy:1395 close-wait:1555; do
	lab=${shot%:*}
	"$build/tcpstate" lab "$lab" -o "$work/$lab" >/dev/null
	(cd "$work" && "$build/tcpstate" report --format html -o "$lab.html" "$lab")
	"$browser" --headless --disable-gpu --hide-scrollbars "${root[@]}" \
		--user-data-dir="$work/profile" --window-size="1280,${shot#*:}" \
		--screenshot="$PWD/docs/images/$lab.png" "file://$work/$lab.html" 2>/dev/null
	echo "docs/images/$lab.png"
done
