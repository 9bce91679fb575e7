/* recording.c and wire.c: what is written is read back, whatever happens to the writer or the disk.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <pcap/dlt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcpstate/source.h"

/* IPv4, TCP 10.0.0.1:12345 > 10.0.0.2:22535, SYN, sequence number in the last byte of seq. */
static const uint8_t syn[40] = {0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, IPPROTO_TCP, 0, 0, 10, 0, 0, 1,
	10, 0, 0, 2, 0x30, 0x39, 0x58, 0x07, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, TCP_SYN, 0xff, 0xff};
/* behind a link layer of DLT_RAW: IP version 0, undecodable */
static const uint8_t arp[28] = {0x00, 0x01, 0x08, 0x00};
static const int64_t start_ns = 1795367880575009123;

struct bench {
	char top[64], directory[80], wire[96], diag[96], facts[96];
};

static int bench_open(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	strcpy(bench->top, "/tmp/tcpstate-test-XXXXXX");
	assert_non_null(mkdtemp(bench->top));
	snprintf(bench->directory, sizeof(bench->directory), "%s/run", bench->top);
	snprintf(bench->wire, sizeof(bench->wire), "%s/wire.pcap", bench->directory);
	snprintf(bench->diag, sizeof(bench->diag), "%s/diag.pcap", bench->directory);
	snprintf(bench->facts, sizeof(bench->facts), "%s/facts.jsonl", bench->directory);
	*state = bench;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *bench = *state;

	unlink(bench->wire);
	unlink(bench->diag);
	unlink(bench->facts);
	rmdir(bench->directory);
	rmdir(bench->top);
	free(bench);
	return 0;
}

static struct recording *create(const struct bench *bench)
{
	struct error error = {.text = ""};
	struct recording *recording = recording_create(bench->directory, &error);

	if (recording == NULL)
		fail_msg("%s", error.text);
	assert_int_equal(recording_wire_header(recording, DLT_RAW, 2048, &error), 0);
	return recording;
}

static mode_t mode_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 07777;
}

static off_t size_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_size;
}

struct seen {
	size_t count;
	uint64_t first_number, last_number;
	int64_t first_ns, last_ns;
	uint16_t port_be;
};

static void see(void *context, const struct event *event)
{
	struct seen *seen = context;

	assert_int_equal(event->kind, EVENT_SEGMENT);
	if (seen->count++ == 0) {
		seen->first_number = event->number;
		seen->first_ns = event->t_ns;
	}
	seen->last_number = event->number;
	seen->last_ns = event->t_ns;
	seen->port_be = event->u.segment.key.port_be[0];
}

/* All packets of a file. Returns wire_torn(). */
static bool read_wire(
	const char *path, struct filter *filter, struct seen *seen, struct wire_stats *stats)
{
	struct error error = {.text = ""};
	struct wire *wire = wire_open_file(path, filter, &error);
	bool torn;
	int n;

	*seen = (struct seen){.count = 0};
	if (wire == NULL)
		fail_msg("%s", error.text);
	while ((n = wire_dispatch(wire, 7, see, seen, &error)) > 0)
		;
	if (n < 0)
		fail_msg("%s", error.text);
	assert_int_equal(wire_fd(wire), -1);
	torn = wire_torn(wire);
	if (stats != NULL)
		*stats = wire_statistics(wire);
	wire_close(wire);
	return torn;
}

static void the_files_are_there_from_creation_on_and_private(void **state)
{
	const struct bench *bench = *state;
	struct error error = {.text = ""};
	struct recording *recording = recording_create(bench->directory, &error);
	struct seen seen;

	assert_non_null(recording);
	assert_string_equal(recording_directory(recording), bench->directory);
	assert_int_equal(mode_of(bench->directory), 0700);
	assert_int_equal(mode_of(bench->wire), 0600);
	assert_int_equal(mode_of(bench->diag), 0600);
	assert_int_equal(mode_of(bench->facts), 0600);
	/* readable although nothing was flushed yet */
	assert_false(read_wire(bench->wire, NULL, &seen, NULL));
	assert_int_equal(seen.count, 0);
	assert_int_equal(recording_chown(recording, getuid(), getgid(), &error), 0);
	assert_int_equal(recording_close(recording, &error), 0);
	assert_int_equal(recording_close(NULL, &error), 0);
}

