/* What the parts of the core share: the flow table's rows, the claims, the kernel's side, and who
 * may call whom. machine.c reads segments and claims edges; ledger.c judges claims by the kernel's
 * answers; wishes.c says whom to ask; listeners.c keeps the LISTEN sockets; core.c
 * feeds them. */
#ifndef TCPSTATE_CORE_INSIDE_H
#define TCPSTATE_CORE_INSIDE_H

#include "tcpstate/core.h"

enum {
	MS = 1000000,   /* ns */
	DUMPS_KEPT = 8, /* more than end while an answer is held */
	/* a row is judged this long after its answer: packets of that time have come then */
	HOLD_NS = 6 * MS,
	/* the tap sees a segment before the stack does: this long an old state proves nothing */
	SETTLE_NS = 10 * MS,
	/* a first dump may be several requests, one after the other */
	FIRST_DUMP_NS = 5 * MS,
	/* a timer is shown rounded: by one jiffy, at 100 Hz, and a millisecond */
	JIFFY_NS = 12 * MS,
	/* a listener's queue, read this near, speaks for the moment of a segment */
	NEAR_NS = 50 * MS,
	/* the newest edges of an endpoint that a row may confirm or refute */
	CLAIMS_JUDGED = 24,
	LISTENER_READINGS = 16,
	LISTENER_WISHES = 64,
	DATAGRAM_WISHES = 64,
	DATAGRAM_LOOKUPS = 16 /* at a time */,
	TALKING_KEPT = 4096,
	RECEIVED_KEPT = 4,
};

/* ---- the flow table: 96 bytes a connection ---- */
enum endpoint_flag {
	/* nxt is known: a segment of its own was seen, or acknowledged */
	END_SEQ_KNOWN = 1,
	END_ACK_KNOWN = 2, /* rcv_nxt is known */
	END_FIN_SENT = 4,
	END_FIN_RECEIVED = 8 /* in order, or acknowledged */,
	/* in SYN_RECV: a full socket (simultaneous or fast open), not a request */
	END_FULL = 16,
	END_COOKIE = 32, /* LISTEN -> SYN_RECV was withdrawn: the SYN-ACK was a cookie */
	/* sent something beyond its SYN or SYN-ACK since it was established */
	END_PASSIVE = 64,
	END_SPOKE = 128
};

struct endpoint {          /* 16 bytes; sequence numbers in host order */
	uint32_t nxt, una; /* SND.NXT, SND.UNA */
	uint32_t rcv_nxt;
	uint16_t window;     /* as last advertised, unscaled */
	uint8_t state_scale; /* low nibble enum tcp_state, high nibble window scale */
	uint8_t flags;
};
struct flow {
	struct flow_key key; /* canonical */
	int64_t last_ns;
	struct endpoint end[2];
	uint32_t serial, claims; /* claims: index + 1 of the newest */
	uint32_t kernel[2];      /* index + 1 of the kernel's side, 0 for a far end */
};
_Static_assert(sizeof(struct endpoint) == 16, "endpoint");
_Static_assert(sizeof(struct flow) <= 96, "a flow must fit 96 bytes");

