#!/usr/bin/env bash
# The handouts typed in sequence in terminals of 80 columns, in English and with the program
# speaking Chinese: each command ends as it should, no line is wider than the terminal, and (in
# English) each word of what is pasted comes, wherever the layout for 80 columns puts it.
# long
# timeout: 2400
set -u
export TMPDIR=$TMP
files=()
for file in docs/labs/*.md; do [[ $file == *.zh.md ]] || files+=("$file"); done
for language in en zh; do
	running=0
	for file in "${files[@]}"; do   # each in a folder and in namespaces of its own
		if [ $running -ge "$(nproc)" ]; then
			wait -n
			running=$((running - 1))
		fi
		log=$TMP/$language-$(basename "$file").log
		{
			tools/handout.sh --columns 80 --lang $language "$BUILD" "$file"
			echo "status $?"
		} >"$log" 2>&1 &
		running=$((running + 1))
	done
	wait
done
for log in "$TMP"/{en,zh}-*.log; do
	sed '/^status [01]$/d' "$log"
	grep -q '^status [01]$' "$log" || echo "not ok - ${log##*/}: tools/handout.sh ended early"
done
