/* The connections of a report, those folded into others, the paths that several recordings saw, and
 * the shapes that many have in common. */
#ifndef TCPSTATE_MODEL_CONNECTIONS_H
#define TCPSTATE_MODEL_CONNECTIONS_H

#include "tcpstate/finding.h"
#include "tcpstate/ladder.h"
#include "tcpstate/model_calls.h"
#include "tcpstate/model_steps.h"

/* What one end sent. */
struct amounts {
	uint64_t segments, bytes, retransmissions;
};
/* Connections that settled like another one, of which no more was kept than this (model_fold.c).
 * Ends are those of that other one. */
enum { FOLDED_NUMBERS = 9 };
struct folded {
	uint64_t count;
	struct amounts sent[2]; /* by sender */
	uint64_t syn_unanswered, syn_ack_retransmissions;
	/* ports of clients of this namespace that were not free when told last, a bit each; NULL:
	 * none was */
	uint8_t *ports;
	uint64_t lasted_ns;        /* all together */
	int64_t least_ns, most_ns; /* of one */
	uint32_t lifetimes[LIFETIME_BINS];
	/* the first of them; 0: no more */
	uint32_t number[FOLDED_NUMBERS];
};
/* What is known of one end of a connection. */
struct connection_end {
	uint8_t state; /* the last one */
	bool acked;    /* it acknowledged something: the other has spoken */
	bool has_isn, has_owner;
	uint8_t hop_limit; /* of its first segment that is no RST; 0: none */
	uint32_t isn;
	/* the newest segment it sent, for an ICMP error to quote */
	uint32_t newest_seq;
	uint64_t newest_frame;
	struct amounts sent;
	uint64_t cookie; /* of its socket, 0 unknown */
	struct owner owner;
	struct others also;
	struct sighting shown;
};
struct connection {
	uint16_t run;
	uint32_t serial;
	struct flow_key key;
	uint8_t local_sides;
	int client; /* which end opened (sent the first SYN): 0, 1, or -1 unknown */
	struct connection_end ends[2];
	int64_t first_ns, last_ns;
	/* the end of which no packet was captured, though the other acknowledged some; -1: none */
	int unseen;
	uint64_t syn_unanswered; /* SYNs of the client that got neither SYN-ACK nor RST */
	/* SYNs answered by an ACK of an older connection; in which state that was; the ACK's frame
	 */
	uint32_t syn_acked;
	uint8_t syn_acked_in;
	uint64_t syn_acked_frame;
	bool syn_resent; /* the client sent its SYN again although a SYN-ACK had been sent */
	uint64_t syn_ack_retransmissions;
	bool syn_ack_in_vain; /* one of them went out though the client had answered before */
	/* times of the first SYN-ACKs; how many in all */
	int64_t syn_ack_at_ns[8];
	size_t syn_acks;
	struct steps steps;   /* its timeline */
	uint32_t corrections; /* folded */
	bool midway;
	bool unreachable; /* an ICMP error answered its SYN */
	uint32_t shape;   /* index into model->shapes */
	/* others that settled like it; NULL: none */
	struct folded *folded;
	/* its records while they come in: index + 1, linked by `next` */
	uint32_t first_transition, first_correction;
	bool settled, changed; /* changed: after it had settled */
	uint32_t syn_pending;  /* SYNs not yet answered, while records come in */
	struct finding_set finding_set;
	bool has_syn_ts;
	uint32_t syn_ts;       /* the timestamp of the client's SYN */
	int64_t syn_ns;        /* when that SYN was first captured */
	uint8_t syn_hop_limit; /* its TTL then: each router takes one away */
	uint32_t path;         /* index into model->paths, UINT32_MAX: of none */
	/* into model->call_order */
	size_t first_call, call_count;
	/* ICMP errors about its segments; equal ones are folded, ERRORS_KEPT different ones kept */
	uint64_t errors;
	/* last_error: index + 1 into model->errors while records come in */
	uint32_t errors_kept, last_error;
	/* its ladder: model->rungs from first_rung on */
	size_t first_rung, rung_count;
	struct rung_list ladder;  /* while they come in */
	struct accepted accepted; /* of the server's end */
	uint32_t traits;          /* bits of enum trait */
};

/* One connection as several recordings saw it, or one recording on both sides of an address
 * translation: its ISNs are the same everywhere. Hops go from the client to the server; where the
 * 4-tuple differs from the hop before, it was translated in between. */
enum { CROSSING_PLACES = 8 };
struct crossing {     /* one segment, and where it was met */
	int64_t t_ns; /* the earliest */
	uint32_t path;
	bool from_client;
	/* by hop, the first CROSSING_PLACES of them: into model->rungs; UINT32_MAX: not there */
	uint32_t rung[CROSSING_PLACES];
};
struct path {
	uint32_t *hops;
	size_t hop_count; /* connections */
	/* into model->crossings, in time order: what of it was kept in a ladder */
	size_t first_crossing, crossing_count;
	/* whose steps are told of the client, of the server: there the kernel was asked, if
	 * anywhere */
	uint32_t witness[2];
	struct steps steps; /* of both ends, in time order */
};
/* Connections that took the same edges at both ends, with the same reasons and corrections. */
/* anomalous: corrected, unanswered, seen midway or with a finding */
struct shape {
	uint32_t *members; /* those that are kept */
	size_t count;
	size_t total; /* with those folded into them */
	/* its first members but the first, by number; 0: no more */
	uint32_t number[FOLDED_NUMBERS];
	bool anomalous;
	int64_t least_ns, median_ns, most_ns; /* how long they lasted */
	uint32_t example;                     /* the member to draw: it keeps its ladder */
	uint32_t lifetimes[LIFETIME_BINS];    /* of all, those folded too */
};
/* What an older connection on the same ports had left at the server, which answered a SYN by an
 * ACK: in which state, by which frame (0: not kept), and whether the RST to that ACK ended it. */
struct left_over {
	uint32_t connection; /* UINT32_MAX: not kept */
	uint8_t state;
	uint64_t ack;
	bool ended;
};

#endif
