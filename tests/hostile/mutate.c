/* Damages a recording in every way that files are damaged, or made up, and reports on each:
 *   mutate DIR SEED COUNT     COUNT mutants: bits flipped, records cut out, repeated, reordered,
 *                             files cut short, lines replaced by hostile ones
 *   mutate DIR cut STEP       each file cut off at every STEP-th byte
 * Each mutant is reported on in this process, in every format. A crash prints how to get it again.
 */
#include "whole.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct file {
	uint8_t *data;
	size_t size;
};

static const char *const names[WHOLE_PARTS] = {
	"wire.pcap", "diag.pcap", "facts.jsonl", "calls.jsonl"};
static char current[256]; /* for the handler of crashes */
static uint64_t state;

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below > 0 ? state % below : 0;
}

static void on_crash(int number)
{
	if (write(STDOUT_FILENO, current, strlen(current)) < 0 ||
		signal(number, SIG_DFL) == SIG_ERR)
		_exit(1);
	raise(number);
}

static struct file file_read(const char *directory, const char *name)
{
	char path[4096];
	struct file file = {NULL, 0};
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	stream = fopen(path, "re");
	if (stream == NULL)
		return file;
	file.data = malloc(1 << 22);
	file.size = fread(file.data, 1, 1 << 22, stream);
	fclose(stream);
	return file;
}

