/* UDP in the model: what the core's records of datagrams, ICMP errors and socket rows come to.
 * Events are fed to a core as a capture and the kernel would give them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/feed.h"
#include "tcpstate/model.h"

enum { MS = 1000000, A_PORT = 40000, B_PORT = 53 };

struct bench {
	struct core *core;
	struct feed *feed;
	struct model *model;
	uint64_t frame, diag;
};

static struct bench bench_new(void)
{
	struct bench bench = {.model = model_new()};

	assert_non_null(bench.model);
	bench.core = core_new(
		&(struct core_limits){.flows = 64}, (struct emit){model_take, bench.model});
	bench.feed = feed_new(&(struct feed_options){.core = bench.core});
	assert_non_null(bench.feed);
	assert_int_equal(model_run(bench.model, "run", ""), 0);
	return bench;
}

/* A is 127.0.0.1:40000, B 127.0.0.2:53: both this namespace's own. */
static struct flow_key a_to_b(void)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_UDP,
		.port_be = {htons(A_PORT), htons(B_PORT)}};

	inet_pton(AF_INET, "127.0.0.1", key.addr[0]);
	inet_pton(AF_INET, "127.0.0.2", key.addr[1]);
	return key;
}

static struct segment datagram(bool from_b, uint32_t bytes, uint16_t id)
{
	struct flow_key key = a_to_b();

	return (struct segment){.kind = SEGMENT_UDP,
		.key = from_b ? flow_key_swap(&key) : key,
		.len = bytes,
		.datagram_len = bytes,
		.ip_id = id,
		.checksum = (uint16_t)(bytes * 7 + 1),
		.hop_limit = 64};
}

static struct segment icmp(uint8_t type, uint8_t code, uint32_t bytes, uint16_t id)
{
	return (struct segment){.kind = SEGMENT_ICMP,
		.key = a_to_b(),
		.icmp_family = AF_INET,
		.icmp_type = type,
		.icmp_code = code,
		.datagram_len = bytes,
		.quoted_id = id,
		.checksum = (uint16_t)(bytes * 7 + 1),
		.icmp_from = {127, 0, 0, 2}};
}

static uint64_t feed(struct bench *bench, int64_t t_ms, struct segment segment)
{
	struct event event = {.t_ns = t_ms * MS,
		.kind = EVENT_SEGMENT,
		.number = ++bench->frame,
		.u.segment = segment};

	feed_event(bench->feed, &event);
	return bench->frame;
}

/* A's socket as a dump shows it. */
static uint64_t row(
	struct bench *bench, int64_t t_ms, uint64_t cookie, bool connected, uint32_t drops)
{
	struct event event = {.t_ns = t_ms * MS,
		.asked_ns = t_ms * MS,
		.kind = EVENT_ROW,
		.number = ++bench->diag};
	struct sockrow *shown = &event.u.diag.row;

	shown->key = a_to_b();
	shown->state = connected ? STATE_ESTABLISHED : STATE_CLOSED;
	shown->cookie = cookie;
	shown->has_mem = true;
	shown->drops = drops;
	if (!connected) {
		/* bound to the wildcard */
		memset(shown->key.addr, 0, sizeof(shown->key.addr));
		shown->key.port_be[1] = 0;
	}
	feed_event(bench->feed, &event);
	return bench->diag;
}

static const struct model *finish(struct bench *bench)
{
	core_finish(bench->core, 100000 * (int64_t)MS);
	assert_int_equal(model_finish(bench->model), 0);
	return bench->model;
}

static void bench_free(struct bench *bench)
{
	feed_free(bench->feed);
	core_free(bench->core);
	model_free(bench->model);
}

static void a_conversation_counts_by_sender(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, 1, datagram(false, 10, 1));
	feed(&bench, 2, datagram(true, 100, 2));
	feed(&bench, 3, datagram(false, 20, 3));
	const struct model *model = finish(&bench);
	assert_int_equal(model->conversation_count, 1);
	const struct conversation *conversation = &model->conversations[0];
	int a = conversation->opener;
	assert_int_equal(ntohs(conversation->key.port_be[a]), A_PORT);
	assert_int_equal(conversation->datagrams[a], 2);
	assert_int_equal(conversation->datagrams[!a], 1);
	assert_int_equal(conversation->bytes[a], 30);
	assert_int_equal(conversation->bytes[!a], 100);
	assert_int_equal(conversation->line_count, 3);
	assert_int_equal(model->datagrams[conversation->first_line + 1].side, !a);
	assert_false(conversation->anomalous);
	bench_free(&bench);
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
	feed(&bench, 60000, datagram(false, 10, 1));
	feed(&bench, 60001, icmp(3, 3, 10, 1));
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
	feed(&bench, 1100, datagram(false, 10, 1));
	feed(&bench, 1101, icmp(3, 3, 10, 1));
	row(&bench, 1102, 5, false, 0);
	row(&bench, 1500, 5, true, 0);
	feed(&bench, 1600, datagram(false, 10, 2));
	feed(&bench, 1601, icmp(3, 3, 10, 2));
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

