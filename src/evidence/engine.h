/* What the parts of the engine share: ends, symbols, answers, paths, and who may call whom.
 * docs/evidence.md says what each does.
 *      packet          -> sequence.c -> symbols, a ring per flow -> solve.c (rules.c) -> tell.c
 *      kernel's answer -> answers.c  -> a list per end -----------^
 */
#ifndef TCPSTATE_EVIDENCE_ENGINE_H
#define TCPSTATE_EVIDENCE_ENGINE_H

#include <sys/socket.h>

#include "arena.h"
#include "tcpstate/core.h"

enum {
	MS = 1000000, /* ns */
	DUMPS_KEPT = 8,
	ANSWERED_KEPT = 64, /* ends that answered a SYN while no listener of theirs was known */
	/* an answer is attached this long after it was given: all packets up to then have come */
	HOLD_NS = 6 * MS,
	/* the tap sees a segment before the stack does: this long an old state proves nothing */
	SETTLE_NS = 10 * MS,
	/* a first dump may be several requests, one after the other */
	FIRST_DUMP_NS = 5 * MS,
	/* a timer is shown rounded: by one jiffy, at 100 Hz, and a millisecond */
	JIFFY_NS = 12 * MS,
	/* a listener's queue, read this near, speaks for the moment of a segment */
	NEAR_NS = 50 * MS,
	IN_FLIGHT_NS = 1000 * MS, /* how long a segment may be on its way, at least */
	LISTENER_READINGS = 512,  /* a connection is judged when it settles, long after */
	FATES_KEPT = 256,         /* of SYNs, a listener */
	LISTENER_WISHES = 64,
	DATAGRAM_WISHES = 64,
	DATAGRAM_LOOKUPS = 16, /* at a time */
	TALKING_KEPT = 4096,
	RING_MAX = 64,     /* symbols of a flow */
	RING_CUT = 48,     /* of a full ring so many are folded into the anchor */
	RING_EASY = 20,    /* up to here every symbol has room */
	ANSWERS_MAX = 256, /* of an end */
	RANGES = 4,        /* of what waits out of order at an end */
	/* log2 of the items of a block */
	FLOWS_A_BLOCK = 12,
	SYMBOLS_A_BLOCK = 16,
	LOOKS_A_BLOCK = 16,
};
#define SECOND_NS INT64_C(1000000000)

