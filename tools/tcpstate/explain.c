/* tcpstate explain: what a state means, what ends it, which sysctl governs it. */
#include "verbs.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "language.h"
#include "tcpstate/columns.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"
#include "terminal.h"

struct options {
	char **words;
	int word_count;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	(void)argument;
	if (key != ARGP_KEY_ARGS)
		return ARGP_ERR_UNKNOWN;
	options->words = state->argv + state->next;
	options->word_count = state->argc - state->next;
	return 0;
}

static const struct argp parser = {
	.parser = parse_option,
	.children = LANGUAGE_CHILD,
	.args_doc = "[STATE...]",
	.doc = N_(
		"What a TCP state means, what enters and what ends it, which timer and which "
		"sysctl "
		"govern it, and how it looks in the tools.\n\n"
		"Without STATE: the states and how they follow each other. Names as netstat, ss or "
		"the RFC write them."),
};

/* The value in force in this namespace; false where the kernel has no such sysctl. */
static bool read_sysctl(const char *name, size_t length, char *value, size_t size)
{
	char path[128];
	FILE *file;
	bool known;

	snprintf(path, sizeof(path), "/proc/sys/%.*s", (int)length, name);
	for (char *dot = strchr(path, '.'); dot != NULL; dot = strchr(dot, '.'))
		*dot = '/';
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	known = fgets(value, (int)size, file) != NULL;
	fclose(file);
	if (known)
		value[strcspn(value, "\n")] = '\0';
	return known;
}

static size_t sysctl_length(const char *at)
{
	size_t length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_.");

	while (length > 0 && at[length - 1] == '.')
		length--;
	return length;
}

enum { PARTS = 6, MARGIN = 2, PAGE_COLUMNS = 100 };

struct part {
	const char *label, *text;
};

static void parts_of(const struct state_prose *prose, struct part *parts)
{
	parts[0] = (struct part){_("entered"), prose->entered};
	parts[1] = (struct part){_("ended"), prose->ended};
	parts[2] = (struct part){_("timer"), prose->timer};
	parts[3] = (struct part){_("shown"), prose->shown};
	parts[4] = (struct part){_("in a lab"), prose->in_lab};
	parts[5] = (struct part){"RFC 9293", prose->rfc};
}

/* Was this sysctl named before `at`? */
static bool named_before(const struct part *parts, size_t last, const char *at, size_t length)
{
	for (size_t i = 0; i <= last; i++)
		for (const char *name = strstr(parts[i].text, "net."); name != NULL;
			name = strstr(name + 1, "net.")) {
			if (name == at)
				return false;
			if (sysctl_length(name) == length && memcmp(name, at, length) == 0)
				return true;
		}
	return false;
}

/* The sysctls that the text names, each once, as they are set here. */
static void print_sysctls(const struct part *parts, int column)
{
	char value[64];

	for (size_t i = 0; i < PARTS; i++)
		for (const char *at = strstr(parts[i].text, "net."); at != NULL;
			at = strstr(at + 1, "net.")) {
			size_t length = sysctl_length(at);

			if (named_before(parts, i, at, length) ||
				!read_sysctl(at, length, value, sizeof(value)))
				continue;
			printf("  %s%*s%.*s = %s\n", _("set here"),
				column - (int)columns_of(_("set here")), "", (int)length, at,
				value);
		}
}

static void print_state(unsigned state)
{
	const struct state_prose prose = prose_state(state);
	size_t width = terminal_page(stdout), column = columns_of(_("set here"));
	struct part parts[PARTS];

	if (width == 0 || width > PAGE_COLUMNS)
		width = PAGE_COLUMNS;
	parts_of(&prose, parts);
	for (size_t i = 0; i < PARTS; i++)
		if (columns_of(parts[i].label) > column)
			column = columns_of(parts[i].label);
	column += 2;
	terminal_fold(stdout, width, 0, MARGIN, prose.title);
	for (size_t i = 0; i < PARTS; i++) {
		printf("  %s%*s", parts[i].label, (int)(column - columns_of(parts[i].label)), "");
		terminal_fold(stdout, width, MARGIN + column, MARGIN + column, parts[i].text);
	}
	print_sysctls(parts, (int)column);
}

static void print_all(void)
{
	/* in the order of a connection's life */
	static const unsigned char order[] = {STATE_CLOSED, STATE_LISTEN, STATE_SYN_SENT,
		STATE_SYN_RECV, STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSING,
		STATE_TIME_WAIT, STATE_CLOSE_WAIT, STATE_LAST_ACK};

	fputs(prose_overview(), stdout);
	for (size_t i = 0; i < sizeof(order); i++)
		printf("  %-12s %s\n", state_name(order[i]), prose_state_short(order[i]));
	printf("\n%s\n", _("`tcpstate explain STATE` tells more of each."));
}

int verb_explain(int argc, char **argv)
{
	struct options options = {0};

	verb_parse(&parser, argc, argv, &options);
	for (int i = 0; i < options.word_count; i++) {
		enum tcp_state state = state_from_name(options.words[i], strlen(options.words[i]));
		struct error error;

		if (state != STATE_MAX && state != STATE_UNKNOWN)
			continue;
		error_set(&error,
			"\"%s\" is no TCP state: use CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED "
			"FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT",
			options.words[i]);
		return verb_misused(argv[0], &error);
	}
	for (int i = 0; i < options.word_count; i++) {
		fputs(i > 0 ? "\n" : "", stdout);
		print_state(state_from_name(options.words[i], strlen(options.words[i])));
	}
	if (options.word_count == 0)
		print_all();
	return STATUS_OK;
}
