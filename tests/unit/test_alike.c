/* Connections that look like one that was folded are not told, and nothing that a report says of
 * all is other for it: the same segments go into two models, of which one is asked what is alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/core.h"
#include "tcpstate/hash.h"
#include "tcpstate/model.h"

enum { MS = 1000000, CONNECTIONS = 1500, MANY = 9000, KEPT = 20, STEPS = 11, APART_MS = 7 };
enum { FIN = TCP_FIN, SYN = TCP_SYN, RST = TCP_RST, ACK = TCP_ACK };

struct turn {
	int sender;
	uint8_t flags;
	uint16_t length, window;
	int after_ms; /* the step before */
	int again;    /* the sequence number of so many segments before */
};
/* What ordinary connections do, and what makes one extraordinary. */
static const struct turn stories[][STEPS] = {
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{0, ACK, 100, 9, 1, 0}, {1, ACK, 500, 9, 2, 0}, {0, FIN | ACK, 0, 9, 3, 0},
		{1, FIN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0}},
	/* the server closes first, and waits for long now and then */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{0, ACK, 100, 9, 1, 0}, {1, FIN | ACK, 500, 9, 2, 0}, {0, ACK, 0, 9, 1, 0},
		{0, FIN | ACK, 0, 9, 400, 0}, {1, ACK, 0, 9, 1, 0}},
	/* likewise, without any data */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{1, FIN | ACK, 0, 9, 2, 0}, {0, ACK, 0, 9, 1, 0}, {0, FIN | ACK, 0, 9, 400, 0},
		{1, ACK, 0, 9, 1, 0}},
	/* a request that is never answered: noteworthy when it waited for long */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{0, ACK, 100, 9, 1, 0}, {1, ACK, 0, 9, 2, 0}, {0, FIN | ACK, 0, 9, 400, 0},
		{1, FIN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0}},
	/* no answer */
	{{0, SYN, 0, 9, 0, 0}},
	/* refused */
	{{0, SYN, 0, 9, 0, 0}, {1, RST | ACK, 0, 0, 1, 0}},
	/* half open */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}},
	/* a closed window */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{0, ACK, 100, 9, 1, 0}, {1, ACK, 0, 0, 2, 0}, {0, FIN | ACK, 0, 9, 3, 0},
		{1, FIN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0}},
	/* data sent again */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{0, ACK, 100, 9, 1, 0}, {0, ACK, 100, 9, 30, 1}, {1, ACK, 0, 9, 2, 0},
		{0, FIN | ACK, 0, 9, 3, 0}, {1, FIN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0}},
	/* an RST, with a request that nobody answers */
	{{0, SYN, 0, 9, 0, 0}, {1, SYN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0},
		{0, ACK, 100, 9, 1, 0}, {0, RST | ACK, 0, 9, 300, 0}},
	/* its beginning was not captured */
	{{0, ACK, 100, 9, 0, 0}, {1, ACK, 0, 9, 2, 0}, {0, FIN | ACK, 0, 9, 3, 0},
		{1, FIN | ACK, 0, 9, 1, 0}, {0, ACK, 0, 9, 1, 0}},
};
enum { STORIES = sizeof(stories) / sizeof(stories[0]) };

struct packet {
	int64_t t_ns;
	struct segment segment;
	uint64_t cookie; /* not 0: no packet, but a row of the server's end, ESTABLISHED */
};

/* The kernel is asked about the server's end once it is open. */
static size_t add_row(unsigned n, struct packet *out, size_t count)
{
	const struct segment *last = &out[count - 1].segment;

	if (count != 3)
		return count;
	out[count] = (struct packet){.t_ns = out[count - 1].t_ns + MS / 10,
		.cookie = n + 1,
		.segment = {.key = ntohs(last->key.port_be[0]) == 80 ? last->key
								     : flow_key_swap(&last->key)}};
	return count + 1;
}

/* Of connection n: one in STORIES of each kind, at two servers, some three times as slow. */
static size_t story_packets(unsigned n, bool rows, struct packet *out)
{
	const struct turn *step = stories[n % STORIES];
	uint32_t next[2] = {n * 77777, n * 33333}, before[2] = {0, 0};
	int64_t t_ns = (int64_t)(1000 + n * APART_MS) * MS;
	size_t count = 0;

	for (size_t i = 0; i < STEPS && step->flags != 0; i++, step++) {
		struct packet *packet = &out[count];
		int side = step->sender;

		t_ns += (int64_t)step->after_ms * MS * (n % 13 == 3 ? 3 : 1);
		*packet = (struct packet){.t_ns = t_ns,
			.segment = {.kind = SEGMENT_TCP,
				.flags = step->flags,
				.len = step->length,
				.window = step->window,
				.seq = step->again > 0 ? before[side] : next[side],
				.ack = step->flags & ACK ? next[!side] : 0,
				.hop_limit = 64,
				.wscale = -1,
				.key = {.family = AF_INET,
					.protocol = IPPROTO_TCP,
					.addr = {{10, 0, 0, 1}, {10, 0, 1, (uint8_t)(n % 2 + 1)}},
					.port_be = {htons((uint16_t)(2000 + n)), htons(80)}}}};
		if (side == 1)
			packet->segment.key = flow_key_swap(&packet->segment.key);
		before[side] = packet->segment.seq;
		if (step->again == 0)
			next[side] += step->length + 0u + ((step->flags & SYN) != 0) +
				      ((step->flags & FIN) != 0);
		count++;
		if (rows && i == 2)
			count = add_row(n, out, count);
	}
	return count;
}