static uint32_t number_at(const uint8_t *at)
{
	uint32_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

/* Where the record or line that begins at `from` ends. */
static size_t record_end(const struct file *file, enum whole_part part, size_t from)
{
	const uint8_t *newline;

	if (part >= WHOLE_FACTS) {
		newline = memchr(file->data + from, '\n', file->size - from);
		return newline != NULL ? (size_t)(newline - file->data) + 1 : file->size;
	}
	if (from == 0)
		return file->size < 24 ? file->size : 24;
	if (file->size - from < 16)
		return file->size;
	size_t length = 16 + (size_t)number_at(file->data + from + 8);
	return length > file->size - from ? file->size : from + length;
}

/* The bounds of a record drawn by lot; the file's header and the manifest are one, too. */
static void record_draw(const struct file *file, enum whole_part part, size_t *from, size_t *to)
{
	size_t wanted = (size_t)draw(file->size);

	*from = 0;
	while ((*to = record_end(file, part, *from)) <= wanted && *to < file->size)
		*from = *to;
}

static void replace(struct file *file, size_t from, size_t to, const void *data, size_t size)
{
	uint8_t *copy = malloc(file->size - (to - from) + size + 1);

	memcpy(copy, file->data, from);
	memcpy(copy + from, data, size);
	memcpy(copy + from + size, file->data + to, file->size - to);
	free(file->data);
	file->data = copy;
	file->size += size - (to - from);
}

static void replace_line(struct file *file, enum whole_part part, size_t from, size_t to)
{
	static const char *const hostile[] = {"{\"type\":\"mark\",\"t\":\"9999999999.999999999\","
					      "\"text\":\"\\u001b]0;x\\u0007\"}\n",
		"{\"type\":\"counter\",\"t\":\"1.000000000\",\"name\":"
		"\"TcpExtTCPTimeWaitOverflow\","
		"\"value\":9223372036854775807,\"delta\":9223372036854775807}\n",
		"{\"type\":\"counter\",\"t\":\"1.000000000\",\"name\":\"TcpExtListenOverflows\","
		"\"value\":-9223372036854775808,\"delta\":-9223372036854775808}\n",
		"{\"type\":\"gap\",\"t\":\"0.000000000\",\"of\":\"rows\",\"count\":"
		"9223372036854775807}\n",
		"{\"type\":\"check\",\"t\":\"1.000000000\",\"name\":\"\",\"cell\":{\"\":\"\"},"
		"\"let\":{}}\n",
		"{\"type\":\"owner\",\"t\":\"1.000000000\",\"inode\":4294967295,\"pid\":0,"
		"\"program\":\"\"}\n",
		"{\"type\":\"address\",\"t\":\"1.000000000\",\"address\":\"::\",\"gone\":true}\n",
		"{\"type\":\"end\",\"t\":\"1.000000000\",\"how\":\"error\",\"packets\":0,"
		"\"messages\":0}\n",
		"{\"type\":\"manifest\",\"addresses\":[1,null,\"0.0.0.0\",{}],\"sysctls\":[],"
		"\"command\":{}}\n",
		"{\"type\":\"exit\",\"t\":\"1.000000000\",\"pid\":1,\"program\":\"\\ud83d\\ude00\","
		"\"signal\":\"\"}\n",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", "{\"type\":7}\n", "\n", "\xff\xfe\n", "{"};
	const char *line = hostile[draw(sizeof(hostile) / sizeof(hostile[0]))];

	if (part >= WHOLE_FACTS)
		replace(file, draw(2) > 0 ? from : to, to, line, strlen(line));
}

static void record_repeat(struct file *file, enum whole_part part, size_t from, size_t to)
{
	size_t size = to - from, times = 1 + (size_t)draw(3), other, end;
	uint8_t *copy = malloc(size);

	memcpy(copy, file->data + from, size);
	record_draw(file, part, &other, &end);
	while (times-- > 0)
		replace(file, end, end, copy, size);
	free(copy);
}

/* Numbers that mean something: lengths, times, states, flags. */
static void number_change(struct file *file, size_t from, size_t to)
{
	static const uint32_t values[] = {
		0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 262144};
	size_t width = (size_t)1 << draw(3);
	uint32_t value = values[draw(sizeof(values) / sizeof(values[0]))];

	if (to - from < width)
		return;
	memcpy(file->data + from + draw(to - from - width + 1), &value, width);
}

static void damage(struct file *file, enum whole_part part)
{
	size_t from, to;

	if (file->size == 0)
		return;
	record_draw(file, part, &from, &to);
	switch (draw(8)) {
	case 0:
	case 1:
		file->data[draw(file->size)] ^= (uint8_t)(1 << draw(8));
		break;
	case 2:
		number_change(file, from, to);
		break;
	case 3:
		replace(file, from, to, "", 0);
		break;
	case 4:
		record_repeat(file, part, from, to);
		break;
	case 5: /* moved */
		record_repeat(file, part, from, to);
		replace(file, from, to, "", 0);
		break;
	case 6:
		if (draw(4) == 0)
			file->size = (size_t)draw(file->size);
		break;
	default:
		replace_line(file, part, from, to);
		break;
	}
}

static int mutants(const struct file *original, uint64_t seed, unsigned long count)
{
	struct timespec begun, ended;
	double longest = 0;

	for (unsigned long i = 0; i < count; i++) {
		struct file file[WHOLE_PARTS];
		struct whole whole = {0};

		state = (seed + i) * 0x9e3779b97f4a7c15U + 1;
		snprintf(current, sizeof(current), "# crashed: mutate DIR %llu 1\n",
			(unsigned long long)(seed + i));
		for (int part = 0; part < WHOLE_PARTS; part++) {
			file[part] = (struct file){malloc(original[part].size + 1), 0};
			if (original[part].data != NULL)
				memcpy(file[part].data, original[part].data, original[part].size);
			file[part].size = original[part].size;
		}
		for (uint64_t times = 1 + draw(6); times > 0; times--) {
			int part = (int)draw(WHOLE_PARTS);

			damage(&file[part], (enum whole_part)part);
		}
		for (int part = 0; part < WHOLE_PARTS; part++)
			if (original[part].data != NULL && draw(16) > 0) {
				whole.data[part] = file[part].data;
				whole.size[part] = file[part].size;
			}
		clock_gettime(CLOCK_MONOTONIC, &begun);
		if (!whole_report(&whole))
			abort();
		clock_gettime(CLOCK_MONOTONIC, &ended);
		double took = (double)(ended.tv_sec - begun.tv_sec) +
			      (double)(ended.tv_nsec - begun.tv_nsec) / 1e9;
		longest = took > longest ? took : longest;
		for (int part = 0; part < WHOLE_PARTS; part++)
			free(file[part].data);
	}
	printf("# %lu mutants, the slowest took %.3f s\n", count, longest);
	return longest > 10;
}

static int cuts(const struct file *original, size_t step)
{
	unsigned long count = 0;

	for (int part = 0; part < WHOLE_PARTS; part++)
		for (size_t size = 0; size < original[part].size; size += step, count++) {
			struct whole whole = {0};

			snprintf(current, sizeof(current), "# crashed: %s cut at %zu\n",
				names[part], size);
			for (int other = 0; other < WHOLE_PARTS; other++) {
				whole.data[other] = original[other].data;
				whole.size[other] = other == part ? size : original[other].size;
			}
			if (!whole_report(&whole))
				abort();
		}
	printf("# %lu cuts\n", count);
	return 0;
}

int main(int argc, char **argv)
{
	struct file original[WHOLE_PARTS];
	int result;

	if (argc != 4) {
		fputs("usage: mutate DIR SEED COUNT | mutate DIR cut STEP\n", stderr);
		return 2;
	}
	signal(SIGSEGV, on_crash);
	signal(SIGABRT, on_crash);
	for (int part = 0; part < WHOLE_PARTS; part++)
		original[part] = file_read(argv[1], names[part]);
	if (strcmp(argv[2], "cut") == 0)
		result = cuts(original, strtoul(argv[3], NULL, 10));
	else
		result = mutants(original, strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
	for (int part = 0; part < WHOLE_PARTS; part++)
		free(original[part].data);
	return result;
}
