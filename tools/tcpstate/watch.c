/* tcpstate watch: the command line of watching; watch_live.c does it. */
#include "watch.h"

#include <argp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fail_on.h"
#include "language.h"
#include "tcpstate/lang.h"
#include "tcpstate/source.h"
#include "tcpstate/states_arg.h"
#include "verbs.h"

enum { OPTION_NETNS = 256, OPTION_STATE, OPTION_FOR, OPTION_FINDINGS, OPTION_FAIL_ON };

static const struct argp_option option_table[] = {
	{"format", 'f', "FORMAT", 0, "text (default), or jsonl: one JSON object a line", 0},
	{"state", OPTION_STATE, "STATES", 0,
		"only transitions from or to one of these states: SYN_RECV,CLOSE_WAIT", 0},
	{"interface", 'i', "IF", 0, "capture on this interface only (default: any)", 0},
	{"netns", OPTION_NETNS, "NAME|PID", 0,
		"in this network namespace (ip netns), or in that of a process", 0},
	{"for", OPTION_FOR, "SECONDS", 0, "end after so long (default: at Ctrl-C)", 0},
	{"findings", OPTION_FINDINGS, NULL, 0,
		"the findings of a report as well, as they arise (docs/findings.md)", 0},
	{"fail-on", OPTION_FAIL_ON, "FINDING", 0,
		"end with exit status 1 at this finding, close_wait_held for instance; several: "
		"A,B; or any",
		0},
	{0},
};

static void parse_states(struct watch_options *options, char *text, struct argp_state *state)
{
	struct states_arg states;
	struct error error;

	if (states_arg_parse(text, &states, &error) != 0)
		usage_error(state, "--state: %s", error.text);
	else if (states.count >= 0)
		usage_error(state, "--state %s: states without a number", text);
	else
		options->states |= states.mask;
}

static void parse_for(struct watch_options *options, const char *text, struct argp_state *state)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end != '\0' || !(seconds > 0) || seconds > 1e9)
		usage_error(state, "--for %s: wanted: a number of seconds above 0", text);
	options->for_ns = (int64_t)llround(seconds * 1e9);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct watch_options *options = state->input;

	switch (key) {
	case 'f':
		options->jsonl = strcmp(argument, "jsonl") == 0;
		if (!options->jsonl && strcmp(argument, "text") != 0)
			usage_error(state, "--format %s: not a format; there are text and jsonl",
				argument);
		return 0;
	case 'i':
		options->interface = argument;
		return 0;
	case OPTION_NETNS:
		options->netns = argument;
		return 0;
	case OPTION_STATE:
		parse_states(options, argument, state);
		return 0;
	case OPTION_FINDINGS:
		options->findings = true;
		return 0;
	case OPTION_FAIL_ON:
		options->findings = true;
		options->fail_on |= fail_on_parse(argument, state);
		return 0;
	case OPTION_FOR:
		parse_for(options, argument, state);
		return 0;
	case ARGP_KEY_ARGS:
		options->filter = verb_words(state->argc - state->next, state->argv + state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = LANGUAGE_CHILD,
	.args_doc = "[FILTER]",
	.doc = "Every TCP transition of this network namespace as it happens: time, the end whose "
	       "state changed and its peer, from and to, who witnesses it (wire: inferred from "
	       "packets; kernel: seen in sock_diag; both), why. A further line follows when the "
	       "kernel's answer confirms it, or when it is withdrawn.\v"
	       "FILTER is a pcap-filter expression: only packets and sockets that match. "
	       "Dropped packets, lost answers and look-ups left out under load are told in lines "
	       "of their own. Capturing in this machine's own network takes root.",
};

int verb_watch(int argc, char **argv)
{
	struct watch_options options = {0};
	struct error error;
	int status = STATUS_OK, ended = 0;

	argp_parse(&parser, argc, argv, 0, NULL, &options);
	if (options.jsonl)
		lang_english(); /* for scripts */
	struct filter *filter = filter_new(options.filter, false, &error);

	if (filter == NULL)
		status = verb_misused(argv[0], &error);
	else
		ended = watch_run(&options, &error);
	if (ended < 0)
		status = verb_failed(argv[0], &error);
	else if (ended > 0)
		status = STATUS_FAILED;
	filter_free(filter);
	free((char *)(uintptr_t)options.filter);
	return status;
}