static int by_time(const void *left, const void *right)
{
	const struct packet *a = left, *b = right;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return a->segment.key.port_be[0] - b->segment.key.port_be[0];
}

/* What was told of each connection, by its number: how often, how many edges, their
 * hash. */
struct heard {
	uint32_t times, edges;
	uint64_t hash;
};

static void hear(struct heard *heard, const struct model *model, uint32_t connection,
	const struct step *steps, size_t count)
{
	struct heard *one = &heard[model->connections[connection].serial];

	one->times++;
	for (size_t i = 0; i < count; i++) {
		const struct record *record = &model->transitions[steps[i].index].record;

		if (steps[i].kind != STEP_TRANSITION)
			continue;
		const uint64_t words[] = {(uint64_t)record->t_ns, record->frame, record->side,
			record->from, record->to, one->hash};

		one->hash = hash_words(words, sizeof(words) / sizeof(words[0]));
		one->edges++;
	}
}

static void farewell(void *context, const struct model *model, uint32_t connection,
	const struct step *steps, size_t count)
{
	hear(context, model, connection, steps, count);
}

static size_t taken;

static bool count_alike(void *model, const struct alike *alike)
{
	bool is_alike = model_alike(model, alike);

	taken += is_alike;
	return is_alike;
}

static void feed_packet(struct core *core, const struct packet *packet, uint64_t number)
{
	struct event event = {
		.t_ns = packet->t_ns, .asked_ns = packet->t_ns - 1000, .number = number};

	event.kind = packet->cookie != 0 ? EVENT_ROW : EVENT_SEGMENT;
	if (packet->cookie == 0) {
		event.u.segment = packet->segment;
	} else {
		event.exact = true;
		event.u.diag.row = (struct sockrow){.key = packet->segment.key,
			.state = STATE_ESTABLISHED,
			.cookie = packet->cookie,
			.inode = 7};
	}
	core_feed(core, &event);
}

/* ask: what is alike is not told; heard: with a farewell, which is told of what is let go. */
static struct model *report_keeping(
	const struct packet *packets, size_t count, size_t kept, bool ask, struct heard *heard)
{
	bool rows = false;
	struct core_limits limits = {.at_settle = true};
	struct model *model = model_new();

	assert_non_null(model);
	if (heard != NULL)
		model_on_farewell(model, farewell, heard);
	if (ask) {
		limits.brief = model_brief;
		limits.alike = count_alike;
	}
	model_keep(model, kept);
	assert_int_equal(model_run(model, "run", ""), 0);
	struct core *core = core_new(&limits, (struct emit){.call = model_take, .context = model});
	assert_non_null(core);
	for (size_t i = 0; i < count && !rows; i++)
		rows = packets[i].cookie != 0;
	model_current(model)->has_diag = rows;
	for (size_t i = 0; i < count; i++)
		feed_packet(core, &packets[i], i + 1);
	model_current(model)->last_ns = packets[count - 1].t_ns;
	core_finish(core, packets[count - 1].t_ns);
	core_free(core);
	assert_int_equal(model_finish(model), 0);
	return model;
}

static struct model *report(const struct packet *packets, size_t count, bool ask)
{
	return report_keeping(packets, count, KEPT, ask, NULL);
}

static void folded_equal(const struct folded *a, const struct folded *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a == NULL)
		return;
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->sent, b->sent, sizeof(a->sent));
	assert_int_equal(a->syn_unanswered, b->syn_unanswered);
	assert_int_equal(a->lasted_ns, b->lasted_ns);
	assert_int_equal(a->least_ns, b->least_ns);
	assert_int_equal(a->most_ns, b->most_ns);
	assert_memory_equal(a->lifetimes, b->lifetimes, sizeof(a->lifetimes));
	assert_memory_equal(a->number, b->number, sizeof(a->number));
}

static void occupancy_equal(const struct occupancy *a, const struct occupancy *b)
{
	assert_int_equal(a->columns, b->columns);
	assert_int_equal(a->step_ns, b->step_ns);
	for (int role = 0; role < 2; role++)
		for (size_t state = 0; state < OCCUPANCY_STATES; state++)
			for (size_t i = 0; i < a->columns; i++) {
				double apart = a->sum[role][state][i] - b->sum[role][state][i];
				assert_true(apart < 1e-6 && apart > -1e-6);
			}
}

