/* The state diagram that every textbook prints: RFC 9293, figure 5, in its own order, and which of
 * its edges Linux does not have.
 */
#include "tcpstate/state.h"

/* clang-format off */
#define EDGE(from, to) {STATE_##from, STATE_##to, FIGURE_EDGE}
#define NOT_LINUX(from, to) {STATE_##from, STATE_##to, FIGURE_NOT_LINUX}

const struct figure_edge state_figure[] = {
	EDGE(CLOSED, LISTEN),
	EDGE(LISTEN, CLOSED),
	EDGE(CLOSED, SYN_SENT),
	EDGE(SYN_SENT, CLOSED),
	EDGE(LISTEN, SYN_RECV),
	EDGE(SYN_SENT, SYN_RECV),
	EDGE(SYN_RECV, ESTABLISHED),
	EDGE(SYN_SENT, ESTABLISHED),
	EDGE(SYN_RECV, FIN_WAIT1),
	EDGE(ESTABLISHED, FIN_WAIT1),
	EDGE(ESTABLISHED, CLOSE_WAIT),
	EDGE(FIN_WAIT1, FIN_WAIT2),
	EDGE(FIN_WAIT1, CLOSING),
	EDGE(FIN_WAIT2, TIME_WAIT),
	EDGE(CLOSING, TIME_WAIT),
	EDGE(CLOSE_WAIT, LAST_ACK),
	EDGE(LAST_ACK, CLOSED),
	EDGE(TIME_WAIT, CLOSED),
	NOT_LINUX(LISTEN, SYN_SENT), /* connect() on a listening socket fails: EISCONN */
	/* the request is a socket of its own: a RST ends it, the listener was LISTEN throughout */
	NOT_LINUX(SYN_RECV, LISTEN),
	{STATE_UNKNOWN, STATE_UNKNOWN, FIGURE_NONE},
};
/* clang-format on */

enum figure state_figure_has(unsigned from, unsigned to)
{
	for (const struct figure_edge *edge = state_figure; edge->to != STATE_UNKNOWN; edge++)
		if (edge->from == from && edge->to == to)
			return edge->figure;
	return FIGURE_NONE;
}
