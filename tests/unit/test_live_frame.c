/* Frames of `top`: how sockets are sorted, grouped and found, to which listener a request belongs,
 * and what a frame keeps. */
#include "live_bench.h"

static void look(struct live *live, struct sockrow row)
{
	live_row(live, &row, MS);
}

/* ---- order ---- */

enum { SOCKETS = 4 };

/* Each is first, or last, by another of the orders. */
static struct live *four_sockets(void)
{
	static const struct {
		uint16_t local, remote;
		enum tcp_state state;
		uint32_t recv_q, send_q, timer_ms;
		int64_t entered_ms;
	} sockets[SOCKETS] = {{4003, 80, STATE_TIME_WAIT, 5, 0, 900, 40},
		{4001, 83, STATE_CLOSE_WAIT, 9, 1, 0, 10},
		{4002, 81, STATE_ESTABLISHED, 0, 7, 100, 30},
		{4000, 82, STATE_FIN_WAIT1, 1, 3, 500, 20}};
	struct live *live = live_new();

	for (size_t i = 0; i < SOCKETS; i++) {
		struct sockrow row =
			row_of(sockets[i].local, sockets[i].remote, sockets[i].state, 1 + i);
		struct record edge = edge_of(sockets[i].local, sockets[i].remote, STATE_SYN_SENT,
			sockets[i].state, sockets[i].entered_ms * MS);

		live_record(live, &edge);
		row.recv_q = sockets[i].recv_q;
		row.send_q = sockets[i].send_q;
		row.timer = sockets[i].timer_ms > 0 ? DIAG_TIMER_RETRANSMIT : DIAG_TIMER_OFF;
		row.expires_ms = sockets[i].timer_ms;
		live_row(live, &row, 100 * MS);
	}
	return live;
}

static void a_frame_is_in_the_order_asked_for(void **state)
{
	static const struct {
		enum live_sort sort;
		uint64_t cookies[SOCKETS];
	} cases[] = {{LIVE_BY_LOCAL, {4, 2, 3, 1}}, {LIVE_BY_REMOTE, {1, 3, 4, 2}},
		{LIVE_BY_STATE, {2, 3, 4, 1}}, {LIVE_BY_AGE, {1, 3, 4, 2}},
		{LIVE_BY_RECV_Q, {2, 1, 4, 3}}, {LIVE_BY_SEND_Q, {3, 4, 2, 1}},
		{LIVE_BY_TIMER, {3, 4, 1, 2}}};
	struct live *live = four_sockets();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live_order order = {.sort = cases[i].sort};
		struct live_frame frame = {.t_ns = 0};

		assert_int_equal(live_frame_take(live, 200 * MS, &order, &frame), 0);
		for (size_t at = 0; at < SOCKETS; at++)
			assert_int_equal(frame.shown[at].row.cookie, cases[i].cookies[at]);
		order.reverse = true;
		live_frame_arrange(&frame, &order);
		for (size_t at = 0; at < SOCKETS; at++)
			assert_int_equal(
				frame.shown[SOCKETS - 1 - at].row.cookie, cases[i].cookies[at]);
		live_frame_free(&frame);
	}
	live_free(live);
}

