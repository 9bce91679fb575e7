#!/usr/bin/env bash
# alone
# What `list` costs beside 48,000 sockets of three processes: as a ratio to sock_diag's dump printed
# by a few lines of libmnl, and to ss, in alternation in the same run (processor time), and its
# largest memory. ROUNDS=n: of how many rounds the median is taken (5). SOCKETS=n: of how many.
set -u
if [ "${1-}" != inside ]; then
	for try in '-npf --mount-proc --kill-child' '-Urnpf --mount-proc --kill-child'; do
		# shellcheck disable=SC2086
		unshare $try true 2>/dev/null || continue
		# shellcheck disable=SC2016,SC2086
		exec unshare $try sh -c 'ip link set lo up && exec "$@"' sh "$BUILD/tests/bench/sockets" "${SOCKETS:-48000}" "$0" inside
	done
	echo "skip - no network namespace may be made here"
	exit
fi
alternate() { "$BUILD/tests/bench/alternate" "${ROUNDS:-5}" "$@"; }

# name, most times the first command (or "", least times faster than it), most MB, the first, ours
compare() {
	local said
	said=$(alternate "$5" "$6") || { echo "not ok - $1: no measurement"; return; }
	awk -v name="$1" -v most="$2" -v least="$3" -v memory="$4" 'NR == 2 {
		good = (most == "" || $2 <= most) && (least == "" || 1 / $2 >= least) && $3 <= memory
		if (least != "") text = sprintf("%.1f times faster (wanted: %s)", 1 / $2, least); else text = sprintf("%.2f times (wanted: %s)", $2, most)
		printf "%s - %s: %.3f s, %s, %d MB (wanted: %d)\n", (good ? "ok" : "not ok"), name, $1, text, $3, memory
	}' <<<"$said"
}
list="$TCPSTATE list"
compare "list, beside a bare dump and print" 1.1 "" 4 "$BUILD/tests/bench/bare_dump" "$list tcp"
compare "list --json, beside list" 1.3 "" 4 "$list tcp" "$list --json tcp"
if command -v ss >/dev/null; then
	compare "list, beside ss -tan" "" 2.5 4 "ss -tan" "$list tcp"
	compare "list -p, beside ss -tanp" "" 10 4 "ss -tanp" "$list -p tcp"
else
	echo "skip - ss is not installed"
fi
compare "list --state LISTEN, beside list" 0.25 "" 4 "$list tcp" "$list --state LISTEN"