static void packets_come_back_with_time_and_number(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	struct wire_stats stats;
	struct seen seen;

	for (int i = 0; i < 10000; i++)
		assert_int_equal(recording_packet(recording, start_ns + i, i % 10 == 0 ? arp : syn,
					 i % 10 == 0 ? sizeof(arp) : sizeof(syn), 60, NULL),
			0);
	assert_int_equal(recording_close(recording, NULL), 0);
	assert_false(read_wire(bench->wire, NULL, &seen, &stats));
	assert_int_equal(seen.count, 9000);
	assert_int_equal(seen.first_number, 2); /* the first packet is not IP but counts */
	assert_int_equal(seen.first_ns, start_ns + 1);
	assert_int_equal(seen.last_number, 10000);
	assert_int_equal(seen.last_ns, start_ns + 9999);
	assert_int_equal(ntohs(seen.port_be), 12345);
	assert_int_equal(stats.packets, 10000);
	assert_int_equal(stats.decoded, 9000);
	assert_int_equal(stats.first_ns, start_ns);
}

static void a_filter_does_not_renumber_packets(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	struct filter *filter = filter_new("tcp port 12345", false, NULL);
	uint8_t other[sizeof(syn)];
	struct wire_stats stats;
	struct seen seen;

	memcpy(other, syn, sizeof(syn));
	other[21] = 0x3a;
	recording_packet(recording, start_ns, other, sizeof(other), sizeof(other), NULL);
	recording_packet(recording, start_ns + 1, syn, sizeof(syn), sizeof(syn), NULL);
	recording_close(recording, NULL);
	assert_false(read_wire(bench->wire, filter, &seen, &stats));
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.first_number, 2);
	assert_int_equal(stats.filtered, 1);
	filter_free(filter);
}

static void a_recording_is_never_overwritten(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	struct error error = {.text = ""};
	off_t size;

	recording_packet(recording, start_ns, syn, sizeof(syn), sizeof(syn), NULL);
	recording_close(recording, NULL);
	size = size_of(bench->wire);
	assert_null(recording_create(bench->directory, &error));
	assert_non_null(strstr(error.text, bench->directory));
	assert_non_null(strstr(error.text, "already"));
	assert_int_equal(size_of(bench->wire), size);
	/* one file of three is enough to refuse, and nothing is left behind */
	unlink(bench->wire);
	unlink(bench->diag);
	assert_null(recording_create(bench->directory, &error));
	assert_int_equal(access(bench->wire, F_OK), -1);
	assert_int_equal(access(bench->diag, F_OK), -1);
}

static void an_existing_directory_keeps_its_mode(void **state)
{
	const struct bench *bench = *state;

	mkdir(bench->directory, 0755);
	chmod(bench->directory, 0755);
	recording_close(create(bench), NULL);
	assert_int_equal(mode_of(bench->directory), 0755);
}

static void a_directory_that_cannot_be_made_is_an_error(void **state)
{
	const struct bench *bench = *state;
	struct error error = {.text = ""};
	char below[128];

	snprintf(below, sizeof(below), "%s/a/b", bench->top);
	assert_null(recording_create(below, &error));
	assert_non_null(strstr(error.text, below));
	assert_null(recording_create("/dev/null", &error));
	assert_non_null(strstr(error.text, "/dev/null"));
	assert_null(recording_create("", &error));
}

