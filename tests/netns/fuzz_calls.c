/* The program on the kernel's side: it listens, accepts late or not at all, connects, sends, reads,
 * and ends its sockets in every way there is. See fuzz.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};
enum call { CALL_SEND, CALL_RECEIVE, CALL_SHUTDOWN, CALL_CLOSE, CALL_ABORT };

static union address address_of(
	const struct wire *wire, const struct in6_addr *addr, uint16_t port, socklen_t *length)
{
	union address a = {0};
	*length = wire->v6 ? sizeof(a.v6) : sizeof(a.v4);
	a.any.sa_family = wire->v6 ? AF_INET6 : AF_INET;
	a.v4.sin_port = htons(port); /* at the same place in both */
	memcpy(wire->v6 ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr, addr,
		wire->v6 ? 16 : 4);
	return a;
}

static int socket_at(struct fuzz *fuzz, uint16_t port)
{
	socklen_t length;
	union address local = address_of(&fuzz->wire, &fuzz->wire.kernel, port, &length);
	int one = 1,
	    fd = socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		fuzz_fail("socket");
	if (bind(fd, &local.any, length) == 0)
		return fd;
	close(fd);
	return -1;
}

static void end(struct conn *conn, bool abort_it)
{
	struct linger linger = {.l_onoff = 1};
	if (abort_it)
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(conn->fd);
	conn->fd = -1;
}

static void one_call(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	static char bytes[4096];
	if (conn->fd < 0)
		return;
	switch ((enum call)task->number) {
	case CALL_SEND:
		send(conn->fd, bytes, 1 + fuzz_draw(fuzz, sizeof(bytes)), MSG_NOSIGNAL);
		break;
	case CALL_RECEIVE:
		while (recv(conn->fd, bytes, sizeof(bytes), 0) > 0)
			;
		break;
	case CALL_SHUTDOWN:
		shutdown(conn->fd, SHUT_WR);
		break;
	case CALL_CLOSE:
	case CALL_ABORT:
		end(conn, task->number == CALL_ABORT);
		break;
	}
	rows_look(fuzz, conn);
}

/* What the program will do with a socket that it has just got. */
static void plan(struct fuzz *fuzz, struct conn *conn)
{
	unsigned at_us = 0, steps = fuzz_draw(fuzz, 5);
	for (unsigned i = 0; i < steps; i++) {
		unsigned lot = fuzz_draw(fuzz, 100);
		at_us += fuzz_pause(fuzz);
		fuzz_later(fuzz, at_us, one_call, conn,
			lot < 45   ? CALL_SEND
			: lot < 85 ? CALL_RECEIVE
				   : CALL_SHUTDOWN,
			NULL);
	}
	at_us += fuzz_pause(fuzz);
	if (fuzz_chance(fuzz, 85))
		fuzz_later(fuzz, at_us, one_call, conn,
			fuzz_chance(fuzz, 85) ? CALL_CLOSE : CALL_ABORT, NULL);
}

void calls_listen(struct fuzz *fuzz)
{
	fuzz->listener = socket_at(fuzz, FUZZ_LISTEN);
	if (fuzz->listener < 0 || listen(fuzz->listener, (int)fuzz->backlog) < 0)
		fuzz_fail("listen");
}

/* Takes what waits, and comes again. */
void calls_accept(struct fuzz *fuzz, struct conn *unused, const struct task *task)
{
	union address remote;
	socklen_t length = sizeof(remote);
	int fd;
	(void)unused;
	(void)task;
	while ((fd = accept4(fuzz->listener, &remote.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC)) >=
		0) {
		struct conn *conn = NULL;
		for (size_t i = 0; i < FUZZ_CONNS && conn == NULL; i++)
			if (!fuzz->conns[i].active &&
				fuzz->conns[i].peer_port == ntohs(remote.v4.sin_port))
				conn = &fuzz->conns[i];
		if (conn == NULL || conn->fd >= 0) { /* of an earlier life, or a second one */
			close(fd);
		} else {
			conn->fd = fd;
			plan(fuzz, conn);
		}
		if (conn != NULL)
			rows_look(fuzz, conn);
		if (fuzz->accept_ms > 0)
			break;
	}
	fuzz_later(fuzz, 1000 * fuzz->accept_ms + 500, calls_accept, NULL, 0, NULL);
}

void calls_connect(struct fuzz *fuzz, struct conn *conn, const struct task *task)
{
	socklen_t length;
	union address remote = address_of(&fuzz->wire, &fuzz->wire.peer, conn->peer_port, &length);
	(void)task;
	conn->fd = socket_at(fuzz, conn->kernel_port);
	if (conn->fd < 0) /* the port is still taken by the life before */
		return;
	rows_asked(fuzz);
	if (connect(conn->fd, &remote.any, length) < 0 && errno != EINPROGRESS) {
		rows_unsent(fuzz, conn);
		end(conn, false);
		return;
	}
	rows_look(fuzz, conn);
	plan(fuzz, conn);
}

void calls_end(struct fuzz *fuzz)
{
	for (size_t i = 0; i < FUZZ_CONNS; i++)
		if (fuzz->conns[i].fd >= 0)
			end(&fuzz->conns[i], true);
	close(fuzz->listener);
}
