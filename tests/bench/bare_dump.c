/* What listing TCP sockets costs at least: sock_diag's dumps of both families by libmnl, and a line
 * for each socket by printf. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>

static int print(const struct nlmsghdr *message, void *unused)
{
	const struct inet_diag_msg *row = mnl_nlmsg_get_payload(message);
	char local[INET6_ADDRSTRLEN], remote[INET6_ADDRSTRLEN];

	(void)unused;
	inet_ntop(row->idiag_family, row->id.idiag_src, local, sizeof(local));
	inet_ntop(row->idiag_family, row->id.idiag_dst, remote, sizeof(remote));
	printf("%d %u %u %s:%d %s:%d\n", row->idiag_state, row->idiag_rqueue, row->idiag_wqueue,
		local, ntohs(row->id.idiag_sport), remote, ntohs(row->id.idiag_dport));
	return MNL_CB_OK;
}

static int dump(struct mnl_socket *socket, uint8_t family, unsigned sequence)
{
	static char buffer[65536];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *request;
	ssize_t n;
	int more = 1;

	message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	request = mnl_nlmsg_put_extra_header(message, sizeof(*request));
	request->sdiag_family = family;
	request->sdiag_protocol = IPPROTO_TCP;
	request->idiag_states = UINT32_MAX;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -1;
	while (more > 0 && (n = mnl_socket_recvfrom(socket, buffer, sizeof(buffer))) > 0)
		more = mnl_cb_run(
			buffer, (size_t)n, sequence, mnl_socket_get_portid(socket), print, NULL);
	return more;
}

int main(void)
{
	struct mnl_socket *socket = mnl_socket_open(NETLINK_SOCK_DIAG);

	if (socket == NULL || mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
		dump(socket, AF_INET, 1) < 0 || dump(socket, AF_INET6, 2) < 0) {
		perror("sock_diag");
		return 1;
	}
	return fflush(stdout) != 0;
}
