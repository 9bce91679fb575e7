#!/usr/bin/env bash
# No unit test reads what was not written, or leaks: memcheck sees what ASan and UBSan do not.
# long
# timeout: 3600
set -u
command -v valgrind >/dev/null || { echo "skip - no valgrind here"; exit 0; }
for program in "$BUILD"/tests/unit/test_*; do
	[ -x "$program" ] && [ ! -d "$program" ] || continue
	name=$(basename "$program")
	if grep -q __asan_init "$program"; then
		echo "skip - $name: a build with a sanitizer is none for valgrind"
		continue
	fi
	memcheck=(valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite)
	"${memcheck[@]}" "$program" >"$TMP/out" 2>"$TMP/err"
	status=$?
	if [ $status = 0 ]; then echo "ok - $name"
	else tail -n 40 "$TMP/out" "$TMP/err"; echo "not ok - $name"; fi
done
