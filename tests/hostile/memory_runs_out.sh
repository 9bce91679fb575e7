#!/usr/bin/env bash
# Memory that runs out, at every allocation: a report is the whole one, or there is an error of one
# line. Never half a report that looks like a whole one, never a crash. STEP=1 tries every
# allocation; here every 61st (every 181st in make check), and what a limit on address space leaves.
# timeout: 1200
set -u
step=${STEP:-${LONG:+61}}
step=${step:-181} recording=$PWD/tests/golden/recordings/full-queue
cd "$TMP" || exit 1
if grep -q __asan_init "$TCPSTATE"; then echo "skip - a sanitizer has allocators of its own"; exit 0; fi
if grep -q __gcov_dump "$TCPSTATE"; then echo "skip - what counts coverage allocates at the end, and does not bear a refusal"; exit 0; fi
cat >fail.c <<'EOF'
/* An allocation that the program itself asks for fails, the FAIL_AT-th, and told by a byte to descriptor 9. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
static uintptr_t from, to;
static long at, on, calls;

static int fails(void *caller)
{
	if ((uintptr_t)caller < from || (uintptr_t)caller >= to || ++calls < at || (calls > at && !on))
		return 0;
	if (write(9, "x", 1) < 0)
		return 0;
	errno = ENOMEM;
	return 1;
}
#define FAILS fails(__builtin_return_address(0))

void *malloc(size_t size) { return FAILS ? NULL : __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return FAILS ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t size) { return FAILS ? NULL : __libc_realloc(p, size); }
void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (FAILS || __builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return __libc_realloc(p, bytes);
}
void *aligned_alloc(size_t alignment, size_t size)
{
	static void *(*real)(size_t, size_t);

	if (FAILS)
		return NULL;
	if (real == NULL)
		real = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
	return real(alignment, size);
}
char *strndup(const char *text, size_t most)
{
	size_t length = strnlen(text, most);
	char *copy = FAILS ? NULL : __libc_malloc(length + 1);

	if (copy != NULL) {
		memcpy(copy, text, length);
		copy[length] = '\0';
	}
	return copy;
}
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = FAILS ? NULL : __libc_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}
int vasprintf(char **to_text, const char *format, va_list arguments)
{
	static int (*real)(char **, const char *, va_list);

	if (FAILS)
		return -1;
	if (real == NULL)
		real = (int (*)(char **, const char *, va_list))dlsym(RTLD_NEXT, "vasprintf");
	return real(to_text, format, arguments);
}
int asprintf(char **to_text, const char *format, ...)
{
	va_list arguments;
	int length;

	if (FAILS)
		return -1;
	va_start(arguments, format);
	length = vasprintf(to_text, format, arguments);
	va_end(arguments);
	return length;
}
static int object(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size, (void)unused;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
			from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
			to = from + info->dlpi_phdr[i].p_memsz;
		}
	return 1; /* the first one is the program */
}

__attribute__((constructor)) static void begin(void)
{
	const char *text = getenv("FAIL_AT");

	at = text != NULL ? atol(text) : 0;
	on = getenv("FAIL_ON") != NULL;
	if (at > 0)
		dl_iterate_phdr(object, NULL);
}
EOF
${CC:-cc} -O1 -shared -fPIC -o fail.so fail.c -ldl 2>cc.err || { echo "skip - no shared library can be built here"; exit 0; }

# What came of it: nothing wrong, or the sentence that says what.
verdict() {     # status
	if [ "$1" = 0 ]; then cmp -s whole out || echo "another report, and no error"
	elif [ "$1" -gt 2 ] || grep -q 'signal' err; then echo "status $1: $(head -n 1 err)"
	elif [ "$(grep -c '^tcpstate.*: .' err)" != 1 ]; then echo "no error of one line: $(head -c 300 err)"
	fi
}

every_allocation() {    # sentence, options
	local at=1 wrong='' tried=0
	"$TCPSTATE" report --no-pager "${@:2}" "$recording" >whole 2>err || { echo "not ok - $1: $(cat err)"; return; }
	while : >told; do
		FAIL_AT=$at LD_PRELOAD=./fail.so timeout 30 "$TCPSTATE" report --no-pager "${@:2}" "$recording" >out 2>err 9>told
		wrong=$(verdict $?)
		[ -s told ] || break
		[ -z "$wrong" ] || { echo "not ok - $1: allocation $at: $wrong"; return; }
		tried=$((tried + 1)) at=$((at + step))
	done
	if [ "$tried" -lt 5 ]; then echo "not ok - $1: only $tried allocations failed"
	else echo "ok - $1: $tried allocations"; fi
}

every_allocation "the text" --format text
every_allocation "the text, all of it" --all --edges
every_allocation "JSON" --format jsonl
every_allocation "the page" --format html
every_allocation "Markdown" --format md
every_allocation "the picture" --format svg
every_allocation "pcapng" --format pcapng

# Libraries are met by a limit on address space, from too little to start up to enough.
wrong='' failed=0
"$TCPSTATE" report --no-pager --format html "$recording" >whole
for ((room = 8192; room < 524288; room += step * 16)); do
	(ulimit -v "$room"; exec "$TCPSTATE" report --no-pager --format html "$recording") >out 2>err
	status=$?
	if [ "$status" = 127 ] || grep -q 'loading shared libraries' err; then continue; fi
	[ "$status" != 0 ] || ! cmp -s whole out || break
	failed=$((failed + 1))
	wrong=$(verdict "$status")
	[ -z "$wrong" ] || { wrong="$room KiB: $wrong"; break; }
done
if [ -z "$wrong" ]; then echo "ok - address space: $failed limits too low to report"; else echo "not ok - address space: $wrong"; fi
