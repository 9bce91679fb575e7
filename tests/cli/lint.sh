#!/usr/bin/env bash
# What `make lint` looks at: lines of 100 columns, and all code, as the Makefile compiles it. The
# tools of others run in `make lint` itself.
set -u
. tests/lib.sh
output=$(tools/lint.sh --columns)
is 'no line of C has more than 100 columns' '0 ' "$? $output"

copy=$TMP/copy
mkdir -p "$copy"/{include/x,src/x,tools/tcpstate,labs,tests/x}
for file in include/x/a.h src/x/a.c tools/tcpstate/a.c labs/a.c tests/x/a.c; do echo 'int a;' >"$copy/$file"; done
width() { printf "/*%$(($1 - 4))s*/\n" ''; }
width 100 >"$copy/labs/a.c"
printf '\t/*%88s*/\n/* — %93s*/\n' '' '' >>"$copy/labs/a.c"
output=$(tools/lint.sh --columns "$copy")
is 'a line of 100 columns is none too long, with a tab, and with a dash of three bytes' '0 ' "$? $output"
width 101 >>"$copy/labs/a.c"
output=$(tools/lint.sh --columns "$copy")
is 'one of 101 is named' '1 lint: labs/a.c:4: over 100 columns' "$? $output"

# One spelling of null checks.
if command -v clang-query >/dev/null; then
	printf '%s\n' '#include <stdbool.h>' '#include <stddef.h>' 'bool check(const char *text, int count)' '{' \
		'	while (count != 0 && text != NULL)' '		count--;' '	return text == NULL;' '}' >"$copy/labs/a.c"
	output=$(tools/lint.sh --nulls "$copy/labs/a.c")
	is 'a pointer that is compared with NULL is right' '0 ' "$? $output"
	sed -i 's/ == NULL//; s/ != NULL//; s/count-- *;/count -= !text;/' "$copy/labs/a.c"
	output=$(tools/lint.sh --nulls "$copy/labs/a.c" | cut -d: -f 3 | sort | tr '\n' ' ')
	is 'one that is a condition, negated, or a truth value is named' '5 6 7 ' "$output"
	mapfile -t sample < <(printf '%s\n' src/*/*.c tools/tcpstate/*.c labs/*.c | sort -R | head -n 12)
	output=$(tools/lint.sh --nulls "${sample[@]}")
	is 'of twelve sources by lot none has such a one' '0 ' "$? $output"
else
	echo 'skip - no clang-query here'
fi

# Those that the Makefile gives more than the others.
mapfile -t options < <(tools/lint.sh --options)
mapfile -t sources < <(sed -n 's/^\$B\/\([a-z_/]*\)\.o: EXTRA = .*/\1.c/p' Makefile)
holds 'the Makefile has sources with options of their own' '[ ${#sources[@]} -ge 5 ]'
for source in "${sources[@]}"; do
	output=$("${CC:-cc}" -std=gnu17 -fsyntax-only "${options[@]}" "$source" 2>&1)
	is "$source compiles with what lint gives it" '0 ' "$? $output"
done
holds 'without them libpcap.c does not: this test can fail' \
	'! "${CC:-cc}" -std=gnu17 -fsyntax-only -D_GNU_SOURCE -Iinclude -Isrc src/source/libpcap.c 2>/dev/null'
# With a library that is here no file is empty to those who read it for lint.
for source in ncursesw:top_terminal libmicrohttpd:wall_serve; do
	package=${source%:*} source=tools/tcpstate/${source#*:}.c
	if ! pkg-config --exists "$package"; then
		echo "skip - no $package here"
		continue
	fi
	lines=$("${CC:-cc}" -std=gnu17 -E -P "${options[@]}" "$source" | wc -l)
	holds "lint reads all of $source ($lines lines)" '[ "$lines" -gt 500 ]'
done
