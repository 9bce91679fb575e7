/* What a page draws beyond the transitions: the segments of each connection, the accept queue over
 * time, when a socket was accepted, where the two ends disagreed. Derived by src/report/, shown by
 * any sink. */
#ifndef TCPSTATE_LADDER_H
#define TCPSTATE_LADDER_H

#include "tcpstate/flow.h"

/* ---- segments. A long ladder is folded: kept are its first rungs, its last ones and those that
 * are not plain. ---- */
enum {
	RUNGS_FIRST = 14,   /* of each connection, whatever they are */
	RUNGS_NOTABLE = 48, /* beyond those: SYN, FIN, RST, retransmissions */
	RUNGS_LAST = 8,     /* the newest of the others */
	RUNG_TEXT = 61      /* bytes of payload kept, with the NUL */
};
enum rung_taken {
	TAKEN_UNKNOWN,
	TAKEN_YES,       /* the receiver's later segments say so */
	TAKEN_IGNORED,   /* it arrived; the receiver's kernel did not act on it */
	TAKEN_UNANSWERED /* a SYN that got neither SYN-ACK nor RST */
};
struct rung {
	int64_t t_ns;
	uint64_t frame;
	uint64_t again; /* frame that it repeats; 0: of none that is kept, or no repetition */
	/* sent on this connection before it, by sender, modulo 2^32: model_fold() compares */
	uint32_t before[2], bytes_before[2];
	uint32_t seq, ack; /* relative: 0 is the SYN; ack 0 without ACK */
	uint32_t len;
	uint8_t side, flags, taken;
	/* whose segment it is, into model->connections: not of the ladder's where an older
	 * connection answered the SYN */
	uint32_t connection;
	bool retransmission, absolute; /* absolute: no first number is known, seq and ack are raw */
	char *text; /* its payload's beginning, UTF-8, as model_text() gave it; NULL */
};
/* The rungs of a connection while they come in: those kept for good in a list of chunks, newest
 * first, and a chunk as a ring of the newest others. Numbers of chunks count from 1. */
struct rung_list {
	uint32_t head, ring, kept, newest; /* newest: put into the ring so far */
};
/* What was not kept before this rung. */
struct fold {
	uint32_t segments[2], bytes[2]; /* by sender */
};

/* ---- what the kernel showed of a socket ---- */
struct queue_point {                 /* a listener's answer that differed from the one before */
	int64_t t_ns, not_before_ns; /* not_before: the last answer of the old kind; 0 none */
	uint64_t diag_frame;
	uint32_t queue, backlog;
};
enum { QUEUE_POINTS_MAX = 4096 };
/* The queue from this moment to the next level's: as an answer showed it, or as counted since the
 * last answer, by who came in and who was taken. */
struct queue_level {
	int64_t t_ns;
	uint32_t queue, backlog;
	bool counted;
};
/* When a program took the connection: the first answer that shows a descriptor at the server's end,
 * or what only a program sends (data, a FIN), whichever came first. */
struct accepted {
	int64_t t_ns, not_before_ns;
	uint64_t diag_frame, frame; /* one of them is 0 */
	bool waited;                /* it was shown complete without a descriptor before */
	bool known;                 /* false: never, as far as was seen */
	bool called;                /* its accept() was seen itself */
};
/* How an end was last shown. */
struct sighting {
	int64_t t_ns, accepted_ns, unaccepted_ns;
	uint64_t diag_frame, accepted_diag;
	uint32_t expires_ms, rows;
	uint8_t state, timer;
};

/* ---- the two ends of one connection, both right about themselves ---- */
enum { DISAGREE_LEAST_NS = 5000000 };
struct disagreement {
	int64_t t_ns, until_ns;
	uint32_t connection;
	uint8_t state[2]; /* of the client, of the server; STATE_CLOSED: no socket any more */
};

/* ---- SYNs that got no answer ---- */
enum unanswered_cause {
	UNANSWERED_UNKNOWN,
	UNANSWERED_QUEUE_FULL, /* the accept queue, as the kernel showed it then */
	UNANSWERED_REQUESTS    /* TcpExtTCPReqQFullDrop moved: too many half-open requests */
};
struct unanswered {
	int64_t t_ns;
	uint64_t frame, diag_frame;
	uint32_t connection, queue, backlog;
	uint8_t cause;
};

/* ---- how many sockets were in which state, over time ---- */
enum { OCCUPANCY_COLUMNS = 512, OCCUPANCY_STATES = 12 /* STATE_MAX */, LIFETIME_BINS = 96 };
static const int64_t OCCUPANCY_OPEN = INT64_MAX;
struct occupancy {
	int64_t from_ns, step_ns; /* of a column: 1 us, doubled so often */
	unsigned doubled;
	size_t columns; /* of time that was recorded */
	/* mean number in a column: [0] ends of clients, [1] of servers */
	double sum[2][OCCUPANCY_STATES][OCCUPANCY_COLUMNS];
	uint64_t open[2][OCCUPANCY_STATES][OCCUPANCY_COLUMNS]; /* that began, and did not end */
};
/* Two bins for each doubling of a nanosecond. */
int lifetime_bin(int64_t lasted_ns);

/* ---- what a connection is an example of: bits of connection.traits ---- */
enum trait {
	TRAIT_FIN = 1 << 0,
	TRAIT_RST = 1 << 1,
	TRAIT_NEVER_OPENED = 1 << 2,
	TRAIT_STILL_OPEN = 1 << 3,
	TRAIT_DROPPED = 1 << 4,      /* a SYN of it got no answer */
	TRAIT_LATE = 1 << 5,         /* ... and a later one did */
	TRAIT_ACK_IGNORED = 1 << 6,  /* its final ACK was not taken */
	TRAIT_REFUSED = 1 << 7,      /* an RST or an ICMP error answered the SYN */
	TRAIT_DISAGREED = 1 << 8,    /* its ends, for DISAGREE_LEAST_NS or more */
	TRAIT_UNACCEPTED = 1 << 9,   /* complete, and no program ever took it */
	TRAIT_WAIT_CLIENT = 1 << 10, /* TIME_WAIT at the client's end */
	TRAIT_WAIT_SERVER = 1 << 11,
	TRAIT_CLOSE_WAIT = 1 << 12, /* for over a second */
	TRAIT_MIDWAY = 1 << 13,
	TRAIT_WITHDRAWN = 1 << 14, /* a claim of it was */
	TRAIT_OPENED = 1 << 15,    /* the client's end was ESTABLISHED */
	TRAIT_HALF_USED = 1 << 16, /* in CLOSE_WAIT for over a second, and sent data in it */
	TRAIT_COUNT = 17
};

#endif
