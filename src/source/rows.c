/* One look at all sockets, as fast as the kernel lists them: a socket of its own, a large buffer,
 * no events and no table of what came. `list` looks once and forgets; who follows sockets over time
 * uses diag.c. */
#include "tcpstate/source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tcpstate/state.h"

/* The kernel fills at most 32 KiB a datagram of a dump (net/netlink/af_netlink.c). */
enum { BUFFER_BYTES = 64 * 1024, TIMEOUT_S = 10 };

struct rows {
	int fd;
	void *buffer;
	rows_emit *emit;
	void *context;
	uint32_t sequence;
};

static int refused(int errno_value, uint8_t protocol, struct error *error)
{
	if (errno_value == ENOENT || errno_value == EINVAL || errno_value == EOPNOTSUPP)
		return error_set(error, protocol == IPPROTO_UDP
						? "sock_diag: this kernel cannot list UDP sockets; "
						  "load its module: modprobe udp_diag"
						: "sock_diag: this kernel cannot list TCP sockets; "
						  "load its module: modprobe tcp_diag");
	return error_set(error, "sock_diag: %s", strerror(errno_value));
}

/* The messages of one datagram; 1: the dump goes on, 0: it has ended, -1: error. */
static int datagram_take(struct rows *rows, size_t length, uint8_t protocol, struct error *error)
{
	const struct nlmsghdr *message = rows->buffer;
	struct sockrow row;
	int left = (int)length;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_seq != rows->sequence)
			continue;
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *said = mnl_nlmsg_get_payload(message);

			if (mnl_nlmsg_get_payload_len(message) < sizeof(*said))
				return error_set(error, "sock_diag: an error too short to be read");
			return refused(-said->error, protocol, error);
		}
		if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
			diag_row_of(message, protocol, &row))
			rows->emit(rows->context, &row);
	}
	return 1;
}

static int family_dump(struct rows *rows, const struct rows_want *want, uint8_t family,
	uint8_t protocol, uint32_t states, struct error *error)
{
	uint8_t request[DIAG_REQUEST_MAX];
	size_t length = diag_request_rows(request, family, protocol, states,
		protocol == IPPROTO_TCP ? want->extensions : DIAG_TELL_SHUTDOWN | DIAG_TELL_MEMORY,
		++rows->sequence);
	int result = 1;

	if (send(rows->fd, request, length, 0) < 0)
		return error_set(error, "sock_diag: %s", strerror(errno));
	while (result > 0) {
		ssize_t got = recv(rows->fd, rows->buffer, BUFFER_BYTES, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(error, "sock_diag: %s",
				errno == EAGAIN ? "the kernel does not answer" : strerror(errno));
		result = datagram_take(rows, (size_t)got, protocol, error);
	}
	return result;
}

static int rows_open(struct rows *rows, struct error *error)
{
	struct timeval timeout = {.tv_sec = TIMEOUT_S};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};

	rows->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (rows->fd < 0 || connect(rows->fd, (struct sockaddr *)&kernel, sizeof(kernel)) < 0 ||
		setsockopt(rows->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0)
		return error_set(error, "sock_diag: %s; the kernel's module: modprobe inet_diag",
			strerror(errno));
	rows->buffer = malloc(BUFFER_BYTES);
	return rows->buffer == NULL ? error_set(error, "out of memory") : 0;
}

int rows_dump(const struct rows_want *want, rows_emit *emit, void *context, struct error *error)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};
	uint32_t listen = want->states & 1u << STATE_LISTEN, rest = want->states & ~listen;
	struct rows rows = {.fd = -1, .emit = emit, .context = context};
	int result = rows_open(&rows, error);

	for (size_t i = 0; result == 0 && want->tcp && listen != 0 && i < 2; i++)
		result = family_dump(&rows, want, families[i], IPPROTO_TCP, listen, error);
	for (size_t i = 0; result == 0 && want->tcp && rest != 0 && i < 2; i++)
		result = family_dump(&rows, want, families[i], IPPROTO_TCP, rest, error);
	for (size_t i = 0; result == 0 && want->udp && i < 2; i++)
		result = family_dump(&rows, want, families[i], IPPROTO_UDP, want->states, error);
	if (rows.fd >= 0)
		close(rows.fd);
	free(rows.buffer);
	return result;
}