static void report_is_the_same_whether_it_asks(bool rows)
{
	/* where the kernel was asked, everything is kept of more of them */
	const unsigned connections = rows ? MANY : CONNECTIONS;
	struct packet *packets = calloc((size_t)connections * (STEPS + 1), sizeof(*packets));
	size_t count = 0;

	assert_non_null(packets);
	taken = 0;
	for (unsigned n = 0; n < connections; n++)
		count += story_packets(n, rows, packets + count);
	qsort(packets, count, sizeof(*packets), by_time);
	struct model *told = report(packets, count, false);
	struct model *asked = report(packets, count, true);
	/* where the kernel was asked, that shows only when steps are told */
	assert_true(rows ? taken == 0 : taken > CONNECTIONS / 3);
	assert_true(asked->summary.connections_folded > connections / 3);
	assert_true(asked->summary.connections_folded > taken); /* each kind is told once */
	assert_int_equal(asked->connection_total, connections);
	assert_memory_equal(&asked->summary, &told->summary, sizeof(told->summary));
	assert_memory_equal(asked->states, told->states, sizeof(told->states));
	assert_int_equal(asked->edge_count, told->edge_count);
	for (size_t i = 0; i < told->edge_count; i++)
		assert_memory_equal(
			asked->edges[i].count, told->edges[i].count, sizeof(told->edges[i].count));
	assert_int_equal(asked->finding_total, told->finding_total);
	for (size_t i = 0; i < told->finding_count; i++) {
		assert_int_equal(asked->findings[i].code, told->findings[i].code);
		assert_int_equal(asked->findings[i].serial, told->findings[i].serial);
		assert_memory_equal(asked->findings[i].arg, told->findings[i].arg,
			sizeof(told->findings[i].arg));
	}
	assert_int_equal(asked->connection_count, told->connection_count);
	for (size_t i = 0; i < told->connection_count; i++) {
		assert_int_equal(asked->connections[i].serial, told->connections[i].serial);
		assert_int_equal(asked->connections[i].rung_count, told->connections[i].rung_count);
		folded_equal(asked->connections[i].folded, told->connections[i].folded);
	}
	occupancy_equal(asked->occupancy, told->occupancy);
	model_free(told);
	model_free(asked);
	free(packets);
}

static void a_report_is_the_same_whether_it_asks_what_is_alike_or_not(void **state)
{
	(void)state;
	report_is_the_same_whether_it_asks(false);
}

static void so_is_one_of_connections_that_the_kernel_was_asked_about(void **state)
{
	(void)state;
	report_is_the_same_whether_it_asks(true);
}

/* Whoever writes connections down as they are let go, and the others in the end, has each of them
 * once, with the edges that it has where everything is kept. */
static void each_connection_is_told_of_once_with_all_its_edges(void **state)
{
	struct packet *packets = calloc((size_t)CONNECTIONS * STEPS, sizeof(*packets));
	struct heard *heard = calloc(3 * (size_t)(CONNECTIONS + 1), sizeof(*heard));
	size_t count = 0, edges = 0;

	(void)state;
	assert_non_null(packets);
	assert_non_null(heard);
	for (unsigned n = 0; n < CONNECTIONS; n++)
		count += story_packets(n, false, packets + count);
	qsort(packets, count, sizeof(*packets), by_time);
	for (int way = 0; way < 3; way++) { /* all kept; let go; and let go without being told */
		struct heard *mine = heard + (size_t)way * (CONNECTIONS + 1);
		struct model *model = report_keeping(packets, count, way == 0 ? SIZE_MAX : KEPT,
			way == 2, way == 0 ? NULL : mine);

		for (size_t i = 0; i < model->connection_count; i++)
			if (mine[model->connections[i].serial].times == 0)
				hear(mine, model, (uint32_t)i, model->connections[i].steps.item,
					model->connections[i].steps.count);
		assert_true(way == 0 || model->connection_count < CONNECTIONS / 2);
		model_free(model);
	}
	for (size_t serial = 1; serial <= CONNECTIONS; serial++) {
		const struct heard *all = &heard[serial];

		edges += all->edges;
		assert_int_equal(all->times, 1);
		for (int way = 1; way < 3; way++)
			assert_memory_equal(all + way * (CONNECTIONS + 1), all, sizeof(*all));
	}
	assert_true(edges > 4 * CONNECTIONS);
	free(heard);
	free(packets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_is_the_same_whether_it_asks_what_is_alike_or_not),
		cmocka_unit_test(so_is_one_of_connections_that_the_kernel_was_asked_about),
		cmocka_unit_test(each_connection_is_told_of_once_with_all_its_edges),
	};

	return cmocka_run_group_tests_name("alike", tests, NULL, NULL);
}
