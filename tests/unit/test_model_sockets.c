/* The model of a report from records typed by hand: what the kernel showed of sockets, and who held
 * them. */
#include "model_feed.h"

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
		"queue never above 3, backlog 1, then 7; it was full when the backlog was 1"));
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
	model_let_go(feed.model, &parent, 3 * MS, 5 * MS);
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
	assert_int_equal(model->connections[0].ends[SERVER].owner.pid, 4712);
	assert_int_equal(model->finding_count, 1);
	assert_int_equal(model->findings[0].arg[1], 4712);
	assert_string_equal(model->findings[0].text[0], "server[4711]\nserver[4712]");
	model_free(model);
}

/* A scan met the parent with it at 3 ms, the next one at 9 ms did not: at 6 ms it may have held it
 * or not. A third one held it once, and had ended before anybody could watch it. */
static void who_let_go_between_two_scans_is_told_as_perhaps(void **state)
{
	const struct owner parent = {13, 4711, "server", 0}, child = {13, 4712, "server", 0},
			   passing = {13, 4713, "server", 0};
	struct sockrow row = row_of(80, 1001, STATE_ESTABLISHED, 3, 13);
	struct feed feed = feed_new();
	char text[PROSE_LINE];
	(void)state;

	uint64_t id = edge(&feed, 1, SERVER, 1, STATE_SYN_RECV, STATE_ESTABLISHED, 5);
	take(&feed,
		(struct record){.kind = RECORD_CONFIRMATION, .of = id, .evidence = EVIDENCE_BOTH});
	model_owner(feed.model, &parent, 1 * MS);
	model_owner(feed.model, &child, 2 * MS);
	model_owner(feed.model, &passing, 3 * MS);
	struct event end = {.t_ns = 3 * MS, .kind = EVENT_EXIT};
	end.u.exit = (struct exit){.pid = 4713, .program = "server"};
	take(&feed, (struct record){.kind = RECORD_EXIT, .t_ns = 3 * MS, .event = &end});
	model_let_go(feed.model, &parent, 3 * MS, 9 * MS);
	fact(&feed, RECORD_MARK, 6, (struct fact){.text = "between"});
	struct event event = {.t_ns = 6 * MS, .asked_ns = 6 * MS, .kind = EVENT_ROW};
	event.u.diag.row = row;
	take(&feed, (struct record){.kind = RECORD_SAMPLE,
			    .t_ns = 6 * MS,
			    .key = key_of(1001),
			    .serial = 1,
			    .sample_of = 1,
			    .of_dump = true,
			    .event = &event});
	struct model *model = finish(&feed);
	assert_int_equal(model->sample_count, 1);
	const struct sample *sample = &model->samples[0];
	assert_int_equal(sample->owner.pid, 4712);
	assert_int_equal(sample->also.count, 1);
	assert_int_equal(sample->also.perhaps, 1);
	assert_string_equal(prose_owners(model, &sample->owner, &sample->also, text, sizeof(text)),
		"server[4712], perhaps also server[4711]");
	model_free(model);
}

/* Of a recording without owners none is looked for (UBSan: no offset from a null pointer). */
static void nobody_holds_what_nobody_was_seen_to_have(void **state)
{
	struct feed feed = feed_new();
	const struct holder *first;

	(void)state;
	struct model *model = finish(&feed);
	assert_int_equal(model_holders(model, 0, 13, &first), 0);
	assert_null(first);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_was_full_when_the_backlog_was_smaller),
		cmocka_unit_test(a_phase_shows_its_marks_dump_only_server_and_client_apart),
		cmocka_unit_test(a_held_close_wait_names_the_process_that_holds_it),
		cmocka_unit_test(owners_are_intervals),
		cmocka_unit_test(nobody_holds_what_nobody_was_seen_to_have),
		cmocka_unit_test(who_let_go_between_two_scans_is_told_as_perhaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
