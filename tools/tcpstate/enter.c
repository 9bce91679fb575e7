/* tcpstate enter: a shell, or COMMAND, in the namespace of a running recording. The recorder hands
 * out the namespace's descriptor to its own user, who owns the user namespace that was made for the
 * recording. A stranger's recording is not entered; root enters it as that stranger. */
#include "verbs.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
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

#include "help.h"
#include "language.h"
#include "control.h"
#include "paths.h"
#include "prompt.h"
#include "running.h"
#include "tcpstate/lang.h"
#include "terminal.h"

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
			usage_error(state, "one DIR; COMMAND stands after --");
		arguments->directory = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.parser = parse_option,
	.args_doc = "[DIR [-- COMMAND...]]",
	.doc = N_("Run a shell, or COMMAND, inside the network namespace of the recording that is "
		  "running in DIR, with the environment its own COMMAND has. Without DIR, list the "
		  "recordings that are running."),
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

/* COMMAND has a PID and a mount namespace of its own: be in them as well, so that a pid means the
 * same to all who are inside. In the first, only what is forked from here on is. */
static int processes_join(pid_t init, const char *directory, struct error *error)
{
	char *here = getcwd(NULL, 0), path[40];
	int pid_fd, mount_fd, result = 0;

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)init);
	pid_fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)init);
	mount_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pid_fd < 0 || mount_fd < 0 || setns(pid_fd, CLONE_NEWPID) ||
		setns(mount_fd, CLONE_NEWNS) || (here != NULL && chdir(here)))
		result = error_set(error, "%s: joining the processes of COMMAND: %s", directory,
			strerror(errno));
	if (pid_fd >= 0)
		close(pid_fd);
	if (mount_fd >= 0)
		close(mount_fd);
	free(here);
	return result;
}

/* In a PID namespace that was joined only a child lives: it runs, we wait. */
static int run_inside(char **argv)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		return 0;
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0) {
		terminal_say("tcpstate enter: %s: %s", argv[0], strerror(errno));
		exit(STATUS_FAILED);
	}
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
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
		bool ours = text != NULL && strncmp(text, "TCPSTATE_", 9) == 0 &&
			    strchr(text, '=') != NULL;
		char *copy = ours ? strdup(text) : NULL;

		if (copy != NULL)
			putenv(copy);
	}
	if (front != NULL && asprintf(&path, "%s:%s", front,
				     old != NULL ? old : "/usr/local/bin:/usr/bin:/bin") >= 0) {
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
	gid_t gid = user != NULL ? user->pw_gid : peer->directory_gid;

	if ((user != NULL ? initgroups(user->pw_name, gid) : setgroups(0, NULL)) ||
		setresgid(gid, gid, gid) || setresuid(peer->uid, peer->uid, peer->uid))
		return error_set(error, "becoming user %u, whose recording it is: %s",
			(unsigned)peer->uid, strerror(errno));
	if (user != NULL) {
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

/* A shell to type to gets its prompt; what it takes lives until exec. */
static void prompt_take(struct arguments *arguments, unsigned number)
{
	static struct prompt prompt;

	if (!prompt_shell(&prompt, arguments->argv, arguments->directory, number))
		return;
	arguments->argv = prompt.argv;
	for (char **word = prompt.environment; *word != NULL; word++)
		putenv(*word);
}

static int enter(struct arguments *arguments, pid_t *init, struct error *error)
{
	char **paths = control_paths(arguments->directory, error);
	json_t *request = json_pack("{s:s}", "do", "enter"), *reply = NULL;
	struct control_peer peer;
	int fd = -1, result;

	if (paths != NULL && request != NULL)
		reply = control_ask_peer(paths[0], request, &fd, &peer, error);
	json_decref(request);
	control_paths_free(paths);
	if (reply == NULL)
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
	*init = (pid_t)json_integer_value(json_object_get(reply, "init"));
	if (!result) { /* while /proc knows us: there is no self in theirs */
		environment_take(reply);
		prompt_take(
			arguments, (unsigned)json_integer_value(json_object_get(reply, "number")));
	}
	if (!result && *init > 0)
		result = processes_join(*init, arguments->directory, error);
	json_decref(reply);
	return result;
}

/* Without a name: what could be entered. */
static int running_tell(const char *name)
{
	struct error error;
	char *text = NULL;
	size_t size = 0;
	FILE *list = open_memstream(&text, &size);
	size_t count = list != NULL ? running_list(list) : 0;

	if (list != NULL)
		fclose(list);
	if (count == 0) {
		free(text);
		error_set(&error, "no recording is running that you could enter; start one: "
				  "tcpstate record -o DIR -- bash");
		return verb_failed(name, &error);
	}
	printf("%s\n%s%s\n", _("Recordings that are running:"), text,
		_("Enter one: tcpstate enter DIR"));
	free(text);
	return STATUS_OK;
}

int verb_enter(int argc, char **argv)
{
	struct arguments arguments = {0};
	char *shell[] = {getenv("SHELL"), NULL};
	struct error error;
	int separator = argc;
	pid_t init = 0;

	for (int i = argc - 1; i > 0; i--)
		if (!strcmp(argv[i], "--"))
			separator = i;
	verb_parse(&parser, separator, argv, &arguments);
	if (arguments.directory == NULL && separator == argc)
		return running_tell(argv[0]);
	if (arguments.directory == NULL || *arguments.directory == '\0') {
		error_set(&error, "which recording? name its directory before --");
		return verb_misused(argv[0], &error);
	}
	if (shell[0] == NULL || !*shell[0])
		shell[0] = (char *)"/bin/sh";
	arguments.argv = separator + 1 < argc ? argv + separator + 1 : shell;
	if (enter(&arguments, &init, &error))
		return verb_failed(argv[0], &error);
	if (init > 0)
		run_inside(arguments.argv);
	execvp(arguments.argv[0], arguments.argv);
	error_set(&error, "%s: %s", arguments.argv[0],
		errno == ENOENT ? "command not found" : strerror(errno));
	return verb_failed(argv[0], &error);
}
