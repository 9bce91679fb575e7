/* One segment on its way through the machine: shared by the parts of machine.c. */
#ifndef TCPSTATE_CORE_MACHINE_H
#define TCPSTATE_CORE_MACHINE_H

#include <netinet/in.h>

#include "inside.h"

struct step {
	struct core *core;
	struct flow *flow;
	struct detail *detail;
	const struct segment *segment;
	int64_t t_ns;
	uint64_t frame;
	uint32_t index;
	int sender, peer; /* the same end, when a socket is connected to itself */
	bool repeated, edge[2];
};

static inline struct endpoint *step_end(struct step *step, int side)
{
	return &step->flow->end[side];
}

/* Take an edge on the wire's evidence; time and frame are the segment's unless `at` has its own.
 * False when it was refuted before. */
bool step_edge(
	struct step *step, int side, uint8_t from, const struct edge *edge, struct edge_at at);
/* nothing was seen or claimed of this end yet */
bool end_is_fresh(struct step *step, int side);
/* bytes beyond rcv_nxt that this end takes; the largest possible when its scale is unknown */
uint32_t receive_window(struct step *step, int side);
/* an UNKNOWN end is at least ESTABLISHED */
void midway_enters(struct step *step, int side);
/* the peer's FIN is in order: by arrival (a claim) or acknowledged (proven) */
void take_fin(struct step *step, int side, struct edge_at at);
/* The socket that held this end is gone, since another one speaks in its name: by_connect, or as
 * its listener does. */
void end_replaced(struct step *step, int side, bool by_connect, int64_t t_ns, uint64_t frame);
/* forget the end's old connection: it is CLOSED, of nothing known */
void end_reset(struct step *step, int side);
/* its SYN opens another connection: the old one is over, at the other end too if it is closed there
 */
void connection_new(struct step *step, int opener);
bool paws_rejects(struct step *step, int side); /* RFC 7323 5 */
/* tcp_in_window(), net/ipv4/tcp_minisocks.c */
bool in_window(uint32_t seq, uint32_t end_seq, uint32_t start, uint32_t window);
void machine_send(struct step *step, int side);
void machine_receive(struct step *step, int side);
void machine_send_reset(struct step *step, int side);
void machine_receive_reset(struct step *step, int side);
/* an ICMP error about a segment of this end's; its enum icmp_effect */
uint8_t machine_receive_icmp(struct step *step, int side);

#endif
