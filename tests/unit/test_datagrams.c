/* UDP in the model: what the core's records of datagrams, ICMP errors and socket rows come to.
 * Events are fed to a core as a capture and the kernel would give them. */
#include "datagram_bench.h"

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
