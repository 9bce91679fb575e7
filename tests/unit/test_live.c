/* The model of `top`: rows, records and counters in, frames out; what a dump no longer shows is
 * gone, what was told and withdrawn is as before. */
#include "live_bench.h"

#include "tcpstate/prose_live.h"

/* Of 600 sockets a dump shows half; those are left, whatever places they had. */
static void a_dump_sweeps(void **state)
{
	struct live *live = live_new();

	(void)state;
	for (int round = 0; round < 2; round++) {
		int64_t t_ns = (1 + round) * 1000 * MS;

		for (unsigned i = 0; i < 600; i += 1 + (unsigned)round) {
			struct sockrow row =
				row_of((uint16_t)(1000 + i), 80, STATE_ESTABLISHED, 1 + i);

			live_row(live, &row, t_ns);
		}
		live_swept(live, t_ns);
		struct live_frame frame = frame_at(live, t_ns);

		assert_int_equal(frame.sockets, round == 0 ? 600 : 300);
		assert_int_equal(frame.shown_count, frame.sockets);
		for (size_t i = 0; i < frame.shown_count; i++)
			assert_int_equal(ntohs(frame.shown[i].row.key.port_be[0]),
				1000 + (unsigned)i * (1 + (unsigned)round));
		live_frame_free(&frame);
	}
	live_free(live);
}

static void requests_belong_to_their_listener(void **state)
{
	struct live *live = live_new();
	struct sockrow rows[] = {row_of(80, 0, STATE_LISTEN, 1), row_of(81, 0, STATE_LISTEN, 2),
		row_of(80, 4000, STATE_SYN_RECV, 3), row_of(80, 4001, STATE_SYN_RECV, 4)};

	(void)state;
	memset(rows[1].key.addr[0], 0, 16);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		live_row(live, &rows[i], MS);
	struct live_frame frame = frame_at(live, 2 * MS);

	assert_int_equal(frame.listener_count, 2);
	assert_int_equal(frame.listeners[0].half_open, 2);
	assert_int_equal(frame.listeners[1].half_open, 0);
	assert_int_equal(frame.counts[STATE_SYN_RECV], 2);
	assert_int_equal(frame.matching, 2); /* listeners stand apart */
	live_frame_free(&frame);
	live_free(live);
}

