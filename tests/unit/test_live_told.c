/* The model of `top`: what rows, counters, losses and packets tell it one by one, and what of it
 * counts for nothing. */
#include "live_bench.h"

static struct live_frame one_frame(struct live *live)
{
	return frame_at(live, 100000 * MS);
}

static size_t sockets_after(struct live *live)
{
	struct live_frame frame = one_frame(live);
	size_t sockets = frame.sockets;

	live_frame_free(&frame);
	return sockets;
}

static struct live_totals totals_of(struct live *live)
{
	struct live_frame frame = one_frame(live);
	struct live_totals totals = frame.totals;

	live_frame_free(&frame);
	return totals;
}

/* ---- counters and losses ---- */

static void count(struct live *live, const char *name, int64_t delta, int64_t t_ms)
{
	struct event event = {.kind = EVENT_COUNTER, .t_ns = t_ms * MS};

	event.u.fact.text = name;
	event.u.fact.delta = delta;
	live_event(live, &event);
}

static void the_kernels_counters_are_added_up(void **state)
{
	struct live *live = live_new();
	struct live_totals totals;

	(void)state;
	count(live, "TcpExtListenOverflows", 2, 10);
	count(live, "TcpExtListenOverflows", 3, 20);
	count(live, "TcpExtListenDrops", 7, 30);
	count(live, "TcpExtTCPReqQFullDrop", 1, 40);
	count(live, "TcpExtTCPReqQFullDoCookies", 4, 50);
	count(live, "TcpRetransSegs", 9, 60);
	count(live, "TcpExtDelayedACKs", 1000, 70);
	totals = totals_of(live);
	assert_int_equal(totals.overflows, 5);
	assert_int_equal(totals.listen_drops, 7);
	assert_int_equal(totals.queue_full, 5);
	assert_int_equal(totals.retransmissions, 9);
	/* what is sent again overflows nothing */
	assert_int_equal(totals.overflow_ns, 50 * MS);
	live_free(live);
}

static void lose(struct live *live, enum lost_of lost_of, int64_t lost)
{
	struct event event = {.kind = EVENT_GAP};

	event.u.fact.lost_of = (uint8_t)lost_of;
	event.u.fact.count = lost;
	live_event(live, &event);
}

static void what_was_lost_is_told_by_kind(void **state)
{
	struct live *live = live_new();
	struct live_totals totals;

	(void)state;
	lose(live, LOST_PACKETS, 3);
	lose(live, LOST_ROWS, 20);
	lose(live, LOST_LOOKUPS, 100);
	lose(live, LOST_PACKETS, 4);
	lose(live, LOST_PACKETS, -5);
	totals = totals_of(live);
	assert_int_equal(totals.dropped, 7);
	assert_int_equal(totals.lost_rows, 20);
	assert_int_equal(totals.shed, 100);
	live_free(live);
}

static void what_is_no_fact_of_sockets_changes_nothing(void **state)
{
	struct live *live = live_new();
	struct event mark = {.kind = EVENT_MARK};
	struct record sample = {.kind = RECORD_SAMPLE}, segment = {.kind = RECORD_SEGMENT};
	uint64_t before = live_version(live);

	(void)state;
	mark.u.fact.text = "a mark";
	live_event(live, &mark);
	live_record(live, &sample);
	live_record(live, &segment);
	assert_int_equal(live_version(live), before);
	assert_int_equal(sockets_after(live), 0);
	assert_false(live_out_of_memory(live));
	live_free(live);
	live_free(NULL);
}

/* ---- rows ---- */

static void a_row_that_shows_no_tcp_socket_is_passed_over(void **state)
{
	struct live *live = live_new();
	struct sockrow rows[] = {row_of(4000, 80, STATE_ESTABLISHED, 1),
		row_of(4000, 80, STATE_ESTABLISHED, 2), row_of(4000, 80, STATE_CLOSED, 3),
		row_of(4000, 80, STATE_MAX, 4)};

	(void)state;
	rows[0].key.protocol = IPPROTO_UDP;
	rows[1].key.family = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		live_row(live, &rows[i], MS);
	assert_int_equal(sockets_after(live), 0);
	live_free(live);
}

