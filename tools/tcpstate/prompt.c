/* See prompt.h. Each kind of shell has its own way to be given one more file to read. */
#include "prompt.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

enum kind { NO_SHELL, BASH, ZSH, SH };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum kind shell_kind(const char *program)
{
	static const struct {
		const char *name;
		enum kind kind;
	} shells[] = {
		{"bash", BASH}, {"zsh", ZSH}, {"sh", SH}, {"dash", SH}, {"ksh", SH}, {"mksh", SH}};

	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(base_name(program), shells[i].name) == 0)
			return shells[i].kind;
	return NO_SHELL;
}

/* What a prompt shows as it stands in every shell: no shell expands it, no terminal obeys it. */
static bool is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("._+,=@-", c) != NULL;
}

/* The last part of the recording's path; of "." and "dir/" too. */
static void recording_name(const char *directory, char *name, size_t size)
{
	char path[PATH_MAX];

	if (realpath(directory, path) == NULL) { /* it is still to be made */
		snprintf(path, sizeof(path), "%s", directory);
		for (size_t end = strlen(path); end > 1 && path[end - 1] == '/'; end--)
			path[end - 1] = '\0';
	}
	snprintf(name, size, "%s", base_name(path));
	for (char *c = name; *c != '\0'; c++)
		if (!is_plain((unsigned char)*c))
			*c = '_';
}

static bool environment_add(struct prompt *prompt, const char *name, const char *value)
{
	size_t count = 0;

	while (prompt->environment[count] != NULL)
		count++;
	return asprintf(&prompt->environment[count], "%s=%s", name, value) >= 0 ||
	       (prompt->environment[count] = NULL, false);
}

static bool prompt_name(struct prompt *prompt, const char *directory, unsigned number)
{
	static const char *const ordinals[] = {
		"one", "two", "three", "four", "five", "six", "seven", "eight", "nine"};
	char name[64], text[96], digits[16];
	bool spelt = number >= 1 && number <= sizeof(ordinals) / sizeof(ordinals[0]);

	recording_name(directory, name, sizeof(name));
	snprintf(digits, sizeof(digits), "%u", number);
	snprintf(text, sizeof(text), "%s(%s)", spelt ? ordinals[number - 1] : digits, name);
	return environment_add(prompt, "TCPSTATE_PROMPT", text);
}

static bool shell_prepare(struct prompt *prompt, enum kind kind, char **argv)
{
	const char *old = getenv(kind == ZSH ? "ZDOTDIR" : "ENV");
	size_t count = 0;

	prompt->file = paths_shell(kind == BASH ? "bash.rc" : kind == ZSH ? "zsh" : "sh.rc");
	if (prompt->file == NULL || access(prompt->file, R_OK) != 0)
		return false;
	prompt->argv[count++] = argv[0];
	if (kind == BASH) {
		prompt->argv[count++] = (char *)(uintptr_t) "--rcfile";
		prompt->argv[count++] = prompt->file;
	}
	prompt->argv[count] = argv[1];
	if (kind == ZSH)
		return environment_add(prompt, "TCPSTATE_ZDOTDIR", old != NULL ? old : "") &&
		       environment_add(prompt, "ZDOTDIR", prompt->file);
	if (kind == SH)
		return environment_add(prompt, "TCPSTATE_ENV", old != NULL ? old : "") &&
		       environment_add(prompt, "ENV", prompt->file);
	return true;
}

bool prompt_shell(struct prompt *prompt, char **argv, const char *directory, unsigned number)
{
	enum kind kind = shell_kind(argv[0]);
	bool alone = argv[1] == NULL || (strcmp(argv[1], "-i") == 0 && argv[2] == NULL);

	*prompt = (struct prompt){.file = NULL};
	return kind != NO_SHELL && alone && isatty(STDIN_FILENO) && isatty(STDERR_FILENO) &&
	       prompt_name(prompt, directory, number) && shell_prepare(prompt, kind, argv);
}

void prompt_free(struct prompt *prompt)
{
	for (size_t i = 0; i < PROMPT_WORDS; i++)
		free(prompt->environment[i]);
	free(prompt->file);
}
