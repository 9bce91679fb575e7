/* UDP in the model: which ICMP error answered which datagram, and which socket learns of it. */
#include <errno.h>

#include "datagram_bench.h"

/* A's datagram, and a millisecond later the error that answers it: port unreachable. */
static void refused(struct bench *bench, int64_t t_ms, uint16_t id)
{
	feed(bench, t_ms, datagram(false, 10, id));
	feed(bench, t_ms + 1, icmp(3, 3, 10, id));
}

/* RFC 1122 4.1.3.3; Linux: __udp4_lib_err(). Rows before and after; hard and passing errors. */
static void who_learns_of_an_error_is_the_connected_socket(void **state)
{
	static const struct {
		uint8_t type, code;
		bool connected;
		uint8_t effect;
	} cases[] = {{3, 3, true, ICMP_TOLD}, {3, 3, false, ICMP_NOT_CONNECTED},
		{3, 1, true, ICMP_PASSING}, {3, 0, true, ICMP_PASSING}, {3, 2, true, ICMP_TOLD},
		{3, 4, true, ICMP_TOLD}, {3, 5, true, ICMP_PASSING}, {3, 11, true, ICMP_PASSING},
		{3, 13, true, ICMP_TOLD}, {11, 0, true, ICMP_PASSING}, {12, 0, true, ICMP_TOLD},
		{4, 0, true, ICMP_IGNORED}};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int late = 0; late < 2; late++) {
			struct bench bench = bench_new();

			feed(&bench, 500, datagram(false, 10, 1));
			if (!late)
				row(&bench, 900, 5, cases[i].connected, 0);
			feed(&bench, 1000, icmp(cases[i].type, cases[i].code, 10, 1));
			if (late)
				row(&bench, 1001, 5, cases[i].connected, 0);
			const struct model *model = finish(&bench);
			assert_int_equal(model->error_count, 1);
			assert_int_equal(model->errors[0].effect, cases[i].effect);
			assert_int_equal(model->errors[0].diag_frame, 1);
			assert_int_equal(model->errors[0].answers, 1);
			bench_free(&bench);
		}
}

static void a_socket_never_shown_nearby_says_nothing(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	row(&bench, 1, 5, true, 0);
	refused(&bench, 60000, 1);
	const struct model *model = finish(&bench);
	assert_int_equal(model->errors[0].effect, ICMP_UNKNOWN);
	assert_int_equal(model->errors[0].socket, UINT32_MAX);
	assert_int_equal(model->errors[0].diag_frame, 0);
	bench_free(&bench);
}

/* connect() between two looks: it counts what the socket was when the error came. */
static void a_socket_that_connects_is_another_form(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	row(&bench, 1000, 5, false, 0);
	refused(&bench, 1100, 1);
	row(&bench, 1102, 5, false, 0);
	row(&bench, 1500, 5, true, 0);
	refused(&bench, 1600, 2);
	row(&bench, 1602, 5, true, 0);
	const struct model *model = finish(&bench);
	assert_int_equal(model->error_count, 2);
	assert_int_equal(model->errors[0].effect, ICMP_NOT_CONNECTED);
	assert_int_equal(model->errors[1].effect, ICMP_TOLD);
	assert_int_equal(model->errors[1].answers, 3);
	bench_free(&bench);
}

static void an_error_answers_the_datagram_it_quotes(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, 1, datagram(false, 10, 1));
	feed(&bench, 2, datagram(false, 10, 2));
	feed(&bench, 3, datagram(false, 20, 3));
	/* the first by its identification, not the newest of that length */
	feed(&bench, 4, icmp(3, 3, 10, 1));
	feed(&bench, 5, icmp(3, 3, 20, 3));
	/* three that nothing tells apart: the newest without an answer */
	feed(&bench, 6, datagram(false, 30, 0));
	feed(&bench, 7, icmp(3, 3, 30, 0));
	feed(&bench, 8, datagram(false, 30, 0));
	feed(&bench, 9, icmp(3, 3, 30, 0));
	feed(&bench, 10, icmp(3, 3, 31, 0)); /* never captured */
	const struct model *model = finish(&bench);
	static const uint64_t answered[] = {1, 3, 6, 8, 0};
	assert_int_equal(model->error_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(model->errors[i].answers, answered[i]);
	bench_free(&bench);
}

/* ---- IPv6 ---- */

static struct flow_key six(void)
{
	struct flow_key key = a_to_b();