/* ---- rules.c: states, symbols, steps ---- */
enum {                             /* beyond the kernel's numbers of enum tcp_state */
	STATE_REQUEST = STATE_MAX, /* SYN_RECV without a full socket (NEW_SYN_RECV) */
	STATE_COOKIE,              /* a SYN-ACK went out, nothing was kept: CLOSED */
	STATE_WAITING,             /* ESTABLISHED; the peer's FIN has come and is not taken yet */
	STATES
};
enum own {                 /* what an end's own segment proves of it */
	OWN_NEW,           /* it is in a new connection on the same 4-tuple */
	OWN_SYN,           /* */
	OWN_SYN_AGAIN,     /* */
	OWN_SYN_ACK,       /* answers a SYN: a request, or a cookie */
	OWN_SYN_ACK_FULL,  /* acknowledges data of the SYN: a full socket, RFC 7413 */
	OWN_SYN_ACK_CROSS, /* with the ISS of its own SYN: simultaneous open */
	OWN_SYN_ACK_AGAIN, /* */
	OWN_ACK,           /* its first, or one after it may have been closed */
	OWN_PAST,          /* beyond the handshake: data, FIN, or an ACK of data */
	OWN_ACKS_FIN,      /* covers the peer's FIN */
	OWN_FIN,           /* */
	OWN_FIN_BEFORE,    /* leaves out the peer's FIN, which had been sent */
	OWN_FIN_AGAIN,     /* */
	OWN_ABORT,         /* RST|ACK, or a bare one within a connection */
	OWN_NO_SOCKET,     /* a bare RST: nobody took the newest segment */
	OWN_REFUSES,       /* a bare RST in answer to data */
	OWN_REFUSES_FIN,   /* the same, to data with a FIN */
	OWN_REFUSES_SYN,   /* RST|ACK in answer to a SYN: no socket, no listener */
	OWN_RST_TO_SYN,    /* RST|ACK in answer to a SYN within its window */
	OWN_OLD_RST,       /* RST|ACK that echoes an older timestamp than the newest segment's */
	OWN_MIDWAY,        /* data of an end whose beginning was not captured */
	OWNS
};
enum got { /* what the peer's segment does to an end, if it is taken */
	GOT_SYN,
	GOT_SYN_ACK,
	GOT_SYN_ACK_FAR, /* at an end elsewhere, which may be nobody */
	GOT_ACK_OF_SYN,
	GOT_ACK_OF_FIN,
	GOT_FIN,
	GOT_FIN_EARLY, /* ahead of a hole: taken if what fills it was not captured */
	GOT_RST_SYN,   /* acknowledges its SYN */
	GOT_RST,       /* has the next sequence number */
	GOT_RST_FIN,   /* that of the FIN received */
	GOT_RST_MINI,  /* elsewhere in the window: an orphan in FIN_WAIT2 takes it */
	GOT_ICMP_SYN,
	GOT_ICMP_REQUEST,
	GOT_DATA, /* at an end seen midway */
	GOT_COOKIE,
	GOT_REPEATED, /* the SYN-ACK comes again, and the end had not answered the first */
	GOT_FOLLOWS,  /* data of a peer whose SYN-ACK was captured, at an end never heard */
	GOTS
};
/* Only their order counts. FREE: what happens if nobody objects. */
enum cost {
	FREE = 0,
	LATE = 5,      /* a FIN that is taken later than it came */
	IGNORED = 10,  /* a segment that was not taken */
	RETAKEN = 10,  /* taken, though one like it was not */
	CALLED = 11,   /* a call or a timer that sent nothing */
	LAGGED = 11,   /* a segment that the stack takes long after the tap saw it */
	INFERRED = 12, /* what an own segment proves and no segment explains */
	REBORN = 13,   /* a cookie makes another socket after the close */
	DROPPED = 14,  /* a request or TIME_WAIT that goes before its time */
	VANISHED = 25, /* an open socket that goes without a segment */
	MISSED = 30,   /* a segment that was not captured */
	UNEXPLAINED = 60,
	UNREACHABLE = 200, /* no route leads there */
	NEVER = 255,
};
struct step { /* what a symbol does in a state; via: passed at the same time, or `to` */
	uint8_t to, via, cost;
	uint8_t reason, via_reason; /* enum reason_code */
	const char *section;
};
extern struct step own_step[STATES][OWNS], got_step[STATES][GOTS]; /* by rules_prepare() */
static inline const struct step *rules_own(unsigned state, unsigned on)
{
	return &own_step[state][on];
}
static inline const struct step *rules_got(unsigned state, unsigned on)
{
	return &got_step[state][on];
}
/* States that it shows the receiver not to be in. */
uint16_t rules_denies(uint32_t got);
/* States of which one must have been held shortly before the symbol; 0: none need. */
uint16_t rules_within(unsigned on);
/* The cheapest way without a segment: its cost, the next state on it, and why. */
unsigned rules_route(unsigned from, unsigned to, uint8_t *next, uint8_t *reason);
uint8_t rules_shown(unsigned state);    /* as sock_diag shows it */
uint16_t rules_showing(unsigned state); /* bit per state that is shown as it */
void rules_prepare(void);               /* once; cheap when it was done */
uint8_t reason_cause(unsigned reason);  /* enum cause, where the reason settles it */

