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

#include "language.h"
#include "list.h"
#include "tcpstate/escape.h"
#include "tcpstate/state.h"
#include "terminal.h"

enum {
	DUMP_TIMEOUT_MS = 10000,
	BIT_BOUND_INACTIVE = 13,
	OPTION_HALF_OPEN = 256,
	OPTION_JSON,
	OPTION_BOUND
};

struct options {
	bool processes, half_open, json, resolve, bound;
	char **words;
	int word_count;
};

struct listener {
	struct sockrow row;
	int64_t half_open;
	unsigned sharers;
};

struct list {
	struct options options;
	struct filter *filter;
	struct diag *diag;
	struct owners *scanner;
	struct owner *owners;
	size_t owner_count, owner_room; /* by inode, then pid */
	struct listener *listeners;
	size_t listener_count, listener_room;
	struct list_text text;
	struct list_json json;
	bool out_of_memory;
};

static const struct argp_option option_table[] = {
	{"processes", 'p', NULL, 0,
		"who holds each socket: program and pid (others' sockets need root)", 0},
	{"half-open", OPTION_HALF_OPEN, NULL, 0,
		"count each listener's half-open requests (SYN queue)", 0},
	{"bound", OPTION_BOUND, NULL, 0,
		"TCP sockets that are only bound as well, as CLOSED (Linux >= 6.8)", 0},
	{"json", OPTION_JSON, NULL, 0, "an array of objects, one a line", 0},
	{"resolve", 'r', NULL, 0, "names instead of numbers for addresses and ports", 0},
	{"numeric", 'n', NULL, 0, "numbers (the default; for fingers used to ss)", 0},
	{0},
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	(void)argument;
	switch (key) {
	case 'p':
		options->processes = true;
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
	.children = LANGUAGE_CHILD,
	.args_doc = "[FILTER]",
	.doc = "The TCP and UDP sockets of this network namespace as the kernel holds them now: "
	       "states, queues against their limits, timers with the time left.\v"
	       "FILTER is a pcap-filter expression about a socket, its local end being the source: "
	       "src port 12345 and host 10.0.0.2\n"
	       "`tcpstate explain STATE` tells what a state means.",
};

/* Room for one more element; NULL out of memory. */
static void *grow(void *array, size_t *room, size_t count, size_t size)
{
	size_t wanted = *room == 0 ? 64 : 2 * *room;

	if (count < *room)
		return array;
	array = reallocarray(array, wanted, size);
	if (array != NULL)
		*room = wanted;
	return array;
}

static void take_owner(void *context, const struct event *event)
{
	struct list *list = context;
	struct owner *owners;

	if (event->kind != EVENT_OWNER)
		return;
	owners = grow(list->owners, &list->owner_room, list->owner_count, sizeof(*owners));
	if (owners == NULL) {
		list->out_of_memory = true;
		return;
	}
	list->owners = owners;
	owners[list->owner_count++] = event->u.fact.owner;
}

static int owner_compare(const void *left, const void *right)
{
	const struct owner *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int gather_owners(struct list *list, struct error *error)
{
	list->scanner = owners_new();
	if (list->scanner == NULL)
		return error_set(error, "out of memory");
	if (owners_scan(list->scanner, NULL, 0, take_owner, list, error) < 0)
		return -1;
	if (list->owner_count > 0)
		qsort(list->owners, list->owner_count, sizeof(*list->owners), owner_compare);
	return 0;
}

static void find_owners(const struct list *list, struct list_entry *entry)
{
	size_t low = 0, high = list->owner_count;

	if (entry->row.inode == 0)
		return;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->owners[middle].inode < entry->row.inode)
			low = middle + 1;
		else
			high = middle;
	}
	entry->owners = list->owners + low;
	while (low + entry->owner_count < list->owner_count &&
		list->owners[low + entry->owner_count].inode == entry->row.inode)
		entry->owner_count++;
}

static void take_listener(void *context, const struct event *event)
{
	struct list *list = context;
	struct listener *listeners;

	if (event->kind != EVENT_ROW)
		return;
	listeners = grow(
		list->listeners, &list->listener_room, list->listener_count, sizeof(*listeners));
	if (listeners == NULL) {
		list->out_of_memory = true;
		return;
	}
	list->listeners = listeners;
	listeners[list->listener_count++] = (struct listener){.row = event->u.diag.row};
}

/* How well a listener fits a request, as the kernel looks one up: its own address, then the
 * wildcard, then the IPv6 wildcard; 0 not at all. */