static void a_file_cut_anywhere_gives_all_whole_records(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	enum { PACKETS = 5, RECORD = 16 + sizeof(syn), HEADER = 24 };
	struct error error = {.text = ""};
	struct seen seen;

	for (int i = 0; i < PACKETS; i++)
		recording_packet(recording, start_ns + i, syn, sizeof(syn), sizeof(syn), NULL);
	recording_close(recording, NULL);
	assert_int_equal(size_of(bench->wire), HEADER + PACKETS * RECORD);
	for (off_t size = HEADER + PACKETS * RECORD; size >= HEADER; size--) {
		assert_int_equal(truncate(bench->wire, size), 0);
		assert_int_equal(
			read_wire(bench->wire, NULL, &seen, NULL), (size - HEADER) % RECORD != 0);
		assert_int_equal(seen.count, (size - HEADER) / RECORD);
	}
	for (off_t size = HEADER - 1; size >= 0; size--) {
		assert_int_equal(truncate(bench->wire, size), 0);
		assert_null(wire_open_file(bench->wire, NULL, &error));
		assert_non_null(strstr(error.text, "wire.pcap"));
	}
}

static void a_full_disk_is_one_error_and_whole_records_stay(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	struct rlimit before, limit;
	struct error error = {.text = ""};
	struct seen seen;
	int result = 0, tries;

	/* EFBIG at 100,000 bytes stands for ENOSPC: the same path, without a file system of its
	 * own. */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 100000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (tries = 0; tries < 100000 && result == 0; tries++)
		result = recording_packet(
			recording, start_ns + tries, syn, sizeof(syn), sizeof(syn), &error);
	assert_int_equal(result, -1);
	assert_non_null(strstr(error.text, bench->wire));
	assert_int_equal(
		recording_packet(recording, start_ns, syn, sizeof(syn), sizeof(syn), &error), -1);
	/* the other files go on, and closing does not say it again */
	assert_int_equal(recording_fact(recording, "{\"type\":\"end\"}", &error), 0);
	assert_int_equal(recording_close(recording, &error), 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(read_wire(bench->wire, NULL, &seen, NULL));
	assert_int_equal(seen.count, (100000 - 24) / (16 + sizeof(syn)));
	assert_int_equal(size_of(bench->facts), strlen("{\"type\":\"end\"}\n"));
}

static void a_kill_loses_nothing_that_was_flushed(void **state)
{
	const struct bench *bench = *state;
	int ready[2], status;
	struct seen seen;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct recording *recording = create(bench);

		for (int i = 0;; i++) {
			recording_packet(
				recording, start_ns + i, syn, sizeof(syn), sizeof(syn), NULL);
			if (i == 20000 && (recording_flush(recording, NULL) != 0 ||
						  write(ready[1], "x", 1) != 1))
				_exit(1);
		}
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	close(ready[1]);
	read_wire(bench->wire, NULL, &seen, NULL);
	assert_true(seen.count > 20000);
	assert_int_equal(seen.last_ns, start_ns + (int64_t)seen.count - 1);
}

static void write_bytes(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, data, size), (ssize_t)size);
	close(fd);
}

static void what_is_no_capture_is_an_error_that_names_it(void **state)
{
	const struct bench *bench = *state;
	const uint32_t zigbee[6] = {0xa1b23c4d, 0x00040002, 0, 0, 65535, 195},
		       odd[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 999};
	const struct {
		const void *data;
		size_t size;
		const char *named;
	} files[] = {{"hello, this is no capture at all", 32, "not a capture"}, {"", 0, "empty"},
		{zigbee, sizeof(zigbee), "IEEE802_15_4"}, {odd, sizeof(odd), "999"}};
	struct error error = {.text = ""};

	assert_int_equal(mkdir(bench->directory, 0700), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		write_bytes(bench->wire, files[i].data, files[i].size);
		assert_null(wire_open_file(bench->wire, NULL, &error));
		if (strstr(error.text, bench->wire) == NULL ||
			strstr(error.text, files[i].named) == NULL)
			fail_msg("\"%s\" names neither %s nor \"%s\"", error.text, bench->wire,
				files[i].named);
	}
	assert_null(wire_open_file("/nowhere/wire.pcap", NULL, &error));
	assert_string_equal(error.text, "/nowhere/wire.pcap: No such file or directory");
	assert_null(wire_open_file(bench->directory, NULL, &error));
	assert_non_null(strstr(error.text, "is a directory"));
	unlink(bench->wire);
	recording_close(create(bench), NULL);
	assert_null(wire_open_file(bench->diag, NULL, &error));
	assert_non_null(strstr(error.text, "netlink"));
	assert_null(diag_open_file(bench->wire, &error));
	assert_non_null(strstr(error.text, "holds packets"));
}

