/* A connection in the table: its two ends, what each is known to have sent and received, and the
 * ring of symbols, the segments that may change a state. Their sizes are what a million of them
 * cost: table.c has the table, arena.c the memory. */
#ifndef TCPSTATE_EVIDENCE_FLOWS_H
#define TCPSTATE_EVIDENCE_FLOWS_H

#include "tcpstate/core.h"

enum {
	RING_MAX = 64,  /* symbols of a flow */
	RING_CUT = 48,  /* of a full ring so many are folded into the anchor */
	RING_EASY = 20, /* up to here every symbol has room */
	RANGES = 4,     /* of what waits out of order at an end */
};

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
	bool answers : 1;     /* a SYN-ACK that acknowledges the newest SYN; a RST with ACK */
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

#endif
