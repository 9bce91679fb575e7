/* Findings about connections that were refused, and why nobody listened there: never, not yet, no
 * more, or on the same port with its bytes swapped. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	LISTENER_GONE_MS = 50, /* a process is seen to end after its sockets, by a busy recorder */
	NEXT_MS = 300          /* a client tries its other address at once */
};

static uint16_t swapped(uint16_t port_be)
{
	return (uint16_t)(port_be >> 8 | port_be << 8);
}

static void who_listened(struct finding *finding, const struct listener *listener)
{
	if (listener->has_owner)
		finding_name(finding, 0, &listener->owner);
}

/* Its holder ended at that time: the listener went with it, by a close() or without. */
static bool ended_with_it(const struct model *model, const struct listener *listener, int64_t t_ns)
{
	const int64_t slack_ns = LISTENER_GONE_MS * (int64_t)WATCH_NS_PER_MS;

	for (size_t i = 0; listener->has_owner && i < model->exit_count; i++) {
		const struct model_exit *at = &model->exits[i];

		if (at->run == listener->run && at->exit.pid == listener->owner.pid &&
			!at->exit.by_recorder && at->t_ns > t_ns - slack_ns &&
			at->t_ns < t_ns + slack_ns)
			return true;
	}
	return false;
}

/* It was last seen before t_ns, and then no more: it had closed by then, for a SYN that is refused
 * shows that nobody listened. */
static bool closed_by_then(const struct model *model, const struct listener *listener, int64_t t_ns)
{
	for (size_t i = listener->steps.count; i-- > 0;) {
		const struct step *step = &listener->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record != NULL)
			return record->to == STATE_CLOSED && record->not_before_ns != 0 &&
			       record->not_before_ns <= t_ns && record->t_ns > t_ns;
	}
	return false;
}

/* Of the listeners of this port those that began after, or ended before; and of the swapped port
 * the one that was there, or was nearest in time. */
struct refusal {
	const struct listener *after, *before, *swapped, *now, *elsewhere;
	int64_t after_ns, before_ns; /* since it ended, until it began */
	int64_t swapped_ns;          /* 0: it listened at that very time */
};

/* A listener of the swapped port listened when the SYN was refused. */
static bool swapped_then(const struct refusal *refusal)
{
	return refusal->swapped != NULL && refusal->swapped_ns == 0;
}

static struct refusal refusal_of(
	const struct model *model, const struct connection *connection, int server, int64_t t_ns)
{
	struct refusal refusal = {
		.after_ns = INT64_MAX, .before_ns = INT64_MAX, .swapped_ns = INT64_MAX};
	uint16_t port_be = connection->key.port_be[server];
	uint16_t swapped_be = swapped(port_be);

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		int64_t from_ns, to_ns;

		if (listener->run != connection->run)
			continue;
		listener_span_at(model, listener, t_ns, &from_ns, &to_ns);
		if (listener->key.port_be[0] == port_be && from_ns <= t_ns && to_ns > t_ns &&
			(connection->local_sides & 1 << server) != 0 &&
			!listener_takes(listener, connection, server))
			refusal.elsewhere = listener;
		if (!listener_covers(&listener->key, &connection->key, server))
			continue;
		if (listener->key.port_be[0] == port_be && closed_by_then(model, listener, t_ns))
			to_ns = t_ns;
		if (listener->key.port_be[0] == port_be && to_ns <= t_ns &&
			t_ns - to_ns < refusal.after_ns) {
			refusal.after = listener;
			refusal.after_ns = t_ns - to_ns;
		}
		if (listener->key.port_be[0] == port_be && from_ns > t_ns &&
			from_ns - t_ns < refusal.before_ns) {
			refusal.before = listener;
			refusal.before_ns = from_ns - t_ns;
		}
		enum finding_phrase how;

		if (listener->key.port_be[0] == swapped_be && swapped_be != port_be &&
			listens_unbound(model, listener->run, swapped_be, &how) == NULL &&
			listener_away_ns(model, listener, t_ns) < refusal.swapped_ns) {
			refusal.swapped = listener;
			refusal.swapped_ns = listener_away_ns(model, listener, t_ns);
		}
	}
	return refusal;
}

/* A listen() on this port that no look at the kernel met, for the socket lived too short; NULL:
 * none was recorded. */
static const struct model_call *listen_call(
	const struct model *model, uint16_t run, uint16_t port_be, int64_t t_ns)
{
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *bind = &model->calls[i];

		if (bind->run != run || bind->call.what != CALLED_BIND || bind->call.error != 0 ||
			bind->call.inode == 0 || bind->call.key.protocol != IPPROTO_TCP ||
			bind->call.key.port_be[0] != port_be || bind->at_ns > t_ns)
			continue;
		for (size_t k = i; k < model->call_count; k++)
			if (model->calls[k].run == run &&
				model->calls[k].call.inode == bind->call.inode &&
				model->calls[k].call.what == CALLED_LISTEN &&
				model->calls[k].call.error == 0 && model->calls[k].at_ns <= t_ns)
				return &model->calls[k];
	}
	return NULL;
}

