/* Findings about a process between two others that closed both its connections at once, after a
 * silence, though neither of the two had: a proxy's time limit for those who say nothing. */
#include "findings.h"
#include "tcpstate/steps.h"

enum {
	AT_ONCE_MS = 50,
	FINAL = 200,      /* a status of HTTP: an answer, and no tunnel */
	FRONTS_MAX = 1024 /* each costs a pass over the connections */
};

/* This end closed first, after a silence in which nothing was open. */
struct closed {
	int64_t t_ns, silent_ns;
	uint64_t frame;
};

static bool closed_silent(
	const struct model *model, uint32_t index, int side, struct closed *closed)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct record *edge = step_first_to(model, connection, side, 1u << STATE_FIN_WAIT1);

	if (watch == NULL || edge == NULL || edge->reason.code != REASON_FIN_SENT)
		return false;
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];
	int64_t last_ns = own->request_last_ns > other->request_last_ns ? own->request_last_ns
									: other->request_last_ns;
	*closed = (struct closed){own->fin_ns, own->fin_ns - last_ns, own->fin_frame};
	return own->fin_ns != 0 && own->spoken > 0 && other->spoken > 0 &&
	       (other->fin_ns == 0 || other->fin_ns > own->fin_ns) &&
	       (other->rst.t_ns == 0 || other->rst.t_ns > own->fin_ns) &&
	       ms_of(closed->silent_ns) >= FINDING_HELD_MS;
}

/* Its newest message is an answer of HTTP/1, behind which a connection is kept for a while. */
static bool kept_alive(const struct model *model, uint32_t index, int server)
{
	const struct message left = message_left(&findings_watch(model, index)->end[server]);

	return left.is.what == SPEECH_HTTP_ANSWER && left.is.number >= FINAL;
}

/* The connection that this process had opened and closed at the same moment; NULL: none. */
static const struct connection *closed_with(const struct model *model,
	const struct connection *front, uint32_t pid, const struct closed *closed)
{
	const int64_t near_ns = AT_ONCE_MS * (int64_t)WATCH_NS_PER_MS;

	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		struct closed own;

		if (at != front && at->run == front->run && at->client != -1 &&
			at->ends[at->client].has_owner && at->ends[at->client].owner.pid == pid &&
			closed_silent(model, i, at->client, &own) &&
			own.t_ns - closed->t_ns < near_ns && closed->t_ns - own.t_ns < near_ns)
			return at;
	}
	return NULL;
}

static void tell(struct model *model, uint32_t index, size_t *fronts)
{
	const struct connection *front = &model->connections[index];
	int server = front->client == 0;
	struct closed closed;

	if (front->client == -1 || !front->ends[server].has_owner ||
		!closed_silent(model, index, server, &closed) || kept_alive(model, index, server) ||
		finding_set_has(&front->finding_set, FINDING_CLOSED_UNANSWERED) ||
		(*fronts)++ >= FRONTS_MAX)
		return;
	const struct connection *back =
		closed_with(model, front, front->ends[server].owner.pid, &closed);
	struct finding *finding = back != NULL ? finding_of_connection(model, index, server,
							 FINDING_CLOSED_SILENT, closed.t_ns)
					       : NULL;
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(closed.silent_ns);
	finding_name_end(finding, 0, front, server);
	flow_end_text(&back->key, back->client == 0, finding->text[1]);
	finding->phrase[1] = PHRASE_UPSTREAM_AT_ONCE;
	finding->phrase_number = back->serial;
	finding_cite_frame(finding, closed.frame);
}

bool findings_of_tunnels(struct model *model)
{
	size_t fronts = 0;

	for (uint32_t i = 0; i < model->connection_count; i++)
		tell(model, i, &fronts);
	return !model->build->failed;
}
