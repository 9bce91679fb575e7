/* Scanning /proc costs microseconds a descriptor, on a busy machine many: it is done when a new
 * socket was seen, again and again later (a descriptor is inherited, passed on and closed, and
 * nothing tells), takes at most a twentieth of the time, and is confined to processes of this
 * network namespace. */
#include "ownership.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "sealed.h"
#include "stopped.h"
#include "tcpstate/state.h"
#include "waiting.h"
#include "zombies.h"

/* Beyond so many sockets it starts anew: those that are gone are forgotten, the others are asked
 * for again. */
enum { SEEN_LIMIT = 131072 };

/* After something new: soon, for a fork follows its accept(); then as long as there are sockets. */
static const int64_t again_ms[] = {20, 100, 400, 1000, 2000, 4000};
enum { AGAIN = sizeof(again_ms) / sizeof(again_ms[0]), AGAIN_SOON = 3 };

struct seen {
	uint32_t inode; /* 0: free */
	bool told;
	bool trouble; /* something lies on it: bytes, an end, clients that wait for accept() */
};

enum { TROUBLED_MAX = 64 /* looked at */ };

struct ownership {
	struct owners *owners;
	struct zombies *zombies;
	struct stopped *stopped;
	struct waiting *waiting;
	struct seen *table; /* open addressing by inode */
	size_t used, size;
	size_t troubled; /* how many of them */
	bool wanted, failed;
	bool news;  /* the scan has met a holder that no scan had met before */
	bool shown; /* sockets were shown since the scan before */
	size_t step;
	/* what is new goes first: it waits for its own scans only */
	int64_t not_before_ns, again_not_before_ns, scanned_ns;
	event_emit *emit;
	void *context;
};

struct ownership *ownership_new(void)
{
	struct ownership *ownership = calloc(1, sizeof(*ownership));

	if (ownership == NULL)
		return NULL;
	ownership->owners = owners_new(true);
	ownership->zombies = zombies_new();
	ownership->stopped = stopped_new();
	ownership->waiting = waiting_new();
	ownership->size = 1024;
	ownership->table = calloc(ownership->size, sizeof(*ownership->table));
	if (ownership->owners != NULL && ownership->zombies != NULL && ownership->stopped != NULL &&
		ownership->waiting != NULL && ownership->table != NULL)
		return ownership;
	ownership_free(ownership);
	return NULL;
}

void ownership_free(struct ownership *ownership)
{
	if (ownership == NULL)
		return;
	owners_free(ownership->owners);
	zombies_free(ownership->zombies);
	stopped_free(ownership->stopped);
	waiting_free(ownership->waiting);
	free(ownership->table);
	free(ownership);
}

/* The entry of an inode, or the free one where it belongs. */
static struct seen *seen_slot(const struct ownership *ownership, uint32_t inode)
{
	size_t at = inode * 2654435769U & (ownership->size - 1);

	while (ownership->table[at].inode && ownership->table[at].inode != inode)
		at = (at + 1) & (ownership->size - 1);
	return &ownership->table[at];
}

static bool table_grow(struct ownership *ownership)
{
	struct seen *old = ownership->table;
	size_t size = ownership->size;

	ownership->table = calloc(2 * size, sizeof(*old));
	if (ownership->table == NULL) {
		ownership->table = old;
		return false;
	}
	ownership->size = 2 * size;
	for (size_t i = 0; i < size; i++)
		if (old[i].inode)
			*seen_slot(ownership, old[i].inode) = old[i];
	free(old);
	return true;
}

static void table_clear(struct ownership *ownership)
{
	memset(ownership->table, 0, ownership->size * sizeof(*ownership->table));
	ownership->used = ownership->troubled = 0;
}

static void note_trouble(struct ownership *ownership, struct seen *seen, const struct sockrow *row)
{
	bool trouble = row->key.protocol == IPPROTO_TCP &&
		       (row->recv_q > 0 || row->state == STATE_CLOSE_WAIT);

	if (trouble && !seen->trouble)
		ownership->troubled++;
	else if (!trouble && seen->trouble)
		ownership->troubled--;
	seen->trouble = trouble;
}

