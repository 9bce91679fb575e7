/* Whom a listener's processes serve. */
#include "findings.h"

/* Has this process had a server's end of a connection to the listener? */
bool listener_served_by(const struct model *model, const struct listener *listener, uint32_t pid)
{
	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		int side = at->client == 0;

		if (at->run == listener->run && at->ends[side].has_owner &&
			at->ends[side].owner.pid == pid &&
			at->key.port_be[side] == listener->key.port_be[0] &&
			listener_covers(&listener->key, &at->key, side))
			return true;
	}
	return false;
}

const struct owner *listener_server(const struct model *model, const struct listener *listener)
{
	if (!listener->has_owner)
		return NULL;
	if (listener->also.count == 0)
		return &listener->owner;
	for (uint32_t i = 0; i < listener->also.count; i++)
		if (listener_served_by(
			    model, listener, model->others_held[listener->also.first + i].pid))
			return NULL;
	return listener_served_by(model, listener, listener->owner.pid) ? &listener->owner : NULL;
}
