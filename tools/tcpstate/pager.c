/* The pager is the shell's command $PAGER; less gets git's options (quit if it fits on one screen,
 * colours, no clearing) unless LESS says otherwise. */
#include "pager.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");

	for (const char *at = path != NULL ? path : ""; *at != '\0';) {
		size_t length = strcspn(at, ":");
		char name[4096];

		if (snprintf(name, sizeof(name), "%.*s/%s", (int)length, at, program) <
				(int)sizeof(name) &&
			access(name, X_OK) == 0)
			return true;
		at += length + (at[length] == ':');
	}
	return false;
}

/* NULL: none is wanted */
static const char *pager_command(void)
{
	const char *command = getenv("PAGER"), *terminal = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || terminal == NULL || strcmp(terminal, "dumb") == 0)
		return NULL;
	if (command == NULL)
		command = in_path("less") ? "less" : "";
	return *command == '\0' || strcmp(command, "cat") == 0 ? NULL : command;
}

void pager_begin(struct pager *pager)
{
	const char *command = pager_command();
	char *arguments[] = {(char *)"sh", (char *)"-c", (char *)command, NULL};
	posix_spawn_file_actions_t actions;
	int ends[2];

	*pager = (struct pager){.terminal = -1};
	if (command == NULL || pipe(ends) != 0)
		return;
	fflush(stdout);
	setenv("LESS", "FRX", 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	posix_spawn_file_actions_addclose(&actions, ends[1]);
	if (posix_spawnp(&pager->pid, "sh", &actions, NULL, arguments, environ) != 0)
		pager->pid = 0;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	if (pager->pid > 0) {
		signal(SIGPIPE, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		pager->terminal = dup(STDOUT_FILENO);
		dup2(ends[1], STDOUT_FILENO);
	}
	close(ends[1]);
}

void pager_end(struct pager *pager)
{
	if (pager->pid <= 0)
		return;
	fflush(stdout);
	/* closes the pipe, the pager sees the end */
	dup2(pager->terminal, STDOUT_FILENO);
	close(pager->terminal);
	while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
		;
	clearerr(stdout);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	pager->pid = 0;
}
