/* diag.c, diag_live.c and wire.c against a real kernel, in a namespace of their own: what a
 * recording gives back is what the live source said, event by event; and the sources say what the
 * sockets are. Skipped where no namespace may be made. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <pcap/dlt.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcpstate/source.h"
#include "tcpstate/state.h"

enum { PATIENCE_MS = 5000, LINES_MAX = 4096 };

/* ---- the namespace ---- */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static const char *no_namespace; /* why not; NULL: we are in one */

static int enter_namespace(void **state)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	unsigned uid = getuid(), gid = getgid();
	char map[64];
	int fd;

	(void)state;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0) {
		/* files can be made only by a user who exists */
		snprintf(map, sizeof(map), "%u %u 1", uid, uid);
		if (!write_text("/proc/self/uid_map", map))
			no_namespace = "uid_map";
		snprintf(map, sizeof(map), "%u %u 1", gid, gid);
		if (!write_text("/proc/self/setgroups", "deny") ||
			!write_text("/proc/self/gid_map", map))
			no_namespace = "gid_map";
	} else if (unshare(CLONE_NEWNET) != 0) {
		no_namespace = strerror(errno);
	}
	if (no_namespace != NULL)
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (ioctl(fd, SIOCSIFFLAGS, &request) != 0)
		no_namespace = "lo cannot be brought up";
	close(fd);
	return 0;
}

