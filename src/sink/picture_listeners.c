/* Which listeners a picture has lanes for: those whose queue was longest, then those with most
 * clients; the others are counted. */
#include <netinet/in.h>

#include "picture.h"

enum { SHOWN_LISTENERS = 2 };

static size_t served(const struct picture *picture, const struct listener *listener)
{
	size_t count = 0;

	for (size_t i = 0; i < picture->wanted->count; i++) {
		uint32_t at =
			picture->wanted->drawn != NULL ? picture->wanted->drawn[i] : (uint32_t)i;

		count += listener_serves(listener,
			sheet_connection(picture->sheet, &picture->sheet->drawn[at], ROLE_SERVER));
	}
	return count;
}

/* Is it the first on its address? Those that came after it share its lane. */
static bool is_first(const struct model *model, uint32_t index)
{
	const struct listener *listener = &model->listeners[index];

	for (uint32_t i = 0; i < index; i++)
		if (model->listeners[i].run == listener->run &&
			flow_key_equal(&model->listeners[i].key, &listener->key))
			return false;
	return true;
}

static bool dropped_here(const struct picture *picture, const struct listener *listener)
{
	const struct model *model = picture->sheet->model;

	for (size_t i = 0; i < model->unanswered_count; i++)
		if (picture_in_window(picture, model->unanswered[i].t_ns) &&
			listener_serves(
				listener, &model->connections[model->unanswered[i].connection]))
			return true;
	return false;
}

/* Of a part of the time only those that somebody came to then; of many such parts only where
 * somebody waited or was turned away: the others say nothing. */
static bool is_wanted(const struct picture *picture, uint32_t index)
{
	const struct model *model = picture->sheet->model;
	const struct listener *listener = &model->listeners[index];

	if (picture->wanted->bare && listener_longest(picture, index) == 0 &&
		!dropped_here(picture, listener))
		return false;
	return listener->key.protocol == IPPROTO_TCP && is_first(model, index) &&
	       (picture->wanted->until_ns == 0 || served(picture, listener) > 0);
}

/* Those whose queue was longest, then those with most clients. */
static size_t listeners_choose(const struct picture *picture, uint32_t chosen[SHOWN_LISTENERS])
{
	const struct model *model = picture->sheet->model;
	size_t count = 0, others = 0;
	double weight[SHOWN_LISTENERS];

	for (uint32_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		size_t clients = served(picture, listener);
		double heavy = listener_longest(picture, i) * 1e6 + (double)clients;

		if (!is_wanted(picture, i))
			continue;
		others++;
		/* a second one only if somebody waited there */
		if (heavy < 1e6 && count > 0)
			continue;
		size_t at = count < SHOWN_LISTENERS ? count++ : SHOWN_LISTENERS;
		while (at > 0 && weight[at - 1] < heavy) {
			if (at < SHOWN_LISTENERS) {
				weight[at] = weight[at - 1];
				chosen[at] = chosen[at - 1];
			}
			at--;
		}
		if (at < SHOWN_LISTENERS) {
			weight[at] = heavy;
			chosen[at] = i;
		}
	}
	while (count > 1 && weight[count - 1] == 0)
		count--;
	return others > 0 ? count : 0;
}

void picture_listeners(struct picture *picture)
{
	const struct model *model = picture->sheet->model;
	uint32_t chosen[SHOWN_LISTENERS] = {0};
	size_t count = listeners_choose(picture, chosen), all = 0;
	char text[64];

	for (size_t i = 0; i < count; i++)
		picture_listener(picture, chosen[i]);
	for (uint32_t i = 0; i < model->listener_count; i++)
		all += is_wanted(picture, i);
	if (all > count && !picture->wanted->bare) {
		put_text(picture->labels, 2, picture->y + 12, "t9 s",
			page_count(text, sizeof(text), COUNT_MORE_LISTENERS, all - count));
		picture->y += 14;
	}
}
