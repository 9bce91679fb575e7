/* Copies a recording and disturbs it, by lot from a seed: answers come in another order, answers or
 * packets are lost, one by one or in bursts, told (as the recorder tells it) or not. What is left
 * is true: a report of it may know less, and may not say more. Works on the files as bytes (pcap,
 * DLT_NETLINK), so that it does not share the readers that it tests. */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "told.h"

enum { PCAP_HEADER = 24, RECORD_HEADER = 16, PSEUDO_HEADER = 16, REPLY = 0 };

static struct {
	const char *from, *to;
	uint64_t seed;
	unsigned shuffle_ms, late_ms, burst;
	bool tell;                      /* facts of packets lost */
	double lose_rows, lose_packets; /* % */
} options = {.seed = 1, .burst = 1};
static uint64_t lot;
static char *gaps; /* facts of what was lost */

struct file {
	uint8_t *at;
	size_t size;
};
struct record {
	int64_t arrives_ns;
	size_t place;
	uint8_t *at; /* header and bytes */
	size_t size;
};
struct records {
	struct record *at;
	size_t count;
};

/* splitmix64, to [0, 1) */
static double draw(void)
{
	uint64_t z = lot += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static bool lost(double percent)
{
	return draw() * 100 < percent;
}

static char *path(const char *folder, const char *name)
{
	char *text;
	if (asprintf(&text, "%s/%s", folder, name) < 0)
		told_fatal(folder, strerror(errno));
	return text;
}

static struct file file_read(const char *name)
{
	struct file file = {NULL, 0};
	char *from = path(options.from, name);
	FILE *in = fopen(from, "r");
	struct stat status;
	if (in == NULL || fstat(fileno(in), &status) < 0)
		told_fatal(from, strerror(errno));
	file.size = (size_t)status.st_size;
	file.at = malloc(file.size + 1);
	if (file.at == NULL || fread(file.at, 1, file.size, in) != file.size)
		told_fatal(from, strerror(errno));
	fclose(in);
	free(from);
	return file;
}

static uint32_t get32(const uint8_t *at)
{
	uint32_t value;
	memcpy(&value, at, sizeof(value));
	return value;
}

static void set_length(struct record *record, uint32_t length)
{
	memcpy(record->at + 8, &length, sizeof(length));
	memcpy(record->at + 12, &length, sizeof(length));
	record->size = RECORD_HEADER + length;
}

/* Moves the record's own time. */
static void set_later(struct record *record, int64_t ns, bool nanoseconds)
{
	int64_t t_ns = get32(record->at) * INT64_C(1000000000) +
		       get32(record->at + 4) * (nanoseconds ? INT64_C(1) : INT64_C(1000)) + ns;
	const uint32_t time[] = {(uint32_t)(t_ns / 1000000000),
		(uint32_t)(t_ns % 1000000000 / (nanoseconds ? 1 : 1000))};
	memcpy(record->at, time, sizeof(time));
	record->arrives_ns += ns;
}

static struct records records_read(const struct file *file, const char *name)
{
	struct records records = {NULL, 0};
	if (file->size < PCAP_HEADER ||
		(get32(file->at) != 0xa1b23c4d && get32(file->at) != 0xa1b2c3d4))
		told_fatal(name, "not a pcap file of this machine's byte order");
	int64_t unit = get32(file->at) == 0xa1b23c4d ? 1 : 1000;
	for (size_t at = PCAP_HEADER; at + RECORD_HEADER <= file->size;) {
		size_t size = RECORD_HEADER + get32(file->at + at + 8);
		if (at + size > file->size)
			break;
		records.at = grown(records.at, records.count, sizeof(*records.at));
		records.at[records.count] =
			(struct record){.arrives_ns = get32(file->at + at) * INT64_C(1000000000) +
						      get32(file->at + at + 4) * unit,
				.place = records.count,
				.at = file->at + at,
				.size = size};
		records.count++;
		at += size;
	}
	return records;
}

static int by_arrival(const void *first, const void *second)
{
	const struct record *a = first, *b = second;
	if (a->arrives_ns != b->arrives_ns)
		return a->arrives_ns < b->arrives_ns ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static void file_write(const char *name, const struct file *file, struct records records)
{
	char *to = path(options.to, name);
	FILE *out = fopen(to, "w");
	if (out == NULL)
		told_fatal(to, strerror(errno));
	fwrite(file->at, 1, PCAP_HEADER, out);
	for (size_t i = 0; i < records.count; i++)
		fwrite(records.at[i].at, 1, records.at[i].size, out);
	if (fclose(out) != 0)
		told_fatal(to, strerror(errno));
	free(to);
	free(records.at);
	free(file->at);
}

/* Rows and "no such socket" go; the ends of dumps stay. False: nothing is left of the record. */
static bool answers_lose(struct record *record)
{
	uint8_t *at = record->at + RECORD_HEADER + PSEUDO_HEADER, *to = at;
	size_t left = record->size - RECORD_HEADER - PSEUDO_HEADER;
	while (left >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr header;
		memcpy(&header, at, sizeof(header));
		size_t size = NLMSG_ALIGN(header.nlmsg_len);
		if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left)
			return true; /* not ours to mend */
		size = size < left ? size : left;
		bool row = header.nlmsg_type == SOCK_DIAG_BY_FAMILY ||
			   header.nlmsg_type == NLMSG_ERROR;
		if (!row || !lost(options.lose_rows)) {
			memmove(to, at, size);
			to += size;
		}
		at += size;
		left -= size;
	}
	size_t kept = (size_t)(to - record->at) - RECORD_HEADER;
	set_length(record, (uint32_t)kept);
	return kept > PSEUDO_HEADER;
}

static void disturb_answers(void)
{
	struct file file = file_read("diag.pcap");
	struct records records = records_read(&file, "diag.pcap");
	size_t kept = 0;
	for (size_t i = 0; i < records.count; i++) {
		struct record *record = &records.at[i];
		bool reply = record->size > RECORD_HEADER + PSEUDO_HEADER &&
			     record->at[RECORD_HEADER + 1] == REPLY;
		if (reply && options.lose_rows > 0 && !answers_lose(record))
			continue;
		if (reply && options.late_ms > 0)
			set_later(record, (int64_t)(draw() * options.late_ms * 1e6),
				get32(file.at) == 0xa1b23c4d);
		if (reply)
			record->arrives_ns += (int64_t)(draw() * options.shuffle_ms * 1e6);
		records.at[kept++] = *record;
	}
	records.count = kept;
	qsort(records.at, records.count, sizeof(*records.at), by_arrival);
	file_write("diag.pcap", &file, records);
}

/* As the recorder tells of them: before the hole, and that it ends behind it. */
static void gap_tell(FILE *facts, const struct record *before, size_t count)
{
	if (options.tell)
		fprintf(facts,
			"{\"type\":\"gap\",\"t\":\"%" PRId64 ".%09" PRId64
			"\",\"of\":\"packets\",\"count\":%zu}\n",
			before->arrives_ns / 1000000000, before->arrives_ns % 1000000000, count);
}

/* Of `percent` of all, in bursts of `burst` on average. */
static void disturb_packets(void)
{
	struct file file = file_read("wire.pcap");
	struct records records = records_read(&file, "wire.pcap");
	size_t kept = 0, size, hole = 0;
	FILE *facts = open_memstream(&gaps, &size);
	if (facts == NULL)
		told_fatal("memory", strerror(errno));
	double goes = options.lose_packets / options.burst,
	       ends = options.burst > 1 ? 100.0 / options.burst : 100;
	if (options.burst > 1)
		goes = goes * 100 / (100 - options.lose_packets);
	bool losing = false;
	for (size_t i = 0; i < records.count; i++) {
		losing = options.burst > 1 && losing ? !lost(ends) : lost(goes);
		if (losing) {
			hole++;
			continue;
		}
		if (hole > 0) {
			gap_tell(facts, &records.at[kept > 0 ? kept - 1 : 0], hole);
			gap_tell(facts, &records.at[i], 0);
		}
		hole = 0;
		records.at[kept++] = records.at[i];
	}
	if (kept > 0 && hole > 0)
		gap_tell(facts, &records.at[kept - 1], hole);
	fclose(facts);
	records.count = kept;
	file_write("wire.pcap", &file, records);
}

static int64_t fact_time(const char *line)
{
	const char *t = strstr(line, "\"t\":\"");
	return t != NULL ? time_read(t + strlen("\"t\":\"")) : INT64_MIN;
}

/* The recording's own, with those of what was lost in order of time among them; the first is the
 * manifest. */
static void facts_write(FILE *out, const struct file *file)
{
	const char *gap = gaps != NULL ? gaps : "", *end = (const char *)file->at + file->size;
	for (const char *line = (const char *)file->at; line < end;) {
		const char *after = memchr(line, '\n', (size_t)(end - line));
		after = after != NULL ? after + 1 : end;
		while (*gap != '\0' && line != (const char *)file->at &&
			fact_time(gap) < fact_time(line)) {
			size_t length = strcspn(gap, "\n") + 1;
			fwrite(gap, 1, length, out);
			gap += length;
		}
		fwrite(line, 1, (size_t)(after - line), out);
		line = after;
	}
	fputs(gap, out);
}

static void copy_facts(void)
{
	struct file file = file_read("facts.jsonl");
	char *to = path(options.to, "facts.jsonl");
	FILE *out = fopen(to, "w");
	if (out == NULL)
		told_fatal(to, strerror(errno));
	file.at[file.size] = '\0';
	facts_write(out, &file);
	if (fclose(out) != 0)
		told_fatal(to, strerror(errno));
	free(to);
	free(file.at);
	free(gaps);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's':
		options.seed = strtoull(arg, NULL, 10);
		return 0;
	case 'm':
		options.shuffle_ms = (unsigned)strtoul(arg, NULL, 10);
		return 0;
	case 'l':
		options.late_ms = (unsigned)strtoul(arg, NULL, 10);
		return 0;
	case 'r':
		options.lose_rows = strtod(arg, NULL);
		return 0;
	case 'p':
		options.lose_packets = strtod(arg, NULL);
		return 0;
	case 'b':
		options.burst = (unsigned)strtoul(arg, NULL, 10);
		if (options.burst == 0)
			options.burst = 1;
		return 0;
	case 't':
		options.tell = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			return ARGP_ERR_UNKNOWN;
		*(state->arg_num == 0 ? &options.from : &options.to) = arg;
		return 0;
	case ARGP_KEY_END:
		if (options.to == NULL)
			argp_error(state, "a recording and a new folder are needed");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

int main(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"seed", 's', "N", 0, "what the lots are drawn from (1)", 0},
		{"shuffle-ms", 'm', "N", 0,
			"each answer is recorded up to N ms later, with the time it had", 0},
		{"late-ms", 'l', "N", 0, "each answer comes up to N ms later, and says so", 0},
		{"lose-rows", 'r', "PERCENT", 0, "of the answers", 0},
		{"lose-packets", 'p', "PERCENT", 0, "of the packets", 0},
		{"burst", 'b', "N", 0, "they are lost N in a row, on average (1)", 0},
		{"tell", 't', NULL, 0, "facts say how many packets were lost, and when", 0}, {0}};
	const struct argp argp = {
		table, parse, "RECORDING NEW", "Copy a recording, disturbed.", NULL, NULL, NULL};
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	lot = options.seed * 7919;
	if (mkdir(options.to, 0777) < 0)
		told_fatal(options.to, strerror(errno));
	disturb_answers();
	disturb_packets();
	copy_facts();
	return 0;
}
