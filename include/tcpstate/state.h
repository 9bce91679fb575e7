/* The TCP states (RFC 9293, 3.3.2), their names, and the diagram that textbooks draw of them. What
 * leads from one to the other is decided in src/evidence/rules.c alone. */
#ifndef TCPSTATE_STATE_H
#define TCPSTATE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbered as the kernel numbers them (include/net/tcp_states.h), so that idiag_state needs no map.
 */
enum tcp_state {
	STATE_UNKNOWN = 0,
	STATE_ESTABLISHED = 1,
	STATE_SYN_SENT = 2,
	STATE_SYN_RECV = 3,
	STATE_FIN_WAIT1 = 4,
	STATE_FIN_WAIT2 = 5,
	STATE_TIME_WAIT = 6,
	STATE_CLOSED = 7,
	STATE_CLOSE_WAIT = 8,
	STATE_LAST_ACK = 9,
	STATE_LISTEN = 10,
	STATE_CLOSING = 11,
	STATE_MAX = 12,
};

enum cause { CAUSE_UNKNOWN, CAUSE_SEGMENT, CAUSE_TIMER, CAUSE_CALL, CAUSE_MAX };

/* The state diagram (RFC 9293, figure 5). */
enum figure {
	FIGURE_NONE /* not drawn there: RST, time-outs */,
	FIGURE_EDGE,
	FIGURE_NOT_LINUX /* drawn, but the kernel has no such edge */
};
struct figure_edge {
	uint8_t from, to, figure;
};
/* ends with to == STATE_UNKNOWN; those Linux has not at the end */
extern const struct figure_edge state_figure[];
enum figure state_figure_has(unsigned from, unsigned to);

/* Name as netstat and the kernel print it ("SYN_RECV"); "UNKNOWN" for STATE_UNKNOWN and for any
 * number out of range. Static. */
const char *state_name(unsigned state);
/* State of a name, case-insensitive; ss's spellings (ESTAB, SYN-SENT, TIME-WAIT, CLOSE, FIN-WAIT-1,
 * UNCONN = CLOSED) too. STATE_MAX when it is none. */
enum tcp_state state_from_name(const char *name, size_t length);
const char *cause_name(enum cause cause);

#endif
