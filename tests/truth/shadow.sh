#!/usr/bin/env bash
# Two builds, the same inputs: which edges, evidence, reasons and corrections differ? Where a truth
# lies beside a recording, both are scored.
#   tests/truth/shadow.sh [--brief] OLD-BUILD NEW-BUILD [INPUT...]
# INPUT: a capture, a recording, a run (RUN/truth.txt beside the recording or RUN/rec), or a folder
# of runs; without one the golden captures and recordings, whole and damaged, and the runs of
# tests/truth/runs. Exit 1 when something differs. Both builds need `make all tests`.
set -u
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
top=$(cd "$(dirname "$0")/../.." && pwd)
usage() { sed -n 's/^#   /usage: /p' "$0" >&2; exit 2; }
brief=()
[ "${1-}" != --brief ] || { brief=(--brief); shift; }
[ $# -ge 2 ] || usage
old=$(realpath "$1") new=$(realpath "$2")
shift 2
for build in "$old" "$new"; do
	[ -x "$build/tcpstate" ] || { echo "shadow.sh: $build/tcpstate is not built" >&2; exit 2; }
done
[ -x "$new/tests/truth/shadow" ] || { echo "shadow.sh: $new/tests/truth/shadow is not built; make tests" >&2; exit 2; }
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

# ---- the inputs: one a line, "NAME|RECORDING|TRUTH|WIRE" ----
input() {
	local name
	name=$(basename "$1")
	if [ -d "$1/rec" ]; then echo "$name|$1/rec|$1/truth.txt|$1/wire.pcap"
	elif [ -e "$1/truth.txt" ]; then echo "$name|$1|$1/truth.txt|"
	elif [ -d "$1" ] && ! compgen -G "$1/*.pcap" >/dev/null && ! [ -e "$1/facts.jsonl" ]; then
		for run in "$1"/*/; do [ ! -d "$run" ] || input "${run%/}"; done
	else echo "$name|$1||"; fi
}
golden() {
	local name file recording
	for file in "$top"/tests/golden/captures/*.txt; do
		name=$(basename "$file" .txt)
		"$new/tests/golden/mkpcap" "$file" "$work/$name" || exit 2
		input "$work/$name"
	done
	for recording in "$top"/tests/golden/recordings/*/; do
		[ -d "$recording" ] || continue
		name=$(basename "$recording")
		cp -r "$recording" "$work/$name"
		for file in wire.pcap diag.pcap facts.jsonl; do
			cp -r "$work/$name" "$work/$name-without-${file%.*}"
			rm -f "$work/$name-without-${file%.*}/$file"
		done
		cp -r "$work/$name" "$work/$name-torn"
		truncate -s -7 "$work/$name-torn"/*
		for file in "$work/$name"*; do input "$file"; done
	done
}
if [ $# -gt 0 ]; then
	for path in "$@"; do
		[ -e "$path" ] || { echo "shadow.sh: $path: no such input" >&2; exit 2; }
		input "$path"
	done
else
	golden
	for archive in "$top"/tests/truth/runs/*.tar.gz; do
		[ ! -e "$archive" ] || tar -C "$work" -xzf "$archive" || exit 2
	done
	for run in "$work"/*/truth.txt; do
		[ ! -e "$run" ] || input "${run%/truth.txt}"
	done
fi >"$work/inputs"

# ---- both reports of each ----
differing=0 count=0
: >"$work/tallies"
: >"$work/scores.old"
: >"$work/scores.new"
while IFS='|' read -r name recording truth wire; do
	count=$((count + 1))
	for which in old new; do
		if ! "${!which}/tcpstate" report --format jsonl "$recording" >"$work/$which.jsonl" 2>"$work/$which.err" </dev/null; then
			echo "$name: the $which build fails: $(head -n 1 "$work/$which.err")"
			differing=$((differing + 1))
		fi
		[ -z "$truth" ] ||
			"$new/tests/truth/score" ${wire:+"--wire=$wire"} "$truth" "$work/$which.jsonl" >>"$work/scores.$which"
	done
	if ! "$new/tests/truth/shadow" "${brief[@]}" "$work/old.jsonl" "$work/new.jsonl" >"$work/differences"; then
		differing=$((differing + 1))
		echo "$name"
		cat "$work/differences"
	fi
	tail -n 1 "$work/differences" >>"$work/tallies"
done <"$work/inputs"
[ $count -gt 0 ] || { echo "shadow.sh: no input" >&2; exit 2; }

echo "$count inputs, $differing differ"
awk '{ ends += $2; edges += $4; old += $6; new += $8; evidence += $10; reason += $12; frame += $14; time += $16
	corrections += $18; gone += $20; come += $22 }
	END { printf "edges: %d in both, %d in the old only, %d in the new only\n", edges, old, new
	printf "of those in both: %d with other evidence, %d with another reason, %d with another frame, %d at another time\n", evidence, reason, frame, time
	printf "corrections: %d in both, %d in the old only, %d in the new only\n", corrections, gone, come }' "$work/tallies"
for which in old new; do
	awk -v which=$which '{ runs += $2; exact += $4; edges += $8; found += $10; wrong += $12; kernel += $14; both += $16 }
		END { if (runs) printf "by the kernel'\''s truth, %s: %d of %d edges found, %d false (called kernel %d, both %d); %d of %d runs exact\n",
			which, found, edges, wrong, kernel, both, exact, runs }' "$work/scores.$which"
done
[ $differing = 0 ]
