#!/usr/bin/env bash
# The course on paper: which parts of a handout are in which print. pandoc is played by cat, and
# there is no Chromium: the pages stay.
set -u
. tests/lib.sh

# A folder of the programs that tools/course.sh needs, and no others.
mkdir "$TMP/bin"
for program in bash cat awk sed grep tr mkdir mktemp rm id dirname; do ln -s "$(command -v "$program")" "$TMP/bin/$program"; done
output=$(PATH=$TMP/bin tools/course.sh "$TMP/none" 2>&1)
is "without pandoc that is said, with the remedy" \
	'tools/course.sh: needs pandoc: apt-get install pandoc 1' "$output $?"

printf '#!%s\ncat "${@: -1}"\n' "$(command -v bash)" >"$TMP/bin/pandoc"
chmod +x "$TMP/bin/pandoc"
output=$(PATH=$TMP/bin tools/course.sh "$TMP/print" 2>&1)
holds "without Chromium the pages stay, and that is said" '[ $? = 0 ] && [[ $output == *"no Chromium here"* ]]'
output=
for language in en zh; do
	suffix=.md exercises='## Exercises'
	[ $language = en ] || suffix=.zh.md exercises='## 练习'
	handouts=()
	for file in docs/labs/[a-z]*"$suffix"; do [[ ${file#docs/labs/} == *.*.md && $language = en ]] || handouts+=("$file"); done
	is "$language: every handout is in the course, and its first page" "$((${#handouts[@]} + 1))" "$(grep -c '^# ' "$TMP/print/course.$language.html")"
	holds "$language: with its exercises, without their answers" \
		'grep -qx "$exercises" "$TMP/print/course.$language.html" && ! grep -q "<details\|<summary" "$TMP/print/course.$language.html"'
	is "$language: every handout with exercises is in the answers" "$(grep -lx "$exercises" "${handouts[@]}" | wc -l)" \
		"$(grep -c '^# ' "$TMP/print/answers.$language.html")"
	holds "$language: what they give is the answer" 'grep -q "4096" "$TMP/print/answers.$language.html" && ! grep -q "<details" "$TMP/print/answers.$language.html"'
	is "$language: the projector shows what is typed, at a prompt or to a program, and no output" 0 \
		"$(awk '/^```/ { on = !on; typed = 0; next }
			on { typed = /^[a-z]*\$ / || /^[a-z]+> / || (typed && /^>/) }
			on && !typed && !/^[-+] /' "$TMP/print/projector.$language.html" | wc -l)"
	is "$language: what ends a program is among it" 1 \
		"$(grep -A 99 'framing-run -- bash' "$TMP/print/projector.$language.html" | grep -m 1 -c '^one> ^C')"
	is "$language: a command that goes on in a second line is whole" 1 "$(grep -c "^> --server 'fork_server_keeps_descriptor" "$TMP/print/projector.$language.html")"
	is "$language: two programs that differ are shown with their difference" 1 "$(grep -c '^+.*text\[got++\]' "$TMP/print/projector.$language.html")"
done
# A table to fill in, in each experiment's handout, of the same size in both languages.
for file in docs/labs/*.md; do
	[[ $file != *.zh.md && $file != *README* && $file != *your-own* ]] || continue
	cells() { awk -v head="$2" '$0 == head { on = 1; next } /^## / { on = 0 } on' "$1" | grep -c '^|.*|      *|'; }
	en=$(cells "$file" '## Predict') zh=$(cells "${file%.md}.zh.md" '## 先预测')
	if [ "$en" -gt 1 ] && [ "$en" = "$zh" ]; then good "$(basename "$file") has a table to fill in"; else bad "$(basename "$file"): rows to fill in: $en, in Chinese $zh"; fi
done
