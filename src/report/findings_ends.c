/* Findings about an end that asked and was not answered: never accepted, accepted late, not read.
 */
#include "findings.h"
#include "tcpstate/steps.h"

#include <stdio.h>
#include <string.h>

/* Who listens: all of those whose queue it is, where they fit. Of several the one that answered is
 * known only if it alone ever did. */
static void name_listening(
	const struct model *model, struct finding *finding, const struct listener *listener)
{
	size_t length = 0;

	if (finding->code == FINDING_ANSWERED_LATE || finding->code == FINDING_NEVER_ANSWERED) {
		const struct owner *server = listener_server(model, listener);

		if (server != NULL)
			finding_name(finding, 0, server);
		return;
	}
	finding_name(finding, 0, &listener->owner);
	for (uint32_t i = 0; i < listener->also.count; i++) {
		const struct owner *other = &model->others_held[listener->also.first + i];

		length += strlen(finding->text[0] + length);
		int added = snprintf(finding->text[0] + length, FINDING_TEXT - length, "\n%s[%u]",
			other->program, other->pid);
		if (added >= (int)(FINDING_TEXT - length)) {
			finding->text[0][0] = '\0';
			return;
		}
	}
}

/* Is this one of those who hold the listener? */
static bool holds_listener(
	const struct model *model, const struct listener *listener, const struct owner *owner)
{
	bool holds = listener->has_owner && listener->owner.pid == owner->pid;

	for (uint32_t i = 0; i < listener->also.count; i++)
		holds |= model->others_held[listener->also.first + i].pid == owner->pid;
	return holds;
}

/* Who was to take this end from the queue, and to answer: of several who hold the listener the one
 * that took it, or that alone ever did; where nobody is known to listen, who had it. 0: not known.
 */
static uint32_t accepter_of(const struct model *model, const struct listener *listener,
	const struct connection *connection, int side)
{
	const struct owner *owner =
		connection->ends[side].has_owner ? &connection->ends[side].owner : NULL;
	const struct owner *server = listener != NULL ? listener_server(model, listener) : NULL;

	if (owner != NULL && (listener == NULL || !listener->has_owner ||
				     holds_listener(model, listener, owner)))
		return owner->pid;
	return server != NULL ? server->pid : 0;
}

/* Whose end it is, which waited for waited_ms; before accept() that is the listener's. */
static void name_server(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, int64_t waited_ms)
{
	int64_t middle_ns = finding->t_ns + waited_ms * WATCH_NS_PER_MS / 2;
	const struct listener *listener = NULL;

	if (connection->client != side) {
		finding->queue_of = listener_queued_at(model, connection, side, middle_ns);
		listener = finding->queue_of != INDEX_NONE ? &model->listeners[finding->queue_of]
							   : NULL;
		finding->accepter = accepter_of(model, listener, connection, side);
	}
	finding_name_end(finding, 0, connection, side);
	if (finding->text[0][0] == '\0' && listener != NULL && listener->has_owner)
		name_listening(model, finding, listener);
}

/* How long after from_ns it was accepted, to_ns at most; 0: before, never, or at once. */
static int64_t queued_ms(const struct connection *connection, int64_t from_ns, int64_t to_ns)
{
	const struct accepted *accepted = &connection->accepted;
	int64_t until_ns = accepted->t_ns < to_ns ? accepted->t_ns : to_ns;

	return accepted->waited && accepted->known && until_ns > from_ns ? ms_of(until_ns - from_ns)
									 : 0;
}

/* A client asked once and closed without an answer, and the server did not notice: it was busy. One
 * that had nothing to say reads the end of file and closes at once. */
static bool gave_up(const struct watched_end *asks, const struct watched_end *asked, int64_t end_ns)
{
	const int64_t unnoticed_ns = FINDING_HELD_MS / 2 * (int64_t)WATCH_NS_PER_MS;

	return asks->fin_ns != 0 && asks->fin_ns == end_ns &&
	       4 * (asks->request_last_ns - asks->request.t_ns) <= end_ns - asks->request_last_ns &&
	       (asked->fin_ns == 0 || asked->fin_ns - end_ns >= unnoticed_ns) &&
	       (asked->rst.t_ns == 0 || asked->rst.t_ns - end_ns >= unnoticed_ns);
}

enum { PATIENT_MS = 5000 /* of a server that answers others, seen from the wire alone */ };

