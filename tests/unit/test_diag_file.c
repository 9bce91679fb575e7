/* diag.c, diag_live.c and wire.c against a real kernel, in a namespace of their own: what a
 * recording gives back is what the live source said, event by event; and the sources say what the
 * sockets are. Skipped where no namespace may be made. */
#include "diag_place.h"

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
	assert_int_equal(diag_statistics(diag).lost_rows, 0);
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

/* Is it a socket of this port that has ended? Those of the tests before may be told still. */
struct awaited {
	uint16_t port_be;
	size_t told;
};

static void note_end(void *context, const struct event *event)
{
	struct awaited *awaited = context;
	const struct flow_key *key = &event->u.diag.row.key;

	awaited->told +=
		event->kind == EVENT_DESTROYED &&
		(key->port_be[0] == awaited->port_be || key->port_be[1] == awaited->port_be);
}

static void a_closed_socket_is_told_without_being_asked(void **state)
{
	NEED_NAMESPACE();
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	struct diag *diag = open_live(NULL);
	struct ends ends = connect_pair();
	struct awaited awaited = {.port_be = ends.server_key.port_be[1]};
	struct error error = {.text = ""};

	if (diag_destroy_fd(diag) < 0) {
		print_message("SKIPPED: this kernel has no DESTROY groups\n");
	} else {
		setsockopt(ends.client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(ends.client);
		ends.client = socket(AF_INET, SOCK_STREAM, 0);
		while (awaited.told == 0) {
			struct pollfd poll_for = {.fd = diag_destroy_fd(diag), .events = POLLIN};

			assert_int_equal(poll(&poll_for, 1, PATIENCE_MS), 1);
			assert_true(diag_dispatch(diag, 64, note_end, &awaited, &error) >= 0);
		}
	}
	close_pair(&ends);
	diag_close(diag);
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
	};

	return cmocka_run_group_tests(tests, enter_namespace, NULL);
}
