/* The core: events in, records out. Pure: no socket, no file, no clock, no printing; all memory is
 * taken by core_new(). */
#ifndef TCPSTATE_CORE_H
#define TCPSTATE_CORE_H

#include "tcpstate/record.h"

/* 0: a default. Above `memory` bytes (1 GiB: 4 million half-open connections), or `flows`, the
 * oldest connection makes room, and is counted as forgotten if it was not over. */
struct core_limits {
	size_t flows, memory, listeners;
	/* tell of a connection when it settles, once; otherwise at once, with corrections */
	bool at_settle;
	/* With at_settle; each may be NULL, and is called with the emit's context. A SEGMENT in
	 * brief: true, it is not wanted as a record. */
	bool (*brief)(void *context, const struct brief *brief);
	/* The segments of this connection, which begins: true, `brief` takes them later as well,
	 * before anything else is told of it. */
	bool (*brief_later)(void *context, uint32_t serial);
	/* A connection is over and would be told now: true, what it is like says enough of it, so
	 * it is not told. */
	bool (*alike)(void *context, const struct alike *alike);
};
struct emit {
	void (*call)(void *context, const struct record *record);
	void *context;
};

enum wish_kind { WISH_SOCKET, WISH_LISTENER, WISH_DUMP, WISH_OWNERS };
struct wish {
	enum wish_kind kind;
	/* SOCKET: [0] = the local end, ready for diag_request_exact(), zone: the device; LISTENER:
	 * likewise */
	struct flow_key key;
	uint64_t cookie; /* 0: any */
	int64_t due_ns;
	/* a SYN, FIN, RST or the last packet asked for it: not to be shed under load */
	bool last_word;
};

struct core;
/* NULL: out of memory. limits may be NULL */
struct core *core_new(const struct core_limits *limits, struct emit emit);
void core_free(struct core *core);
/* Feed one event. Events of one origin come in time order; a row may come up to 5 ms late against
 * packets and changes nothing by it. */
void core_feed(struct core *core, const struct event *event);
/* That event will be fed soon: `far` in some eight events' time, `near` in about four; either may
 * be NULL. It only makes that faster: memory that will be looked at is fetched. */
void core_expect(const struct core *core, struct event *far, const struct event *near);
/* Look-ups due at now_ns, at most max, most urgent first; *next_due_ns: when the next one falls due
 * (INT64_MAX: none). A wish is handed out once: the caller asks the kernel and feeds the answer
 * back as an event. */
size_t core_wishes(
	struct core *core, int64_t now_ns, struct wish *out, size_t max, int64_t *next_due_ns);
/* Connections that were not over and made room for others (core_limits.flows), so far. */
uint64_t core_forgotten(const struct core *core);
/* End of input at t_ns: judge what is pending, settle all flows, give the findings. */
void core_finish(struct core *core, int64_t t_ns);

#endif
