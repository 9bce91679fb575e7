/* tcpstate lab: the shipped experiments. Each is a script, run sealed and recorded; its checks
 * decide, its report is printed. */
#include "verbs.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lab_help.h"
#include "language.h"
#include "page.h"
#include "nearest.h"
#include "paths.h"
#include "session.h"
#include "sysctls.h"
#include "tcpstate/lang.h"
#include "terminal.h"

static const char usage_text[] =
	N_("Usage: tcpstate lab [NAME [-o DIR] [--sysctl NAME=VALUE]... [OPTIONS]]\n"
	   "Run a shipped experiment in a sealed namespace, record it and print its report.\n"
	   "Without NAME, list them. A NAME with a slash is the file of one of your own.\n"
	   "\n"
	   "  -o, --output=DIR           the recording's directory (default:\n"
	   "                             ./tcpstate-lab-NAME-DATE-TIME)\n"
	   "      --lang=LANG            language: en or zh (default: that of the locale)\n"
	   "      --sysctl=NAME=VALUE    set it in the sealed namespace first; repeatable\n"
	   "      --calls[=sockets]      record what the programs ask the kernel for, too;\n"
	   "                             backlog-serve-one, byte-order and concurrent do\n"
	   "      --no-calls             do not, in those either\n"
	   "      --open                 open the page that is written beside the recording,\n"
	   "                             report.html\n"
	   "      --no-page              write no page\n"
	   "      --server=COMMAND       your own instead, './mine {port} {backlog}': of\n"
	   "                             backlog, byte-order, close-wait, concurrent,\n"
	   "                             time-wait\n"
	   "      --client=COMMAND       with --server: your own, './mine {host} {port}'\n"
	   "  -h, --help                 this; after NAME: that experiment's options\n"
	   "      --version              print program version\n"
	   "\n"
	   "All other OPTIONS are the experiment's own. An experiment is a shell script that\n"
	   "starts programs, waits for states (tcpstate wait), names its phases (mark) and\n"
	   "predicts (expect). It announces its checks by `tcpstate expect --plan N'.\n"
	   "Exit status 1 when a check does not match, when one that was announced is\n"
	   "missing, when there is none at all, or when the script fails.\n");

struct arguments {
	const char *name, *path; /* path: of its script */
	char *directory;
	const char **sysctls;
	size_t sysctl_count;
	struct calls_options calls;
	bool no_calls;
	char **command; /* script and its options, NULL-terminated */
	size_t command_count;
	char report[64];   /* an option for its report, or "" */
	char summary[512]; /* what it is about, or "" */
	enum page_wanted page;
	char own[64];       /* NAME of an experiment that was given as a file */
	bool help, unnamed; /* unnamed: the directory's name is ours */
};

/* ---- the list ---- */

/* "# WORD: TEXT" below the script's first line: its summary, an option of its report, and whether
 * calls are recorded unless --no-calls forbids it ("on"). */
enum { HEAD_LINES = 4 };
static void head_read(const char *path, const char *word, char *text, size_t size)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(word);
	char line[512];

	*text = '\0';
	for (int i = 0; file != NULL && i < HEAD_LINES && fgets(line, sizeof(line), file) != NULL;
		i++) {
		line[strcspn(line, "\n")] = '\0';
		if (i > 0 && !strncmp(line, "# ", 2) && !strncmp(line + 2, word, length) &&
			line[2 + length] == ':')
			snprintf(text, size, "%s",
				line + 3 + length + strspn(line + 3 + length, " \t"));
	}
	if (file != NULL)
		fclose(file);
}

/* Without a summary it is a part of others, not an experiment. */
static int script_wanted(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 3 && entry->d_name[0] != '.' && !strcmp(entry->d_name + length - 3, ".sh");
}

/* By name, without the ".sh": "backlog" before "backlog-legacy". */
static int script_compare(const struct dirent **left, const struct dirent **right)
{
	size_t a = strlen((*left)->d_name) - 3, b = strlen((*right)->d_name) - 3;
	int order = memcmp((*left)->d_name, (*right)->d_name, a < b ? a : b);

	return order ? order : (a > b) - (a < b);
}

