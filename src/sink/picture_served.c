/* Whom a listener serves, and which of its connections is shown longest. */
#include <netinet/in.h>
#include "picture.h"

bool listener_serves(const struct listener *listener, const struct connection *connection)
{
	return connection->run == listener->run && connection->client != -1 &&
	       connection->key.port_be[!connection->client] == listener->key.port_be[0];
}

/* In the part of the time that is drawn. */
static uint32_t longest_shown(const struct picture *picture, const struct listener *listener)
{
	uint32_t most = 0;

	for (size_t i = 0; i < listener->level_count; i++) {
		const struct queue_level *point = &listener->levels[i];
		bool before = point->t_ns < picture->wanted->from_ns;

		if (before && i + 1 < listener->level_count &&
			listener->levels[i + 1].t_ns <= picture->wanted->from_ns)
			continue; /* over when it begins */
		if ((before || picture_in_window(picture, point->t_ns)) && point->queue > most)
			most = point->queue;
	}
	return most;
}

uint32_t listener_longest(const struct picture *picture, uint32_t index)
{
	const struct model *model = picture->sheet->model;
	const struct listener *first = &model->listeners[index];
	uint32_t most = 0;

	for (uint32_t i = index; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];

		if (listener->run != first->run || !flow_key_equal(&listener->key, &first->key))
			continue;
		uint32_t longest = picture->wanted->until_ns != 0 ? longest_shown(picture, listener)
								  : listener->most_waiting;
		most = longest > most ? longest : most;
	}
	return most;
}
