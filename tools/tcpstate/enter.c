/* tcpstate enter: a shell, or COMMAND, in the namespace of a running recording. The recorder hands
 * out the namespace's descriptor to its own user, who owns the user namespace that was made for the
 * recording. A stranger's recording is not entered; root enters it as that stranger. */
#include "verbs.h"

#include <argp.h>
#include <errno.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "control.h"
#include "paths.h"

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

/* Of what the recorder says only its own names: the rest of our environment decides which programs
 * run, and is nobody else's to set. */
static void environment_take(const json_t *reply)
{
	const json_t *list = json_object_get(reply, "environment");
	const char *old = getenv("PATH");
	char *front = paths_programs(), *path;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		bool ours = text && strncmp(text, "TCPSTATE_", 9) == 0 && strchr(text, '=');
		char *copy = ours ? strdup(text) : NULL;

		if (copy)
			putenv(copy);
	}
	if (front &&
		asprintf(&path, "%s:%s", front, old ? old : "/usr/local/bin:/usr/bin:/bin") >= 0) {
		setenv("PATH", path, 1);
		free(path);
	}
	free(front);
}

/* Become the user whom a recording belongs to, for good: what root does in a stranger's namespace
 * is done as that stranger. */
static int user_become(const struct control_peer *peer, struct error *error)
{
	const struct passwd *user = getpwuid(peer->uid);
	gid_t gid = user ? user->pw_gid : peer->directory_gid;

	if ((user ? initgroups(user->pw_name, gid) : setgroups(0, NULL)) ||
		setresgid(gid, gid, gid) || setresuid(peer->uid, peer->uid, peer->uid))
		return error_set(error, "becoming user %u, whose recording it is: %s",
			(unsigned)peer->uid, strerror(errno));
	if (user) {
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
	return 0;
}

/* Whoever owns the socket chooses the namespaces that are joined and part of the environment. */
static int peer_trust(const char *directory, const struct control_peer *peer, struct error *error)
{
	uid_t own = geteuid();

	if (peer->uid == own)
		return 0;
	if (own)
		return error_set(error,
			"%s: user %u is recording there, not you: only they, or root, may enter it",
			directory, (unsigned)peer->uid);
	if (peer->uid != peer->directory_uid)
		return error_set(error,
			"%s: belongs to user %u, but user %u is recording there: not entered",
			directory, (unsigned)peer->directory_uid, (unsigned)peer->uid);
	return user_become(peer, error);
}

static int enter(struct arguments *arguments, struct error *error)
{
	char **paths = control_paths(arguments->directory, error);
	json_t *request = json_pack("{s:s}", "do", "enter"), *reply = NULL;
	struct control_peer peer;
	int fd = -1, result;

	if (paths && request)
		reply = control_ask_peer(paths[0], request, &fd, &peer, error);
	json_decref(request);
	control_paths_free(paths);
	if (!reply)
		return -1;
	if (fd < 0)
		result = error_set(
			error, "%s: the recorder sent no namespace", arguments->directory);
	else
		result = peer_trust(arguments->directory, &peer, error) ||
					 namespace_join(fd, arguments->directory, error)
				 ? -1
				 : 0;
	if (fd >= 0)
		close(fd);
	if (!result)
		environment_take(reply);
	json_decref(reply);
	return result;
}

int verb_enter(int argc, char **argv)
{
	struct arguments arguments = {0};
	char *shell[] = {getenv("SHELL"), NULL};
	struct error error;
	int separator = argc;

	for (int i = argc - 1; i > 0; i--)
		if (!strcmp(argv[i], "--"))
			separator = i;
	argp_parse(&parser, separator, argv, 0, NULL, &arguments);
	if (!shell[0] || !*shell[0])
		shell[0] = (char *)"/bin/sh";
	arguments.argv = separator + 1 < argc ? argv + separator + 1 : shell;
	if (enter(&arguments, &error))
		return verb_failed(argv[0], &error);
	execvp(arguments.argv[0], arguments.argv);
	error_set(&error, "%s: %s", arguments.argv[0],
		errno == ENOENT ? "command not found" : strerror(errno));
	return verb_failed(argv[0], &error);
}
