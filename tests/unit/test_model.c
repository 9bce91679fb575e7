/* The model of a report from records typed by hand: what is folded, withdrawn, ordered, tabled and
 * counted. */
#include "model_feed.h"

static void a_confirmation_turns_a_claim_into_both_and_names_the_answer(void **state)
{
	struct feed feed = feed_new();
	uint64_t syn = edge(&feed, 1, SERVER, 10, STATE_LISTEN, STATE_SYN_RECV, 1), shown;
	(void)state;

	take(&feed, (struct record){.kind = RECORD_CONFIRMATION,
			    .of = syn,
			    .evidence = EVIDENCE_BOTH,
			    .diag_frame = 5,
			    .t_ns = 11 * MS});
	take(&feed, (struct record){.kind = RECORD_CONFIRMATION,
			    .of = syn,
			    .evidence = EVIDENCE_BOTH,
			    .diag_frame = 9,
			    .t_ns = 12 * MS});
	shown = take(&feed, (struct record){.kind = RECORD_TRANSITION,
				    .t_ns = 20 * MS,
				    .key = key_of(1001),
				    .serial = 1,
				    .side = SERVER,
				    .from = STATE_SYN_RECV,
				    .to = STATE_ESTABLISHED,
				    .evidence = EVIDENCE_KERNEL,
				    .diag_frame = 10});
	take(&feed, (struct record){.kind = RECORD_CONFIRMATION,
			    .of = shown,
			    .evidence = EVIDENCE_BOTH,
			    .frame = 3,
			    .t_ns = 21 * MS});
	struct model *model = finish(&feed);
	assert_int_equal(model->transition_count, 2);
	assert_int_equal(model->transitions[0].record.evidence, EVIDENCE_BOTH);
	assert_int_equal(model->transitions[0].record.diag_frame, 5);
	assert_int_equal(model->transitions[1].record.evidence, EVIDENCE_BOTH);
	assert_int_equal(model->transitions[1].record.frame, 3);
	assert_int_equal(model->transitions[1].record.diag_frame, 10);
	assert_int_equal(model->summary.transitions[EVIDENCE_BOTH], 2);
	model_free(model);
}

static void withdrawn_edges_leave_the_timeline_and_equal_corrections_fold(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	edge(&feed, 1, SERVER, 10, STATE_LISTEN, STATE_SYN_RECV, 1);
	for (uint64_t i = 0; i < 3; i++) {
		int64_t t = 20 + 100 * (int64_t)i;

		withdraw(&feed, edge(&feed, 1, SERVER, t, STATE_SYN_RECV, STATE_ESTABLISHED, 3 + i),
			1, t, t + 50, 3 + i, i == 1 ? 40 : 0, i == 1 ? 0 : 70 + i);
	}
	withdraw(&feed, edge(&feed, 2, SERVER, 30, STATE_SYN_RECV, STATE_ESTABLISHED, 9), 2, 30, 60,
		9, 0, 80); /* another endpoint's */
	struct model *model = finish(&feed);
	assert_int_equal(model->transition_count, 1);
	assert_int_equal(model->correction_count, 2);
	assert_int_equal(model->summary.withdrawn, 4);
	/* its first one came after the other endpoint's */
	const struct correction *folded = &model->corrections[1];
	assert_int_equal(folded->count, 3);
	assert_int_equal(folded->record.t_ns, 70 * MS);
	assert_int_equal(folded->record.edge_t_ns, 20 * MS);
	assert_int_equal(folded->frames[0], 3);
	assert_int_equal(folded->frames[2], 5);
	assert_int_equal(folded->refuting_frames[1], 40);
	assert_int_equal(folded->refuting_diags[1], 0);
	assert_int_equal(folded->refuting_diags[2], 72);
	assert_int_equal(folded->claimed.code, REASON_SYN_RECEIVED);
	const struct connection *connection = &model->connections[0];
	assert_int_equal(connection->steps.count, 2);
	assert_false(connection->steps.item[0].kind == STEP_CORRECTION);
	assert_true(connection->steps.item[1].kind == STEP_CORRECTION);
	assert_int_equal(connection->ends[SERVER].state, STATE_SYN_RECV);
	assert_true(model->shapes[0].anomalous);
	model_free(model);
}

static void corrections_of_another_reason_or_queue_stay_apart(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	for (int i = 0; i < 3; i++) {
		uint64_t of = edge(&feed, 1, SERVER, 10 + i, STATE_SYN_RECV, STATE_ESTABLISHED, 3);

		take(&feed, (struct record){.kind = RECORD_CORRECTION,
				    .of = of,
				    .t_ns = (20 + i) * MS,
				    .edge_t_ns = (10 + i) * MS,
				    .key = key_of(1001),
				    .serial = 1,
				    .from = STATE_SYN_RECV,
				    .to = STATE_ESTABLISHED,
				    .reason = {i == 2 ? REASON_FINAL_ACK_IGNORED
						      : REASON_ACCEPT_QUEUE_FULL,
					    {2 + i, 1, 0}}});
	}
	struct model *model = finish(&feed);
	assert_int_equal(model->correction_count, 3);
	model_free(model);
}

