/* What a page says of the connections as a whole: where its ends disagreed, and what each is an
 * example of. After the timelines, the connections, the ladders and what the kernel showed. */
#include "findings.h"
#include "model_build.h"

#include <string.h>

/* ---- packets that the recorder lost ---- */

void run_lost(struct run *run, int64_t t_ns, int64_t count)
{
	if (count > 0 && (run->lost_from_ns == 0 || t_ns < run->lost_from_ns))
		run->lost_from_ns = t_ns;
	if (count > 0)
		run->lost_to_ns = INT64_MAX;
	else
		run->lost_to_ns = t_ns;
}

static bool is_over(const struct connection *connection)
{
	for (int side = 0; side < 2; side++)
		if (connection->ends[side].state != STATE_CLOSED &&
			connection->ends[side].state != STATE_TIME_WAIT)
			return false;
	return true;
}

bool model_may_have_lost(const struct model *model, const struct connection *connection)
{
	const struct run *run = &model->runs[connection->run];

	return run->lost_from_ns != 0 && connection->first_ns <= run->lost_to_ns &&
	       (!is_over(connection) || connection->last_ns >= run->lost_from_ns);
}

/* ---- the ends disagree ---- */

struct ends {
	uint8_t state[2]; /* of the client, of the server; STATE_UNKNOWN before its first edge */
	bool server_was;
};

static bool at_odds(const struct ends *ends)
{
	unsigned client = ends->state[0], server = ends->state[1];
	bool no_client = client == STATE_CLOSED || client == STATE_UNKNOWN,
	     no_server =
		     server == STATE_CLOSED || server == STATE_UNKNOWN || server == STATE_LISTEN;

	if (client == STATE_ESTABLISHED && (server == STATE_SYN_RECV || server == STATE_SYN_SENT))
		return true;
	if (server == STATE_ESTABLISHED && client == STATE_SYN_SENT)
		return true;
	if ((server == STATE_ESTABLISHED || server == STATE_CLOSE_WAIT) && no_client)
		return true;
	return (client == STATE_ESTABLISHED || client == STATE_CLOSE_WAIT) && no_server &&
	       ends->server_was;
}

static bool disagreement_add(struct model *model, uint32_t index, const struct ends *ends,
	int64_t from_ns, int64_t until_ns)
{
	struct disagreement *last = model->disagreement_count > 0
					    ? &model->disagreements[model->disagreement_count - 1]
					    : NULL;

	if (until_ns - from_ns < DISAGREE_LEAST_NS)
		return true;
	if (last != NULL && last->connection == index && last->until_ns == from_ns &&
		memcmp(last->state, ends->state, sizeof(last->state)) == 0) {
		last->until_ns = until_ns;
		return true;
	}
	struct disagreement *added = PUSH(model, model->disagreements, model->disagreement_count);
	if (added == NULL)
		return false;
	*added = (struct disagreement){from_ns, until_ns, index, {ends->state[0], ends->state[1]}};
	for (int end = 0; end < 2; end++)
		if (added->state[end] == STATE_UNKNOWN || added->state[end] == STATE_LISTEN)
			added->state[end] = STATE_CLOSED;
	model->disagreement_count++;
	return true;
}

static bool disagreements_find(struct model *model, uint32_t index)
{
	struct connection *connection = &model->connections[index];
	struct ends ends = {{STATE_UNKNOWN, STATE_UNKNOWN}, false};
	int64_t at_ns = 0;
	size_t before = model->disagreement_count;

	if (connection->client == -1 || connection->midway || connection->unseen != -1 ||
		model_may_have_lost(model, connection))
		return true;
	for (size_t i = 0; i < connection->steps.count; i++) {
		if (connection->steps.item[i].kind != STEP_TRANSITION)
			continue;
		const struct record *record =
			&model->transitions[connection->steps.item[i].index].record;
		bool server = (record->side & 1) != connection->client;

		if (at_odds(&ends) && !disagreement_add(model, index, &ends, at_ns, record->t_ns))
			return false;
		ends.state[server] = record->to;
		ends.server_was |= server;
		at_ns = record->t_ns;
	}
	if (at_odds(&ends) && model->last_ns > at_ns &&
		!disagreement_add(model, index, &ends, at_ns, model->last_ns))
		return false;
	if (model->disagreement_count > before)
		connection->traits |= TRAIT_DISAGREED;
	return true;
}

