/* tcpstate list: the sockets of this network namespace, as the kernel holds them now, at least what
 * `ss -tuanoe` tells. */
#include "verbs.h"

#include <argp.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help.h"
#include "language.h"
#include "list.h"
#include "sealed.h"
#include "tcpstate/escape.h"
#include "tcpstate/state.h"
#include "tcpstate/states_arg.h"
#include "terminal.h"
#include "shared_options.h"
#include "tcpstate/lang.h"

enum {
	BIT_BOUND_INACTIVE = 13,
	OPTION_HALF_OPEN = 256,
	OPTION_JSON,
	OPTION_BOUND,
	OPTION_SORT,
	OPTION_GROUP
};

struct list {
	struct list_options options;
	struct filter *filter;
	struct list_owners owners;
	struct list_requests requests;
	struct list_text text;
	struct list_json json;
	struct list_groups groups;
	bool out_of_memory;
	uint64_t shown;
};

const char *const list_sort_names[SORT_MAX] = {"", "state", "local", "remote", "recv-q", "send-q"};
const char *const list_group_names[GROUP_MAX] = {"", "process", "peer", "state", "port"};

static const struct argp_option option_table[] = {
	{"processes", 'p', NULL, 0,
		N_("who holds each socket: program, pid and unit (others' sockets need root)"), 0},
	{"extended", 'e', NULL, 0, N_("uid, inode and cookie as well"), 0},
	{"info", 'i', NULL, 0,
		N_("what struct tcp_info tells: round-trip time, cwnd, retransmissions, rates"), 0},
	{"half-open", OPTION_HALF_OPEN, NULL, 0,
		N_("count each listener's half-open requests (SYN queue)"), 0},
	{"bound", OPTION_BOUND, NULL, 0,
		N_("TCP sockets that are only bound as well, as CLOSED (Linux >= 6.8)"), 0},
	{"sort", OPTION_SORT, "COLUMN", 0, N_("by state, local, remote, recv-q or send-q"), 0},
	{"group-by", OPTION_GROUP, "WHAT", 0, N_("count by process, peer, state or port instead"),
		0},
	{"json", OPTION_JSON, NULL, 0, N_("an object whose `sockets' are one a line"), 0},
	{"resolve", 'r', NULL, 0, N_("names instead of numbers for addresses and ports"), 0},
	{"numeric", 'n', NULL, 0, N_("numbers (the default; for fingers used to ss)"), 0},
	{0},
};

static int word_index(const char *const *words, int count, const char *word, const char *option,
	struct argp_state *state)
{
	for (int i = 1; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	char known[128] = "";

	for (int i = 1; i < count; i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), " %s", words[i]);
	usage_error(state, "--%s %s: there are%s", option, word, known);
	return 0;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct list_options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->netns;
		state->child_inputs[1] = &options->states;
		return 0;
	case 'p':
		options->processes = true;
		return 0;
	case 'e':
		options->extended = true;
		return 0;
	case 'i':
		options->info = true;
		return 0;
	case 'r':
		options->resolve = true;
		return 0;
	case 'n':
		options->resolve = false;
		return 0;
	case OPTION_HALF_OPEN:
		options->half_open = true;
		return 0;
	case OPTION_BOUND:
		options->bound = true;
		return 0;
	case OPTION_JSON:
		options->json = true;
		return 0;
	case OPTION_SORT:
		options->sort = word_index(list_sort_names, SORT_MAX, argument, "sort", state);
		return 0;
	case OPTION_GROUP:
		options->group =
			word_index(list_group_names, GROUP_MAX, argument, "group-by", state);
		return 0;
	case ARGP_KEY_ARGS:
		options->words = state->argv + state->next;
		options->word_count = state->argc - state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = (const struct argp_child[]){{&netns_argp, 0, NULL, 0},
		{&states_argp, 0, NULL, 0}, {&language_argp, 0, NULL, 0}, {0}},
	.args_doc = "[FILTER]",
	.doc = N_("The TCP and UDP sockets of this network namespace as the kernel holds them now: "
		  "states, queues against their limits, timers with the time left.\n\n"
		  "FILTER is a pcap-filter expression about a socket, its local end being the "
		  "source: src port 12345 and host 10.0.0.2\n"
		  "Exit status 1 when FILTER or --state is given and no socket matches.\n"
		  "`tcpstate explain STATE` says what a state means."),
};