struct detail { /* what the wire told of a flow and the table has no room for; same index */
	uint32_t iss[2], fin_seq[2]; /* fin_seq: sequence number of the FIN itself */
	uint32_t own_ack[2];         /* highest ACK sent; if has_ack */
	/* TS.Recent of the end; first and last TSval of its SYNs or segments */
	uint32_t ts_recent[2], ts_first[2], ts_last[2];
	/* the newest SYN, or the first SYN-ACK, with this ISS */
	int64_t syn_ns[2];
	uint64_t syn_frame[2];
	int64_t fin_ns[2];
	uint64_t fin_frame[2]; /* its FIN first sent; */
	/* the newest copy, and whether it acknowledges the peer's FIN */
	int64_t fin_last_ns[2];
	uint64_t fin_last_frame[2];
	bool fin_last_acks[2];
	/* the end's newest edge, also one of the connection before this */
	int64_t edge_ns[2];
	int64_t sent_ns[2]; /* the end's newest segment, RST apart */
	/* when the end took up a new connection on the same 4-tuple; 0: it is its first */
	int64_t began_ns[2];
	/* segments that reached the end, newest first */
	struct received {
		int64_t t_ns;
		uint64_t frame;
	} received[2][RECEIVED_KEPT];
	/* the newest segment that would take a refuted edge, */
	int64_t refused_ns[2];
	uint64_t refused_frame[2];
	/* into this state; the newest one whose refutation was told */
	int64_t refused_told_ns[2];
	uint8_t refused_to[2];
	int64_t round_trip_ns; /* SYN to SYN-ACK as captured */
	/* connection number of what the end is in: differs while one end still sits in the old
	 * connection */
	uint32_t serial[2];
	uint32_t ranges[2]; /* out-of-order data that waits at the end: index + 1 */
	/* by which packets reach the end, where the capture tells: a look-up that names it also
	 * finds a socket bound to it */
	uint16_t device[2];
	uint16_t refused[2]; /* bit per state: edges into it were refuted */
	uint8_t cookie_tries[2];
	/* type and code of the ICMP error that would take a refuted edge */
	uint8_t refused_icmp[2][2];
	uint8_t has_ts[2]; /* the end's SYN (or a later segment) carries timestamps */
	uint8_t syn_seen[2], has_wscale[2], has_ack[2];
	/* lossy: not all that it sent was captured: see flow_is_lossy() */
	bool self, settled, lossy;
	uint32_t gaps;          /* of the core, when the flow began */
	int64_t advanced_ns[2]; /* when the end last sent something new */
};

struct range {
	uint32_t start, end, next;
	bool fin;
};

struct claim {
	uint64_t id, frame, diag_frame;
	int64_t t_ns;
	struct endpoint before;
	uint32_t next; /* index + 1 of the older one */
	uint16_t reason;
	uint8_t side, from, to, evidence, cause;
	bool proven; /* by a segment of the endpoint's own */
};

struct kernel_side {
	uint64_t cookie, ended_cookie;
	int64_t held_to_ns; /* last answer that showed `state` */
	/* last answer (asked) that showed the machine's state */
	int64_t agree_ns;
	uint8_t agree_state;
	/* first of the answers that contradict; STATE_MAX none */
	int64_t denial_ns;
	uint8_t denial_state;
	/* last answer (asked) that showed it absent while it was closed; 0 none */
	int64_t absent_ns;
	int64_t timer_due_ns; /* when the timer last shown expires; 0 none */
	/* never shown, and not there when asked: a socket short-lived, or an address translated
	 * here; 0: not so */
	int64_t missing_ns;
	uint64_t missing_record;
	int64_t wish_base_ns, due_ns; /* due_ns: INT64_MAX none */
	/* flow: index; heap_at: index + 1 in the wish heap */
	uint32_t flow, inode, recv_q, heap_at;
	uint16_t shown; /* bit per state that sock_diag showed */
	uint8_t side, state, timer, retrans, wish_step;
	bool mini, last_word, used;
	uint32_t device; /* it is bound to: only look-ups that name it find it; 0 none */
};

struct held { /* an answer waiting to be judged */
	int64_t t_ns, asked_ns;
	uint64_t number, cookie;
	struct flow_key key; /* [0] = local end */
	uint32_t inode, expires_ms, recv_q, send_q, interface;
	uint8_t state, timer, retrans;
	bool absent, other_listener, other, exact, mini, request, first_dump, v6only;
	/* absent because the full socket was freed: a mini-socket may have taken its place */
	bool destroyed;
};

