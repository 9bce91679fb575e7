#!/usr/bin/env bash
# Forty students, five updates a second each: the wall shows them all on one screen, and takes
# little of a processor.
# long
# timeout: 200
# shellcheck disable=SC2154  # chromium.sh sets $browser
set -u
. tests/lib.sh
. tests/chromium.sh
chromium_or_skip 'the wall is not looked at in a browser'
command -v node >/dev/null || { echo 'skip - no node is installed: nobody drives the browser'; exit 0; }
"$TCPSTATE" wall --port 0 >"$TMP/wall" 2>"$TMP/err" &
wall=$!
for _ in $(seq 200); do grep -q key= "$TMP/wall" && break; kill -0 $wall 2>/dev/null || break; sleep 0.05; done
if ! kill -0 $wall 2>/dev/null; then
	if grep -q 'built without' "$TMP/err"; then echo 'skip - built without libmicrohttpd'; exit 0; fi
	bad "the wall starts"; cat "$TMP/err"; exit 1
fi
began=$(date +%s%N)
timeout 150 node tests/cli/wall_browser.js "$browser" "$TMP/profile" "$(sed -n 's/.*\(http.*key=.*\)/\1/p' "$TMP/wall")" "$TMP/wall.png"
took=$((($(date +%s%N) - began) / 10000000))            # hundredths of a second, as the kernel's clock ticks
ticks=$(awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) * 100 / hz }' /proc/$wall/stat)
holds "it takes at most a twentieth of a processor ($ticks of $took hundredths of a second)" '[ $((ticks * 20)) -le $took ]'
kill $wall
