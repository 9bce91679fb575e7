/* Which process holds which socket, over time: each pair is told once, and again when the process
 * has let go of a socket that another still holds. One that runs another program since (exec) is
 * told anew, by its new name. */
#include "tcpstate/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beyond so many pairs only those of the last scan are kept: the others' sockets are closed. */
enum { PAIRS_LIMIT = 65536, COMM_SIZE = 32 };
static const int64_t LASTING_NS = 300000000;

struct pair {
	struct owner owner;
	uint32_t met;    /* the scan that met it last */
	bool gone, told; /* the process has let go of it; it was told so */
	bool lasts;      /* the socket was there all the same, later */
	int64_t met_ns, gone_ns;
	char comm[COMM_SIZE];
};

/* A process while its descriptors are read. */
struct looked_at {
	struct scan *scan;
	uint32_t pid;
	char comm[COMM_SIZE]; /* "": not asked for yet */
	struct owner owner;   /* pid 0: its names are not known yet */
};

struct owners {
	/* pairs (inode, pid) reported; open addressing by inode, inode 0: free */
	struct pair *table;
	size_t used, size; /* size: a power of two, or 0 */
	uint32_t scans;
	bool inner;
};

struct scan {
	struct owners *owners;
	event_emit *emit;
	void *context;
	int64_t t_ns;
	uint32_t *read; /* pids whose descriptors were read to the end */
	size_t read_count, read_room;
};

static size_t slot_of(const struct owners *owners, uint32_t inode)
{
	return (inode * 2654435769U) & (owners->size - 1);
}

static void table_put(struct owners *owners, const struct pair *pair)
{
	size_t at = slot_of(owners, pair->owner.inode);

	while (owners->table[at].owner.inode != 0)
		at = (at + 1) & (owners->size - 1);
	owners->table[at] = *pair;
	owners->used++;
}

/* Room for more: twice as much, or what the sockets that are closed took. */
static int table_grow(struct owners *owners)
{
	bool full = owners->used >= PAIRS_LIMIT;
	struct owners larger = {.size = owners->size == 0 ? 1024 : owners->size * 2,
		.scans = owners->scans,
		.inner = owners->inner};
	size_t kept = 0;

	for (size_t i = 0; i < owners->size; i++)
		kept += owners->table[i].met + 1 >= owners->scans;
	if (full && kept * 4 < owners->size)
		larger.size = owners->size;
	larger.table = calloc(larger.size, sizeof(*larger.table));
	if (larger.table == NULL)
		return -1;
	for (size_t i = 0; i < owners->size; i++) {
		const struct pair *pair = &owners->table[i];

		if (pair->owner.inode != 0 && (!full || pair->met + 1 >= owners->scans))
			table_put(&larger, pair);
	}
	free(owners->table);
	*owners = larger;
	return 0;
}

static uint32_t pid_here(const struct owner *owner)
{
	return owner->host_pid != 0 ? owner->host_pid : owner->pid;
}

static struct pair *table_find(const struct owners *owners, uint32_t inode, uint32_t pid)
{
	if (owners->size == 0)
		return NULL;
	for (size_t at = slot_of(owners, inode); owners->table[at].owner.inode != 0;
		at = (at + 1) & (owners->size - 1))
		if (owners->table[at].owner.inode == inode &&
			pid_here(&owners->table[at].owner) == pid)
			return &owners->table[at];
	return NULL;
}

struct owners *owners_new(bool inner)
{
	struct owners *owners = calloc(1, sizeof(*owners));

	if (owners != NULL)
		owners->inner = inner;
	return owners;
}

void owners_free(struct owners *owners)
{
	if (owners == NULL)
		return;
	free(owners->table);
	free(owners);
}

const struct owner *owners_next(const struct owners *owners, uint32_t inode, size_t *step)
{
	while (owners->size != 0 && inode != 0) {
		const struct pair *pair =
			&owners->table[(slot_of(owners, inode) + *step) & (owners->size - 1)];

		if (pair->owner.inode == 0)
			break;
		++*step;
		if (pair->owner.inode == inode && !pair->gone)
			return &pair->owner;
	}
	return NULL;
}

const struct owner *owners_find(const struct owners *owners, uint32_t inode)
{
	const struct owner *found = NULL;

	if (owners->size == 0 || inode == 0)
		return NULL;
	for (size_t at = slot_of(owners, inode); owners->table[at].owner.inode != 0;
		at = (at + 1) & (owners->size - 1)) {
		const struct owner *owner = &owners->table[at].owner;

		if (owner->inode == inode && (found == NULL || pid_here(owner) < pid_here(found)))
			found = owner;
	}
	return found;
}

const struct owner *owners_holding(const struct owners *owners, uint32_t pid)
{
	for (size_t i = 0; i < owners->size; i++) {
		const struct pair *pair = &owners->table[i];

		if (pair->owner.inode != 0 && !pair->gone && pid_here(&pair->owner) == pid)
			return &pair->owner;
	}
	return NULL;
}

/* Its names, asked when it is first seen to hold a socket. false: it has ended meanwhile, so that
 * nobody can say which process it was inside. */
static bool owner_name(const struct owners *owners, struct looked_at *process)
{
	struct owner *owner = &process->owner;
	int pid = (int)process->pid;

	if (owner->pid != 0)
		return true;
	owner->pid = owners->inner ? program_inner_pid(pid) : process->pid;
	owner->host_pid = owners->inner ? process->pid : 0;
	if (owner->pid != 0)
		program_name(pid, owner->program, process->comm);
	return owner->pid != 0 && owner->program[0] != '\0';
}