struct listener_reading {
	int64_t t_ns;
	uint32_t queue, backlog;
	uint64_t record;
};
struct listener {
	struct flow_key key; /* [0] = bound end, [1] zero */
	uint64_t cookie;
	/* first and last seen; last shown by a dump */
	int64_t first_ns, seen_ns, dumped_ns;
	uint64_t first_record; /* that showed it first */
	uint32_t inode;
	uint8_t state;   /* STATE_LISTEN or STATE_CLOSED */
	bool v6only;     /* [::] without IPv4 */
	uint32_t device; /* it is bound to: only look-ups that name it find it; 0 none */
	uint8_t reading_count;
	/* last asked for because a dump had missed it; 0: not since it was seen */
	int64_t wished_ns;
	/* newest last; only changes, and the newest of equal ones */
	struct listener_reading readings[LISTENER_READINGS];
};

struct core {
	struct emit emit;
	struct core_limits limits;
	uint64_t next_id;
	uint32_t next_serial;
	int64_t now_ns;
	bool finished;

	uint32_t *buckets;
	size_t bucket_mask;
	/* one place a cookie: index + 1 of the kernel side that came last */
	uint32_t *cookies;
	size_t cookie_mask;
	struct flow *flows;
	struct detail *details;
	uint32_t flow_top, flow_free, evict_hand;
	struct claim *claims;
	uint32_t claim_top, claim_free, claim_hand;
	struct kernel_side *sides;
	uint32_t side_top, side_free;
	struct range *ranges;
	uint32_t range_top, range_free;
	uint32_t *heap;
	uint32_t heap_size;
	struct held *held;
	uint32_t held_size;
	struct listener *listeners;
	size_t listener_count;
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
	uint32_t gaps;    /* times that packets were lost */
	uint64_t evicted; /* flows that made room before they were over */
	uint64_t lookups_shed;
};

/* ---- core.c ---- */
/* gives it an id and hands it out */
uint64_t core_emit(struct core *core, struct record *record);
bool core_is_local(const struct core *core, uint8_t family, const uint8_t addr[16]);
struct record core_record(
	const struct core *core, uint32_t flow, int side, enum record_kind kind, int64_t t_ns);

/* ---- flows.c ---- */
int flows_new(struct core *core);
void flows_free(struct core *core);
size_t flow_key_hash(const struct flow_key *key);
/* index, UINT32_MAX none */
uint32_t flow_find(struct core *core, const struct flow_key *canonical);
/* both ends closed, or never known; true of a free place too */
bool flow_is_over(const struct core *core, uint32_t flow);
/* evicts when full */
uint32_t flow_add(struct core *core, const struct flow_key *canonical, int64_t t_ns);
void flow_settle(struct core *core, uint32_t flow, int64_t t_ns);
void flow_drop(struct core *core, uint32_t flow);
struct kernel_side *flow_side(struct core *core, uint32_t flow, int side, bool create);
/* Had the timer that the kernel showed in that state run out by then? Never early; and one that
 * sent something again when it ran out did not end the socket. */
bool kernel_timer_ran_out(const struct kernel_side *kernel, const struct detail *detail, int side,
	uint8_t state, int64_t by_ns);
void flow_side_drop(struct core *core, uint32_t flow, int side);
void flow_set_cookie(struct core *core, struct kernel_side *side, uint64_t cookie);
/* NULL: none (or one that a collision hides) */
struct kernel_side *flow_by_cookie(struct core *core, uint64_t cookie);
/* Out-of-order data. range_add keeps what waits beyond rcv_nxt; range_take moves rcv_nxt over what
 * is now in order, true when a FIN was in it. */
void range_add(struct core *core, uint32_t flow, int side, uint32_t start, uint32_t end, bool fin);
bool range_take(struct core *core, uint32_t flow, int side);
void range_clear(struct core *core, uint32_t flow, int side);

/* Packets of it may have been lost: what came through the hole is not known, sequence numbers may
 * jump. */
static inline bool flow_is_lossy(const struct core *core, const struct detail *detail)
{
	return detail->lossy || detail->gaps != core->gaps;
}

static inline uint8_t end_state(const struct endpoint *end)
{
	return end->state_scale & 0x0f;
}
static inline void end_set_state(struct endpoint *end, unsigned state)
{
	end->state_scale = (uint8_t)((end->state_scale & 0xf0) | (state & 0x0f));
}
static inline bool seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}
static inline bool seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(b - a) < 0;
}

