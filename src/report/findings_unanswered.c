/* Findings about a server that closed without an answer, and about a send() of nothing. */
#include "findings.h"
#include "model_looks.h"
#include "tcpstate/steps.h"

#include <netinet/in.h>
#include <stdio.h>

enum {
	SENDS_MAX = 64,      /* of 0 bytes; each costs a pass over its end's calls */
	BULK_LEAST = 1 << 16 /* bytes; so many that none of which was answered may be an upload */
};

/* ---- closed without an answer ---- */

/* A signal ended it: that is told as such. */
static bool was_killed(const struct model *model, uint16_t run, int64_t pid)
{
	for (size_t i = 0; i < model->exit_count; i++)
		if (model->exits[i].run == run && model->exits[i].exit.pid == pid)
			return model->exits[i].exit.signal != 0;
	return false;
}

/* There is a finding that tells how its request fared. */
static bool told(const struct connection *connection)
{
	static const unsigned codes[] = {FINDING_NEVER_ACCEPTED, FINDING_ACCEPTED_LATE,
		FINDING_NEVER_ANSWERED, FINDING_BOTH_WAIT, FINDING_UNREAD_AT_CLOSE, FINDING_ABORTED,
		FINDING_RST_FORGED, FINDING_HELD_OPEN, FINDING_GAVE_UP, FINDING_PEER_SILENT,
		FINDING_DATA_DROPPED, FINDING_DATA_UNACKNOWLEDGED};

	return finding_set_has_any(
		&connection->finding_set, codes, sizeof(codes) / sizeof(codes[0]));
}

/* Its program waited for more when its FIN had gone out: its calls tell, or the kernel showed the
 * socket with its descriptor then. */
static bool waited_on(const struct model *model, const struct connection *connection, int client,
	const struct watched_end *asks)
{
	int64_t fin_ns = asks->fin_ns;

	if (!model->runs[connection->run].has_calls)
		return asks->shown.open_asked_ns > asks->fin_ns;
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == client &&
			(call_reads(at->call.what) || call_polls(at->call.what)) &&
			(at->call.returned_ns == 0 || at->call.returned_ns > fin_ns))
			return true;
	}
	return false;
}

/* The client said all, half-closed and waited, and the FIN of a server that answers others came
 * instead of a byte. Of one that answers nobody it may be the end of an upload. */
static bool half_closed(const struct model *model, uint32_t index, struct answered *last)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int client = connection->client, server = !client;

	if (client == -1 || watch == NULL || connection->midway)
		return false;
	const struct watched_end *asks = &watch->end[client], *asked = &watch->end[server];
	return asks->request.t_ns != 0 && asks->request_whole && asks->fin_ns != 0 &&
	       asks->fin_ns < asked->fin_ns && asks->request_last_ns <= asks->fin_ns &&
	       asks->rst.t_ns == 0 && asked->rst.t_ns == 0 && asked->late_bytes == 0 &&
	       !asks->pushes && !smaller_than_asked(asked, asks->request_bytes) &&
	       waited_on(model, connection, client, asks) &&
	       (asked->answers > 0 || finding_others_answered(model, index, server, last) > 0);
}

/* The client's socket had closed by then, or is the same process's: it knows what it does. */
static bool nobody_waits(const struct model *model, const struct connection *connection, int client,
	const struct record *fin, bool half)
{
	if (connection->ends[0].has_owner && connection->ends[1].has_owner &&
		connection->ends[0].owner.pid == connection->ends[1].owner.pid)
		return true;
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *at = step_edge(model, &connection->steps.item[i]);

		if (at != NULL && (at->side & 1) == client && at->t_ns <= fin->t_ns &&
			(at->to == STATE_CLOSED || (at->to == STATE_FIN_WAIT1 && !half)))
			return true;
	}
	return false;
}

/* Packets do not tell a request from what wants no answer: a file, lines for a log, measurements.
 * What the client does tells: its calls, where they were recorded, or a read in which it was seen.
 * Else who sends on for seconds without an answer waits for none, as far as the wire tells, nor
 * need he whose many bytes were never answered. */
