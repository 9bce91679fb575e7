/* Findings about who was let in: full accept queues, listeners closed on their clients, cookies,
 * deferred accepts. */
#include "findings.h"

#include <stdio.h>
#include <string.h>

/* ---- accept queues ---- */

/* Clients that never had an accepted handshake, added to their listener's finding. */
static void count_kept_out(struct model *model)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *connection = &model->connections[i];
		int server = connection->client == 0;
		bool let_in = false;

		if (connection->client == -1)
			continue;
		for (size_t k = 0; k < connection->steps.count && !let_in; k++) {
			const struct step *step = &connection->steps.item[k];

			let_in = step->kind == STEP_TRANSITION &&
				 (model->transitions[step->index].record.side & 1) == server &&
				 model->transitions[step->index].record.to == STATE_ESTABLISHED;
		}
		uint32_t listener = let_in ? INDEX_NONE
					   : listener_met(model, connection->run, &connection->key,
						     server, connection->first_ns);
		for (size_t k = 0; listener != INDEX_NONE && k < model->finding_count; k++)
			if (model->findings[k].code == FINDING_ACCEPT_QUEUE_OVERFLOW &&
				model->findings[k].index == listener)
				model->findings[k].arg[3] += connection_weight(connection);
	}
}

static struct finding *overflow_of(
	struct model *model, uint16_t run, const struct record *record, uint32_t listener)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *told = &model->findings[i];
		int side = record != NULL ? record->side & 1 : 0;

		if (told->code != FINDING_ACCEPT_QUEUE_OVERFLOW || told->run != run)
			continue;
		if (listener != INDEX_NONE
				? told->index == listener
				: told->key.port_be[told->side] == record->key.port_be[side])
			return told;
	}
	if (listener != INDEX_NONE)
		return finding_of_listener(model, listener, FINDING_ACCEPT_QUEUE_OVERFLOW,
			model->listeners[listener].first_ns);
	return finding_of_end(model, run, FINDING_ACCEPT_QUEUE_OVERFLOW, &record->key, record->side,
		record->t_ns);
}

/* listen() asks, net.core.somaxconn caps: where the backlog in force is the cap, that is said. */
static void name_cap(const struct run *run, uint32_t backlog, char text[FINDING_TEXT])
{
	char wanted[64];

	snprintf(wanted, sizeof(wanted), "\"net.core.somaxconn\":\"%u\"", backlog);
	if (backlog > 0 && strstr(run->manifest, wanted) != NULL)
		snprintf(text, FINDING_TEXT, "%u", backlog);
}

/* Seen by the kernel's counter: a SYN or a final ACK met a full queue. */
static void counted_overflows(struct model *model, uint16_t run)
{
	int64_t moved = counter_moved(model, run, "TcpExtListenOverflows", INT64_MIN, INT64_MAX);
	uint32_t full = INDEX_NONE;
	bool several = false;

	for (uint32_t i = 0; moved > 0 && i < model->listener_count; i++)
		if (model->listeners[i].run == run && model->listeners[i].overflowed) {
			several |= full != INDEX_NONE;
			full = i;
		}
	for (uint32_t i = 0; full != INDEX_NONE && i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		struct finding *finding;

		if (listener->run != run || !listener->overflowed ||
			(finding = overflow_of(model, run, NULL, i)) == NULL)
			continue;
		finding->arg[0] = listener->overflow_queue;
		finding->arg[1] = listener->overflow_backlog;
		finding->arg[2] = several ? 0 : moved;
		name_cap(&model->runs[run], listener->backlog, finding->text[0]);
		finding_cite_diag(finding, listener->overflow_diag);
		if (!several) /* the counter does not say whose */
			finding_cite_counter(finding, "TcpExtListenOverflows", moved);
	}
}

static void tell_overflow(struct model *model)
{
	for (size_t i = 0; i < model->correction_count; i++) {
		const struct correction *correction = &model->corrections[i];
		const struct record *record = &correction->record;

		if (record->reason.code != REASON_ACCEPT_QUEUE_FULL)
			continue;
		struct finding *finding = overflow_of(model, correction->run, record,
			listener_met(model, correction->run, &record->key, record->side & 1,
				record->edge_t_ns));
		if (finding == NULL)
			continue;
		if (record->reason.arg[0] >= finding->arg[0]) {
			finding->arg[0] = record->reason.arg[0];
			finding->arg[1] = record->reason.arg[1];
		}
		finding->arg[2] += correction->count;
		finding_cite_frame(finding, record->frame);
		finding_cite_diag(finding, record->diag_frame);
	}
	for (uint16_t run = 0; run < model->run_count; run++)
		counted_overflows(model, run);
	if (model->build->findings_of[FINDING_ACCEPT_QUEUE_OVERFLOW] > 0)
		count_kept_out(model);
}

/* ---- a listener closed on its clients ---- */

static uint32_t closed_listener(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	uint32_t best = INDEX_NONE;
	int64_t nearest_ns = INT64_MAX;

	for (uint32_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		int64_t from_ns, to_ns;

		if (listener->run != connection->run ||
			listener->key.port_be[0] != connection->key.port_be[side] ||
			!listener_covers(&listener->key, &connection->key, side))
			continue;
		listener_span(model, listener, &from_ns, &to_ns);
		if (to_ns == INT64_MAX)
			continue;
		int64_t away_ns = to_ns > t_ns ? to_ns - t_ns : t_ns - to_ns;
		if (away_ns < nearest_ns) {
			nearest_ns = away_ns;
			best = i;
		}
	}
	return best;
}

