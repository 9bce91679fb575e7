/* One connection met in several places, from records typed by hand: what is matched by its ISNs and
 * what is not, which way it goes, and what causality says about the clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "tcpstate/model.h"

enum { US = 1000, CLIENT_ISN = 1000, SERVER_ISN = 9000 };
/* so that no time is near 0, which means none */
static const int64_t base_ns = 1700000000000000000;

/* Where a connection is met: its 4-tuple, which ends are local, the hop limit of the client's
 * segments there, and the clock's error. */
struct place {
	const char *client, *server;
	uint16_t client_port, server_port;
	uint8_t local; /* bit 0: the client's end, bit 1: the server's */
	uint8_t hop_limit;
	int64_t off_ns;
};

static struct model *model_begin(void)
{
	struct model *model = model_new();

	assert_non_null(model);
	model_several(model);
	return model;
}

/* One segment at a place; serial: the number of the connection in that run. */
static void segment(struct model *model, const struct place *place, uint32_t serial,
	bool from_client, int64_t t_us, uint8_t flags, uint32_t seq, uint32_t ack, uint32_t length)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.port_be = {htons(place->client_port), htons(place->server_port)}};
	struct event event = {.kind = EVENT_SEGMENT, .t_ns = base_ns + t_us * US + place->off_ns};
	struct record record = {
		.kind = RECORD_SEGMENT, .t_ns = event.t_ns, .serial = serial, .event = &event};

	inet_pton(AF_INET, place->client, key.addr[0]);
	inet_pton(AF_INET, place->server, key.addr[1]);
	int client = flow_key_canonical(&key);

	event.u.segment = (struct segment){.kind = SEGMENT_TCP,
		.key = key,
		.flags = flags,
		.seq = seq,
		.ack = ack,
		.len = length,
		.hop_limit = place->hop_limit};
	record.key = key;
	record.side = (uint8_t)(from_client ? client : !client);
	record.local_sides =
		(uint8_t)((place->local & 1) << client | (place->local >> 1 & 1) << !client);
	model_take(model, &record);
}

/* The handshake as met at a place, `away_us` after the client and before the server's answer is
 * back. */
static void handshake(struct model *model, const struct place *place, uint32_t serial,
	int64_t start_us, int64_t away_us, int64_t trip_us, uint32_t client_isn,
	uint32_t server_isn)
{
	segment(model, place, serial, true, start_us + away_us, TCP_SYN, client_isn, 0, 0);
	segment(model, place, serial, false, start_us + 2 * trip_us - away_us, TCP_SYN | TCP_ACK,
		server_isn, client_isn + 1, 0);
	segment(model, place, serial, true, start_us + 2 * trip_us + away_us, TCP_ACK,
		client_isn + 1, server_isn + 1, 0);
}

static const struct place at_client = {"10.1.0.2", "10.2.0.2", 22535, 12345, 1, 64, 0},
			  router_in = {"10.1.0.2", "10.2.0.2", 22535, 12345, 0, 64, 0},
			  router_out = {"10.2.0.1", "10.2.0.2", 4711, 12345, 1, 63, 0},
			  at_server = {"10.2.0.1", "10.2.0.2", 4711, 12345, 2, 63, 0};

/* client, router (both sides), server; 100 us from one to the next */
static struct model *three_runs(int64_t router_off_ns, int64_t server_off_ns)
{
	struct model *model = model_begin();
	struct place in = router_in, out = router_out, server = at_server;

	in.off_ns = out.off_ns = router_off_ns;
	server.off_ns = server_off_ns;
	assert_int_equal(model_run(model, "server", ""), 0); /* in no helpful order */
	handshake(model, &server, 1, 0, 200, 200, CLIENT_ISN, SERVER_ISN);
	assert_int_equal(model_run(model, "client", ""), 0);
	handshake(model, &at_client, 1, 0, 0, 200, CLIENT_ISN, SERVER_ISN);
	assert_int_equal(model_run(model, "router", ""), 0);
	handshake(model, &in, 1, 0, 100, 200, CLIENT_ISN, SERVER_ISN);
	handshake(model, &out, 2, 0, 105, 200, CLIENT_ISN, SERVER_ISN);
	assert_int_equal(model_finish(model), 0);
	return model;
}

static const struct connection *hop(const struct model *model, size_t path, size_t at)
{
	return &model->connections[model->paths[path].hops[at]];
}

