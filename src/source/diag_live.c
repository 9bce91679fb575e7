/* sock_diag over netlink. Four sockets: exact look-ups are answered at once although a dump is
 * under way (the kernel allows one dump a socket), diag_dump_now() has its own, and DESTROY notices
 * cannot crowd out either. All are opened at once: a process may leave the namespace they belong
 * to. */
#include "diag_parts.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tcpstate/state.h"

enum {
	SOCKET_BUFFER_BYTES = 1 << 20,
	LOOKUPS_PER_SEND = 16,
	LOOKUPS_IN_FLIGHT = 128,
	PROBE_TIMEOUT_MS = 5000
};
/* 12: TCP_NEW_SYN_RECV, see sock_diag in docs/architecture.md */
enum { REQUEST_STATES = 1 << STATE_SYN_RECV | 1 << 12 };

/* Record a datagram that was sent or received now, and tell its events. -1: they are told, but it
 * could not be recorded. */
static int take_live(struct diag *diag, int64_t t_ns, bool outgoing, const void *data,
	size_t length, event_emit *emit, void *context, struct error *error)
{
	struct diag_delivery delivery = {.diag = diag, .emit = emit, .context = context};

	if (diag->tee != NULL)
		delivery.number = recording_diag(diag->tee, t_ns, outgoing, data, length, error);
	else
		delivery.number = ++diag->untold; /* the core takes 0 for "no answer" */
	diag_take_datagram(&delivery, t_ns, outgoing, data, length);
	return diag->tee != NULL && delivery.number == 0 ? -1 : 0;
}

static int send_requests(
	struct diag *diag, int fd, const void *data, size_t length, struct error *error)
{
	int64_t t_ns = now_ns();

	if (send(fd, data, length, MSG_DONTWAIT) < 0)
		return error_set(error, "sock_diag: cannot ask the kernel: %s", strerror(errno));
	return take_live(diag, t_ns, true, data, length, NULL, NULL, error);
}

static struct overrun *overrun_of(struct diag *diag, int fd)
{
	return fd == diag->lookup_fd ? &diag->lookup_overrun
	       : fd == diag->dump_fd ? &diag->dump_overrun
	       : fd == diag->now_fd  ? &diag->now_overrun
				     : &diag->destroy_overrun;
}

/* Messages that a socket had no room for since this was asked last (0 before Linux 4.12). */
static uint32_t overrun_count(struct overrun *overrun, int fd)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0}, lost;
	socklen_t size = sizeof(memory);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0)
		return 0;
	lost = memory[SK_MEMINFO_DROPS] - overrun->told;
	overrun->told = memory[SK_MEMINFO_DROPS];
	return lost;
}

/* The kernel says once (ENOBUFS) that it drops messages, and no more until all others have been
 * read: how many it had dropped is told at once, what it dropped meanwhile when that is so. */
static void overrun_tell(const struct diag_delivery *delivery, int fd, int64_t t_ns, bool begins)
{
	struct overrun *overrun = overrun_of(delivery->diag, fd);
	uint32_t lost;

	if (!begins && !overrun->under_way)
		return;
	lost = overrun_count(overrun, fd);
	overrun->under_way = begins;
	if (lost > 0 || begins)
		diag_deliver_gap(delivery, t_ns, lost > 0 ? lost : 1);
}

/* 1: a datagram (or the notice that some were lost) was taken, 0: there is none now, -1: error. */
static int receive(struct diag *diag, int fd, event_emit *emit, void *context, struct error *error)
{
	struct diag_delivery delivery = {.diag = diag, .emit = emit, .context = context};
	struct sockaddr_nl from = {.nl_family = AF_NETLINK};
	socklen_t from_size = sizeof(from);
	ssize_t n = recvfrom(fd, diag->buffer, sizeof(diag->buffer), MSG_DONTWAIT,
		(struct sockaddr *)&from, &from_size);
	int64_t t_ns = now_ns();

	if (n < 0 && errno == EINTR)
		return 1;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		if (fd == diag->lookup_fd)
			diag->in_flight = 0;
		overrun_tell(&delivery, fd, t_ns, false);
		return 0;
	}
	if (n < 0 && errno == ENOBUFS) {
		overrun_tell(&delivery, fd, t_ns, true);
		return 1;
	}
	if (n < 0)
		return error_set(
			error, "sock_diag: cannot read the kernel's answer: %s", strerror(errno));
	if (fd == diag->lookup_fd && diag->in_flight > 0)
		diag->in_flight--;
	if (from_size != sizeof(from) || from.nl_pid != 0)
		return 1; /* not from the kernel */
	size_t length = diag_trim(diag->buffer, (size_t)n);

	return take_live(diag, t_ns, false, diag->buffer, length, emit, context, error) == 0 ? 1
											     : -1;
}