/* What a row changes is new; timers and the numbers of tcp_info are new at any time. */
static void only_a_row_that_changes_something_is_new(void **state)
{
	struct sockrow first = row_of(4000, 80, STATE_ESTABLISHED, 1);
	struct {
		struct sockrow row;
		bool new, back;
	} cases[12];
	size_t used = 0;

	(void)state;
#define CASE(is_new, is_back, change)                                                              \
	cases[used].row = first;                                                                   \
	cases[used].row.change;                                                                    \
	cases[used].back = is_back;                                                                \
	cases[used++].new = is_new
	CASE(false, false, cookie = 1);
	CASE(true, true, cookie = 2);
	CASE(true, true, state = STATE_CLOSE_WAIT);
	CASE(true, true, timer = DIAG_TIMER_RETRANSMIT);
	CASE(true, false, has_info = true);
	CASE(true, true, recv_q = 1);
	CASE(true, true, send_q = 1);
	CASE(true, true, inode = 1);
	CASE(true, true, shutdown = 1);
	CASE(false, false, uid = 0);
#undef CASE
	for (size_t i = 0; i < used; i++) {
		struct live *live = live_new();
		uint64_t before;

		live_row(live, &first, MS);
		before = live_version(live);
		live_row(live, &cases[i].row, 2 * MS);
		assert_int_equal(live_version(live) > before, cases[i].new);
		/* and back again: a timer that ran has ended; a dump has no tcp_info */
		before = live_version(live);
		live_row(live, &first, 3 * MS);
		assert_int_equal(live_version(live) > before, cases[i].back);
		live_free(live);
	}
}

static void a_listener_with_tcp_info_is_the_same_as_before(void **state)
{
	struct live *live = live_new();
	struct sockrow row = row_of(80, 0, STATE_LISTEN, 1);
	uint64_t before;

	(void)state;
	row.has_info = true;
	live_row(live, &row, MS);
	before = live_version(live);
	live_row(live, &row, 2 * MS);
	assert_int_equal(live_version(live), before);
	live_free(live);
}

/* A dump asks for less than a look-up; another socket, and a mini-socket, have nothing of it. */
static void what_a_dump_leaves_out_is_kept(void **state)
{
	struct sockrow full = row_of(4000, 80, STATE_ESTABLISHED, 1), plain = full, other = full,
		       mini = full;
	struct live_frame frame;
	const struct {
		const struct sockrow *before, *after;
		uint32_t rtt_us;
	} cases[] = {{&full, &plain, 1500}, {&full, &other, 0}, {&full, &mini, 0},
		{&plain, &full, 1500}, {&plain, &plain, 0}};

	(void)state;
	full.has_info = true;
	full.rtt_us = 1500;
	full.snd_cwnd = 10;
	full.bytes_sent = 77;
	other.cookie = 2;
	mini.mini = true;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live *live = live_new();

		live_row(live, cases[i].before, MS);
		live_row(live, cases[i].after, 2 * MS);
		frame = one_frame(live);
		assert_int_equal(frame.shown_count, 1);
		assert_int_equal(frame.shown[0].row.rtt_us, cases[i].rtt_us);
		assert_int_equal(frame.shown[0].row.has_info, cases[i].rtt_us > 0);
		assert_int_equal(frame.shown[0].row.bytes_sent, cases[i].rtt_us > 0 ? 77 : 0);
		live_frame_free(&frame);
		live_free(live);
	}
}

static void an_answer_that_is_older_than_the_last_is_not_taken(void **state)
{
	struct live *live = live_new();
	struct sockrow row = row_of(4000, 80, STATE_CLOSE_WAIT, 1),
		       older = row_of(4000, 80, STATE_ESTABLISHED, 1);
	struct live_frame frame;

	(void)state;
	live_row(live, &row, 20 * MS);
	live_row(live, &older, 10 * MS);
	frame = one_frame(live);
	assert_int_equal(frame.shown[0].row.state, STATE_CLOSE_WAIT);
	live_frame_free(&frame);
	live_free(live);
}

/* ---- nothing there ---- */

static void ask(struct live *live, int64_t asked_ms, bool other, uint16_t local)
{
	struct event event = {
		.kind = EVENT_ABSENT, .asked_ns = asked_ms * MS, .t_ns = asked_ms * MS + 1};

	event.u.diag.row = row_of(local, 80, STATE_UNKNOWN, 0);
	event.u.diag.other = other;
	live_event(live, &event);
}

static void a_look_up_that_finds_nothing_ends_what_was_known_before(void **state)
{
	struct live *live = live_new();
	struct event shown = {.kind = EVENT_ROW, .t_ns = 10 * MS};

	(void)state;
	shown.u.diag.row = row_of(4000, 80, STATE_ESTABLISHED, 1);
	live_event(live, &shown);
	ask(live, 9, false, 4000);
	assert_int_equal(sockets_after(live), 1); /* asked before it was shown */
	ask(live, 20, true, 4000);
	assert_int_equal(
		sockets_after(live), 1); /* its listener answered: a request may be there */
	ask(live, 20, false, 4001);
	assert_int_equal(sockets_after(live), 1); /* another */
	ask(live, 20, false, 4000);
	assert_int_equal(sockets_after(live), 0);
	live_free(live);
}

/* ---- the rings of segments and of tcp_info ---- */