/* Another program than the one that was told of: only the kernel's own name of it is compared. */
static bool is_renamed(struct looked_at *process, const struct pair *pair)
{
	if (process->comm[0] == '\0') {
		char path[32];
		snprintf(path, sizeof(path), "/proc/%u/comm", process->pid);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t length = fd >= 0 ? read(fd, process->comm, COMM_SIZE - 1) : 0;

		if (fd >= 0)
			close(fd);
		process->comm[length > 0 ? length : 0] = '\0';
		process->comm[strcspn(process->comm, "\n")] = '\0';
	}
	return process->comm[0] != '\0' && strcmp(process->comm, pair->comm) != 0;
}

static int read_to_end(struct scan *scan, uint32_t pid)
{
	if (scan->read_count == scan->read_room) {
		size_t room = scan->read_room == 0 ? 64 : 2 * scan->read_room;
		uint32_t *read = reallocarray(scan->read, room, sizeof(*read));

		if (read == NULL)
			return -1;
		scan->read = read;
		scan->read_room = room;
	}
	scan->read[scan->read_count++] = pid;
	return 0;
}

static void tell(struct scan *scan, const struct pair *pair, bool gone)
{
	struct event event = {.t_ns = gone ? pair->gone_ns : scan->t_ns,
		.asked_ns = gone ? pair->met_ns : scan->t_ns,
		.kind = EVENT_OWNER,
		.u.fact = {.owner = pair->owner, .gone = gone}};

	scan->emit(scan->context, &event);
}

/* The process holds this socket. Returns 1, 0 if it has ended meanwhile, -1 out of memory. */
static int meet(void *context, uint32_t inode)
{
	struct looked_at *process = context;
	struct scan *scan = process->scan;
	struct owners *owners = scan->owners;
	struct pair *pair = table_find(owners, inode, process->pid);
	struct pair met = {.met = owners->scans, .met_ns = scan->t_ns};

	if (pair != NULL && !pair->gone) {
		pair->met = met.met;
		pair->met_ns = met.met_ns;
		if (!is_renamed(process, pair))
			return 1;
	}
	if (!owner_name(owners, process))
		return 0;
	if (pair == NULL && owners->used * 2 >= owners->size && table_grow(owners) != 0)
		return -1;
	met.owner = process->owner;
	met.owner.inode = inode;
	memcpy(met.comm, process->comm, COMM_SIZE);
	if (pair != NULL)
		*pair = met;
	else
		table_put(owners, &met);
	tell(scan, &met, false);
	return 1;
}

static int scan_process(void *context, uint32_t pid)
{
	struct looked_at process = {.scan = context, .pid = pid};
	int result = descriptors_sockets(pid, meet, &process);

	if (result > 0)
		result = read_to_end(context, pid);
	return result < 0 ? -1 : 0;
}

static int compare_pids(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

void owners_shown(struct owners *owners, uint32_t inode, int64_t t_ns)
{
	if (owners->size == 0 || inode == 0)
		return;
	for (size_t at = slot_of(owners, inode); owners->table[at].owner.inode != 0;
		at = (at + 1) & (owners->size - 1)) {
		struct pair *pair = &owners->table[at];

		if (pair->owner.inode == inode && pair->gone && t_ns - pair->gone_ns >= LASTING_NS)
			pair->lasts = true;
	}
}

static bool held_by_another(const struct owners *owners, const struct pair *pair)
{
	size_t step = 0;
	const struct owner *other;

	while ((other = owners_next(owners, pair->owner.inode, &step)) != NULL)
		if (pid_here(other) != pid_here(&pair->owner))
			return true;
	return false;
}

/* Who was read to the end and does not have a socket any more has let go of it. It is told when
 * another holds it: what nobody holds is closed, which the packets tell; and when it is there all
 * the same a while later, for a call upon it lasts. */
static void tell_gone(struct scan *scan)
{
	struct owners *owners = scan->owners;

	if (scan->read_count == 0)
		return;
	qsort(scan->read, scan->read_count, sizeof(*scan->read), compare_pids);
	for (size_t i = 0; i < owners->size; i++) {
		struct pair *pair = &owners->table[i];
		uint32_t pid = pid_here(&pair->owner);

		if (pair->owner.inode != 0 && !pair->gone && pair->met != owners->scans) {
			pair->gone = bsearch(&pid, scan->read, scan->read_count,
					     sizeof(*scan->read), compare_pids) != NULL;
			pair->gone_ns = scan->t_ns;
		}
	}
	for (size_t i = 0; i < owners->size; i++) {
		struct pair *pair = &owners->table[i];

		if (pair->owner.inode == 0 || !pair->gone || pair->told ||
			!(pair->lasts || held_by_another(owners, pair)))
			continue;
		pair->told = true;
		tell(scan, pair, true);
	}
}

int owners_scan(struct owners *owners, const int *pids, size_t count, event_emit *emit,
	void *context, struct error *error)
{
	struct scan scan = {.owners = owners, .emit = emit, .context = context, .t_ns = now_ns()};
	int result = 0;

	owners->scans++;
	if (pids == NULL)
		result = descriptors_processes(scan_process, &scan, error);
	for (size_t i = 0; pids != NULL && i < count && result == 0; i++)
		if (pids[i] > 0 && scan_process(&scan, (uint32_t)pids[i]) != 0)
			result = error_set(error, "socket owners: out of memory");
	if (result == 0)
		tell_gone(&scan);
	free(scan.read);
	return result;
}
