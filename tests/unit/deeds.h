/* Calls of programs for a model that is fed by hand (model_feed.h). */
#ifndef TCPSTATE_TEST_DEEDS_H
#define TCPSTATE_TEST_DEEDS_H

#include "model_feed.h"

enum { DEEDS = 8, ME = 12, OTHER = 13, CHILD = 14, LOOKED_BEFORE_MS = 60 };

/* A call: of fd and inode, of a socket bound to port; pid 0 is ME. */
struct deed {
	int64_t t_ms;
	enum call_what what;
	int32_t fd;
	uint32_t inode, new_inode;
	int32_t error;
	const char *words;
	uint16_t port;
	uint32_t pid;
	uint8_t protocol; /* 0: TCP */
};

static inline void do_as(struct feed *feed, const struct deed *deed, const char *program)
{
	struct event event = {.kind = EVENT_CALL, .t_ns = deed->t_ms * MS, .number = 1};
	struct call *call = &event.u.call;

	*call = (struct call){.entered_ns = deed->t_ms * MS,
		.returned_ns = deed->t_ms * MS + 1,
		.pid = deed->pid != 0 ? deed->pid : ME,
		.program = program,
		.what = (uint8_t)deed->what,
		.effect = deed->error != 0               ? CALL_NO_EFFECT
			  : deed->what == CALLED_CLOSE   ? CALL_CLOSES
			  : deed->what == CALLED_SOCKET  ? CALL_OPENS
			  : deed->what == CALLED_ACCEPT4 ? CALL_OPENS
							 : CALL_NO_EFFECT,
		.fd = deed->fd,
		.new_fd = -1,
		.inode = deed->inode,
		.new_inode = deed->new_inode,
		.key = {.family = AF_INET,
			.protocol = deed->protocol != 0 ? deed->protocol : IPPROTO_TCP,
			.port_be = {htons(deed->port)}},
		.result = deed->error != 0 ? -1 : 0,
		.error = deed->error,
		.asked = -1,
		.unread = -1,
		.last = true,
		.arguments = deed->words != NULL ? deed->words : ""};
	take(feed, (struct record){.kind = RECORD_CALL, .t_ns = event.t_ns, .event = &event});
}

static inline void do_all(struct feed *feed, const struct deed *deeds)
{
	for (size_t i = 0; i < DEEDS && deeds[i].t_ms != 0; i++)
		do_as(feed, &deeds[i], deeds[i].pid == OTHER ? "other" : "server");
}

/* The LISTEN socket of this row, whose cookie and inode are its port, from then until then (0: for
 * good); pid 0: nobody is known to hold it. */
static inline void listens_as(
	struct feed *feed, struct sockrow row, int64_t from_ms, int64_t to_ms, uint32_t pid)
{
	uint16_t port = ntohs(row.key.port_be[0]);
	struct record edge = {.kind = RECORD_TRANSITION,
		.t_ns = from_ms * MS,
		.not_before_ns = (from_ms - LOOKED_BEFORE_MS) * MS,
		.key = row.key,
		.listener = true,
		.cookie = port,
		.from = STATE_CLOSED,
		.to = STATE_LISTEN,
		.evidence = EVIDENCE_KERNEL};

	row.key.protocol = edge.key.protocol = IPPROTO_TCP;
	row.state = STATE_LISTEN;
	row.inode = port;
	row.cookie = port;
	take(feed, edge);
	sample(feed, 0, from_ms, row);
	if (pid != 0) {
		struct owner owner = {.inode = port, .pid = pid, .program = "daemon"};

		model_owner(feed->model, &owner, from_ms * MS);
	}
	if (to_ms != 0) {
		edge.t_ns = to_ms * MS;
		edge.not_before_ns = 0;
		edge.from = STATE_LISTEN;
		edge.to = STATE_CLOSED;
		take(feed, edge);
	}
}

/* Likewise, of 10.0.0.1. */
static inline void listens(
	struct feed *feed, uint16_t port, int64_t from_ms, int64_t to_ms, uint32_t pid)
{
	struct sockrow row = {
		.key = {.family = AF_INET, .addr = {{10, 0, 0, 1}}, .port_be = {htons(port)}}};

	listens_as(feed, row, from_ms, to_ms, pid);
}

#endif