/* Listeners that share a port and an address (SO_REUSEPORT) stand in the order of their cookies. */
static void listeners_that_share_a_port_keep_their_order(void **state)
{
	struct live *live = live_new();
	struct live_frame frame;

	(void)state;
	look(live, row_of(80, 0, STATE_LISTEN, 3));
	look(live, row_of(80, 0, STATE_LISTEN, 1));
	look(live, row_of(80, 0, STATE_LISTEN, 2));
	frame = frame_at(live, 2 * MS);
	assert_int_equal(frame.listener_count, 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(frame.listeners[i].row.cookie, 1 + i);
	live_frame_free(&frame);
	live_free(live);
}

static void of_listeners_only_so_many_are_shown_and_all_counted(void **state)
{
	struct live *live = live_new();
	struct live_frame frame;

	(void)state;
	for (uint16_t i = 0; i < LIVE_LISTENERS + 6; i++)
		look(live, row_of((uint16_t)(1000 + i), 0, STATE_LISTEN, 1 + i));
	frame = frame_at(live, 2 * MS);
	assert_int_equal(frame.listener_count, LIVE_LISTENERS);
	assert_int_equal(frame.counts[STATE_LISTEN], LIVE_LISTENERS + 6);
	assert_int_equal(frame.shown_count, 0);
	live_frame_free(&frame);
	live_free(live);
}

static void two_orders_are_the_same_in_everything_or_not(void **state)
{
	static const struct live_order first = {LIVE_BY_AGE, LIVE_GROUP_PEER, true, "80"};
	const struct {
		struct live_order order;
		bool same;
	} cases[] = {{first, true}, {{LIVE_BY_LOCAL, LIVE_GROUP_PEER, true, "80"}, false},
		{{LIVE_BY_AGE, LIVE_GROUP_NONE, true, "80"}, false},
		{{LIVE_BY_AGE, LIVE_GROUP_PEER, false, "80"}, false},
		{{LIVE_BY_AGE, LIVE_GROUP_PEER, true, ""}, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(live_same_order(&first, &cases[i].order), cases[i].same);
}

/* ---- groups and finding ---- */

static struct sockrow peer_row(uint16_t port, const char *peer, uint64_t cookie)
{
	struct sockrow row = row_of(port, 80, STATE_ESTABLISHED, cookie);

	row.key.family = strchr(peer, ':') != NULL ? AF_INET6 : AF_INET;
	memset(row.key.addr, 0, sizeof(row.key.addr));
	inet_pton(row.key.family, peer, row.key.addr[1]);
	row.inode = cookie == 1 ? 77 : 0;
	return row;
}

static void sockets_are_grouped_by_peer_and_by_process(void **state)
{
	static const struct {
		enum live_group by;
		const char *first, *second, *third;
	} cases[] = {{LIVE_GROUP_PEER, "10.0.0.9", "10.0.0.8", "[fe80::1]"},
		{LIVE_GROUP_PROCESS, "-", "server[12]", NULL},
		{LIVE_GROUP_STATE, "ESTABLISHED", NULL, NULL}};
	struct live *live = live_new();

	(void)state;
	tell_owner(live, 77, 12, "server", false);
	look(live, peer_row(4000, "10.0.0.8", 1));
	look(live, peer_row(4001, "10.0.0.9", 2));
	look(live, peer_row(4002, "10.0.0.9", 3));
	look(live, peer_row(4003, "fe80::1", 4));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const names[] = {cases[i].first, cases[i].second, cases[i].third};
		struct live_order order = {.sort = LIVE_BY_LOCAL, .group = cases[i].by};
		struct live_frame frame = {.t_ns = 0};
		size_t wanted = 0;

		assert_int_equal(live_frame_take(live, 2 * MS, &order, &frame), 0);
		while (wanted < 3 && names[wanted] != NULL)
			wanted++;
		/* in a frame of the past likewise */
		for (int again = 0; again < 2; again++) {
			assert_int_equal(frame.group_count, wanted);
			for (size_t at = 0; at < wanted; at++)
				assert_string_equal(frame.groups[at].name, names[at]);
			live_frame_arrange(&frame, &order);
		}
		live_frame_free(&frame);
	}
	live_free(live);
}

static void the_groups_that_have_no_room_are_summed_up(void **state)
{
	enum { PEERS = LIVE_GROUPS + 44 };
	struct live *live = live_new();
	struct live_order order = {.sort = LIVE_BY_LOCAL, .group = LIVE_GROUP_PEER};
	struct live_frame frame = {.t_ns = 0};
	char peer[INET_ADDRSTRLEN];
	uint32_t all = 0;

	(void)state;
	for (unsigned i = 0; i < PEERS; i++) {
		snprintf(peer, sizeof(peer), "10.0.%u.%u", i / 200, 1 + i % 200);
		look(live, peer_row((uint16_t)(4000 + i), peer, 2 + i));
	}
	assert_int_equal(live_frame_take(live, 2 * MS, &order, &frame), 0);
	assert_int_equal(frame.group_count, LIVE_GROUPS);
	assert_string_equal(frame.groups[0].name, "...");
	assert_int_equal(frame.groups[0].total, PEERS - LIVE_GROUPS + 1);
	for (size_t i = 0; i < frame.group_count; i++)
		all += frame.groups[i].total;
	assert_int_equal(all, PEERS);
	live_frame_free(&frame);
	live_free(live);
}

static void a_socket_is_found_by_whatever_is_shown_of_it(void **state)
{
	static const struct {
		const char *find;
		size_t found;
	} cases[] = {{"", 2}, {"ESTAB", 1}, {"estab", 1}, {"close_w", 1}, {"4000", 1}, {":81", 1},
		{"127.0.0.1", 2}, {"Worker", 1}, {"helper", 1}, {"nothing", 0}};
	struct live *live = live_new();
	struct sockrow row = row_of(4000, 80, STATE_ESTABLISHED, 1);

	(void)state;
	row.inode = 77;
	tell_owner(live, 77, 12, "worker", false);
	tell_owner(live, 77, 13, "helper", false);
	look(live, row);
	look(live, row_of(5000, 81, STATE_CLOSE_WAIT, 2));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live_order order = {.sort = LIVE_BY_LOCAL};
		struct live_frame frame = {.t_ns = 0};

		snprintf(order.find, sizeof(order.find), "%s", cases[i].find);
		assert_int_equal(live_frame_take(live, 2 * MS, &order, &frame), 0);
		assert_int_equal(frame.matching, cases[i].found);
		assert_int_equal(frame.sockets, 2);
		live_frame_free(&frame);
	}
	live_free(live);
}

/* ---- requests ---- */

/* A listener of one's own address before the wildcard's; IPv4 belongs to [::], too, unless that is
 * for IPv6 alone. */
static void a_request_counts_at_the_listener_that_it_came_to(void **state)
{
	static const struct {
		const char *listener, *other;
		bool v6only;
		int64_t half_open, others;
	} cases[] = {{"127.0.0.1", "0.0.0.0", false, 1, 0}, {"0.0.0.0", "127.0.0.9", false, 1, 0},
		{"::", "127.0.0.9", false, 1, 0}, {"::", "127.0.0.9", true, 0, 0},
		{"::1", "127.0.0.9", false, 0, 0}, {"::", "0.0.0.0", false, 0, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct live *live = live_new();
		const char *const at[] = {cases[i].listener, cases[i].other};
		struct live_frame frame;

		for (int which = 0; which < 2; which++) {
			struct sockrow row = row_of(80, 0, STATE_LISTEN, (uint64_t)which + 1);

			row.key.family = strchr(at[which], ':') != NULL ? AF_INET6 : AF_INET;
			memset(row.key.addr, 0, sizeof(row.key.addr));
			inet_pton(row.key.family, at[which], row.key.addr[0]);
			row.v6only = which == 0 && cases[i].v6only;
			look(live, row);
		}
		look(live, row_of(80, 4000, STATE_SYN_RECV, 3));
		look(live, row_of(81, 4000, STATE_SYN_RECV, 4));
		frame = frame_at(live, 2 * MS);
		for (size_t n = 0; n < 2; n++)
			assert_int_equal(frame.listeners[n].half_open,
				frame.listeners[n].row.cookie == 1 ? cases[i].half_open
								   : cases[i].others);
		live_frame_free(&frame);
		live_free(live);
	}
}

/* ---- keeping ---- */

/* Of very many sockets a frame is made anew only when something was told since. */
static void a_frame_of_very_many_is_as_it_was_until_something_is_told(void **state)
{
	struct live *live = live_new();
	struct live_order other = {.sort = LIVE_BY_REMOTE};
	struct record edge = edge_of(1000, 80, STATE_ESTABLISHED, STATE_CLOSED, 3 * MS);
	struct live_frame frame;

	(void)state;
	for (uint16_t i = 0; i < LIVE_SHOWN + 2; i++)
		look(live, row_of((uint16_t)(1000 + i), 80, STATE_ESTABLISHED, 1 + i));
	frame = frame_at(live, 2 * MS);
	frame.shown[0].row.cookie = 12345; /* a mark that a new frame would not have */
	assert_int_equal(live_frame_take(live, 3 * MS, &by_local, &frame), 0);
	assert_int_equal(frame.shown[0].row.cookie, 12345);
	assert_int_equal(frame.t_ns, 3 * MS);
	assert_int_equal(live_frame_take(live, 4 * MS, &other, &frame), 0);
	assert_int_equal(frame.shown[0].row.cookie, 1);
	live_record(live, &edge);
	assert_int_equal(live_frame_take(live, 5 * MS, &other, &frame), 0);
	assert_int_equal(frame.sockets, LIVE_SHOWN + 1);
	assert_true(live_frame_bytes(&frame) > LIVE_SHOWN * sizeof(struct live_socket));
	live_frame_free(&frame);
	live_free(live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_frame_is_in_the_order_asked_for),
		cmocka_unit_test(listeners_that_share_a_port_keep_their_order),
		cmocka_unit_test(of_listeners_only_so_many_are_shown_and_all_counted),
		cmocka_unit_test(two_orders_are_the_same_in_everything_or_not),
		cmocka_unit_test(sockets_are_grouped_by_peer_and_by_process),
		cmocka_unit_test(the_groups_that_have_no_room_are_summed_up),
		cmocka_unit_test(a_socket_is_found_by_whatever_is_shown_of_it),
		cmocka_unit_test(a_request_counts_at_the_listener_that_it_came_to),
		cmocka_unit_test(a_frame_of_very_many_is_as_it_was_until_something_is_told)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
