/* The model of a report from records typed by hand: what is folded, withdrawn, ordered, tabled and
 * counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/model.h"
#include "tcpstate/prose_report.h"

/* sides of the keys below: port 80 sorts first */
enum { MS = 1000000, SERVER = 0, CLIENT = 1 };

static struct flow_key key_of(uint16_t client_port)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.port_be = {htons(80), htons(client_port)}};

	inet_pton(AF_INET, "10.0.0.1", key.addr[SERVER]);
	inet_pton(AF_INET, "10.0.0.2", key.addr[CLIENT]);
	return key;
}

/* One report being fed: ids count up as the core's do. */
struct feed {
	struct model *model;
	uint64_t id;
};

static struct feed feed_new(void)
{
	struct feed feed = {model_new(), 0};

	assert_non_null(feed.model);
	assert_int_equal(model_run(feed.model, "run", ""), 0);
	return feed;
}

static uint64_t take(struct feed *feed, struct record record)
{
	record.id = ++feed->id;
	model_take(feed->model, &record);
	return record.id;
}

static uint64_t edge(struct feed *feed, uint32_t serial, int side, int64_t t_ms, uint8_t from,
	uint8_t to, uint64_t frame)
{
	return take(feed, (struct record){.kind = RECORD_TRANSITION,
				  .t_ns = t_ms * MS,
				  .frame = frame,
				  .key = key_of((uint16_t)(1000 + serial)),
				  .serial = serial,
				  .side = (uint8_t)side,
				  .from = from,
				  .to = to,
				  .cause = CAUSE_SEGMENT,
				  .evidence = EVIDENCE_WIRE,
				  .reason = {.code = REASON_SYN_RECEIVED}});
}

static void withdraw(struct feed *feed, uint64_t of, uint32_t serial, int64_t edge_ms, int64_t t_ms,
	uint64_t frame, uint64_t refuting, uint64_t diag)
{
	take(feed, (struct record){.kind = RECORD_CORRECTION,
			   .of = of,
			   .t_ns = t_ms * MS,
			   .edge_t_ns = edge_ms * MS,
			   .frame = frame,
			   .refuting_frame = refuting,
			   .diag_frame = diag,
			   .key = key_of((uint16_t)(1000 + serial)),
			   .serial = serial,
			   .side = SERVER,
			   .from = STATE_SYN_RECV,
			   .to = STATE_ESTABLISHED,
			   .reason = {REASON_ACCEPT_QUEUE_FULL, {2, 1, 0}}});
}

static void segment(struct feed *feed, uint32_t serial, int side, int64_t t_ms, uint8_t flags,
	uint32_t length, bool again)
{
	struct event event = {.t_ns = t_ms * MS,
		.kind = EVENT_SEGMENT,
		.u.segment = {.kind = SEGMENT_TCP, .flags = flags, .len = length}};

	take(feed, (struct record){.kind = RECORD_SEGMENT,
			   .t_ns = t_ms * MS,
			   .key = key_of((uint16_t)(1000 + serial)),
			   .serial = serial,
			   .side = (uint8_t)side,
			   .retransmission = again,
			   .event = &event});
}

static void fact(struct feed *feed, int kind, int64_t t_ms, struct fact fact)
{
	struct event event = {.t_ns = t_ms * MS, .u.fact = fact};

	event.kind = kind == RECORD_MARK    ? EVENT_MARK
		     : kind == RECORD_CHECK ? EVENT_CHECK
					    : EVENT_COUNTER;
	take(feed, (struct record){.kind = (uint8_t)kind, .t_ns = t_ms * MS, .event = &event});
}

static void sample(struct feed *feed, uint32_t marks, int64_t asked_ms, struct sockrow row)
{
	struct event event = {.t_ns = asked_ms * MS + 1,
		.asked_ns = asked_ms * MS,
		.number = 7,
		.kind = EVENT_ROW,
		.u.diag.row = row};

	take(feed, (struct record){.kind = RECORD_SAMPLE,
			   .t_ns = event.t_ns,
			   .key = row.key,
			   .sample_of = marks,
			   .of_dump = true,
			   .event = &event});
}

static void check(struct feed *feed, const char *name, const char *b, const char *n,
	const char *formula, const char *predicted, const char *measured)
{
	struct cell cells[2] = {{"b", (char *)b}, {"n", (char *)n}};
	struct check one = {.t_ns = 1,
		.name = (char *)name,
		.cells = cells,
		.cell_count = n != NULL   ? 2
			      : b != NULL ? 1
					  : 0,
		.formula = (char *)formula,
		.predicted = (char *)predicted,
		.query = "count LISTEN",
		.measured = (char *)measured,
		.problem = "",
		.match = strcmp(predicted, measured) == 0};

	fact(feed, RECORD_CHECK, 1, (struct fact){.check = &one});
}

static struct model *finish(struct feed *feed)
{
	struct run *run = model_current(feed->model);