/* ---- flows.c ---- */
enum end_flag {
	END_ISS = 1,
	END_NXT = 2,
	END_ACK = 4,
	END_RCV = 8,
	END_FIN = 0x10,
	END_PASSIVE = 0x20,
	END_FULL = 0x40,
	END_TS = 0x80,
	END_TS_RECENT = 0x100,
	END_ACKED = 0x200,    /* has sent an ACK that is no SYN-ACK */
	END_PAST = 0x400,     /* has sent something beyond the handshake */
	END_ACKS_FIN = 0x800, /* has acknowledged the peer's FIN */
	END_USED = 0x1000,    /* has sent something in this connection */
	END_SCALE = 0x2000,
	END_PEER_FIN = 0x4000, /* the peer's FIN has come */
	END_SYNCED = 0x8000,   /* has received what acknowledges its SYN */
	END_DATA = 0x10000,    /* its newest received segment brought something new */
	END_DOUBT = 0x20000,   /* something may have closed it since its last OWN_ACK */
	END_MIDWAY = 0x40000,  /* what it received first was no SYN */
	END_ADVANCED = 0x80000,
	END_HEARD = 0x100000, /* data came, seen midway */
	/* when its newest segment came, its own FIN might have waited behind data */
	END_BLOCKED = 0x400000,
	END_GONE = 0x200000,    /* a segment has closed it for certain, unless it speaks on */
	END_GUESSED = 0x800000, /* of its numbers some are guessed: a FIN may be among them */
};
struct end { /* a cache line: what its own segments and those it received told of it */
	uint32_t iss, nxt, ack; /* ISS, next and highest acknowledgement sent */
	uint32_t rcv;           /* next to be received, if it took everything */
	uint32_t fin, peer_fin; /* behind its own FIN; behind the peer's */
	uint32_t ts_recent, ts_first, ts_last;
	uint32_t advanced_us;          /* when it last sent something new; low 32 bits */
	uint32_t ranges, kernel, told; /* index + 1 in their pools, 0 none */
	uint32_t flags;
	uint16_t window, device;
	uint16_t newest;      /* the first GOT_ bits of the newest segment received */
	uint8_t scale, state; /* state: believed now, of rules.c */
};
struct symbol { /* a segment that may change a state */
	int64_t t_ns;
	uint32_t frame;
	uint32_t own; /* bits of enum own: of `side`, who sent it */
	uint32_t got; /* bits of enum got: of the other end */
	unsigned side : 1;
	bool bare : 1;        /* no data, no FIN */
	bool kernel : 1;      /* no segment: frame is the record of an answer */
	bool answers : 1;     /* a SYN-ACK that acknowledges the newest SYN */
	unsigned blocked : 2; /* bit per end: a FIN of it may wait behind unsent data */
	bool hole : 1;        /* it acknowledges what was not captured */
	bool skipped : 1;     /* or what was skipped by a bare ACK */
	uint8_t icmp_type, icmp_code, icmp_version;
};
enum flow_flag {
	FLOW_MIDWAY = 1,
	FLOW_CONFLICT = 2, /* and 4 of end 1: a fold does not explain it */
	FLOW_SIX = 8,
	FLOW_SELF = 16,
	FLOW_RENEWED = 32,
	FLOW_SETTLED = 64,
	FLOW_LOSSY = 128,
	FLOW_USED = 256, /* this place of the table is in use */
	FLOW_OLD = 512,  /* not in the table: another has taken its 4-tuple */
	FLOW_ANCHORED = 1024,
	FLOW_LOST = 2048, /* an end here acknowledged what was not captured */
};
struct flow {             /* three cache lines */
	uint32_t addr[2]; /* network order; IPv6: addr[0] is the place in the pool */
	uint16_t port_be[2];
	uint16_t zone, flags;
	uint32_t serial, ring;
	int64_t first_ns, last_ns;
	uint32_t room[2];
	uint32_t previous;   /* index + 1: the connection before, while an end still sits in it */
	uint32_t trip_us;    /* from SYN to SYN-ACK, as captured */
	uint8_t count, size; /* of the ring */
	uint8_t anchor[2];   /* state of each end before the first symbol of the ring */
	uint16_t gaps;       /* times that packets had been lost when it began */
	uint16_t forgotten;  /* connections, by then; 65,535: or more */
	struct end end[2];
};
_Static_assert(sizeof(struct symbol) == 24, "symbol");
_Static_assert(sizeof(struct end) == 64, "end");
_Static_assert(sizeof(struct flow) == 192, "flow");