	key.family = AF_INET6;
	memset(key.addr, 0, sizeof(key.addr));
	key.addr[0][15] = key.addr[1][15] = 1;
	return key;
}

/* Linux: icmpv6_err_convert(), and of an error that it does not call fatal __udp6_lib_err(). */
static void which_errors_of_ipv6_a_connected_socket_is_told(void **state)
{
	static const struct {
		uint8_t type, code, effect;
	} cases[] = {{1, 0, ICMP_PASSING}, {1, 1, ICMP_TOLD}, {1, 2, ICMP_PASSING},
		{1, 3, ICMP_PASSING}, {1, 4, ICMP_TOLD}, {1, 5, ICMP_TOLD}, {1, 6, ICMP_TOLD},
		{2, 0, ICMP_TOLD}, {3, 0, ICMP_PASSING}, {4, 1, ICMP_TOLD}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench = bench_new();
		struct segment sent = datagram(false, 10, 0),
			       error = icmp(cases[i].type, cases[i].code, 10, 0);

		sent.key = error.key = six();
		error.icmp_family = AF_INET6;
		feed(&bench, 1000, sent);
		shown(&bench, 1001,
			(struct sockrow){.key = six(), .state = STATE_ESTABLISHED, .cookie = 5});
		feed(&bench, 1002, error);
		const struct model *model = finish(&bench);

		assert_int_equal(model->error_count, 1);
		assert_int_equal(model->errors[0].effect, cases[i].effect);
		bench_free(&bench);
	}
}

/* ---- which socket it is about ---- */

enum form { CONNECTED, BOUND, ANY, ANY_SIX, ANY_SIX_ALONE, OTHER_PORT };

static struct sockrow form_of(enum form form, uint64_t cookie, bool recverr)
{
	struct sockrow row = {.key = a_to_b(),
		.state = form == CONNECTED ? STATE_ESTABLISHED : STATE_CLOSED,
		.cookie = cookie,
		.recverr = recverr};

	if (form == CONNECTED)
		return row;
	memset(row.key.addr[1], 0, sizeof(row.key.addr[1]));
	row.key.port_be[1] = 0;
	if (form == OTHER_PORT)
		row.key.port_be[0] = htons(A_PORT + 1);
	if (form >= ANY && form != OTHER_PORT)
		memset(row.key.addr[0], 0, sizeof(row.key.addr[0]));
	if (form == ANY_SIX || form == ANY_SIX_ALONE) {
		row.key.family = AF_INET6;
		row.has_v6only = true;
		row.v6only = form == ANY_SIX_ALONE;
	}
	return row;
}

/* A socket of IPv6 takes IPv4 as well unless it is for IPv6 alone; IP_RECVERR asks for every
 * error. */
static void an_error_belongs_to_the_socket_that_sent(void **state)
{
	static const struct {
		enum form form;
		bool recverr;
		uint8_t type, code, effect;
	} cases[] = {{CONNECTED, false, 3, 3, ICMP_TOLD}, {BOUND, false, 3, 3, ICMP_NOT_CONNECTED},
		{ANY, false, 3, 3, ICMP_NOT_CONNECTED}, {ANY_SIX, false, 3, 3, ICMP_NOT_CONNECTED},
		{ANY_SIX_ALONE, false, 3, 3, ICMP_UNKNOWN}, {OTHER_PORT, false, 3, 3, ICMP_UNKNOWN},
		{OTHER_PORT, false, 3, 1, ICMP_PASSING}, {BOUND, true, 3, 3, ICMP_TOLD},
		{BOUND, true, 3, 1, ICMP_TOLD}, {BOUND, true, 4, 0, ICMP_IGNORED},
		{BOUND, false, 3, 16, ICMP_IGNORED}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench = bench_new();

		feed(&bench, 1000, datagram(false, 10, 1));
		shown(&bench, 1001, form_of(cases[i].form, 5, cases[i].recverr));
		feed(&bench, 1002, icmp(cases[i].type, cases[i].code, 10, 1));
		const struct model *model = finish(&bench);

		assert_int_equal(model->errors[0].effect, cases[i].effect);
		assert_int_equal(model->errors[0].socket != UINT32_MAX,
			cases[i].form != ANY_SIX_ALONE && cases[i].form != OTHER_PORT);
		bench_free(&bench);
	}
}

