/* A socket may be held by several processes at once: by a parent and the child it forked, by a
 * pool that forked with the listener open, by whoever got it passed. Here are those besides its
 * owner. */
#include "model_build.h"

#include <string.h>

/* Held for less, and let go: a parent that hands over to its child is not named beside it. */
static const int64_t HANDED_OVER_NS = 50000000;

enum { OTHERS_MAX = 64 /* of a socket */ };

static bool named(const struct model *model, const struct others *others, uint32_t pid)
{
	for (size_t i = 0; i < others->count; i++)
		if (model->others_held[others->first + i].pid == pid)
			return true;
	return false;
}

/* A child that served the connection in so short a time: its end let go of it. */
static bool served(const struct holder *holder, const struct owner *owner)
{
	return holder->ended && strcmp(holder->owner.program, owner->program) == 0;
}

/* held_ns: until when it held it, surely or perhaps. */
static bool held_within(const struct holder *holder, const struct owner *owner, int64_t held_ns,
	int64_t from_ns, int64_t to_ns)
{
	int64_t since_ns = holder->from_ns > from_ns ? holder->from_ns : from_ns;
	int64_t until_ns = held_ns < to_ns ? held_ns : to_ns;

	if (from_ns == to_ns)
		return holder->from_ns <= from_ns && from_ns < held_ns;
	return until_ns > since_ns &&
	       (until_ns - since_ns >= HANDED_OVER_NS || held_ns >= to_ns || served(holder, owner));
}

static bool others_add(struct model *model, struct others *others, const struct owner *owner)
{
	struct owner *slot = PUSH(model, model->others_held, model->others_held_count);

	if (slot == NULL)
		return false;
	*slot = *owner;
	model->others_held_count++;
	others->count++;
	return true;
}

/* First those who surely held it then, behind them those of whom a scan tells only that they had
 * let go of it by the next one. */
static void others_find(struct model *model, uint16_t run, const struct owner *owner,
	int64_t from_ns, int64_t to_ns, struct others *others)
{
	const struct holder *first;
	size_t count = model_holders(model, run, owner->inode, &first);

	*others = (struct others){.first = model->others_held_count};
	for (int perhaps = 0; perhaps < 2; perhaps++)
		for (size_t i = 0; i < count && others->count < OTHERS_MAX; i++) {
			const struct holder *at = &first[i];
			int64_t held_ns = perhaps ? at->gone_ns : at->to_ns;

			if (at->owner.pid == owner->pid ||
				!held_within(at, owner, held_ns, from_ns, to_ns) ||
				named(model, others, at->owner.pid))
				continue;
			if (!others_add(model, others, &at->owner))
				return;
			others->perhaps += (uint32_t)perhaps;
		}
}

bool model_others(struct model *model)
{
	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			struct connection *at = &model->connections[i];

			if (at->ends[side].has_owner)
				others_find(model, at->run, &at->ends[side].owner, at->first_ns,
					at->last_ns, &at->ends[side].also);
		}
	for (size_t i = 0; i < model->listener_count; i++) {
		struct listener *at = &model->listeners[i];

		if (at->has_owner)
			others_find(
				model, at->run, &at->owner, at->first_ns, at->last_ns, &at->also);
	}
	for (size_t i = 0; i < model->udp_socket_count; i++) {
		struct udp_socket *at = &model->udp_sockets[i];

		/* answers show it each second at best: it lived on */
		if (at->has_owner)
			others_find(model, at->run, &at->owner, at->first_ns,
				model->runs[at->run].last_ns, &at->also);
	}
	for (size_t i = 0; i < model->sample_count; i++) {
		struct sample *at = &model->samples[i];
		int64_t t_ns = at->moment != MOMENT_NONE ? at->moment_ns : at->t_ns;

		if (at->has_owner && !at->was)
			others_find(model, at->run, &at->owner, t_ns, t_ns, &at->also);
	}
	return !model->build->failed;
}
