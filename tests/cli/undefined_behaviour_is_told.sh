#!/usr/bin/env bash
# The build with sanitizers ends a program that does what is undefined or reads what is not its own,
# and tells the line, also where the program has handlers of its own for signals, as cmocka has.
set -u
. tests/lib.sh
[ -n "${SANITIZED-}" ] || { echo "skip - no build with sanitizers here"; exit 0; }
cat >"$TMP/wrong.c" <<'END'
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
static void handler(int number) { (void)number; exit(0); }
int main(int argc, char **argv)
{
	volatile int most = INT_MAX - 2, shift = 29 + argc;
	char *volatile bytes = malloc(4);
	signal(SIGILL, handler);
	switch (argv[1][0]) {
	case 's': most += argc; break;
	case 'b': bytes[1 + argc] = 1; break;
	case 'n': bytes = NULL; bytes[argc] = 1; break;
	case 'h': most = argc << shift; break;
	}
	free(bytes);
	return 0;
}
END
read -r compile <"$SANITIZED/flags"
# shellcheck disable=SC2086 # words; the -D of texts are of no use here
eval "set -- $compile"
flags=()
for word in "${@:2}"; do [[ $word == -f* || $word == -O* || $word == -g* ]] && flags+=("$word"); done
"${CC:-cc}" "${flags[@]}" "$TMP/wrong.c" -o "$TMP/wrong" || exit 1
wrong() { "$TMP/wrong" "$@" >"$TMP/out" 2>&1; echo "$? $(<"$TMP/out")"; }
is "what is right ends as it should" "0 " "$(wrong s)"
like "a sum that overflows" '^[1-9].*Sanitizer: .*wrong\.c:11' "$(wrong s more)"
is "bytes that are its own" "0 " "$(wrong b)"
like "bytes that are not" '^[1-9].*Sanitizer: .*wrong\.c:12' "$(wrong b more)"
like "a null pointer" '^[1-9].*Sanitizer: .*wrong\.c:13' "$(wrong n)"
like "a shift by too much" '^[1-9].*Sanitizer: .*wrong\.c:14' "$(wrong h more)"
