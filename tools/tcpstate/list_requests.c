/* Half-open requests, counted where they belong. The listeners come first, in a dump of their own
 * (microseconds); then the requests alone. */
#include "list.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/state.h"

struct listener {
	struct sockrow row;
	int64_t half_open;
	unsigned sharers;
};

static void take_listener(void *context, const struct sockrow *row)
{
	struct list_requests *list = context;

	if (list->count == list->room) {
		size_t room = list->room == 0 ? 64 : 2 * list->room;
		struct listener *listeners =
			reallocarray(list->listeners, room, sizeof(*listeners));

		if (listeners == NULL) {
			list->out_of_memory = true;
			return;
		}
		list->listeners = listeners;
		list->room = room;
	}
	list->listeners[list->count++] = (struct listener){.row = *row};
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

static void count_request(struct list_requests *list, const struct sockrow *request)
{
	int best = 0;
	unsigned sharers = 0;

	for (size_t i = 0; i < list->count; i++) {
		int fit = listener_fits(&list->listeners[i].row, request);

		if (fit > best) {
			best = fit;
			sharers = 0;
		}
		sharers += fit > 0 && fit == best;
	}
	for (size_t i = 0; i < list->count && best > 0; i++) {
		if (listener_fits(&list->listeners[i].row, request) == best) {
			list->listeners[i].half_open++;
			list->listeners[i].sharers = sharers;
		}
	}
}

/* A listener that appeared after its dump has no count yet: 0, its requests came before its row. */
void list_requests_find(const struct list_requests *list, struct list_entry *entry)
{
	entry->half_open = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (list->listeners[i].row.cookie == entry->row.cookie) {
			entry->half_open = list->listeners[i].half_open;
			entry->sharers = list->listeners[i].sharers;
		}
	}
}

static void take_request(void *context, const struct sockrow *row)
{
	if (row->request)
		count_request(context, row);
}

int list_requests_gather(struct list_requests *requests, struct error *error)
{
	const struct rows_want listeners = {.tcp = true, .states = 1u << STATE_LISTEN},
			       half_open = {.tcp = true,
				       .states = 1u << STATE_SYN_RECV,
				       .extensions = DIAG_TELL_SHUTDOWN};

	if (rows_dump(&listeners, take_listener, requests, error) != 0 ||
		rows_dump(&half_open, take_request, requests, error) != 0)
		return -1;
	return requests->out_of_memory ? error_set(error, "out of memory") : 0;
}

void list_requests_free(struct list_requests *requests)
{
	free(requests->listeners);
	*requests = (struct list_requests){0};
}