static void records_change_states(void **state)
{
	struct live *live = live_new();
	struct record opened = edge_of(4000, 80, STATE_SYN_SENT, STATE_ESTABLISHED, 10 * MS);
	struct record closed = edge_of(4000, 80, STATE_ESTABLISHED, STATE_FIN_WAIT1, 20 * MS);
	struct record back = closed,
		      gone = edge_of(4000, 80, STATE_ESTABLISHED, STATE_CLOSED, 40 * MS);

	(void)state;
	live_record(live, &opened);
	live_record(live, &closed);
	struct live_frame frame = frame_at(live, 25 * MS);
	assert_int_equal(frame.shown[0].row.state, STATE_FIN_WAIT1);
	assert_int_equal(frame.shown[0].since_ns, 20 * MS);
	assert_int_equal(frame.edge_ns[STATE_ESTABLISHED][STATE_FIN_WAIT1], 20 * MS);

	back.kind = RECORD_CORRECTION;
	back.of = closed.id;
	live_record(live, &back);
	assert_int_equal(live_frame_take(live, 30 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.shown[0].row.state, STATE_ESTABLISHED);
	assert_true(live_line(live, 2)->withdrawn);
	assert_int_equal(frame.last_line, 3);

	live_record(live, &gone);
	assert_int_equal(live_frame_take(live, 50 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.sockets, 0);
	live_frame_free(&frame);
	live_free(live);
}

/* A packet told of an edge before the dump that was under way; one that is newer wins. */
static void the_newest_word_wins(void **state)
{
	struct live *live = live_new();
	struct sockrow row = row_of(4000, 80, STATE_ESTABLISHED, 1);
	struct record closed = edge_of(4000, 80, STATE_ESTABLISHED, STATE_FIN_WAIT1, 20 * MS);

	(void)state;
	live_row(live, &row, 30 * MS);
	live_record(live, &closed);
	struct live_frame frame = frame_at(live, 40 * MS);
	assert_int_equal(frame.shown[0].row.state, STATE_ESTABLISHED);
	closed.t_ns = 50 * MS;
	live_record(live, &closed);
	live_swept(live, 45 * MS); /* its dump had begun before the edge */
	assert_int_equal(live_frame_take(live, 60 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.shown[0].row.state, STATE_FIN_WAIT1);
	live_frame_free(&frame);
	live_free(live);
}

/* Asked when the end still was there, a row comes with its end, or just after it: it shows nothing
 * that is there now. A row much later is of another socket. */
static void a_row_of_the_last_moment_leaves_nothing(void **state)
{
	struct live *live = live_new();
	struct sockrow row = row_of(4000, 80, STATE_LAST_ACK, 1);
	struct record closed = edge_of(4000, 80, STATE_LAST_ACK, STATE_CLOSED, 20 * MS);

	(void)state;
	live_row(live, &row, 20 * MS + 100000);
	live_record(live, &closed);
	struct live_frame frame = frame_at(live, 40 * MS);
	assert_int_equal(frame.sockets, 0);
	live_row(live, &row, 21 * MS);
	assert_int_equal(live_frame_take(live, 41 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.sockets, 0);
	row.cookie = 2;
	live_row(live, &row, 90 * MS);
	assert_int_equal(live_frame_take(live, 91 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.sockets, 1);
	live_frame_free(&frame);
	live_free(live);
}

static void a_confirmation_is_no_line(void **state)
{
	struct live *live = live_new();
	struct record opened = edge_of(4000, 80, STATE_SYN_SENT, STATE_ESTABLISHED, 10 * MS);
	struct record confirmed = opened;

	(void)state;
	live_record(live, &opened);
	confirmed.kind = RECORD_CONFIRMATION;
	confirmed.of = opened.id;
	confirmed.evidence = EVIDENCE_BOTH;
	live_record(live, &confirmed);
	assert_int_equal(live_line(live, 1)->record.evidence, EVIDENCE_BOTH);
	assert_null(live_line(live, 2));
	assert_null(live_line(live, 0));
	live_free(live);
}

/* Of TIME_WAIT told by packets the end is known by time alone. */
static void time_wait_counts_down_and_ends(void **state)
{
	struct live *live = live_new();
	struct record waits = edge_of(4000, 80, STATE_FIN_WAIT2, STATE_TIME_WAIT, 1000 * MS);

	(void)state;
	live_record(live, &waits);
	struct live_frame frame = frame_at(live, 31000 * MS);
	assert_int_equal(frame.shown[0].row.timer, DIAG_TIMER_MINI);
	assert_int_equal(frame.shown[0].row.expires_ms, 60000);
	assert_int_equal(frame.shown[0].seen_ns, 1000 * MS);
	assert_int_equal(live_frame_take(live, 63000 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.sockets, 0);
	live_frame_free(&frame);
	live_free(live);
}

/* More sockets than are shown: the first by the order, all of them counted. */
static void very_many_are_counted(void **state)
{
	struct live *live = live_new();
	struct live_order order = {.sort = LIVE_BY_RECV_Q, .group = LIVE_GROUP_STATE};
	struct live_frame frame = {.t_ns = 0};

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		struct sockrow row = row_of((uint16_t)(1000 + i), 80,
			i % 5 == 0 ? STATE_CLOSE_WAIT : STATE_ESTABLISHED, 1 + i);

		row.recv_q = (i * 7919) % 5000;
		live_row(live, &row, MS);
	}
	assert_int_equal(live_frame_take(live, 2 * MS, &order, &frame), 0);
	assert_int_equal(frame.matching, 5000);
	assert_int_equal(frame.shown_count, LIVE_SHOWN);
	for (unsigned i = 0; i < LIVE_SHOWN; i++)
		assert_int_equal(frame.shown[i].row.recv_q, 4999 - i);
	assert_int_equal(frame.group_count, 2);
	assert_int_equal(frame.groups[0].total, 4000);
	assert_int_equal(frame.groups[1].counts[STATE_CLOSE_WAIT], 1000);
	live_frame_free(&frame);
	live_free(live);
}

static void a_frame_of_the_past_can_be_searched(void **state)
{
	struct live *live = live_new();
	struct sockrow rows[] = {row_of(4000, 80, STATE_ESTABLISHED, 1),
		row_of(4001, 80, STATE_CLOSE_WAIT, 2), row_of(4002, 80, STATE_ESTABLISHED, 3)};
	struct live_order find = {.find = "close", .sort = LIVE_BY_LOCAL};
	struct live_frame copy;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		live_row(live, &rows[i], MS);
	struct live_frame frame = frame_at(live, 2 * MS);
	assert_int_equal(live_frame_copy(&copy, &frame), 0);
	live_frame_arrange(&copy, &find);
	assert_int_equal(copy.shown_count, 1);
	assert_int_equal(copy.matching, 1);
	assert_int_equal(copy.shown[0].row.cookie, 2);
	assert_int_equal(frame.shown_count, 3);
	find = (struct live_order){.sort = LIVE_BY_LOCAL, .reverse = true};
	live_frame_arrange(&frame, &find);
	assert_int_equal(frame.shown[0].row.cookie, 3);
	live_frame_free(&copy);
	live_frame_free(&frame);
	live_free(live);
}

static void assert_holders(const struct live *live, const char *expected)
{
	struct live_frame frame = frame_at(live, 2 * MS);
	char text[160];

	assert_string_equal(prose_live_holders(&frame.listeners[0], text, sizeof(text)), expected);
	live_frame_free(&frame);
}

/* All who hold a socket now, the lowest pid first: the server, then the children that inherited. */
static void owners_are_found(void **state)
{
	struct live *live = live_new();
	struct sockrow row = row_of(80, 0, STATE_LISTEN, 1);

	(void)state;
	row.inode = 77;
	live_row(live, &row, MS);
	assert_holders(live, "");
	tell_owner(live, 77, 15, "child", false);
	tell_owner(live, 77, 12, "server", false);
	assert_holders(live, "server[12], child[15]");
	tell_owner(live, 77, 13, "server", false);
	tell_owner(live, 77, 17, "server", false);
	tell_owner(live, 77, 18, "server", false);
	tell_owner(live, 77, 15, "cgi", false); /* exec */
	assert_holders(live, "server[12], server[13], cgi[15], server[17] and 1 more");
	tell_owner(live, 77, 12, "server", true);
	tell_owner(live, 77, 17, "server", true);
	assert_holders(live, "server[13], cgi[15] and 1 more");
	tell_owner(live, 77, 18, "server", true);
	tell_owner(live, 77, 15, "cgi", true);
	assert_holders(live, "server[13]");
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_dump_sweeps),
		cmocka_unit_test(requests_belong_to_their_listener),
		cmocka_unit_test(records_change_states), cmocka_unit_test(the_newest_word_wins),
		cmocka_unit_test(a_row_of_the_last_moment_leaves_nothing),
		cmocka_unit_test(a_confirmation_is_no_line),
		cmocka_unit_test(time_wait_counts_down_and_ends),
		cmocka_unit_test(very_many_are_counted),
		cmocka_unit_test(a_frame_of_the_past_can_be_searched),
		cmocka_unit_test(owners_are_found)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
