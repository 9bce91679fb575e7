/* `record` and `lab` end with a page that can be looked at: report.html beside the recording. */
#include "page.h"

#include <errno.h>
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
#include "terminal.h"
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

static bool report_make(const char *directory)
{
	char *arguments[] = {(char *)"tcpstate report", (char *)"--format", (char *)"html",
		(char *)(uintptr_t)directory, NULL};

	return verb_report(4, arguments) == STATUS_OK;
}

/* As standard output, into a new file of this directory, which takes the place of whatever has its
 * name: a pipe or a link there is not written into. */
static bool page_write_into(int folder, const char *directory, const char *path)
{
	char temporary[40];
	int fd;

	snprintf(temporary, sizeof(temporary), ".report.html.%ld", (long)getpid());
	unlinkat(folder, temporary, 0);
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd >= 0 && dup2(fd, STDOUT_FILENO) == STDOUT_FILENO && close(fd) == 0 &&
		!report_make(directory)) {
		unlinkat(folder, temporary, 0);
		return false;
	}
	if (fd >= 0 && fflush(stdout) == 0 &&
		renameat(folder, temporary, folder, "report.html") == 0)
		return true;
	terminal_say("tcpstate: %s: %s", path, strerror(errno));
	unlinkat(folder, temporary, 0);
	return false;
}

/* Its name on standard error; NULL: it could not be written, as was said. */
static char *page_write(const char *directory)
{
	int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *path = NULL;
	bool written = asprintf(&path, "%s/report.html", directory) >= 0 &&
		       page_write_into(folder, directory, path);

	if (folder >= 0)
		close(folder);
	if (written) {
		terminal_say(_("tcpstate: the page is %s"), path);
		return path;
	}
	free(path);
	return NULL;
}

/* Waits for the recording's name, as long as it takes: ^C is for the recorder. */
static _Noreturn void writer_run(int fd, bool open)
{
	char directory[PATH_MAX], *path;

	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	ssize_t length = recv(fd, directory, sizeof(directory) - 1, 0);
	if (length <= 0 || !invoker_become())
		_exit(EXIT_SUCCESS); /* there is no recording */
	directory[length] = '\0';
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	path = page_write(directory);
	if (path != NULL && open && !browser_open(path))
		terminal_say(_("tcpstate: xdg-open could not open %s; open it in a browser"), path);
	free(path);
	fflush(NULL);
	_exit(EXIT_SUCCESS);
}

/* ---- the recorder ---- */

void page_writer_start(struct page_writer *writer, enum page_wanted wanted)
{
	int pair[2];

	writer->fd = -1;
	if (wanted == PAGE_LEFT_OUT)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return;
	fflush(NULL);
	/* no child of the recorder: those it takes for what a command has left */
	pid_t between = fork();
	if (between == 0) {
		close(pair[1]);
		if (fork() == 0)
			writer_run(pair[0], wanted == PAGE_OPENED);
		_exit(EXIT_SUCCESS);
	}
	close(pair[0]);
	writer->fd = pair[1];
	if (between > 0)
		waitpid(between, NULL, 0);
}

void page_beside(const char *directory, const struct page_writer *writer)
{
	size_t length = strlen(directory);
	char end;

	if (writer->fd < 0 || length >= PATH_MAX ||
		send(writer->fd, directory, length, MSG_NOSIGNAL) != (ssize_t)length)
		return;
	while (recv(writer->fd, &end, 1, 0) < 0 && errno == EINTR) /* until it is done */
		;
}
