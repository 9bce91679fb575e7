/* Who holds which socket: /proc gives descriptors by process, the table here processes by inode. */
#include "list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/escape.h"
#include "tcpstate/lang.h"
#include "tcpstate/sorted.h"

struct scan {
	struct list_owners *owners;
	uint32_t pid;
	bool known; /* the process has its place in the table */
};

/* The process at hand, which holds a socket. 1, 0: it has ended, -1: out of memory. */
static int process_add(struct list_owners *owners, uint32_t pid)
{
	struct list_process *process;
	size_t length;

	if (owners->process_count == owners->process_room) {
		size_t room = owners->process_room == 0 ? 16 : 2 * owners->process_room;
		struct list_process *larger =
			reallocarray(owners->processes, room, sizeof(*larger));

		if (larger == NULL)
			return -1;
		owners->processes = larger;
		owners->process_room = room;
	}
	process = &owners->processes[owners->process_count];
	process->pid = pid;
	program_name((int)pid, process->program, NULL);
	if (process->program[0] == '\0')
		return 0;
	length = escape_text(
		process->text, sizeof(process->text), process->program, strlen(process->program));
	snprintf(process->text + length, sizeof(process->text) - length, "[%" PRIu32 "]", pid);
	owners->process_count++;
	return 1;
}

static int take_socket(void *context, uint32_t inode)
{
	struct scan *scan = context;
	struct list_owners *owners = scan->owners;

	if (!scan->known) {
		int result = process_add(owners, scan->pid);

		if (result <= 0)
			return result;
		scan->known = true;
	}
	if (owners->count == owners->room) {
		size_t room = owners->room == 0 ? 256 : 2 * owners->room;
		struct list_holder *larger = reallocarray(owners->holders, room, sizeof(*larger));

		if (larger == NULL)
			return -1;
		owners->holders = larger;
		owners->room = room;
	}
	owners->holders[owners->count++] =
		(struct list_holder){inode, (uint32_t)(owners->process_count - 1)};
	return 1;
}

static int take_process(void *context, uint32_t pid)
{
	struct scan scan = {.owners = context, .pid = pid};

	return descriptors_sockets(pid, take_socket, &scan) < 0 ? -1 : 0;
}

/* A process may have a socket open twice. */
static void once_each(struct list_owners *owners)
{
	size_t kept = 0;

	for (size_t i = 0; i < owners->count; i++)
		if (i == 0 || memcmp(&owners->holders[i], &owners->holders[kept - 1],
				      sizeof(owners->holders[i])) != 0)
			owners->holders[kept++] = owners->holders[i];
	owners->count = kept;
}

/* /proc lists processes by pid, so that a process's place orders as its pid does. */
static int holder_compare(const void *left, const void *right)
{
	const struct list_holder *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->process > b->process) - (a->process < b->process);
}

int list_owners_gather(struct list_owners *owners, struct error *error)
{
	if (descriptors_processes(take_process, owners, error) < 0)
		return -1;
	if (owners->count > 0)
		qsort(owners->holders, owners->count, sizeof(*owners->holders), holder_compare);
	once_each(owners);
	return 0;
}

void list_owners_find(const struct list_owners *owners, struct list_entry *entry)
{
	struct list_holder wanted = {.inode = entry->row.inode};

	entry->owners = owners;
	if (entry->row.inode == 0)
		return;
	size_t low = sorted_before(
		&wanted, owners->holders, owners->count, sizeof(*owners->holders), holder_compare);
	entry->owner_at = low;
	while (low + entry->owner_count < owners->count &&
		owners->holders[low + entry->owner_count].inode == entry->row.inode)
		entry->owner_count++;
}

const struct list_process *list_owner(const struct list_entry *entry, size_t i)
{
	return &entry->owners->processes[entry->owners->holders[entry->owner_at + i].process];
}

void list_owners_free(struct list_owners *owners)
{
	free(owners->processes);
	free(owners->holders);
	*owners = (struct list_owners){0};
}

/* The pid of the parent, 0 unknown: /proc/PID/stat, behind the name in brackets. */
static uint32_t parent_of(uint32_t pid)
{
	char path[32], line[512], *end;
	uint32_t parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) != NULL && (end = strrchr(line, ')')) != NULL)
		sscanf(end + 1, " %*c %" SCNu32, &parent);
	fclose(file);
	return parent;
}

char *list_owners_text(const struct list_entry *entry, char *buffer, size_t size)
{
	size_t used = 0, length = 0;

	buffer[0] = '\0';
	/* nearly every socket has one */
	if (entry->owner_count == 1 && (length = strlen(list_owner(entry, 0)->text)) < size)
		return memcpy(buffer, list_owner(entry, 0)->text, length + 1);
	for (size_t i = 0; i < entry->owner_count && used < size; i++) {
		const struct list_process *owner = list_owner(entry, i),
					  *first = list_owner(entry, 0);
		bool child = i > 0 && strcmp(owner->program, first->program) == 0 &&
			     parent_of(owner->pid) == first->pid;

		if (child)
			used += (size_t)snprintf(buffer + used, size - used,
				_(" and its child [%" PRIu32 "]"), owner->pid);
		else
			used += (size_t)snprintf(buffer + used, size - used, "%s%s",
				i == 0 ? "" : ", ", owner->text);
	}
	return buffer;
}

/* A unit of systemd or a container is a cgroup of its own: the last name of its path that tells. */
static const char *unit_name(char *path)
{
	static const char *const kinds[] = {".service", ".scope", ".slice"};
	char *slash;

	while ((slash = strrchr(path, '/')) != NULL && slash[1] != '\0') {
		size_t length = strlen(slash + 1);

		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) - 1; i++)
			if (length > strlen(kinds[i]) &&
				strcmp(slash + 1 + length - strlen(kinds[i]), kinds[i]) == 0)
				return slash + 1;
		if (length >= 32 && strspn(slash + 1, "0123456789abcdef") == length) {
			slash[13] = '\0'; /* a container's id, as docker ps shows it */
			return slash + 1;
		}
		*slash = '\0';
	}
	return "";
}

static void unit_read(uint32_t pid, char *buffer, size_t size)
{
	char path[32], line[1024];
	FILE *file;

	buffer[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cgroup", pid);
	file = fopen(path, "re");
	while (file != NULL && buffer[0] == '\0' && fgets(line, sizeof(line), file) != NULL) {
		const char *name;

		line[strcspn(line, "\n")] = '\0';
		name = unit_name(line);
		escape_text(buffer, size, name, strlen(name));
	}
	if (file != NULL)
		fclose(file);
}

/* A process holds many sockets: what was read last is kept, one place for some pids. */
const char *list_unit_of(uint32_t pid)
{
	enum { PLACES = 64, UNIT_TEXT = 128 };
	static struct {
		uint32_t pid;
		char unit[UNIT_TEXT];
	} known[PLACES];
	static char own[UNIT_TEXT] = "?";

	if (strcmp(own, "?") == 0)
		unit_read((uint32_t)getpid(), own, sizeof(own));
	if (known[pid % PLACES].pid != pid) {
		known[pid % PLACES].pid = pid;
		unit_read(pid, known[pid % PLACES].unit, UNIT_TEXT);
	}
	/* one's own says nothing */
	return strcmp(known[pid % PLACES].unit, own) == 0 ? "" : known[pid % PLACES].unit;
}