/* Of two sockets that may have sent it, one was there at the time, the other long before. */
static void of_two_sockets_the_one_of_that_time_has_it(void **state)
{
	struct bench bench = bench_new();

	(void)state;
	shown(&bench, 1000, form_of(ANY, 5, false));
	shown(&bench, 5900, form_of(CONNECTED, 6, false));
	refused(&bench, 6000, 1);
	shown(&bench, 6100, form_of(CONNECTED, 6, false));
	const struct model *model = finish(&bench);

	assert_int_equal(model->errors[0].effect, ICMP_TOLD);
	assert_int_equal(model->udp_sockets[model->errors[0].socket].cookie, 6);
	bench_free(&bench);
}

/* A program sent from the socket with this inode, or could not. */
static void sent_by(struct bench *bench, int64_t t_ms, uint32_t inode, int64_t result)
{
	struct flow_key key = a_to_b();
	struct event event = {.t_ns = t_ms * MS,
		.kind = EVENT_CALL,
		.number = inode,
		.u.call = {.entered_ns = t_ms * MS,
			.returned_ns = t_ms * MS,
			.pid = 7,
			.program = "client",
			.what = CALLED_SENDTO,
			.fd = 3,
			.new_fd = -1,
			.inode = inode,
			.key = key,
			.result = result,
			.error = result < 0 ? EPERM : 0,
			.arguments = ""}};

	feed_event(bench->feed, &event);
}

/* Of two sockets that share address and port (SO_REUSEPORT) the one whose calls sent or received;
 * where both did, or none, nobody knows. */
static void of_two_sockets_on_one_port_the_one_that_called_has_them(void **state)
{
	static const struct {
		int64_t result[2]; /* of the first's call, of the second's; 0: it made none */
		uint64_t cookie;   /* of whose they are; 0: not known */
	} cases[] = {{{10, 0}, 5}, {{0, 10}, 6}, {{-1, 10}, 6}, {{0, 0}, 0}, {{10, 10}, 0},
		{{-1, -1}, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench = bench_new();

		for (unsigned at = 0; at < 2; at++) {
			struct sockrow row = form_of(BOUND, 5 + at, false);

			row.inode = 71 + at;
			shown(&bench, 990, row);
			if (cases[i].result[at] != 0)
				sent_by(&bench, 1000, row.inode, cases[i].result[at]);
		}
		feed(&bench, 1000, datagram(false, 10, 1));
		const struct model *model = finish(&bench);
		const struct conversation *conversation = &model->conversations[0];
		int side = conversation->key.port_be[1] == htons(A_PORT);

		assert_int_equal(model->conversation_count, 1);
		if (cases[i].cookie == 0) {
			assert_int_equal(conversation->socket[side], UINT32_MAX);
		} else {
			assert_int_not_equal(conversation->socket[side], UINT32_MAX);
			assert_int_equal(model->udp_sockets[conversation->socket[side]].cookie,
				cases[i].cookie);
		}
		bench_free(&bench);
	}
}

/* A row without a cookie names no socket, and one without SKMEMINFO says nothing of drops. */
static void a_row_that_does_not_say_all_is_no_loss(void **state)
{
	struct bench bench = bench_new();
	struct sockrow bound = form_of(BOUND, 0, false);

	(void)state;
	feed(&bench, 900, datagram(true, 10, 1));
	bound.drops = 3;
	bound.has_mem = true;
	shown(&bench, 1000, bound); /* no cookie */
	bound.cookie = 5;
	bound.has_mem = false;
	shown(&bench, 1100, bound);
	bound.drops = 9;
	shown(&bench, 1200, bound); /* no SKMEMINFO */
	const struct model *model = finish(&bench);

	assert_int_equal(model->udp_socket_count, 1);
	assert_int_equal(model->loss_count, 0);
	bench_free(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_learns_of_an_error_is_the_connected_socket),
		cmocka_unit_test(a_socket_never_shown_nearby_says_nothing),
		cmocka_unit_test(a_socket_that_connects_is_another_form),
		cmocka_unit_test(an_error_answers_the_datagram_it_quotes),
		cmocka_unit_test(which_errors_of_ipv6_a_connected_socket_is_told),
		cmocka_unit_test(an_error_belongs_to_the_socket_that_sent),
		cmocka_unit_test(of_two_sockets_the_one_of_that_time_has_it),
		cmocka_unit_test(of_two_sockets_on_one_port_the_one_that_called_has_them),
		cmocka_unit_test(a_row_that_does_not_say_all_is_no_loss)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
