/* Which process holds which socket: /proc/PID/fd read for links "socket:[INODE]". What another
 * user's processes hold may not be read; such processes are passed over. */
#include "tcpstate/source.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beyond so many pairs only those of the last scan are kept: the others' sockets are closed. */
enum { PAIRS_LIMIT = 65536 };

struct pair {
	struct owner owner;
	uint32_t met; /* the scan that met it last */
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
};

static size_t slot_of(const struct owners *owners, uint32_t inode)
{
	return (inode * 2654435769U) & (owners->size - 1);
}

static void table_put(struct owners *owners, const struct owner *owner, uint32_t met)
{
	size_t at = slot_of(owners, owner->inode);

	while (owners->table[at].owner.inode != 0)
		at = (at + 1) & (owners->size - 1);
	owners->table[at] = (struct pair){*owner, met};
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
			table_put(&larger, &pair->owner, pair->met);
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
		const struct owner *owner =
			&owners->table[(slot_of(owners, inode) + *step) & (owners->size - 1)].owner;

		if (owner->inode == 0)
			break;
		++*step;
		if (owner->inode == inode)
			return owner;
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

/* The inode of a link "socket:[12345]", else 0. */
static uint32_t socket_inode(int directory_fd, const char *name)
{
	static const char prefix[] = "socket:[";
	char target[64], *end;
	ssize_t n = readlinkat(directory_fd, name, target, sizeof(target) - 1);
	unsigned long inode;

	if (n <= 0)
		return 0;
	target[n] = '\0';
	if (strncmp(target, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	inode = strtoul(target + sizeof(prefix) - 1, &end, 10);
	return *end == ']' && inode <= UINT32_MAX ? (uint32_t)inode : 0;
}

/* Its names, asked when it is first seen to hold a socket. false: it has ended meanwhile, so that
 * nobody can say which process it was inside. */
static bool owner_name(const struct owners *owners, uint32_t pid, struct owner *owner)
{
	if (owner->pid != 0)
		return true;
	owner->pid = owners->inner ? program_inner_pid((int)pid) : pid;
	owner->host_pid = owners->inner ? pid : 0;
	if (owner->pid != 0)
		program_name((int)pid, owner->program, NULL);
	return owner->pid != 0 && owner->program[0] != '\0';
}

static int scan_descriptors(struct scan *scan, int process_fd, uint32_t pid)
{
	int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 0;
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct owner owner = {.pid = 0};
	struct dirent *entry;

	if (directory == NULL) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (result == 0 && (entry = readdir(directory)) != NULL) {
		struct event event = {
			.t_ns = scan->t_ns, .asked_ns = scan->t_ns, .kind = EVENT_OWNER};

		owner.inode = isdigit((unsigned char)entry->d_name[0])
				      ? socket_inode(fd, entry->d_name)
				      : 0;
		if (owner.inode == 0)
			continue;
		struct pair *pair = table_find(scan->owners, owner.inode, pid);
		if (pair != NULL) {
			pair->met = scan->owners->scans;
			continue;
		}
		if (!owner_name(scan->owners, pid, &owner))
			break;
		if (scan->owners->used * 2 >= scan->owners->size && table_grow(scan->owners) != 0) {
			result = -1;
			break;
		}
		table_put(scan->owners, &owner, scan->owners->scans);
		event.u.fact.owner = owner;
		scan->emit(scan->context, &event);
	}
	closedir(directory);
	return result;
}

static int scan_process(struct scan *scan, uint32_t pid)
{
	char path[32];
	int fd, result;

	snprintf(path, sizeof(path), "/proc/%u", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* it has ended */
	result = scan_descriptors(scan, fd, pid);
	close(fd);
	return result;
}

int owners_scan(struct owners *owners, const int *pids, size_t count, event_emit *emit,
	void *context, struct error *error)
{
	struct scan scan = {.owners = owners, .emit = emit, .context = context, .t_ns = now_ns()};
	struct dirent *entry;
	DIR *proc;
	int result = 0;

	owners->scans++;
	if (pids != NULL) {
		for (size_t i = 0; i < count && result == 0; i++)
			result = pids[i] > 0 ? scan_process(&scan, (uint32_t)pids[i]) : 0;
		return result == 0 ? 0 : error_set(error, "socket owners: out of memory");
	}
	proc = opendir("/proc");
	if (proc == NULL)
		return error_set(
			error, "/proc: %s; socket owners are found there", strerror(errno));
	while (result == 0 && (entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			result = scan_process(&scan, (uint32_t)strtoul(entry->d_name, NULL, 10));
	closedir(proc);
	return result == 0 ? 0 : error_set(error, "socket owners: out of memory");
}
