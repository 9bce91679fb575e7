#!/usr/bin/env bash
# make lint: every compiler that is here, warnings as errors; gcc -fanalyzer, clang-tidy, shellcheck
# and cppcheck where they are installed.
#   lint.sh --columns [FOLDER]    the width of the lines alone
#   lint.sh --nulls FILE...       pointers that are taken for truth values
#   lint.sh --options             what sources outside of a build are compiled with, one a line
set -u
status=0
columns() {     # A character counts once; tables between "clang-format off" and "on" have their own form.
	LC_ALL=C awk 'FNR == 1 || /clang-format on/ { off = 0 } /clang-format off/ { off = 1 }
		{ line = $0; gsub(/\t/, "        ", line); gsub(/[\200-\277]/, "", line) }
		length(line) > 100 && !off { print "lint: " FILENAME ":" FNR ": over 100 columns"; bad = 1 }
		END { exit bad }' \
		include/*/*.h src/*/*.[ch] tools/tcpstate/*.[ch] labs/*.[ch] tests/*/*.[ch]
}
# As the Makefile has it, so that a macro which is new there is not missed here.
options() {
	local macro package
	{
		grep -o -- '-D[A-Z_]\{1,\}=\{0,1\}' Makefile
		sed -n 's/.*(call soname,\([A-Z_]*\),.*/-D\1=/p' Makefile
	} | sort -u | while read -r macro; do
		case $macro in
		-DTCPSTATE_NO_SANDBOX) ;;       # it leaves code out
		-DTCPSTATE_NCURSES | -DTCPSTATE_MICROHTTPD)     # that a library is here
			package=ncursesw
			[ "$macro" = -DTCPSTATE_NCURSES ] || package=libmicrohttpd
			! pkg-config --exists "$package" || { echo "$macro"; pkg-config --cflags-only-I "$package" | tr ' ' '\n'; }
			;;
		*=) echo "$macro\"x\"" ;;
		*) echo "$macro" ;;
		esac
	done | grep .
	printf '%s\n' -Iinclude -Isrc
}
# Whether a pointer is NULL is asked by "== NULL" and "!= NULL" (jansson's macros ask otherwise).
nulls() {
	local defines file
	mapfile -t defines < <(options)
	for file; do
		clang-query -f tools/nulls.query "$file" -- -x c -std=gnu17 "${defines[@]}" -Ilabs 2>/dev/null
	done | awk '/note: "pointer" binds here/ { split($1, at, ":"); getline line
			if (line ~ /json_is_|json_(array|object)_foreach/) next
			if (!seen[at[1], at[2], at[3]]++) { print "lint: " at[1] ":" at[2] ": a pointer without \"== NULL\" or \"!= NULL\""; bad = 1 } }
		END { exit bad }'
}
case ${1-} in
--columns) cd "${2-.}" && columns; exit ;;
--nulls) shift && nulls "$@"; exit ;;
--options) options; exit ;;
esac
for compiler in gcc clang; do
	command -v "$compiler" >/dev/null || { echo "lint: no $compiler here, left out"; continue; }
	echo "lint: $compiler"
	make -s -k "-j$(nproc)" "CC=$compiler" "B=build-lint/$compiler" "CFLAGS=-O2 -g -Werror" all tests || status=1
done
if command -v clang-format >/dev/null; then
	echo "lint: clang-format"
	clang-format --dry-run --Werror include/*/*.h src/*/*.[ch] tools/tcpstate/*.[ch] labs/*.[ch] labs/plain/*.[ch] \
		tests/*/*.[ch] || status=1
	columns || status=1
else
	echo "lint: no clang-format here, left out"
fi
if command -v clang-query >/dev/null; then
	echo "lint: null checks"
	printf '%s\0' include/*/*.h src/*/*.[ch] tools/tcpstate/*.[ch] labs/*.[ch] labs/plain/*.[ch] tests/*/*.[ch] |
		xargs -0 -P "$(nproc)" -n 16 tools/lint.sh --nulls || status=1
else
	echo "lint: no clang-query here, left out"
fi
mapfile -t defines < <(options)
if gcc -fanalyzer -E - </dev/null >/dev/null 2>&1; then
	echo "lint: gcc -fanalyzer"   # of gcc 12, left out: what it says of arrays that grow (leaks), and of readers that return NULL
	# into a folder of its own: a compiler that fails removes its output, /dev/null too when it
	# is root's
	objects=$(mktemp -d) || exit 1
	analyzer=(gcc "${defines[@]}" -std=gnu17 -O1 -fanalyzer -Werror -Wno-analyzer-malloc-leak -Wno-analyzer-file-leak
		-Wno-analyzer-null-dereference -Wno-analyzer-possible-null-dereference -Wno-analyzer-null-argument -Wno-analyzer-possible-null-argument -c)
	for source in src/*/*.c tools/tcpstate/*.c labs/*.c; do
		"${analyzer[@]}" "$source" -o "$objects/out.o" || status=1
	done
	rm -r "$objects"
else
	echo "lint: no gcc with -fanalyzer here, left out"
fi
if command -v clang-tidy >/dev/null; then
	echo "lint: clang-tidy"       # a chosen set; left out are the allocator's checks, which do not follow who owns what,
	# and bugprone-sizeof-expression, which takes arrays of pointers for a slip (gcc's
	# -Wsizeof-pointer-* find slips)
	checks='-*,bugprone-suspicious-*,-bugprone-suspicious-realloc-usage,-bugprone-suspicious-string-compare,-bugprone-suspicious-missing-comma'
	checks+=',bugprone-infinite-loop,bugprone-not-null-terminated-result,bugprone-posix-return,bugprone-signal-handler'
	checks+=',bugprone-redundant-branch-condition,bugprone-terminating-continue,bugprone-unused-return-value,cert-env33-c'
	checks+=',clang-analyzer-core.DivideZero,clang-analyzer-core.uninitialized.*,clang-analyzer-unix.API'
	extra=(--extra-arg=-std=gnu17)
	for define in "${defines[@]}"; do extra+=("--extra-arg=$define"); done
	# without a compilation database the options come by --extra-arg; "--" says that there is
	# none
	for source in src/*/*.c tools/tcpstate/*.c labs/*.c; do printf '%s\0--\0' "$source"; done |
		xargs -0 -P "$(nproc)" -n 2 clang-tidy --quiet "--checks=$checks" --warnings-as-errors='*' "${extra[@]}" 2>/dev/null || status=1
else
	echo "lint: no clang-tidy here, left out"
fi
if command -v shellcheck >/dev/null; then
	echo "lint: shellcheck"      # SC2148, SC2034: scripts that are read by others, and what those set
	shopt -s nullglob
	shellcheck -S warning -e SC2148,SC2034 .ci/run tests/run tools/*.sh tools/packaging/*.sh tests/*/*.sh labs/experiments/*.sh || status=1
else
	echo "lint: no shellcheck here, left out"
fi
if command -v cppcheck >/dev/null; then
	echo "lint: cppcheck"          # it reads no system headers: what the loops of jansson stand for
	loops=$(mktemp) || exit 1
	printf '#define json_%s_foreach(of, at, value) for (at = 0; (value = json_%s_get(of, at)) != NULL; at++)\n' \
		array array object object >"$loops"
	cppcheck -q "-j$(nproc)" --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches "--include=$loops" \
		"${defines[@]}" src tools/tcpstate labs || status=1
	rm "$loops"
else
	echo "lint: no cppcheck here, left out"
fi
exit "$status"
