/* The options of an experiment, as common.sh lists them when TCPSTATE_LAB_ASK is "help": a line
 * each, fields between tabs; when it is "options" it says what is wrong with those that were given.
 * The sentences are made here, in the user's language. */
#include "lab_help.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcpstate/lang.h"
#include "terminal.h"
#include "verbs.h"

extern char **environ;

enum { LINE = 79, INDENT = 22, LIMITS = 256, MOST = 3 };

/* LOW, HIGH: of a number, else empty; WORDS: those allowed beside it, or instead; LIST: "," where
 * several numbers may be given. FLAG stands in WORDS of an option without a value. */
enum field { NAME, LOW, HIGH, WORDS, LIST, DEFAULT, ABOUT, FIELDS };

/* What may be given, and what is taken without it, in clauses: "0 to 200", "default 1". */
static size_t clauses(char *const *field, char (*text)[LIMITS])
{
	size_t count = 0;

	if (*field[LOW] != '\0' && *field[WORDS] != '\0')
		snprintf(text[count++], LIMITS, _("%s, or %s to %s"), field[WORDS], field[LOW],
			field[HIGH]);
	else if (*field[LOW] != '\0')
		snprintf(text[count++], LIMITS, _("%s to %s"), field[LOW], field[HIGH]);
	else if (*field[WORDS] != '\0')
		snprintf(text[count++], LIMITS, "%s", field[WORDS]);
	if (*field[LIST] != '\0')
		snprintf(text[count++], LIMITS, "%s", _("lists as A,B..C"));
	if (*field[DEFAULT] != '\0')
		snprintf(text[count++], LIMITS, _("default %s"), field[DEFAULT]);
	return count;
}

/* What stands for the value in "--NAME=VALUE". */
static const char *value_word(char *const *field)
{
	if (*field[LIST] != '\0')
		return "N,...";
	if (*field[LOW] != '\0')
		return "N";
	return *field[WORDS] != '\0' ? "WORD" : "TEXT";
}

/* The fields of a line, which are empty where it is too short. */
static void fields_of(char *line, char **field, size_t count)
{
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	char *end = line + strlen(line);
	for (size_t i = 0; i < count; i++)
		if ((field[i] = strsep(&rest, "\t")) == NULL)
			field[i] = end;
}

/* What the option is about, and in brackets what it takes: a string to be freed; NULL: out of
 * memory. */
static char *about(char *const *field)
{
	char part[MOST][LIMITS], *text = NULL;
	size_t size, count = strcmp(field[WORDS], "flag") == 0 ? 0 : clauses(field, part);
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	fputs(lang_text(field[ABOUT]), out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%s", i == 0 ? _(" (") : _("; "), part[i]);
	fputs(count > 0 ? _(")") : "", out);
	return fclose(out) == 0 ? text : NULL;
}

static void option_print(char *line)
{
	char *field[FIELDS], *text;

	fields_of(line, field, FIELDS);
	bool flag = strcmp(field[WORDS], "flag") == 0;
	if ((text = about(field)) == NULL)
		return;
	printf("  --%s%s", field[NAME], flag ? "" : "=");
	size_t at = 4 + strlen(field[NAME]);
	if (!flag)
		at += 1 + (size_t)printf("%s", value_word(field));
	printf("%*s", at + 2 > INDENT ? 0 : (int)(INDENT - at), "");
	if (at + 2 > INDENT)
		printf("\n%*s", INDENT, "");
	terminal_fold(stdout, LINE, INDENT, INDENT, text);
	free(text);
}

/* The script's output when it is asked, as a stream; NULL: it could not be started. */
static FILE *script_ask(const char *question, char *const *command, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int ends[2], failed;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	setenv("TCPSTATE_LAB_ASK", question, 1);
	failed = posix_spawnp(pid, command[0], &actions, NULL, command, environ);
	unsetenv("TCPSTATE_LAB_ASK");
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (failed == 0)
		return fdopen(ends[0], "r");
	close(ends[0]);
	errno = failed;
	return NULL;
}

int lab_help_print(const char *name, const char *summary, char *const *command, struct error *error)
{
	pid_t pid;
	FILE *lines = script_ask("help", command, &pid);
	char *line = NULL;
	size_t size = 0;
	int status = 0;

	if (lines == NULL)
		return error_set(error, "%s: %s", name, strerror(errno));
	printf(_("Usage: tcpstate lab %s [OPTION...]\n"), name);
	terminal_fold(stdout, LINE, 0, 0, lang_text(summary));
	putchar('\n');
	while (getline(&line, &size, lines) > 0)
		option_print(line);
	putchar('\n');
	terminal_fold(stdout, LINE, 0, 0,
		_("--output, --sysctl, --calls, --no-calls, --open and --no-page: see `tcpstate "
		  "lab --help'."));
	free(line);
	fclose(lines);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return error_set(error, "%s: its script could not say what its options are", name);
	return 0;
}

/* ---- options that cannot be taken ---- */

/* What stands before the option's row, when one has been refused. */
enum refused { KIND, OPTION, VALUE, ROW, REFUSED = ROW + FIELDS };

/* What would be taken: a choice between words says more than the help. To be freed. */
static char *wanted(char *const *field)
{
	char *without_default[FIELDS];

	if (*field[LOW] == '\0' && *field[WORDS] != '\0')
		return strdup(field[WORDS]);
	memcpy(without_default, field, sizeof(without_default));
	without_default[DEFAULT] = field[DEFAULT] + strlen(field[DEFAULT]);
	return about(without_default);
}

/* False: this line tells of no option. */
static bool refusal_print(const char *name, char *line)
{
	char *field[REFUSED], *form, *said = NULL;
	int length = -1;

	fields_of(line, field, REFUSED);
	if ((form = wanted(field + ROW)) == NULL)
		return false;
	if (strcmp(field[KIND], "unknown") == 0)
		length = asprintf(&said, _("unknown option '%s'"), field[OPTION]);
	else if (strcmp(field[KIND], "no-value") == 0)
		length = asprintf(&said, _("%s wants a value: %s"), field[OPTION], form);
	else if (strcmp(field[KIND], "value") == 0)
		length = asprintf(
			&said, _("%s '%s': wanted: %s"), field[OPTION], field[VALUE], form);
	else if (strcmp(field[KIND], "no-server") == 0)
		length = asprintf(&said, _("%s goes with --server"), field[OPTION]);
	free(form);
	if (length < 0)
		return false;
	terminal_say(_("tcpstate lab %s: %s; try --help"), name, said);
	free(said);
	return true;
}

bool lab_options_taken(const char *name, char *const *command)
{
	pid_t pid;
	FILE *lines = script_ask("options", command, &pid);
	char *line = NULL;
	size_t size = 0;
	int status = 0;

	if (lines == NULL)
		return true; /* what starts it for good says why it cannot */
	while (getline(&line, &size, lines) > 0 && !refusal_print(name, line)) {
	}
	free(line);
	fclose(lines);
	return waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	       WEXITSTATUS(status) != STATUS_USAGE;
}
