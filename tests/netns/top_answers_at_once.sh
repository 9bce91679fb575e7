#!/usr/bin/env bash
# long
# alone
# timeout: 200
# `top` beside 100,000 sockets: its first screen, how soon keys are answered while it lists them, and
# what it costs when nothing happens. The figures are printed; the bars are wide enough for a machine
# that has other work, and a tenth of what a top would need that listed before it read a key.
set -u
. tests/lib.sh
grep -q ncursesw < <(ldd "$TCPSTATE") || { echo "skip - built without ncursesw"; exit; }
enter=''
for try in '-npf --mount-proc --kill-child' '-Urnpf --mount-proc --kill-child'; do
	# shellcheck disable=SC2086
	[ "$enter" ] || ! unshare $try true 2>/dev/null || enter="unshare $try"
done
[ "$enter" ] || { echo "skip - no network namespace may be made here"; exit; }
# shellcheck disable=SC2086,SC2016
TERM=xterm LC_ALL=C.UTF-8 $enter sh -c 'ip link set lo up && exec "$0" 50000 60 40 "$1" top' \
	"$BUILD/tests/netns/keyed" "$TCPSTATE" >"$TMP/out" 2>"$TMP/err" ||
	{ bad "100,000 sockets are held and top begins"; cat "$TMP/out" "$TMP/err"; exit; }
sed 's/^/# /' "$TMP/out"
read -r _ first _ median _ _ _ most _ processor <"$TMP/out"
under() { awk -v value="$1" -v most="$2" 'BEGIN { exit !(value <= most) }'; }
holds "the first screen comes at once ($first ms)" 'under "$first" 500'
holds "keys are answered at once (median $median ms, the slowest $most ms)" 'under "$median" 30 && under "$most" 500'
holds "it costs little when nothing happens ($processor % of a processor)" 'under "$processor" 10'
