/* Queries about processes, answered from /proc. */
#include "query_parts.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

int query_zombies(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	pid_t root = context->command != NULL ? context->command->init : getpid();
	struct process *list;
	size_t count;

	if (*rest)
		return error_set(error, "\"%s\": zombies has no argument", rest);
	count = processes_read(root, &list);
	*value = 0;
	for (size_t i = 0; i < count; i++)
		*value += list[i].descends && process_is_dead(&list[i]) && list[i].parent != root;
	free(list);
	return 0;
}

int query_descriptors(
	const struct query_context *context, const char *rest, int64_t *value, struct error *error)
{
	char word[32], *end;
	pid_t host;
	long pid;

	if (*query_word(rest, word, sizeof(word)) || !*word)
		return error_set(error, "one process id is wanted, as in: descriptors 1234");
	pid = strtol(word, &end, 10);
	if (*end || pid <= 0 || pid > INT_MAX)
		return error_set(error, "\"%s\" is no process id", word);
	if (context->command != NULL)
		host = command_host_pid(context->command, (pid_t)pid);
	else
		host = (pid_t)pid;
	errno = ENOENT;
	*value = host ? process_descriptors(host) : -1;
	return *value < 0 ? error_set(error, "process %ld: %s", pid,
				    errno == ENOENT ? "there is none" : strerror(errno))
			  : 0;
}
