#!/usr/bin/env bash
# What report says about hand-made captures and kept recordings, compared with what it is known to
# say: LIST names the cases.
#   tests/golden/run.sh [--update]     --update: write the expectations anew
set -u
cd "$(dirname "$0")" || exit 1
export LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
top=$(cd ../.. && pwd) update=''
[ "${1-}" != --update ] || update=1
tcpstate=${TCPSTATE:-$top/build/tcpstate} mkpcap=${BUILD:-$top/build}/tests/golden/mkpcap
for program in "$tcpstate" "$mkpcap"; do
	[ -x "$program" ] || { echo "tests/golden/run.sh: $program is not built; run make all tests" >&2; exit 1; }
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
golden=$PWD

# Captures and recordings side by side, so that a report names them without a path.
cd "$work" || exit 1
for script in "$golden"/captures/*.txt; do
	name=$(basename "$script" .txt)
	"$mkpcap" "$script" "$name" || exit 1
done
for recording in "$golden"/recordings/*/; do
	[ -d "$recording" ] || continue
	name=$(basename "$recording")
	cp -r "$recording" .
	for file in wire.pcap diag.pcap facts.jsonl; do
		cp -r "$name" "$name-without-${file%.*}"
		rm -f "$name-without-${file%.*}/$file"
	done
	cp -r "$name" "$name-torn"              # as a kill leaves it: every file ends within a record
	truncate -s -7 "$name-torn"/*
	cp -r "$name" "$name-headless"          # killed before anything was written
	truncate -s 0 "$name-headless"/*
done

cases=0
while IFS='|' read -r name inputs options; do
	name=${name//[[:space:]]/}
	case $name in '' | '#'*) continue ;; esac
	cases=$((cases + 1)) expected=$golden/expected/$name
	eval "\"\$tcpstate\" report $options $inputs" >out 2>err </dev/null
	status=$?
	if [ $status != 0 ] || [ -s err ]; then
		echo "not ok - $name: exit $status"
		cat err
	elif [ -n "$update" ]; then
		mkdir -p "$golden/expected" && cmp -s out "$expected" || cp out "$expected" || exit 1
	elif ! [ -e "$expected" ]; then
		echo "not ok - $name: nothing is expected yet; tests/golden/run.sh --update"
	elif cmp -s out "$expected"; then
		echo "ok - $name"
	else
		echo "not ok - $name: not as expected"
		diff -u "$expected" out
	fi
done <"$golden/LIST"

# Nobody forgets a case: every expectation and every capture is in LIST.
for file in "$golden"/expected/*; do
	[ ! -e "$file" ] || grep -q "^$(basename "$file") *|" "$golden/LIST" || echo "not ok - expected/$(basename "$file") is in no line of LIST"
done
for file in "$golden"/captures/*.txt; do
	grep -q "|.*\<$(basename "$file" .txt)\>.*|" "$golden/LIST" || echo "not ok - captures/$(basename "$file") is in no line of LIST"
done
[ $cases -gt 0 ] || echo "not ok - LIST names no case"
