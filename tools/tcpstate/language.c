/* The language: found in the options or the environment, its catalogue beside the program or where
 * it was installed. No locale need be installed, and numbers stay as they are. */
#include "language.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "help.h"
#include "paths.h"
#include "tcpstate/lang.h"
#include "terminal.h"
#include "verbs.h"

static const char *const languages[] = {"zh"};

/* Does the name of a locale ("zh_CN.UTF-8", "zh-Hans", "zh") begin with this language? */
static bool is_language(const char *locale, const char *language)
{
	size_t length = strlen(language);

	return strncmp(locale, language, length) == 0 && strchr("_-.@:", locale[length]) != NULL;
}

/* The catalogue's bytes; mapped, and kept for as long as the program runs. */
static const void *catalogue_map(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *bytes;

	if (fd < 0)
		return NULL;
	bytes = fstat(fd, &status) == 0 && status.st_size > 0
			? mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
			: MAP_FAILED;
	close(fd);
	*size = (size_t)status.st_size;
	return bytes != MAP_FAILED ? bytes : NULL;
}

static int language_load(const char *language, struct error *error)
{
	char *path = paths_catalogue(language);
	size_t size = 0;
	const void *bytes = path != NULL ? catalogue_map(path, &size) : NULL;
	int result = 0;

	if (bytes == NULL)
		result = error_set(error,
			"%s: %s; `make' builds the catalogues, TCPSTATE_LOCALEDIR names another "
			"place for them",
			path != NULL ? path : language, strerror(errno));
	else if (lang_use(bytes, size) != 0)
		result = error_set(error, "%s: not a catalogue that this program can read", path);
	free(path);
	return result;
}

int language_set(const char *name, struct error *error)
{
	if (strcmp(name, "en") == 0) {
		lang_english();
		setenv("TCPSTATE_LANG", "en", 1);
		return 0;
	}
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		if (!is_language(name, languages[i]))
			continue;
		if (language_load(languages[i], error) != 0)
			return -1;
		setenv("TCPSTATE_LANG", languages[i], 1);
		return 0;
	}
	return error_set(
		error, "--lang %s: not a language of this program; there are en and zh", name);
}

/* As gettext chooses: LC_ALL, LC_MESSAGES or LANG names the locale; LANGUAGE, a list, comes before
 * it unless that is C. */
static const char *environment_wish(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	const char *own = getenv("TCPSTATE_LANG"), *list = getenv("LANGUAGE"), *locale = "";

	if (own != NULL && *own != '\0')
		return own;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && *locale == '\0'; i++)
		if (getenv(names[i]) != NULL)
			locale = getenv(names[i]);
	if (*locale == '\0' || is_language(locale, "C") || is_language(locale, "POSIX"))
		return "en";
	return list != NULL && *list != '\0' ? list : locale;
}

void language_from_environment(void)
{
	const char *wish = environment_wish();

	/* of a list the first that we have */
	for (; *wish != '\0'; wish += strcspn(wish, ":"), wish += *wish == ':') {
		if (is_language(wish, "en"))
			return;
		for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
			if (is_language(wish, languages[i])) {
				language_load(languages[i], NULL);
				return;
			}
	}
}

int language_first(int *argc, char **argv, struct error *error)
{
	while (*argc > 1 && strncmp(argv[1], "--lang", 6) == 0) {
		const char *value = argv[1][6] == '='    ? argv[1] + 7
				    : argv[1][6] == '\0' ? argv[2]
							 : NULL;
		int words = argv[1][6] == '=' ? 1 : 2;

		if (argv[1][6] != '=' && argv[1][6] != '\0')
			return 0;
		if (value == NULL)
			return error_set(error, "--lang wants a language: en or zh");
		if (language_set(value, error) != 0)
			return -1;
		*argc -= words;
		memmove(argv + 1, argv + 1 + words, (size_t)*argc * sizeof(*argv));
	}
	return 0;
}

void usage_error(const struct argp_state *state, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", state->name);
	va_start(arguments, format);
	terminal_vsay(lang_text(format), arguments);
	va_end(arguments);
	help_hint(state->name);
	exit(STATUS_USAGE);
}
