/* rtnetlink by libmnl: RTM_NEWROUTE of a default route through lo, for programs that look for their
 * own address by asking for the way to a far host (connect() to 8.8.8.8, then getsockname()). */
#include "routes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

/* The kernel's answer: 0 or an errno. */
static int request_answered(struct mnl_socket *socket, struct nlmsghdr *request)
{
	char buffer[4096];
	ssize_t got;

	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return errno;
	got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (got < 0 || mnl_cb_run(buffer, (size_t)got, request->nlmsg_seq,
			       mnl_socket_get_portid(socket), NULL, NULL) < 0)
		return errno;
	return 0;
}

static int route_add(struct mnl_socket *socket, uint8_t family, uint32_t interface)
{
	char buffer[256];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct rtmsg *route;

	request->nlmsg_type = RTM_NEWROUTE;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;
	request->nlmsg_seq = family;
	route = mnl_nlmsg_put_extra_header(request, sizeof(*route));
	route->rtm_family = family;
	route->rtm_table = RT_TABLE_MAIN;
	route->rtm_protocol = RTPROT_BOOT;
	route->rtm_scope = family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	route->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(request, RTA_OIF, interface);
	/* else the source of what is sent to a far host: an address of lo is none by itself */
	if (family == AF_INET)
		mnl_attr_put_u32(request, RTA_PREFSRC, htonl(INADDR_LOOPBACK));
	else
		mnl_attr_put(request, RTA_PREFSRC, sizeof(in6addr_loopback), &in6addr_loopback);
	return request_answered(socket, request);
}

int route_to_nowhere(struct error *error)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	unsigned interface = if_nametoindex("lo");
	int cause = 0;

	if (socket == NULL || interface == 0 || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0)
		cause = errno;
	if (cause == 0)
		cause = route_add(socket, AF_INET, interface);
	if (cause == 0) /* a kernel without IPv6 needs no such route */
		route_add(socket, AF_INET6, interface);
	if (socket != NULL)
		mnl_socket_close(socket);
	if (cause != 0)
		return error_set(
			error, "--default-route: no route through lo: %s", strerror(cause));
	return 0;
}