/* Which finding it is: what explains most comes first. */
static unsigned code_of(const struct refusal *refusal, const struct model_call *swapped_call)
{
	if (refusal->now != NULL)
		return FINDING_REFUSED_THOUGH_LISTENING;
	if (refusal->elsewhere != NULL)
		return FINDING_REFUSED_OTHER_ADDRESS;
	if (swapped_then(refusal))
		return FINDING_REFUSED_BYTE_SWAPPED;
	if (refusal->after != NULL)
		return FINDING_REFUSED_AFTER_CLOSE;
	if (refusal->swapped != NULL || swapped_call != NULL)
		return FINDING_REFUSED_BYTE_SWAPPED;
	return refusal->before != NULL ? FINDING_REFUSED_BEFORE_LISTEN
				       : FINDING_CONNECTION_REFUSED_SEEN;
}

/* A UDP socket has that port of the same address, or of all: the client means it. */
static void name_udp(const struct model *model, struct finding *finding,
	const struct connection *connection, int server)
{
	for (size_t i = 0; i < model->udp_socket_count; i++) {
		const struct udp_socket *at = &model->udp_sockets[i];

		if (at->run != connection->run || !(connection->local_sides & 1 << server) ||
			at->key.port_be[0] != connection->key.port_be[server] ||
			!listener_covers(&at->key, &connection->key, server))
			continue;
		if (at->has_owner)
			finding_name(finding, 0, &at->owner);
		finding->phrase[0] = PHRASE_UDP_SOCKET;
		return;
	}
}

/* The socket that listened then on a port of those that the kernel chooses, and took connections to
 * this address: with calls only where they show that nobody had chosen it. NULL: none, several. */
static const struct listener *unbound_then(const struct model *model,
	const struct connection *connection, int server, int64_t t_ns, enum finding_phrase *how)
{
	const struct listener *only = NULL;
	const struct run *run = &model->runs[connection->run];
	unsigned low, high;

	finding_chosen_ports(run, &low, &high);
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];
		uint16_t port = ntohs(at->key.port_be[0]);
		int64_t from_ns, to_ns;

		if (at->run != connection->run || port < low || port > high ||
			!(connection->local_sides & 1 << server) ||
			!listener_covers(&at->key, &connection->key, server))
			continue;
		listener_span_at(model, at, t_ns, &from_ns, &to_ns);
		if (listener_away_ns(model, at, t_ns) != 0 || to_ns <= t_ns)
			continue;
		*how = PHRASE_CHOSEN_PORT;
		if (run->has_calls &&
			listens_unbound(model, at->run, at->key.port_be[0], how) == NULL)
			continue;
		if (only != NULL)
			return NULL;
		only = at;
	}
	return only;
}

/* The same program listens again, but elsewhere: not that it closed is why nobody is let in. */
static bool is_successor(const struct listener *now, const struct listener *closed)
{
	return now->has_owner && closed->has_owner &&
	       strcmp(now->owner.program, closed->owner.program) == 0;
}

static void tell_unbound(const struct model *model, struct finding *finding,
	const struct listener *listener, enum finding_phrase how)
{
	finding->arg[2] = ntohs(listener->key.port_be[0]);
	finding->phrase[0] = PHRASE_A_SOCKET;
	if (listener->has_owner) {
		finding->phrase[0] = PHRASE_NAMES;
		finding_name(finding, 0, &listener->owner);
	}
	finding->phrase[1] = (uint8_t)how;
	finding_cite_call(
		finding, listens_unbound(model, listener->run, listener->key.port_be[0], &how));
}

static void tell_elsewhere(struct finding *finding, const struct connection *connection,
	const struct listener *elsewhere)
{
	who_listened(finding, elsewhere);
	if (!finding_says(finding, 0))
		finding->phrase[0] = PHRASE_A_SOCKET;
	flow_end_text(&elsewhere->key, 0, finding->text[1]);
	finding->arg[2] = elsewhere->device == 0;
	if (elsewhere->device != 0)
		finding->phrase[1] = PHRASE_ONE_DEVICE;
	else if (elsewhere->v6only && connection->key.family != elsewhere->key.family)
		finding->phrase[1] = PHRASE_V6ONLY;
}

/* Somebody was let in there before: it had listened. Asked once for each finding. */
static bool let_in_earlier(
	const struct model *model, const struct connection *connection, int server, int64_t t_ns)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int side = at->client == 0;

		if (at->run == connection->run && at->client != -1 &&
			(at->traits & TRAIT_OPENED) != 0 && at->first_ns < t_ns &&
			at->key.zone == connection->key.zone &&
			at->key.protocol == connection->key.protocol &&
			at->key.port_be[side] == connection->key.port_be[server] &&
			memcmp(at->key.addr[side], connection->key.addr[server], 16) == 0)
			return true;
	}
	return false;
}