static void a_connection_is_matched_by_its_isns_and_goes_from_the_client_to_the_server(void **state)
{
	struct model *model = three_runs(0, 0);
	const char *names[] = {"client", "router", "router", "server"};
	const uint16_t ports[] = {22535, 22535, 4711, 4711};

	(void)state;
	assert_int_equal(model->path_count, 1);
	assert_int_equal(model->paths[0].hop_count, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct connection *met = hop(model, 0, i);

		assert_string_equal(model->runs[met->run].name, names[i]);
		assert_int_equal(ntohs(met->key.port_be[met->client]), ports[i]);
		assert_int_equal(met->path, 0);
	}
	assert_string_equal(
		model->runs[model->connections[model->paths[0].witness[0]].run].name, "client");
	assert_string_equal(
		model->runs[model->connections[model->paths[0].witness[1]].run].name, "server");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(model->runs[i].clock.shift_ns, 0);
	/* SYN, SYN-ACK, ACK: each of them at all four places, in order of its own way */
	assert_int_equal(model->paths[0].crossing_count, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct crossing *crossing = &model->crossings[i];

		assert_int_equal(crossing->from_client, i != 1);
		assert_int_equal(crossing->t_ns, model->rungs[crossing->rung[i == 1 ? 3 : 0]].t_ns);
		for (size_t place = 0; place < 4; place++)
			assert_int_equal(model->rungs[crossing->rung[place]].connection,
				model->paths[0].hops[place]);
		assert_int_equal(crossing->rung[4], UINT32_MAX);
	}
	model_free(model);
}

static void other_isns_are_another_connection(void **state)
{
	const uint32_t client_isns[] = {CLIENT_ISN + 1, CLIENT_ISN},
		       server_isns[] = {SERVER_ISN, SERVER_ISN + 1};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct model *model = model_begin();

		model_run(model, "client", "");
		handshake(model, &at_client, 1, 0, 0, 200, CLIENT_ISN, SERVER_ISN);
		model_run(model, "server", "");
		handshake(model, &at_server, 1, 0, 200, 200, client_isns[i], server_isns[i]);
		assert_int_equal(model_finish(model), 0);
		assert_int_equal(model->path_count, 0);
		assert_int_equal(model->connections[0].path, UINT32_MAX);
		model_free(model);
	}
}

/* A capture in which every connection has the same ISNs: none of them passed a router. */
static void equal_numbers_alone_are_no_translation(void **state)
{
	struct model *model = model_begin();
	struct place other = at_client;

	(void)state;
	other.client_port++;
	model_run(model, "toy", "");
	handshake(model, &at_client, 1, 0, 0, 200, CLIENT_ISN, SERVER_ISN);
	handshake(model, &other, 2, 1000, 0, 200, CLIENT_ISN, SERVER_ISN);
	other.client_port++;
	other.hop_limit--;
	/* seconds later: nothing is forwarded so late */
	handshake(model, &other, 3, 5000000, 0, 200, CLIENT_ISN, SERVER_ISN);
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->path_count, 0);
	model_free(model);
}

static void a_syn_without_answer_is_matched_by_its_number_and_its_ports(void **state)
{
	struct place inner = router_in, outer = router_out, stranger = router_out;
	struct model *model = model_begin();

	(void)state;
	outer.client_port = inner.client_port;
	model_run(model, "router", "");
	segment(model, &inner, 1, true, 0, TCP_SYN, CLIENT_ISN, 0, 0);
	segment(model, &outer, 2, true, 5, TCP_SYN, CLIENT_ISN, 0, 0);
	segment(model, &stranger, 3, true, 6, TCP_SYN, CLIENT_ISN, 0, 0);
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->path_count, 1);
	assert_int_equal(model->paths[0].hop_count, 2);
	assert_int_equal(ntohs(hop(model, 0, 1)->key.port_be[hop(model, 0, 1)->client]), 22535);
	model_free(model);
}

