#!/usr/bin/env bash
# Peers drawn by lot (fuzz.h), recorded live: the report's edges against the kernel's tracepoint and
# what sock_diag showed right after each segment and call. Two characters: a well-behaved peer
# behind a path that loses, repeats and reorders; and one that sends what it likes.
#   tests/netns/fuzzed_peers_agree.sh [SEED|FIRST-LAST...]        with BUILD, TCPSTATE and TMP as tests/run sets them; ORACLE_DIR keeps the runs
# long
# timeout: 1800
set -u
. tests/netns/oracle.sh
. tests/netns/fuzz.sh
oracle_or_skip
oracle_addresses
{ [ -r /dev/net/tun ] && [ -w /dev/net/tun ]; } || { echo "skip - no /dev/net/tun for this user: the peer has no wire"; exit 0; }
[ $# -gt 0 ] || set -- 1-12
seeds=()
for word in "$@"; do
	case $word in
	*[!0-9-]* | -* | *-*-*) echo "fuzzed_peers_agree.sh: $word: not a seed, nor FIRST-LAST" >&2; exit 2 ;;
	*-*) mapfile -t -O ${#seeds[@]} seeds < <(seq "${word%-*}" "${word#*-}") ;;
	*) seeds+=("$word") ;;
	esac
done

# The bars, and the goals, in edges of 10,000 of the kernel's: what one seed costs varies by some.
percent() { printf '%d.%02d %%' $(($1 / 100)) $(($1 % 100)); }
bar() {         # SENTENCE HAVE AT-LEAST|AT-MOST BAR GOAL
	local share=$((edges > 0 ? $2 * 10000 / edges : 0)) fits
	if [ "$3" = at-least ]; then fits=$((share >= $4)); else fits=$((share <= $4)); fi
	echo "$([ $fits = 1 ] && echo ok || echo "not ok") - $1 ($(percent $share), bar: ${3/-/ } $(percent "$4"), goal: $(percent "$5"))"
}
judge() {       # CHARACTER NAME, bar and goal of: FOUND, FALSE, CALLED
	fuzz_all "$1" "${seeds[@]}"
	fuzz_tally "$1"
	if [ "$runs" -lt ${#seeds[@]} ]; then echo "not ok - every run with $2 is judged"; else echo "ok - every run with $2 is judged"; fi
	bar "$2: the kernel's edges are found" "$found" at-least "$3" "$4"
	bar "$2: no edge is told that was none" "$false" at-most "$5" "$6"
	bar "$2: of a false edge the kernel is no witness" "$called" at-most "$7" "$8"
	if [ $((doubtful * 50)) -le $((edges + 50)) ]; then echo "ok - $2: the truth itself is beyond doubt"; else echo "not ok - $2: the truth itself is beyond doubt"; fi
	grep -hv -e '^runs ' -e '^    = ' "$ORACLE_DIR/$1"-*/score.txt | sed 's/^/# /' | head -n 400
}
judge sane "a well-behaved peer" 9950 9979 40 8 25 0
judge mad "an arbitrary peer" 9850 9903 200 70 120 17
