/* Which listener an end met: whose address and port take it in, and which of several sockets on one
 * port, in turn or together, listened at that time. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <string.h>

bool listener_covers(const struct flow_key *listener, const struct flow_key *key, int side)
{
	static const uint8_t wildcard[16];

	return memcmp(listener->addr[0], wildcard, sizeof(wildcard)) == 0 ||
	       memcmp(listener->addr[0], key->addr[side], sizeof(wildcard)) == 0;
}

void listener_span(const struct model *model, const struct listener *listener, int64_t *from_ns,
	int64_t *to_ns)
{
	*from_ns = listener->first_ns;
	*to_ns = listener->by_calls && listener->state == STATE_CLOSED ? listener->last_ns
								       : INT64_MAX;
	for (size_t i = 0; i < listener->steps.count; i++) {
		const struct step *step = &listener->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record == NULL)
			continue;
		*to_ns = record->to == STATE_CLOSED ? record->t_ns : INT64_MAX;
		/* its listen() may be known, which came before the row that first showed it */
		if (record->to == STATE_LISTEN && record->t_ns < *from_ns)
			*from_ns = record->t_ns;
		if (record->to == STATE_LISTEN && record->from == STATE_UNKNOWN)
			*from_ns = INT64_MIN;
	}
}

/* A socket may listen again after a shutdown(). */
void listener_span_at(const struct model *model, const struct listener *listener, int64_t t_ns,
	int64_t *from_ns, int64_t *to_ns)
{
	bool closed = false;

	listener_span(model, listener, from_ns, to_ns);
	for (size_t i = 0; i < listener->steps.count; i++) {
		const struct step *step = &listener->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record == NULL)
			continue;
		if (closed && record->to == STATE_LISTEN && record->t_ns > t_ns)
			return;
		if (closed && record->to == STATE_LISTEN)
			*from_ns = record->t_ns;
		closed = record->to == STATE_CLOSED;
		*to_ns = closed ? record->t_ns : INT64_MAX;
	}
}

int64_t listener_away_ns(const struct model *model, const struct listener *listener, int64_t t_ns)
{
	int64_t from_ns, to_ns, before_ns = 0;

	listener_span_at(model, listener, t_ns, &from_ns, &to_ns);
	for (size_t i = 0; i < listener->steps.count; i++) {
		const struct record *record = step_edge(model, &listener->steps.item[i]);

		if (record != NULL && record->to == STATE_LISTEN && record->t_ns == from_ns)
			before_ns = record->not_before_ns;
	}
	if (before_ns != 0)
		from_ns = before_ns;
	return t_ns < from_ns ? from_ns - t_ns : t_ns >= to_ns ? t_ns - to_ns + 1 : 0;
}

bool listener_takes(const struct listener *listener, const struct connection *connection, int side)
{
	return listener->device == 0 && listener_covers(&listener->key, &connection->key, side) &&
	       (listener->key.family == connection->key.family || listener->dual_stack);
}

const struct listener *listener_surely(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		int64_t from_ns, closed_ns;

		if (listener->run != connection->run || !(connection->local_sides & 1 << side) ||
			listener->first_ns > t_ns ||
			listener->key.port_be[0] != connection->key.port_be[side] ||
			!listener_takes(listener, connection, side))
			continue;
		listener_span(model, listener, &from_ns, &closed_ns);
		bool open = listener->steps.count > 0 || t_ns < closed_ns;
		for (size_t k = 0; k < listener->steps.count; k++) {
			const struct record *record = step_edge(model, &listener->steps.item[k]);

			if (record == NULL)
				continue;
			if ((record->to == STATE_CLOSED && record->not_before_ns != 0
					    ? record->not_before_ns
					    : record->t_ns) <= t_ns)
				open = record->to != STATE_CLOSED;
		}
		if (open)
			return listener;
	}
	return NULL;
}

/* Could it be the listener that this end of the key had at t_ns? How long after that it was first
 * known to listen, at most the 100 ms of a look that comes late; -1: it is not. */
static int64_t could_meet(const struct model *model, const struct listener *listener, uint16_t run,
	const struct flow_key *key, int side, int64_t t_ns)
{
	const int64_t late_ns = 100 * (int64_t)WATCH_NS_PER_MS;
	int64_t from_ns, to_ns;

	if (listener->run != run || listener->key.port_be[0] != key->port_be[side] ||
		!listener_covers(&listener->key, key, side))
		return -1;
	listener_span_at(model, listener, t_ns, &from_ns, &to_ns);
	int64_t away_ns = from_ns > t_ns ? from_ns - t_ns : 0;
	return to_ns > t_ns && away_ns <= late_ns ? away_ns : -1;
}

uint32_t listener_met(
	const struct model *model, uint16_t run, const struct flow_key *key, int side, int64_t t_ns)
{
	int64_t nearest_ns = INT64_MAX;
	uint32_t best = INDEX_NONE;

	for (uint32_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		int64_t away_ns = could_meet(model, listener, run, key, side, t_ns);

		/* it is first seen a little after it began; one that was seen before comes first */
		if (away_ns < 0 || away_ns > nearest_ns ||
			(away_ns == nearest_ns && !listener->overflowed))
			continue;
		best = i;
		nearest_ns = away_ns;
	}
	return best;
}

/* Of sockets that share a port (SO_REUSEPORT) one in whose queue nobody stood is not it. */
static bool queue_was_empty(const struct listener *listener, int64_t t_ns)
{
	const struct queue_point *then = NULL;

	for (size_t i = 0; i < listener->queue_count && listener->queue[i].t_ns <= t_ns; i++)
		then = &listener->queue[i];
	return then != NULL && then->queue == 0;
}

/* The kernel prefers a listener on the address itself to one on all of them. */
static bool is_on_address(
	const struct listener *listener, const struct connection *connection, int side)
{
	return memcmp(listener->key.addr[0], connection->key.addr[side],
		       sizeof(listener->key.addr[0])) == 0;
}

uint32_t listener_queued_at(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	uint32_t only = INDEX_NONE;
	bool several = false;

	for (uint32_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];
		bool exact = is_on_address(at, connection, side);

		if (could_meet(model, at, connection->run, &connection->key, side, t_ns) < 0 ||
			queue_was_empty(at, t_ns))
			continue;
		bool nearer = only == INDEX_NONE ||
			      (exact && !is_on_address(&model->listeners[only], connection, side));
		bool alike = !nearer &&
			     exact == is_on_address(&model->listeners[only], connection, side);

		several = nearer ? false : several || alike;
		only = nearer ? i : only;
	}
	return several ? INDEX_NONE : only;
}