/* ---- ledger.c: claims, confirmations, corrections ---- */
struct edge_at {
	int64_t t_ns, not_before_ns;
	uint64_t frame, diag_frame;
	uint8_t evidence;
	bool proven; /* also past a refutation */
	int64_t arg[3];
};
/* Take an edge of the tables: emit the transition and remember it. `from` is the state it starts
 * from (LISTEN for a passive open). False when the edge was refuted before and neither proven nor
 * from the kernel. */
bool ledger_edge(struct core *core, uint32_t flow, int side, uint8_t from, const struct edge *edge,
	const struct edge_at *at);
/* LISTEN -> SYN_RECV by a valid cookie: no request was ever there */
extern const struct edge ledger_cookie_edge;
/* Withdraw the claim and every later one of that end; the machine goes on from the state before it.
 */
void ledger_withdraw(struct core *core, uint32_t flow, struct claim *claim, uint16_t reason,
	const int64_t arg[2], int64_t t_ns, uint64_t refuting_frame, uint64_t diag_frame);
/* The newest segment that would have taken a refuted edge was ignored as well: tell it, once. */
void ledger_refused_again(struct core *core, uint32_t flow, int side, int64_t t_ns,
	uint64_t refuting_frame, uint64_t diag_frame);
void ledger_confirm(struct core *core, uint32_t flow, struct claim *claim, int64_t t_ns,
	uint64_t frame, uint64_t diag_frame);
struct claim *ledger_newest(struct core *core, uint32_t flow, int side);
/* oldest first */
size_t ledger_history(struct core *core, uint32_t flow, int side, struct claim **out, size_t max);
void ledger_forget(struct core *core, uint32_t flow, int side); /* free its claims */
/* keep an answer until it can be judged */
void ledger_hold(struct core *core, const struct event *event);
void ledger_deadlines(struct core *core, int64_t t_ns); /* judge all that are due by t_ns */

/* ---- judge.c: one answer against one endpoint ---- */
void judge_answer(struct core *core, const struct held *held);
/* At the end: ends that the kernel never showed and that fell silent before it was asked are gone;
 * those that spoke on are nobody's socket here. */
void judge_missing(struct core *core);

/* ---- machine.c ---- */
void machine_segment(struct core *core, const struct event *event);

/* ---- wishes.c ---- */
int wishes_new(struct core *core);
void wishes_free(struct core *core);
void wish_segment(
	struct core *core, uint32_t flow, int side, int64_t t_ns, bool edge, bool last_word);
void wish_at(struct core *core, struct kernel_side *side, int64_t due_ns);
void wish_forget(struct core *core, struct kernel_side *side);
void wish_listener(struct core *core, uint32_t flow, int side, int64_t t_ns);
/* A datagram, or an ICMP error about one: ask for the sockets of the local ends, of a conversation
 * once, after an error always. */
void wish_datagram(struct core *core, const struct record *record, int64_t t_ns);

/* ---- listeners.c ---- */
void listener_row(struct core *core, const struct held *held); /* a LISTEN row */
/* exactly asked for, not there */
void listener_absent(struct core *core, const struct flow_key *key, uint32_t device,
	int64_t asked_ns, int64_t t_ns, uint64_t record);
/* that would take a SYN to key's end; NULL */
struct listener *listener_of(struct core *core, const struct flow_key *key, int end);
/* Why a final ACK at t_ns was not taken: REASON_ACCEPT_QUEUE_FULL with queue and backlog, if a
 * reading says so, else REASON_FINAL_ACK_IGNORED. */
uint16_t listener_refusal(
	struct core *core, const struct flow_key *key, int end, int64_t t_ns, int64_t arg[2]);
/* NULL: none in LISTEN */
struct listener *listener_by_cookie(struct core *core, uint64_t cookie);
void listener_destroyed(struct core *core, uint64_t cookie, int64_t t_ns, uint64_t record);
void listener_dump_end(struct core *core, int64_t asked_ns, int64_t t_ns);

#endif