static int listener_fits(const struct sockrow *listener, const struct sockrow *request)
{
	static const uint8_t wildcard[16];
	bool any = memcmp(listener->key.addr[0], wildcard, sizeof(wildcard)) == 0;

	if (listener->key.port_be[0] != request->key.port_be[0] ||
		(listener->interface != 0 && listener->interface != request->interface))
		return 0;
	if (listener->key.family != request->key.family)
		return listener->key.family == AF_INET6 && any && !listener->v6only;
	if (memcmp(listener->key.addr[0], request->key.addr[0], sizeof(wildcard)) == 0)
		return 3;
	return any ? 2 : 0;
}

static void count_request(struct list *list, const struct sockrow *request)
{
	int best = 0;
	unsigned sharers = 0;

	for (size_t i = 0; i < list->listener_count; i++) {
		int fit = listener_fits(&list->listeners[i].row, request);

		if (fit > best) {
			best = fit;
			sharers = 0;
		}
		sharers += fit > 0 && fit == best;
	}
	for (size_t i = 0; i < list->listener_count && best > 0; i++) {
		if (listener_fits(&list->listeners[i].row, request) == best) {
			list->listeners[i].half_open++;
			list->listeners[i].sharers = sharers;
		}
	}
}

/* A listener that appeared after its dump has no count yet: 0, its requests came before its row. */
static void find_half_open(const struct list *list, struct list_entry *entry)
{
	entry->half_open = 0;
	for (size_t i = 0; i < list->listener_count; i++) {
		if (list->listeners[i].row.cookie == entry->row.cookie) {
			entry->half_open = list->listeners[i].half_open;
			entry->sharers = list->listeners[i].sharers;
		}
	}
}

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

static void take_row(void *context, const struct event *event)
{
	struct list *list = context;
	struct list_entry entry = {.half_open = -1};

	if (event->kind != EVENT_ROW)
		return;
	entry.row = event->u.diag.row;
	if (list->options.half_open && entry.row.request)
		count_request(list, &entry.row);
	if (!filter_row(list->filter, &entry.row))
		return;
	if (list->options.half_open && entry.row.key.protocol == IPPROTO_TCP &&
		entry.row.state == STATE_LISTEN)
		find_half_open(list, &entry);
	find_owners(list, &entry);
	name_interface(&entry.row);
	if ((list->options.json ? list_json_add(&list->json, &entry)
				: list_text_add(&list->text, &entry)) < 0)
		list->out_of_memory = true;
}

/* The listeners come first, in a dump of their own (microseconds): each request can then be counted
 * where it belongs. */
static int gather(struct list *list, struct error *error)
{
	uint32_t states = list->options.bound ? DIAG_STATES_ALL
					      : DIAG_STATES_ALL & ~(1u << BIT_BOUND_INACTIVE);

	if (list->options.processes && gather_owners(list, error) < 0)
		return -1;
	if (list->options.half_open && diag_dump_now(list->diag, true, false, 1u << STATE_LISTEN,
					       DUMP_TIMEOUT_MS, take_listener, list, error) < 0)
		return -1;
	if (diag_dump_now(list->diag, true, true, states, DUMP_TIMEOUT_MS, take_row, list, error) <
		0)
		return -1;
	return list->out_of_memory ? error_set(error, "out of memory") : 0;
}

static bool colour_wanted(void)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0') &&
	       (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

int verb_list(int argc, char **argv)
{
	struct list list = {.json.out = stdout};
	struct error error;
	int status = STATUS_OK;

	argp_parse(&parser, argc, argv, 0, NULL, &list.options);
	list.text.resolve = list.options.resolve;
	list.text.colour = colour_wanted();
	list.text.width = terminal_columns(stdout);
	list.text.processes = list.json.processes = list.options.processes;

	char *expression = verb_words(list.options.word_count, list.options.words);

	list.filter = filter_new(expression, true, &error);
	free(expression);
	if (list.filter == NULL)
		return verb_misused(argv[0], &error);
	list.diag = diag_open_live(NULL, &error);
	if (list.diag == NULL || gather(&list, &error) < 0)
		status = verb_failed(argv[0], &error);
	if (status == STATUS_OK && list.options.json)
		/* after a failure the array stays open: a reader must not take it for whole */
		list_json_end(&list.json);
	else if (status == STATUS_OK)
		list_text_print(&list.text, stdout);
	list_text_free(&list.text);
	diag_close(list.diag);
	owners_free(list.scanner);
	filter_free(list.filter);
	free(list.owners);
	free(list.listeners);
	return status;
}
