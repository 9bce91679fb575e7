/* Calls of programs for a model that is fed by hand (model_feed.h). */
#ifndef TCPSTATE_TEST_DEEDS_H
#define TCPSTATE_TEST_DEEDS_H

#include "model_feed.h"

enum { DEEDS = 8, ME = 12, OTHER = 13, CHILD = 14 };

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

#endif