static void name_interface(struct sockrow *row)
{
	char name[IF_NAMESIZE];

	if (row->interface == 0)
		return;
	if (if_indextoname(row->interface, name) != NULL)
		escape_text(row->interface_name, sizeof(row->interface_name), name, strlen(name));
	else
		snprintf(row->interface_name, sizeof(row->interface_name), "%" PRIu32,
			row->interface);
}

static void take_row(void *context, const struct sockrow *row)
{
	struct list *list = context;
	struct list_entry entry = {.row = *row, .half_open = -1, .peer_closed_ms = -1};
	int failed = 0;

	if (!filter_row(list->filter, row))
		return;
	list->shown++;
	if (list->options.half_open && row->key.protocol == IPPROTO_TCP &&
		row->state == STATE_LISTEN)
		list_requests_find(&list->requests, &entry);
	if (list->options.processes)
		list_owners_find(&list->owners, &entry);
	name_interface(&entry.row);
	if (list->options.group != GROUP_NONE)
		failed = list_groups_add(&list->groups, &entry);
	else if (list->options.json)
		list_json_add(&list->json, &entry);
	else
		failed = list_text_add(&list->text, &entry);
	list->out_of_memory |= failed < 0;
}

/* Of a CLOSE_WAIT, the segment that acknowledged last is the FIN, unless there was data to
 * acknowledge since. */
static void take_closed(void *context, const struct sockrow *row)
{
	struct list *list = context;

	if (row->has_info)
		list_text_closed(&list->text, row->cookie, row->last_ack_recv_ms);
}

static uint32_t states_wanted(const struct list_options *options)
{
	if (options->states != 0)
		return states_dump_mask(options->states);
	return options->bound ? DIAG_STATES_ALL : DIAG_STATES_ALL & ~(1u << BIT_BOUND_INACTIVE);
}

static int gather(struct list *list, struct error *error)
{
	const struct list_options *options = &list->options;
	const struct rows_want all = {.tcp = true,
		.udp = true,
		.states = states_wanted(options),
		.extensions = DIAG_TELL_SHUTDOWN | (options->info ? DIAG_TELL_INFO : 0)};
	const struct rows_want closed = {
		.tcp = true, .states = 1u << STATE_CLOSE_WAIT, .extensions = DIAG_TELL_INFO};

	if ((options->processes || options->group == GROUP_PROCESS) &&
		list_owners_gather(&list->owners, error) < 0)
		return -1;
	if (options->half_open && list_requests_gather(&list->requests, error) < 0)
		return -1;
	if (rows_dump(&all, take_row, list, error) < 0)
		return -1;
	if (list_text_wants_closed(&list->text) && rows_dump(&closed, take_closed, list, error) < 0)
		return -1;
	return list->out_of_memory ? error_set(error, "out of memory") : 0;
}

static int print(struct list *list)
{
	struct list_options *options = &list->options;
	bool asked = list->filter != NULL && (options->word_count > 0 || options->states != 0);

	/* after a failure the array stays open: a reader must not take it for whole */
	if (options->group != GROUP_NONE)
		list_groups_print(&list->groups, stdout);
	else if (options->json)
		list_json_end(&list->json);
	else
		list_text_end(&list->text);
	return asked && list->shown == 0 ? STATUS_FAILED : STATUS_OK;
}

int verb_list(int argc, char **argv)
{
	struct list list = {.json.out = stdout, .text.out = stdout};
	struct error error;
	int status;

	verb_parse(&parser, argc, argv, &list.options);
	list.text.options = list.json.options = &list.options;
	list.text.colour = terminal_colours(stdout);
	list.text.width = terminal_columns(stdout);
	list.groups.by = list.options.group;
	list.options.processes |= list.options.group == GROUP_PROCESS;

	char *expression = verb_words(list.options.word_count, list.options.words);

	list.filter = filter_new(expression, true, &error);
	free(expression);
	if (list.filter == NULL)
		return verb_misused(argv[0], &error);
	if (netns_enter(list.options.netns, &error) < 0 || gather(&list, &error) < 0)
		status = verb_failed(argv[0], &error);
	else
		status = print(&list);
	list_text_free(&list.text);
	list_groups_free(&list.groups);
	list_owners_free(&list.owners);
	list_requests_free(&list.requests);
	filter_free(list.filter);
	return status;
}