struct answer { /* of the kernel about one end */
	int64_t asked_ns, answered_ns;
	uint64_t cookie, number;
	uint32_t expires_ms, recv_q;
	uint16_t states; /* bit per state of rules.c that agrees with it */
	uint8_t state;   /* STATE_CLOSED: absent */
	uint8_t timer, retrans;
	bool absent, listener, request, mini, destroyed, first_dump;
};
struct kernel { /* the kernel's side of an end */
	uint64_t cookie, ended_cookie;
	struct answer *answer; /* in time order */
	uint32_t count, size;
	int64_t sent_ns, heard_ns; /* the newest segment sent, RST apart, and received */
	int64_t spoke_ns;          /* the newest one sent that had data */
	int64_t timer_due_ns, shown_ns, wish_base_ns, due_ns;
	/* last word of the kernel that agreed with the state then believed */
	int64_t agree_ns;
	uint32_t flow, inode, heap_at, device;
	uint16_t shown; /* bit per tcp_state */
	uint8_t side, state, timer, agree_state, wish_step;
	bool last_word, used;
};

/* ---- solve.c ---- */
enum edge_kind { BY_OWN, BY_GOT, BY_INFERENCE, BY_KERNEL, BY_ROUTE, NOT_TAKEN, NOTED };
struct path_edge {
	int64_t t_ns, not_before_ns, refuted_ns;
	uint64_t frame, number;                 /* number: the answer's record */
	uint64_t refuted_frame, refuted_number; /* NOT_TAKEN: what shows it */
	int64_t due_ns;                         /* the timer that ran out; 0 none */
	int16_t symbol, answer;                 /* index in the ring, in the answers; -1 none */
	uint8_t from, to;                       /* enum tcp_state, as told */
	uint8_t before, after;                  /* of rules.c */
	uint8_t kind, on;                       /* on: enum own or enum got, by kind */
	uint8_t reason;                         /* of the table */
	bool both, own;                         /* own: on is of enum own */
	bool doubtful; /* packets were lost: others may lie between its two states */
};
enum { PATH_MAX_EDGES = 200 };
struct path {
	struct path_edge edge[PATH_MAX_EDGES];
	int count, cost;
	uint8_t state; /* of rules.c, at the end */
	bool misses;   /* the kernel shows what only a segment makes that was not captured */
};
struct solver;
struct solver *solver_new(void);
/* All segments taken: for ends that nothing contradicts and no answer is about. */
void solve_fold(struct core *core, uint32_t flow, int side, struct path *out);
/* The cheapest explanation of all symbols and answers. */
void solve_path(struct core *core, uint32_t flow, int side, struct path *out);
/* One of both, as the end needs it. */
void path_of(struct core *core, uint32_t flow, int side, struct path *out);

/* ---- told: what was said of an end already (at once), to be compared with what is known now ----
 */
struct told_edge {
	uint64_t id, frame, number;
	int64_t t_ns;
	uint8_t from, to, evidence, kind;
	uint16_t reason;
	uint8_t cause, taken;
};
struct told {
	struct told_edge *edge;
	uint32_t count, size;
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

struct span {
	int64_t from_ns, until_ns;
};
struct heard { /* calls of one listening socket; cookie 0: free */
	uint64_t cookie;
	struct span listen, close; /* close.from_ns 0: not yet */
	uint32_t exiting; /* the process whose end closes it, until that is seen; 0: none */
};
enum { HEARD_KEPT = 256 };

struct held {                /* an answer that waits for the packets captured before it */
	struct flow_key key; /* [0] = local end */
	struct answer answer;
	uint32_t inode, send_q, interface;
	bool other, exact, v6only, row;
};

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
	/* end of the first dump: what it shows was there before us */
	int64_t first_dump_ns;
	uint32_t marks, dumps;
	uint16_t gaps;    /* times that packets were lost */
	unsigned proofs;  /* connections that show a loss of which nobody tells */
	uint64_t evicted; /* flows that made room before they were over */
	uint64_t lookups_shed;
	int64_t defer_drops; /* TcpExtTCPDeferAcceptDrop; -1: never read */
};

static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}
static inline bool seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) < 0;
}
static inline bool seq_upto(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) <= 0;
}
/* Closed, or never open. */
static inline bool state_is_over(uint8_t state)
{
	return state == STATE_CLOSED || state == STATE_COOKIE;
}

/* A connection may settle whose ends are all in such a state; in others a segment or an answer
 * comes first. */
static inline bool state_may_settle(uint8_t state)
{
	return state_is_over(state) || state == STATE_TIME_WAIT || state == STATE_UNKNOWN;
}

