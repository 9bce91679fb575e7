/* A dump of the connection tracking table by ctnetlink. /proc/net/nf_conntrack would say the same,
 * but is closed to ordinary users, in a user namespace too. Source:
 * linux/netfilter/nfnetlink_conntrack.h, nf_conntrack_tcp.h. */
#include "conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

struct reading {
	conntrack_emit *emit;
	void *context;
};

enum { ATTRIBUTES = CTA_MAX + 1 };
struct attributes {
	const struct nlattr *at[ATTRIBUTES];
};

/* Of nested attributes the first levels only; what is longer than ours is newer than we are. */
static int attribute_take(const struct nlattr *attribute, void *context)
{
	struct attributes *attributes = context;
	unsigned type = mnl_attr_get_type(attribute);

	if (type < ATTRIBUTES)
		attributes->at[type] = attribute;
	return MNL_CB_OK;
}

static struct attributes nested(const struct nlattr *attribute)
{
	struct attributes attributes = {0};

	if (attribute != NULL)
		mnl_attr_parse_nested(attribute, attribute_take, &attributes);
	return attributes;
}

static bool address_take(const struct nlattr *attribute, size_t length, uint8_t *address)
{
	if (attribute == NULL || mnl_attr_get_payload_len(attribute) != length)
		return false;
	memcpy(address, mnl_attr_get_payload(attribute), length);
	return true;
}

static bool port_take(const struct nlattr *attribute, uint16_t *port_be)
{
	if (attribute == NULL || mnl_attr_get_payload_len(attribute) != sizeof(*port_be))
		return false;
	memcpy(port_be, mnl_attr_get_payload(attribute), sizeof(*port_be));
	return true;
}

/* TCP only. */
static bool tuple_take(const struct nlattr *attribute, struct flow_key *key)
{
	struct attributes tuple = nested(attribute), ip = nested(tuple.at[CTA_TUPLE_IP]),
			  proto = nested(tuple.at[CTA_TUPLE_PROTO]);
	const struct nlattr *protocol = proto.at[CTA_PROTO_NUM];

	*key = (struct flow_key){.protocol = IPPROTO_TCP};
	if (protocol == NULL || mnl_attr_get_payload_len(protocol) < 1 ||
		mnl_attr_get_u8(protocol) != IPPROTO_TCP)
		return false;
	if (address_take(ip.at[CTA_IP_V4_SRC], 4, key->addr[0]) &&
		address_take(ip.at[CTA_IP_V4_DST], 4, key->addr[1]))
		key->family = AF_INET;
	else if (address_take(ip.at[CTA_IP_V6_SRC], 16, key->addr[0]) &&
		 address_take(ip.at[CTA_IP_V6_DST], 16, key->addr[1]))
		key->family = AF_INET6;
	return key->family && port_take(proto.at[CTA_PROTO_SRC_PORT], &key->port_be[0]) &&
	       port_take(proto.at[CTA_PROTO_DST_PORT], &key->port_be[1]);
}

static const char *state_take(const struct nlattr *attribute)
{
	static const char *const names[] = {"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED",
		"FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"};
	struct attributes info = nested(attribute), tcp = nested(info.at[CTA_PROTOINFO_TCP]);
	const struct nlattr *state = tcp.at[CTA_PROTOINFO_TCP_STATE];
	unsigned number =
		state != NULL && mnl_attr_get_payload_len(state) >= 1 ? mnl_attr_get_u8(state) : 0;

	return names[number < sizeof(names) / sizeof(names[0]) ? number : 0];
}

static int entry_take(const struct nlmsghdr *header, void *context)
{
	const struct reading *reading = context;
	struct attributes entry = {0};
	struct conntrack_entry taken;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(struct nfgenmsg))
		return MNL_CB_OK;
	mnl_attr_parse(header, sizeof(struct nfgenmsg), attribute_take, &entry);
	if (tuple_take(entry.at[CTA_TUPLE_ORIG], &taken.original) &&
		tuple_take(entry.at[CTA_TUPLE_REPLY], &taken.reply)) {
		taken.state = state_take(entry.at[CTA_PROTOINFO]);
		reading->emit(reading->context, &taken);
	}
	return MNL_CB_OK;
}

static int dump(struct mnl_socket *socket, struct reading *reading)
{
	char buffer[32768];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *message;
	const struct timeval patience = {.tv_sec = 2};
	ssize_t length;
	int result = MNL_CB_OK;

	header->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = 1;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	*message = (struct nfgenmsg){.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
			sizeof(patience)) ||
		mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -1;
	while (result == MNL_CB_OK) {
		length = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
		if (length < 0)
			return -1;
		result = mnl_cb_run(buffer, (size_t)length, 1, mnl_socket_get_portid(socket),
			entry_take, reading);
	}
	return result == MNL_CB_STOP ? 0 : -1;
}

int conntrack_read(conntrack_emit *emit, void *context, struct error *error)
{
	struct reading reading = {emit, context};
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	int result = socket != NULL ? dump(socket, &reading) : -1, cause = errno;

	if (socket != NULL)
		mnl_socket_close(socket);
	if (!result)
		return 0;
	if (cause == EPERM)
		return error_set(error, "connection tracking is shown with CAP_NET_ADMIN only: "
					"record sealed, or as root");
	if (cause == EPROTONOSUPPORT || cause == EINVAL || cause == EOPNOTSUPP)
		return error_set(
			error, "this kernel has no ctnetlink (module nf_conntrack_netlink)");
	return error_set(error, "reading the connection tracking table: %s", strerror(cause));
}
