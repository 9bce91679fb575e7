/* `record` and `lab` end with a page that can be looked at: report.html beside the recording. */
#include "page.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcpstate/lang.h"
#include "verbs.h"

static void browser_open(char *path)
{
	char *const arguments[] = {(char *)"xdg-open", path, NULL};
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid = -1;

	/* what it, or the browsers it tries, have to say is said better below */
	if (posix_spawn_file_actions_init(&actions) == 0) {
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
		posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
		if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) != 0)
			pid = -1;
		posix_spawn_file_actions_destroy(&actions);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		fprintf(stderr, _("tcpstate: xdg-open could not open %s; open it in a browser\n"),
			path);
}

void page_beside(const char *directory, bool open)
{
	char *path;

	if (!open && !isatty(STDERR_FILENO))
		return; /* nobody looks */
	if (asprintf(&path, "%s/report.html", directory) < 0)
		return;
	char *arguments[] = {(char *)"tcpstate report", (char *)"--format", (char *)"html",
		(char *)"-o", path, (char *)(uintptr_t)directory, NULL};
	if (verb_report(6, arguments) == STATUS_OK) {
		fprintf(stderr, _("tcpstate: the page is %s\n"), path);
		if (open)
			browser_open(path);
	}
	free(path);
}
