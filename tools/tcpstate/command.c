/* Starts COMMAND in its own process group, hands it the terminal, and leaves nothing of it behind:
 * the recorder is the child subreaper, and a guard process does its duty if the recorder itself is
 * killed. */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

enum { ENVIRONMENT_MAX = 65536 };

/* ---- finding it ---- */

static bool executable(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

/* The first executable of that name in a list of directories, malloc'd; an empty entry is the
 * current one. */
static char *path_search(const char *list, const char *name)
{
	while (list) {
		size_t length = strcspn(list, ":");
		char *path;

		if (asprintf(&path, "%.*s%s%s", (int)length, list, length ? "/" : "./", name) < 0)
			return NULL;
		if (executable(path))
			return path;
		free(path);
		list = list[length] ? list + length + 1 : NULL;
	}
	return NULL;
}

int command_find(struct command *command, char **argv, const char *front, struct error *error)
{
	const char *path = getenv("PATH"), *name = argv[0];
	struct stat status;

	*command = (struct command){.argv = argv, .channel = -1, .guard_fd = -1};
	if (strchr(name, '/') && !executable(name))
		return error_set(error, "%s: %s", name,
			stat(name, &status)       ? strerror(errno)
			: S_ISDIR(status.st_mode) ? "is a directory, not a command"
						  : "is not executable; chmod +x it");
	if (strchr(name, '/'))
		command->path = strdup(name);
	else if (*name && !(command->path = path_search(front, name)))
		command->path = path_search(path ? path : "/usr/local/bin:/usr/bin:/bin", name);
	return command->path ? 0 : error_set(error, "%s: command not found", *name ? name : "\"\"");
}

/* ---- the child ---- */

static void signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* A background process that changes the terminal's group is stopped by SIGTTOU, unless it blocks
 * that. */
static void terminal_give(pid_t group)
{
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void environment_add(char *text, size_t length)
{
	for (size_t at = 0; at < length; at += strlen(text + at) + 1)
		putenv(text + at);
	unsetenv("SUDO_UID"); /* inside, nobody is invoked by sudo */
	unsetenv("SUDO_GID");
	unsetenv("SUDO_USER");
	unsetenv("SUDO_COMMAND");
}

static void __attribute__((noreturn))
child_run(const struct command *command, int channel, pid_t recorder)
{
	static char environment[ENVIRONMENT_MAX + 1];
	ssize_t length;
	int cause;

	sealed_isolate(command->mode, &command->invoker, channel);
	setpgid(0, 0);
	length = recv(channel, environment, ENVIRONMENT_MAX, 0);
	if (length <= 0)
		_exit(1);
	environment_add(environment, (size_t)length);
	if (command->terminal)
		terminal_give(getpid());
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != recorder)
		_exit(1);
	signals_reset();
	execv(command->path, command->argv);
	cause = errno;
	send(channel, &cause, sizeof(cause), MSG_NOSIGNAL);
	_exit(127);
}

/* ---- the recorder's side ---- */

static int child_fork(struct command *command, struct error *error)
{
	pid_t recorder = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return error_set(error, "socketpair: %s", strerror(errno));
	fflush(NULL);
	command->pid = fork();
	if (command->pid < 0) {
		command->pid = 0;
		close(pair[0]);
		close(pair[1]);
		return error_set(error, "fork: %s", strerror(errno));
	}
	if (!command->pid) {
		close(pair[0]);
		child_run(command, pair[1], recorder);
	}
	close(pair[1]);
	command->channel = pair[0];
	return 0;
}

static void child_kill(struct command *command)
{
	if (command->channel >= 0)
		close(command->channel);
	command->channel = -1;
	if (command->pid) {
		kill(command->pid, SIGKILL);
		waitpid(command->pid, NULL, 0);
	}
	command->pid = 0;
}

int command_start(struct command *command, struct error *error)
{
	bool refused = false;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	command->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
			    tcgetpgrp(STDIN_FILENO) == getpgrp();
	if (child_fork(command, error))
		return -1;
	if (command->mode != SEALED_USER_NET)
		return 0;
	if (!sealed_serve(command->pid, SEALED_USER_NET, &command->invoker, command->channel,
		    &refused, error))
		return 0;
	child_kill(command);
	if (!refused || !process_privileged())
		return -1;
	snprintf(command->note, sizeof(command->note), "%s", error->text);
	command->mode = SEALED_NET;
	if (child_fork(command, error))
		return -1;
	if (sealed_serve(command->pid, SEALED_NET, &command->invoker, command->channel, &refused,
		    error)) {
		child_kill(command);
		return -1;
	}
	return 0;
}

/* ---- the guard ---- */

static void pause_ms(long ms)
{
	struct timespec time = {0, ms * 1000000};

	nanosleep(&time, NULL);
}

/* Everything in a namespace that was made for COMMAND: in rounds, since a process may fork while
 * the list is read. */
static void namespace_empty(uint64_t inode)
{
	for (int round = 0, left = 1; left && round < 20; round++) {
		struct process *list;
		size_t count = processes_read(0, &list);

		left = 0;
		for (size_t i = 0; i < count; i++) {
			if (list[i].pid == getpid() || list[i].state == 'Z' ||
				process_netns(list[i].pid) != inode)
				continue;
			kill(list[i].pid, SIGKILL);
			left++;
		}
		free(list);
		pause_ms(20);
	}
}

/* close_range() came with glibc 2.34 and Linux 5.9. */
static void close_from(int first)
{
#ifdef __NR_close_range
	if (syscall(__NR_close_range, (unsigned)first, ~0U, 0U) == 0)
		return;
#endif
	for (long fd = first, end = sysconf(_SC_OPEN_MAX); fd < end; fd++)
		close((int)fd);
}

/* Outlives the recorder: its end closes the pipe. One byte in it says that all went well. */
static void __attribute__((noreturn))
guard_run(const struct command *command, int fd, int directory_fd)
{
	uint64_t inode =
		command->mode == SEALED_USER_NET || command->mode == SEALED_NET ? netns_inode() : 0;
	char byte;

	setsid();
	dup2(fd, 3);
	dup2(directory_fd, 4);
	close_from(5);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	prctl(PR_SET_NAME, "tcpstate-guard", 0, 0, 0);
	if (read(3, &byte, 1) != 1) {
		kill(-command->pid, SIGKILL);
		if (inode)
			namespace_empty(inode);
		unlinkat(4, "control", 0);
	}
	_exit(0);
}

static int guard_start(struct command *command, int directory_fd, struct error *error)
{
	int pipe_fds[2], high[2];

	if (pipe2(pipe_fds, O_CLOEXEC))
		return error_set(error, "pipe: %s", strerror(errno));
	command->guard = fork();
	if (!command->guard) {
		high[0] = fcntl(pipe_fds[0], F_DUPFD, 16); /* out of the way of 3 and 4 */
		high[1] = fcntl(directory_fd, F_DUPFD, 16);
		guard_run(command, high[0], high[1]);
	}
	close(pipe_fds[0]);
	command->guard_fd = pipe_fds[1];
	if (command->guard < 0) {
		command->guard = 0;
		return error_set(error, "fork: %s", strerror(errno));
	}
	return 0;
}

int command_go(struct command *command, char **environment, int directory_fd, struct error *error)
{
	static char text[ENVIRONMENT_MAX];
	size_t length = 0;
	int cause = 0;

	for (char **entry = environment; *entry; entry++) {
		size_t size = strlen(*entry) + 1;

		if (length + size > sizeof(text))
			return error_set(error, "the environment of COMMAND is too long");
		memcpy(text + length, *entry, size);
		length += size;
	}
	if (guard_start(command, directory_fd, error))
		return -1;
	setpgid(command->pid, command->pid);
	if (send(command->channel, text, length, MSG_NOSIGNAL) != (ssize_t)length)
		return error_set(error, "starting COMMAND: %s", strerror(errno));
	/* The socket closes at exec, or brings the reason why that failed. */
	if (recv(command->channel, &cause, sizeof(cause), 0) == sizeof(cause))
		error_set(error, "%s: %s", command->argv[0],
			cause == ENOEXEC ? "cannot be executed: it is no program and its first "
					   "line names no interpreter"
					 : strerror(cause));
	close(command->channel);
	command->channel = -1;
	return cause ? -1 : 0;
}

void command_signal(const struct command *command, int signal)
{
	if (command->pid && !command->ended)
		kill(-command->pid, signal);
}

/* COMMAND was stopped from the keyboard: the shell that started us gets the terminal, until it says
 * `fg'. */
static void command_stopped(const struct command *command)
{
	if (!command->terminal)
		return;
	terminal_give(getpgrp());
	kill(getpid(), SIGSTOP);
	terminal_give(command->pid);
	kill(-command->pid, SIGCONT);
}

void command_reap(struct command *command)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid == command->guard && !WIFSTOPPED(status))
			command->guard = 0;
		if (pid != command->pid)
			continue;
		if (WIFSTOPPED(status)) {
			command_stopped(command);
			continue;
		}
		command->ended = true;
		command->status =
			WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

size_t command_survivors(const struct command *command, int signal,
	void (*call)(void *context, const struct process *process), void *context)
{
	struct process *list;
	size_t count = processes_read(getpid(), &list), left = 0;

	for (size_t i = 0; i < count; i++) {
		if (!list[i].descends || list[i].pid == command->guard || list[i].state == 'Z')
			continue;
		if (call)
			call(context, &list[i]);
		if (signal)
			kill(list[i].pid, signal);
		left++;
	}
	free(list);
	return left;
}

void command_close(struct command *command)
{
	if (command->terminal && command->pid)
		terminal_give(getpgrp());
	if (!command->ended)
		child_kill(command);
	if (command->guard_fd >= 0) {
		if (write(command->guard_fd, "", 1) == 1 && command->guard)
			waitpid(command->guard, NULL, 0);
		close(command->guard_fd);
	}
	free(command->path);
	*command = (struct command){.channel = -1, .guard_fd = -1};
}
