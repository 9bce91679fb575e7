/* Each look asks what the threads of a process are in. That one has not left its read since an
 * earlier look is told by its counts of context switches: of processes of one thread only, for of
 * several another may send meanwhile. */
#include "waiting.h"

#include <stdlib.h>
#include <string.h>

#include "stretch.h"

/* processes, and threads of them all: each costs some 10 microseconds a look */
enum { WAITING_MAX = 64, THREADS_MAX = 256 };
static const int64_t soon_ns = 250000000, later_ns = 1000000000;

struct wait {
	pid_t pid;
	int threads;
	struct stretch stretch;
	uint32_t inode; /* of the socket that it reads; 0: it does not */
	int64_t switches;
	int64_t since_ns, last_ns; /* first and last seen in that call */
	int64_t told_ns;           /* for so long; 0: not yet */
};

struct waiting {
	struct wait list[WAITING_MAX];
	size_t count;
	int64_t due_ns;
};

/* One look at them all. */
struct glance {
	const struct owners *owners;
	const uint32_t *trouble;
	size_t trouble_count;
	event_emit *emit;
	void *context;
};

struct waiting *waiting_new(void)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));

	if (waiting != NULL)
		waiting->due_ns = INT64_MAX;
	return waiting;
}

void waiting_free(struct waiting *waiting)
{
	free(waiting);
}

int64_t waiting_due(const struct waiting *waiting)
{
	return waiting->due_ns;
}

static void tell(struct wait *wait, const struct glance *glance)
{
	const struct owner *owner = owners_holding(glance->owners, (uint32_t)wait->pid);
	struct event event = {
		.t_ns = wait->last_ns, .asked_ns = wait->since_ns, .kind = EVENT_WAITS};

	if (owner == NULL)
		return;
	event.u.fact.owner = *owner;
	event.u.fact.owner.inode = wait->inode;
	wait->told_ns = wait->last_ns - wait->since_ns;
	glance->emit(glance->context, &event);
}

/* It goes on, has ended, or has begun: which a second look may prove. On a busy machine a look
 * takes long: it was in the call behind the first look, and up to before the last. */
static bool look_at_read(
	struct wait *wait, uint32_t inode, int64_t before_ns, const struct glance *glance)
{
	char state = '?';
	int64_t switches = inode != 0 ? process_switches(wait->pid, &state) : -1;

	if (state != 'S') /* stopped (SIGSTOP), it is in its call all the same */
		inode = 0;
	if (wait->inode != 0 && inode == wait->inode && switches == wait->switches) {
		wait->last_ns = before_ns;
		int64_t lasted_ns = before_ns - wait->since_ns;
		if (lasted_ns >= soon_ns / 2 && lasted_ns - wait->told_ns >= wait->told_ns / 4)
			tell(wait, glance);
		return lasted_ns < 2 * later_ns;
	}
	if (wait->inode != 0 && wait->last_ns - wait->since_ns > wait->told_ns)
		tell(wait, glance);
	wait->inode = switches >= 0 ? inode : 0;
	wait->switches = switches;
	wait->since_ns = wait->last_ns = now_ns();
	wait->told_ns = 0;
	return true;
}

/* false: it needs no second look soon. */
static bool look(struct wait *wait, const struct glance *glance)
{
	int64_t before_ns = now_ns();
	struct activity first;
	struct doing doing = stretch_look(wait->pid, wait->threads, &first, glance->owners,
		glance->trouble, glance->trouble_count);
	bool soon = stretch_take(&wait->stretch, &doing, before_ns,
		owners_holding(glance->owners, (uint32_t)wait->pid), glance->emit, glance->context);

	if (wait->threads == 1)
		soon |= look_at_read(wait, first.reads, before_ns, glance);
	return soon;
}

static void look_at_all(struct waiting *waiting, const struct glance *glance)
{
	int64_t next_ns = later_ns, began_ns = now_ns();

	for (size_t i = 0; i < waiting->count; i++)
		if (look(&waiting->list[i], glance))
			next_ns = soon_ns;
	int64_t ended_ns = now_ns();
	/* a twentieth of the time at most, as of the scan */
	if (next_ns < 20 * (ended_ns - began_ns))
		next_ns = 20 * (ended_ns - began_ns);
	waiting->due_ns = waiting->count > 0 ? ended_ns + next_ns : INT64_MAX;
}

void waiting_look(struct waiting *waiting, const struct owners *owners, const uint32_t *trouble,
	size_t trouble_count, event_emit *emit, void *context)
{
	look_at_all(waiting, &(struct glance){owners, trouble, trouble_count, emit, context});
}

/* Of those before `pid` nobody holds a socket any more, or they have ended. */
static struct wait *known(struct waiting *waiting, size_t *at, pid_t pid,
	const struct owners *owners, event_emit *emit, void *context)
{
	for (; *at < waiting->count && waiting->list[*at].pid < pid; ++*at) {
		struct wait *gone = &waiting->list[*at];

		stretch_end(
			&gone->stretch, owners_holding(owners, (uint32_t)gone->pid), emit, context);
	}
	return *at < waiting->count && waiting->list[*at].pid == pid ? &waiting->list[(*at)++]
								     : NULL;
}

static bool holds(const struct holding *holding, size_t *at, pid_t pid)
{
	while (*at < holding->pid_count && holding->pids[*at] < pid)
		++*at;
	return *at < holding->pid_count && holding->pids[*at] == pid;
}

void waiting_begin(struct waiting *waiting, const struct holding *holding,
	const struct owners *owners, event_emit *emit, void *context)
{
	const struct glance glance = {owners, NULL, 0, emit, context};
	struct wait fresh[WAITING_MAX];
	size_t used = 0, at = 0, holder = 0;
	int threads = 0;

	for (size_t i = 0; i < holding->count && used < WAITING_MAX; i++) {
		const struct process *process = &holding->list[i];
		int its = process->threads < DOING_THREADS ? process->threads : DOING_THREADS;

		if (!holds(holding, &holder, process->pid) || process_is_dead(process) ||
			threads + its > THREADS_MAX)
			continue;
		struct wait *old = known(waiting, &at, process->pid, owners, emit, context);
		fresh[used] = old != NULL ? *old : (struct wait){.pid = process->pid};
		fresh[used].threads = process->threads;
		threads += its;
		if (old == NULL)
			look(&fresh[used], &glance);
		used++;
	}
	known(waiting, &at, INT32_MAX, owners, emit, context);
	memcpy(waiting->list, fresh, used * sizeof(*fresh));
	waiting->count = used;
	waiting->due_ns = used > 0 ? now_ns() + soon_ns : INT64_MAX;
}
