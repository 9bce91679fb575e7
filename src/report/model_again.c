/* What programs tried with a port of this host that a TIME_WAIT had: bind(), and connect() to the
 * same server. Calls tell it; of a connect() that worked the new SYN does. */
#include "findings.h"

#include <errno.h>

#include "tcpstate/steps.h"

enum { LOOKED_AT = 4096 }; /* binds to such ports, each a pass over the connections */

/* The end took a new SYN of its own program's on the same ports. */
static bool connected_again(const struct model *model, const struct connection *connection)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct record *edge = step_edge(model, &connection->steps.item[i]);

		if (edge != NULL && edge->from == STATE_TIME_WAIT &&
			edge->reason.code == REASON_TIME_WAIT_REUSED &&
			(edge->side & 1) == connection->client &&
			(connection->local_sides & 1 << connection->client))
			return true;
	}
	return false;
}

static bool in_time_wait(const struct model *model, const struct model_call *bind)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		for (int side = 0; side < 2; side++)
			if (at->run == bind->run && (at->local_sides & 1 << side) &&
				at->key.port_be[side] == bind->call.key.port_be[0] &&
				listener_covers(&bind->call.key, &at->key, side) &&
				at->first_ns <= bind->at_ns &&
				model_state_at(model, at, side, bind->at_ns) == STATE_TIME_WAIT)
				return true;
	}
	return false;
}

/* Its connect() failed, for the old connection is not to be taken over. */
static bool not_connected(const struct model *model, const struct model_call *bind)
{
	for (const struct model_call *at = bind; at < model->calls + model->call_count; at++)
		if (at->run == bind->run && at->said == NULL && at->call.what == CALLED_CONNECT &&
			at->call.inode == bind->call.inode)
			return at->call.error == EADDRNOTAVAIL;
	return false;
}

static void count_binds(const struct model *model, struct tried_again *tried)
{
	size_t looked = 0;

	for (size_t i = 0; i < model->call_count && looked < LOOKED_AT; i++) {
		const struct model_call *at = &model->calls[i];

		if (at->said != NULL || at->call.what != CALLED_BIND || at->call.error != 0 ||
			at->call.key.protocol != IPPROTO_TCP || at->call.key.port_be[0] == 0)
			continue;
		looked++;
		if (!in_time_wait(model, at))
			continue;
		tried->bound++;
		tried->not_connected += not_connected(model, at);
	}
}

struct tried_again model_tried_again(const struct model *model)
{
	struct tried_again tried = {0};

	for (size_t i = 0; i < model->run_count; i++)
		tried.calls |= model->runs[i].has_calls;
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->phrase[1] == PHRASE_TIME_WAITS)
			tried.not_bound += (size_t)at->arg[0];
	}
	for (size_t i = 0; i < model->connection_count; i++)
		tried.connected += connected_again(model, &model->connections[i]);
	count_binds(model, &tried);
	return tried;
}
