/* /proc says that a process is stopped now; that it has not run since an earlier look is told by
 * its counts of context switches. That goes for a traced process as well, which is stopped for a
 * moment at each call. */
#include "stopped.h"

#include <stdlib.h>

enum { STOPPED_MAX = 1024 };
static const int64_t soon_ns = 250000000, later_ns = 1000000000;

struct stop {
	pid_t pid;
	int64_t switches;
	int64_t since_ns, last_ns; /* first and last seen to be so */
	int64_t told_ns;           /* for so long; 0: not yet */
};

struct stopped {
	struct stop *list; /* by pid */
	size_t count;
	uint64_t passed; /* how often there was no place for one */
	int64_t due_ns;
};

struct stopped *stopped_new(void)
{
	struct stopped *stopped = calloc(1, sizeof(*stopped));

	if (stopped != NULL)
		stopped->due_ns = INT64_MAX;
	return stopped;
}

void stopped_free(struct stopped *stopped)
{
	if (stopped == NULL)
		return;
	free(stopped->list);
	free(stopped);
}

int64_t stopped_due(const struct stopped *stopped)
{
	return stopped->due_ns;
}

static void tell(struct stop *stop, const struct owners *owners, event_emit *emit, void *context)
{
	const struct owner *owner = owners_holding(owners, (uint32_t)stop->pid);
	struct event event = {
		.t_ns = stop->last_ns, .asked_ns = stop->since_ns, .kind = EVENT_STOPPED};

	if (owner == NULL)
		return;
	event.u.fact.owner = *owner;
	event.u.fact.owner.inode = 0;
	stop->told_ns = stop->last_ns - stop->since_ns;
	emit(context, &event);
}

/* What was known of it, if it has not run since; else that is told to its end. */
static struct stop *known(struct stopped *stopped, size_t *at, pid_t pid, int64_t switches,
	const struct owners *owners, event_emit *emit, void *context)
{
	struct stop *found = NULL;

	for (; *at < stopped->count && stopped->list[*at].pid <= pid; ++*at) {
		struct stop *stop = &stopped->list[*at];

		if (stop->pid == pid && stop->switches == switches)
			found = stop;
		else if (stop->last_ns - stop->since_ns > stop->told_ns)
			tell(stop, owners, emit, context);
	}
	return found;
}

uint64_t stopped_passed(const struct stopped *stopped)
{
	return stopped->passed;
}

void stopped_look(struct stopped *stopped, const struct process *list, size_t count,
	const struct owners *owners, int64_t now, event_emit *emit, void *context)
{
	struct stop *fresh = NULL;
	size_t used = 0, at = 0;

	stopped->due_ns = INT64_MAX;
	for (size_t i = 0; i < count; i++) {
		int64_t switches = list[i].state == 'T' || list[i].state == 't'
					   ? process_switches(list[i].pid, NULL)
					   : -1;

		if (switches < 0 || owners_holding(owners, (uint32_t)list[i].pid) == NULL)
			continue;
		if (used == STOPPED_MAX) {
			stopped->passed++;
			continue;
		}
		if (fresh == NULL && (fresh = calloc(STOPPED_MAX, sizeof(*fresh))) == NULL)
			return;
		struct stop *stop =
			known(stopped, &at, list[i].pid, switches, owners, emit, context);
		fresh[used] = stop != NULL ? *stop
					   : (struct stop){.pid = list[i].pid,
						     .switches = switches,
						     .since_ns = now};
		stop = &fresh[used++];
		stop->last_ns = now;
		int64_t lasted_ns = now - stop->since_ns;
		if (lasted_ns >= soon_ns / 2 && lasted_ns - stop->told_ns >= stop->told_ns / 4)
			tell(stop, owners, emit, context);
		int64_t due_ns = now + (lasted_ns < 2 * later_ns ? soon_ns : later_ns);
		stopped->due_ns = due_ns < stopped->due_ns ? due_ns : stopped->due_ns;
	}
	known(stopped, &at, INT32_MAX, -1, owners, emit, context);
	free(stopped->list);
	stopped->list = fresh;
	stopped->count = used;
}
