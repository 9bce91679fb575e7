#!/usr/bin/env bash
# Every command of every handout (docs/labs/) is run, in the terminals it names, and prints what is
# pasted below it; those that take minutes are left out. Two handouts in make check, one of TCP and one of UDP.
# timeout: 1200
set -u
export TMPDIR=$TMP
files=()
for file in docs/labs/*.md; do [[ $file == *.zh.md ]] || files+=("$file"); done
run() { tools/handout.sh "$BUILD" "$1" >"$TMP/$(basename "$1").log" 2>&1; echo "status $?" >>"$TMP/$(basename "$1").log"; }
running=0
played=("${files[@]}")
[ -n "${LONG-}" ] || played=(docs/labs/reverse.md docs/labs/chat.md)
# shellcheck disable=SC2045  # names of ours, without blanks; the largest first
mapfile -t by_size < <(wc -c -- "${played[@]}" | awk '$2 != "total"' | sort -rn | awk '{ print $2 }')
for file in "${by_size[@]}"; do       # each in a folder and in namespaces of its own; most of it is waiting
	if [ $running -ge "$((2 * $(nproc)))" ]; then wait -n; running=$((running - 1)); fi
	run "$file" &
	running=$((running + 1))
done
wait
for file in $(cd "$TMP" && grep -L '^not ok' ./*.log) $(cd "$TMP" && grep -l '^not ok' ./*.log); do       # those that failed last, to be seen
	sed '/^status [01]$/d' "$TMP/$file"
	grep -q '^status [01]$' "$TMP/$file" || echo "not ok - $file: tools/handout.sh ended early"
done

# Listings fit the page and the projector.
for file in "${files[@]}"; do
	wide=$(awk '/^```/ { on = !on; next } on' "$file" | grep -E '^.{101}')
	if [ -z "$wide" ]; then echo "ok - $file: no listing beyond 100 columns"; else printf 'not ok - %s: beyond 100 columns:\n%s\n' "$file" "$wide"; fi
done
for experiment in labs/experiments/*.sh; do
	grep -q '^# summary:' "$experiment" || continue
	name=$(basename "$experiment" .sh)
	if [ ! -e "docs/labs/$name.md" ] && ! grep -q "tcpstate lab $name\b" docs/labs/*.md; then echo "not ok - $name: no handout runs it"
	else echo "ok - $name has a handout"; fi
done
for file in "${files[@]}"; do
	[[ $file == */README.md ]] || for list in docs/labs/README.md docs/labs/README.zh.md; do
		link=$(basename "$file")
		[[ $list == *.zh.md ]] && link=${link%.md}.zh.md
		if grep -q "($link)" "$list"; then echo "ok - $list names $link"; else echo "not ok - $list does not name $link"; fi
	done
done