static void a_corrupt_record_ends_the_file_with_an_error(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	const uint32_t absurd = 0xfffffff0;
	struct error error = {.text = ""};
	struct seen seen = {.count = 0};
	struct wire *wire;
	int fd, n;

	for (int i = 0; i < 3; i++)
		recording_packet(recording, start_ns + i, syn, sizeof(syn), sizeof(syn), NULL);
	recording_close(recording, NULL);
	fd = open(bench->wire, O_WRONLY);
	assert_int_equal(pwrite(fd, &absurd, sizeof(absurd), 24 + 2 * (16 + sizeof(syn)) + 8),
		sizeof(absurd));
	close(fd);
	wire = wire_open_file(bench->wire, NULL, &error);
	assert_non_null(wire);
	while ((n = wire_dispatch(wire, 1, see, &seen, &error)) > 0)
		;
	assert_int_equal(n, -1);
	assert_int_equal(seen.count, 2);
	assert_non_null(strstr(error.text, "after record 2"));
	wire_close(wire);
}

static void pcapng_is_read_too(void **state)
{
	const struct bench *bench = *state;
	/* section header; interface: raw IP, if_tsresol 10^-9; enhanced packet at
	 * 1795367880.575009123 s; then the same cut off
	 */
	uint32_t file[7 + 8 + 8 + 10 + 4] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 0x00000001, 0xffffffff,
		0xffffffff, 28, 1, 32, 101, 0, 0x00010009, 9, 0, 32, 6, 72, 0,
		(uint32_t)(1795367880575009123 >> 32), (uint32_t)(1795367880575009123 & 0xffffffff),
		40, 40};
	struct seen seen;

	memcpy(&file[22], syn, sizeof(syn));
	file[32] = 72;
	file[33] = 6;
	file[34] = 72;
	assert_int_equal(mkdir(bench->directory, 0700), 0);
	write_bytes(bench->wire, file, 33 * 4);
	assert_false(read_wire(bench->wire, NULL, &seen, NULL));
	assert_int_equal(seen.count, 1);
	assert_int_equal(seen.first_ns, start_ns);
	write_bytes(bench->wire, file, 36 * 4);
	assert_true(read_wire(bench->wire, NULL, &seen, NULL));
	assert_int_equal(seen.count, 1);
}

static void a_fact_is_one_line(void **state)
{
	const struct bench *bench = *state;
	struct recording *recording = create(bench);
	struct error error = {.text = ""};

	assert_int_equal(recording_fact(recording, "{}\n{}", &error), -1);
	assert_int_equal(recording_fact(recording, NULL, &error), -1);
	assert_int_equal(recording_fact(recording, "{}", &error), 0);
	assert_int_equal(recording_flush(recording, &error), 0);
	assert_int_equal(size_of(bench->facts), 3);
	recording_close(recording, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_files_are_there_from_creation_on_and_private),
		TEST(packets_come_back_with_time_and_number),
		TEST(a_filter_does_not_renumber_packets),
		TEST(a_recording_is_never_overwritten),
		TEST(an_existing_directory_keeps_its_mode),
		TEST(a_directory_that_cannot_be_made_is_an_error),
		TEST(a_file_cut_anywhere_gives_all_whole_records),
		TEST(a_full_disk_is_one_error_and_whole_records_stay),
		TEST(a_kill_loses_nothing_that_was_flushed),
		TEST(what_is_no_capture_is_an_error_that_names_it),
		TEST(a_corrupt_record_ends_the_file_with_an_error),
		TEST(pcapng_is_read_too),
		TEST(a_fact_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
