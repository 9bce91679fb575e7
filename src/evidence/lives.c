/* Which lives of the 4-tuple the two ends of a packet are in; the packet itself may open one. */
#include "sequence.h"

/* RST for the SYN that began the peer's new life (RFC 9293 3.10.7.1): sent by no socket at all, so
 * not by that of the life before, in which this end still is. */
static bool refuses_the_new_syn(const struct packet *packet)
{
	const struct segment *segment = packet->segment;
	const uint8_t flags = TCP_SYN | TCP_ACK | TCP_RST;

	if (packet->sends == packet->receives || (segment->flags & flags) != (TCP_RST | TCP_ACK) ||
		segment->seq != 0)
		return false;
	const struct end *before = &packet->from->end[packet->peer],
			 *now = &packet->to->end[packet->peer];

	return (now->flags & END_ISS) &&
	       (segment->ack == now->iss + 1 || segment->ack == now->nxt) &&
	       !((before->flags & END_ISS) && segment->ack == before->iss + 1);
}

/* So in the life before there is none either: it would have taken the SYN, challenged it or dropped
 * it. If the SYN lay within its window, a request, or an orphan in FIN_WAIT2, is reset by it. */
static void reset_by_syn(const struct packet *packet)
{
	struct flow *before = packet->from;
	const struct end *end = &before->end[packet->sender];
	const struct end *syn = &packet->to->end[packet->peer];
	struct symbol symbol = {.t_ns = packet->t_ns,
		.frame = (uint32_t)packet->frame,
		.side = (unsigned)packet->sender & 1,
		.own = 1 << OWN_RST_TO_SYN,
		.bare = true};

	if ((end->flags & END_RCV) && !seq_before(syn->iss, end->rcv) &&
		in_window(end, &before->end[packet->peer], syn->iss, syn->nxt))
		symbol_push(packet->core, packet->sends, &symbol);
	symbol.own = 1 << OWN_REFUSES_SYN;
	if (!flow_lost_packets(packet->core, before))
		symbol_push(packet->core, packet->sends, &symbol);
}

/* Its socket before, of which no segment was captured, is gone as the kernel shows. */
static bool unseen_one_is_gone(const struct packet *packet, const struct flow *flow)
{
	const struct kernel *kernel = kernel_of(packet->core, packet->sends, packet->sender, false);

	return flow->count == 0 && !(flow->end[packet->sender].flags & END_USED) &&
	       kernel != NULL && kernel->shown != 0 && kernel->count > 0 &&
	       kernel->answer[kernel->count - 1].absent;
}

/* The kernel shows that it connects, and its SYN was not captured: this is that one again. */
static bool repeats_lost_syn(const struct packet *packet, const struct flow *flow)
{
	const struct end *end = &flow->end[packet->sender];
	const struct kernel *kernel = kernel_of(packet->core, packet->sends, packet->sender, false);

	return !(end->flags & END_ISS) && kernel != NULL &&
	       (kernel->state == STATE_SYN_SENT || kernel->state == STATE_SYN_RECV) &&
	       !(kernel->shown & ~(1u << STATE_SYN_SENT | 1u << STATE_SYN_RECV));
}

void lives_of(struct packet *packet, uint32_t index)
{
	struct core *core = packet->core;
	struct flow *flow = flow_at(core, index);
	const struct segment *segment = packet->segment;
	const struct end *end = &flow->end[packet->sender];
	uint8_t syn = segment->flags & (TCP_SYN | TCP_ACK | TCP_RST);

	bool used = (end->flags & END_USED) && (flow->count > 0 || end->flags & END_ISS) &&
		    !((end->flags & END_ISS) && end->iss == segment->seq) &&
		    !repeats_lost_syn(packet, flow);

	if (syn == TCP_SYN && (used || unseen_one_is_gone(packet, flow))) {
		if (flow->previous != 0) {
			struct flow_key key = flow_key_of(core, index);
			answers_hurry(core, &key);
		}
		connection_renew(core, index, packet->sender, packet->t_ns, packet->frame, false);
	} else if (syn == TCP_SYN && flow->previous != 0 && !(end->flags & END_USED) &&
		   flow_at(core, flow->previous - 1)->end[packet->sender].iss != segment->seq) {
		/* both open anew: it joins what the other has begun */
		end_replaced(core, index, packet->sender, packet->t_ns, packet->frame, false);
	} else if (syn == (TCP_SYN | TCP_ACK) && flow->previous != 0 && !(end->flags & END_USED) &&
		   flow_at(core, flow->previous - 1)->end[packet->sender].iss != segment->seq) {
		/* answered: the old socket was gone when that SYN came */
		const struct symbol *ring = ring_of(core, flow), *from = NULL;
		for (int i = 0; i < flow->count; i++)
			if (ring[i].got & 1 << GOT_SYN)
				from = &ring[i];
		end_replaced(core, index, packet->sender, from != NULL ? from->t_ns : packet->t_ns,
			from != NULL ? from->frame : packet->frame, false);
	}
	lives_find(packet, index);
	if (refuses_the_new_syn(packet)) {
		reset_by_syn(packet);
		packet->sends = packet->receives;
		packet->from = packet->to;
	}
}