static void a_correction_stands_where_its_edge_was_claimed(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	edge(&feed, 1, SERVER, 10, STATE_LISTEN, STATE_SYN_RECV, 1);
	uint64_t claim = edge(&feed, 1, SERVER, 20, STATE_SYN_RECV, STATE_ESTABLISHED, 3);
	edge(&feed, 1, CLIENT, 30, STATE_ESTABLISHED, STATE_FIN_WAIT1, 5);
	withdraw(&feed, claim, 1, 20, 40, 3, 6, 0);
	edge(&feed, 1, SERVER, 50, STATE_SYN_RECV, STATE_CLOSED, 7);
	struct model *model = finish(&feed);
	const struct steps *steps = &model->connections[0].steps;
	assert_int_equal(steps->count, 4);
	assert_false(steps->item[0].kind == STEP_CORRECTION);
	assert_true(steps->item[1].kind == STEP_CORRECTION);
	assert_false(steps->item[2].kind == STEP_CORRECTION);
	assert_int_equal(model->transitions[steps->item[3].index].record.to, STATE_CLOSED);
	model_free(model);
}

static void runs_are_merged_by_time_and_kept_apart(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	edge(&feed, 1, SERVER, 10, STATE_LISTEN, STATE_SYN_RECV, 1);
	edge(&feed, 1, SERVER, 30, STATE_SYN_RECV, STATE_ESTABLISHED, 3);
	assert_int_equal(model_run(feed.model, "other", ""), 0);
	feed.id = 0;
	uint64_t claim = edge(&feed, 1, SERVER, 20, STATE_LISTEN, STATE_SYN_RECV, 1);
	take(&feed, (struct record){.kind = RECORD_CONFIRMATION,
			    .of = claim,
			    .evidence = EVIDENCE_BOTH,
			    .diag_frame = 2});
	struct model *model = finish(&feed);
	assert_int_equal(model->connection_count, 2);
	assert_int_equal(model->transition_count, 3);
	assert_int_equal(model->transitions[1].run, 1);
	assert_int_equal(model->transitions[1].record.evidence, EVIDENCE_BOTH);
	/* the ids of the runs do not mix */
	assert_int_equal(model->transitions[0].record.evidence, EVIDENCE_WIRE);
	model_free(model);
}

static void segments_are_counted_by_their_sender(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	/* four SYNs: one dropped, its retransmission answered after another one; the SYN-ACK goes
	 * out three times */
	segment(&feed, 1, CLIENT, 0, TCP_SYN, 0, false);
	segment(&feed, 1, CLIENT, 1000, TCP_SYN, 0, true);
	segment(&feed, 1, CLIENT, 2000, TCP_SYN, 0, true);
	segment(&feed, 1, SERVER, 2001, TCP_SYN | TCP_ACK, 0, false);
	segment(&feed, 1, CLIENT, 2002, TCP_ACK, 0, false);
	segment(&feed, 1, SERVER, 3001, TCP_SYN | TCP_ACK, 0, true);
	segment(&feed, 1, SERVER, 5001, TCP_SYN | TCP_ACK, 0, true);
	segment(&feed, 1, CLIENT, 5002, TCP_ACK | TCP_PSH, 3, false);
	segment(&feed, 2, CLIENT, 6000, TCP_SYN, 0, false); /* nobody ever answers */
	segment(&feed, 3, CLIENT, 6000, TCP_SYN, 0, false); /* refused: answered */
	segment(&feed, 3, SERVER, 6001, TCP_RST | TCP_ACK, 0, false);
	struct model *model = finish(&feed);
	const struct connection *connection = &model->connections[0];
	assert_int_equal(connection->client, CLIENT);
	assert_int_equal(connection->syn_unanswered, 2);
	assert_int_equal(connection->syn_ack_retransmissions, 2);
	assert_int_equal(connection->syn_acks, 3);
	assert_int_equal(
		connection->syn_ack_at_ns[2] - connection->syn_ack_at_ns[0], 3000 * (int64_t)MS);
	assert_int_equal(connection->ends[CLIENT].sent.segments, 5);
	assert_int_equal(connection->ends[SERVER].sent.segments, 3);
	assert_int_equal(connection->ends[CLIENT].sent.bytes, 3);
	assert_int_equal(connection->ends[CLIENT].sent.retransmissions, 2);
	assert_int_equal(model->connections[1].syn_unanswered, 1);
	assert_int_equal(model->connections[2].syn_unanswered, 0);
	model_free(model);
}

