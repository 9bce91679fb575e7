/* See shared_options.h. */
#include "shared_options.h"

#include <stdlib.h>
#include <string.h>

#include "language.h"
#include "tcpstate/lang.h"
#include "tcpstate/states_arg.h"

/* beyond those of the verbs */
enum {
	OPTION_NETNS = 0x1000,
	OPTION_HERE,
	OPTION_CALLS,
	OPTION_DATA,
	OPTION_STATE,
	OPTION_FOR,
	OPTION_UNTIL,
	OPTION_LANG
};

/* ---- whose recording ---- */

static const struct argp_option control_table[] = {
	{"control", 'C', "DIR", 0,
		N_("of the recording in DIR (default: those of this namespace in "
		   "TCPSTATE_CONTROL)"),
		0},
	{0},
};

static error_t parse_control(int key, char *argument, struct argp_state *state)
{
	const char **directory = state->input;

	if (key != 'C')
		return ARGP_ERR_UNKNOWN;
	*directory = argument;
	return 0;
}

const struct argp control_option = {.options = control_table, .parser = parse_control};

/* ---- where ---- */

#define NETNS_OPTION                                                                               \
	{                                                                                          \
		"netns", OPTION_NETNS, "NAME|PID", 0,                                              \
			N_("in this network namespace (ip netns), or in that of a process"), 0     \
	}

static const struct argp_option where_table[] = {
	{"interface", 'i', "IF", 0, N_("capture on this interface only (default: any)"), 0},
	NETNS_OPTION,
	{0},
};

static error_t parse_where(int key, char *argument, struct argp_state *state)
{
	struct where_options *where = state->input;

	switch (key) {
	case 'i':
		where->interface = argument;
		return 0;
	case OPTION_NETNS:
		where->netns = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp where_argp = {.options = where_table, .parser = parse_where};

static const struct argp_option netns_table[] = {NETNS_OPTION, {0}};

static error_t parse_netns(int key, char *argument, struct argp_state *state)
{
	const char **netns = state->input;

	if (key != OPTION_NETNS)
		return ARGP_ERR_UNKNOWN;
	*netns = argument;
	return 0;
}

const struct argp netns_argp = {.options = netns_table, .parser = parse_netns};

/* ---- around a COMMAND ---- */

static const struct argp_option around_table[] = {
	{"here", OPTION_HERE, NULL, 0,
		N_("run COMMAND in this network namespace, not in a sealed one"), 0},
	{"calls", OPTION_CALLS, "sockets", OPTION_ARG_OPTIONAL,
		N_("COMMAND's socket calls as well; \"sockets\" leaves out read and write, which "
		   "slow down work on files"),
		0},
	{"data", OPTION_DATA, "N", 0,
		N_("with --calls: keep the first N bytes of each read and write"), 0},
	{0},
};

static uint32_t data_size(const char *text, const struct argp_state *state)
{
	char *end;
	unsigned long size = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || size > CALL_DATA_MAX)
		usage_error(state, "--data %s: a number up to %d is wanted", text, CALL_DATA_MAX);
	return (uint32_t)size;
}

static error_t parse_around(int key, char *argument, struct argp_state *state)
{
	struct around_options *around = state->input;

	switch (key) {
	case OPTION_HERE:
		around->here = true;
		return 0;
	case OPTION_CALLS:
		around->calls.on = around->calls.output = true;
		around->calls.sockets = argument != NULL && strcmp(argument, "sockets") == 0;
		if (argument != NULL && !around->calls.sockets)
			usage_error(state, "--calls=%s: the only word it takes is \"sockets\"",
				argument);
		return 0;
	case OPTION_DATA:
		around->calls.data = data_size(argument, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp around_argp = {.options = around_table, .parser = parse_around};

int around_split(struct around_options *around, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		around->separator = true;
		around->argv = argv[i + 1] != NULL ? argv + i + 1 : NULL;
		return i;
	}
	return argc;
}

void around_check(const struct around_options *around, const struct where_options *where,
	const struct argp_state *state)
{
	if (around->here && where->netns != NULL)
		usage_error(state, "--here and --netns exclude each other");
	if (around->calls.on && !around->separator)
		usage_error(state, "--calls records those of COMMAND: none is given after --");
	if (around->calls.data > 0 && !around->calls.on)
		usage_error(state, "--data goes with --calls");
	if (around->separator && around->argv == NULL)
		usage_error(state, "no COMMAND after --");
}

/* ---- states ---- */

static const struct argp_option states_table[] = {
	{"state", OPTION_STATE, "STATES", 0, N_("only these states: SYN_RECV,CLOSE_WAIT"), 0},
	{0},
};

static error_t parse_states(int key, char *argument, struct argp_state *state)
{
	uint32_t *mask = state->input;
	struct states_arg states;
	struct error error;

	if (key != OPTION_STATE)
		return ARGP_ERR_UNKNOWN;
	if (states_arg_parse(argument, &states, &error) != 0)
		usage_error(state, "--state: %s", error.text);
	else if (states.count >= 0)
		usage_error(state, "--state %s: states without a number", argument);
	else
		*mask |= states.mask;
	return 0;
}

const struct argp states_argp = {.options = states_table, .parser = parse_states};

/* ---- when it ends ---- */

static const struct argp_option ends_table[] = {
	{"for", OPTION_FOR, "SECONDS", 0, N_("end after so long; COMMAND is terminated then"), 0},
	{"until", OPTION_UNTIL, "STATE|FINDING", 0,
		N_("end when a socket enters this state (TIME_WAIT), or when this finding of a "
		   "report is made (accept_queue_overflow; any); several: A,B; COMMAND is "
		   "terminated then"),
		0},
	{0},
};

static error_t parse_ends(int key, char *argument, struct argp_state *state)
{
	struct ends *ends = state->input;

	switch (key) {
	case OPTION_FOR:
		ends->for_text = argument;
		ends->for_ns = ends_seconds(argument);
		if (ends->for_ns == 0)
			usage_error(
				state, "--for %s: wanted: a number of seconds above 0", argument);
		return 0;
	case OPTION_UNTIL:
		ends_until(ends, argument, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp ends_argp = {.options = ends_table, .parser = parse_ends};

/* ---- the language ---- */

static const struct argp_option language_table[] = {
	{"lang", OPTION_LANG, "LANG", 0, N_("language: en or zh (default: that of the locale)"), 0},
	{0},
};

static error_t parse_language(int key, char *argument, struct argp_state *state)
{
	struct error error;

	if (key != OPTION_LANG)
		return ARGP_ERR_UNKNOWN;
	if (language_set(argument, &error) != 0)
		usage_error(state, "%s", error.text);
	return 0;
}

const struct argp language_argp = {.options = language_table, .parser = parse_language};