static void a_long_ladder_is_folded_and_its_counts_are_not(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	for (uint32_t i = 0; i < 1000; i++) {
		feed(&bench, 10 * i, datagram(false, i, (uint16_t)(i + 1)));
		if (i >= 500)
			feed(&bench, 10 * i + 1, icmp(3, 3, i, (uint16_t)(i + 1)));
	}
	const struct model *model = finish(&bench);
	const struct conversation *conversation = &model->conversations[0];
	assert_int_equal(conversation->datagrams[conversation->opener], 1000);
	assert_int_equal(conversation->errors, 500);
	assert_int_equal(conversation->lines, 1500);
	assert_int_equal(conversation->line_count, LADDER_FIRST + LADDER_ERRORS + LADDER_LAST);
	size_t errors = 0;
	for (size_t i = 0; i < conversation->line_count; i++) {
		const struct datagram *line = &model->datagrams[i];

		if (i > 0)
			assert_true(line->ordinal > model->datagrams[i - 1].ordinal &&
				    line->t_ns > model->datagrams[i - 1].t_ns);
		if (line->error == UINT32_MAX)
			continue;
		errors++;
		assert_int_equal(model->errors[line->error].frame, line->frame);
		assert_int_equal(model->errors[line->error].answers, line->frame - 1);
	}
	assert_int_equal(errors, LADDER_ERRORS + LADDER_LAST / 2);
	assert_int_equal(model->error_count, errors); /* those forgotten left no trace */
	assert_int_equal(model->datagrams[conversation->line_count - 1].frame, 1500);
	bench_free(&bench);
}

static void a_copy_on_another_interface_is_no_datagram(void **state)
{
	struct bench bench = bench_new();
	struct segment first = datagram(false, 10, 1), copy = first, again;
	(void)state;

	copy.hop_limit = 63;
	copy.interface = 3;
	again = first;
	feed(&bench, 1, first);
	feed(&bench, 1, copy);
	feed(&bench, 500, again); /* the same bytes by the same way: sent again */
	const struct model *model = finish(&bench);
	assert_int_equal(model->conversations[0].datagrams[model->conversations[0].opener], 2);
	bench_free(&bench);
}

static struct segment piece(uint16_t id, uint32_t offset, uint32_t bytes, bool more)
{
	struct segment segment = datagram(false, bytes, id);

	segment.fragment = true;
	segment.more_fragments = more;
	segment.fragment_id = id;
	segment.fragment_offset = offset;
	segment.datagram_len = 2000;
	if (offset > 0) {
		segment.kind = SEGMENT_FRAGMENT;
		segment.key.port_be[0] = segment.key.port_be[1] = 0;
	}
	return segment;
}

static void fragments_are_one_datagram(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, 1, piece(1, 0, 992, true)); /* with the UDP header 1000 */
	feed(&bench, 1, piece(1, 1000, 800, true));
	feed(&bench, 1, piece(1, 1000, 800, true)); /* a copy */
	feed(&bench, 1, piece(1, 1800, 208, false));
	/* the last one first, the middle one lost */
	feed(&bench, 2, piece(2, 1800, 208, false));
	feed(&bench, 2, piece(2, 0, 992, true));
	const struct model *model = finish(&bench);
	const struct conversation *conversation = &model->conversations[0];
	assert_int_equal(conversation->datagrams[conversation->opener], 2);
	assert_int_equal(conversation->bytes[conversation->opener], 4000);
	assert_int_equal(conversation->line_count, 2);
	assert_int_equal(model->datagrams[0].fragments, 3);
	assert_int_equal(model->datagrams[0].captured, 2000);
	assert_int_equal(model->datagrams[1].fragments, 2);
	assert_int_equal(model->datagrams[1].captured, 1200);
	assert_int_equal(conversation->incomplete, 1);
	assert_true(conversation->anomalous);
	bench_free(&bench);
}