static int open_socket(bool all_groups)
{
	static const int groups[] = {SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET_UDP_DESTROY,
		SKNLGRP_INET6_TCP_DESTROY, SKNLGRP_INET6_UDP_DESTROY};
	const struct sockaddr_nl local = {.nl_family = AF_NETLINK};
	const int size = SOCKET_BUFFER_BYTES;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (const struct sockaddr *)&local, sizeof(local)) != 0)
		goto out;
	for (size_t i = 0; all_groups && i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			    sizeof(groups[i])) != 0)
			goto out;
	return fd;
out:
	close(fd);
	return -1;
}

static int64_t monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Read until the request of `wait` has ended. 0, -1 with *error. */
static int await(struct diag *diag, struct wait *wait, int fd, int64_t deadline_ms,
	event_emit *emit, void *context, struct error *error)
{
	while (!wait->done) {
		int64_t left_ms = deadline_ms - monotonic_ms();
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		int result = receive(diag, fd, emit, context, error);

		if (result < 0)
			return -1;
		if (result > 0)
			continue;
		if (left_ms <= 0)
			return error_set(error,
				"sock_diag: the kernel did not finish its list of sockets in time");
		if (poll(&poll_fd, 1, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms) < 0 &&
			errno != EINTR)
			return error_set(error, "sock_diag: %s", strerror(errno));
	}
	return 0;
}

static int ask_stage(struct diag *diag, const struct plan *plan, size_t at, int fd,
	struct wait *wait, struct error *error)
{
	const struct stage *stage = &plan->stages[at];
	uint8_t request[DIAG_REQUEST_MAX];
	size_t length;

	*wait = (struct wait){
		.sequence = dump_sequence(plan->id, (unsigned)at, at + 1 == plan->count)};
	length = diag_request_dump(
		request, stage->family, stage->protocol, stage->states, wait->sequence);
	if (send_requests(diag, fd, request, length, error) == 0)
		return 0;
	wait->done = true;
	return -1;
}

/* Without the protocol's module every exact look-up fails with ENOENT, as if no socket existed: so
 * find out with a dump of listeners. 0, or an errno. */
static int probe(struct diag *diag, uint8_t protocol)
{
	uint8_t request[DIAG_REQUEST_MAX];
	size_t length;

	diag->now_wait = (struct wait){.sequence = protocol};
	length = diag_request_dump(request, AF_INET, protocol, 1 << STATE_LISTEN, protocol);
	if (send_requests(diag, diag->now_fd, request, length, NULL) != 0 ||
		await(diag, &diag->now_wait, diag->now_fd, monotonic_ms() + PROBE_TIMEOUT_MS, NULL,
			NULL, NULL) != 0)
		return errno != 0 ? errno : ETIMEDOUT;
	return diag->now_wait.error_errno;
}

static int open_sockets(struct diag *diag, struct error *error)
{
	struct epoll_event event = {.events = EPOLLIN};

	diag->lookup_fd = open_socket(false);
	diag->dump_fd = open_socket(false);
	diag->now_fd = open_socket(false);
	if (diag->lookup_fd < 0 || diag->dump_fd < 0 || diag->now_fd < 0)
		return error_set(error,
			"sock_diag: cannot open a netlink socket: %s; the kernel's sockets cannot "
			"be listed here",
			strerror(errno));
	diag->destroy_fd = open_socket(true);
	diag->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (diag->poll_fd < 0 ||
		epoll_ctl(diag->poll_fd, EPOLL_CTL_ADD, diag->lookup_fd, &event) != 0 ||
		epoll_ctl(diag->poll_fd, EPOLL_CTL_ADD, diag->dump_fd, &event) != 0)
		return error_set(error, "sock_diag: epoll: %s", strerror(errno));
	errno = 0;
	int cause = probe(diag, IPPROTO_TCP);
	if (cause == ENOENT)
		return error_set(error, "sock_diag: this kernel cannot list TCP sockets; load its "
					"module: modprobe tcp_diag");
	if (cause != 0)
		return error_set(error, "sock_diag: cannot list TCP sockets: %s", strerror(cause));
	diag->has_udp = probe(diag, IPPROTO_UDP) == 0;
	return 0;
}

struct diag *diag_open_live(struct recording *tee, struct error *error)
{
	struct diag *diag = diag_new(error);

	if (diag == NULL)
		return NULL;
	diag->live = true;
	if (open_sockets(diag, error) != 0) {
		diag_close(diag);
		return NULL;
	}
	/* the probes do not count, and are not recorded */
	memset(&diag->stats, 0, sizeof(diag->stats));
	diag->tee = tee;
	return diag;
}

int diag_lookup(struct diag *diag, const struct flow_key *keys, const uint64_t *cookies,
	size_t count, struct error *error)
{
	uint8_t requests[LOOKUPS_PER_SEND * DIAG_REQUEST_MAX];
	size_t done = 0;

	/* Answers queue up in the socket until they are read: no more than it surely holds. */
	while (done < count && diag->in_flight < LOOKUPS_IN_FLIGHT) {
		size_t used = 0, batch = 0;

		while (done < count && batch < LOOKUPS_PER_SEND) {
			const struct flow_key *key = &keys[done];
			uint64_t cookie = cookies != NULL ? cookies[done] : 0;

			done++;
			if (key->protocol == IPPROTO_UDP && !diag->has_udp)
				continue;
			diag->lookup_sequence =
				(diag->lookup_sequence & 0x7fffffff) % 0x7fffffff + 1;
			used += NLMSG_ALIGN(diag_request_exact(
				requests + used, key, cookie, diag->lookup_sequence));
			batch++;
		}
		if (batch > 0 && send_requests(diag, diag->lookup_fd, requests, used, error) != 0)
			return -1;
		diag->in_flight += batch;
	}
	return (int)done;
}

