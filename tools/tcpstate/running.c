/* See running.h. A process inside has TCPSTATE_CONTROL in its environment; a recorder without
 * COMMAND has its directory on its command line, which everybody may read. */
#include "running.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "process.h"
#include "tcpstate/lang.h"
#include "terminal.h"

enum { TEXT_MAX = 65536, FOUND_MAX = 64 };

struct found {
	char *directories[FOUND_MAX]; /* absolute, each once */
	size_t count;
};

static void found_add(struct found *found, const char *directory)
{
	char path[PATH_MAX];
	int fd;

	if (found->count == FOUND_MAX || realpath(directory, path) == NULL)
		return;
	for (size_t i = 0; i < found->count; i++)
		if (strcmp(found->directories[i], path) == 0)
			return;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && control_is_running(fd))
		found->directories[found->count] = strdup(path);
	found->count += found->directories[found->count] != NULL;
	if (fd >= 0)
		close(fd);
}

/* A file of /proc/PID: strings one after the other, each ended by a NUL. Returns its size. */
static size_t strings_read(pid_t pid, const char *name, char text[TEXT_MAX])
{
	char path[48];
	size_t size = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && size < TEXT_MAX - 2 &&
		(got = read(fd, text + size, TEXT_MAX - 2 - size)) > 0)
		size += (size_t)got;
	if (fd >= 0)
		close(fd);
	text[size] = text[size + 1] = '\0';
	return size;
}

/* TCPSTATE_CONTROL=DIR/control:... */
static void environment_look(struct found *found, pid_t pid, char text[TEXT_MAX])
{
	static const char name[] = "TCPSTATE_CONTROL=";
	size_t size = strings_read(pid, "environ", text);

	for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
		char *next, *path = text + at + strlen(name);

		if (strncmp(text + at, name, strlen(name)) != 0)
			continue;
		for (path = strtok_r(path, ":", &next); path != NULL;
			path = strtok_r(NULL, ":", &next)) {
			char *slash = strrchr(path, '/');

			if (slash != NULL && slash != path)
				*slash = '\0';
			found_add(found, path);
		}
		return;
	}
}

/* The directory as a recorder was told it, seen from where it works if that may be known, else from
 * here. */
static void directory_resolve(struct found *found, pid_t pid, const char *directory)
{
	char path[PATH_MAX + 32];
	struct stat status;

	snprintf(path, sizeof(path), "/proc/%d/cwd/%s", (int)pid, directory);
	found_add(found, *directory != '/' && stat(path, &status) == 0 ? path : directory);
}

static void command_line_look(struct found *found, pid_t pid, char text[TEXT_MAX])
{
	size_t size = strings_read(pid, "cmdline", text);
	const char *before = "";

	for (size_t at = 0; at < size; at += strlen(text + at) + 1) {
		const char *word = text + at;

		if (strcmp(before, "-o") == 0 || strcmp(before, "--output") == 0)
			directory_resolve(found, pid, word);
		else if (strncmp(word, "--output=", 9) == 0)
			directory_resolve(found, pid, word + 9);
		else if (strncmp(word, "-o", 2) == 0 && word[2] != '\0')
			directory_resolve(found, pid, word + 2);
		if (strcmp(word, "--") == 0)
			break;
		before = word;
	}
}

static void show(FILE *out, const char *directory)
{
	json_t *request = json_pack("{s:s}", "do", "state"), *state = NULL;
	struct error error;
	char *path;

	if (request != NULL && asprintf(&path, "%s/control", directory) >= 0) {
		state = control_ask(path, request, NULL, &error);
		free(path);
	}
	fputs("  ", out);
	terminal_print(out, directory);
	if (state != NULL)
		fprintf(out,
			ngettext("   %" PRIu64 " connection, %" PRIu64 " packets",
				"   %" PRIu64 " connections, %" PRIu64 " packets",
				(unsigned long)json_integer_value(
					json_object_get(state, "connections"))),
			(uint64_t)json_integer_value(json_object_get(state, "connections")),
			(uint64_t)json_integer_value(json_object_get(state, "packets")));
	fputc('\n', out);
	json_decref(state);
	json_decref(request);
}

size_t running_list(FILE *out)
{
	static char text[TEXT_MAX];
	struct found found = {.count = 0};
	struct process *list;
	size_t count = processes_read(0, &list);

	for (size_t i = 0; i < count; i++) {
		environment_look(&found, list[i].pid, text);
		if (strcmp(list[i].name, "tcpstate") == 0)
			command_line_look(&found, list[i].pid, text);
	}
	free(list);
	for (size_t i = 0; i < found.count; i++) {
		show(out, found.directories[i]);
		free(found.directories[i]);
	}
	return found.count;
}
