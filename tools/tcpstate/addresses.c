/* rtnetlink by libmnl: RTM_GETADDR once, then the RTNLGRP_IPV4_IFADDR and RTNLGRP_IPV6_IFADDR
 * groups. */
#include "addresses.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

struct address {
	uint8_t family, bytes[16];
	uint32_t interface; /* two may have the same address */
};

struct addresses {
	struct mnl_socket *socket;
	struct address *list;
	size_t count, room;
	bool done; /* the first listing is complete */
	bool failed;
	event_emit *emit;
	void *context;
};

static void change_emit(const struct addresses *addresses, const struct address *address, bool gone)
{
	struct event event = {.t_ns = now_ns(), .kind = EVENT_ADDRESS};

	if (addresses->emit == NULL)
		return;
	event.u.fact.family = address->family;
	event.u.fact.gone = gone;
	memcpy(event.u.fact.addr, address->bytes, sizeof(address->bytes));
	addresses->emit(addresses->context, &event);
}

static bool same_address(const struct address *a, const struct address *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static bool address_held(const struct addresses *addresses, const struct address *address)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (same_address(&addresses->list[i], address))
			return true;
	return false;
}

static struct address *address_find(
	const struct addresses *addresses, const struct address *address)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (same_address(&addresses->list[i], address) &&
			addresses->list[i].interface == address->interface)
			return &addresses->list[i];
	return NULL;
}

static void address_added(struct addresses *addresses, const struct address *address)
{
	bool held = address_held(addresses, address);

	if (address_find(addresses, address) != NULL)
		return; /* an update, such as "no longer tentative" */
	if (addresses->count == addresses->room) {
		size_t room = addresses->room ? 2 * addresses->room : 16;
		struct address *more = realloc(addresses->list, room * sizeof(*more));

		if (more == NULL) {
			addresses->failed = true;
			return;
		}
		addresses->list = more;
		addresses->room = room;
	}
	addresses->list[addresses->count++] = *address;
	if (!held)
		change_emit(addresses, address, false);
}

static void address_removed(struct addresses *addresses, const struct address *address)
{
	struct address *entry = address_find(addresses, address);

	if (entry == NULL)
		return;
	*entry = addresses->list[--addresses->count];
	if (!address_held(addresses, address))
		change_emit(addresses, address, true);
}

/* IFA_LOCAL is the own end of a point-to-point link, where IFA_ADDRESS is the peer's; IPv6 has only
 * IFA_ADDRESS otherwise. */
static void message_take(struct addresses *addresses, const struct nlmsghdr *message)
{
	const struct ifaddrmsg *head = mnl_nlmsg_get_payload(message);
	/* libmnl's is aligned, and may lie behind the last byte */
	const char *tail = (const char *)message + message->nlmsg_len;
	struct address address;
	bool local = false;

	if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
		addresses->done = true;
	if ((message->nlmsg_type != RTM_NEWADDR && message->nlmsg_type != RTM_DELADDR) ||
		mnl_nlmsg_get_payload_len(message) < sizeof(*head))
		return;
	memset(&address, 0, sizeof(address)); /* compared as bytes */
	address.family = head->ifa_family;
	address.interface = head->ifa_index;
	for (const struct nlattr *attribute = mnl_nlmsg_get_payload_offset(message, sizeof(*head));
		mnl_attr_ok(attribute, (int)(tail - (const char *)attribute));
		attribute = mnl_attr_next(attribute)) {
		uint16_t type = mnl_attr_get_type(attribute),
			 length = mnl_attr_get_payload_len(attribute);

		if ((type != IFA_LOCAL && (type != IFA_ADDRESS || local)) ||
			length != (address.family == AF_INET ? 4 : 16))
			continue;
		local = type == IFA_LOCAL;
		memcpy(address.bytes, mnl_attr_get_payload(attribute), length);
	}
	if (message->nlmsg_type == RTM_NEWADDR)
		address_added(addresses, &address);
	else
		address_removed(addresses, &address);
}

int addresses_dispatch(
	struct addresses *addresses, event_emit *emit, void *context, struct error *error)
{
	char buffer[32768];
	struct pollfd ready = {mnl_socket_get_fd(addresses->socket), POLLIN, 0};

	addresses->emit = emit;
	addresses->context = context;
	while (poll(&ready, 1, 0) > 0) {
		ssize_t length = mnl_socket_recvfrom(addresses->socket, buffer, sizeof(buffer));
		int rest = (int)length;

		if (length < 0 && (errno == ENOBUFS || errno == EINTR))
			continue;
		if (length < 0)
			return error_set(error, "rtnetlink: %s", strerror(errno));
		for (struct nlmsghdr *message = (struct nlmsghdr *)buffer;
			mnl_nlmsg_ok(message, rest); message = mnl_nlmsg_next(message, &rest))
			message_take(addresses, message);
	}
	return addresses->failed ? error_set(error, "out of memory") : 0;
}

static int addresses_list(struct addresses *addresses, struct error *error)
{
	char buffer[64];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *head;
	struct pollfd ready = {mnl_socket_get_fd(addresses->socket), POLLIN, 0};

	message->nlmsg_type = RTM_GETADDR;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = 1;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->ifa_family = AF_UNSPEC;
	if (mnl_socket_sendto(addresses->socket, message, message->nlmsg_len) < 0)
		return error_set(error, "rtnetlink: %s", strerror(errno));
	while (!addresses->done) {
		if (poll(&ready, 1, 2000) <= 0)
			return error_set(
				error, "rtnetlink: no answer to the request for addresses");
		if (addresses_dispatch(addresses, NULL, NULL, error))
			return -1;
	}
	return 0;
}

struct addresses *addresses_new(struct error *error)
{
	struct addresses *addresses = calloc(1, sizeof(*addresses));

	if (addresses == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	addresses->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (addresses->socket == NULL ||
		mnl_socket_bind(addresses->socket, RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
			MNL_SOCKET_AUTOPID) < 0)
		error_set(error, "rtnetlink: %s", strerror(errno));
	else if (!addresses_list(addresses, error))
		return addresses;
	addresses_free(addresses);
	return NULL;
}

void addresses_free(struct addresses *addresses)
{
	if (addresses == NULL)
		return;
	if (addresses->socket != NULL)
		mnl_socket_close(addresses->socket);
	free(addresses->list);
	free(addresses);
}

int addresses_fd(const struct addresses *addresses)
{
	return mnl_socket_get_fd(addresses->socket);
}

void addresses_emit(
	const struct addresses *addresses, int64_t t_ns, event_emit *emit, void *context)
{
	for (size_t i = 0; i < addresses->count; i++) {
		struct event event = {.t_ns = t_ns, .kind = EVENT_ADDRESS};

		event.u.fact.family = addresses->list[i].family;
		memcpy(event.u.fact.addr, addresses->list[i].bytes, 16);
		emit(context, &event);
	}
}

json_t *addresses_json(const struct addresses *addresses)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < addresses->count; i++) {
		char text[INET6_ADDRSTRLEN];

		if (inet_ntop(addresses->list[i].family, addresses->list[i].bytes, text,
			    sizeof(text)) != NULL)
			json_array_append_new(array, json_string(text));
	}
	return array;
}
