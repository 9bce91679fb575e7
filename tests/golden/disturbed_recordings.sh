#!/usr/bin/env bash
# Recordings whose truth is known (tests/truth/runs), disturbed: answers shuffled by 5 ms, answers
# lost, packets lost (one by one or in bursts, told as the recorder tells them or not). How many of the
# kernel's edges are still found, and how many are told that were none? None of it may become worse than disturbed_recordings.bars says.
#   tests/golden/disturbed_recordings.sh [--update]     --update: write the bars anew, after reading what has changed
set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
top=$(cd "$(dirname "$0")/../.." && pwd) update=''
[ "${1-}" != --update ] || update=1
tcpstate=${TCPSTATE:-$top/build/tcpstate} build=${BUILD:-$top/build}
bars=$top/tests/golden/disturbed_recordings.bars
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
for archive in "$top"/tests/truth/runs/*.tar.gz; do tar -C "$work" -xzf "$archive" || exit 1; done

# NAME|OPTIONS|SEEDS of tests/truth/disturb; those in the first part are enough for make check
disturbances='undisturbed||1
5-percent-of-the-rows-lost|--lose-rows=5|1 2 3
20-percent-of-the-packets-lost|--lose-packets=20|1 2
20-percent-of-the-packets-lost-in-bursts-and-told|--lose-packets=20 --burst=16 --tell|1 2'
[ -z "${LONG-}$update" ] || disturbances+='
rows-shuffled-by-5-ms|--shuffle-ms=5|1 2 3
rows-up-to-5-ms-late|--late-ms=5|1 2 3
20-percent-of-the-rows-lost|--lose-rows=20|1 2 3
1-percent-of-the-packets-lost|--lose-packets=1|1 2 3
5-percent-of-the-packets-lost|--lose-packets=5|1 2 3
50-percent-of-the-packets-lost|--lose-packets=50|1 2
20-percent-of-the-packets-lost-and-told|--lose-packets=20 --tell|1 2
50-percent-of-the-packets-lost-and-told|--lose-packets=50 --tell|1 2'

while IFS='|' read -r name options seeds; do
	for character in sane mad; do
		: >"$work/scores"
		for run in "$work/$character"-*/; do
			for seed in $seeds; do
				rm -rf "$work/disturbed"
				# shellcheck disable=SC2086
				"$build/tests/truth/disturb" $options --seed "$seed" "$run" "$work/disturbed" &&
					"$tcpstate" report --format jsonl "$work/disturbed" >"$work/report.jsonl" 2>>"$work/errors" &&
					"$build/tests/truth/score" "$run/truth.txt" "$work/report.jsonl" >>"$work/scores" || echo "$run $seed" >>"$work/errors"
			done
		done
		awk -v name="$name" -v character=$character '{ edges += $8; found += $10; wrong += $12; called += $14 + $16; seen += $12 - $18 - $20 }
			END { print character, name, edges + 0, found + 0, wrong + 0, called + 0, seen + 0 }' "$work/scores" >>"$work/have"
	done
done <<<"$disturbances"
if [ -e "$work/errors" ] && [ -s "$work/errors" ]; then
	cat "$work/errors"
	echo "not ok - every disturbed recording is reported and scored"
else
	echo "ok - every disturbed recording is reported and scored"
fi
if [ -n "$update" ]; then
	{ echo "# character, disturbance, edges of the kernel's, found, false, of these called kernel or both, said to have been seen"; cat "$work/have"; } >"$bars"
	exit
fi
awk 'NR == FNR { if ($1 !~ /^#/) { key = $1 " " $2; found[key] = $4; wrong[key] = $5; called[key] = $6; seen[key] = $7 }; next }
	{ key = $1 " " $2; said = $2; gsub("-", " ", said); peer = $1 == "sane" ? "a well-behaved peer" : "an arbitrary peer"
	printf "# %s, %s: %d of %d edges found (%.1f %%), %d false, %d of these called kernel or both, %d neither inferred nor out of UNKNOWN; the bars: %s, %s, %s, %s\n",
		peer, said, $4, $3, 100 * $4 / ($3 ? $3 : 1), $5, $6, $7, found[key], wrong[key], called[key], seen[key]
	good = key in found && $4 >= found[key] && $5 <= wrong[key] && $6 <= called[key] && $7 <= seen[key]
	printf "%s - %s, %s: no worse than before\n", good ? "ok" : "not ok", peer, said
	better = better || $4 > found[key] || $5 < wrong[key] || $6 < called[key] || $7 < seen[key] }
	END { if (better) print "# better than the bars: tests/golden/disturbed_recordings.sh --update" }' "$bars" "$work/have"
