/* tcpstate: finds the verb and runs it. Usage is generated from the table of verbs; a command line
 * without a verb is `list`, so that `tcpstate` alone and `tcpstate tcp port 80` show the sockets.
 */
#include "verbs.h"

#include <errno.h>
#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "language.h"
#include "memory.h"
#include "nearest.h"
#include "tcpstate/lang.h"
#include "terminal.h"
#include "tcpstate/hash.h"
#include "tcpstate/source.h"
#include "tcpstate/state.h"

struct verb {
	const char *name, *synopsis, *summary;
	int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
	{"list", "[-p] [FILTER]", N_("sockets now: states, queues against their limits, timers"),
		verb_list},
	{"watch", "[--state STATES] [FILTER]", N_("every transition as it happens, with its cause"),
		verb_watch},
	{"top", "[DIR] [FILTER]", N_("queues, states, timers and transitions on one live screen"),
		verb_top},
	{"record", "-o DIR [FILTER] [-- COMMAND...]",
		N_("record packets and kernel state, of COMMAND in a sealed namespace"),
		verb_record},
	{"enter", "[DIR [-- COMMAND...]]",
		N_("a shell inside the namespace of a running recording"), verb_enter},
	{"report", "DIR|FILE.pcap ...", N_("what was recorded: states, when and why they changed"),
		verb_report},
	{"pack", "DIR", N_("a recording and its report in one file, to hand in"), verb_pack},
	{"wall", "[--bind ADDRESS] [DIR...]",
		N_("a classroom's recordings on one page, as they go"), verb_wall},
	{"lab", "[NAME [OPTIONS]]", N_("run a shipped experiment; without NAME, list them"),
		verb_lab},
	{"wait", "[--timeout S] [FILTER] STATE[=N] ...", N_("block until the kernel agrees"),
		verb_wait},
	{"mark", "TEXT", N_("name a moment of the running recording: a phase"), verb_mark},
	{"expect", "NAME PREDICTED QUERY",
		N_("measure now, compare with the prediction, record the check"), verb_expect},
	{"explain", "[STATE]", N_("what a state means and what ends it"), verb_explain},
};
enum { VERB_COUNT = sizeof(verbs) / sizeof(verbs[0]) };

const char *argp_program_version = "tcpstate " TCPSTATE_VERSION;