/* ---- traits ---- */

static uint32_t trait_of_edge(const struct record *record, bool client)
{
	uint32_t traits = 0;

	if (record->to == STATE_FIN_WAIT1 || record->to == STATE_CLOSE_WAIT)
		traits |= TRAIT_FIN;
	/* one that had ended by FIN is over when an RST ends its TIME_WAIT */
	if ((record->reason.code == REASON_RST_SENT ||
		    record->reason.code == REASON_RST_RECEIVED) &&
		record->from != STATE_TIME_WAIT)
		traits |= TRAIT_RST;
	if (client && (record->reason.code == REASON_CONNECTION_REFUSED ||
			      record->reason.code == REASON_ICMP_ERROR))
		traits |= TRAIT_REFUSED;
	if (record->to == STATE_TIME_WAIT)
		traits |= client ? TRAIT_WAIT_CLIENT : TRAIT_WAIT_SERVER;
	if (client && record->to == STATE_ESTABLISHED)
		traits |= TRAIT_OPENED;
	return traits;
}

static bool still_open(unsigned state)
{
	return state == STATE_ESTABLISHED || state == STATE_CLOSE_WAIT ||
	       state == STATE_FIN_WAIT1 || state == STATE_FIN_WAIT2;
}

static void traits_find(const struct model *model, struct connection *connection)
{
	int client = connection->client == 1;
	bool icmp = false; /* it was this that answered its SYN */

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_CORRECTION) {
			unsigned code = model->corrections[step->index].record.reason.code;

			connection->traits |= TRAIT_WITHDRAWN;
			if (code == REASON_ACCEPT_QUEUE_FULL || code == REASON_FINAL_ACK_IGNORED ||
				code == REASON_ACCEPT_DEFERRED || code == REASON_FINAL_ACK_FILTERED)
				connection->traits |= TRAIT_ACK_IGNORED;
		} else if (step->kind == STEP_TRANSITION) {
			const struct record *record = &model->transitions[step->index].record;

			icmp |= record->from == STATE_SYN_SENT &&
				record->reason.code == REASON_ICMP_ERROR;
			connection->traits |= trait_of_edge(record, (record->side & 1) == client);
		}
	}
	if (connection->midway)
		connection->traits |= TRAIT_MIDWAY;
	else if (connection->client != -1 && (connection->traits & TRAIT_OPENED) == 0)
		connection->traits |= TRAIT_NEVER_OPENED;
	if (still_open(connection->ends[0].state) || still_open(connection->ends[1].state))
		connection->traits |= TRAIT_STILL_OPEN;
	if (!icmp && connection->syn_unanswered > connection->syn_acked &&
		!model_may_have_lost(model, connection))
		connection->traits |=
			TRAIT_DROPPED | (connection->traits & TRAIT_OPENED ? TRAIT_LATE : 0);
	if (unaccepted_until(connection, !connection->client, INT64_MAX))
		connection->traits |= TRAIT_UNACCEPTED;
}

bool model_story(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++) {
		struct connection *connection = &model->connections[i];

		traits_find(model, connection);
		if (!disagreements_find(model, i))
			return false;
		if ((connection->traits & (TRAIT_FIN | TRAIT_RST)) == TRAIT_FIN)
			model->fin_count +=
				1 + (connection->folded != NULL ? connection->folded->count : 0);
		for (int bit = 0; bit < TRAIT_COUNT; bit++)
			model->trait_count[bit] +=
				(connection->traits >> bit & 1) *
				(1 + (connection->folded != NULL ? connection->folded->count : 0));
	}
	return model_unanswered(model);
}