static int labs_list(const char *directory, struct error *error)
{
	enum { INDENT = 19 };
	struct dirent **entries;
	int count = scandir(directory, &entries, script_wanted, script_compare), listed = 0;

	if (count < 0)
		return error_set(error,
			"%s: %s; TCPSTATE_LIBEXEC names another place for the experiments",
			directory, strerror(errno));
	for (int i = 0; i < count; i++) {
		char path[4096], summary[512];

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		head_read(path, "summary", summary, sizeof(summary));
		if (*summary) {
			printf("%-*.*s ", INDENT - 1, (int)strlen(entries[i]->d_name) - 3,
				entries[i]->d_name);
			terminal_fold(stdout, terminal_columns(stdout), INDENT, INDENT,
				lang_text(summary));
			listed++;
		}
		free(entries[i]);
	}
	free(entries);
	return listed ? 0
		      : error_set(error,
				"%s: no experiment is there; TCPSTATE_LIBEXEC names another place",
				directory);
}

/* There is none of this NAME: what is there that looks like it? */
static int name_refuse(
	const char *name, const char *path, const char *directory, struct error *error)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, script_wanted, script_compare);
	const char **names = calloc(count > 0 ? (size_t)count : 1, sizeof(*names)), *meant = NULL;

	for (int i = 0; names != NULL && i < count; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 3] = '\0';
		names[i] = entries[i]->d_name;
	}
	if (names != NULL && count > 0)
		meant = nearest(name, names, (size_t)count);
	if (meant != NULL)
		error_set(error, "there is no experiment \"%s\"; did you mean %s?", name, meant);
	else
		error_set(error, "there is no experiment \"%s\" (%s); `tcpstate lab' lists them",
			name, path);
	while (count > 0)
		free(entries[--count]);
	if (count == 0)
		free(entries);
	free(names);
	return -1;
}

/* ---- the command line: options after NAME are the script's, but for ours ---- */

/* The value of an option written -oV, -o V, --long=V or --long V; NULL when argv[*at] is not this
 * option. */
static const char *option_value(
	char **argv, int *at, char letter, const char *name, struct error *error, bool *bad)
{
	const char *word = argv[*at];
	size_t length = strlen(name);

	if (letter && word[0] == '-' && word[1] == letter && word[2])
		return word + 2;
	if (!strncmp(word, "--", 2) && !strncmp(word + 2, name, length) && word[2 + length] == '=')
		return word + 3 + length;
	if (!(letter && word[0] == '-' && word[1] == letter && !word[2]) &&
		!(!strncmp(word, "--", 2) && !strcmp(word + 2, name)))
		return NULL;
	if (argv[*at + 1] == NULL) {
		*bad = true;
		error_set(error, "%s wants a value", word);
		return NULL;
	}
	return argv[++*at];
}

/* --calls=WORD */
static bool calls_of_word(struct arguments *arguments, const char *word, struct error *error)
{
	if (strcmp(word, "sockets") != 0) {
		error_set(error, "--calls=%s: the only word it takes is \"sockets\"", word);
		return true;
	}
	arguments->calls = (struct calls_options){.on = true, .output = true, .sockets = true};
	return false;
}

static int arguments_parse(struct arguments *arguments, char **argv, struct error *error)
{
	bool bad = false;

	for (int at = 2; argv[at] != NULL && !bad; at++) {
		const char *value;

		if (!strcmp(argv[at], "--"))
			continue;
		if ((value = option_value(argv, &at, 'o', "output", error, &bad)) != NULL) {
			free(arguments->directory);
			arguments->directory = strdup(value);
		} else if (!bad &&
			   (value = option_value(argv, &at, 0, "lang", error, &bad)) != NULL) {
			bad = language_set(value, error) != 0;
		} else if (!bad &&
			   (value = option_value(argv, &at, 0, "sysctl", error, &bad)) != NULL) {
			bad = sysctl_check(value, error);
			arguments->sysctls[arguments->sysctl_count++] = value;
		} else if (!bad && !strcmp(argv[at], "--calls")) {
			arguments->calls = (struct calls_options){.on = true, .output = true};
		} else if (!bad && !strncmp(argv[at], "--calls=", strlen("--calls="))) {
			bad = calls_of_word(arguments, argv[at] + strlen("--calls="), error);
		} else if (!bad && !strcmp(argv[at], "--no-calls")) {
			arguments->no_calls = true;
		} else if (!bad && !strcmp(argv[at], "--open")) {
			arguments->page = PAGE_OPENED;
		} else if (!bad && !strcmp(argv[at], "--no-page")) {
			arguments->page = PAGE_LEFT_OUT;
		} else if (!bad) {
			bool help = !strcmp(argv[at], "--help") || !strcmp(argv[at], "-h") ||
				    !strcmp(argv[at], "-?");

			arguments->help |= help;
			if (!help)
				arguments->command[arguments->command_count++] = argv[at];
		}
	}
	return bad ? -1 : 0;
}

