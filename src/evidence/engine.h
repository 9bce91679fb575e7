/* What the parts of the engine share: the core, and who may call whom. The nouns have headers of
 * their own, all included here but sequence.h (one packet) and solve.h (the solver's inside).
 * docs/evidence.md says what each part does.
 *      packet          -> sequence.c -> symbols, a ring per flow -> solve.c (rules.c) -> tell.c
 *      kernel's answer -> answers.c  -> a list per end -----------^
 */
#ifndef TCPSTATE_EVIDENCE_ENGINE_H
#define TCPSTATE_EVIDENCE_ENGINE_H

#include <sys/socket.h>

#include "answer.h"
#include "arena.h"
#include "flows.h"
#include "heard.h"
#include "listener.h"
#include "path.h"
#include "rules.h"
#include "tcpstate/core.h"

enum {
	MS = 1000000, /* ns */
	DUMPS_KEPT = 8,
	ANSWERED_KEPT = 64, /* ends that answered a SYN while no listener of theirs was known */
	/* an answer is attached this long after it was given: all packets up to then have come */
	HOLD_NS = 6 * MS,
	/* the tap sees a segment before the stack does: this long an old state proves nothing */
	SETTLE_NS = 10 * MS,
	/* another program's first dump may be several requests, one after the other */
	NEXT_REQUEST_NS = 5 * MS,
	/* a timer is shown rounded: by one jiffy, at 100 Hz, and a millisecond */
	JIFFY_NS = 12 * MS,
	/* a listener's queue, read this near, speaks for the moment of a segment */
	NEAR_NS = 50 * MS,
	IN_FLIGHT_NS = 1000 * MS, /* how long a segment may be on its way, at least */
	LISTENER_WISHES = 64,
	DATAGRAM_WISHES = 64,
	DATAGRAM_LOOKUPS = 16, /* at a time */
	TALKING_KEPT = 4096,
	/* log2 of the items of a block */
	FLOWS_A_BLOCK = 12,
	SYMBOLS_A_BLOCK = 16,
	LOOKS_A_BLOCK = 16,
};
#define SECOND_NS INT64_C(1000000000)

struct core {
	struct emit emit;
	struct core_limits limits;
	uint64_t next_id;
	uint32_t next_serial;
	int64_t now_ns, began_ns; /* began: the first event; 0 none yet */
	bool finished;

	uint64_t *slots; /* upper half of the hash, index + 1; the place is its upper bits */
	uint64_t slot_mask;
	uint32_t slots_used;
	int slot_shift;
	struct arena flows, pool, symbols, kernels, tolds;
	struct arena attempts; /* attempt.h */
	/* what all of them are like, by sender, and those that were answered; 0: not known yet */
	uint64_t attempt_shape[2][2];
	/* of the newest attempts how many have become connections, and whether it was worth it */
	uint32_t attempts_begun, attempts_grown;
	bool attempts_vain;
	struct arena packed; /* packed.h; those that wait, first and last: index + 1 */
	uint32_t packed_first, packed_last;
	/* beside each flow: a look at it before that tick is in vain (flow_look()) */
	struct arena looks;
	uint32_t symbols_free[7]; /* by log2 of the ring's size */
	uint32_t flow_hand;
	size_t memory;
	/* one place a cookie: index + 1 of the kernel side that came last */
	uint32_t *cookies;
	size_t cookie_mask;
	struct solver *solver;
	struct path *path;
	uint32_t *heap;
	uint32_t heap_size, heap_room;
	struct held *held; /* a queue in order of time: from held_at on */
	size_t held_at, held_count, held_room;
	struct listener *listeners;
	size_t listener_count;
	struct {
		struct flow_key key; /* [0] = the end that answered */
		int64_t t_ns;        /* when the SYN came; 0: free */
	} answered[ANSWERED_KEPT];
	size_t answered_next;
	struct heard heard[HEARD_KEPT];
	size_t heard_next;
	struct heard_ends *heard_ends; /* NULL: no calls yet */
	struct {
		uint8_t family, addr[16];
	} addresses[256];
	size_t address_count;
	struct {
		struct flow_key key;
		int64_t due_ns;
	} listener_wishes[LISTENER_WISHES];
	size_t listener_wish_count;
	struct {
		struct flow_key key;
		int64_t due_ns;
	} datagram_wishes[DATAGRAM_WISHES];
	size_t datagram_wish_count;
	/* conversations whose sockets were asked for: one place a hash */
	struct flow_key talking[TALKING_KEPT];
	/* when listeners were last asked for because a SYN was refused, and to which port */
	int64_t refused_ns;
	uint16_t refused_be;
	int64_t dump_wish_ns, owner_wish_ns; /* 0: none */
	/* the dump before that one, all rows of which have been judged */
	int64_t settled_dump_ns, settled_dump_end_ns;
	/* the last, newest first: a listener that they do not show came later */
	struct {
		int64_t asked_ns, ended_ns;
	} dumps_ended[DUMPS_KEPT];
	/* until when an answer is the first dump's: what that shows was there before us */
	int64_t first_dump_ns;
	uint32_t marks, dumps;
	uint16_t gaps; /* moves with each loss, and where one ends; core_gap() alone moves it */
	struct {       /* when losses began, as the recorder tells, in order */
		struct loss_told {
			int64_t t_ns;
			uint64_t nth; /* how many, with this one */
		} * item;
		size_t count, room;
	} losses;
	unsigned proofs;  /* connections that show a loss of which nobody tells */
	uint64_t evicted; /* flows that made room before they were over */
	uint64_t lookups_shed;
	int64_t defer_drops; /* TcpExtTCPDeferAcceptDrop; -1: never read */
};

