/* All that a report says of a connection that is folded into another, or only counted: sums, and
 * what the whole report counts. */
#include "model_moves.h"

#include <arpa/inet.h>
#include <stdlib.h>

void folded_number(uint32_t kept[FOLDED_NUMBERS], uint32_t number)
{
	if (kept[FOLDED_NUMBERS - 1] != 0 && number > kept[FOLDED_NUMBERS - 1])
		return; /* as almost always: they come in order */
	for (size_t i = 0; i < FOLDED_NUMBERS && number != 0; i++) {
		uint32_t pushed = kept[i];

		if (pushed == 0 || number < pushed) {
			kept[i] = number;
			number = pushed;
		}
	}
}

enum { PORT_BYTES = 65536 / 8 };

static void sums_add(struct folded *into, const struct connection *connection, bool swap)
{
	int64_t lasted_ns = connection->last_ns - connection->first_ns;

	into->count++;
	for (int side = 0; side < 2; side++) {
		into->sent[side].segments += connection->ends[side ^ swap].sent.segments;
		into->sent[side].bytes += connection->ends[side ^ swap].sent.bytes;
		into->sent[side].retransmissions +=
			connection->ends[side ^ swap].sent.retransmissions;
	}
	into->syn_unanswered += connection->syn_unanswered + connection->syn_pending;
	into->syn_ack_retransmissions += connection->syn_ack_retransmissions;
	into->lasted_ns += (uint64_t)lasted_ns;
	if (into->count == 1 || lasted_ns < into->least_ns)
		into->least_ns = lasted_ns;
	if (lasted_ns > into->most_ns)
		into->most_ns = lasted_ns;
	into->lifetimes[lifetime_bin(lasted_ns)]++;
	folded_number(into->number, connection->serial);
}

/* A port that its socket still holds is found to be used up with others. */
static void port_add(struct model *model, struct folded *into, const struct connection *connection,
	const struct told *told, size_t count)
{
	int client = connection->client;
	uint8_t last[2] = {STATE_CLOSED, STATE_CLOSED};

	for (size_t i = 0; i < count; i++)
		last[told[i].role] = told[i].to;
	if (client == -1 || (connection->local_sides >> client & 1) == 0 ||
		(last[0] == STATE_CLOSED && last[1] == STATE_CLOSED))
		return;
	if (into->ports == NULL && (into->ports = calloc(1, PORT_BYTES)) == NULL) {
		model->build->failed = true;
		return;
	}
	unsigned port = ntohs(connection->key.port_be[client]);
	into->ports[port / 8] |= (uint8_t)(1 << port % 8);
}

/* What the whole report counts, as model_order(), model_connections() and model_edges() would: of
 * so many connections that took the same steps, whenever. */
static void steps_count(
	struct model *model, const struct told *told, size_t count, size_t connections)
{
	for (size_t i = 0; i < count; i++) {
		struct edge_taken *edge =
			&model->build->taken[told[i].from % STATE_MAX][told[i].to % STATE_MAX];

		if (told[i].kind == RECORD_CORRECTION) {
			edge->withdrawn += connections;
			model->summary.corrections_folded += connections;
			continue;
		}
		edge->count[told[i].evidence % EVIDENCE_MAX] += connections;
		edge->causes |= (uint8_t)(1 << told[i].cause);
		edge->roles[told[i].role] += connections;
		if (told[i].to == STATE_CLOSED)
			edge->ends[model_edge_end(
				told[i].reason, told[i].cause, told[i].evidence)] += connections;
		model->summary.transitions[told[i].evidence % EVIDENCE_MAX] += connections;
		model->states[told[i].to % STATE_MAX].entered += connections;
	}
}

/* How long its steps lasted, and when. */
static void steps_time(struct model *model, const struct told *told, size_t count)
{
	struct model_build *build = model->build;

	for (size_t i = 0; i < count; i++) {
		uint8_t to = told[i].to;
		bool first = i == 0 || told[i - 1].role != told[i].role;
		bool last = i + 1 == count || told[i + 1].role != told[i].role;

		if (told[i].kind == RECORD_CORRECTION)
			continue;
		if (!first && told[i - 1].to == told[i].from)
			model_state_held(model, told[i].from, told[i].t_ns - told[i - 1].t_ns);
		if (to == STATE_CLOSED)
			continue;
		model_occupied(model, told[i].role, to, told[i].t_ns,
			last ? OCCUPANCY_OPEN : told[i + 1].t_ns);
		if (last && told[i].t_ns < build->open_since_ns[to % STATE_MAX])
			build->open_since_ns[to % STATE_MAX] = told[i].t_ns;
	}
}

static void summary_add(struct model *model, const struct connection *connection)
{
	model->summary.connections_folded++;
	model->summary.one_way += connection_unseen(connection) != -1;
	model->summary.local += connection->local_sides != 0;
	model->summary.complete += !connection->midway;
}

void sums_take(struct model *model, struct folded *into, const struct connection *connection,
	const struct told *told, size_t count, bool swap)
{
	sums_add(into, connection, swap);
	port_add(model, into, connection, told, count);
	steps_count(model, told, count, 1);
	steps_time(model, told, count);
	moves_take(model, connection, told, count);
	summary_add(model, connection);
}

void sums_take_alike(struct model *model, struct alike_kind *kind,
	const struct connection *connection, struct folded *into)
{
	bool swap = (model->connections[kind->into].client == 1) != (kind->client == 1);

	sums_add(into, connection, swap);
	port_add(model, into, connection, kind->told, kind->count);
	kind->uncounted++;
	steps_time(model, kind->told, kind->count);
	moves_take(model, connection, kind->told, kind->count);
	summary_add(model, connection);
}

void sums_count_alike(struct model *model, struct alike_kind *kind)
{
	steps_count(model, kind->told, kind->count, kind->uncounted);
	kind->uncounted = 0;
}