static size_t trouble_list(const struct ownership *ownership, uint32_t list[TROUBLED_MAX])
{
	size_t count = 0;

	for (size_t i = 0; ownership->troubled > 0 && i < ownership->size && count < TROUBLED_MAX;
		i++)
		if (ownership->table[i].trouble)
			list[count++] = ownership->table[i].inode;
	return count;
}

void ownership_row(struct ownership *ownership, const struct sockrow *row, int64_t asked_ns)
{
	struct seen *seen = seen_slot(ownership, row->inode);

	ownership->shown |= row->inode != 0;
	owners_shown(ownership->owners, row->inode, asked_ns);
	if (seen->inode)
		note_trouble(ownership, seen, row);
	if (!row->inode || seen->inode)
		return;
	if (2 * ownership->used >= ownership->size) {
		if (ownership->size >= 2 * SEEN_LIMIT)
			table_clear(ownership);
		else if (!table_grow(ownership))
			return;
		seen = seen_slot(ownership, row->inode);
	}
	*seen = (struct seen){.inode = row->inode};
	note_trouble(ownership, seen, row);
	ownership->used++;
	ownership->wanted = true;
}

void ownership_wish(struct ownership *ownership)
{
	ownership->wanted = true;
}

bool ownership_wanted(const struct ownership *ownership)
{
	return ownership->wanted;
}

/* Of the next scan. */
static int64_t scan_due(const struct ownership *ownership)
{
	int64_t again_ns = ownership->scanned_ns + again_ms[ownership->step] * 1000000,
		zombies_ns = zombies_due(ownership->zombies),
		stopped_ns = stopped_due(ownership->stopped);

	if (ownership->wanted)
		return ownership->not_before_ns;
	if (ownership->used == 0 || (ownership->step >= AGAIN_SOON && !ownership->shown))
		again_ns = INT64_MAX;
	again_ns = zombies_ns < again_ns ? zombies_ns : again_ns;
	again_ns = stopped_ns < again_ns ? stopped_ns : again_ns;
	return again_ns > ownership->again_not_before_ns ? again_ns
							 : ownership->again_not_before_ns;
}

int64_t ownership_due(const struct ownership *ownership)
{
	int64_t scan_ns = scan_due(ownership), look_ns = waiting_due(ownership->waiting);

	return look_ns < scan_ns ? look_ns : scan_ns;
}

/* It may wait for a socket of another kind, or one that was not seen. */
static void on_waiting(void *context, const struct event *event)
{
	struct ownership *ownership = context;

	if (event->kind == EVENT_DOING ||
		seen_slot(ownership, event->u.fact.owner.inode)->inode != 0)
		ownership->emit(ownership->context, event);
}

static void look(struct ownership *ownership)
{
	uint32_t trouble[TROUBLED_MAX];
	size_t count = trouble_list(ownership, trouble);

	waiting_look(ownership->waiting, ownership->owners, trouble, count, on_waiting, ownership);
}

static void on_owner(void *context, const struct event *event)
{
	struct ownership *ownership = context;
	const struct seen *seen = seen_slot(ownership, event->u.fact.owner.inode);

	ownership->news |= !event->u.fact.gone;
	/* of another protocol, not seen yet, or just now: tell_known() tells all holders when it is
	 */
	if (seen->inode && seen->told)
		ownership->emit(ownership->context, event);
}

/* Sockets that were seen after a scan had already met their owner. */
static void tell_known(struct ownership *ownership, int64_t now)
{
	for (size_t i = 0; i < ownership->size; i++) {
		struct event event = {.t_ns = now, .asked_ns = now, .kind = EVENT_OWNER};
		const struct owner *owner;
		size_t step = 0;

		if (!ownership->table[i].inode || ownership->table[i].told)
			continue;
		while ((owner = owners_next(ownership->owners, ownership->table[i].inode, &step)) !=
			NULL) {
			ownership->table[i].told = true;
			event.u.fact.owner = *owner;
			ownership->emit(ownership->context, &event);
		}
	}
}

static int compare_pids(const void *left, const void *right)
{
	pid_t a = *(const pid_t *)left, b = *(const pid_t *)right;

	return (a > b) - (a < b);
}

