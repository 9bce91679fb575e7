/* The rules as the engine reads them: states, what a segment proves of its sender (own), what it
 * does to its receiver (got), and the steps with their costs. rules.c has the tables, each row with
 * the RFC's section or the kernel's function. */
#ifndef TCPSTATE_EVIDENCE_RULES_H
#define TCPSTATE_EVIDENCE_RULES_H

#include "tcpstate/core.h"

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
	/* before what a FIN of the same segment makes */
	OWN_GOES_ON,     /* new data where its FIN stood, or behind it */
	OWN_ACKS_ON,     /* acknowledges data where the peer's FIN stood, or behind it */
	OWN_ACKS_FIN,    /* covers the peer's FIN */
	OWN_FIN,         /* */
	OWN_FIN_BEFORE,  /* leaves out the peer's FIN, which had been sent */
	OWN_FIN_AGAIN,   /* */
	OWN_ABORT,       /* RST|ACK, or a bare one within a connection */
	OWN_NO_SOCKET,   /* a bare RST: nobody took the newest segment */
	OWN_REFUSES,     /* a bare RST in answer to data */
	OWN_REFUSES_FIN, /* the same, to data with a FIN */
	OWN_REFUSES_SYN, /* RST|ACK in answer to a SYN: no socket, no listener */
	OWN_RST_TO_SYN,  /* RST|ACK in answer to a SYN within its window */
	OWN_OLD_RST,     /* RST|ACK that echoes an older timestamp than the newest segment's */
	OWN_RST_BEFORE,  /* RST|ACK that leaves out the peer's FIN, which had been sent */
	OWN_MIDWAY,      /* data of an end whose beginning was not captured */
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
	GOT_REPEATED,     /* the SYN-ACK comes again, and the end had not answered the first */
	GOT_FIN_REPEATED, /* of a FIN the same, at an end here, which would have answered at once */
	GOT_FOLLOWS,      /* data of a peer whose SYN-ACK was captured, at an end never heard */
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
	FORGED = 70,       /* a RST in its name that is not its own */
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

#endif
