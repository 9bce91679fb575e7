/* Starts COMMAND under an init of ours (init.c), and leaves nothing of it behind: init's end ends
 * everything, and a guard process does its duty if the recorder itself is killed. */
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

#include "init.h"
#include "process.h"
#include "relay.h"
#include "tcpstate/source.h"

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
	while (list != NULL) {
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

	*command = (struct command){.argv = argv, .channel = -1, .news_fd = -1, .guard_fd = -1};
	if (strchr(name, '/') != NULL && !executable(name))
		return error_set(error, "%s: %s", name,
			stat(name, &status)       ? strerror(errno)
			: S_ISDIR(status.st_mode) ? "is a directory, not a command"
						  : "is not executable; chmod +x it");
	if (strchr(name, '/') != NULL)
		command->path = strdup(name);
	else if (*name && (command->path = path_search(front, name)) == NULL)
		command->path =
			path_search(path != NULL ? path : "/usr/local/bin:/usr/bin:/bin", name);
	return command->path != NULL
		       ? 0
		       : error_set(error, "%s: command not found", *name ? name : "\"\"");
}

/* ---- the child ---- */

/* A background process that changes the terminal's group is stopped by SIGTTOU, unless it blocks
 * that. */
void terminal_give(pid_t group)
{
	sigset_t block, old;

	sigemptyset(&block);
	sigaddset(&block, SIGTTOU);
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetpgrp(STDIN_FILENO, group);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* A message of the child's: where its containing stands. */
struct contained {
	char step[64];
	int error;
};

static void __attribute__((noreturn))
child_run(const struct command *command, int channel, int news_fd)
{
	struct contained contained = {.error = 0};
	const char *step = "";

	relay_child(command->relay);
	sealed_isolate(command->mode, &command->invoker, channel);
	if (command->contained) {
		contained.error = init_contain(&step);
		snprintf(contained.step, sizeof(contained.step), "%s", step);
		send(channel, &contained, sizeof(contained), MSG_NOSIGNAL);
		if (contained.error != 0)
			_exit(1);
	}
	init_run(command, channel, news_fd);
}

/* ---- the recorder's side ---- */

static int child_fork(struct command *command, struct error *error)
{
	int pair[2], news[2], on = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return error_set(error, "socketpair: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, news)) {
		close(pair[0]);
		close(pair[1]);
		return error_set(error, "socketpair: %s", strerror(errno));
	}
	/* messages bring their sender's pid, as it is here */
	setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	setsockopt(news[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	fflush(NULL);
	command->recorder = getpid();
	command->init = fork();
	if (command->init == 0) {
		close(pair[0]);
		close(news[0]);
		child_run(command, pair[1], news[1]);
	}
	close(pair[1]);
	close(news[1]);
	command->channel = pair[0];
	command->news_fd = news[0];
	if (command->init > 0)
		return 0;
	command->init = 0;
	return error_set(error, "fork: %s", strerror(errno));
}

static void child_kill(struct command *command)
{
	if (command->channel >= 0)
		close(command->channel);
	if (command->news_fd >= 0)
		close(command->news_fd);
	command->channel = command->news_fd = -1;
	if (command->init) {
		kill(command->init, SIGKILL);
		while (waitpid(command->init, NULL, 0) < 0 && errno == EINTR)
			;
	}
	command->init = 0;
}

/* One message of the channel; its size, 0 at the end. *sender: the pid here of who sent it. */
static ssize_t channel_read(const struct command *command, void *data, size_t size, pid_t *sender)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control = {0};
	struct iovec part = {data, size};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct ucred credentials;
	ssize_t length;

	do
		length = recvmsg(command->channel, &message, 0);
	while (length < 0 && errno == EINTR);
	*sender = 0;
	if (length > 0 && message.msg_controllen >= CMSG_LEN(sizeof(credentials)) &&
		control.header.cmsg_type == SCM_CREDENTIALS) {
		memcpy(&credentials, CMSG_DATA(&control.header), sizeof(credentials));
		*sender = credentials.pid;
	}
	return length;
}

/* 0, or -1 with command->loose: no PID namespace can be made here. */
static int contain_serve(struct command *command)
{
	struct contained contained = {.step = "creating a PID namespace"};
	pid_t sender;
	ssize_t length = channel_read(command, &contained, sizeof(contained), &sender);

	if (length == (ssize_t)sizeof(contained) && contained.error == 0)
		return 0;
	contained.step[sizeof(contained.step) - 1] = '\0';
	snprintf(command->loose, sizeof(command->loose), "no PID namespace: %s: %s", contained.step,
		length != (ssize_t)sizeof(contained) ? "the process that tried it was killed"
		: contained.error == EPERM           ? "refused (/proc is masked in a container?)"
						     : strerror(contained.error));
	return -1;
}

/* init says that it is there: it need not be the process that we forked. */
static int init_meet(struct command *command, struct error *error)
{
	pid_t forked = command->init, sender;
	int word = 0;

	if (channel_read(command, &word, sizeof(word), &sender) != sizeof(word) || sender <= 0)
		return error_set(error, "the process that was to start COMMAND has ended");
	command->init = sender;
	if (forked != sender)
		while (waitpid(forked, NULL, 0) < 0 && errno == EINTR)
			;
	return 0;
}

/* One try. *refused: a user namespace was. */
static int child_begin(struct command *command, bool *refused, struct error *error)
{
	*refused = false;
	if (child_fork(command, error))
		return -1;
	if ((command->mode == SEALED_USER_NET || command->mode == SEALED_NET) &&
		sealed_serve(command->init, command->mode, &command->invoker, command->channel,
			refused, error)) {
		child_kill(command);
		return -1;
	}
	if (command->contained && contain_serve(command)) {
		child_kill(command);
		command->contained = false;
		return child_begin(command, refused, error);
	}
	if (init_meet(command, error)) {
		child_kill(command);
		return -1;
	}
	return 0;
}

int command_start(struct command *command, struct error *error)
{
	bool refused;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	command->terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
			    tcgetpgrp(STDIN_FILENO) == getpgrp();
	command->contained = command->mode == SEALED_USER_NET || command->mode == SEALED_NET;
	if (!child_begin(command, &refused, error))
		return 0;
	if (!refused || !process_privileged())
		return -1;
	snprintf(command->note, sizeof(command->note), "%s", error->text);
	command->mode = SEALED_NET;
	command->contained = true;
	return child_begin(command, &refused, error);
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
			if (list[i].kernel || list[i].pid == getpid() ||
				process_is_dead(&list[i]) || process_netns(list[i].pid) != inode)
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
		if (relay_terminal(command->relay) != NULL)
			pty_restore(relay_terminal(command->relay));
		/* contained, it has ended with the recorder: PR_SET_PDEATHSIG */
		for (int round = 0; round < 50 && kill(command->init, 0) == 0; round++) {
			init_end(command->init);
			pause_ms(20);
		}
		kill(command->init, SIGKILL);
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
	pid_t sender;

	for (char **entry = environment; *entry != NULL; entry++) {
		size_t size = strlen(*entry) + 1;

		if (length + size > sizeof(text))
			return error_set(error, "the environment of COMMAND is too long");
		memcpy(text + length, *entry, size);
		length += size;
	}
	if (guard_start(command, directory_fd, error))
		return -1;
	if (send(command->channel, text, length, MSG_NOSIGNAL) != (ssize_t)length)
		return error_set(error, "starting COMMAND: %s", strerror(errno));
	if (channel_read(command, &cause, sizeof(cause), &command->pid) != sizeof(cause))
		return error_set(error, "starting COMMAND: its init has ended");
	/* The socket closes at exec, or brings the reason why that failed. */
	if (channel_read(command, &cause, sizeof(cause), &sender) == sizeof(cause))
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
	if (command->pid <= 0 || command->ended)
		return;
	kill(-command->pid, signal);
	if (getpgid(command->pid) != command->pid)
		kill(command->pid, signal);
}

/* The terminal is raw while another one is COMMAND's. */
static void terminal_raw(const struct command *command, bool raw)
{
	struct pty *pty = relay_terminal(command->relay);

	if (pty == NULL)
		return;
	pty_raw(pty, raw);
	pty_resize(pty);
}

/* The shell that started us gets the terminal, until it says `fg'. */
void command_stopped(const struct command *command)
{
	if (!command->terminal)
		return;
	terminal_raw(command, false);
	terminal_give(getpgrp());
	kill(getpid(), SIGSTOP);
	if (relay_terminal(command->relay) == NULL)
		terminal_give(command->pid);
	terminal_raw(command, true);
	kill(-command->pid, SIGCONT);
}

void command_ended(struct command *command, int status)
{
	command->ended = true;
	command->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool command_reap(struct command *command)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		if (pid == command->guard)
			command->guard = 0;
		if (pid == command->init)
			command->init = 0;
	}
	return command->init != 0;
}

void command_end(const struct command *command)
{
	init_end(command->init);
}

pid_t command_host_pid(const struct command *command, pid_t pid)
{
	struct process *list;
	size_t count;
	pid_t found = 0;

	if (!command->contained)
		return pid;
	count = processes_read(command->init, &list);
	for (size_t i = 0; i < count && found == 0; i++)
		if (list[i].descends && program_inner_pid(list[i].pid) == (uint32_t)pid)
			found = list[i].pid;
	free(list);
	return found;
}

size_t command_survivors(const struct command *command, int signal,
	void (*call)(void *context, const struct process *process), void *context)
{
	struct process *list;
	/* somebody killed init: its children are ours now */
	size_t count = processes_read(command->init > 0 ? command->init : getpid(), &list),
	       left = 0;

	for (size_t i = 0; i < count; i++) {
		if (!list[i].descends || process_is_dead(&list[i]) || list[i].pid == command->guard)
			continue;
		if (call != NULL)
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
	child_kill(command);
	if (command->guard_fd >= 0) {
		if (write(command->guard_fd, "", 1) == 1 && command->guard)
			waitpid(command->guard, NULL, 0);
		close(command->guard_fd);
	}
	free(command->path);
	*command = (struct command){.channel = -1, .news_fd = -1, .guard_fd = -1};
}