/* Who holds the sockets that were seen: sorted, malloc'd into *pids, once for each run of their
 * sockets. */
static size_t holding_pids(const struct ownership *ownership, pid_t **pids)
{
	size_t used = 0, room = 0;

	*pids = NULL;
	for (size_t i = 0; i < ownership->size; i++) {
		const struct owner *owner;
		size_t step = 0;

		while ((owner = owners_next(ownership->owners, ownership->table[i].inode, &step)) !=
			NULL) {
			pid_t pid = (pid_t)(owner->host_pid != 0 ? owner->host_pid : owner->pid);

			if (used > 0 && (*pids)[used - 1] == pid)
				continue;
			if (used == room) {
				pid_t *more = reallocarray(*pids, room += 256, sizeof(*more));

				if (more == NULL)
					return used;
				*pids = more;
			}
			(*pids)[used++] = pid;
		}
	}
	if (used > 0)
		qsort(*pids, used, sizeof(**pids), compare_pids);
	return used;
}

/* Those of them that are there now are looked at from here on. */
static void begin_to_look(struct ownership *ownership, const struct process *list, size_t all)
{
	pid_t *pids;
	size_t count = holding_pids(ownership, &pids);
	struct holding holding = {list, all, pids, count};

	waiting_begin(ownership->waiting, &holding, ownership->owners, on_waiting, ownership);
	free(pids);
}

/* It holds nothing, but for the moment in which it looks at a descriptor of a traced process. */
static bool is_our_init(const struct process *process)
{
	return process->parent == getpid() && !strcmp(process->name, "tcpstate-init");
}

static size_t namespace_pids(const struct process *list, size_t count, int **pids)
{
	uint64_t inode = netns_inode();
	size_t used = 0;

	*pids = calloc(count + 1, sizeof(**pids));
	for (size_t i = 0; *pids != NULL && i < count; i++)
		if (!list[i].kernel && !process_is_dead(&list[i]) && !is_our_init(&list[i]) &&
			process_netns(list[i].pid) == inode)
			(*pids)[used++] = list[i].pid;
	return used;
}

/* What a scan costs is the processor's time: one that waits for its turn on a busy machine need not
 * wait twenty times as long again. */
static int64_t spent_ns(void)
{
	struct timespec spent;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) != 0)
		return 0;
	return spent.tv_sec * INT64_C(1000000000) + spent.tv_nsec;
}

int ownership_scan(struct ownership *ownership, int64_t now, bool force, event_emit *emit,
	void *context, struct error *error)
{
	struct process *list;
	int *pids, result;
	size_t count, all;

	ownership->emit = emit;
	ownership->context = context;
	if (!force && now < scan_due(ownership)) {
		if (now >= waiting_due(ownership->waiting))
			look(ownership);
		return 0;
	}
	bool wanted = ownership->wanted && !force;

	if (ownership->wanted)
		ownership->step = 0;
	else if (ownership->step + 1 < AGAIN)
		ownership->step++;
	ownership->wanted = ownership->news = ownership->shown = false;
	/* what is over was of a holder that is known up to the scan */
	look(ownership);
	int64_t before_ns = spent_ns();
	all = processes_read(0, &list);
	count = namespace_pids(list, all, &pids);
	if (pids == NULL) {
		free(list);
		return error_set(error, "out of memory");
	}
	result = owners_scan(ownership->owners, pids, count, on_owner, ownership, error);
	free(pids);
	tell_known(ownership, now);
	zombies_look(ownership->zombies, list, all, ownership->owners, now, emit, context);
	stopped_look(ownership->stopped, list, all, ownership->owners, now, emit, context);
	/* a parent passed over before its accept(), a child met after its fork: once more, and soon
	 */
	if (ownership->news)
		ownership->step = 0;
	ownership->scanned_ns = now;
	ownership->again_not_before_ns = now + 20 * (spent_ns() - before_ns);
	if (wanted)
		ownership->not_before_ns = ownership->again_not_before_ns;
	begin_to_look(ownership, list, all);
	free(list);
	return result;
}

uint64_t ownership_passed(const struct ownership *ownership)
{
	return zombies_passed(ownership->zombies) + stopped_passed(ownership->stopped);
}