static void clocks_apart_are_brought_together_as_far_as_causality_tells(void **state)
{
	const int64_t second = 1000000000, offs[][2] = {{0, 5 * second}, {0, -5 * second},
						   {-3 * second, 7 * second}, {second / 1000, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(offs) / sizeof(offs[0]); i++) {
		struct model *model = three_runs(offs[i][0], offs[i][1]);
		const struct run *client = &model->runs[1], *router = &model->runs[2];

		/* against the server's, which was named first */
		assert_int_equal(model->runs[0].clock.shift_ns, 0);
		assert_int_equal(client->clock.against, 0);
		assert_int_equal(client->clock.segments, 3);
		assert_false(client->clock.contradictory);
		/* one way takes 200 us; 5 of them are spent within the router, by one clock; the
		 * rest is all that can be known */
		assert_int_equal(client->clock.high_ns - client->clock.low_ns, 390 * US);
		assert_in_range(offs[i][1] - client->clock.low_ns, 0, 390 * US);
		assert_int_equal(client->clock.shift_ns, offs[i][1]);
		assert_in_range(
			router->clock.shift_ns - (offs[i][1] - offs[i][0]) + 100 * US, 0, 200 * US);
		for (size_t at = 1; at < 4; at++)
			assert_true(hop(model, 0, at)->syn_ns >= hop(model, 0, at - 1)->syn_ns);
		model_free(model);
	}
}

/* A mark, a counter and a sample of a listener, a second after the beginning. */
static void facts_take(struct model *model, const char *mark)
{
	const int64_t t_ns = base_ns + 1000000000;
	struct event event = {.t_ns = t_ns, .asked_ns = t_ns - US, .kind = EVENT_MARK};
	struct sockrow row = {
		.key = {.family = AF_INET, .protocol = IPPROTO_TCP, .port_be = {htons(80), 0}},
		.state = STATE_LISTEN,
		.cookie = 7};

	event.u.fact.text = (char *)(uintptr_t)mark;
	model_take(model, &(struct record){.kind = RECORD_MARK, .t_ns = t_ns, .event = &event});
	event.kind = EVENT_COUNTER;
	event.u.fact = (struct fact){.text = (char *)(uintptr_t) "TcpExtListenDrops", .delta = 1};
	model_take(model, &(struct record){.kind = RECORD_COUNTER, .t_ns = t_ns, .event = &event});
	event.kind = EVENT_ROW;
	event.u.diag.row = row;
	model_take(model, &(struct record){.kind = RECORD_SAMPLE,
				  .t_ns = t_ns,
				  .key = row.key,
				  .sample_of = 1,
				  .of_dump = true,
				  .event = &event});
	model_take(model, &(struct record){.kind = RECORD_TRANSITION,
				  .t_ns = t_ns,
				  .not_before_ns = t_ns - US,
				  .key = row.key,
				  .listener = true,
				  .cookie = 7,
				  .from = STATE_CLOSED,
				  .to = STATE_LISTEN});
}

static void what_a_run_holds_moves_with_its_clock(void **state)
{
	const int64_t off_ns = -5000000000, t_ns = base_ns + 1000000000;
	struct place client = at_client, server = at_client;
	struct model *model = model_begin();

	(void)state;
	client.off_ns = off_ns;
	server.local = 2;
	assert_int_equal(model_run(model, "server", ""), 0);
	handshake(model, &server, 1, 0, 200, 200, CLIENT_ISN, SERVER_ISN);
	facts_take(model, "here");
	assert_int_equal(model_run(model, "client", ""), 0);
	handshake(model, &client, 1, 0, 0, 200, CLIENT_ISN, SERVER_ISN);
	facts_take(model, "there");
	assert_int_equal(model_finish(model), 0);
	const int64_t by = model->runs[1].clock.shift_ns;

	assert_in_range(by + off_ns + 200 * US, 0, 400 * US);
	assert_int_equal(model->mark_count, 2);
	assert_int_equal(model->counter_count, 2);
	assert_int_equal(model->listener_count, 2);
	assert_int_equal(model->transition_count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(model->marks[i].t_ns, t_ns + (model->marks[i].run == 1 ? by : 0));
		assert_int_equal(
			model->counters[i].t_ns, t_ns + (model->counters[i].run == 1 ? by : 0));
		assert_int_equal(model->listeners[i].last_ns,
			t_ns + (model->listeners[i].run == 1 ? by : 0));
		const struct transition *edge = &model->transitions[i];

		assert_int_equal(edge->record.t_ns, t_ns + (edge->run == 1 ? by : 0));
		assert_int_equal(edge->record.not_before_ns, edge->record.t_ns - US);
	}
	assert_int_not_equal(model->marks[0].run, model->marks[1].run);
	model_free(model);
}

static void segments_one_way_bound_the_clock_on_one_side(void **state)
{
	struct model *model = model_begin();
	struct place server = at_server;

	(void)state;
	server.off_ns = -1000000000;
	model_run(model, "client", "");
	handshake(model, &at_client, 1, 0, 0, 200, CLIENT_ISN, SERVER_ISN);
	model_run(model, "server", "");
	segment(model, &server, 1, true, 200, TCP_SYN, CLIENT_ISN, 0, 0);
	segment(model, &server, 1, false, 250, TCP_SYN | TCP_ACK, SERVER_ISN, CLIENT_ISN + 2,
		0); /* changed on its way: not met again */
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->path_count, 1);
	/* what was changed on its way is another segment at each place */
	assert_int_equal(model->paths[0].crossing_count, 4);
	for (size_t i = 1; i < 4; i++)
		assert_true((model->crossings[i].rung[0] == UINT32_MAX) !=
			    (model->crossings[i].rung[1] == UINT32_MAX));
	assert_true(model->runs[1].clock.bounded_low);
	assert_false(model->runs[1].clock.bounded_high);
	assert_int_equal(model->runs[1].clock.low_ns, 1000000000 - 200 * US);
	assert_int_equal(model->runs[1].clock.shift_ns, model->runs[1].clock.low_ns);
	model_free(model);
}

