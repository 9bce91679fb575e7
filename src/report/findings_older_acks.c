/* Findings about SYNs that an older connection on the same ports answered, by an ACK: whose doing
 * that was, and what became of the SYNs that were sent again. */
#include "findings.h"
#include "tcpstate/steps.h"

struct older {
	uint64_t frame; /* its ACK; 0: not captured */
	uint8_t state;  /* of the server's end when the SYN came */
	/* the client's end was closed by then, first the server's: it forgot nothing */
	bool over;
};

/* The older connection between the same ends whose ACK answered the SYN. */
static struct older older_connection(const struct model *model, uint32_t index)
{
	const struct connection *newer = &model->connections[index];
	struct older found = {.state = STATE_CLOSED};
	int server = newer->client == 0;

	for (uint32_t i = index; i-- > 0;) {
		const struct connection *older = &model->connections[i];
		const struct watch *watch = findings_watch(model, i);
		const struct record *edge;

		if (older->run != newer->run || !flow_key_equal(&older->key, &newer->key))
			continue;
		found.state = model_state_at(model, older, server, newer->syn_ns);
		edge = finding_last_edge(model, older, !server);
		found.over = found.state == STATE_TIME_WAIT && edge != NULL &&
			     edge->to == STATE_CLOSED && edge->t_ns < newer->syn_ns;
		if (watch != NULL && watch->end[server].last.t_ns >= newer->first_ns &&
			watch->end[server].last.flags == TCP_ACK)
			found.frame = watch->end[server].last.frame;
		break;
	}
	return found;
}

/* What became of the SYN: PHRASE_SYN_TAKEN and its like. */
static enum finding_phrase outcome(const struct model *model, const struct connection *connection)
{
	const struct record *edge = finding_last_edge(model, connection, connection->client);

	if (step_first_to(model, connection, connection->client, 1u << STATE_ESTABLISHED) != NULL)
		return PHRASE_SYN_TAKEN;
	if (edge != NULL && edge->to == STATE_CLOSED &&
		edge->reason.code == REASON_CONNECTION_REFUSED)
		return PHRASE_SYN_REFUSED;
	return PHRASE_SYN_LOST;
}

void findings_of_older_acks(struct model *model, uint16_t run)
{
	struct finding *finding = NULL;
	int64_t challenges =
		counter_moved(model, run, "TcpExtTCPSYNChallenge", INT64_MIN, INT64_MAX);
	bool over = true;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		struct older older = {.state = STATE_CLOSED, .over = over};

		if (connection->run != run || connection->syn_acked == 0 ||
			connection->client == -1 || model_may_have_lost(model, connection))
			continue;
		if (finding == NULL) {
			finding = finding_of_connection(model, i, connection->client,
				FINDING_SYN_ANSWERED_BY_ACK, connection->syn_ns);
			if (finding == NULL)
				return;
			finding->arg[2] = challenges;
			finding->phrase[0] = (uint8_t)outcome(model, connection);
			finding_cite_counter(finding, "TcpExtTCPSYNChallenge", challenges);
		}
		if (finding->arg[0] < FINDINGS_KEPT)
			older = older_connection(model, i);
		if (outcome(model, connection) != finding->phrase[0])
			finding->phrase[0] = PHRASE_SYN_MIXED;
		over = over && older.over;
		finding->phrase[1] = over ? PHRASE_PORT_USED_AGAIN : PHRASE_NAMES;
		finding->arg[0] += connection->syn_acked;
		finding->arg[1] += older.state == STATE_TIME_WAIT;
		finding_cite_frame(finding, older.frame);
		finding_cite_frame(finding, connection->syn_acked_frame);
	}
}
