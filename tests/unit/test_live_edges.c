/* The model of `top`: what transitions, corrections and confirmations make of the sockets, and who
 * holds them. */
#include "live_bench.h"

static struct live_frame frame_of(struct live *live)
{
	return frame_at(live, 10000 * MS);
}

/* ---- transitions ---- */

static void an_edge_of_the_other_host_is_no_socket_here(void **state)
{
	static const struct {
		uint8_t local_sides, side;
		bool listener, mine;
	} cases[] = {{1, 0, false, true}, {1, 1, false, false}, {2, 0, false, false},
		{2, 1, false, true}, {3, 1, false, true}, {0, 1, false, true}, {2, 0, true, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live *live = live_new();
		struct record edge = edge_of(4000, 80, STATE_SYN_SENT, STATE_ESTABLISHED, 10 * MS);
		struct live_frame frame;

		edge.local_sides = cases[i].local_sides;
		edge.side = cases[i].side;
		edge.listener = cases[i].listener;
		live_record(live, &edge);
		frame = frame_of(live);
		assert_int_equal(frame.sockets, cases[i].mine);
		assert_int_equal(frame.totals.transitions, 1);
		live_frame_free(&frame);
		live_free(live);
	}
}

static void an_edge_between_states_that_are_none_is_not_drawn(void **state)
{
	struct live *live = live_new();
	struct record from = edge_of(4000, 80, STATE_MAX, STATE_ESTABLISHED, 10 * MS),
		      to = edge_of(4000, 80, STATE_SYN_SENT, STATE_MAX, 10 * MS);
	struct live_frame frame;

	(void)state;
	live_record(live, &from);
	live_record(live, &to);
	frame = frame_of(live);
	assert_int_equal(frame.sockets, 0);
	for (int i = 0; i < STATE_MAX; i++)
		assert_int_equal(frame.entered_ns[i], 0);
	live_frame_free(&frame);
	live_free(live);
}

/* Queues and timer were those of the state before; of a LISTEN socket the queue is the backlog. */
static void a_new_state_has_neither_queue_nor_timer_yet(void **state)
{
	static const struct {
		uint8_t from, to;
		uint32_t recv_q;
		bool request;
	} cases[] = {{STATE_SYN_RECV, STATE_ESTABLISHED, 0, false},
		{STATE_CLOSED, STATE_LISTEN, 7, false}, {STATE_LISTEN, STATE_SYN_RECV, 0, true},
		{STATE_LISTEN, STATE_ESTABLISHED, 7, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live *live = live_new();
		struct sockrow row =
			row_of(4000, 80, i == 3 ? STATE_ESTABLISHED : STATE_FIN_WAIT2, 1);
		struct record edge = edge_of(4000, 80, (enum tcp_state)cases[i].from,
			(enum tcp_state)cases[i].to, 20 * MS);
		struct live_frame frame;

		row.recv_q = row.send_q = 7;
		live_row(live, &row, 10 * MS);
		live_record(live, &edge);
		frame = frame_of(live);
		if (cases[i].to == STATE_LISTEN) {
			assert_int_equal(frame.listeners[0].row.recv_q, cases[i].recv_q);
			assert_int_equal(frame.listeners[0].row.send_q, cases[i].recv_q);
		} else {
			assert_int_equal(frame.shown[0].row.recv_q, cases[i].recv_q);
			assert_int_equal(frame.shown[0].row.request, cases[i].request);
		}
		live_frame_free(&frame);
		live_free(live);
	}
}

/* A TIME_WAIT whose timer the kernel has shown runs on as shown. */
static void a_time_wait_that_was_shown_keeps_its_timer(void **state)
{
	struct live *live = live_new();
	struct sockrow row = row_of(4000, 80, STATE_TIME_WAIT, 1);
	struct record edge = edge_of(4000, 80, STATE_FIN_WAIT2, STATE_TIME_WAIT, 12 * MS);
	struct live_frame frame;

	(void)state;
	row.timer = DIAG_TIMER_MINI;
	row.expires_ms = 1234;
	live_row(live, &row, 10 * MS);
	live_record(live, &edge);
	frame = frame_at(live, 20 * MS);
	assert_int_equal(frame.shown[0].row.expires_ms, 1234);
	assert_int_equal(frame.shown[0].seen_ns, 10 * MS);
	live_frame_free(&frame);
	live_free(live);
}

/* ---- corrections ---- */

/* What was told and is taken back is as before, unless something else is known by now. */
static void only_what_was_told_last_is_taken_back(void **state)
{
	static const struct {
		uint8_t from, shown; /* the state before; what the kernel shows, UNKNOWN: nothing */
		int64_t shown_ms;
		bool named; /* the correction names the line */
		uint8_t expected;
	} cases[] = {{STATE_SYN_RECV, STATE_UNKNOWN, 0, true, STATE_SYN_RECV},
		{STATE_SYN_RECV, STATE_UNKNOWN, 0, false, STATE_ESTABLISHED},
		{STATE_SYN_RECV, STATE_ESTABLISHED, 15, true, STATE_ESTABLISHED},
		{STATE_SYN_RECV, STATE_CLOSE_WAIT, 15, true, STATE_CLOSE_WAIT},
		{STATE_CLOSED, STATE_UNKNOWN, 0, true, STATE_ESTABLISHED},
		{STATE_LISTEN, STATE_UNKNOWN, 0, true, STATE_ESTABLISHED},
		{STATE_MAX, STATE_UNKNOWN, 0, true, STATE_ESTABLISHED}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live *live = live_new();
		struct record told = edge_of(4000, 80, STATE_SYN_RECV, STATE_ESTABLISHED, 10 * MS),
			      back = told;
		struct sockrow row = row_of(4000, 80, (enum tcp_state)cases[i].shown, 1);
		struct live_frame frame;

		live_record(live, &told);
		if (cases[i].shown != STATE_UNKNOWN)
			live_row(live, &row, cases[i].shown_ms * MS);
		back.kind = RECORD_CORRECTION;
		back.of = cases[i].named ? told.id : 0;
		back.from = cases[i].from;
		live_record(live, &back);
		frame = frame_of(live);
		assert_int_equal(frame.shown[0].row.state, cases[i].expected);
		assert_int_equal(live_line(live, 1)->withdrawn, cases[i].named);
		assert_int_equal(frame.totals.corrections, 1);
		live_frame_free(&frame);
		live_free(live);
	}
}

/* A client that the full accept queue kept out counts at the listener of that port. */
static void an_overflow_counts_at_its_listener(void **state)
{
	struct live *live = live_new();
	struct sockrow listeners[] = {
		row_of(80, 0, STATE_LISTEN, 1), row_of(81, 0, STATE_LISTEN, 2)};
	struct record back = edge_of(80, 4000, STATE_SYN_RECV, STATE_ESTABLISHED, 30 * MS);
	struct live_frame frame;

	(void)state;
	live_row(live, &listeners[0], MS);
	live_row(live, &listeners[1], MS);
	back.kind = RECORD_CORRECTION;
	back.reason.code = REASON_FINAL_ACK_IGNORED;
	live_record(live, &back);
	frame = frame_of(live);
	assert_int_equal(frame.listeners[0].overflows, 0);
	live_frame_free(&frame);
	back.reason.code = REASON_ACCEPT_QUEUE_FULL;
	live_record(live, &back);
	live_record(live, &back);
	frame = frame_of(live);
	assert_int_equal(frame.listeners[0].overflows, 2);
	assert_int_equal(frame.listeners[0].overflow_ns, 30 * MS);
	assert_int_equal(frame.listeners[1].overflows, 0);
	live_frame_free(&frame);
	live_free(live);
}

/* What is confirmed or withdrawn after a thousand lines more is no longer in the feed. */
static void a_line_that_has_scrolled_away_is_not_changed(void **state)
{
	enum { LINES = 1100 };
	struct live *live = live_new();
	struct record first = edge_of(3000, 80, STATE_SYN_SENT, STATE_ESTABLISHED, 10 * MS),
		      confirmed = first;
	struct live_frame frame;

	(void)state;
	live_record(live, &first);
	for (int i = 0; i < LINES; i++) {
		struct record other = edge_of(
			(uint16_t)(4000 + i), 80, STATE_SYN_SENT, STATE_ESTABLISHED, 11 * MS);

		live_record(live, &other);
	}
	assert_null(live_line(live, 1));
	assert_non_null(live_line(live, LINES + 1));
	confirmed.kind = RECORD_CONFIRMATION;
	confirmed.of = first.id;
	confirmed.evidence = EVIDENCE_BOTH;
	live_record(live, &confirmed);
	frame = frame_of(live);
	assert_int_equal(frame.totals.confirmations, 1);
	assert_int_equal(ntohs(frame.shown[0].row.key.port_be[0]), 3000);
	assert_int_equal(
		frame.shown[0].evidence, EVIDENCE_BOTH); /* the socket has it all the same */
	assert_int_equal(frame.shown[1].evidence, EVIDENCE_WIRE);
	live_frame_free(&frame);
	live_free(live);
}

/* ---- who holds it ---- */

static uint32_t holder_of(struct live *live, uint16_t port, uint32_t inode)
{
	struct sockrow row = row_of(port, 80, STATE_ESTABLISHED, port);
	struct live_frame frame;
	uint32_t pid = 0;

	row.inode = inode;
	live_row(live, &row, MS);
	frame = frame_at(live, 2 * MS);
	for (size_t i = 0; i < frame.shown_count; i++)
		if (ntohs(frame.shown[i].row.key.port_be[0]) == port)
			pid = frame.shown[i].pid;
	live_frame_free(&frame);
	return pid;
}

static void owners_told_before_their_sockets_are_found(void **state)
{
	enum { OWNERS = 1000 };
	struct live *live = live_new();

	(void)state;
	tell_owner(live, 5, 1, "server", true); /* of nobody that was told of */
	assert_int_equal(holder_of(live, 999, 5), 0);
	for (uint32_t i = 1; i <= OWNERS; i++)
		tell_owner(live, i, 10000 + i, "server", false);
	for (uint32_t i = 1; i <= OWNERS; i += 97)
		assert_int_equal(holder_of(live, (uint16_t)(1000 + i), i), 10000 + i);
	assert_int_equal(holder_of(live, 3000, OWNERS + 1), 0);
	assert_int_equal(holder_of(live, 3001, 0), 0);
	/* of a holder of several only the one that let go is gone; the last stays known */
	tell_owner(live, 1, 20000, "server", false);
	tell_owner(live, 1, 30000, "server", true);
	assert_int_equal(holder_of(live, 1001, 1), 10001);
	tell_owner(live, 1, 10001, "server", true);
	assert_int_equal(holder_of(live, 4000, 1), 20000);
	tell_owner(live, 1, 20000, "server", true);
	assert_int_equal(holder_of(live, 4001, 1), 20000);
	live_free(live);
}

/* A quarter of a million owners are forgotten at once, so that memory has a limit. */
static void of_owners_without_end_the_new_ones_are_known(void **state)
{
	enum { MOST = 1 << 18 };
	struct live *live = live_new();

	(void)state;
	for (uint32_t i = 1; i <= MOST + 1; i++)
		tell_owner(live, i, i, "server", false);
	assert_int_equal(holder_of(live, 1000, MOST + 1), MOST + 1);
	assert_int_equal(holder_of(live, 1001, MOST), 0);
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_edge_of_the_other_host_is_no_socket_here),
		cmocka_unit_test(an_edge_between_states_that_are_none_is_not_drawn),
		cmocka_unit_test(a_new_state_has_neither_queue_nor_timer_yet),
		cmocka_unit_test(a_time_wait_that_was_shown_keeps_its_timer),
		cmocka_unit_test(only_what_was_told_last_is_taken_back),
		cmocka_unit_test(an_overflow_counts_at_its_listener),
		cmocka_unit_test(a_line_that_has_scrolled_away_is_not_changed),
		cmocka_unit_test(owners_told_before_their_sockets_are_found),
		cmocka_unit_test(of_owners_without_end_the_new_ones_are_known)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
