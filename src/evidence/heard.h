/* The calls that were heard, of programs that are watched: they date when a socket began to listen
 * or was closed, and the edges of an end that no packet shows. heard.c has the listening sockets,
 * heard_ends.c the ends of connections. */
#ifndef TCPSTATE_EVIDENCE_HEARD_H
#define TCPSTATE_EVIDENCE_HEARD_H

#include "tcpstate/core.h"

struct path;

struct span {
	int64_t from_ns, until_ns;
};
struct heard { /* calls of one listening socket; cookie 0: free */
	uint64_t cookie;
	struct span listen, again; /* the first listen(), and the newest that followed one */
	struct span close;         /* close.from_ns 0: not yet */
	uint32_t exiting; /* the process whose end closes it, until that is seen; 0: none */
};
enum { HEARD_KEPT = 256 };

/* ---- heard.c ---- */
void heard_call(struct core *core, const struct call *call);
/* A process has ended: what its end closed was closed by now. */
void heard_exit(struct core *core, uint32_t pid, int64_t t_ns);
/* When the socket that was seen to listen at seen_ns, and to have ceased to at ceased_ns
 * (0: never), has begun to, by its own call. false: none was heard. */
bool heard_listening(
	struct core *core, uint64_t cookie, int64_t ceased_ns, int64_t seen_ns, struct span *when);
/* When it was closed by its last holder, or shut down, between seen_ns, when it was there, and
 * gone_ns. */
bool heard_closing(
	struct core *core, uint64_t cookie, int64_t seen_ns, int64_t gone_ns, struct span *when);

/* ---- heard_ends.c ---- */
void heard_end_call(struct core *core, const struct call *call);
void heard_end_exit(struct core *core, uint32_t pid, int64_t t_ns);
void heard_ends_free(struct core *core);
/* Date the edges of this path that calls made by these, where nothing dates them better. */
void heard_path(struct core *core, uint32_t flow, int side, struct path *path);

#endif
