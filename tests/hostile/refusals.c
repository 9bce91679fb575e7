/* See refusals.h. The linker sends the calls of malloc() and its kin that are our own here (--wrap,
 * for the programs that the Makefile names). */
#include "refusals.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/tcpstate/memory_calls.h"

/* Which calls are refused: from the `first` on, so many. */
static unsigned long calls, first, many;

/* Where calls come from, by the addresses that lead there: a set of hashes, and the first call of
 * this report from each place that no report before it had. */
enum { PLACES = 1 << 16, FRAMES = 9 };
static uint64_t places[PLACES];
static unsigned long fresh[PLACES / 2];
static size_t place_count, fresh_count;
static bool looking;

static void note_place(void)
{
	void *frame[FRAMES];
	int count = backtrace(frame, FRAMES);
	uint64_t hash = 1469598103934665603u;
	size_t at;

	for (int i = 0; i < count; i++)
		hash = (hash ^ (uintptr_t)frame[i]) * 1099511628211u;
	for (at = hash % PLACES; places[at] != 0; at = (at + 1) % PLACES)
		if (places[at] == hash)
			return;
	if (place_count == PLACES / 2)
		return;
	places[at] = hash;
	place_count++;
	fresh[fresh_count++] = calls;
}

static bool refuses(void)
{
	calls++;
	if (looking)
		note_place();
	if (first == 0 || calls < first || calls - first >= many)
		return false;
	errno = ENOMEM;
	return true;
}

#define REFUSED(type, name, parameters, arguments, wanted)                                         \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		return refuses() ? NULL : __real_##name arguments;                                 \
	}
MEMORY_BLOCKS(REFUSED)

FILE *__wrap_open_memstream(char **text, size_t *size)
{
	return refuses() ? NULL : __real_open_memstream(text, size);
}

int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
	return refuses() ? -1 : __real_vasprintf(text, format, arguments);
}

MEMORY_ASPRINTF

static uint8_t *read_file(const char *path, size_t *size)
{
	struct stat status;
	uint8_t *data = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*size = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && (data = malloc((size_t)status.st_size + 1)) != NULL) {
		ssize_t got = read(fd, data, (size_t)status.st_size);

		*size = got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return data;
}

static struct whole recording(const char *path)
{
	static const char *const names[WHOLE_PARTS] = {[WHOLE_WIRE] = "wire.pcap",
		[WHOLE_DIAG] = "diag.pcap",
		[WHOLE_FACTS] = "facts.jsonl",
		[WHOLE_CALLS] = "calls.jsonl"};
	struct whole whole = {.size = {0}};
	struct stat status;
	char name[4096];

	if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
		whole.data[WHOLE_WIRE] = read_file(path, &whole.size[WHOLE_WIRE]);
		return whole;
	}
	for (int part = 0; part < WHOLE_PARTS; part++)
		if (snprintf(name, sizeof(name), "%s/%s", path, names[part]) < (int)sizeof(name))
			whole.data[part] = read_file(name, &whole.size[part]);
	return whole;
}

static void refuse_from(const struct whole *whole, unsigned long at)
{
	static const unsigned long each[] = {1, (unsigned long)-1};

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		calls = 0;
		many = each[i];
		first = at;
		whole_report(whole);
		first = 0;
	}
}

static void refuse_in_turn(const struct whole *whole, unsigned long all, unsigned long step)
{
	for (unsigned long at = 1; step > 0 && at <= all; at += step)
		refuse_from(whole, at);
	for (size_t i = 0; step == 0 && i < fresh_count; i++)
		refuse_from(whole, fresh[i]);
}

long refusals(const char *path, unsigned long step)
{
	struct whole whole = recording(path);
	unsigned long all = 0;
	bool good;

	calls = 0;
	fresh_count = 0;
	looking = step == 0;
	good = whole_report(&whole);
	looking = false;
	all = calls;
	if (good) {
		refuse_in_turn(&whole, all, step);
		good = whole_report(&whole);
	}
	for (int part = 0; part < WHOLE_PARTS; part++)
		free((void *)(uintptr_t)whole.data[part]);
	return good ? (long)(step > 0 ? all : fresh_count) : -1;
}