/* ---- emit.c ---- */
/* gives it an id and hands it out */
uint64_t core_emit(struct core *core, struct record *record);
struct record core_record(
	const struct core *core, uint32_t flow, int side, enum record_kind kind, int64_t t_ns);

/* ---- local.c ---- */
bool core_is_listed(const struct core *core, uint8_t family, const uint8_t addr[16]);
/* One of this namespace's own. Of a capture of which nobody knows that, quickly told. */
static inline bool core_is_local(const struct core *core, uint8_t family, const uint8_t addr[16])
{
	return core->address_count == 0 && family == AF_INET ? addr[0] == 127
							     : core_is_listed(core, family, addr);
}
/* bit 0, 1: that end is one of this namespace's */
uint8_t core_local_sides(const struct core *core, uint32_t flow, const struct flow_key *key);
uint8_t core_local_ends(const struct core *core, const struct flow_key *key); /* by address */
uint8_t core_shown_sides(const struct core *core, uint32_t flow); /* by the kernel alone */

/* ---- table.c, flows.c: where memory runs out the oldest flow makes room; `evicted` counts */
int flows_new(struct core *core);
void flows_free(struct core *core);
static inline struct flow *flow_at(const struct core *core, uint32_t index)
{
	return arena_item(&core->flows, index, FLOWS_A_BLOCK, sizeof(struct flow));
}
/* Of the flow's hash and place: first is the end of the key that is the smaller. */
uint64_t flow_hash(const struct flow_key *key, int first);
size_t flow_key_hash(const struct flow_key *key);
/* index, UINT32_MAX none; the place of a SYN that waits for an answer, as attempt_is(), or of
 * what has settled, as packed_is() */
uint32_t flow_find(const struct core *core, const struct flow_key *key, int first, uint64_t hash);
/* May connections be kept in a shorter form, in that table? Nobody asks for single ones before the
 * end, and nobody but segments speaks of them. A fourth of the memory at most: none of them makes
 * room. */
bool flows_may_be_short(const struct core *core, const struct arena *in);
uint32_t flow_add(struct core *core, const struct flow_key *canonical, uint64_t hash, int64_t t_ns);
/* The same with that number, in no place of the table; UINT32_MAX: no memory. */
uint32_t flow_make(
	struct core *core, const struct flow_key *canonical, int64_t t_ns, uint32_t serial);
/* A place for an index; another index in the place of the one before, UINT32_MAX: none any more. */
void flow_place(struct core *core, uint64_t hash, uint32_t index);
void flow_replace(struct core *core, uint64_t hash, uint32_t before, uint32_t index);
/* A new connection on the same 4-tuple; the old one becomes its `previous`. */
void flow_renew(struct core *core, uint32_t flow);
void flow_drop(struct core *core, uint32_t flow);
/* A place for a connection, zeroed, in no place of the table: the oldest makes room, if need be;
 * UINT32_MAX: no memory. And free again, with nothing that hangs on it. */
