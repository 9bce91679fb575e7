/* A child is a zombie from its end until its parent waits for it, which a good parent does at once:
 * a parent is told of when one of its has been a zombie for a second. */
#include "zombies.h"

#include <stdlib.h>

enum { ZOMBIES_MAX = 4096 };
static const int64_t old_ns = 1000000000;

struct zombie {
	pid_t pid, parent;
	int64_t since_ns; /* first seen to be one */
	int64_t told_ns;  /* for so long, when it was told; 0: not yet */
};

struct zombies {
	struct zombie *list; /* by pid */
	size_t count;
	uint64_t passed; /* how often there was no place for one */
	int64_t due_ns;
};

struct zombies *zombies_new(void)
{
	struct zombies *zombies = calloc(1, sizeof(*zombies));

	if (zombies != NULL)
		zombies->due_ns = INT64_MAX;
	return zombies;
}

void zombies_free(struct zombies *zombies)
{
	if (zombies == NULL)
		return;
	free(zombies->list);
	free(zombies);
}

int64_t zombies_due(const struct zombies *zombies)
{
	return zombies->due_ns;
}

uint64_t zombies_passed(const struct zombies *zombies)
{
	return zombies->passed;
}

/* Those of now, with what was known of them. */
static bool list_renew(
	struct zombies *zombies, const struct process *list, size_t count, int64_t now)
{
	struct zombie *fresh = calloc(ZOMBIES_MAX, sizeof(*fresh));
	size_t used = 0, known = 0;

	if (fresh == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!process_is_dead(&list[i]))
			continue;
		if (used == ZOMBIES_MAX) {
			zombies->passed++;
			continue;
		}
		fresh[used] = (struct zombie){list[i].pid, list[i].parent, now, 0};
		while (known < zombies->count && zombies->list[known].pid < list[i].pid)
			known++;
		if (known < zombies->count && zombies->list[known].pid == list[i].pid &&
			zombies->list[known].parent == list[i].parent)
			fresh[used] = zombies->list[known];
		used++;
	}
	free(zombies->list);
	zombies->list = fresh;
	zombies->count = used;
	return true;
}

/* All of this parent's that were zombies at an earlier look, too. */
static void tell_parent(struct zombies *zombies, const struct owner *parent, pid_t pid, int64_t now,
	event_emit *emit, void *context)
{
	struct event event = {
		.t_ns = now, .asked_ns = now, .kind = EVENT_ZOMBIES, .u.fact.owner = *parent};

	event.u.fact.owner.inode = 0;
	for (size_t i = 0; i < zombies->count; i++) {
		struct zombie *at = &zombies->list[i];

		if (at->parent != pid || at->since_ns >= now)
			continue;
		if (now - at->since_ns >= old_ns)
			at->told_ns = now - at->since_ns;
		event.u.fact.count++;
		if (at->since_ns < event.asked_ns)
			event.asked_ns = at->since_ns;
	}
	emit(context, &event);
}

void zombies_look(struct zombies *zombies, const struct process *list, size_t count,
	const struct owners *owners, int64_t now, event_emit *emit, void *context)
{
	const struct owner *parent = NULL;
	pid_t asked = 0;

	zombies->due_ns = INT64_MAX;
	if (!list_renew(zombies, list, count, now))
		return;
	for (size_t i = 0; i < zombies->count; i++) {
		struct zombie *at = &zombies->list[i];
		int64_t due_ns = at->since_ns + (at->told_ns != 0 ? 2 * at->told_ns : old_ns);

		if (asked != at->parent)
			parent = owners_holding(owners, (uint32_t)at->parent);
		asked = at->parent;
		if (parent == NULL)
			continue;
		if (now >= due_ns)
			tell_parent(zombies, parent, at->parent, now, emit, context);
		else if (at->told_ns == 0 && due_ns < zombies->due_ns)
			zombies->due_ns = due_ns;
	}
}
