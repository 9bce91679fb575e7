/* What was not captured, but what follows shows that it was sent: the SYN-ACK of an end whose
 * beginning is missing. It becomes a symbol with the frame of the SYN that it answers, because it
 * has none of its own. */
#include "sequence.h"

/* Its SYN-ACK. Not of an end here, all of whose packets are captured. */
static void syn_ack_missed(struct packet *packet, int side, uint32_t iss, uint32_t rcv)
{
	struct flow *flow = packet->from;
	struct end *end = &flow->end[side];
	const struct end *peer = &flow->end[!side];
	const struct flow_key *key = &packet->segment->key;
	const struct symbol *ring = ring_of(packet->core, flow);

	if (packet->core->address_count > 0 && !flow_is_lossy(packet->core, flow) &&
		core_is_local(packet->core, key->family, key->addr[side != packet->sender]))
		return;
	*end = (struct end){.iss = iss,
		.nxt = iss + 1,
		.rcv = rcv,
		.ack = rcv,
		.kernel = end->kernel,
		.told = end->told,
		.device = end->device,
		.window = UINT16_MAX,
		.scale = WSCALE_MAX,
		.state = end->state,
		.flags = END_ISS | END_NXT | END_RCV | END_ACK | END_USED | END_PASSIVE |
			 END_GUESSED | (peer->flags & END_SCALE)};
	flow->flags |= FLOW_LOSSY;
	struct symbol symbol = {.t_ns = packet->t_ns,
		.frame = (uint32_t)packet->frame,
		.side = (unsigned)side & 1,
		.answers = true,
		.own = 1 << OWN_SYN_ACK};
	for (int i = flow->count - 1; i >= 0; i--)
		if (ring[i].side != side && (ring[i].got & 1 << GOT_SYN)) {
			symbol.frame = ring[i].frame; /* it has none of its own */
			break;
		}
	symbol_push(packet->core, packet->sends, &symbol);
}

void beginning_missed(struct packet *packet)
{
	struct flow *flow = packet->from;
	const struct segment *segment = packet->segment;
	struct end *end = &flow->end[packet->sender], *peer = &flow->end[packet->peer];

	if (packet->sends != packet->receives || packet->sender == packet->peer ||
		!(segment->flags & TCP_ACK))
		return;
	if (!(end->flags & (END_ISS | END_USED)) && (peer->flags & END_ISS) &&
		(peer->flags & (END_PASSIVE | END_DOUBT | END_ACKED)) == END_ACKED &&
		segment->ack == peer->iss + 1 && !(segment->flags & TCP_FIN))
		syn_ack_missed(packet, packet->sender, segment->seq - 1, segment->ack);
	else if ((end->flags & (END_ISS | END_PASSIVE | END_ACKED | END_DOUBT | END_FULL)) ==
			 END_ISS &&
		 !(peer->flags & (END_ISS | END_USED)) && segment->seq == end->nxt)
		syn_ack_missed(packet, packet->peer, segment->ack - 1, segment->seq);
}
