/* A stretch bears single looks that meet something else: a loop that wakes now and then is in its
 * wait all the same. Two of them in a row end it. */
#include "stretch.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { MISSES = 2 };
static const int64_t least_ns = 400000000, settled_ns = 2000000000;

/* ---- a look ---- */

static bool holds(const struct owners *owners, pid_t pid, uint32_t inode)
{
	const struct owner *owner;
	size_t step = 0;

	while ((owner = owners_next(owners, inode, &step)) != NULL)
		if ((owner->host_pid != 0 ? owner->host_pid : owner->pid) == (uint32_t)pid)
			return true;
	return false;
}

/* The threads of one look. */
struct met {
	struct activity list[DOING_THREADS];
	size_t count;
};

/* Whether any of them would be told of what lies on the socket; UNKNOWN where one may be. */
static enum doing_watch watched(pid_t pid, const struct met *met, uint32_t inode)
{
	enum doing_watch best = WATCH_NOT;
	bool waits = false;

	for (size_t i = 0; i < met->count; i++) {
		const struct activity *at = &met->list[i];
		enum doing_watch how = at->kind == DOING_EVENTS ? activity_watches(pid, at, inode)
				       : at->inode == inode     ? WATCH_READ
				       : at->kind == DOING_UNKNOWN ? WATCH_UNKNOWN
								   : WATCH_NOT;

		if (how == WATCH_UNKNOWN || at->kind == DOING_RUN)
			return WATCH_UNKNOWN;
		waits |= at->kind == DOING_EVENTS;
		best = how > best ? how : best;
	}
	return waits ? best : WATCH_UNKNOWN;
}

static void look_at_sockets(struct doing *doing, pid_t pid, const struct met *met,
	const struct owners *owners, const uint32_t *trouble, size_t count)
{
	for (size_t i = 0; i < count && doing->watched_count < DOING_WATCHED; i++) {
		if (!holds(owners, pid, trouble[i]))
			continue;
		enum doing_watch how = watched(pid, met, trouble[i]);
		if (how != WATCH_UNKNOWN && how != WATCH_READ)
			doing->watched[doing->watched_count++] =
				(struct doing_watched){trouble[i], (uint8_t)how};
	}
}

static void look_at_threads(struct met *met, pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	directory = opendir(path);
	while (directory != NULL && met->count < DOING_THREADS &&
		(entry = readdir(directory)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			met->list[met->count++] = activity_of(pid, (pid_t)atoi(entry->d_name));
	if (directory != NULL)
		closedir(directory);
}

struct doing stretch_look(pid_t pid, int threads, struct activity *first,
	const struct owners *owners, const uint32_t *trouble, size_t count)
{
	struct doing doing = {.threads = (uint32_t)threads, .looks = 1, .of = 1};
	struct met met = {.count = 0};

	if (threads > 1)
		look_at_threads(&met, pid);
	else
		met.list[met.count++] = activity_of(pid, pid);
	for (size_t i = 0; i < met.count; i++)
		doing_add(&doing, met.list[i].kind, met.list[i].inode);
	if ((size_t)threads <= met.count)
		look_at_sockets(&doing, pid, &met, owners, trouble, count);
	doing_sort(&doing);
	*first = met.count > 0 ? met.list[0] : (struct activity){.kind = DOING_UNKNOWN};
	return doing;
}

/* ---- a stretch of them ---- */

static void tell(
	struct stretch *stretch, const struct owner *owner, event_emit *emit, void *context)
{
	struct event event = {
		.t_ns = stretch->last_ns, .asked_ns = stretch->since_ns, .kind = EVENT_DOING};

	if (owner == NULL)
		return;
	event.u.fact.owner = *owner;
	event.u.fact.owner.inode = 0;
	event.u.fact.doing = stretch->doing;
	stretch->told_ns = stretch->last_ns - stretch->since_ns;
	emit(context, &event);
}

void stretch_end(
	struct stretch *stretch, const struct owner *owner, event_emit *emit, void *context)
{
	int64_t lasted_ns = stretch->last_ns - stretch->since_ns;

	if (lasted_ns >= least_ns && lasted_ns > stretch->told_ns)
		tell(stretch, owner, emit, context);
	*stretch = (struct stretch){.since_ns = 0};
}

bool stretch_take(struct stretch *stretch, const struct doing *doing, int64_t t_ns,
	const struct owner *owner, event_emit *emit, void *context)
{
	if (stretch->since_ns != 0 && doing_same(&stretch->doing, doing)) {
		stretch->doing.looks++;
		stretch->doing.of += 1 + stretch->misses;
		stretch->misses = 0;
		stretch->last_ns = t_ns;
		int64_t lasted_ns = t_ns - stretch->since_ns;
		if (lasted_ns >= least_ns && lasted_ns - stretch->told_ns >= stretch->told_ns / 2)
			tell(stretch, owner, emit, context);
		return lasted_ns < settled_ns;
	}
	if (stretch->since_ns != 0 && ++stretch->misses < MISSES)
		return true;
	stretch_end(stretch, owner, emit, context);
	*stretch = (struct stretch){.doing = *doing, .since_ns = t_ns, .last_ns = t_ns};
	return true;
}
