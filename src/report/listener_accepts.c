/* Whom a server's accept() took before a moment and after it. */
#include "findings.h"

/* The one that listened on this server's address and port then; NULL: none, or several did. */
static const struct listener *listened(
	const struct model *model, const struct connection *client, int64_t t_ns)
{
	const struct listener *found = NULL;

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run != client->run || at->first_ns > t_ns || at->last_ns < t_ns ||
			at->key.port_be[0] != client->key.port_be[!client->client] ||
			!listener_covers(&at->key, &client->key, !client->client))
			continue;
		if (found != NULL)
			return NULL;
		found = at;
	}
	return found;
}

/* When the one before it on its port was seen last. */
static int64_t free_since(const struct model *model, const struct listener *listener)
{
	int64_t since_ns = INT64_MIN;

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *at = &model->listeners[i];

		if (at->run == listener->run && at->last_ns < listener->first_ns &&
			at->last_ns > since_ns && at->key.port_be[0] == listener->key.port_be[0])
			since_ns = at->last_ns;
	}
	return since_ns;
}

bool listener_accepts(const struct model *model, const struct connection *client, int64_t t_ns,
	struct accept_times *times)
{
	const struct listener *listener =
		client->client != -1 ? listened(model, client, t_ns) : NULL;

	int64_t since_ns = listener != NULL ? free_since(model, listener) : 0;

	*times = (struct accept_times){.last_ns = INT64_MIN, .next_ns = INT64_MAX};
	for (uint32_t i = 0; listener != NULL && i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];

		if (at->run != client->run || at->client == -1 || !at->accepted.known ||
			at->key.port_be[!at->client] != listener->key.port_be[0] ||
			!listener_covers(&listener->key, &at->key, !at->client) ||
			at->first_ns <= since_ns || at->first_ns > listener->last_ns)
			continue;
		if (at->accepted.t_ns > t_ns) {
			if (at->accepted.t_ns < times->next_ns)
				times->next_ns = at->accepted.t_ns;
		} else if (at->accepted.t_ns > times->last_ns) {
			times->last_ns = at->accepted.t_ns;
			times->last = i;
		}
	}
	return times->last_ns != INT64_MIN;
}