	run->first_ns = 1;
	run->last_ns = 1000000 * (int64_t)MS;
	assert_int_equal(model_finish(feed->model), 0);
	return feed->model;
}

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
	assert_int_equal(connection->state[SERVER], STATE_SYN_RECV);
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
	assert_int_equal(connection->segments[CLIENT], 5);
	assert_int_equal(connection->segments[SERVER], 3);
	assert_int_equal(connection->bytes[CLIENT], 3);
	assert_int_equal(connection->retransmissions[CLIENT], 2);
	assert_int_equal(model->connections[1].syn_unanswered, 1);
	assert_int_equal(model->connections[2].syn_unanswered, 0);
	model_free(model);
}

static struct sockrow row_of(uint16_t local_port, uint16_t remote_port, uint8_t state_number,
	uint64_t cookie, uint32_t inode)
{
	struct sockrow row = {.key = {.family = AF_INET,
				      .protocol = IPPROTO_TCP,
				      .port_be = {htons(local_port), htons(remote_port)}},
		.state = state_number,
		.cookie = cookie,
		.inode = inode};

	inet_pton(AF_INET, local_port == 80 ? "10.0.0.1" : "10.0.0.2", row.key.addr[0]);
	if (remote_port != 0)
		inet_pton(AF_INET, remote_port == 80 ? "10.0.0.1" : "10.0.0.2", row.key.addr[1]);
	return row;
}

/* listen() again, with a larger backlog, on a queue that was full: both are remembered. */
static void a_queue_was_full_when_the_backlog_was_smaller(void **state)
{
	struct feed feed = feed_new();
	struct sockrow listener = row_of(80, 0, STATE_LISTEN, 1, 11);
	(void)state;

	listener.recv_q = 2;
	listener.send_q = 1;
	sample(&feed, 1, 1, listener);
	listener.send_q = 7;
	sample(&feed, 1, 2, listener);
	listener.recv_q = 3;
	sample(&feed, 1, 3, listener);
	struct model *model = finish(&feed);
	const struct listener *it = &model->listeners[0];
	char text[200];

	assert_true(it->overflowed);
	assert_int_equal(it->max_queue, 3);
	assert_int_equal(it->backlog, 7);
	assert_int_equal(it->overflow_queue, 2);
	assert_int_equal(it->overflow_backlog, 1);
	assert_non_null(strstr(prose_listener(model, it, text, sizeof(text)),
		"queue never above 3, backlog 7; it was full when the backlog was 1"));
	model_free(model);
}

static void a_phase_shows_its_marks_dump_only_server_and_client_apart(void **state)
{
	struct feed feed = feed_new();
	struct sockrow listener = row_of(80, 0, STATE_LISTEN, 1, 11);
	(void)state;

	listener.recv_q = 2;
	listener.send_q = 1;
	edge(&feed, 1, CLIENT, 5, STATE_CLOSED, STATE_SYN_SENT, 1);
	fact(&feed, RECORD_MARK, 100, (struct fact){.text = "connected"});
	sample(&feed, 1, 99, row_of(81, 0, STATE_LISTEN, 9, 0)); /* asked before the mark */
	sample(&feed, 1, 101, row_of(1001, 80, STATE_ESTABLISHED, 2, 12));
	sample(&feed, 1, 101, listener);
	sample(&feed, 1, 101, row_of(80, 1001, STATE_ESTABLISHED, 3, 0));
	/* dumps repeat rows */
	sample(&feed, 1, 102, row_of(80, 1001, STATE_ESTABLISHED, 3, 0));
	fact(&feed, RECORD_COUNTER, 103,
		(struct fact){.text = "TcpExtListenDrops", .count = 4, .delta = 1});
	fact(&feed, RECORD_COUNTER, 104,
		(struct fact){.text = "TcpExtListenDrops", .count = 6, .delta = 2});
	model_dump_end(feed.model, 101 * MS);
	/* a later regular dump */
	sample(&feed, 1, 900, row_of(80, 1002, STATE_ESTABLISHED, 4, 0));
	fact(&feed, RECORD_MARK, 1000, (struct fact){.text = "closed"});
	sample(&feed, 2, 1001, row_of(1001, 80, STATE_TIME_WAIT, 2, 0));
	model_owner(feed.model, &(struct owner){12, 4711, "echo_client", 0}, 0);
	struct model *model = finish(&feed);
	assert_int_equal(model->phase_count, 2);
	const struct phase *phase = &model->phases[0];
	assert_string_equal(phase->text, "connected");
	assert_int_equal(phase->server_count, 2);
	assert_int_equal(phase->client_count, 1);
	assert_int_equal(model->samples[phase->server].row.state, STATE_LISTEN);
	assert_int_equal(model->samples[phase->client].row.key.port_be[0], htons(1001));
	assert_int_equal(phase->states[0][STATE_ESTABLISHED], 1);
	assert_int_equal(phase->counter_count, 0);
	/* what moved before the second mark */
	assert_int_equal(model->phases[1].counter_count, 1);
	assert_int_equal(model->phases[1].counters[0].delta, 3);
	assert_true(model->listeners[0].overflowed || model->listeners[1].overflowed);
	const struct sample *wait = &model->samples[model->phases[1].client];
	assert_int_equal(model->phases[1].client_count, 1);
	assert_true(wait->was && wait->has_owner);
	assert_int_equal(wait->owner.pid, 4711);
	model_free(model);
}

