/* tcpstate enter: a shell, or COMMAND, in the namespace of a running recording. The recorder hands
 * out the namespace's descriptor; whoever may talk to it may join: an ordinary user owns the user
 * namespace that was made for their recording. */
#include "verbs.h"

#include <argp.h>
#include <errno.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"

struct arguments {
	const char *directory;
	char **argv;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	(void)argument;
	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state, "one DIR; COMMAND stands after --");
		arguments->directory = argument;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->directory || !*arguments->directory)
			argp_error(state, "which recording? name its directory");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.parser = parse_option,
	.args_doc = "DIR [-- COMMAND...]",
	.doc = "Run a shell, or COMMAND, inside the network namespace of the recording that is "
	       "running in DIR, with the environment its own COMMAND has.",
};

static bool same_namespace(int fd, const char *path)
{
	struct stat theirs, ours;

	return !fstat(fd, &theirs) && !stat(path, &ours) && theirs.st_ino == ours.st_ino &&
	       theirs.st_dev == ours.st_dev;
}

/* Join the user namespace that owns the network first: inside, COMMAND has its capabilities, as in
 * the recording. A root who is nobody in there becomes its root. */
static int namespace_join(int net_fd, const char *directory, struct error *error)
{
	int user_fd, failed = 0;

	if (same_namespace(net_fd, "/proc/self/ns/net"))
		return 0;
	user_fd = ioctl(net_fd, NS_GET_USERNS);
	if (user_fd >= 0) {
		if (!same_namespace(user_fd, "/proc/self/ns/user") &&
			!setns(user_fd, CLONE_NEWUSER)) {
			uid_t nobody = 65534;

			if (getuid() == nobody && !setresgid(0, 0, 0))
				failed = setresuid(0, 0, 0);
		}
		close(user_fd);
	}
	if (failed)
		return error_set(error, "%s: becoming root of its user namespace: %s", directory,
			strerror(errno));
	return netns_join(net_fd, directory, error);
}

static void environment_take(const json_t *reply)
{
	const char *front = json_string_value(json_object_get(reply, "path")),
		   *old = getenv("PATH");
	const json_t *list = json_object_get(reply, "environment");
	char *path;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		char *copy = text && strchr(text, '=') ? strdup(text) : NULL;

		if (copy)
			putenv(copy);
	}
	if (front &&
		asprintf(&path, "%s:%s", front, old ? old : "/usr/local/bin:/usr/bin:/bin") >= 0) {
		setenv("PATH", path, 1);
		free(path);
	}
}

int verb_enter(int argc, char **argv)
{
	struct arguments arguments = {0};
	char *shell[] = {getenv("SHELL"), NULL};
	struct error error;
	json_t *request, *reply = NULL;
	char **paths;
	int separator = argc, fd = -1;

	for (int i = argc - 1; i > 0; i--)
		if (!strcmp(argv[i], "--"))
			separator = i;
	argp_parse(&parser, separator, argv, 0, NULL, &arguments);
	if (!shell[0] || !*shell[0])
		shell[0] = (char *)"/bin/sh";
	arguments.argv = separator + 1 < argc ? argv + separator + 1 : shell;
	paths = control_paths(arguments.directory, &error);
	request = json_pack("{s:s}", "do", "enter");
	if (paths && request)
		reply = control_ask(paths[0], request, &fd, &error);
	json_decref(request);
	control_paths_free(paths);
	if (!reply)
		return verb_failed(argv[0], &error);
	if (fd < 0) {
		error_set(&error, "%s: the recorder sent no namespace", arguments.directory);
		return verb_failed(argv[0], &error);
	}
	if (namespace_join(fd, arguments.directory, &error))
		return verb_failed(argv[0], &error);
	close(fd);
	environment_take(reply);
	json_decref(reply);
	execvp(arguments.argv[0], arguments.argv);
	error_set(&error, "%s: %s", arguments.argv[0],
		errno == ENOENT ? "command not found" : strerror(errno));
	return verb_failed(argv[0], &error);
}