static bool wants_none(const struct model *model, const struct connection *connection, int client,
	const struct watch *watch)
{
	const struct watched_end *asks = &watch->end[client], *asked = &watch->end[!client];
	int64_t asked_ns = asks->request_last_ns;
	const struct owner *who;
	bool sent = false;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];
		const struct call *call = &at->call;

		if (at->side != client)
			continue;
		sent |= call_sends(call->what);
		if ((call_reads(call->what) || call_polls(call->what)) &&
			(call->returned_ns == 0 || call->returned_ns > asked_ns))
			return false;
	}
	return sent ||
	       ((asks->goes_on || (asked->answers == 0 && asks->request_bytes >= BULK_LEAST)) &&
		       finding_seen_reading(model, connection, client, asks->request_last_ns,
			       asked->fin_ns, &who) == 0);
}

static void tell_unanswered(struct model *model, uint32_t index, struct answered *last)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int client = connection->client, server = !client;

	bool half = half_closed(model, index, last);
	if (told(connection) || (!half && (!finding_left_unanswered(connection, watch) ||
						  wants_none(model, connection, client, watch))))
		return;
	const struct watched_end *asks = &watch->end[client], *asked = &watch->end[server];
	const struct record *edge = step_first_to(
		model, connection, server, 1u << STATE_FIN_WAIT1 | 1u << STATE_LAST_ACK);
	bool ended = edge != NULL && edge->reason.code == REASON_PROCESS_ENDED;
	if (edge == NULL || nobody_waits(model, connection, client, edge, half) ||
		edge->reason.code == REASON_ENDED_BY_RECORDER ||
		(ended && was_killed(model, connection->run, edge->reason.arg[0])))
		return;
	struct finding *finding =
		finding_of_connection(model, index, server, FINDING_CLOSED_UNANSWERED, edge->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)asks->request_bytes;
	finding->arg[1] = ms_of(asked->fin_ns - asks->request_last_ns);
	finding->arg[2] = asked->answers > 0 || half;
	finding->phrase_state = half;
	finding->arg[3] = ended;
	finding_name_end(finding, 0, connection, server);
	finding_cite_frame(finding, asks->request.frame);
	finding_cite_frame(finding, asked->fin_frame);
	finding_upstream_ended(model, finding, connection, server, asked->fin_ns);
	if (!ended && finding->phrase[1] == PHRASE_NAMES)
		finding_shut_shared(model, finding, connection, server, edge->t_ns);
	if (!ended && finding->phrase[1] == PHRASE_NAMES &&
		finding_ended_then(model, connection, server, edge->t_ns))
		finding->phrase[1] = PHRASE_OR_ENDED_THEN;
}

/* ---- send() of 0 bytes ---- */

static bool sends(const struct call *call)
{
	return call_sends(call->what) && call->key.protocol == IPPROTO_TCP && call->error == 0;
}

/* Nothing else was sent on that end, and it stayed open for a second or more: how long. */
static int64_t nothing_followed(const struct model *model, const struct model_call *empty)
{
	const struct connection *connection = &model->connections[empty->connection];
	int64_t to_ns = model->runs[empty->run].last_ns;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side != empty->side || at->at_ns < empty->at_ns || at == empty)
			continue;
		if (sends(&at->call) && at->call.result != 0)
			return 0;
		if (at->call.effect == CALL_CLOSES && at->at_ns < to_ns)
			to_ns = at->at_ns;
	}
	return to_ns - empty->at_ns;
}

static void tell_nothing_sent(struct model *model)
{
	size_t looked = 0;

	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *at = &model->calls[i];

		if (!sends(&at->call) || at->call.asked != 0 || at->call.result != 0 ||
			at->connection == UINT32_MAX ||
			finding_set_has(&model->connections[at->connection].finding_set,
				FINDING_SENT_NOTHING) ||
			!model_may_take(model, looked, SENDS_MAX, at->at_ns))
			continue;
		looked++;
		int64_t held_ms = ms_of(nothing_followed(model, at));
		struct finding *finding =
			held_ms < FINDING_HELD_MS
				? NULL
				: finding_of_connection(model, at->connection, at->side,
					  FINDING_SENT_NOTHING, at->at_ns);
		if (finding == NULL)
			continue;
		finding->arg[0] = 1;
		finding->arg[1] = held_ms;
		snprintf(finding->text[0], FINDING_TEXT, "%.32s[%u] %s()", at->call.program,
			at->call.pid, call_name(at->call.what));
		finding_cite_call(finding, at);
	}
}

bool findings_of_unanswered(struct model *model)
{
	struct answered last = {.known = false};

	for (uint32_t i = 0; i < model->connection_count; i++)
		tell_unanswered(model, i, &last);
	tell_nothing_sent(model);
	return !model->build->failed;
}
