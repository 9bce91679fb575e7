/* What the core says to model and sinks: one kind of struct for everything. Sources:
 * docs/evidence.md. */
#ifndef TCPSTATE_RECORD_H
#define TCPSTATE_RECORD_H

#include "tcpstate/event.h"
#include "tcpstate/reason.h"
#include "tcpstate/state.h"

enum record_kind {
	RECORD_TRANSITION,
	RECORD_CONFIRMATION,
	RECORD_CORRECTION,
	RECORD_SETTLED,
	RECORD_SAMPLE,
	RECORD_SEGMENT,
	RECORD_COUNTER,
	RECORD_MARK,
	RECORD_CHECK,
	RECORD_FINDING,
	RECORD_CALL,
	RECORD_EXIT,
	RECORD_KIND_MAX
};

/* INFERRED: an edge between two known ones that nobody saw; it has no frame */
enum evidence {
	EVIDENCE_NONE,
	EVIDENCE_WIRE,
	EVIDENCE_KERNEL,
	EVIDENCE_BOTH,
	EVIDENCE_INFERRED,
	EVIDENCE_MAX
};

/* What an ICMP error does to the socket whose packet it quotes: told of TCP by the core, of UDP by
 * the model. */
enum icmp_effect {
	ICMP_UNKNOWN,       /* its socket is another host's, or was never shown */
	ICMP_EDGE,          /* TCP: a transition rests on it */
	ICMP_SOFT,          /* TCP: noted; only a time-out would hand it on */
	ICMP_PATH_MTU,      /* smaller packets from now on */
	ICMP_OUTSIDE,       /* TCP: quotes a sequence number that is not outstanding */
	ICMP_IGNORED,       /* the kernel takes no notice */
	ICMP_OVER,          /* TCP: the end it concerns is closed */
	ICMP_TOLD,          /* UDP: the next call on the socket fails with it */
	ICMP_NOT_CONNECTED, /* UDP: whose it is the kernel cannot tell */
	/* UDP: no socket is told of this one, unless it asked for it (IP_RECVERR) */
	ICMP_PASSING,
	ICMP_EFFECT_MAX
};

/* A SEGMENT record of a TCP connection in brief, for a listener that needs no more of it. Borrowed
 * during the call. */
struct brief {
	int64_t t_ns;
	uint64_t frame;
	const struct segment *segment;
	uint32_t serial;
	uint8_t side, local_sides; /* as in a record */
	bool retransmission;
	bool late; /* other records came between: brief_later() has allowed it */
};

/* What a settled connection is like, where that follows from its segments alone: nothing
 * contradicts, and the kernel was not asked. Two of the same shape take the same edges for the same
 * reasons; an edge that rests on the n-th symbol of the one (its time is t_ns[n]) rests on the n-th
 * of the other. Times do not decrease, and which are equal is part of the shape. */
enum { ALIKE_SYMBOLS = 19 };
struct alike {
	uint64_t shape; /* by the keyed hash */
	struct flow_key key;
	uint32_t serial;
	uint8_t local_sides, count;
	int64_t t_ns[ALIKE_SYMBOLS];
	uint32_t frame[ALIKE_SYMBOLS];
};

/* By value; `event` is borrowed during emit (the model copies what it keeps).
 *   TRANSITION    endpoint `side` of `key` goes from -> to at t_ns; frame, diag_frame 0 where there
 *                 is none
 *   CONFIRMATION  `of` is now EVIDENCE_BOTH (or KERNEL), shown in diag_frame
 *   CORRECTION    transition `of` is withdrawn at t_ns; from, to, edge_t_ns, frame repeat its edge;
 *                 refuting_frame or diag_frame is what refutes it
 *   SETTLED       nothing more will be said about the flow `serial`: its transitions are final
 *   SAMPLE        event is a ROW that a dump or look-up showed (sample_of: the mark's dump it
 *                 belongs to, as a count of marks so far, 0 before the first)
 *   SEGMENT       event is a SEGMENT, with serial (0: not TCP, or an ICMP error about no connection
 *                 known), side = sender (of the quoted packet), retransmission; of an ICMP error
 *                 about TCP: icmp_effect, from = the state it found
 *   COUNTER, MARK, CHECK   event is that fact
 *   FINDING       what the recording lacks, in reason: packets, answers, look-ups, connections
 *                 (finding.h has the others, which the model makes)
 *   CALL, EXIT    event is that; the core adds nothing */
struct record {
	/* dense ids from 1; of: the transition confirmed or withdrawn, 0 none */
	uint64_t id, of;
	/* not_before_ns: until then the old state is known to have lasted; 0 unknown */
	int64_t t_ns, not_before_ns;
	int64_t edge_t_ns;
	uint64_t frame, refuting_frame, diag_frame;
	/* canonical (smaller end first); of a listener [0] = bound end, [1] all zero */
	struct flow_key key;
	uint32_t serial; /* connection number from 1; 0: a listener, or none */
	/* SAMPLE of a TCP socket, in a report: the newest connection between its ends of which a
	 * segment was seen; 0: none */
	uint32_t about;
	uint8_t kind, side, from, to, cause, evidence;
	uint8_t local_sides; /* bit 0, 1: that end is one of this namespace's own */
	uint8_t icmp_effect; /* enum icmp_effect */
	bool listener, retransmission, of_dump;
	bool reused; /* SAMPLE: an earlier connection had these ends, too */
	uint32_t sample_of;
	uint64_t cookie;
	/* CORRECTION: the reason that the edge would have had */
	uint16_t claimed;
	/* SETTLED: what it is like; NULL: it is like no other. Borrowed during emit */
	const struct alike *alike;
	struct reason reason;
	const struct event *event;
};

#endif
