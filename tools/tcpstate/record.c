/* tcpstate record: the command line of a recording; session.c makes it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ends.h"
#include "help.h"
#include "language.h"
#include "page.h"
#include "session.h"
#include "sysctls.h"
#include "tcpstate/source.h"
#include "verbs.h"
#include "shared_options.h"
#include "tcpstate/lang.h"

enum { OPTION_SYSCTL = 256, OPTION_OPEN, OPTION_NO_PAGE, OPTION_ROUTE, OPTION_RING, OPTION_KEEP };

static const struct argp_option option_table[] = {
	{"output", 'o', "DIR", 0, N_("the recording's directory; it is created"), 0},
	{"sysctl", OPTION_SYSCTL, "NAME=VALUE", 0,
		N_("set it in the sealed namespace first; it is read back; repeatable"), 0},
	{"default-route", OPTION_ROUTE, NULL, 0,
		N_("give the sealed network a default route, which leads nowhere: for programs "
		   "that ask for the way to a far host to learn their own address"),
		0},
	{"ring", OPTION_RING, "SIZE[,N]", 0,
		N_("keep the newest only: N files (4) of SIZE bytes (K, M, G) of packets and "
		   "answers, the oldest of which is written anew"),
		0},
	{"keep-output", OPTION_KEEP, NULL, 0,
		N_("keep what COMMAND writes to the terminal as well; it gets a terminal of its "
		   "own"),
		0},
	{"open", OPTION_OPEN, NULL, 0,
		N_("at the end open the page that is written into DIR, report.html"), 0},
	{"no-page", OPTION_NO_PAGE, NULL, 0, N_("write no page"), 0},
	{0},
};

struct arguments {
	struct record_options record;
	enum page_wanted page;
	const char **sysctls;
	struct where_options where;
	struct around_options around;
};

static const unsigned long long RING_BYTES_MOST = 1ULL << 30; /* readers have it in memory */

static void parse_ring(
	struct record_options *record, const char *text, const struct argp_state *state)
{
	static const char units[] = "KMG";
	char *end;
	unsigned long long size = strtoull(text, &end, 10);
	unsigned long pieces = 4;
	const char *unit = *end != '\0' ? strchr(units, *end) : NULL;

	if (unit != NULL) {
		size = size > 1ULL << 40 ? 0 : size << 10 * (unit - units + 1);
		end++;
	}
	if (*end == ',')
		pieces = strtoul(end + 1, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || size < 1 << 16 || pieces < 2 ||
		pieces > RING_MOST || size > RING_BYTES_MOST / pieces)
		usage_error(state,
			"--ring %s: wanted: SIZE[,N], as 20M,5: at least 64K each, 2 to %d files, "
			"1G in all",
			text, RING_MOST);
	record->ring_bytes = size;
	record->ring_pieces = (unsigned)pieces;
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
		state->child_inputs[2] = &arguments->where;
		state->child_inputs[3] = &arguments->around;
		return 0;
	case 'o':
		record->directory = argument;
		return 0;
	case OPTION_OPEN:
		arguments->page = PAGE_OPENED;
		return 0;
	case OPTION_NO_PAGE:
		arguments->page = PAGE_LEFT_OUT;
		return 0;
	case OPTION_RING:
		parse_ring(record, argument, state);
		return 0;
	case OPTION_KEEP:
		record->keep_output = true;
		return 0;
	case OPTION_ROUTE:
		record->default_route = true;
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
		if (record->directory == NULL || !*record->directory)
			usage_error(state, "where to? name the recording's directory: -o DIR");
		around_check(&arguments->around, &arguments->where, state);
		if (record->keep_output && !arguments->around.separator)
			usage_error(state, "--keep-output keeps that of COMMAND: none is given "
					   "after --");
		if (record->default_route &&
			(arguments->around.here || arguments->where.netns != NULL ||
				!arguments->around.separator))
			usage_error(state, "--default-route is for a sealed network: that of a "
					   "COMMAND after --, without --here and --netns");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = (const struct argp_child[]){{&ends_argp, 0, NULL, 0}, {&push_argp, 0, NULL, 0},
		{&where_argp, 0, NULL, 0}, {&around_argp, 0, NULL, 0}, {&language_argp, 0, NULL, 0},
		{0}},
	.args_doc = "-o DIR [FILTER] [-- COMMAND...]",
	.doc = N_(
		"Record packets and what the kernel holds into DIR: wire.pcap, diag.pcap, "
		"facts.jsonl.\n"
		"With COMMAND, in a network namespace of its own that only has lo: nothing of the "
		"machine is touched, and no root is needed. Inside, COMMAND may set sysctls, load "
		"nftables rules, open raw sockets. Without COMMAND, this namespace until "
		"Ctrl-C.\n\n"
		"COMMAND finds tcpstate and the lab programs in its PATH; TCPSTATE_CONTROL names "
		"the control socket for `tcpstate mark' and `expect', TCPSTATE_NETNS the "
		"namespace's inode. Its exit status is passed on, 128 + N when signal N ended it; "
		"what it leaves running is terminated and listed.\n"
		"FILTER is a pcap-filter expression: only packets and sockets that match."),
};

/* What is recorded by are addresses, which a report need not ask anybody for. false: *error */
static bool filter_keep_addresses(struct record_options *record, struct error *error)
{
	char *resolved = record->filter != NULL ? filter_resolve(record->filter) : NULL;

	if (resolved == NULL)
		return true;
	free((char *)(uintptr_t)record->filter);
	record->filter = resolved;
	if (filter_may_be_recorded(resolved, error) == 0)
		return true;
	error_context(error, "a report could not read it again");
	return false;
}

static void where_take(struct arguments *arguments)
{
	arguments->record.interface = arguments->where.interface;
	arguments->record.netns = arguments->where.netns;
	arguments->record.here = arguments->around.here;
	arguments->record.calls = arguments->around.calls;
	arguments->record.argv = arguments->around.argv;
}

int verb_record(int argc, char **argv)
{
	struct arguments arguments = {.page = PAGE_WRITTEN};
	struct page_writer writer;
	struct record_result result;
	struct error error;
	struct filter *filter;
	int status;

	arguments.sysctls = calloc((size_t)argc, sizeof(*arguments.sysctls));
	if (arguments.sysctls == NULL)
		abort();
	arguments.record.sysctls = arguments.sysctls;
	argc = around_split(&arguments.around, argc, argv);
	verb_parse(&parser, argc, argv, &arguments);
	where_take(&arguments);
	filter = filter_new(arguments.record.filter, false, &error);
	if (filter != NULL && !filter_keep_addresses(&arguments.record, &error)) {
		filter_free(filter);
		filter = NULL;
	}
	page_writer_start(&writer, filter != NULL ? arguments.page : PAGE_LEFT_OUT);
	if (filter == NULL) {
		size_t used = strlen(error.text);

		if (!arguments.around.separator)
			snprintf(error.text + used, sizeof(error.text) - used,
				"; a COMMAND stands behind --");
		status = verb_misused(argv[0], &error);
	} else if (record_run(&arguments.record, &result, &error)) {
		status = verb_failed(argv[0], &error);
	} else {
		status = result.status;
		page_beside(arguments.record.directory, &writer);
	}
	filter_free(filter);
	free((char *)(uintptr_t)arguments.record.filter);
	free(arguments.sysctls);
	return status;
}