int64_t finding_others_answered(
	const struct model *model, uint32_t index, int server, struct answered *last)
{
	const struct connection *connection = &model->connections[index];
	const struct flow_key *key = &connection->key;

	if (last->known && last->run == connection->run &&
		last->key.port_be[last->side] == key->port_be[server] &&
		memcmp(last->key.addr[last->side], key->addr[server], 16) == 0)
		return last->count;
	*last = (struct answered){*key, (uint8_t)server, true, connection->run, 0};
	for (uint32_t i = 0; i < model->connection_count; i++) {
		const struct connection *other = &model->connections[i];
		int at = other->client == 0;
		const struct watch *watch = findings_watch(model, i);

		if (watch != NULL && other->client != -1 && other->run == connection->run &&
			other->key.port_be[at] == key->port_be[server] &&
			memcmp(other->key.addr[at], key->addr[server], 16) == 0 &&
			watch->end[at].answers > 0)
			last->count += connection_weight(other);
	}
	return last->count;
}

/* It had answered its client before, and so should do so now. From the wire alone that is not
 * enough: a last message may want no answer (an end that says goodbye, an acknowledgement of its
 * protocol), and such are smaller than what was answered. What comes to a client is an answer. */
static bool owes_answer(const struct model *model, const struct connection *connection,
	const struct watched_end *asks, const struct watched_end *asked, int64_t waited_ms)
{
	return asked->answers > 0 &&
	       (model->runs[connection->run].has_diag ||
		       (waited_ms >= PATIENT_MS && !asks->pushes &&
			       (asks->asks_again ||
				       (!asks->goes_on &&
					       !smaller_than_asked(asked, asks->request_bytes)))));
}

/* The call in which the client's program waited for the answer to its last request. */
static const struct model_call *awaits(
	const struct model *model, const struct connection *connection, int side, int64_t asked_ns)
{
	const struct model_call *call = model->runs[connection->run].has_calls
						? finding_awaits(model, connection, side)
						: NULL;

	return call != NULL && (call->call.returned_ns == 0 || call->call.returned_ns > asked_ns)
		       ? call
		       : NULL;
}

/* `side` asked, was acknowledged, and waits without an answer, while the other does not read, had
 * answered before, or does not notice either that `side` gave up. */
static void tell_request(struct model *model, uint32_t index, int side, struct answered *last)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	if (watch == NULL || watch->end[side].request.t_ns == 0 ||
		watch->end[side].request_acked_ns == 0)
		return;
	const struct watched_end *asks = &watch->end[side], *asked = &watch->end[!side];
	int64_t end_ns = model->runs[connection->run].last_ns;
	const struct record *edge = finding_last_edge(model, connection, side);
	if (edge != NULL && edge->to == STATE_CLOSED)
		end_ns = edge->t_ns;
	if (asks->fin_ns != 0 && asks->fin_ns < end_ns)
		end_ns = asks->fin_ns;
	if (asks->rst.t_ns != 0 && asks->rst.t_ns < end_ns)
		end_ns = asks->rst.t_ns;
	if (asked->fin_ns != 0 && asked->fin_ns < end_ns)
		end_ns = asked->fin_ns;
	/* who asks the same again has waited since the first time */
	int64_t asked_ns = asks->asks_again ? asks->request.t_ns : asks->request_last_ns;
	int64_t waited_ms = ms_of(end_ns - asked_ns);
	bool server = connection->client == side;
	bool queued = server && unaccepted_until(connection, !side, INT64_MAX);
	int64_t accept_ms = server ? queued_ms(connection, asks->request_last_ns, INT64_MAX) : 0;
	bool late = accept_ms >= FINDING_HELD_MS && accept_ms > waited_ms / 2;
	bool unread = asked->shown.unread_since_ns != 0 &&
		      asked->shown.open_ns - asked->shown.unread_since_ns >=
			      FINDING_HELD_MS / 2 * (int64_t)WATCH_NS_PER_MS;
	/* who sends on does not wait, as far as the wire tells */
	bool waiting = model->runs[connection->run].has_diag || !asks->goes_on;
	int64_t others =
		server && waiting && waited_ms >= PATIENT_MS && !unread && asked->answers == 0
			? finding_others_answered(model, index, !side, last)
			: 0;
	const struct model_call *waits =
		server ? awaits(model, connection, side, asks->request_last_ns) : NULL;
	if (waited_ms < FINDING_HELD_MS || asked->stall.zero_longest_ns != 0 ||
		finding_set_has(&connection->finding_set, FINDING_BOTH_WAIT) ||
		finding_set_has(&connection->finding_set, FINDING_KEEPALIVE_TIMED_OUT) ||
		!(waits != NULL || queued || late || unread || others > 0 ||
			(server && finding_seen_waiting(model, connection, side,
					   asks->request_last_ns, end_ns)) ||
			(server && finding_passed_on(model, connection, end_ns)) ||
			(server && (owes_answer(model, connection, asks, asked, waited_ms) ||
					   gave_up(asks, asked, end_ns)))))
		return;
	/* what comes to a client asks it nothing: it lies there unread, and no more is known */
	bool answer = !server && connection->client != -1;
	if (answer && (finding_set_has(&connection->finding_set, FINDING_UNREAD_AT_CLOSE) ||
			      finding_set_has(&connection->finding_set, FINDING_ABORTED)))
		return;
	struct finding *finding = finding_of_connection(model, index, !side,
		queued   ? FINDING_NEVER_ACCEPTED
		: late   ? FINDING_ACCEPTED_LATE
		: answer ? FINDING_ANSWER_UNREAD
			 : FINDING_NEVER_ANSWERED,
		asks->request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)asks->request_bytes;
	finding->arg[1] = late ? accept_ms : waited_ms;
	finding->arg[2] = late ? waited_ms : !queued && unread ? asked->shown.unread : 0;
	finding->arg[3] = finding->code == FINDING_NEVER_ANSWERED ? others : 0;
	name_server(model, finding, connection, !side, finding->arg[1]);
	finding_cite_frame(finding, asks->request.frame);
	finding_cite_diag(
		finding, queued || late ? asked->shown.waiting_diag : asked->shown.open_diag);
	finding_cite_call(finding, waits);
}

