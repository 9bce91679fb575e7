/* Serves COMMAND from its start to the end of its last descendant, in one loop around waitpid().
 * Signal handlers only leave a note for that loop; as one may come just before waitpid() blocks,
 * those who ask for something ask again until it is done. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "relay.h"
#include "sealed.h"
#include "tcpstate/source.h"

enum { ENVIRONMENT_MAX = 65536, END_WORD = 0x7c5, TREE_ROUNDS = 50 };

struct init {
	struct news news;
	struct calls_options calls;
	struct tracer *tracer; /* NULL: calls are not recorded */
	pid_t command, recorder;
	bool contained, ended;
	bool orphaned; /* the recorder is gone */
};

static volatile sig_atomic_t asked_end, recorder_died, flush_due, passed_on;

/* ---- the PID namespace ---- */

int init_contain(const char **step)
{
	pid_t pid;

	*step = "creating a mount namespace";
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
		return errno;
	*step = "creating a PID namespace";
	if (unshare(CLONE_NEWPID) != 0)
		return errno;
	/* a fork whose child is the recorder's, not ours */
	pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		return errno;
	if (pid > 0)
		_exit(0);
	*step = "mounting /proc in a PID namespace";
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0 ? errno
											   : 0;
}

/* ---- COMMAND's side of the fork ---- */

static void signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
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

/* Both sides of the channel know these: that COMMAND's process is there (its credentials are the
 * message's), and why it could not be executed. */
static void channel_say(int channel, int value)
{
	send(channel, &value, sizeof(value), MSG_NOSIGNAL);
}

/* go: a pipe. One byte says that we are traced, the end of it that we are not. */
static void __attribute__((noreturn))
command_run(const struct command *command, const struct init *init, int channel, int go)
{
	char byte;
	int cause = 0;

	setpgid(0, 0);
	if (command->terminal)
		terminal_give(getpid());
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	channel_say(channel, 0);
	if (read(go, &byte, 1) == 1)
		cause = calls_filter_load(&init->calls);
	signals_reset();
	if (cause == 0) {
		execv(command->path, command->argv);
		cause = errno;
	}
	channel_say(channel, cause);
	_exit(127);
}

/* ---- signals ---- */

static void on_signal(int number, siginfo_t *info, void *context)
{
	int cause = errno;

	(void)context;
	if (number == SIGALRM)
		flush_due = 1;
	else if (number == SIGUSR1 && info->si_code == SI_QUEUE &&
		 info->si_value.sival_int == END_WORD)
		asked_end = 1;
	else if (number == SIGUSR1)
		recorder_died = 1;
	else if (info->si_code == SI_USER && info->si_pid == 0)
		passed_on = number; /* from outside the PID namespace */
	errno = cause;
}

static void signals_take(void)
{
	static const int taken[] = {SIGALRM, SIGUSR1, SIGTERM, SIGINT, SIGQUIT, SIGHUP};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
	sigset_t none;

	sigemptyset(&action.sa_mask);
	for (int number = 1; number < NSIG; number++)
		if (number != SIGCHLD)
			signal(number, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		sigaction(taken[i], &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* ---- the end of everything ---- */

/* A group that only processes of ours are in. */
static bool is_our_group(const struct process *list, size_t count, pid_t group)
{
	if (group <= 1 || group == getpgrp())
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].group == group && !list[i].descends)
			return false;
	return true;
}

/* Each by itself, and its group: that reaches the child of one that has ended since the list was
 * read, and of which no list will tell in time. */
static size_t tree_signal(int signal, uint64_t *sum)
{
	struct process *list;
	size_t count = processes_read(getpid(), &list), left = 0;
	pid_t told = 0;

	*sum = 0;
	for (size_t i = 0; i < count; i++) {
		if (!list[i].descends)
			continue;
		if (list[i].group != told && is_our_group(list, count, list[i].group))
			kill(-(told = list[i].group), signal);
		if (process_is_dead(&list[i]))
			continue;
		kill(list[i].pid, signal);
		*sum += (uint64_t)list[i].pid * 2654435761U;
		left++;
	}
	free(list);
	return left;
}

/* Without a PID namespace: a process may fork while the list is read, unless all are stopped, which
 * two scans that agree show. On a busy machine a scan takes long, and whoever waits for our end
 * does not wait for ever: none that was stopped is left so. */
static void tree_kill(void)
{
	const struct timespec pause = {0, 2000000};
	uint64_t before = 0, sum = 1;
	struct timespec began, now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	now = began;
	for (int round = 0; round < TREE_ROUNDS && sum != before && now.tv_sec - began.tv_sec < 2;
		round++) {
		before = sum;
		tree_signal(SIGSTOP, &sum);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	for (int round = 0; round < TREE_ROUNDS && tree_signal(SIGKILL, &sum) > 0; round++)
		nanosleep(&pause, NULL);
}

static void everything_end(struct init *init)
{
	if (init->tracer != NULL)
		tracer_ending(init->tracer);
	if (init->contained && getpid() == 1)
		kill(-1, SIGKILL);
	else
		tree_kill();
}

static void notes_look(struct init *init)
{
	if (flush_due) {
		flush_due = 0;
		asked_end |= init->orphaned;
		news_flush(&init->news);
	}
	if (passed_on && init->command > 0 && !init->ended)
		kill(init->command, passed_on);
	passed_on = 0;
	if (recorder_died && getppid() != init->recorder)
		asked_end = init->orphaned = init->news.keep_timer = true;
	recorder_died = 0;
	if (asked_end) {
		asked_end = 0;
		everything_end(init);
	}
}

/* ---- serving ---- */

static void exit_tell(struct init *init, pid_t pid, int status)
{
	if (pid != init->command || init->ended)
		return;
	init->ended = true;
	news_state(&init->news, NEWS_ENDED, status);
}

static void stopped(struct init *init, pid_t pid)
{
	if (pid == init->command)
		news_state(&init->news, NEWS_STOPPED, 0);
}

static void child_event(struct init *init, pid_t pid, int status)
{
	if (init->tracer != NULL && (WIFSTOPPED(status) || tracer_knows(init->tracer, pid))) {
		switch (tracer_event(init->tracer, pid, status)) {
		case TRACED_GROUP_STOP:
			stopped(init, pid);
			return;
		case TRACED_STOP:
			return;
		case TRACED_END:
			break;
		}
	}
	if (WIFSTOPPED(status))
		stopped(init, pid);
	else
		exit_tell(init, pid, status);
}

static void __attribute__((noreturn)) serve(struct init *init)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL | WUNTRACED);
		int cause = errno;

		if (pid > 0)
			child_event(init, pid, status);
		notes_look(init);
		if (pid < 0 && cause == ECHILD)
			break;
	}
	news_flush(&init->news);
	_exit(0);
}