#define NEED_NAMESPACE()                                                                           \
	do {                                                                                       \
		(void)state;                                                                       \
		if (no_namespace != NULL) {                                                        \
			print_message("SKIPPED: no network namespace here: %s\n", no_namespace);   \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* ---- events as lines of text, so that two streams can be compared ---- */

struct stream {
	size_t count;
	char *lines[LINES_MAX];
	size_t kinds[16];
	struct sockrow last_row;
	uint64_t last_number;
	uint64_t dump_ended;
};

static void stream_free(struct stream *stream)
{
	for (size_t i = 0; i < stream->count; i++)
		free(stream->lines[i]);
	free(stream);
}

static void note(void *context, const struct event *event)
{
	struct stream *stream = context;
	const struct sockrow *row = &event->u.diag.row;
	char local[FLOW_END_TEXT], remote[FLOW_END_TEXT], *line = NULL;

	assert_true(stream->count < LINES_MAX);
	stream->kinds[event->kind]++;
	if (event->kind == EVENT_DUMP_END) {
		stream->dump_ended = event->number;
		assert_int_not_equal(asprintf(&line, "%d %ld %ld %lu", event->kind, event->t_ns,
					     event->asked_ns, event->number),
			-1);
	} else {
		stream->last_row = *row;
		stream->last_number = event->number;
		assert_int_not_equal(
			asprintf(&line,
				"%d %ld %ld %lu %d %s %s %s q %u %u timer %u %u %u uid %u inode %u "
				"cookie %lx %d found %s",
				event->kind, event->t_ns, event->asked_ns, event->number,
				event->exact, flow_end_text(&row->key, 0, local),
				flow_end_text(&row->key, 1, remote), state_name(row->state),
				row->recv_q, row->send_q, row->timer, row->retrans, row->expires_ms,
				row->uid, row->inode, row->cookie, event->u.diag.other,
				state_name(event->u.diag.found.state)),
			-1);
	}
	stream->lines[stream->count++] = line;
}

static void dispatch_until(
	struct diag *diag, struct stream *stream, const size_t *counter, size_t wanted)
{
	struct error error = {.text = ""};

	while (*counter < wanted) {
		struct pollfd polls[] = {{.fd = diag_fd(diag), .events = POLLIN},
			{.fd = diag_destroy_fd(diag), .events = POLLIN}};

		assert_int_not_equal(poll(polls, 2, PATIENCE_MS), 0);
		if (diag_dispatch(diag, 64, note, stream, &error) < 0)
			fail_msg("%s", error.text);
	}
}

/* ---- sockets to look at ---- */

struct ends {
	int listener, client, server;
	struct flow_key server_key;
};

static uint16_t port_of(int fd, bool peer)
{
	struct sockaddr_in address = {0};
	socklen_t size = sizeof(address);

	assert_int_equal(
		(peer ? getpeername : getsockname)(fd, (struct sockaddr *)&address, &size), 0);
	return address.sin_port;
}

static struct ends connect_pair(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct ends ends = {.listener = socket(AF_INET, SOCK_STREAM, 0),
		.client = socket(AF_INET, SOCK_STREAM, 0)};

	assert_int_equal(bind(ends.listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(ends.listener, 3), 0);
	address.sin_port = port_of(ends.listener, false);
	assert_int_equal(connect(ends.client, (struct sockaddr *)&address, sizeof(address)), 0);
	ends.server = accept(ends.listener, NULL, NULL);
	assert_true(ends.server >= 0);
	ends.server_key = (struct flow_key){.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.addr = {{127, 0, 0, 1}, {127, 0, 0, 1}},
		.port_be = {address.sin_port, port_of(ends.client, false)}};
	return ends;
}

static void close_pair(const struct ends *ends)
{
	close(ends->client);
	close(ends->server);
	close(ends->listener);
}

static uint32_t inode_of(int fd)
{
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	return (uint32_t)status.st_ino;
}

/* ---- a recording in a temporary directory ---- */

struct place {
	char top[64], directory[80], wire[96], diag[96], facts[96];
};

static struct recording *record(struct place *place)
{
	struct error error = {.text = ""};
	struct recording *recording;

	strcpy(place->top, "/tmp/tcpstate-test-XXXXXX");
	assert_non_null(mkdtemp(place->top));
	snprintf(place->directory, sizeof(place->directory), "%s/run", place->top);
	snprintf(place->wire, sizeof(place->wire), "%s/wire.pcap", place->directory);
	snprintf(place->diag, sizeof(place->diag), "%s/diag.pcap", place->directory);
	snprintf(place->facts, sizeof(place->facts), "%s/facts.jsonl", place->directory);
	recording = recording_create(place->directory, &error);
	if (recording == NULL)
		fail_msg("%s", error.text);
	return recording;
}

static void remove_place(const struct place *place)
{
	unlink(place->wire);
	unlink(place->diag);
	unlink(place->facts);
	rmdir(place->directory);
	rmdir(place->top);
}

static struct diag *open_live(struct recording *tee)
{
	struct error error = {.text = ""};
	struct diag *diag = diag_open_live(tee, &error);

	if (diag == NULL)
		fail_msg("%s", error.text);
	return diag;
}

/* ---- tests ---- */

static void a_look_up_tells_a_socket_from_none_and_from_another(void **state)
{
	NEED_NAMESPACE();
	struct stream *stream = calloc(1, sizeof(*stream));
	struct diag *diag = open_live(NULL);
	struct ends ends = connect_pair();
	struct flow_key keys[3] = {ends.server_key, ends.server_key, ends.server_key};
	const int64_t before = now_ns();

	keys[1].port_be[0] = htons(1); /* nobody there */
	keys[2].port_be[1] = htons(1); /* nobody, but the listener answers */
	assert_int_equal(diag_lookup(diag, keys, NULL, 3, NULL), 3);
	dispatch_until(diag, stream, &stream->count, 3);
	assert_int_equal(stream->kinds[EVENT_ROW], 1);
	assert_int_equal(stream->kinds[EVENT_ABSENT], 2);
	assert_non_null(strstr(stream->lines[0], "ESTABLISHED"));
	assert_non_null(strstr(stream->lines[1], "found UNKNOWN"));
	assert_non_null(strstr(stream->lines[2], "found LISTEN"));
	assert_true(before <= now_ns());
	assert_int_equal(diag_statistics(diag).rows, 1);
	assert_int_equal(diag_statistics(diag).absent, 2);
	assert_int_equal(diag_statistics(diag).requests, 3);
	close_pair(&ends);
	diag_close(diag);
	stream_free(stream);
}

static void look_ups_beyond_what_the_socket_holds_are_left_to_the_caller(void **state)
{
	NEED_NAMESPACE();
	enum { KEYS = 1000 };
	struct flow_key *keys = calloc(KEYS, sizeof(*keys));
	struct stream *stream = calloc(1, sizeof(*stream));
	struct diag *diag = open_live(NULL);
	struct ends ends = connect_pair();
	size_t asked = 0;

	for (size_t i = 0; i < KEYS; i++)
		keys[i] = ends.server_key;
	while (asked < KEYS) {
		int n = diag_lookup(diag, keys + asked, NULL, KEYS - asked, NULL);

		assert_true(n > 0 && n < KEYS);
		asked += (size_t)n;
		dispatch_until(diag, stream, &stream->kinds[EVENT_ROW], asked);
	}
	assert_int_equal(stream->kinds[EVENT_ROW], KEYS);
	assert_int_equal(diag_statistics(diag).overruns, 0);
	close_pair(&ends);
	diag_close(diag);
	stream_free(stream);
	free(keys);
}

static void a_dump_shows_each_socket_once_and_ends(void **state)
{
	NEED_NAMESPACE();
	struct stream *stream = calloc(1, sizeof(*stream)), *now = calloc(1, sizeof(*now));
	struct diag *diag = open_live(NULL);
	struct ends ends = connect_pair();
	int udp = socket(AF_INET6, SOCK_DGRAM, 0);
	const struct sockaddr_in6 address = {.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
		.sin6_port = htons(5353)};
	int64_t first, second;
	size_t found = 0;

	assert_int_equal(bind(udp, (const struct sockaddr *)&address, sizeof(address)), 0);
	first = diag_dump(diag, true, true, DIAG_STATES_ALL, NULL);
	/* waits for its turn */
	second = diag_dump(diag, true, false, 1 << STATE_LISTEN, NULL);
	assert_true(first > 0 && second > first);
	/* one datagram at a time: not to read on into the second dump */
	while (stream->kinds[EVENT_DUMP_END] == 0)
		assert_true(diag_dispatch(diag, 1, note, stream, NULL) >= 0);
	assert_int_equal(stream->dump_ended, first);
	for (size_t i = 0; i < stream->count; i++)
		found += strstr(stream->lines[i], " [::1]:5353 ") != NULL ||
			 strstr(stream->lines[i], " LISTEN q 0 3 ") != NULL ||
			 strstr(stream->lines[i], " ESTABLISHED ") != NULL;
	assert_int_equal(found, 4);
	found = stream->kinds[EVENT_ROW];
	dispatch_until(diag, stream, &stream->kinds[EVENT_DUMP_END], 2);
	assert_int_equal(stream->dump_ended, second);
	assert_int_equal(stream->kinds[EVENT_ROW], found + 1);

	assert_int_equal(
		diag_dump_now(diag, true, true, DIAG_STATES_ALL, PATIENCE_MS, note, now, NULL), 0);
	assert_int_equal(now->kinds[EVENT_ROW], found);
	assert_int_equal(now->kinds[EVENT_DUMP_END], 1);
	close(udp);
	close_pair(&ends);
	diag_close(diag);
	stream_free(stream);
	stream_free(now);
}

static void a_closed_socket_is_told_without_being_asked(void **state)
{
	NEED_NAMESPACE();
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct stream *stream = calloc(1, sizeof(*stream));
	struct diag *diag = open_live(NULL);
	struct ends ends = connect_pair();

	if (diag_destroy_fd(diag) < 0) {
		print_message("SKIPPED: this kernel has no DESTROY groups\n");
	} else {
		setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(ends.client);
		ends.client = socket(AF_INET, SOCK_STREAM, 0);
		dispatch_until(diag, stream, &stream->kinds[EVENT_DESTROYED], 1);
		assert_true(stream->last_row.key.port_be[0] == ends.server_key.port_be[1] ||
			    stream->last_row.key.port_be[1] == ends.server_key.port_be[1]);
	}
	close_pair(&ends);
	diag_close(diag);
	stream_free(stream);
}

/* Everything the live source can say, recorded. */
static void live_run(struct diag *diag, struct stream *live)
{
	struct ends ends = connect_pair();
	struct flow_key keys[2] = {ends.server_key, ends.server_key};
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5353)};
	uint64_t cookies[2] = {0, 0x1234};

	assert_int_equal(bind(udp, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(diag_lookup(diag, keys, cookies, 2, NULL), 2);
	assert_true(diag_dump(diag, true, true, DIAG_STATES_ALL, NULL) > 0);
	dispatch_until(diag, live, &live->kinds[EVENT_ABSENT], 1);
	dispatch_until(diag, live, &live->kinds[EVENT_DUMP_END], 1);
	assert_int_equal(
		diag_dump_now(diag, true, true, DIAG_STATES_ALL, PATIENCE_MS, note, live, NULL), 0);
	close(ends.client);
	close(ends.server);
	assert_int_equal(diag_lookup(diag, keys, NULL, 1, NULL), 1);
	assert_true(
		diag_dump(diag, true, false, DIAG_STATES_ALL & ~(1U << STATE_TIME_WAIT), NULL) > 0);
	dispatch_until(diag, live, &live->kinds[EVENT_DUMP_END], 3);
	while (diag_dispatch(diag, 64, note, live, NULL) > 0)
		;
	close(udp);
	close(ends.listener);
	while (diag_dispatch(diag, 64, note, live, NULL) > 0)
		;
}

static struct stream *replay(const char *path, bool *torn, uint64_t *malformed)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	struct error error = {.text = ""};
	struct diag *diag = diag_open_file(path, &error);
	int n;

	if (diag == NULL)
		fail_msg("%s", error.text);
	assert_int_equal(diag_fd(diag), -1);
	assert_int_equal(diag_destroy_fd(diag), -1);
	while ((n = diag_dispatch(diag, 3, note, stream, &error)) > 0)
		;
	if (n < 0)
		fail_msg("%s", error.text);
	*torn = diag_torn(diag);
	*malformed = diag_statistics(diag).malformed;
	diag_close(diag);
	return stream;
}

static void a_recording_gives_the_events_the_live_source_gave(void **state)
{
	NEED_NAMESPACE();
	struct place place;
	struct recording *recording = record(&place);
	struct diag *diag = open_live(recording);
	struct stream *live = calloc(1, sizeof(*live)), *recorded;
	uint64_t malformed;
	bool torn;

	live_run(diag, live);
	diag_close(diag);
	assert_int_equal(recording_close(recording, NULL), 0);
	recorded = replay(place.diag, &torn, &malformed);
	assert_false(torn);
	assert_int_equal(malformed, 0);
	assert_true(live->kinds[EVENT_ROW] > 10);
	for (size_t i = 0; i < live->count && i < recorded->count; i++)
		assert_string_equal(recorded->lines[i], live->lines[i]);
	assert_int_equal(recorded->count, live->count);
	stream_free(live);
	stream_free(recorded);
	remove_place(&place);
}

static void a_damaged_recording_never_crashes_and_a_cut_one_is_torn(void **state)
{
	NEED_NAMESPACE();
	enum { BYTES = 64 * 1024 };
	struct place place;
	struct recording *recording = record(&place);
	struct diag *diag = open_live(recording);
	struct stream *live = calloc(1, sizeof(*live));
	uint8_t *bytes = malloc(BYTES);
	uint64_t malformed, damaged = 0;
	uint32_t random = 1;
	ssize_t size;
	int fd;
	bool torn;

	live_run(diag, live);
	diag_close(diag);
	recording_close(recording, NULL);
	stream_free(live);
	fd = open(place.diag, O_RDWR);
	size = read(fd, bytes, BYTES);
	assert_true(size > 2000);
	for (int round = 0; round < 500; round++) {
		/* behind the first record's header: so that libpcap still reads the file */
		size_t at = 24 + 16 + random % 1500;

		random = random * 1664525 + 1013904223;
		if (pwrite(fd, &(uint8_t){(uint8_t)(random >> 24)}, 1, (off_t)at) != 1)
			fail();
		struct error error = {.text = ""};
		struct stream *stream = calloc(1, sizeof(*stream));
		struct diag *file = diag_open_file(place.diag, &error);

		assert_non_null(file);
		while (diag_dispatch(file, 100, note, stream, &error) > 0)
			;
		damaged += diag_statistics(file).malformed;
		diag_close(file);
		stream_free(stream);
		if (pwrite(fd, bytes + at, 1, (off_t)at) != 1)
			fail();
	}
	assert_true(damaged > 0);
	assert_int_equal(ftruncate(fd, size - 5), 0);
	stream_free(replay(place.diag, &torn, &malformed));
	assert_true(torn);
	close(fd);
	free(bytes);
	remove_place(&place);
}

/* A netlink message of this type and number; payload: an inet_diag_msg of a LISTEN socket with this
 * cookie, or four zero bytes (DONE). */
static size_t message(void *buffer, uint16_t type, uint32_t sequence, uint32_t cookie)
{
	struct inet_diag_msg row = {.idiag_family = AF_INET,
		.idiag_state = STATE_LISTEN,
		.id = {.idiag_sport = htons(80), .idiag_cookie = {cookie}}};
	size_t payload = type == NLMSG_DONE ? 4 : sizeof(row);
	struct nlmsghdr header = {.nlmsg_len = (uint32_t)(sizeof(header) + payload),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_MULTI,
		.nlmsg_seq = sequence,
		.nlmsg_pid = 99};

	memset(buffer, 0, sizeof(header) + payload);
	memcpy(buffer, &header, sizeof(header));
	if (type != NLMSG_DONE)
		memcpy((char *)buffer + sizeof(header), &row, sizeof(row));
	return header.nlmsg_len;
}

static void a_socket_that_a_dump_shows_twice_is_told_once(void **state)
{
	/* ours (two requests make up dump 5), ours again (dump 6), another program's */
	static const struct {
		uint32_t sequence;
		uint64_t rows, ended;
	} requests[] = {{0x80000000 | 5 << 3, 1, 0}, {0xc0000000 | 5 << 3 | 1, 0, 5},
		{0xc0000000 | 6 << 3, 1, 6}, {123456, 2, 123456}};
	struct place place;
	struct recording *recording = record(&place);
	struct stream *stream;
	uint64_t malformed, rows = 0;
	uint8_t buffer[256];
	int64_t t_ns = 1000;
	size_t at = 0;
	bool torn;

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		size_t length = diag_request_dump(
			buffer, AF_INET, IPPROTO_TCP, 1 << STATE_LISTEN, requests[i].sequence);

		assert_int_equal(
			recording_diag(recording, t_ns++, true, buffer, length, NULL), i * 4 + 1);
		for (int twice = 0; twice < 2; twice++)
			recording_diag(recording, t_ns++, false, buffer,
				message(buffer, 20, requests[i].sequence, 7), NULL);
		recording_diag(recording, t_ns++, false, buffer,
			message(buffer, NLMSG_DONE, requests[i].sequence, 0), NULL);
	}
	recording_close(recording, NULL);
	stream = replay(place.diag, &torn, &malformed);
	assert_int_equal(malformed, 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		rows += requests[i].rows;
		at += requests[i].rows + (requests[i].ended != 0);
		if (requests[i].ended != 0) {
			char end[64];

			/* asked when the first request of the dump was sent, ended with its last
			 * message */
			snprintf(end, sizeof(end), "%d %zu %zu %lu", EVENT_DUMP_END,
				1000 + i * 4 + 3, 1000 + (i == 1 ? 0 : i * 4), requests[i].ended);
			assert_string_equal(stream->lines[at - 1], end);
		}
	}
	assert_int_equal(stream->kinds[EVENT_ROW], rows);
	assert_int_equal(stream->count, at);
	stream_free(stream);
	remove_place(&place);
}

static void tshark_reads_requests_and_replies(void **state)
{
	NEED_NAMESPACE();
	struct place place;
	struct recording *recording = record(&place);
	struct diag *diag = open_live(recording);
	struct stream *live = calloc(1, sizeof(*live));
	char command[512], line[256];
	size_t requests = 0, established = 0, malformed = 0;
	FILE *pipe;

	live_run(diag, live);
	diag_close(diag);
	recording_close(recording, NULL);
	snprintf(command, sizeof(command),
		"tshark -r %s -T fields -e netlink.hdr_flags.request -e netlink-sock_diag.state -e "
		"_ws.malformed "
		"2>/dev/null",
		place.diag);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe) != NULL) {
		char *rest, *states = strchr(line, '\t');

		requests += line[0] == '1' || strncmp(line, "True", 4) == 0;
		malformed += strstr(line, "alformed") != NULL;
		for (char *one = states != NULL ? strtok_r(states, "\t,\n", &rest) : NULL;
			one != NULL; one = strtok_r(NULL, "\t,\n", &rest))
			established += strcmp(one, "1") == 0;
	}
	int status = pclose(pipe);
	if (WEXITSTATUS(status) == 127) {
		print_message("SKIPPED: no tshark here\n");
	} else {
		assert_int_equal(status, 0);
		/* 2 datagrams of look-ups, dumps of 4, 6 and 2 requests */
		assert_int_equal(requests, 14);
		assert_true(established >= 3);
		assert_int_equal(malformed, 0);
	}
	stream_free(live);
	remove_place(&place);
}