static void tap(struct live *live, bool back, uint32_t seq, int64_t t_ms, struct segment segment)
{
	struct flow_key key = key_of(4000, 80);
	struct event event = {.kind = EVENT_SEGMENT, .t_ns = t_ms * MS, .u.segment = segment};
	struct record record = {.kind = RECORD_SEGMENT, .event = &event, .retransmission = back};

	event.u.segment.key = back ? flow_key_swap(&key) : key;
	event.u.segment.seq = seq;
	live_record(live, &record);
}

static void the_newest_segments_come_oldest_first(void **state)
{
	enum { RING = 4096, ALL = RING + 10 };
	struct live *live = live_new();
	struct live_segment out[4];
	struct flow_key key = key_of(4000, 80), other = key_of(4001, 80);
	const struct segment tcp = {.kind = SEGMENT_TCP, .flags = TCP_ACK, .len = 5};

	(void)state;
	assert_int_equal(live_segments(live, &key, INT64_MAX, out, 4), 0);
	tap(live, false, 1, 10, tcp);
	tap(live, true, 2, 20, tcp);
	tap(live, false, 3, 30, (struct segment){.kind = SEGMENT_TCP, .copy = true});
	tap(live, false, 4, 30, (struct segment){.kind = SEGMENT_UDP});
	tap(live, false, 5, 40, tcp);
	assert_int_equal(live_segments(live, &key, INT64_MAX, out, 4), 3);
	assert_int_equal(out[0].seq, 1);
	assert_int_equal(out[1].seq, 2);
	assert_int_equal(out[2].seq, 5);
	assert_true(out[1].again);
	assert_int_equal(ntohs(out[1].key.port_be[0]), 80); /* its sender first */
	assert_int_equal(live_segments(live, &key, 20 * MS, out, 4), 2);
	assert_int_equal(live_segments(live, &key, INT64_MAX, out, 1), 1);
	assert_int_equal(out[0].seq, 5);
	assert_int_equal(live_segments(live, &other, INT64_MAX, out, 4), 0);
	for (uint32_t seq = 100; seq < 100 + ALL; seq++)
		tap(live, false, seq, 1000 + seq, tcp);
	assert_int_equal(live_segments(live, &key, 40 * MS, out, 4), 0); /* written over */
	assert_int_equal(live_segments(live, &key, INT64_MAX, out, 2), 2);
	assert_int_equal(out[0].seq, 100 + ALL - 2);
	assert_int_equal(out[1].seq, 100 + ALL - 1);
	live_free(live);
}

static void the_points_of_one_socket_come_oldest_first(void **state)
{
	struct live *live = live_new();
	struct live_point out[4];
	struct sockrow row = row_of(4000, 80, STATE_ESTABLISHED, 1),
		       other = row_of(4001, 80, STATE_ESTABLISHED, 2),
		       nameless = row_of(4002, 80, STATE_ESTABLISHED, 0),
		       listener = row_of(80, 0, STATE_LISTEN, 3);

	(void)state;
	live_row(live, &row, MS); /* without tcp_info there is none */
	row.has_info = other.has_info = nameless.has_info = listener.has_info = true;
	for (uint32_t i = 0; i < 3; i++) {
		row.rtt_us = 100 + i;
		live_row(live, &row, (10 + i) * MS);
		live_row(live, &other, (10 + i) * MS);
		live_row(live, &nameless, (10 + i) * MS);
		live_row(live, &listener, (10 + i) * MS);
	}
	assert_int_equal(live_points(live, 1, INT64_MAX, out, 4), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(out[i].rtt_us, 100 + i);
	assert_int_equal(live_points(live, 1, 11 * MS, out, 4), 2);
	assert_int_equal(live_points(live, 1, INT64_MAX, out, 2), 2);
	assert_int_equal(out[1].rtt_us, 102);
	assert_int_equal(live_points(live, 0, INT64_MAX, out, 4), 0);
	assert_int_equal(live_points(live, 3, INT64_MAX, out, 4), 0); /* of a LISTEN socket */
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_kernels_counters_are_added_up),
		cmocka_unit_test(what_was_lost_is_told_by_kind),
		cmocka_unit_test(what_is_no_fact_of_sockets_changes_nothing),
		cmocka_unit_test(a_row_that_shows_no_tcp_socket_is_passed_over),
		cmocka_unit_test(only_a_row_that_changes_something_is_new),
		cmocka_unit_test(a_listener_with_tcp_info_is_the_same_as_before),
		cmocka_unit_test(what_a_dump_leaves_out_is_kept),
		cmocka_unit_test(an_answer_that_is_older_than_the_last_is_not_taken),
		cmocka_unit_test(a_look_up_that_finds_nothing_ends_what_was_known_before),
		cmocka_unit_test(the_newest_segments_come_oldest_first),
		cmocka_unit_test(the_points_of_one_socket_come_oldest_first)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