static bool by_recorder(const struct model *model, const struct listener *listener)
{
	for (size_t i = 0; i < listener->steps.count; i++)
		if (listener->steps.item[i].kind == STEP_TRANSITION &&
			model->transitions[listener->steps.item[i].index].record.reason.code ==
				REASON_ENDED_BY_RECORDER)
			return true;
	return false;
}

/* One process that ends with both ends of it loses nothing. */
static bool both_ended(const struct model *model, const struct connection *connection,
	const struct listener *listener, const struct record *record)
{
	int client = !(record->side & 1);

	if (!listener->has_owner || !connection->ends[client].has_owner ||
		connection->ends[client].owner.pid != listener->owner.pid)
		return false;
	for (size_t i = 0; i < model->exit_count; i++) {
		const struct model_exit *at = &model->exits[i];
		int64_t away_ns = at->t_ns - record->t_ns;

		if (at->run == connection->run && at->exit.pid == listener->owner.pid &&
			away_ns > -50 * (int64_t)WATCH_NS_PER_MS &&
			away_ns < 50 * (int64_t)WATCH_NS_PER_MS)
			return true;
	}
	return false;
}

static void other_listeners(struct model *model, struct finding *finding, int64_t t_ns)
{
	const struct listener *closed = &model->listeners[finding->index];

	for (uint32_t i = 0; i < model->listener_count; i++) {
		const struct listener *other = &model->listeners[i];
		int64_t from_ns, to_ns;

		listener_span(model, other, &from_ns, &to_ns);
		if (i == finding->index || other->run != closed->run ||
			other->key.port_be[0] != closed->key.port_be[0] || from_ns > t_ns ||
			to_ns <= t_ns)
			continue;
		if (other->has_owner)
			finding_name(finding, 1, &other->owner);
		else
			finding->phrase[1] = PHRASE_ANOTHER_SOCKET;
		return;
	}
}

static void tell_closed_on(struct model *model)
{
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;
		struct finding *finding = NULL;

		if (record->listener || record->reason.code != REASON_LISTENER_CLOSED ||
			record->from != STATE_ESTABLISHED)
			continue; /* in CLOSE_WAIT the client had left before */
		const struct connection *connection =
			&model->connections[model->transitions[i].index];
		uint32_t listener =
			closed_listener(model, connection, record->side & 1, record->t_ns);
		if (listener == INDEX_NONE || by_recorder(model, &model->listeners[listener]) ||
			both_ended(model, connection, &model->listeners[listener], record))
			continue;
		for (size_t k = 0; k < model->finding_count && finding == NULL; k++)
			if (model->findings[k].code == FINDING_LISTENER_CLOSED_ON &&
				model->findings[k].index == listener)
				finding = &model->findings[k];
		if (finding == NULL) {
			finding = finding_of_listener(
				model, listener, FINDING_LISTENER_CLOSED_ON, record->t_ns);
			if (finding != NULL && model->listeners[listener].has_owner)
				finding_name(finding, 0, &model->listeners[listener].owner);
			if (finding != NULL)
				other_listeners(model, finding, record->t_ns);
		}
		if (finding == NULL)
			continue;
		finding->arg[0]++;
		finding->arg[1] += (int64_t)connection->ends[!(record->side & 1)].sent.bytes;
		finding_cite_frame(finding, record->frame);
		finding_cite_diag(finding, record->diag_frame);
	}
}

/* ---- counters that tell a kind of their own ---- */

static void tell_cookies(struct model *model, uint16_t run)
{
	int64_t sent = counter_moved(model, run, "TcpExtSyncookiesSent", INT64_MIN, INT64_MAX);

	if (sent <= 0)
		return;
	struct finding *finding =
		finding_of_run(model, run, FINDING_SYN_COOKIES, model->runs[run].last_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = sent;
	finding->arg[1] = counter_moved(model, run, "TcpExtSyncookiesRecv", INT64_MIN, INT64_MAX);
	finding->arg[2] = counter_moved(model, run, "TcpExtSyncookiesFailed", INT64_MIN, INT64_MAX);
	/* one may come back with each segment of its client, while the queue is full */
	finding->arg[3] = finding->arg[0] > finding->arg[1] ? finding->arg[0] - finding->arg[1] : 0;
	finding_cite_counter(finding, "TcpExtSyncookiesSent", finding->arg[0]);
	finding_cite_counter(finding, "TcpExtSyncookiesRecv", finding->arg[1]);
	finding_cite_counter(finding, "TcpExtSyncookiesFailed", finding->arg[2]);
}

static void tell_deferred(struct model *model, uint16_t run)
{
	struct finding *finding = NULL;
	uint32_t last = INDEX_NONE;

	for (size_t i = 0; i < model->correction_count; i++) {
		const struct correction *correction = &model->corrections[i];

		if (correction->run != run ||
			correction->record.reason.code != REASON_ACCEPT_DEFERRED)
			continue;
		if (finding == NULL) {
			finding = finding_of_end(model, run, FINDING_DEFER_ACCEPT,
				&correction->record.key, correction->record.side,
				correction->record.t_ns);
			if (finding == NULL)
				return;
			/* of the whole run: between which two readings each fell is chance */
			finding_cite_counter(finding, "TcpExtTCPDeferAcceptDrop",
				counter_moved(model, run, "TcpExtTCPDeferAcceptDrop", INT64_MIN,
					INT64_MAX));
		}
		finding->arg[0] += correction->count;
		finding->arg[1] += correction->index != last;
		last = correction->index;
		finding_cite_frame(finding, correction->record.frame);
	}
}

bool findings_of_listeners(struct model *model)
{
	tell_overflow(model);
	tell_closed_on(model);
	for (uint16_t run = 0; run < model->run_count; run++) {
		tell_cookies(model, run);
		tell_deferred(model, run);
		findings_of_older_acks(model, run);
	}
	return !model->build->failed;
}