static void usage(FILE *out)
{
	fputs(_("Usage: tcpstate [VERB] [OPTION...] [ARGUMENT...]\n"
		"Record a socket experiment in a sealed network and read off which state every\n"
		"socket was in, and why.\n\n"),
		out);
	for (size_t i = 0; i < VERB_COUNT; i++)
		fprintf(out, "  tcpstate %s %s\n           %s\n", verbs[i].name, verbs[i].synopsis,
			_(verbs[i].summary));
	fputs(_("\nWithout a verb: list. `tcpstate VERB --help` tells the options of one.\n"
		"FILTER is a pcap-filter expression: tcp port 12345 and host 10.0.0.2\n"
		"Exit status: 0 ok, 1 failed, 2 usage.\n"),
		out);
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

/* It may name a file or quote a stranger's text. */
static void error_print(const char *name, const struct error *error)
{
	fprintf(stderr, "%s: ", name);
	terminal_print(stderr, error->text);
}

int verb_failed(const char *name, const struct error *error)
{
	error_print(name, error);
	fputc('\n', stderr);
	return STATUS_FAILED;
}

int verb_misused(const char *name, const struct error *error)
{
	error_print(name, error);
	fprintf(stderr, _("\nTry `%s --help'.\n"), name);
	return STATUS_USAGE;
}

char *verb_words(int count, char **words)
{
	size_t length = 1;
	char *text;

	if (count <= 0)
		return NULL;
	for (int i = 0; i < count; i++)
		length += strlen(words[i]) + 1;
	text = malloc(length);
	if (text == NULL)
		abort();
	text[0] = '\0';
	for (int i = 0; i < count; i++) {
		if (i)
			strcat(text, " ");
		strcat(text, words[i]);
	}
	return text;
}

/* Is this a FILTER given to the implied `list`, and not a misspelt verb? */
static bool words_are_filter(int count, char **words)
{
	char *text;
	struct error error;
	struct filter *filter;
	bool good;

	for (int i = 0; i < count; i++)
		if (words[i][0] == '-')
			count = i;
	text = verb_words(count, words);
	filter = filter_new(text, false, &error);
	free(text);
	good = filter != NULL;
	filter_free(filter);
	return good;
}

static int verb_run(const struct verb *verb, int argc, char **argv)
{
	static char help[] = "--help";
	struct error error;
	char name[64];
	int status;

	snprintf(name, sizeof(name), "tcpstate %s", verb->name);
	argv[0] = name;
	if (argc > 1 && strcmp(argv[1], "-h") == 0)
		argv[1] = help;
	status = verb->run(argc, argv);
	if (status == STATUS_OK && memory_check(&error) != 0)
		status = verb_failed(name, &error);
	return status;
}

/* One line on a word that is nothing, and what it may have been meant for. */
static int word_refuse(const char *word)
{
	const char *names[VERB_COUNT], *meant;
	enum tcp_state state = state_from_name(word, strlen(word));
	struct error error;

	for (size_t i = 0; i < VERB_COUNT; i++)
		names[i] = verbs[i].name;
	meant = nearest(word, names, VERB_COUNT);
	if (state != STATE_MAX && state != STATE_UNKNOWN)
		error_set(&error,
			"\"%s\" is a state, neither a verb nor a filter: tcpstate explain %s, or "
			"tcpstate list | grep %s",
			word, state_name(state), state_name(state));
	else if (meant != NULL)
		error_set(&error, "\"%s\" is neither a verb nor a filter; did you mean %s?", word,
			meant);
	else
		error_set(&error, "\"%s\" is neither a verb nor a filter", word);
	return verb_misused("tcpstate", &error);
}

/* `help VERB`: what VERB --help says. */
static int help_run(int argc, char **argv)
{
	const struct verb *verb = argc > 2 ? verb_find(argv[2]) : NULL;
	char *arguments[] = {NULL, (char *)"--help", NULL};

	if (argc > 2 && verb == NULL)
		return word_refuse(argv[2]);
	if (verb != NULL)
		return verb_run(verb, 2, arguments);
	usage(stdout);
	return STATUS_OK;
}

/* The implied `list` has no word of its own in argv: its arguments start at argv[1] already. */
int main(int argc, char **argv)
{
	const struct verb *verb;
	struct error error;
	uint64_t key[2];
	int status;

	/* else early in boot: as predictable as without */
	if (getrandom(key, sizeof(key), GRND_NONBLOCK) == sizeof(key))
		hash_key_set(key);
	memory_begin();
	language_from_environment();
	if (language_first(&argc, argv, &error) != 0)
		return verb_misused("tcpstate", &error);
	verb = argc > 1 ? verb_find(argv[1]) : NULL;
	if (verb != NULL) {
		status = verb_run(verb, argc - 1, argv + 1);
	} else if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
				       !strcmp(argv[1], "-?") || !strcmp(argv[1], "help"))) {
		status = help_run(argc, argv);
	} else if (argc > 1 && (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))) {
		puts(argp_program_version);
		status = STATUS_OK;
	} else if (argc > 1 && argv[1][0] != '-' && !words_are_filter(argc - 1, argv + 1)) {
		return word_refuse(argv[1]);
	} else {
		status = verb_run(verb_find("list"), argc, argv);
	}
	errno = 0;
	if ((fflush(stdout) || ferror(stdout)) && errno != EPIPE) { /* `head` has read enough */
		perror("tcpstate: standard output");
		if (status == STATUS_OK)
			status = STATUS_FAILED;
	}
	return status;
}
