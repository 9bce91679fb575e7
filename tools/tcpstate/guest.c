/* See guest.h. */
#include "guest.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "tcpstate/lang.h"
#include "terminal.h"

/* ---- the namespace ---- */

static int join_child(const struct command *command, struct error *error)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)command->init);
	return netns_enter(pid, error) != 0 ? error_context(error, "joining the sealed namespace")
					    : 0;
}

static int relay_make(struct guest *guest, bool terminal, struct error *error)
{
	const struct invoker *invoker = &guest->command.invoker;

	guest->relay = relay_new(invoker->sudo ? invoker->uid : (uid_t)-1, terminal, error);
	guest->command.relay = guest->relay;
	if (guest->relay != NULL && terminal && !relay_has_output(guest->relay))
		fputs(_("tcpstate: --keep-output: what COMMAND writes is not kept: its standard "
			"output is neither a terminal in the foreground, nor a pipe, nor a file\n"),
			stderr);
	return guest->relay != NULL ? 0 : -1;
}

bool guest_sealed(const struct guest *guest)
{
	return guest->command.mode == SEALED_USER_NET || guest->command.mode == SEALED_NET;
}

/* Once all is open: an error alone is one line. */
static void notes_show(const struct command *command)
{
	if (*command->note != '\0') {
		terminal_say("tcpstate: %s", command->note);
		terminal_say("tcpstate: sealed in a network namespace only, COMMAND stays root");
	}
	if (*command->loose != '\0')
		terminal_say("tcpstate: %s; what COMMAND leaves running is looked for one by one",
			command->loose);
}

int guest_enter(struct guest *guest, const struct guest_options *options, struct error *error)
{
	struct command *command = &guest->command;

	command->invoker = invoker_find();
	command->calls = options->calls;
	command->mode = options->netns != NULL                   ? SEALED_JOINED
			: options->here || options->argv == NULL ? SEALED_HERE
								 : SEALED_USER_NET;
	if (netns_enter(options->netns, error) != 0)
		return -1;
	if (options->argv == NULL)
		return 0;
	if (options->relay && relay_make(guest, options->terminal, error) != 0)
		return -1;
	if (command_start(command, error) != 0)
		return guest_sealed(guest) ? error_context(error, "no sealed namespace") : -1;
	if (command->relay != NULL)
		relay_begin(command->relay);
	if (!guest_sealed(guest))
		return 0;
	return join_child(command, error);
}

/* ---- the environment ---- */

/* enter is told of it in JSON, which is UTF-8. */
static int environment_add(
	json_t *environment, const char *name, const char *value, struct error *error)
{
	char *text;
	int result;

	if (asprintf(&text, "%s=%s", name, value) < 0)
		return error_set(error, "out of memory");
	result = json_array_append_new(environment, json_string(text));
	free(text);
	return result == 0 ? 0
			   : error_set(error, "%s: a recording's path must be valid UTF-8", value);
}

/* "DIR/control", in front of those of the recorders around. */
static int control_add(json_t *environment, const char *name, struct error *error)
{
	const char *outer = getenv("TCPSTATE_CONTROL");
	char directory[PATH_MAX], control[2 * PATH_MAX];

	if (realpath(name, directory) == NULL)
		return error_set(error, "%s: %s", name, strerror(errno));
	if (strchr(directory, ':') != NULL)
		return error_set(error,
			"%s: a recording's path may not hold a ':', which separates those of "
			"several recorders",
			directory);
	if (outer != NULL && *outer != '\0' && strlen(outer) < PATH_MAX - 32)
		snprintf(control, sizeof(control), "%s/control:%s", directory, outer);
	else
		snprintf(control, sizeof(control), "%s/control", directory);
	return environment_add(environment, "TCPSTATE_CONTROL", control, error);
}

int guest_environment(struct guest *guest, const struct guest_options *options, struct error *error)
{
	char inode[32];

	guest->environment = json_array();
	if (options->directory != NULL &&
		control_add(guest->environment, options->directory, error) != 0)
		return -1;
	snprintf(inode, sizeof(inode), "%" PRIu64, netns_inode());
	return environment_add(guest->environment, "TCPSTATE_NETNS", inode, error);
}

/* ---- from beginning to end ---- */

int guest_find(struct guest *guest, const struct guest_options *options, struct error *error)
{
	guest->path = paths_programs();
	if (guest->path == NULL)
		return error_set(error, "out of memory");
	if (options->argv == NULL)
		return 0;
	if (command_find(&guest->command, options->argv, guest->path, error) != 0)
		return -1;
	if (options->directory != NULL &&
		prompt_shell(&guest->prompt, options->argv, options->directory, 1))
		guest->command.argv = guest->prompt.argv;
	return 0;
}

int guest_go(struct guest *guest, int directory_fd, struct error *error)
{
	size_t count = json_array_size(guest->environment);
	char **list = calloc(count + 2 + PROMPT_WORDS, sizeof(*list)), *path = NULL;
	const char *old = getenv("PATH");
	int result;

	if (guest_sealed(guest))
		notes_show(&guest->command);
	if (list == NULL || asprintf(&path, "PATH=%s:%s", guest->path,
				    old != NULL ? old : "/usr/local/bin:/usr/bin:/bin") < 0) {
		free(list);
		return error_set(error, "out of memory");
	}
	for (size_t i = 0; i < count; i++)
		list[i] =
			(char *)(uintptr_t)json_string_value(json_array_get(guest->environment, i));
	list[count++] = path;
	for (char **word = guest->prompt.environment; *word != NULL; word++)
		list[count++] = *word;
	result = command_go(&guest->command, list, directory_fd, error);
	free(path);
	free(list);
	return result;
}

void guest_close(struct guest *guest)
{
	if (guest->command.path != NULL)
		command_close(&guest->command);
	relay_free(guest->relay);
	json_decref(guest->environment);
	prompt_free(&guest->prompt);
	free(guest->path);
}
