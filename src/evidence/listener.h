/* A listening socket: when it was there, how full its accept queue was, and what became of the SYNs
 * that reached it. listeners.c has what LISTEN rows show; learned.c what the answers about its
 * connections tell of its options. */
#ifndef TCPSTATE_EVIDENCE_LISTENER_H
#define TCPSTATE_EVIDENCE_LISTENER_H

#include "answer.h"
#include "flows.h"
#include "path.h"

enum {
	LISTENER_READINGS = 512, /* a connection is judged when it settles, long after */
	FATES_KEPT = 256,        /* of SYNs, a listener */
};

struct listener_reading {
	int64_t t_ns;
	uint32_t queue, backlog;
	uint64_t record;
};
struct listener_fate { /* what the kernel shows to have become of a SYN */
	int64_t t_ns;
	bool cookie;
};
struct listener {
	struct flow_key key; /* [0] = bound end, [1] zero */
	uint64_t cookie;
	/* first and last seen; last shown by a dump; when the newest answer that showed it was
	 * asked for: it listened then or later */
	int64_t first_ns, seen_ns, dumped_ns, asked_ns;
	int64_t closed_ns;     /* in CLOSED */
	uint64_t first_record; /* that showed it first */
	uint32_t inode;
	uint8_t state;   /* STATE_LISTEN or STATE_CLOSED */
	bool v6only;     /* [::] without IPv4 */
	uint32_t device; /* it is bound to: only look-ups that name it find it; 0 none */
	uint16_t reading_count;
	/* last asked for because a dump had missed it; 0: not since it was seen */
	int64_t wished_ns;
	/* newest last; only changes, and the newest of equal ones */
	struct listener_reading readings[LISTENER_READINGS];
	/* final ACKs without data, as the kernel shows: ignored though the queue had room, taken */
	uint32_t deferred, took;
	uint16_t fate_count;
	struct listener_fate fates[FATES_KEPT]; /* in order of time */
};

/* ---- listeners.c ---- */
void listener_row(struct core *core, const struct held *held); /* a LISTEN row */
/* This side sends a SYN-ACK: it has a listener, shown or not. */
void listener_answers(struct core *core, uint32_t flow, int side);
/* exactly asked for, not there */
void listener_absent(struct core *core, const struct flow_key *key, uint32_t device,
	int64_t asked_ns, int64_t t_ns, uint64_t record);
struct listener *listener_of(struct core *core, const struct flow_key *key, int end);
/* The one that was there at t_ns, as far as is known, else as listener_of(); NULL: none. */
struct listener *listener_at(struct core *core, const struct flow_key *key, int end, int64_t t_ns);
/* Queue and backlog of the listener of this end around t_ns; false when no reading near says that
 * the queue was above the backlog. */
bool listener_full(
	struct core *core, const struct flow_key *key, int end, int64_t t_ns, int64_t arg[2]);
/* Was it full before t_ns, and stayed so? (A final ACK may be what filled it.) */
bool listener_was_full(struct core *core, const struct flow_key *key, int end, int64_t t_ns);
/* NULL: none in LISTEN */
struct listener *listener_by_cookie(struct core *core, uint64_t cookie);
void listener_destroyed(struct core *core, uint64_t cookie, int64_t t_ns, uint64_t record);
void listener_dump_end(struct core *core, int64_t asked_ns, int64_t t_ns);

/* ---- learned.c ---- */
void listener_learns_fate(struct core *core, uint32_t flow, int side, const struct answer *answer);
/* Were the SYNs next to that time answered by cookies? */
bool listener_sends_cookies(struct core *core, const struct flow_key *key, int end, int64_t t_ns);
/* TCP_DEFER_ACCEPT: it ignores a final ACK that brings no data. Nobody can ask for the option; the
 * ends of which the kernel tells show it. */
bool listener_defers(struct core *core, const struct flow_key *key, int end);
/* May it have left an ACK alone aside at t_ns for that, and not for its queue? */
bool listener_sets_aside(struct core *core, const struct flow_key *key, int end, int64_t t_ns);
void listener_learns(struct core *core, uint32_t flow, int side, const struct path *path);
/* So late after the SYN-ACK does such a listener take an ACK alone. `ack`: index in the ring. */
bool may_have_timed_out(const struct symbol *ring, int ack);

#endif
