/* A page printed by a browser without a window: Chromium, under one of the names it goes by. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats.h"

extern char **environ;

static const char *const browsers[] = {
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"};

/* Waits for it; its exit status, -1: it is not installed. */
static int browser_run(const char *browser, char *const arguments[])
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, browser, &actions, NULL, arguments, environ) == 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	posix_spawn_file_actions_destroy(&actions);
	return status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 127) ? -1 : status;
}

static char *printed(const char *format, const char *text)
{
	char *argument;

	return asprintf(&argument, format, text) < 0 ? NULL : argument;
}

static int thing_remove(const char *path, const struct stat *status, int kind, struct FTW *place)
{
	(void)status;
	(void)kind;
	(void)place;
	remove(path); /* what stays is below /tmp */
	return 0;
}

int pdf_print(const char *page, const char *pdf, struct error *error)
{
	char home[] = "/tmp/tcpstate-pdf-XXXXXX", *real = realpath(page, NULL);
	struct stat status;
	int result = -1;

	if (real == NULL || mkdtemp(home) == NULL) {
		error_set(error, "%s: %s", real == NULL ? page : home, strerror(errno));
		free(real);
		return -1;
	}
	char *to = printed("--print-to-pdf=%s", pdf), *data = printed("--user-data-dir=%s", home),
	     *from = printed("file://%s", real);
	/* a sandbox of its own is refused to root; the page's policy lets nothing run or load */
	const char *arguments[] = {NULL, "--headless", "--disable-gpu", "--no-pdf-header-footer",
		to, data, from, geteuid() == 0 ? "--no-sandbox" : NULL, NULL};
	for (size_t i = 0; to != NULL && data != NULL && from != NULL && result == -1 &&
			   i < sizeof(browsers) / sizeof(browsers[0]);
		i++) {
		arguments[0] = browsers[i];
		result = browser_run(browsers[i], (char *const *)arguments);
	}
	if (result == -1)
		error_set(error, "--format pdf needs Chromium, which is not installed (apt install "
				 "chromium); --format html can be printed by any browser");
	else if (result != 0 || stat(pdf, &status) != 0 || status.st_size == 0)
		result = error_set(error, "%s: Chromium could not print it", pdf);
	nftw(home, thing_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(to);
	free(data);
	free(from);
	free(real);
	return result == 0 ? 0 : -1;
}