struct packets {
	size_t syns, total, wrong_number;
	uint64_t last;
};

static void count_packets(void *context, const struct event *event)
{
	struct packets *packets = context;

	packets->total++;
	packets->syns += event->u.segment.kind == SEGMENT_TCP &&
			 (event->u.segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	packets->wrong_number += event->number != packets->last + 1;
	packets->last = event->number;
}

static void each_loopback_packet_is_captured_once(void **state)
{
	NEED_NAMESPACE();
	static const char *const interfaces[] = {NULL, "lo"};

	for (size_t i = 0; i < 2; i++) {
		struct place place;
		struct recording *recording = record(&place);
		struct error error = {.text = ""};
		const struct wire_options options = {.interface = interfaces[i], .tee = recording};
		struct wire *wire = wire_open_live(&options, &error);
		struct packets live = {0}, recorded = {0};
		struct wire_stats stats;
		struct ends ends;

		if (wire == NULL)
			fail_msg("%s", error.text);
		assert_int_equal(
			wire_linktype(wire), interfaces[i] == NULL ? DLT_LINUX_SLL2 : DLT_EN10MB);
		ends = connect_pair();
		close_pair(&ends);
		/* SYN, SYN-ACK, ACK, two FINs at the least: wait for the last ACK or RST, then
		 * until nothing more comes */
		while (live.total < 6) {
			struct pollfd poll_fd = {.fd = wire_fd(wire), .events = POLLIN};

			assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
			assert_true(wire_dispatch(wire, 64, count_packets, &live, &error) >= 0);
		}
		while (wire_dispatch(wire, 64, count_packets, &live, &error) > 0)
			;
		assert_int_equal(live.syns, 1);
		assert_int_equal(live.wrong_number, 0);
		stats = wire_statistics(wire);
		assert_int_equal(stats.packets, live.total);
		assert_int_equal(stats.dropped_kernel, 0);
		wire_close(wire);
		recording_close(recording, NULL);
		wire = wire_open_file(place.wire, NULL, &error);
		assert_non_null(wire);
		while (wire_dispatch(wire, 64, count_packets, &recorded, &error) > 0)
			;
		assert_int_equal(recorded.total, live.total);
		assert_int_equal(recorded.syns, 1);
		wire_close(wire);
		remove_place(&place);
	}
}

static void an_interface_missing_or_down_is_named_and_one_that_comes_back_is_heard(void **state)
{
	NEED_NAMESPACE();
	struct ifreq request = {.ifr_name = "lo"};
	struct wire_options options = {.interface = "eth99"};
	struct packets packets = {0};
	struct error error = {.text = ""};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_null(wire_open_live(&options, &error));
	assert_non_null(strstr(error.text, "eth99: no such interface"));
	assert_non_null(strstr(error.text, "lo"));
	options.interface = "lo";
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	assert_null(wire_open_live(&options, &error));
	assert_non_null(strstr(error.text, "lo: the interface is down"));
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	struct wire *wire = wire_open_live(&options, &error);
	assert_non_null(wire);
	request.ifr_flags = 0;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	assert_int_equal(wire_dispatch(wire, 1, count_packets, &packets, &error), 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
	/* the capture goes on when the interface comes back */
	struct ends ends = connect_pair();
	while (packets.syns == 0) {
		struct pollfd poll_fd = {.fd = wire_fd(wire), .events = POLLIN};

		assert_int_equal(poll(&poll_fd, 1, PATIENCE_MS), 1);
		assert_true(wire_dispatch(wire, 64, count_packets, &packets, &error) >= 0);
	}
	close_pair(&ends);
	wire_close(wire);
	close(fd);
}

struct moved {
	int64_t passive_opens;
	size_t count;
};

static void count_counters(void *context, const struct event *event)
{
	struct moved *moved = context;

	assert_int_equal(event->kind, EVENT_COUNTER);
	assert_int_not_equal(event->u.fact.delta, 0);
	moved->count++;
	if (strcmp(event->u.fact.text, "TcpPassiveOpens") == 0)
		moved->passive_opens += event->u.fact.delta;
}

static void counters_tell_what_changed_here(void **state)
{
	NEED_NAMESPACE();
	struct counters *counters = counters_new(NULL);
	struct moved moved = {0};
	struct ends ends;
	int64_t value = -1;

	assert_non_null(counters);
	assert_true(counters_value(counters, "TcpPassiveOpens", &value));
	assert_int_equal(value, 0);
	ends = connect_pair();
	assert_int_equal(counters_read(counters, count_counters, &moved, NULL), 0);
	assert_int_equal(moved.passive_opens, 1);
	assert_true(counters_value(counters, "TcpPassiveOpens", &value));
	assert_int_equal(value, 1);
	assert_true(counters_value(counters, "ListenOverflows", &value) &&
		    counters_value(counters, "TcpExtListenOverflows", &value));
	assert_int_equal(value, 0);
	assert_false(counters_value(counters, "NoSuchCounter", &value));
	moved = (struct moved){0};
	assert_int_equal(counters_read(counters, count_counters, &moved, NULL), 0);
	assert_int_equal(moved.passive_opens, 0);
	close_pair(&ends);
	counters_free(counters);
}

static void count_owner(void *context, const struct event *event)
{
	size_t *counts = context;

	assert_int_equal(event->kind, EVENT_OWNER);
	assert_int_equal(event->u.fact.owner.pid, getpid());
	counts[0]++;
}

static void owners_are_found_once(void **state)
{
	NEED_NAMESPACE();
	const int me = getpid();
	struct owners *owners = owners_new(true);
	struct ends ends = connect_pair();
	size_t count = 0;

	assert_null(owners_find(owners, inode_of(ends.server)));
	assert_int_equal(owners_scan(owners, &me, 1, count_owner, &count, NULL), 0);
	assert_true(count >= 3);
	assert_non_null(owners_find(owners, inode_of(ends.server)));
	assert_int_equal(owners_find(owners, inode_of(ends.server))->pid, me);
	assert_non_null(
		strstr(owners_find(owners, inode_of(ends.server))->program, "test_diag_file"));
	count = 0;
	assert_int_equal(owners_scan(owners, &me, 1, count_owner, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_null(owners_find(owners, 0));
	close_pair(&ends);
	owners_free(owners);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_look_up_tells_a_socket_from_none_and_from_another),
		cmocka_unit_test(look_ups_beyond_what_the_socket_holds_are_left_to_the_caller),
		cmocka_unit_test(a_dump_shows_each_socket_once_and_ends),
		cmocka_unit_test(a_closed_socket_is_told_without_being_asked),
		cmocka_unit_test(a_recording_gives_the_events_the_live_source_gave),
		cmocka_unit_test(a_damaged_recording_never_crashes_and_a_cut_one_is_torn),
		cmocka_unit_test(a_socket_that_a_dump_shows_twice_is_told_once),
		cmocka_unit_test(tshark_reads_requests_and_replies),
		cmocka_unit_test(each_loopback_packet_is_captured_once),
		cmocka_unit_test(
			an_interface_missing_or_down_is_named_and_one_that_comes_back_is_heard),
		cmocka_unit_test(counters_tell_what_changed_here),
		cmocka_unit_test(owners_are_found_once),
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
