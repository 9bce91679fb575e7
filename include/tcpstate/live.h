/* What is now: the sockets of a namespace as events and records tell them, for `top`. Live and
 * replayed are one: whoever reads hands over rows, records and segments in order of time. A frame
 * is what one moment looked like, kept so that one can step back. Pure. */
#ifndef TCPSTATE_LIVE_H
#define TCPSTATE_LIVE_H

#include "tcpstate/record.h"

enum {
	LIVE_SHOWN = 1000,   /* sockets of a frame; the others are counted */
	LIVE_LISTENERS = 64, /* of a frame */
	LIVE_GROUPS = 256,
	LIVE_FIND = 64, /* bytes of a text to look for */
	LIVE_ALSO = 3   /* holders of a socket that are named beside the first */
};

struct live_holder {
	uint32_t pid;
	char program[16]; /* cut: as the kernel names it */
};

struct live_socket {
	struct sockrow row; /* as shown last, its state as told since; key: local end first */
	int64_t seen_ns;    /* when the kernel showed it; 0: only packets tell of it */
	int64_t since_ns;   /* in this state since; 0: not known */
	uint8_t evidence;   /* of the state: enum evidence */
	uint32_t pid;       /* who holds it, of several the lowest; 0: not known */
	char program[32];
	uint32_t also_count; /* how many hold it besides; the first of them */
	struct live_holder also[LIVE_ALSO];
	/* of a listener: its requests, -1 not counted; clients that it did not let in; the last */
	int64_t half_open;
	uint64_t overflows;
	int64_t overflow_ns;
};

/* A line of the feed: a TRANSITION, with the evidence that there is for it by now, or a CORRECTION;
 * its event is NULL. */
struct live_line {
	uint64_t number; /* from 1 */
	struct record record;
	bool withdrawn; /* a transition that a later line takes back */
};

struct live_segment {
	int64_t t_ns;
	struct flow_key key; /* [0] = its sender */
	uint32_t seq, ack, len;
	uint8_t flags;
	bool again; /* a retransmission */
};

/* What tcp_info showed of one socket at one time. */
struct live_point {
	int64_t t_ns;
	uint64_t cookie;
	uint32_t rtt_us, cwnd, unacked, retransmits;
};

enum live_sort {
	LIVE_BY_LOCAL,
	LIVE_BY_REMOTE,
	LIVE_BY_STATE,
	LIVE_BY_AGE, /* newest first */
	LIVE_BY_RECV_Q,
	LIVE_BY_SEND_Q,
	LIVE_BY_TIMER, /* soonest first */
	LIVE_SORT_MAX
};
enum live_group {
	LIVE_GROUP_NONE,
	LIVE_GROUP_PROCESS,
	LIVE_GROUP_PEER,
	LIVE_GROUP_STATE,
	LIVE_GROUP_MAX
};

struct live_order {
	enum live_sort sort;
	enum live_group group;
	bool reverse;
	/* only sockets whose ends, state or program contain it, in whatever case; "": all */
	char find[LIVE_FIND];
};

struct live_group_row {
	char name[FLOW_END_TEXT]; /* of a state: its name; of a process: "name[pid]" */
	uint32_t counts[STATE_MAX];
	uint32_t total;
};

struct live_totals {
	uint64_t transitions, confirmations, corrections; /* lines */
	uint64_t dropped, lost_rows, shed;                /* lost */
	/* what the kernel's counters say since the beginning: TcpExtListenOverflows,
	 * TcpExtListenDrops less those, TcpExtTCPReqQFullDrop and ...DoCookies, TcpRetransSegs */
	int64_t overflows, listen_drops, queue_full, retransmissions;
	int64_t overflow_ns; /* when one of the first three moved last; 0 never */
};

struct live_frame {
	int64_t t_ns;
	uint64_t version;        /* of the model that it shows */
	struct live_order order; /* in which it was taken */
	struct live_totals totals;
	uint32_t counts[STATE_MAX]; /* sockets in each state */
	uint64_t sockets;           /* all of them */
	/* when an edge was last taken, a state last entered; 0 never */
	int64_t edge_ns[STATE_MAX][STATE_MAX], entered_ns[STATE_MAX];
	uint64_t last_line; /* number of the newest line of the feed; 0 none */
	struct live_socket *listeners, *shown;
	size_t listener_count, shown_count;
	size_t matching; /* sockets that `find` leaves; those not shown are counted here too */
	struct live_group_row *groups; /* largest first; NULL without a group */
	size_t group_count;
};

/* How time passes for who looks on. */
struct live_pace {
	bool replay, paused, over;
	int64_t back_ms; /* while paused: how far the frame shown is back */
	double speed;    /* of a replay */
};

struct live;
struct live *live_new(void); /* NULL: out of memory */
void live_free(struct live *live);
/* Something could not be kept for lack of memory. */
bool live_out_of_memory(const struct live *live);

/* ROW, ABSENT, OWNER, COUNTER, GAP; other kinds are ignored. */
void live_event(struct live *live, const struct event *event);
/* TRANSITION, CONFIRMATION, CORRECTION, SEGMENT; other kinds are ignored. */
void live_record(struct live *live, const struct record *record);
/* A socket as a dump of all of them showed it, true at t_ns. */
void live_row(struct live *live, const struct sockrow *row, int64_t t_ns);
/* That dump began at began_ns and has ended: what it did not show is gone. */
void live_swept(struct live *live, int64_t began_ns);

/* What it looks like at t_ns (of very many sockets, of which nothing was told since the frame was
 * taken, only the time is new); sockets are selected and sorted as `order` says. 0, or -1 out of
 * memory. frame: zero, or of an earlier call, whose memory is used again. */
int live_frame_take(const struct live *live, int64_t t_ns, const struct live_order *order,
	struct live_frame *frame);
bool live_same_order(const struct live_order *a, const struct live_order *b);
/* Moves on with what changes: a frame of the same version shows the same. */
uint64_t live_version(const struct live *live);
/* The same frame in another order: of what it holds. */
void live_frame_arrange(struct live_frame *frame, const struct live_order *order);
int live_frame_copy(struct live_frame *to, const struct live_frame *from);
size_t live_frame_bytes(const struct live_frame *frame);
void live_frame_free(struct live_frame *frame);

/* The feed: the line of this number, NULL when it is no longer (or not yet) there. */
const struct live_line *live_line(const struct live *live, uint64_t number);
/* Segments between the two ends, oldest first, until t_ns: the newest `max`; returns how many. */
size_t live_segments(const struct live *live, const struct flow_key *key, int64_t until_ns,
	struct live_segment *out, size_t max);
/* Likewise of tcp_info. */
size_t live_points(const struct live *live, uint64_t cookie, int64_t until_ns,
	struct live_point *out, size_t max);
/* Are these the same two ends, whichever comes first? */
bool live_same_ends(const struct flow_key *a, const struct flow_key *b);

#endif
