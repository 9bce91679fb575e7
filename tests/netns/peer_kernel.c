/* The kernel's side of a script: what a program there asks for, and what /proc/net/tcp then shows.
 * Language: tests/netns/scripts/README.md. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "peer_kernel.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};
enum { LISTEN_PORT = 8080 };

static union address address_of(
	const struct wire *wire, const struct in6_addr *addr, uint16_t port, socklen_t *length)
{
	union address a = {0};
	*length = wire->v6 ? sizeof(a.v6) : sizeof(a.v4);
	a.any.sa_family = wire->v6 ? AF_INET6 : AF_INET;
	a.v4.sin_port = htons(port);
	memcpy(wire->v6 ? (void *)&a.v6.sin6_addr : (void *)&a.v4.sin_addr, addr,
		wire->v6 ? 16 : 4);
	return a;
}

static int must(int result, const char *call)
{
	if (result < 0)
		fail("%s: %s", call, strerror(errno));
	return result;
}

static int socket_made(struct peer *peer, uint16_t port)
{
	socklen_t length;
	union address local = address_of(&peer->wire, &peer->wire.kernel, port, &length);
	int one = 1,
	    fd = must(socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
		    "socket");
	must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), "SO_REUSEADDR");
	if (!port)
		must(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one)),
			"IP_BIND_ADDRESS_NO_PORT");
	must(bind(fd, &local.any, length), "bind");
	return fd;
}

/* kernel set listener|socket NAME VALUE */
static void set_option(struct peer *peer, struct words *words)
{
	static const struct {
		const char *name;
		int level, option;
	} table[] = {{"defer_accept", IPPROTO_TCP, TCP_DEFER_ACCEPT},
		{"fastopen", IPPROTO_TCP, TCP_FASTOPEN}, {"linger2", IPPROTO_TCP, TCP_LINGER2},
		{"user_timeout", IPPROTO_TCP, TCP_USER_TIMEOUT},
		{"keepidle", IPPROTO_TCP, TCP_KEEPIDLE}, {"keepintvl", IPPROTO_TCP, TCP_KEEPINTVL},
		{"keepcnt", IPPROTO_TCP, TCP_KEEPCNT}, {"keepalive", SOL_SOCKET, SO_KEEPALIVE},
		{"syncnt", IPPROTO_TCP, TCP_SYNCNT}};
	int fd = word_is(words, "listener") ? peer->listener
					    : (word_is(words, "socket"), peer->now->fd);
	const char *name = word_needed(words, "a socket option");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(name, table[i].name))
			continue;
		int value = (int)word_number(words, name);
		must(setsockopt(fd, table[i].level, table[i].option, &value, sizeof(value)), name);
		return;
	}
	fail("unknown socket option: %s", name);
}

/* kernel connect [from PORT] [data N] [syncnt N] */
static void connect_start(struct peer *peer, struct words *words)
{
	struct connection *now = peer->now;
	uint16_t from = word_is(words, "from") ? (uint16_t)word_number(words, "a port") : 0;
	long data = word_is(words, "data") ? word_number(words, "a number of bytes") : 0;
	char bytes[DATA_MAX] = "";
	socklen_t length;
	union address remote = address_of(&peer->wire, &peer->wire.peer, now->peer_port, &length),
		      local;
	now->fd = socket_made(peer, from);
	if (word_is(words, "syncnt")) {
		int count = (int)word_number(words, "syncnt");
		must(setsockopt(now->fd, IPPROTO_TCP, TCP_SYNCNT, &count, sizeof(count)),
			"TCP_SYNCNT");
	}
	ssize_t done = data > 0 ? sendto(now->fd, bytes, (size_t)data, MSG_FASTOPEN | MSG_NOSIGNAL,
					  &remote.any, length)
				: connect(now->fd, &remote.any, length);
	if (done < 0 && errno != EINPROGRESS)
		fail("connect: %s", strerror(errno));
	length = sizeof(local);
	must(getsockname(now->fd, &local.any, &length), "getsockname");
	now->kernel_port = ntohs(local.v4.sin_port);
}

static void accept_one(struct peer *peer)
{
	union address remote;
	socklen_t length = sizeof(remote);
	poll(&(struct pollfd){.fd = peer->listener, .events = POLLIN}, 1, 5000);
	int fd = must(accept4(peer->listener, &remote.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC),
		"accept");
	if (ntohs(remote.v4.sin_port) != peer->now->peer_port)
		fail("accept gave port %u, not %u", ntohs(remote.v4.sin_port),
			peer->now->peer_port);
	peer->now->fd = fd;
}

static void close_it(struct peer *peer, struct words *words, bool abort_it)
{
	struct linger linger = {.l_onoff = 1};
	int *fd = word_is(words, "listener") ? &peer->listener : &peer->now->fd;
	if (abort_it)
		must(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), "SO_LINGER");
	must(close(*fd), "close");
	*fd = -1;
}