/* It was answered in the end, when the program came to accept() it or to read it. */
static void tell_late_answer(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *asks = watch != NULL ? &watch->end[side] : NULL;

	if (asks == NULL || asks->late_answer_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS ||
		finding_set_has(&connection->finding_set, FINDING_NEVER_ANSWERED) ||
		finding_set_has(&connection->finding_set, FINDING_ACCEPTED_LATE) ||
		finding_set_has(&connection->finding_set, FINDING_NEVER_ACCEPTED))
		return;
	struct finding *finding = finding_of_connection(
		model, index, !side, FINDING_ANSWERED_LATE, asks->late_request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = asks->late_request.len;
	finding->arg[1] = ms_of(asks->late_answer_ns);
	int64_t queued = connection->client == side
				 ? queued_ms(connection, asks->late_request.t_ns,
					   asks->late_request.t_ns + asks->late_answer_ns)
				 : 0;
	finding->arg[2] = queued > finding->arg[1] / 4 ? queued : 0;
	finding->arg[3] = asks->late_unread;
	name_server(model, finding, connection, !side, finding->arg[1]);
	finding_cite_frame(finding, asks->late_request.frame);
	finding_cite_diag(finding, asks->late_diag);
}

/* A client that has nothing to ask waits as well, for a server that speaks first. */
static void tell_late_greeting(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int server = !connection->client;
	const struct watched_end *speaks =
		watch != NULL && connection->client != -1 ? &watch->end[server] : NULL;

	if (speaks == NULL || speaks->greeted_ns == 0)
		return;
	const struct record *opened =
		step_first_to(model, connection, server, 1u << STATE_ESTABLISHED);
	if (opened == NULL)
		return;
	int64_t from_ns = opened->t_ns;
	int64_t queued = queued_ms(connection, from_ns, speaks->greeted_ns);
	bool looks_up = queued < FINDING_HELD_MS &&
			ms_of(speaks->greeted_ns - from_ns) >= FINDING_HELD_MS &&
			connection->ends[server].has_owner &&
			finding_awaits_datagram(model, connection->run,
				connection->ends[server].owner.pid, from_ns, speaks->greeted_ns);
	if (queued < FINDING_HELD_MS && !looks_up)
		return;
	struct finding *finding =
		finding_of_connection(model, index, server, FINDING_GREETED_LATE, from_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(speaks->greeted_ns - from_ns);
	finding->arg[1] = looks_up ? finding->arg[0] : queued;
	finding->arg[2] = looks_up;
	name_server(model, finding, connection, server, finding->arg[1]);
	finding_cite_frame(finding, speaks->greeted_frame);
	finding_cite_diag(finding, speaks->shown.waiting_diag);
}

bool findings_of_ends(struct model *model)
{
	struct answered last = {.known = false};

	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			if (model_may_have_lost(model, &model->connections[i]))
				continue; /* the answer, perhaps */
			tell_request(model, i, side, &last);
			tell_late_answer(model, i, side);
		}
	for (uint32_t i = 0; i < model->connection_count; i++)
		if (!model_may_have_lost(model, &model->connections[i]))
			tell_late_greeting(model, i);
	return !model->build->failed;
}
