/* `record` and `lab` end with a page that can be looked at: report.html beside the recording. */
#include "page.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sealed.h"
#include "tcpstate/lang.h"
#include "verbs.h"

/* ---- the process outside ---- */

static bool invoker_become(void)
{
	struct invoker invoker = invoker_find();
	const struct passwd *user = invoker.sudo ? getpwuid(invoker.uid) : NULL;

	if (!invoker.sudo)
		return true;
	if ((user != NULL ? initgroups(user->pw_name, invoker.gid) : setgroups(0, NULL)) != 0 ||
		setresgid(invoker.gid, invoker.gid, invoker.gid) != 0 ||
		setresuid(invoker.uid, invoker.uid, invoker.uid) != 0)
		return false;
	if (user != NULL) { /* HOME may be root's still, where the browser could not write */
		setenv("HOME", user->pw_dir, 1);
		setenv("USER", user->pw_name, 1);
		setenv("LOGNAME", user->pw_name, 1);
	}
	return true;
}

/* false: there is none, or it could not open it */
static bool browser_open(char *path)
{
	char *const arguments[] = {(char *)"xdg-open", path, NULL};
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t pid;

	/* what it, or the browsers it tries, have to say is said better by the recorder */
	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) != 0 ||
		waitpid(pid, &status, 0) != pid)
		status = -1;
	posix_spawn_file_actions_destroy(&actions);
	return status == 0;
}

/* Waits for the path, as long as the recording takes: ^C is for the recorder. */
static _Noreturn void opener_run(int fd)
{
	char path[PATH_MAX];

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	ssize_t length = recv(fd, path, sizeof(path) - 1, 0);
	if (length <= 0)
		_exit(EXIT_SUCCESS); /* there is no page */
	path[length] = '\0';
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (invoker_become() && browser_open(path))
		send(fd, "", 1, MSG_NOSIGNAL);
	_exit(EXIT_SUCCESS);
}

/* ---- the recorder ---- */

void page_opener_start(struct page_opener *opener, bool open)
{
	int pair[2];

	*opener = (struct page_opener){.wanted = open, .fd = -1};
	if (!open)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	fflush(NULL);
	/* no child of the recorder: those it takes for what a command has left */
	pid_t between = fork();
	if (between == 0) {
		close(pair[1]);
		if (fork() == 0)
			opener_run(pair[0]);
		_exit(EXIT_SUCCESS);
	}
	close(pair[0]);
	opener->fd = pair[1];
	if (between > 0)
		waitpid(between, NULL, 0);
}

static bool opener_tell(const struct page_opener *opener, const char *path)
{
	ssize_t length = (ssize_t)strlen(path);
	char opened;

	return length < PATH_MAX &&
	       send(opener->fd, path, (size_t)length, MSG_NOSIGNAL) == length &&
	       recv(opener->fd, &opened, 1, 0) == 1;
}

void page_beside(const char *directory, const struct page_opener *opener)
{
	char *path;

	if (!opener->wanted && !isatty(STDERR_FILENO))
		return; /* nobody looks */
	if (asprintf(&path, "%s/report.html", directory) < 0)
		return;
	char *arguments[] = {(char *)"tcpstate report", (char *)"--format", (char *)"html",
		(char *)"-o", path, (char *)(uintptr_t)directory, NULL};
	if (verb_report(6, arguments) == STATUS_OK) {
		fprintf(stderr, _("tcpstate: the page is %s\n"), path);
		if (opener->wanted && !opener_tell(opener, path))
			fprintf(stderr,
				_("tcpstate: xdg-open could not open %s; open it in a browser\n"),
				path);
	}
	free(path);
}