enum { LOOKS_OFTEN = 20 };

struct wanted {
	char local[HELD_END], remote[HELD_END];
	const char *state;
};

static void look(void *context, const struct held_row *row)
{
	struct wanted *wanted = context;
	if (!strcmp(row->local, wanted->local) && !strcmp(row->remote, wanted->remote))
		wanted->state = row->state;
}

static struct timespec now_at(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return now;
}

/* kernel holds STATE|nothing [within SECONDS]: the truth, told to the comparer once two readings 5
 * ms apart (20, where it takes long) agree. "anything" asserts nothing: where kernels differ,
 * whatever this one holds is the truth. */
static void holds(struct peer *peer, struct words *words)
{
	const char *state = word_needed(words, "a state"), *before = NULL;
	bool anything = !strcmp(state, "anything");
	long within = word_is(words, "within") ? word_number(words, "seconds") : 3;
	struct wanted wanted = {.state = NULL};
	struct timespec start = now_at(CLOCK_MONOTONIC), pause = {.tv_nsec = 5000000}, now;
	int looks = 0;
	held_end(wanted.local, peer->wire.v6, &peer->wire.kernel, peer->now->kernel_port);
	held_end(wanted.remote, peer->wire.v6, &peer->wire.peer, peer->now->peer_port);
	if (!strcmp(state, "nothing"))
		state = "CLOSED";
	for (int agreed = 0; agreed < 2; nanosleep(&pause, NULL)) {
		wanted.state = "CLOSED";
		now = now_at(CLOCK_REALTIME);
		if (!held_each_of(peer->wire.v6, look, &wanted))
			fail("/proc/net/tcp: %s", strerror(errno));
		if (++looks == LOOKS_OFTEN) /* it takes a while */
			pause.tv_nsec = 20000000;
		agreed = strcmp(wanted.state, anything && before != NULL ? before : state)
				 ? 0
				 : agreed + 1;
		before = wanted.state;
		if (!agreed && !anything && now_at(CLOCK_MONOTONIC).tv_sec > start.tv_sec + within)
			fail("the kernel holds %s %s in %s, not in %s", wanted.local, wanted.remote,
				wanted.state, state);
	}
	fprintf(peer->held, "%jd.%09ld %s %s %s\n", (intmax_t)now.tv_sec, now.tv_nsec, wanted.state,
		wanted.local, wanted.remote);
	fflush(peer->held);
}

static void send_bytes(struct peer *peer, struct words *words)
{
	static const char bytes[65536];
	long count = word_number(words, "a number of bytes");
	if (count < 0 || (size_t)count > sizeof(bytes) ||
		send(peer->now->fd, bytes, (size_t)count, MSG_NOSIGNAL) != count)
		fail("send: %s", strerror(errno));
}

static void receive_bytes(struct peer *peer, struct words *words)
{
	char bytes[65536];
	long count = word_number(words, "a number of bytes");
	for (ssize_t got; count > 0; count -= got) {
		poll(&(struct pollfd){.fd = peer->now->fd, .events = POLLIN}, 1, 3000);
		got = must(
			(int)recv(peer->now->fd, bytes,
				(size_t)count < sizeof(bytes) ? (size_t)count : sizeof(bytes), 0),
			"recv");
		if (!got)
			fail("recv: end of file, %ld bytes missing", count);
	}
}

void kernel_command(struct peer *peer, struct words *words)
{
	const char *verb = word_needed(words, "what the kernel's side does");
	if (!strcmp(verb, "listen")) {
		long backlog = words->next < words->count ? word_number(words, "a backlog") : 8;
		if (peer->listener < 0)
			peer->listener = socket_made(peer, LISTEN_PORT);
		must(listen(peer->listener, (int)backlog), "listen");
		for (size_t i = 0; i < CONNECTIONS_MAX; i++)
			peer->connections[i].kernel_port = LISTEN_PORT;
	} else if (!strcmp(verb, "set")) {
		set_option(peer, words);
	} else if (!strcmp(verb, "connect")) {
		connect_start(peer, words);
	} else if (!strcmp(verb, "accept")) {
		accept_one(peer);
	} else if (!strcmp(verb, "close") || !strcmp(verb, "abort")) {
		close_it(peer, words, verb[0] == 'a');
	} else if (!strcmp(verb, "shutdown")) {
		must(shutdown(peer->now->fd, SHUT_WR), "shutdown");
	} else if (!strcmp(verb, "send")) {
		send_bytes(peer, words);
	} else if (!strcmp(verb, "receive")) {
		receive_bytes(peer, words);
	} else if (!strcmp(verb, "holds")) {
		holds(peer, words);
	} else {
		fail("unknown: kernel %s", verb);
	}
}