/* The server's clock is set back by a second between two segments of the client. */
static void a_clock_that_was_set_is_told(void **state)
{
	struct model *model = model_begin();
	struct place server = at_server;

	(void)state;
	model_run(model, "client", "");
	handshake(model, &at_client, 1, 0, 0, 200, CLIENT_ISN, SERVER_ISN);
	segment(model, &at_client, 1, true, 1000, TCP_ACK | TCP_PSH, CLIENT_ISN + 1, SERVER_ISN + 1,
		5);
	model_run(model, "server", "");
	handshake(model, &server, 1, 0, 200, 200, CLIENT_ISN, SERVER_ISN);
	server.off_ns = -1000000000;
	segment(model, &server, 1, true, 1200, TCP_ACK | TCP_PSH, CLIENT_ISN + 1, SERVER_ISN + 1,
		5);
	assert_int_equal(model_finish(model), 0);
	assert_true(model->runs[1].clock.contradictory);
	model_free(model);
}

/* A toy stack begins all connections with one number, and a translator forwards each of them. */
enum { INSIDE = 10000, OUTSIDE = 30000 /* ports */ };

static struct model *alike(uint32_t count, uint32_t isn)
{
	struct model *model = model_begin();

	assert_int_equal(model_run(model, "router", ""), 0);
	for (uint32_t i = 0; i < count; i++) {
		struct place in = router_in, out = router_out;

		in.client_port = (uint16_t)(INSIDE + i);
		out.client_port = (uint16_t)(OUTSIDE + i);
		handshake(model, &in, 2 * i + 1, i * 3000, 100, 200, isn, SERVER_ISN);
		handshake(model, &out, 2 * i + 2, i * 3000, 105, 200, isn, SERVER_ISN);
	}
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->connection_count, 2 * count);
	return model;
}

/* More than a path can have hops: the number tells none from another. */
static void a_number_that_many_share_joins_nobody(void **state)
{
	struct model *model = alike(200, CLIENT_ISN);

	(void)state;
	assert_int_equal(model->path_count, 0);
	for (size_t i = 0; i < model->connection_count; i++)
		assert_int_equal(model->connections[i].path, UINT32_MAX);
	model_free(model);
}

/* Two captures of the same wire have the same 4-tuples: those are joined all the same. */
static void of_many_with_one_number_the_same_ports_are_the_same(void **state)
{
	struct model *model = model_begin();

	(void)state;
	for (uint32_t run = 0; run < 2; run++) {
		assert_int_equal(model_run(model, run == 0 ? "here" : "there", ""), 0);
		for (uint32_t i = 0; i < 100; i++) {
			struct place place = router_in;

			place.client_port = (uint16_t)(INSIDE + i);
			handshake(model, &place, i + 1, i * 3000, 100, 200, CLIENT_ISN, SERVER_ISN);
		}
	}
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->path_count, 100);
	for (size_t i = 0; i < model->path_count; i++)
		assert_int_equal(model->paths[i].hop_count, 2);
	model_free(model);
}

/* Of a few, that is the first one, in whatever order a table comes to hold them. */
static void the_first_of_a_few_does_not_hang_on_a_table(void **state)
{
	(void)state;
	for (uint32_t isn = 1; isn <= 16; isn++) {
		struct model *model = alike(16, isn);

		assert_int_equal(model->path_count, 1);
		assert_int_equal(model->connections[0].path, 0);
		assert_int_equal(model->paths[0].hop_count, 16 + 1);
		model_free(model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_connection_is_matched_by_its_isns_and_goes_from_the_client_to_the_server),
		cmocka_unit_test(other_isns_are_another_connection),
		cmocka_unit_test(equal_numbers_alone_are_no_translation),
		cmocka_unit_test(a_syn_without_answer_is_matched_by_its_number_and_its_ports),
		cmocka_unit_test(clocks_apart_are_brought_together_as_far_as_causality_tells),
		cmocka_unit_test(what_a_run_holds_moves_with_its_clock),
		cmocka_unit_test(segments_one_way_bound_the_clock_on_one_side),
		cmocka_unit_test(a_clock_that_was_set_is_told),
		cmocka_unit_test(a_number_that_many_share_joins_nobody),
		cmocka_unit_test(of_many_with_one_number_the_same_ports_are_the_same),
		cmocka_unit_test(the_first_of_a_few_does_not_hang_on_a_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
