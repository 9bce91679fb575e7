/* Reads /proc/PID/stat of every process. A process that ends meanwhile is left out. */
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Places in /proc/PID/stat from behind the state on, which is the third: proc_pid_stat(5) */
enum { PARENT, GROUP, SESSION, FLAGS = 9 - 4, THREADS = 20 - 4, NUMBERS };
enum { FLAG_KERNEL = 0x00200000 }; /* the kernel's PF_KTHREAD */

/* Without stdio, which takes more than the kernel does: every scan reads hundreds of these. The
 * name stands in parentheses and may hold any character, a ')' too: the last one ends it. */
static bool process_parse(int proc, const char *pid, struct process *process)
{
	char path[64], text[512], *open, *close_at, *at;
	unsigned long numbers[NUMBERS];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%.32s/stat", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	open = strchr(text, '(');
	close_at = strrchr(text, ')');
	if (open == NULL || close_at == NULL || close_at < open || close_at[1] != ' ' ||
		!close_at[2])
		return false;
	*close_at = '\0';
	*process = (struct process){.pid = (pid_t)atoi(pid), .state = close_at[2]};
	snprintf(process->name, sizeof(process->name), "%s", open + 1);
	at = close_at + 3;
	for (size_t i = 0; i < NUMBERS; i++) {
		char *end;

		numbers[i] = strtoul(at, &end, 10);
		if (end == at)
			return false;
		at = end;
	}
	process->parent = (pid_t)numbers[PARENT];
	process->group = (pid_t)numbers[GROUP];
	process->session = (pid_t)numbers[SESSION];
	process->threads = (int)numbers[THREADS];
	process->kernel = numbers[FLAGS] & FLAG_KERNEL;
	return true;
}

bool process_is_dead(const struct process *process)
{
	return process->state == 'Z' && process->threads < 2;
}

static int process_compare(const void *left, const void *right)
{
	const struct process *a = left, *b = right;

	return (a->pid > b->pid) - (a->pid < b->pid);
}

static struct process *process_find(struct process *list, size_t count, pid_t pid)
{
	struct process key = {.pid = pid};

	return bsearch(&key, list, count, sizeof(key), process_compare);
}

/* Chains are short; the limit is against a loop that a reused pid could make while we read. */
static bool process_descends(
	struct process *list, size_t count, const struct process *process, pid_t root)
{
	for (int depth = 0; process != NULL && depth < 1000; depth++) {
		if (process->parent == root)
			return true;
		process = process_find(list, count, process->parent);
	}
	return false;
}

size_t processes_read(pid_t root, struct process **list)
{
	DIR *directory = opendir("/proc");
	struct process *all = NULL;
	size_t count = 0, room = 0;
	struct dirent *entry;

	*list = NULL;
	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (count == room) {
			struct process *more = realloc(all, (room += 256) * sizeof(*all));

			if (more == NULL)
				break;
			all = more;
		}
		if (process_parse(dirfd(directory), entry->d_name, &all[count]))
			count++;
	}
	if (directory != NULL)
		closedir(directory);
	if (count)
		qsort(all, count, sizeof(*all), process_compare);
	for (size_t i = 0; i < count; i++)
		all[i].descends = root > 0 && process_descends(all, count, &all[i], root);
	*list = all;
	return count;
}

/* Of the first of its threads that has not ended. */
static uint64_t threads_netns(pid_t pid)
{
	char path[300];
	struct stat status;
	uint64_t inode = 0;
	struct dirent *entry;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	directory = opendir(path);
	while (directory != NULL && inode == 0 && (entry = readdir(directory)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/ns/net", (int)pid, entry->d_name);
		if (isdigit((unsigned char)entry->d_name[0]) && stat(path, &status) == 0)
			inode = (uint64_t)status.st_ino;
	}
	if (directory != NULL)
		closedir(directory);
	return inode;
}

uint64_t process_netns(pid_t pid)
{
	char path[64];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (stat(path, &status) == 0)
		return (uint64_t)status.st_ino;
	return errno == EACCES ? 0 : threads_netns(pid);
}

int64_t process_descriptors(pid_t pid)
{
	char path[64];
	DIR *directory;
	int64_t count = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	if (directory == NULL)
		return -1;
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	return count - 2; /* . and .. */
}

int64_t process_switches(pid_t pid, char *state)
{
	char path[64], line[128];
	int64_t sum = -1, number;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL) {
		char *at = strstr(line, "voluntary_ctxt_switches:");

		if (state != NULL)
			sscanf(line, "State: %c", state);
		if (at != NULL && sscanf(strchr(at, ':') + 1, "%" SCNd64, &number) == 1)
			sum = (sum < 0 ? 0 : sum) + number;
	}
	fclose(file);
	return sum;
}
