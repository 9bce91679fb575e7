/* Who holds which socket: /proc gives descriptors by process, the table here processes by inode. */
#include "list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/escape.h"
#include "tcpstate/lang.h"

static void take_owner(void *context, const struct event *event)
{
	struct list_owners *list = context;

	if (event->kind != EVENT_OWNER)
		return;
	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : 2 * list->room;
		struct owner *owners = reallocarray(list->owners, room, sizeof(*owners));

		if (owners == NULL) {
			list->out_of_memory = true;
			return;
		}
		list->owners = owners;
		list->room = room;
	}
	list->owners[list->count++] = event->u.fact.owner;
}

static int owner_compare(const void *left, const void *right)
{
	const struct owner *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

int list_owners_gather(struct list_owners *owners, struct error *error)
{
	owners->scanner = owners_new(false);
	if (owners->scanner == NULL)
		return error_set(error, "out of memory");
	if (owners_scan(owners->scanner, NULL, 0, take_owner, owners, error) < 0)
		return -1;
	if (owners->count > 0)
		qsort(owners->owners, owners->count, sizeof(*owners->owners), owner_compare);
	return owners->out_of_memory ? error_set(error, "out of memory") : 0;
}

void list_owners_find(const struct list_owners *owners, struct list_entry *entry)
{
	size_t low = 0, high = owners->count;

	if (entry->row.inode == 0)
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (owners->owners[middle].inode < entry->row.inode)
			low = middle + 1;
		else
			high = middle;
	}
	entry->owners = owners->owners + low;
	while (low + entry->owner_count < owners->count &&
		owners->owners[low + entry->owner_count].inode == entry->row.inode)
		entry->owner_count++;
}

void list_owners_free(struct list_owners *owners)
{
	owners_free(owners->scanner);
	free(owners->owners);
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

/* Names of programs come from the programs. */
char *list_owners_text(const struct list_entry *entry, char *buffer, size_t size)
{
	char program[ESCAPE_GROWTH * sizeof(entry->owners[0].program)];
	size_t used = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < entry->owner_count && used < size; i++) {
		const struct owner *owner = &entry->owners[i], *first = &entry->owners[0];
		bool child = i > 0 && strcmp(owner->program, first->program) == 0 &&
			     parent_of(owner->pid) == first->pid;

		escape_text(program, sizeof(program), owner->program, strlen(owner->program));
		if (child)
			used += (size_t)snprintf(buffer + used, size - used,
				_(" and its child [%" PRIu32 "]"), owner->pid);
		else
			used += (size_t)snprintf(buffer + used, size - used, "%s%s[%" PRIu32 "]",
				i == 0 ? "" : ", ", program, owner->pid);
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