/* Its client tried its other address next, and came in there: localhost is ::1 and 127.0.0.1. */
static bool reached_then(const struct model *model, const struct connection *connection,
	const struct listener *elsewhere, int64_t t_ns)
{
	const struct connection_end *client = &connection->ends[connection->client & 1];

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int server = at->client == 0;

		if (at->run == connection->run && at->client != -1 &&
			(at->traits & TRAIT_OPENED) != 0 && at->first_ns >= t_ns &&
			at->first_ns <= t_ns + NEXT_MS * (int64_t)WATCH_NS_PER_MS &&
			at->key.port_be[server] == elsewhere->key.port_be[0] &&
			listener_covers(&elsewhere->key, &at->key, server) &&
			(!client->has_owner || !at->ends[!server].has_owner ||
				client->owner.pid == at->ends[!server].owner.pid))
			return true;
	}
	return false;
}

static void tell_refusal(struct model *model, const struct transition *transition)
{
	const struct record *record = &transition->record;
	const struct connection *connection = &model->connections[transition->index];
	int server = !(record->side & 1);
	struct refusal refusal = refusal_of(model, connection, server, record->t_ns);
	uint16_t port_be = connection->key.port_be[server];
	refusal.now = listener_surely(model, connection, server, record->t_ns);
	enum finding_phrase how = PHRASE_NAMES;
	const struct model_call *swapped_call =
		refusal.swapped == NULL && swapped(port_be) != port_be &&
				listens_unbound(model, transition->run, swapped(port_be), &how) ==
					NULL
			? listen_call(model, transition->run, swapped(port_be), record->t_ns)
			: NULL;
	unsigned code = code_of(&refusal, swapped_call);
	const struct listener *unbound =
		code == FINDING_CONNECTION_REFUSED_SEEN || code == FINDING_REFUSED_AFTER_CLOSE
			? unbound_then(model, connection, server, record->t_ns, &how)
			: NULL;
	struct finding *finding = NULL;

	if (unbound != NULL && (refusal.after == NULL || is_successor(unbound, refusal.after)))
		code = FINDING_LISTENS_UNBOUND;
	for (size_t i = 0; i < model->finding_count && finding == NULL; i++)
		if (model->findings[i].code == code && model->findings[i].run == transition->run &&
			model->findings[i].arg[1] == ntohs(port_be))
			finding = &model->findings[i];
	if (finding == NULL) {
		finding = finding_of_end(
			model, transition->run, code, &record->key, server, record->t_ns);
		if (finding == NULL)
			return;
		finding->arg[1] = ntohs(port_be);
		if (code == FINDING_REFUSED_AFTER_CLOSE) {
			finding->arg[2] = ms_of(refusal.after_ns);
			finding->arg[3] = ended_with_it(
				model, refusal.after, record->t_ns - refusal.after_ns);
			who_listened(finding, refusal.after);
		} else if (code == FINDING_LISTENS_UNBOUND) {
			tell_unbound(model, finding, unbound, how);
		} else if (code == FINDING_CONNECTION_REFUSED_SEEN) {
			name_udp(model, finding, connection, server);
			finding->arg[2] = !(connection->local_sides & 1 << server);
			if (let_in_earlier(model, connection, server, record->t_ns))
				finding->phrase[1] = PHRASE_LET_IN_EARLIER;
		} else if (code == FINDING_REFUSED_THOUGH_LISTENING) {
			who_listened(finding, refusal.now);
		} else if (code == FINDING_REFUSED_OTHER_ADDRESS) {
			tell_elsewhere(finding, connection, refusal.elsewhere);
		} else if (code == FINDING_REFUSED_BYTE_SWAPPED && refusal.swapped == NULL) {
			finding->arg[2] = ntohs(swapped(port_be));
			snprintf(finding->text[0], FINDING_TEXT, "%.31s[%u]",
				swapped_call->call.program, swapped_call->call.pid);
			finding_cite_call(finding, swapped_call);
		} else if (code == FINDING_REFUSED_BYTE_SWAPPED) {
			finding->arg[2] = ntohs(refusal.swapped->key.port_be[0]);
			who_listened(finding, refusal.swapped);
			if (!finding_says(finding, 0))
				finding->phrase[0] = PHRASE_A_SOCKET;
		}
		if (code == FINDING_REFUSED_BYTE_SWAPPED)
			finding_htons(model, finding, port_be);
		if (code == FINDING_REFUSED_BEFORE_LISTEN) {
			finding->arg[2] = ms_of(refusal.before_ns);
			who_listened(finding, refusal.before);
		}
	}
	finding->arg[0] += connection_weight(connection);
	if (code == FINDING_REFUSED_OTHER_ADDRESS &&
		reached_then(model, connection, refusal.elsewhere, record->t_ns))
		finding->arg[3] += connection_weight(connection);
	finding_cite_frame(finding, record->frame);
}

bool findings_of_refusals(struct model *model)
{
	for (size_t i = 0; i < model->transition_count; i++)
		if (!model->transitions[i].record.listener &&
			model->transitions[i].record.reason.code == REASON_CONNECTION_REFUSED)
			tell_refusal(model, &model->transitions[i]);
	return !model->build->failed;
}
