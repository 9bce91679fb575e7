/* The TCP states and the three tables of the state machine (RFC 9293, 3.3.2 and 3.10).
 * A table is indexed [state][input]; a cell without a section is an input that changes nothing in
 * that state. Cells that follow Linux rather than the RFC say so in their section text ("Linux:
 * ..."). */
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

enum call_input { /* what the local program (or its exit) asked for */
	CALL_LISTEN,
	CALL_CONNECT,
	CALL_CLOSE /* close() or shutdown(SHUT_WR): a FIN */,
	CALL_ABORT /* RST */,
	CALL_LISTENER_CLOSE /* Linux: the listener that owns a request is closed */,
	CALL_MAX
};

/* an acceptable segment, split into what it means to the receiver; ACK is applied before FIN */
enum segment_input {
	SEG_SYN,
	SEG_SYN_ACK /* with an acceptable ACK */,
	SEG_ACK_OF_SYN,
	SEG_ACK /* of nothing that matters */,
	SEG_ACK_OF_FIN,
	SEG_FIN,
	SEG_RST,
	SEG_NEW_SYN /* TIME_WAIT: a new connection on the same 4-tuple */,
	SEG_ICMP_ERROR /* that this state takes as fatal */,
	SEG_MAX
};

enum timer_input {
	TIMER_SYN /* tcp_syn_retries */,
	TIMER_SYN_ACK /* tcp_synack_retries */,
	TIMER_RETRANSMIT /* tcp_retries2, orphan_retries */,
	TIMER_FIN_WAIT2 /* tcp_fin_timeout */,
	TIMER_TIME_WAIT /* TCP_TIMEWAIT_LEN */,
	TIMER_KEEPALIVE,
	TIMER_MAX
};

/* section == NULL: no edge */
struct edge {
	uint8_t to, cause;
	uint16_t reason;
	const char *section;
};

extern const struct edge state_calls[STATE_MAX][CALL_MAX];
extern const struct edge state_segments[STATE_MAX][SEG_MAX];
extern const struct edge state_timers[STATE_MAX][TIMER_MAX];

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
