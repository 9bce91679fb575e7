/* tcpstate watch: the command line of watching; watch_live.c does it. */
#include "watch.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "fail_on.h"
#include "help.h"
#include "language.h"
#include "tcpstate/lang.h"
#include "tcpstate/source.h"
#include "verbs.h"
#include "shared_options.h"

enum { OPTION_FOR = 256, OPTION_FINDINGS, OPTION_FAIL_ON };

static const struct argp_option option_table[] = {
	{"format", 'f', "FORMAT", 0, N_("text (default), or jsonl: one JSON object a line"), 0},
	{"for", OPTION_FOR, "SECONDS", 0, N_("end after so long (default: at Ctrl-C)"), 0},
	{"findings", OPTION_FINDINGS, NULL, 0,
		N_("the findings of a report as well, as they arise (docs/findings.md)"), 0},
	{"fail-on", OPTION_FAIL_ON, "FINDING", 0,
		N_("end with exit status 1 at this finding, close_wait_held for instance; several: "
		   "A,B; or any"),
		0},
	{0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct watch_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->where;
		state->child_inputs[1] = &options->around;
		state->child_inputs[2] = &options->states;
		return 0;
	case 'f':
		options->jsonl = strcmp(argument, "jsonl") == 0;
		if (!options->jsonl && strcmp(argument, "text") != 0)
			usage_error(state, "--format %s: not a format; there are text and jsonl",
				argument);
		return 0;
	case OPTION_FINDINGS:
		options->findings = true;
		return 0;
	case OPTION_FAIL_ON:
		options->findings = true;
		fail_on_parse(argument, state, &options->fail_on);
		return 0;
	case OPTION_FOR:
		options->for_ns = ends_seconds(argument);
		if (options->for_ns == 0)
			usage_error(
				state, "--for %s: wanted: a number of seconds above 0", argument);
		return 0;
	case ARGP_KEY_ARGS:
		options->filter = verb_words(state->argc - state->next, state->argv + state->next);
		return 0;
	case ARGP_KEY_END:
		around_check(&options->around, &options->where, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children =
		(const struct argp_child[]){{&where_argp, 0, NULL, 0}, {&around_argp, 0, NULL, 0},
			{&states_argp, 0, NULL, 0}, {&language_argp, 0, NULL, 0}, {0}},
	.args_doc = "[FILTER] [-- COMMAND...]",
	.doc = N_(
		"Every TCP transition of this network namespace as it happens: time, the end whose "
		"state changed and its peer, from and to, who witnesses it (wire: inferred from "
		"packets; kernel: seen in sock_diag; both), why. A further line follows when the "
		"kernel's answer confirms it, or when it is withdrawn.\n"
		"With COMMAND it watches a new network namespace, sealed off as by `tcpstate "
		"record', until COMMAND ends. --state leaves out transitions that neither leave "
		"nor enter one of those states.\n\n"
		"FILTER is a pcap-filter expression: only packets and sockets that match. Dropped "
		"packets, lost answers and look-ups left out under load are told in lines of their "
		"own. Capturing in this machine's own network takes root.\n"
		"What COMMAND writes to standard output goes to standard error; its exit status is "
		"passed on."),
};

int verb_watch(int argc, char **argv)
{
	struct watch_options options = {.jsonl = false};
	struct error error;
	int status = STATUS_OK;

	argc = around_split(&options.around, argc, argv);
	verb_parse(&parser, argc, argv, &options);
	if (options.jsonl)
		lang_english(); /* for scripts */
	struct filter *filter = filter_new(options.filter, false, &error);

	if (filter == NULL)
		status = verb_misused(argv[0], &error);
	else if (watch_run(&options, &status, &error) != 0)
		status = verb_failed(argv[0], &error);
	filter_free(filter);
	free((char *)(uintptr_t)options.filter);
	return status;
}
