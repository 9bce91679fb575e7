/* tcpstate explain: what a state means, what ends it, which sysctl governs it; what a finding says,
 * what to do about it, and the state that it is about. */
#include "verbs.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "language.h"
#include "nearest.h"
#include "tcpstate/columns.h"
#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"
#include "terminal.h"
#include "shared_options.h"

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
	.args_doc = "[STATE|FINDING...]",
	.doc = N_(
		"What a TCP state means, what enters and what ends it, which timer and which "
		"sysctl govern it, and how it looks in the tools; what a finding of a report says, "
		"what to do about it, and the state that it is about.\n\n"
		"Without a word: the states and how they follow each other, and the findings. "
		"States as netstat, ss or the RFC write them, findings as JSON does (reason)."),
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

static size_t page_width(void)
{
	size_t width = terminal_page(stdout);

	return width == 0 || width > PAGE_COLUMNS ? PAGE_COLUMNS : width;
}

static void print_state(unsigned state)
{
	const struct state_prose prose = prose_state(state);
	size_t width = page_width(), column = columns_of(_("set here"));
	struct part parts[PARTS];

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

/* ---- findings ---- */

static unsigned finding_named(const char *text)
{
	unsigned code = 0;

	while (code < FINDING_MAX && strcmp(finding_word(code), text) != 0)
		code++;
	return code;
}

static void print_finding(unsigned code)
{
	const struct {
		const char *label;
		char *(*text)(unsigned code, char *buffer, size_t size);
	} lines[] = {{_("says"), prose_finding_kind}, {_("what to do"), prose_finding_kind_advice}};
	size_t width = page_width(), column = 0;
	char text[1024];

	for (size_t i = 0; i < 2; i++)
		if (columns_of(lines[i].label) > column)
			column = columns_of(lines[i].label);
	column += 2;
	printf("%s\n", finding_word(code));
	for (size_t i = 0; i < 2; i++) {
		printf("  %s%*s", lines[i].label, (int)(column - columns_of(lines[i].label)), "");
		terminal_fold(stdout, width, MARGIN + column, MARGIN + column,
			lines[i].text(code, text, sizeof(text)));
	}
	if (*finding_page(code) == '\0')
		return;
	fputs("\n", stdout);
	print_state(state_from_name(finding_page(code), strlen(finding_page(code))));
}

/* The words of findings that hold this text, or that it was probably meant for; 0: none. */
static size_t near_ones(const char *text, char *list, size_t size)
{
	const char *words[FINDING_MAX], *near;
	size_t found = 0, used = 0;

	list[0] = '\0';
	for (unsigned code = 0; code < FINDING_MAX; code++) {
		words[code] = finding_word(code);
		if (strlen(text) < 3 || strstr(words[code], text) == NULL || used >= size)
			continue;
		used += (size_t)snprintf(
			list + used, size - used, "%s%s", found++ > 0 ? " " : "", words[code]);
	}
	near = found == 0 ? nearest(text, words, FINDING_MAX) : NULL;
	if (near != NULL)
		found += snprintf(list, size, "%s", near) > 0;
	return found;
}

static void print_findings(void)
{
	char list[64 * FINDING_MAX] = "";

	for (unsigned code = 0; code < FINDING_MAX; code++) {
		strcat(list, code > 0 ? " " : "");
		strcat(list, finding_word(code));
	}
	printf("\n%s\n  ", _("Findings of a report:"));
	terminal_fold(stdout, page_width(), MARGIN, MARGIN, list);
}

/* ---- the verb ---- */

static void print_all(void)
{
	/* in the order of a connection's life */
	static const unsigned char order[] = {STATE_CLOSED, STATE_LISTEN, STATE_SYN_SENT,
		STATE_SYN_RECV, STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSING,
		STATE_TIME_WAIT, STATE_CLOSE_WAIT, STATE_LAST_ACK};

	fputs(prose_overview(), stdout);
	for (size_t i = 0; i < sizeof(order); i++)
		printf("  %-12s %s\n", state_name(order[i]), prose_state_short(order[i]));
	print_findings();
	printf("\n%s\n",
		_("`tcpstate explain STATE`, `tcpstate explain FINDING` tell more of each."));
}

static int unknown(const char *verb, const char *text)
{
	char list[512];
	struct error error;

	if (near_ones(text, list, sizeof(list)) > 0)
		error_set(&error, "\"%s\" is neither a TCP state nor a finding: perhaps %s", text,
			list);
	else
		error_set(&error,
			"\"%s\" is no TCP state: use CLOSED LISTEN SYN_SENT SYN_RECV ESTABLISHED "
			"FIN_WAIT1 FIN_WAIT2 CLOSE_WAIT CLOSING LAST_ACK TIME_WAIT, or a finding "
			"that `tcpstate explain` lists",
			text);
	return verb_misused(verb, &error);
}

int verb_explain(int argc, char **argv)
{
	struct options options = {0};

	verb_parse(&parser, argc, argv, &options);
	for (int i = 0; i < options.word_count; i++) {
		enum tcp_state state = state_from_name(options.words[i], strlen(options.words[i]));

		if ((state == STATE_MAX || state == STATE_UNKNOWN) &&
			finding_named(options.words[i]) == FINDING_MAX)
			return unknown(argv[0], options.words[i]);
	}
	for (int i = 0; i < options.word_count; i++) {
		unsigned code = finding_named(options.words[i]);

		fputs(i > 0 ? "\n" : "", stdout);
		if (code < FINDING_MAX)
			print_finding(code);
		else
			print_state(state_from_name(options.words[i], strlen(options.words[i])));
	}
	if (options.word_count == 0)
		print_all();
	return STATUS_OK;
}
