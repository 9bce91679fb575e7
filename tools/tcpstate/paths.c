/* In a build folder the programs are in BUILD/labs, installed in libexec/tcpstate; the plain ones
 * are in plain/ and the scripts in experiments/ beside them. */
#include "paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool directory_exists(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISDIR(status.st_mode);
}

/* The directory this program is in; false when /proc is missing. */
static bool own_directory(char *directory, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", directory, size - 1);
	char *slash;

	if (length <= 0)
		return false;
	directory[length] = '\0';
	slash = strrchr(directory, '/');
	if (slash == NULL)
		return false;
	*slash = '\0';
	return true;
}

/* Where the lab programs are, and in its experiments/ the scripts: as the caller wishes, in a build
 * folder, as installed, as installed and moved. */
static void labs_directory(const char *own, char *labs, size_t size)
{
	const char *override = getenv("TCPSTATE_LIBEXEC");

	if (override != NULL && *override) {
		snprintf(labs, size, "%s", override);
		return;
	}
	snprintf(labs, size, "%s/labs", own);
	if (directory_exists(labs))
		return;
	snprintf(labs, size, "%s/../libexec/tcpstate", own);
	if (directory_exists(TCPSTATE_LIBEXEC) || !directory_exists(labs))
		snprintf(labs, size, "%s", TCPSTATE_LIBEXEC);
}

char *paths_programs(void)
{
	char own[PATH_MAX], labs[PATH_MAX + 24], *paths;

	if (!own_directory(own, sizeof(own)))
		own[0] = '\0';
	labs_directory(own, labs, sizeof(labs));
	return asprintf(&paths, "%s%s%s:%s/plain", own, *own ? ":" : "", labs, labs) < 0 ? NULL
											 : paths;
}

char *paths_experiments(void)
{
	char own[PATH_MAX], labs[PATH_MAX + 24], *path;

	if (!own_directory(own, sizeof(own)))
		own[0] = '\0';
	labs_directory(own, labs, sizeof(labs));
	if (asprintf(&path, "%s/experiments", labs) < 0)
		return NULL;
	if (!directory_exists(path))
		strcpy(path, labs); /* shorter */
	return path;
}

char *paths_shell(const char *name)
{
	char own[PATH_MAX], labs[PATH_MAX + 24], *path;

	if (!own_directory(own, sizeof(own)))
		own[0] = '\0';
	labs_directory(own, labs, sizeof(labs));
	return asprintf(&path, "%s/shell/%s", labs, name) < 0 ? NULL : path;
}

char *paths_catalogue(const char *language)
{
	const char *override = getenv("TCPSTATE_LOCALEDIR");
	char own[PATH_MAX], locale[PATH_MAX + 24], *path;

	if (!own_directory(own, sizeof(own)))
		own[0] = '\0';
	snprintf(locale, sizeof(locale), "%s/locale", own);
	if (override != NULL && *override != '\0')
		snprintf(locale, sizeof(locale), "%s", override);
	else if (!directory_exists(locale))
		snprintf(locale, sizeof(locale), "%s/../share/locale", own);
	if ((override == NULL || *override == '\0') && !directory_exists(locale))
		snprintf(locale, sizeof(locale), "%s", TCPSTATE_LOCALEDIR);
	return asprintf(&path, "%s/%s/LC_MESSAGES/tcpstate.mo", locale, language) < 0 ? NULL : path;
}