static void plan_add(struct plan *plan, uint8_t family, uint8_t protocol, uint32_t states)
{
	plan->stages[plan->count++] =
		(struct stage){.family = family, .protocol = protocol, .states = states};
}

/* Which requests a dump consists of. 0, or -1 when there is nothing it could ask. */
static int plan_dump(struct diag *diag, struct plan *plan, bool tcp, bool udp, uint32_t states,
	bool requests_first, struct error *error)
{
	uint32_t rest = states;

	memset(plan, 0, sizeof(*plan));
	if (tcp && requests_first && (states & REQUEST_STATES) != 0 &&
		(states & ~(uint32_t)REQUEST_STATES) != 0) {
		plan_add(plan, AF_INET, IPPROTO_TCP, states & REQUEST_STATES);
		plan_add(plan, AF_INET6, IPPROTO_TCP, states & REQUEST_STATES);
		rest = states & ~(uint32_t)REQUEST_STATES;
	}
	if (tcp) {
		plan_add(plan, AF_INET, IPPROTO_TCP, rest);
		plan_add(plan, AF_INET6, IPPROTO_TCP, rest);
	}
	if (udp && diag->has_udp) {
		plan_add(plan, AF_INET, IPPROTO_UDP, states);
		plan_add(plan, AF_INET6, IPPROTO_UDP, states);
	}
	if (plan->count == 0)
		return error_set(error, udp ? "sock_diag: this kernel cannot list UDP sockets; "
					      "load its module: modprobe udp_diag"
					    : "sock_diag: no protocol to list");
	diag->dump_id = diag->dump_id % DUMP_ID_MAX + 1;
	plan->id = diag->dump_id;
	return 0;
}

/* Send what is next: the following request of the dump under way, or the first one of the dump
 * behind it. */
static int advance_dumps(struct diag *diag, struct error *error)
{
	while (diag->dump_wait.done && diag->queue != NULL) {
		struct plan *plan = diag->queue;

		if (plan->next < plan->count)
			return ask_stage(
				diag, plan, plan->next++, diag->dump_fd, &diag->dump_wait, error);
		diag->queue = plan->behind;
		free(plan);
	}
	return 0;
}

int64_t diag_dump(struct diag *diag, bool tcp, bool udp, uint32_t states, struct error *error)
{
	struct plan *plan = malloc(sizeof(*plan)), **end = &diag->queue;
	int64_t id;

	if (plan == NULL)
		return error_set(error, "out of memory");
	if (plan_dump(diag, plan, tcp, udp, states, false, error) != 0) {
		free(plan);
		return -1;
	}
	while (*end != NULL)
		end = &(*end)->behind;
	*end = plan;
	id = plan->id;
	return advance_dumps(diag, error) == 0 ? id : -1;
}

int diag_dump_now(struct diag *diag, bool tcp, bool udp, uint32_t states, int timeout_ms,
	event_emit *emit, void *context, struct error *error)
{
	int64_t deadline_ms = monotonic_ms() + timeout_ms;
	struct plan plan;

	/* The rest of a dump that ran out of time: the socket takes no other until it is read. */
	if (await(diag, &diag->now_wait, diag->now_fd, deadline_ms, NULL, NULL, error) != 0 ||
		plan_dump(diag, &plan, tcp, udp, states, true, error) != 0)
		return -1;
	for (size_t i = 0; i < plan.count; i++) {
		if (ask_stage(diag, &plan, i, diag->now_fd, &diag->now_wait, error) != 0 ||
			await(diag, &diag->now_wait, diag->now_fd, deadline_ms, emit, context,
				error) != 0)
			return -1;
		if (diag->now_wait.error_errno != 0)
			return error_set(error, "sock_diag: cannot list sockets: %s",
				strerror(diag->now_wait.error_errno));
	}
	return 0;
}

int diag_dispatch_live(
	struct diag *diag, int max, event_emit *emit, void *context, struct error *error)
{
	/* Look-ups first; a flood of one kind still leaves one datagram a turn to each of the
	 * others. */
	const int fds[] = {diag->lookup_fd, diag->dump_fd, diag->destroy_fd};
	int taken = 0;

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		bool first = true;

		while (fds[i] >= 0 && (taken < max || first)) {
			int result = receive(diag, fds[i], emit, context, error);

			if (result < 0 || advance_dumps(diag, error) != 0)
				return -1;
			if (result == 0)
				break;
			first = false;
			taken++;
		}
	}
	return taken;
}