static void drops_are_dated_by_the_answers_around_them(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	row(&bench, 1000, 5, false, 2);
	row(&bench, 2000, 5, false, 2);
	row(&bench, 3000, 5, true, 9); /* connected meanwhile: the socket is the same */
	row(&bench, 4000, 6, true, 0); /* another socket in its place */
	const struct model *model = finish(&bench);
	assert_int_equal(model->loss_count, 2);
	assert_int_equal(model->losses[0].count, 2);
	assert_int_equal(model->losses[0].not_before_ns, 0);
	assert_int_equal(model->losses[1].count, 7);
	assert_int_equal(model->losses[1].total, 9);
	assert_int_equal(model->losses[1].not_before_ns, 2000 * (int64_t)MS);
	assert_int_equal(model->losses[1].before_diag, 2);
	assert_int_equal(model->losses[1].diag_frame, 3);
	assert_int_equal(model->summary.dropped, 9);
	bench_free(&bench);
}

static void a_socket_that_keeps_losing_is_folded(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	for (uint32_t i = 1; i <= 100; i++)
		row(&bench, 1000 * i, 5, false, i - 1);
	const struct model *model = finish(&bench);
	assert_int_equal(model->loss_count, LOSSES_KEPT);
	assert_int_equal(model->losses[LOSSES_KEPT - 1].total, 99);
	assert_int_equal(model->losses[LOSSES_KEPT - 1].count, 99 - (LOSSES_KEPT - 1));
	bench_free(&bench);
}

static void a_group_is_one_conversation(void **state)
{
	struct bench bench = bench_new();
	struct segment to_group = datagram(false, 10, 1), broadcast = datagram(false, 10, 2);
	(void)state;

	inet_pton(AF_INET, "224.0.0.251", to_group.key.addr[1]);
	inet_pton(AF_INET, "127.255.255.255", broadcast.key.addr[1]);
	broadcast.group = true; /* only the link layer knows */
	feed(&bench, 1, to_group);
	feed(&bench, 2, broadcast);
	feed(&bench, 3, datagram(false, 10, 3));
	const struct model *model = finish(&bench);
	assert_int_equal(model->conversation_count, 3);
	assert_true(model->conversations[0].group);
	assert_true(model->conversations[1].group);
	assert_false(model->conversations[2].group);
	bench_free(&bench);
}

/* Live: a new conversation's sockets are asked for once, those of an error always and at once. */
static void sockets_of_datagrams_are_asked_for(void **state)
{
	struct bench bench = bench_new();
	struct wish wishes[8];
	int64_t next;
	(void)state;

	feed(&bench, 1, datagram(false, 10, 1));
	feed(&bench, 1, datagram(false, 10, 2));
	assert_int_equal(core_wishes(bench.core, 1 * MS, wishes, 8, &next), 0);
	assert_int_equal(next, 1 * MS + MS / 2);
	assert_int_equal(core_wishes(bench.core, 2 * MS, wishes, 8, &next), 2);
	assert_int_equal(wishes[0].kind, WISH_SOCKET);
	assert_int_equal(wishes[0].key.protocol, IPPROTO_UDP);
	feed(&bench, 3, datagram(true, 10, 3));
	assert_int_equal(core_wishes(bench.core, 4 * MS, wishes, 8, &next), 0);
	feed(&bench, 5, icmp(3, 3, 10, 2));
	assert_int_equal(core_wishes(bench.core, 5 * MS, wishes, 8, &next), 1);
	struct flow_key key = a_to_b();
	assert_true(flow_key_equal(&wishes[0].key, &key));
	bench_free(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_counts_by_sender),
		cmocka_unit_test(who_learns_of_an_error_is_the_connected_socket),
		cmocka_unit_test(a_socket_never_shown_nearby_says_nothing),
		cmocka_unit_test(a_socket_that_connects_is_another_form),
		cmocka_unit_test(an_error_answers_the_datagram_it_quotes),
		cmocka_unit_test(a_long_ladder_is_folded_and_its_counts_are_not),
		cmocka_unit_test(a_copy_on_another_interface_is_no_datagram),
		cmocka_unit_test(fragments_are_one_datagram),
		cmocka_unit_test(drops_are_dated_by_the_answers_around_them),
		cmocka_unit_test(a_socket_that_keeps_losing_is_folded),
		cmocka_unit_test(a_group_is_one_conversation),
		cmocka_unit_test(sockets_of_datagrams_are_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
