/* Messages of the live netlink sockets: addresses that change, entries of connection tracking.
 * (Those of sock_diag have a target of their own, fuzz_diagmsg.) */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/tcpstate/addresses.c"
#include "../../tools/tcpstate/conntrack.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_entry(void *context, const struct conntrack_entry *entry)
{
	(void)context;
	if (entry->state == NULL ||
		(entry->original.family != AF_INET && entry->original.family != AF_INET6))
		abort();
}

/* The kernel's own: it never sends a message of 2 GiB, which libmnl would take for a short one. */
static bool lengths_good(const uint8_t *data, size_t size)
{
	struct nlmsghdr head;

	for (size_t at = 0; at + sizeof(head) <= size; at += NLMSG_ALIGN(head.nlmsg_len)) {
		memcpy(&head, data + at, sizeof(head));
		if (head.nlmsg_len > INT32_MAX)
			return false;
		if (head.nlmsg_len < sizeof(head))
			break;
	}
	return true;
}

static void on_address(void *context, const struct event *event)
{
	(void)context;
	if (event->kind != EVENT_ADDRESS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading reading = {on_entry, NULL};
	void *copy = size > 0 ? malloc(size) : NULL; /* aligned, and its end is guarded */

	if (copy == NULL)
		return 0;
	memcpy(copy, data, size);
	if (!lengths_good(copy, size)) {
		free(copy);
		return 0;
	}
	mnl_cb_run(copy, size, 0, 0, entry_take, &reading);
	struct addresses addresses = {.emit = on_address};
	int left = (int)size;
	for (const struct nlmsghdr *message = copy; mnl_nlmsg_ok(message, left);
		message = mnl_nlmsg_next(message, &left))
		message_take(&addresses, message);
	free(addresses.list);
	free(copy);
	return 0;
}