static void a_held_close_wait_names_the_process_that_holds_it(void **state)
{
	struct feed feed = feed_new();
	struct sockrow row = row_of(80, 1001, STATE_CLOSE_WAIT, 3, 13);
	(void)state;

	for (uint32_t serial = 1; serial <= 2; serial++) {
		uint64_t id =
			edge(&feed, serial, SERVER, 10, STATE_ESTABLISHED, STATE_CLOSE_WAIT, 5);

		take(&feed,
			(struct record){
				.kind = RECORD_CONFIRMATION, .of = id, .evidence = EVIDENCE_BOTH});
	}
	struct event event = {.t_ns = 20 * MS, .kind = EVENT_ROW, .u.diag.row = row};
	take(&feed, (struct record){.kind = RECORD_SAMPLE,
			    .t_ns = 20 * MS,
			    .key = key_of(1001),
			    .serial = 1,
			    .event = &event});
	model_owner(feed.model, &(struct owner){13, 4711, "echo_server", 0}, 0);
	struct model *model = finish(&feed);
	assert_int_equal(model->finding_count, 2);
	assert_int_equal(model->findings[0].arg[0], 999990);
	assert_int_equal(model->findings[0].arg[1], 4711);
	/* whose the other is, nobody told */
	assert_int_equal(model->findings[1].arg[1], 0);
	model_free(model);
}

/* A server forks, and its parent closes its copy 30 ms later: from then on the child has it alone.
 */
static void owners_are_intervals(void **state)
{
	const struct owner parent = {13, 4711, "server", 0}, child = {13, 4712, "server", 0};
	struct sockrow row = row_of(80, 1001, STATE_CLOSE_WAIT, 3, 13);
	struct feed feed = feed_new();
	const struct holder *first;
	(void)state;

	uint64_t id = edge(&feed, 1, SERVER, 10, STATE_ESTABLISHED, STATE_CLOSE_WAIT, 5);
	take(&feed,
		(struct record){.kind = RECORD_CONFIRMATION, .of = id, .evidence = EVIDENCE_BOTH});
	model_owner(feed.model, &parent, 1 * MS);
	model_owner(feed.model, &child, 2 * MS);
	model_let_go(feed.model, &parent, 3 * MS);
	fact(&feed, RECORD_MARK, 20, (struct fact){.text = "held"});
	struct event event = {.t_ns = 21 * MS, .asked_ns = 21 * MS, .kind = EVENT_ROW};
	event.u.diag.row = row;
	take(&feed, (struct record){.kind = RECORD_SAMPLE,
			    .t_ns = 21 * MS,
			    .key = key_of(1001),
			    .serial = 1,
			    .sample_of = 1,
			    .of_dump = true,
			    .event = &event});
	model_owner(feed.model, &parent, 900 * MS); /* passed back */
	struct model *model = finish(&feed);
	assert_int_equal(model_holders(model, 0, 13, &first), 3);
	assert_int_equal(first[0].owner.pid, 4711);
	assert_int_equal(first[0].to_ns, 3 * MS);
	assert_int_equal(first[1].from_ns, 900 * MS);
	assert_int_equal(first[1].to_ns, INT64_MAX);
	assert_int_equal(first[2].owner.pid, 4712);
	/* the phase's table, the connection's header and the finding say the same */
	assert_int_equal(model->sample_count, 1);
	assert_int_equal(model->samples[0].owner.pid, 4712);
	assert_int_equal(model->connections[0].owner[SERVER].pid, 4712);
	assert_int_equal(model->finding_count, 1);
	assert_int_equal(model->findings[0].arg[1], 4712);
	assert_string_equal(model->findings[0].text[0], "server[4711]\nserver[4712]");
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
		cmocka_unit_test(a_queue_was_full_when_the_backlog_was_smaller),
		cmocka_unit_test(a_phase_shows_its_marks_dump_only_server_and_client_apart),
		cmocka_unit_test(a_held_close_wait_names_the_process_that_holds_it),
		cmocka_unit_test(owners_are_intervals),
		cmocka_unit_test(checks_with_two_keys_make_a_grid_in_numeric_order),
		cmocka_unit_test(connections_alike_share_a_shape_whatever_end_was_quicker),
		cmocka_unit_test(a_hundred_thousand_records_are_all_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
