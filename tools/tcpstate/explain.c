/* tcpstate explain: what a state means, what ends it, which sysctl governs it. */
#include "verbs.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language.h"
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
	.doc = "What a TCP state means, what enters and what ends it, which timer and which sysctl "
	       "govern it, and how it looks in the tools.\v"
	       "Without STATE: the states and how they follow each other. Names as netstat, ss or "
	       "the RFC write them.",
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

/* The sysctls that the text names, each once, as they are set here. */
static void print_sysctls(const char *text)
{
	for (const char *at = strstr(text, "net."); at != NULL; at = strstr(at + 1, "net.")) {
		size_t length = sysctl_length(at);
		const char *first = strstr(text, "net.");
		char value[64];

		while (sysctl_length(first) != length || memcmp(first, at, length) != 0)
			first = strstr(first + 1, "net.");
		if (first == at && read_sysctl(at, length, value, sizeof(value)))
			printf("  set here  %.*s = %s\n", (int)length, at, value);
	}
}

static bool text_fits(const char *text, size_t width)
{
	for (const char *line = text; *line != '\0'; line += strspn(line, "\n")) {
		size_t length = strcspn(line, "\n");

		if (length > width)
			return false;
		line += length;
	}
	return true;
}

/* As it was written, or on a terminal narrower than that each of its paragraphs (a label and the
 * lines indented below it) folded anew. */
static void print_text(const char *text)
{
	static const char indent[] = "            ";
	size_t width = terminal_page(stdout);
	char *copy = width > 0 && !text_fits(text, width) ? strdup(text) : NULL;

	if (copy == NULL) {
		fputs(text, stdout);
		return;
	}
	for (char *line = copy, *next; *line != '\0'; line = next) {
		size_t at = line[0] == ' ' ? sizeof(indent) - 1 : 0;
		char *end = line + strcspn(line, "\n");

		for (; *end != '\0' && strncmp(end + 1, indent, sizeof(indent) - 1) == 0;
			end += strcspn(end, "\n"))
			*end = ' ';
		next = *end == '\0' ? end : end + 1;
		*end = '\0';
		printf("%.*s", (int)at, line);
		terminal_fold(
			stdout, width, at, sizeof(indent) - 1, line + (strlen(line) > at ? at : 0));
	}
	free(copy);
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
	puts("\n`tcpstate explain STATE` tells more of each.");
}

int verb_explain(int argc, char **argv)
{
	struct options options = {0};

	argp_parse(&parser, argc, argv, 0, NULL, &options);
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
		const char *text =
			prose_state(state_from_name(options.words[i], strlen(options.words[i])));

		fputs(i > 0 ? "\n" : "", stdout);
		print_text(text);
		print_sysctls(text);
	}
	if (options.word_count == 0)
		print_all();
	return STATUS_OK;
}
