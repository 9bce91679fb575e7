/* tcpstate top: the command line of the live screen; top_live.c and top_replay.c do it. */
#include "top.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "help.h"
#include "language.h"
#include "tcpstate/source.h"
#include "verbs.h"
#include "tcpstate/lang.h"
#include "shared_options.h"

enum { OPTION_ONCE = 256, OPTION_SIZE, OPTION_AT, OPTION_KEYS, OPTION_SPEED };

static const struct argp_option option_table[] = {
	{"present", 'p', NULL, 0, N_("begin with the state diagram in large (key p)"), 0},
	{"speed", OPTION_SPEED, "N", 0, N_("of a recording: N times as fast (0.5: half as fast)"),
		0},
	{"keys", OPTION_KEYS, "KEYS", 0, N_("begin as if these keys had been pressed"), 0},
	{"once", OPTION_ONCE, NULL, 0, N_("print one screen as text and end"), 0},
	{"size", OPTION_SIZE, "WxH", 0, N_("with --once: so many columns and rows (80x24)"), 0},
	{"at", OPTION_AT, "SECONDS", 0,
		N_("with --once: of a recording, so long after its beginning (default: its end)"),
		0},
	{0},
};

struct parsed {
	struct top_options options;
	bool present;
};

static double number_of(
	const char *option, const char *text, double least, struct argp_state *state)
{
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end != '\0' || !(number >= least) || number > 1e6)
		usage_error(state, "--%s %s: not a number that fits", option, text);
	return number;
}

static void size_parse(struct top_options *options, const char *text, struct argp_state *state)
{
	char *end, *last;
	long width = strtol(text, &end, 10), height = *end == 'x' ? strtol(end + 1, &last, 10) : 0;

	if (*end != 'x' || last == end + 1 || *last != '\0' || width < SCREEN_WIDTH_LEAST ||
		width > SCREEN_MOST || height < SCREEN_HEIGHT_LEAST || height > SCREEN_MOST)
		usage_error(state, "--size %s: wanted: columns and rows, as 80x24; at least %dx%d",
			text, SCREEN_WIDTH_LEAST, SCREEN_HEIGHT_LEAST);
	options->width = (int)width;
	options->height = (int)height;
}

/* A first word that names a recording or a file is not a FILTER. */
static void words_take(struct top_options *options, int count, char **words)
{
	struct stat status;

	if (count > 0 && stat(words[0], &status) == 0) {
		options->path = words[0];
		words++;
		count--;
	}
	options->filter = verb_words(count, words);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct parsed *parsed = state->input;
	struct top_options *options = &parsed->options;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->where;
		return 0;
	case 'p':
		parsed->present = true;
		return 0;
	case OPTION_ONCE:
		options->once = true;
		return 0;
	case OPTION_SIZE:
		size_parse(options, argument, state);
		return 0;
	case OPTION_AT:
		options->at_s = number_of("at", argument, 0, state);
		return 0;
	case OPTION_SPEED:
		options->speed = number_of("speed", argument, 1.0 / 64, state);
		return 0;
	case OPTION_KEYS:
		options->keys = argument;
		return 0;
	case ARGP_KEY_ARGS:
		words_take(options, state->argc - state->next, state->argv + state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = (const struct argp_child[]){{&where_argp, 0, NULL, 0},
		{&language_argp, 0, NULL, 0}, {0}},
	.args_doc = "[FILTER]\nDIR|FILE.pcap [FILTER]",
	.doc = N_(
		"The sockets of this network namespace as they change: listeners with their queues "
		"as bars against their limits, states and timers, a feed of transitions with their "
		"causes, and, chosen with Enter, one socket by itself. Or a recording, played "
		"again.\n\n"
		"F1 or h lists the keys, which are those of htop. Space pauses, and the arrows "
		"then step back and forward in time; p shows the state diagram in large.\n"
		"FILTER is a pcap-filter expression: only packets and sockets that match.\n"
		"Where packets may not be captured, which takes root outside of a sealed "
		"namespace, sockets are shown alone and a line says so."),
};

int verb_top(int argc, char **argv)
{
	struct parsed parsed = {.options = {.at_s = -1, .speed = 1}};
	struct top_options *options = &parsed.options;
	struct filter *filter;
	struct error error;
	char *keys = NULL, *resolved = NULL;
	int status = STATUS_OK;

	verb_parse(&parser, argc, argv, &parsed);
	if (parsed.present &&
		asprintf(&keys, "p%s", options->keys != NULL ? options->keys : "") >= 0)
		options->keys = keys;
	filter = filter_new(options->filter, false, &error);
	/* what reads a recording can ask no name server */
	if (filter != NULL && options->path != NULL && options->filter != NULL) {
		resolved = filter_resolve(options->filter);
		free((char *)(uintptr_t)options->filter);
		options->filter = resolved;
	}
	if (filter == NULL)
		status = verb_misused(argv[0], &error);
	else if ((options->path != NULL ? top_replay(options, &error)
					: top_live(options, &error)) != 0)
		status = verb_failed(argv[0], &error);
	filter_free(filter);
	free(keys);
	free((char *)(uintptr_t)options->filter);
	return status;
}