/* An experiment of one's own, anywhere: NAME is its path, with a slash in it. */
static int own_script(struct arguments *arguments, char *path, size_t size, struct error *error)
{
	const char *base = strrchr(arguments->name, '/') + 1;
	size_t length = strlen(base);

	if (realpath(arguments->name, path) == NULL || size < PATH_MAX || access(path, R_OK))
		return error_set(error, "%s: %s", arguments->name, strerror(errno));
	if (length > 3 && !strcmp(base + length - 3, ".sh"))
		length -= 3;
	head_read(path, "summary", arguments->summary, sizeof(arguments->summary));
	head_read(path, "report", arguments->report, sizeof(arguments->report));
	snprintf(arguments->own, sizeof(arguments->own), "%.*s", (int)length, base);
	arguments->name = arguments->own;
	if (access(path, X_OK))
		arguments->command[arguments->command_count++] = (char *)"bash";
	arguments->command[arguments->command_count++] = path;
	arguments->path = path;
	return 0;
}

/* An experiment may want calls: it measures nothing that they cost. */
static void calls_decide(struct arguments *arguments)
{
	char calls[8];

	head_read(arguments->path, "calls", calls, sizeof(calls));
	if (arguments->no_calls)
		arguments->calls = (struct calls_options){.on = false};
	else if (!arguments->calls.on && !strcmp(calls, "on"))
		arguments->calls = (struct calls_options){.on = true, .output = true};
}

static int script_find(struct arguments *arguments, const char *directory, char *path, size_t size,
	struct error *error)
{
	if (strchr(arguments->name, '/') != NULL)
		return own_script(arguments, path, size, error);
	if (snprintf(path, size, "%s/%s.sh", directory, arguments->name) >= (int)size)
		return error_set(error, "\"%s\" is no experiment; `tcpstate lab' lists them",
			arguments->name);
	head_read(path, "summary", arguments->summary, sizeof(arguments->summary));
	if (!*arguments->summary)
		return name_refuse(arguments->name, path, directory, error);
	head_read(path, "report", arguments->report, sizeof(arguments->report));
	if (access(path, X_OK)) {
		arguments->command[arguments->command_count++] = (char *)"sh";
	}
	arguments->command[arguments->command_count++] = path;
	arguments->path = path;
	return 0;
}

static char *default_directory(const char *name)
{
	time_t now = time(NULL);
	struct tm parts;
	char stamp[32], *directory;

	localtime_r(&now, &parts);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &parts);
	return asprintf(&directory, "tcpstate-lab-%s-%s", name, stamp) < 0 ? NULL : directory;
}

/* ---- are its options right? ---- */

/* One that has them read by common.sh can be asked; any other script might begin its work. */
static bool script_can_be_asked(const char *path)
{
	FILE *file = fopen(path, "re");
	bool common = false, reads = false;
	char line[512];

	while (file != NULL && !(common && reads) && fgets(line, sizeof(line), file) != NULL) {
		common |= line[0] == '.' && strstr(line, "/common.sh") != NULL;
		reads |= !strncmp(line, "options ", strlen("options "));
	}
	if (file != NULL)
		fclose(file);
	return common && reads;
}

/* ---- the verdict ---- */

static int verdict(const char *program, const char *name, const struct record_result *result)
{
	struct error error;

	/* Ctrl-C reaches the script, not us: it has the terminal */
	if (result->status == 128 + SIGINT || (result->status && result->interrupted))
		error_set(&error, "%s was interrupted: the report ends there", name);
	else if (result->status == STATUS_TOO_SLOW)
		error_set(&error,
			"%s: the machine was too slow to tell; run it again when less is going on",
			name);
	else if (result->status)
		error_set(
			&error, "%s failed: its script ended with status %d", name, result->status);
	else if (!result->checks)
		error_set(&error, "%s failed: it made no check", name);
	else if (result->planned && result->checks < result->planned)
		error_set(&error, "%s failed: %" PRIu64 " checks were announced, %" PRIu64 " made",
			name, result->planned, result->checks);
	else if (result->mismatches)
		error_set(&error, "%s failed: %" PRIu64 " of %" PRIu64 " checks do not match", name,
			result->mismatches, result->checks);
	else
		return STATUS_OK;
	verb_failed(program, &error);
	return result->status == STATUS_TOO_SLOW ? STATUS_TOO_SLOW : STATUS_FAILED;
}

/* Is it made with a program of the student's own, which may look for a far host? */
static bool own_server(char *const *command)
{
	for (size_t i = 0; command[i] != NULL; i++)
		if (strcmp(command[i], "--server") == 0 || strncmp(command[i], "--server=", 9) == 0)
			return true;
	return false;
}