uint32_t flow_take(struct core *core, int64_t t_ns);
void flow_free(struct core *core, uint32_t flow);
struct flow_key flow_key_in(const struct core *core, const struct flow *flow);
struct flow_key flow_key_of(const struct core *core, uint32_t flow);
/* The same where it is wanted: a copy of a key just written waits for its parts. */
void flow_key_put(const struct core *core, uint32_t index, struct flow_key *key);
/* One flow a call or, of many, a few, in turn: what is over is settled, and later forgotten. */
void flow_sweep(struct core *core);
/* Something of it has changed that the sweep did not foresee. */
static inline void flow_look(struct core *core, uint32_t flow)
{
	*(int32_t *)arena_item(&core->looks, flow, LOOKS_A_BLOCK, sizeof(int32_t)) = 0;
}
/* Tells the rest of it, and that it is all. */
void flow_settle(struct core *core, uint32_t flow, int64_t t_ns);
static inline struct symbol *ring_of(const struct core *core, const struct flow *flow)
{
	return flow->size > 0 ? arena_item(&core->symbols, flow->ring, SYMBOLS_A_BLOCK,
					sizeof(struct symbol))
			      : NULL;
}
void ring_push(struct core *core, uint32_t flow, const struct symbol *symbol);
void ring_cut(struct core *core, struct flow *flow, int count); /* forget the first */
void ring_drop(struct core *core, struct flow *flow);
/* RANGES pairs of sequence numbers, equal: none; NULL */
uint32_t (*ranges_of(struct core *core, struct end *end, bool create))[2];
void ranges_drop(struct core *core, struct end *end);
struct kernel *kernel_make(struct core *core, uint32_t flow, int side);
/* NULL: it has none, and none was to be made, or could be */
static inline struct kernel *kernel_of(struct core *core, uint32_t flow, int side, bool create)
{
	uint32_t at = flow_at(core, flow)->end[side].kernel;

	if (at != 0)
		return arena_at(&core->kernels, at - 1);
	return create ? kernel_make(core, flow, side) : NULL;
}
void kernel_drop(struct core *core, uint32_t flow, int side);
void kernel_set_cookie(struct core *core, struct kernel *kernel, uint64_t cookie);
/* NULL: none (or one that a collision hides) */
struct kernel *kernel_by_cookie(struct core *core, uint64_t cookie);
struct told *told_of(struct core *core, struct end *end, bool create);
void told_drop(struct core *core, struct end *end);

/* Packets of it may have been lost: sequence numbers may jump. */
static inline bool flow_is_lossy(const struct core *core, const struct flow *flow)
{
	return (flow->flags & FLOW_LOSSY) || flow->gaps != core->gaps;
}

/* Packets were lost while it lived, as the recorder tells or it shows itself; or before, and its
 * beginning is missing. */
static inline bool flow_lost_packets(const struct core *core, const struct flow *flow)
{
	return flow->gaps != core->gaps || (flow->flags & FLOW_LOST) ||
	       (core->gaps != 0 && ((flow->flags & (FLOW_MIDWAY | FLOW_RENEWED)) ||
					   flow->anchor[0] == STATE_UNKNOWN ||
					   flow->anchor[1] == STATE_UNKNOWN));
}

/* Packets were lost, or that has come to its end: every connection that lives lived then. doubt.c
 */
void core_gap(struct core *core);
/* It shows that the capture lost packets, though nobody tells of that; if several do, others may
 * have lost some as well. doubt.c */
void flow_shows_loss(struct core *core, struct flow *flow);
void loss_add(struct core *core, int64_t t_ns);
/* How many losses had begun by then, as the recorder tells; of more than 65,536, at least so
 * many. */
uint64_t losses_before(const struct core *core, int64_t t_ns);

/* ---- alike.c ---- */
/* What it is like, where its segments alone say so and somebody asks; false: like no other. */
bool alike_of(const struct core *core, uint32_t flow, struct alike *out);

/* ---- wish_heap.c ---- */
int wishes_new(struct core *core);
void wishes_free(struct core *core);
void wish_set(struct core *core, struct kernel *kernel, int64_t due_ns);
void wish_forget(struct core *core, struct kernel *kernel);
/* The one that falls due first; NULL: nobody is to be asked about. */
struct kernel *wish_first(const struct core *core);

/* ---- wishes.c ---- */
void wish_segment(
	struct core *core, uint32_t flow, int side, int64_t t_ns, bool edge, bool last_word);
void wish_at(struct core *core, struct kernel *kernel, int64_t due_ns);
/* No further look-up until a segment or a timer (wish_at) asks for one. */
void wish_over(struct core *core, struct kernel *kernel);
void wish_listener(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* This side refused a SYN: at once, who listens on that port, on the same with its bytes swapped,
 * and elsewhere. They may be gone in a moment. */
void wish_refused(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* A datagram, or an ICMP error about one: ask for the sockets of the local ends, of a conversation
 * once, after an error always. */
void wish_datagram(struct core *core, const struct record *record, int64_t t_ns);

#endif
