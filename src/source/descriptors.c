/* The sockets that processes have open, by inode: /proc/PID/fd read for links "socket:[INODE]".
 * What another user's processes hold may not be read; such processes are passed over. */
#include "tcpstate/source.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The inode of a link "socket:[12345]", else 0. */
static uint32_t socket_inode(int directory_fd, const char *name)
{
	static const char prefix[] = "socket:[";
	char target[64];
	ssize_t n = readlinkat(directory_fd, name, target, sizeof(target) - 1);
	const char *at = target + sizeof(prefix) - 1;
	uint64_t inode = 0;

	if (n <= (ssize_t)sizeof(prefix) || memcmp(target, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	target[n] = '\0';
	for (; isdigit((unsigned char)*at) && inode <= UINT32_MAX; at++)
		inode = 10 * inode + (uint64_t)(*at - '0');
	return *at == ']' && inode <= UINT32_MAX ? (uint32_t)inode : 0;
}

struct reading {
	int (*take)(void *context, uint32_t inode);
	void *context;
	size_t entries; /* descriptors met */
};

/* 1: read to the end, 0: not, else what take returned. */
static int directory_read(const char *path, struct reading *reading)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = 1;
	DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;

	if (directory == NULL) {
		if (fd >= 0)
			close(fd);
		return 0; /* it has ended, or is another user's */
	}
	errno = 0;
	while (result > 0 && (entry = readdir(directory)) != NULL) {
		bool number = isdigit((unsigned char)entry->d_name[0]);
		uint32_t inode = number ? socket_inode(fd, entry->d_name) : 0;

		reading->entries += number;
		if (inode != 0)
			result = reading->take(reading->context, inode);
		errno = 0;
	}
	if (result > 0 && (errno != 0 || reading->entries == 0))
		result = 0;
	closedir(directory);
	return result;
}

/* Its threads go on with the descriptors that they share when the first has ended, which shows
 * none then. */
static int threads_read(uint32_t pid, struct reading *reading)
{
	char path[64 + NAME_MAX];
	struct dirent *entry;
	DIR *directory;
	int result = 0;

	snprintf(path, sizeof(path), "/proc/%u/task", pid);
	directory = opendir(path);
	while (directory != NULL && result == 0 && reading->entries == 0 &&
		(entry = readdir(directory)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%u/task/%s/fd", pid, entry->d_name);
		result = directory_read(path, reading);
	}
	if (directory != NULL)
		closedir(directory);
	return result;
}

int descriptors_sockets(uint32_t pid, int (*take)(void *context, uint32_t inode), void *context)
{
	struct reading reading = {.take = take, .context = context};
	char path[32];
	int result;

	snprintf(path, sizeof(path), "/proc/%u/fd", pid);
	result = directory_read(path, &reading);
	return result == 0 && reading.entries == 0 ? threads_read(pid, &reading) : result;
}

int descriptors_processes(
	int (*take)(void *context, uint32_t pid), void *context, struct error *error)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int result = 0;

	if (proc == NULL)
		return error_set(
			error, "/proc: %s; socket owners are found there", strerror(errno));
	while (result == 0 && (entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]))
			result = take(context, (uint32_t)strtoul(entry->d_name, NULL, 10));
	closedir(proc);
	return result == 0 ? 0 : error_set(error, "socket owners: out of memory");
}