static int lab_run(const char *program, struct arguments *arguments)
{
	calls_decide(arguments);
	struct record_options options = {
		.directory = arguments->directory,
		.sysctls = arguments->sysctls,
		.sysctl_count = arguments->sysctl_count,
		.argv = arguments->command,
		.lab = arguments->name,
		.lab_summary = arguments->summary,
		.calls = arguments->calls,
		.default_route = own_server(arguments->command),
	};
	char *report[] = {(char *)"tcpstate report", arguments->directory,
		*arguments->report ? arguments->report : NULL, NULL};
	struct page_writer writer;
	struct record_result result;
	struct error error;
	int status, told;

	if (script_can_be_asked(arguments->path) &&
		!lab_options_taken(arguments->name, arguments->command))
		return STATUS_USAGE;
	page_writer_start(&writer, arguments->page);
	if (record_run(&options, &result, &error))
		return verb_failed(program, &error);
	/* the script said what it does not understand */
	if (result.status == STATUS_USAGE && !result.packets && !result.checks) {
		record_discard(arguments->directory);
		return STATUS_USAGE;
	}
	status = verb_report(report[2] != NULL ? 3 : 2, report);
	fflush(stdout);
	if (arguments->unnamed)
		terminal_say(_("tcpstate: recorded in %s"), arguments->directory);
	page_beside(arguments->directory, &writer);
	if ((told = verdict(program, arguments->name, &result)) != STATUS_OK)
		status = told;
	return status;
}

/* NAME --help. A script that has not common.sh read its options says itself what they are. */
static int help_of(const char *program, struct arguments *arguments)
{
	size_t at = 1 + (arguments->command[0] != arguments->path);
	char summary[512];
	struct error error;

	arguments->command[at] = (char *)"--help";
	arguments->command[at + 1] = NULL;
	head_read(arguments->path, "summary", summary, sizeof(summary));
	if (!script_can_be_asked(arguments->path)) {
		execvp(arguments->command[0], arguments->command);
		error_set(&error, "%s: %s", arguments->path, strerror(errno));
	} else if (lab_help_print(arguments->name, summary, arguments->command, &error) == 0) {
		return STATUS_OK;
	}
	return verb_failed(program, &error);
}

static void arguments_free(struct arguments *arguments)
{
	free(arguments->directory);
	free(arguments->sysctls);
	free(arguments->command);
}

int verb_lab(int argc, char **argv)
{
	struct error error;
	int status = language_first(&argc, argv, &error);
	struct arguments arguments = {.name = argc > 1 ? argv[1] : NULL};
	char *directory = paths_experiments(), path[PATH_MAX];

	if (status != 0) {
		free(directory);
		return verb_misused(argv[0], &error);
	}
	if (directory != NULL)
		setenv("TCPSTATE_EXPERIMENTS", directory, 1);
	arguments.sysctls = calloc((size_t)argc + 1, sizeof(*arguments.sysctls));
	arguments.command = calloc((size_t)argc + 3, sizeof(*arguments.command));
	if (directory == NULL || arguments.sysctls == NULL || arguments.command == NULL)
		abort();
	if (arguments.name == NULL) {
		status = labs_list(directory, &error) ? verb_failed(argv[0], &error) : STATUS_OK;
	} else if (!strcmp(arguments.name, "--help") || !strcmp(arguments.name, "-h") ||
		   !strcmp(arguments.name, "-?") || !strcmp(arguments.name, "--usage")) {
		fputs(_(usage_text), stdout);
		status = STATUS_OK;
	} else if (!strcmp(arguments.name, "--version") || !strcmp(arguments.name, "-V")) {
		puts("tcpstate " TCPSTATE_VERSION);
		status = STATUS_OK;
	} else if (arguments.name[0] == '-') {
		error_set(&error, "%s: options stand after the experiment's NAME", arguments.name);
		status = verb_misused(argv[0], &error);
	} else if (script_find(&arguments, directory, path, sizeof(path), &error)) {
		status = verb_misused(argv[0], &error);
	} else if (arguments_parse(&arguments, argv, &error)) {
		status = verb_misused(argv[0], &error);
	} else if (arguments.help) {
		status = help_of(argv[0], &arguments);
	} else {
		arguments.unnamed = arguments.directory == NULL;
		if (arguments.unnamed)
			arguments.directory = default_directory(arguments.name);
		status = lab_run(argv[0], &arguments);
	}
	arguments_free(&arguments);
	free(directory);
	return status;
}