static void checks_with_two_keys_make_a_grid_in_numeric_order(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	check(&feed, "queue", "10", "1", "min(n, b)", "1", "1");
	check(&feed, "queue", "2", "1", "min(n, b)", "1", "1");
	check(&feed, "queue", "2", "3", "min(n, b)", "2", "3");
	check(&feed, "alone", "2", "3", "n", "3", "3");
	check(&feed, "plain", NULL, NULL, "1", "1", "1");
	check(&feed, "row", "0", NULL, "b + 1", "1", "1");
	check(&feed, "row", "1", NULL, "b + 1", "2", "2");
	check(&feed, "queue", "2", "3", "min(n, b)", "2", "2"); /* the cell is taken */
	struct model *model = finish(&feed);
	assert_int_equal(model->checks_failed, 1);
	assert_int_equal(model->summary.passed, 7);
	assert_int_equal(model->table_count, 2);
	const struct check_table *grid = &model->tables[0];
	assert_string_equal(grid->name, "queue");
	assert_string_equal(grid->row_key, "b");
	assert_string_equal(grid->column_key, "n");
	assert_int_equal(grid->row_count, 2);
	assert_string_equal(grid->rows[0], "2");
	assert_string_equal(grid->rows[1], "10");
	assert_int_equal(grid->cell[0], 1);
	assert_int_equal(grid->cell[1], 2);
	assert_int_equal(grid->cell[2], 0);
	assert_true(grid->cell[3] == SIZE_MAX);
	assert_int_equal(grid->cell_count, 3);
	assert_int_equal(grid->failed, 1);
	assert_string_equal(model->tables[1].row_key, "");
	assert_int_equal(model->tables[1].cell_count, 2);
	assert_int_equal(model->loose_count, 3);
	model_free(model);
}

static void connections_alike_share_a_shape_whatever_end_was_quicker(void **state)
{
	struct feed feed = feed_new();
	(void)state;

	for (uint32_t serial = 1; serial <= 40; serial++) {
		int64_t late = serial % 2; /* who reaches ESTABLISHED first is a race */

		edge(&feed, serial, CLIENT, 10 * serial, STATE_CLOSED, STATE_SYN_SENT, 1);
		edge(&feed, serial, SERVER, 10 * serial, STATE_LISTEN, STATE_SYN_RECV, 1);
		edge(&feed, serial, CLIENT, 10 * serial + 1 + late, STATE_SYN_SENT,
			STATE_ESTABLISHED, 2);
		edge(&feed, serial, SERVER, 10 * serial + 2 - late, STATE_SYN_RECV,
			serial == 17 ? STATE_CLOSED : STATE_ESTABLISHED, 3);
	}
	struct model *model = finish(&feed);
	assert_int_equal(model->shape_count, 2);
	assert_int_equal(model->shapes[0].count, 39);
	assert_int_equal(model->shapes[1].count, 1);
	assert_int_equal(model->connections[model->shapes[1].members[0]].serial, 17);
	assert_int_equal(model->connections[16].shape, 1);
	assert_false(model->shapes[0].anomalous);
	model_free(model);
}

static void a_hundred_thousand_records_are_all_accounted_for(void **state)
{
	struct feed feed = feed_new();
	enum { MANY = 100000 };
	(void)state;

	for (uint32_t serial = 1; serial <= MANY; serial++) {
		uint64_t claim = edge(&feed, serial % 60000 + 1, SERVER, serial, STATE_SYN_RECV,
			STATE_ESTABLISHED, serial);

		if (serial % 3 == 0)
			withdraw(&feed, claim, serial % 60000 + 1, serial, serial + 1, serial,
				serial + 1, 0);
	}
	struct model *model = finish(&feed);
	assert_int_equal(model->transition_count, MANY - MANY / 3);
	assert_int_equal(model->summary.withdrawn, MANY / 3);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_confirmation_turns_a_claim_into_both_and_names_the_answer),
		cmocka_unit_test(withdrawn_edges_leave_the_timeline_and_equal_corrections_fold),
		cmocka_unit_test(corrections_of_another_reason_or_queue_stay_apart),
		cmocka_unit_test(a_correction_stands_where_its_edge_was_claimed),
		cmocka_unit_test(runs_are_merged_by_time_and_kept_apart),
		cmocka_unit_test(segments_are_counted_by_their_sender),
		cmocka_unit_test(checks_with_two_keys_make_a_grid_in_numeric_order),
		cmocka_unit_test(connections_alike_share_a_shape_whatever_end_was_quicker),
		cmocka_unit_test(a_hundred_thousand_records_are_all_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