/* ---- core.c ---- */
/* gives it an id and hands it out */
uint64_t core_emit(struct core *core, struct record *record);
bool core_is_listed(const struct core *core, uint8_t family, const uint8_t addr[16]);
/* One of this namespace's own. Of a capture of which nobody knows that, quickly told. */
static inline bool core_is_local(const struct core *core, uint8_t family, const uint8_t addr[16])
{
	return core->address_count == 0 && family == AF_INET ? addr[0] == 127
							     : core_is_listed(core, family, addr);
}
struct record core_record(
	const struct core *core, uint32_t flow, int side, enum record_kind kind, int64_t t_ns);
/* bit 0, 1: that end is one of this namespace's */
uint8_t core_local_sides(const struct core *core, uint32_t flow, const struct flow_key *key);
uint8_t core_shown_sides(const struct core *core, uint32_t flow); /* by the kernel alone */

/* ---- flows.c: memory may run out; then the oldest flow makes room, and `evicted` counts ---- */
int flows_new(struct core *core);
void flows_free(struct core *core);
static inline struct flow *flow_at(const struct core *core, uint32_t index)
{
	return arena_item(&core->flows, index, FLOWS_A_BLOCK, sizeof(struct flow));
}
/* Of the flow's hash and place: first is the end of the key that is the smaller. */
uint64_t flow_hash(const struct flow_key *key, int first);
size_t flow_key_hash(const struct flow_key *key);
/* index, UINT32_MAX none */
uint32_t flow_find(const struct core *core, const struct flow_key *key, int first, uint64_t hash);
uint32_t flow_add(struct core *core, const struct flow_key *canonical, uint64_t hash, int64_t t_ns);
/* A new connection on the same 4-tuple; the old one becomes its `previous`. */
void flow_renew(struct core *core, uint32_t flow);
void flow_drop(struct core *core, uint32_t flow);
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

/* It shows that the capture lost packets, though nobody tells of that; if several do, others may
 * have lost some as well. doubt.c */
void flow_shows_loss(struct core *core, struct flow *flow);

/* ---- sequence.c: one packet ---- */
void sequence_event(struct core *core, const struct event *event);
/* receive.c: what it does to its receiver, if it is acceptable: GOT_ bits */
struct packet {
	struct core *core;
	const struct segment *segment;
	int64_t t_ns, silent_ns;  /* silent_ns: since the connection's packet before */
	uint64_t frame, hash;     /* hash: of its flow, 0 not known */
	uint32_t sends, receives; /* the connection that each end is in */
	struct flow *from, *to;   /* the same two */
	int sender, peer;         /* the same end, when a socket is connected to itself */
	bool repeated;
};
enum { WSCALE_MAX = 14 }; /* RFC 7323 2.3; what is not known may be as much */
/* sender.c: what the segment is of its sender, as bits of symbols; its end is brought up to date */
uint32_t send_syn(struct packet *packet, struct end *end);
uint32_t send_syn_ack(struct packet *packet, struct end *end, const struct end *peer);
uint32_t send_reset(const struct packet *packet, const struct end *end, const struct end *peer);
uint32_t send_segment(struct packet *packet, struct end *end, struct end *peer);
/* receive.c: what it does to its receiver, if it is taken */
uint32_t receive_segment(const struct packet *packet);
uint32_t receive_icmp(const struct packet *packet);
uint8_t icmp_effect(const struct packet *packet, uint32_t got);
/* Within the window that the receiver offered when it last spoke; true where it is not known. */
static inline bool in_window(
	const struct end *end, const struct end *sender, uint32_t seq, uint32_t end_seq)
{
	/* where SYNs crossed Linux scales, though the peer has not offered to (it asks only in
	 * tcp_rcv_synsent_state_process() of a SYN-ACK) */
	bool crossed = (end->flags & (END_FULL | END_PASSIVE)) == END_FULL;
	bool scales = (end->flags & END_ACKED) && (crossed || (sender->flags & END_SCALE));
	uint32_t scale = scales ? end->scale : 0;

	if (!(end->flags & END_ACK) || !(end->flags & END_ISS))
		return true;
	return seq_upto(end->ack, end_seq) &&
	       seq_upto(seq, end->ack + ((uint32_t)end->window << scale));
}
/* A symbol joins the ring of its flow, and both ends go on. */
void symbol_push(struct core *core, uint32_t flow, const struct symbol *symbol);
/* This end has left the connection before. */
void end_replaced(
	struct core *core, uint32_t flow, int side, int64_t t_ns, uint64_t frame, bool by_kernel);
