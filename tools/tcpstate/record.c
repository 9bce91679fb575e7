/* tcpstate record: the command line of a recording; session.c makes it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ends.h"
#include "language.h"
#include "page.h"
#include "session.h"
#include "sysctls.h"
#include "tcpstate/source.h"
#include "verbs.h"

enum {
	OPTION_NETNS = 256,
	OPTION_SYSCTL,
	OPTION_HERE,
	OPTION_CALLS,
	OPTION_DATA,
	OPTION_OPEN,
	OPTION_ROUTE
};

static const struct argp_option option_table[] = {
	{"output", 'o', "DIR", 0, "the recording's directory; it is created", 0},
	{"interface", 'i', "IF", 0, "capture on this interface only (default: any)", 0},
	{"netns", OPTION_NETNS, "NAME|PID", 0,
		"in this network namespace (ip netns), or in that of a process", 0},
	{"sysctl", OPTION_SYSCTL, "NAME=VALUE", 0,
		"set it in the sealed namespace first; it is read back; repeatable", 0},
	{"default-route", OPTION_ROUTE, NULL, 0,
		"give the sealed network a default route, which leads nowhere: for programs that "
		"ask for the way to a far host to learn their own address",
		0},
	{"here", OPTION_HERE, NULL, 0, "run COMMAND in this network namespace, not in a sealed one",
		0},
	{"calls", OPTION_CALLS, "sockets", OPTION_ARG_OPTIONAL,
		"record COMMAND's socket calls too; \"sockets\" leaves out read and write, which "
		"slow down work on files",
		0},
	{"data", OPTION_DATA, "N", 0, "with --calls: keep the first N bytes of each read and write",
		0},
	{"open", OPTION_OPEN, NULL, 0, "at the end write report.html into DIR and open it", 0},
	{0},
};

struct arguments {
	struct record_options record;
	bool open;
	const char **sysctls;
	int separator; /* index of "--" in argv, 0: none */
};

static uint32_t data_size(const char *text, const struct argp_state *state)
{
	char *end;
	unsigned long size = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || size > CALL_DATA_MAX)
		usage_error(state, "--data %s: a number up to %d is wanted", text, CALL_DATA_MAX);
	return (uint32_t)size;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct record_options *record = &arguments->record;
	struct error error;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &record->ends;
		state->child_inputs[1] = &record->wall;
		return 0;
	case 'o':
		record->directory = argument;
		return 0;
	case 'i':
		record->interface = argument;
		return 0;
	case OPTION_NETNS:
		record->netns = argument;
		return 0;
	case OPTION_CALLS:
		record->calls.on = record->calls.output = true;
		record->calls.sockets = argument && !strcmp(argument, "sockets");
		if (argument && !record->calls.sockets)
			usage_error(state, "--calls=%s: the only word it takes is \"sockets\"",
				argument);
		return 0;
	case OPTION_DATA:
		record->calls.data = data_size(argument, state);
		return 0;
	case OPTION_OPEN:
		arguments->open = true;
		return 0;
	case OPTION_ROUTE:
		record->default_route = true;
		return 0;
	case OPTION_HERE:
		record->here = true;
		return 0;
	case OPTION_SYSCTL:
		if (sysctl_check(argument, &error))
			usage_error(state, "%s", error.text);
		arguments->sysctls[record->sysctl_count++] = argument;
		return 0;
	case ARGP_KEY_ARGS:
		record->filter = verb_words(state->argc - state->next, state->argv + state->next);
		return 0;
	case ARGP_KEY_END:
		if (!record->directory || !*record->directory)
			usage_error(state, "where to? name the recording's directory: -o DIR");
		if (record->here && record->netns)
			usage_error(state, "--here and --netns exclude each other");
		if (record->default_route &&
			(record->here || record->netns || !arguments->separator))
			usage_error(state, "--default-route is for a sealed network: that of a "
					   "COMMAND after --, without --here and --netns");
		if (record->calls.on && !arguments->separator)
			usage_error(
				state, "--calls records those of COMMAND: none is given after --");
		if (record->calls.data && !record->calls.on)
			usage_error(state, "--data goes with --calls");
		if (arguments->separator && !record->argv)
			usage_error(state, "no COMMAND after --");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = (const struct argp_child[]){{&ends_argp, 0, NULL, 0}, {&push_argp, 0, NULL, 0},
		{&language_argp, 0, NULL, 0}, {0}},
	.args_doc = "-o DIR [FILTER] [-- COMMAND...]",
	.doc = "Record packets and what the kernel holds into DIR: wire.pcap, diag.pcap, "
	       "facts.jsonl.\n"
	       "With COMMAND, in a network namespace of its own that only has lo: nothing of the "
	       "machine is touched, and no root is needed. Inside, COMMAND may set sysctls, load "
	       "nftables rules, open raw sockets. Without COMMAND, this namespace until Ctrl-C.\v"
	       "COMMAND finds tcpstate and the lab programs in its PATH; TCPSTATE_CONTROL names "
	       "the control socket for `tcpstate mark' and `expect', TCPSTATE_NETNS the "
	       "namespace's inode. Its exit status is passed on, 128 + N when signal N ended it; "
	       "what it leaves running is terminated and listed.\n"
	       "FILTER is a pcap-filter expression: only packets and sockets that match.",
};

/* What is recorded by are addresses, which a report need not ask anybody for. */
static void filter_keep_addresses(struct record_options *record)
{
	char *resolved = record->filter ? filter_resolve(record->filter) : NULL;

	if (!resolved)
		return;
	free((char *)(uintptr_t)record->filter);
	record->filter = resolved;
}

/* argp would take COMMAND's own options for ours: it sees only what stands before "--". */
static int split_command(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return 0;
}

int verb_record(int argc, char **argv)
{
	struct arguments arguments = {.separator = split_command(argc, argv)};
	struct record_result result;
	struct error error;
	struct filter *filter;
	int status;

	arguments.sysctls = calloc((size_t)argc, sizeof(*arguments.sysctls));
	if (!arguments.sysctls)
		abort();
	arguments.record.sysctls = arguments.sysctls;
	if (arguments.separator && argv[arguments.separator + 1])
		arguments.record.argv = argv + arguments.separator + 1;
	argp_parse(&parser, arguments.separator ? arguments.separator : argc, argv, 0, NULL,
		&arguments);
	filter = filter_new(arguments.record.filter, false, &error);
	if (filter)
		filter_keep_addresses(&arguments.record);
	if (!filter) {
		size_t used = strlen(error.text);

		if (!arguments.separator)
			snprintf(error.text + used, sizeof(error.text) - used,
				"; a COMMAND stands behind --");
		status = verb_misused(argv[0], &error);
	} else if (record_run(&arguments.record, &result, &error)) {
		status = verb_failed(argv[0], &error);
	} else {
		status = result.status;
		page_beside(arguments.record.directory, arguments.open);
	}
	filter_free(filter);
	free((char *)(uintptr_t)arguments.record.filter);
	free(arguments.sysctls);
	return status;
}
