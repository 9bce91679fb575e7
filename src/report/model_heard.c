/* Listeners that no look at the kernel met, for they lived too short: their own calls tell of them.
 * The cookie, which was asked for while the call was stopped, makes sure that it is another socket
 * than those that were shown. */
#include "model_build.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct known {
	uint64_t cookie;
	uint32_t index;
	uint16_t run;
};
struct known_list {
	struct known *item;
	size_t count;
};

static int compare_known(const void *left, const void *right)
{
	const struct known *a = left, *b = right;

	if (a->run != b->run)
		return a->run - b->run;
	return (a->cookie > b->cookie) - (a->cookie < b->cookie);
}

static const struct known *known_find(const struct known_list *all, const struct model_call *made)
{
	const struct known wanted = {.cookie = made->call.cookie, .run = made->run};

	if (all->count == 0 || made->call.cookie == 0)
		return NULL;
	return bsearch(&wanted, all->item, all->count, sizeof(wanted), compare_known);
}

static int64_t after(const struct model_call *made)
{
	return made->call.returned_ns != 0 ? made->call.returned_ns : made->call.entered_ns;
}

static bool listens(const struct model_call *made)
{
	return made->call.what == CALLED_LISTEN && made->call.error == 0 &&
	       made->call.returned_ns != 0 && made->call.cookie != 0 && made->call.inode != 0 &&
	       made->call.key.protocol == IPPROTO_TCP && made->call.key.port_be[0] != 0;
}

/* Killed with the recording, it had not closed. */
static bool ends_with_recording(const struct model *model, const struct model_call *made)
{
	for (size_t i = 0; made->call.what == CALLED_EXIT && i < model->exit_count; i++)
		if (model->exits[i].run == made->run && model->exits[i].exit.by_recorder &&
			model->exits[i].exit.pid == made->call.pid)
			return true;
	return false;
}

/* shutdown() of a listening socket's receiving side ends its LISTEN, too. */
static bool closes(const struct model *model, const struct model_call *made)
{
	if (made->call.what == CALLED_SHUTDOWN)
		return made->call.error == 0 && strcmp(made->call.arguments, "SHUT_WR") != 0;
	return made->call.effect == CALL_CLOSES && made->call.last &&
	       !ends_with_recording(model, made);
}

static bool gather_shown(const struct model *model, struct known_list *shown)
{
	shown->item = calloc(model->listener_count + 1, sizeof(*shown->item));
	if (shown->item == NULL)
		return false;
	for (uint32_t i = 0; i < model->listener_count; i++)
		shown->item[shown->count++] =
			(struct known){model->listeners[i].cookie, i, model->listeners[i].run};
	qsort(shown->item, shown->count, sizeof(*shown->item), compare_known);
	return true;
}

/* Once each, though listen() was called twice: the first call's time, the last one's backlog. */
static bool add_heard(struct model *model, const struct known_list *shown, struct known_list *heard)
{
	heard->item = calloc(model->call_count + 1, sizeof(*heard->item));
	for (uint32_t i = 0; heard->item != NULL && i < model->call_count; i++)
		if (listens(&model->calls[i]) && known_find(shown, &model->calls[i]) == NULL)
			heard->item[heard->count++] =
				(struct known){model->calls[i].call.cookie, i, model->calls[i].run};
	if (heard->item == NULL)
		return false;
	qsort(heard->item, heard->count, sizeof(*heard->item), compare_known);
	size_t kept = 0;
	for (size_t i = 0; i < heard->count; i++) {
		const struct model_call *made = &model->calls[heard->item[i].index];
		bool again =
			kept > 0 && compare_known(&heard->item[kept - 1], &heard->item[i]) == 0;
		struct listener *listener =
			again ? &model->listeners[heard->item[kept - 1].index]
			      : PUSH(model, model->listeners, model->listener_count);
		if (listener == NULL)
			return false;
		if (!again) {
			*listener = (struct listener){.run = made->run,
				.key = made->call.key,
				.cookie = made->call.cookie,
				.inode = made->call.inode,
				.state = STATE_LISTEN,
				.by_calls = true,
				.first_ns = after(made),
				.last_ns = model->runs[made->run].last_ns};
			heard->item[kept++] = (struct known){
				listener->cookie, (uint32_t)model->listener_count++, made->run};
		}
		if (after(made) < listener->first_ns)
			listener->first_ns = after(made);
		listener->backlog = made->call.asked > 0 ? (uint32_t)made->call.asked : 0;
	}
	heard->count = kept;
	return true;
}

static void end_heard(struct model *model, const struct known_list *heard)
{
	for (size_t i = 0; heard->count > 0 && i < model->call_count; i++) {
		const struct model_call *made = &model->calls[i];
		const struct known *known = known_find(heard, made);
		struct listener *listener = known != NULL && closes(model, made)
						    ? &model->listeners[known->index]
						    : NULL;

		if (listener == NULL || after(made) < listener->first_ns)
			continue;
		listener->state = STATE_CLOSED;
		listener->last_ns = after(made);
	}
}

bool model_heard(struct model *model)
{
	struct known_list shown = {0}, heard = {0};
	bool good = model->call_count == 0 ||
		    (gather_shown(model, &shown) && add_heard(model, &shown, &heard));

	if (good)
		end_heard(model, &heard);
	free(shown.item);
	free(heard.item);
	return good;
}