void connection_renew(
	struct core *core, uint32_t flow, int side, int64_t t_ns, uint64_t frame, bool by_kernel);
/* The connection that this end is in: `flow`, or still the one before. */
static inline uint32_t flow_holding(const struct core *core, uint32_t index, int side)
{
	const struct flow *flow = flow_at(core, index);

	return flow->previous != 0 && !(flow->end[side].flags & END_USED) ? flow->previous - 1
									  : index;
}

/* ---- answers.c ---- */
void answer_hold(struct core *core, const struct event *event);
void answers_due(struct core *core, int64_t t_ns); /* attach all that are due by t_ns */
/* Those about this 4-tuple at once: its oldest life will be told. */
void answers_hurry(struct core *core, const struct flow_key *canonical);

/* ---- tell.c ---- */
/* At once: the difference between what was told of this end and what is known now. */
void tell_end(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* At its end, or before its ring is cut: all that was not told yet. */
void tell_rest(struct core *core, uint32_t flow, int64_t t_ns);
/* The ring is full: its first symbols become the anchor. */
void tell_anchor(struct core *core, uint32_t flow, int64_t t_ns);

/* ---- alike.c ---- */
/* What it is like, where its segments alone say so and somebody asks; false: like no other. */
bool alike_of(const struct core *core, uint32_t flow, struct alike *out);

/* ---- reasons.c ---- */
/* Why that edge of the path: fills reason, cause. */
void reason_of_edge(struct core *core, uint32_t flow, int side, const struct path *path, int edge,
	struct record *record);
/* Why that symbol was not taken. */
struct reason reason_not_taken(
	struct core *core, uint32_t flow, int side, const struct path *path, int edge);

/* ---- wishes.c ---- */
int wishes_new(struct core *core);
void wishes_free(struct core *core);
void wish_segment(
	struct core *core, uint32_t flow, int side, int64_t t_ns, bool edge, bool last_word);
void wish_at(struct core *core, struct kernel *kernel, int64_t due_ns);
void wish_forget(struct core *core, struct kernel *kernel);
/* No further look-up until a segment or a timer (wish_at) asks for one. */
void wish_over(struct core *core, struct kernel *kernel);
void wish_listener(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* This side refused a SYN: at once, who listens on that port, on the same with its bytes swapped,
 * and elsewhere. They may be gone in a moment. */
void wish_refused(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* A datagram, or an ICMP error about one: ask for the sockets of the local ends, of a conversation
 * once, after an error always. */
void wish_datagram(struct core *core, const struct record *record, int64_t t_ns);

/* ---- heard.c ---- */
void heard_call(struct core *core, const struct call *call);
/* A process has ended: what its end closed was closed by now. */
void heard_exit(struct core *core, uint32_t pid, int64_t t_ns);
/* When the socket that was seen to listen at seen_ns has begun to, by its own call. false: none was
 * heard. */
bool heard_listening(struct core *core, uint64_t cookie, int64_t seen_ns, struct span *when);
/* When it was closed by its last holder, between seen_ns, when it was there, and gone_ns. */
bool heard_closing(
	struct core *core, uint64_t cookie, int64_t seen_ns, int64_t gone_ns, struct span *when);

/* ---- heard_ends.c ---- */
void heard_end_call(struct core *core, const struct call *call);
void heard_end_exit(struct core *core, uint32_t pid, int64_t t_ns);
void heard_ends_free(struct core *core);
/* Date the edges of this path that calls made by these, where nothing dates them better. */
void heard_path(struct core *core, uint32_t flow, int side, struct path *path);

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
void listener_learns(struct core *core, uint32_t flow, int side, const struct path *path);
/* So late after the SYN-ACK does such a listener take an ACK alone. `ack`: index in the ring. */
bool may_have_timed_out(const struct symbol *ring, int ack);

#endif