/* ---- starting ---- */

static void calls_refused(struct init *init, int cause)
{
	char text[256];

	snprintf(text, sizeof(text),
		"calls are not recorded: tracing is refused (%s)%s; the recording goes on without "
		"them",
		strerror(cause),
		cause == EPERM || cause == EACCES
			? ": a container, a security module or kernel.yama.ptrace_scope"
			: "");
	news_note(&init->news, now_ns(), text);
	news_state(&init->news, NEWS_UNTRACED, 0);
}

/* Is this descriptor, which COMMAND will inherit, a socket? */
static bool is_socket(int fd)
{
	int type;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

/* Does the kernel take the filter? Tried by a process that ends of it. 0, or an errno. */
static int filter_try(const struct calls_options *calls)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(calls_filter_load(calls));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 ? errno : WIFEXITED(status) ? WEXITSTATUS(status) : ENOSYS;
}

static void trace(struct init *init, pid_t pid, int go)
{
	int cause;

	init->tracer = tracer_new(&init->calls, &init->news);
	cause = init->tracer == NULL ? ENOMEM : filter_try(&init->calls);
	if (cause == 0)
		cause = tracer_seize(init->tracer, pid);
	if (cause == 0 && write(go, "", 1) == 1) {
		if (init->calls.no_new_privs)
			news_note(&init->news, now_ns(),
				"--calls outside a sealed namespace: sudo and other set-user-ID "
				"programs gain nothing inside");
		return;
	}
	calls_refused(init, cause);
	init->tracer = NULL; /* never attached: what it knows is not needed */
}

static void command_fork(struct init *init, const struct command *command, int channel)
{
	int go[2];

	if (pipe2(go, O_CLOEXEC) != 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		init->calls.low[fd] = is_socket(fd);
	init->calls.no_new_privs = !process_privileged();
	init->command = fork();
	if (init->command < 0)
		_exit(1);
	if (init->command == 0) {
		close(go[1]);
		command_run(command, init, channel, go[0]);
	}
	setpgid(init->command, init->command);
	close(channel);
	close(go[0]);
	news_process(&init->news, init->command);
	if (init->calls.on)
		trace(init, init->command, go[1]);
	close(go[1]);
}

void init_run(const struct command *command, int channel, int news_fd)
{
	static char environment[ENVIRONMENT_MAX + 1];
	static struct init init;
	ssize_t length;

	init.news.fd = news_fd;
	init.news.translate = command->contained;
	init.calls = command->calls;
	init.contained = command->contained;
	init.recorder = command->recorder;
	/* signals to the recorder's group are the recorder's to pass on */
	if (relay_terminal(command->relay) != NULL)
		pty_lead();
	else
		setpgid(0, 0);
	signals_take();
	prctl(PR_SET_NAME, "tcpstate-init", 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* a change of user took it away */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, init.contained ? SIGKILL : SIGUSR1, 0, 0, 0);
	channel_say(channel, 0);
	do
		length = recv(channel, environment, ENVIRONMENT_MAX, 0);
	while (length < 0 && errno == EINTR);
	if (length <= 0)
		_exit(1);
	environment_add(environment, (size_t)length);
	command_fork(&init, command, channel);
	serve(&init);
}

void init_end(pid_t init)
{
	if (init > 0)
		sigqueue(init, SIGUSR1, (union sigval){.sival_int = END_WORD});
}
