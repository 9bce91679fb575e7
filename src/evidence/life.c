/* Symbols join the ring of their flow and move both ends; a SYN with a new ISS opens a new life of
 * the 4-tuple, while each end stays in the old one until it joins. */
#include "sequence.h"

#include <string.h>

/* What may have closed the end: if it speaks on, that is news. */
enum {
	MAY_CLOSE = 1 << GOT_RST_SYN | 1 << GOT_RST | 1 << GOT_RST_FIN | 1 << GOT_RST_MINI |
		    1 << GOT_ICMP_SYN | 1 << GOT_ICMP_REQUEST | 1 << GOT_ACK_OF_FIN,
	CLOSES = 1 << OWN_NEW | 1 << OWN_ABORT | 1 << OWN_NO_SOCKET | 1 << OWN_REFUSES |
		 1 << OWN_REFUSES_FIN | 1 << OWN_REFUSES_SYN | 1 << OWN_OLD_RST |
		 1 << OWN_RST_BEFORE | 1 << OWN_RST_TO_SYN,
	DENIES = 1 << GOT_REPEATED | 1 << GOT_FOLLOWS /* rules_denies() */
};

static bool own_moves(struct flow *flow, int side, uint32_t own)
{
	bool conflict = false;

	for (; own != 0; own &= own - 1) {
		const struct step *step =
			rules_own(flow->end[side].state, (unsigned)__builtin_ctz(own));
		conflict |= step->cost != FREE;
		if (step->cost != NEVER && step->to != flow->end[side].state)
			flow->end[side].state = step->to;
	}
	return conflict;
}

static void got_moves(struct flow *flow, int side, uint32_t got)
{
	for (; got != 0; got &= got - 1) {
		const struct step *step =
			rules_got(flow->end[side].state, (unsigned)__builtin_ctz(got));
		if (step->cost == FREE)
			flow->end[side].state = step->to;
	}
}

static bool same_kind(const struct symbol *a, const struct symbol *b)
{
	return a->side == b->side && a->own == b->own && a->got == b->got;
}

/* Which of the last symbols does this one replace, in a row of equal ones, or in one of two kinds
 * (data and their ACKs)? -1: none. */
static int replaced_by(const struct symbol *ring, int count, const struct symbol *symbol)
{
	enum { ROW = 4 };
	const struct symbol *other = NULL;
	int newest = -1, same = 0;

	if (same_kind(&ring[count - 1], symbol) && same_kind(&ring[count - 2], symbol))
		return count - 1;
	for (int i = count - ROW; i < count; i++) {
		if (same_kind(&ring[i], symbol)) {
			newest = i;
			same++;
		} else if (other == NULL) {
			other = &ring[i];
		} else if (!same_kind(&ring[i], other)) {
			return -1;
		}
	}
	return same == ROW / 2 ? newest : -1;
}

/* Of a long row of equal symbols the first and the newest tell all. */
static bool symbol_merges(const struct core *core, struct flow *flow, const struct symbol *symbol)
{
	struct symbol *ring = ring_of(core, flow);
	int at = flow->count >= RING_EASY ? replaced_by(ring, flow->count, symbol) : -1;

	if (at < 0)
		return false;
	memmove(ring + at, ring + at + 1, (size_t)(flow->count - 1 - at) * sizeof(*ring));
	ring[flow->count - 1] = *symbol;
	return true;
}

void symbol_push(struct core *core, uint32_t index, const struct symbol *symbol)
{
	struct flow *flow = flow_at(core, index);
	int side = symbol->side, other = flow->flags & FLOW_SELF ? side : !side;
	uint8_t was[2] = {flow->end[0].state, flow->end[1].state};

	bool merged = symbol_merges(core, flow, symbol);
	if (!merged && flow->count < flow->size && flow->count < RING_MAX)
		ring_of(core, flow)[flow->count++] = *symbol;
	else if (!merged)
		ring_push(core, index, symbol);
	if (flow->flags & FLOW_SETTLED) {
		flow->flags &= (uint16_t)~FLOW_SETTLED;
		flow_look(core, index);
	}
	if (own_moves(flow, side, symbol->own))
		flow->flags |= (uint16_t)(FLOW_CONFLICT << side);
	got_moves(flow, other, symbol->got);
	if (symbol->got & DENIES && rules_denies(symbol->got) >> was[other] & 1)
		flow->flags |= (uint16_t)(FLOW_CONFLICT << other);
	if ((flow->end[side].state != was[side] && state_may_settle(flow->end[side].state)) ||
		(flow->end[other].state != was[other] && state_may_settle(flow->end[other].state)))
		flow_look(core, index);
	if (symbol->own & CLOSES)
		flow->end[side].flags |= END_DOUBT | END_GONE;
	if (symbol->got & (1u << GOT_RST | 1u << GOT_RST_FIN) ||
		((symbol->got & 1u << GOT_ACK_OF_FIN) && (flow->end[other].flags & END_ACKS_FIN)))
		flow->end[other].flags |= END_GONE;
	if (symbol->got & MAY_CLOSE)
		flow->end[other].flags |= END_DOUBT;
	/* who listens elsewhere explains it, and may be gone in a moment */
	if (symbol->own & 1u << OWN_REFUSES_SYN)
		wish_refused(core, index, side, symbol->t_ns);
	for (int i = 0; !core->limits.at_settle && i < 2; i++)
		/* one more of a long row of equal ones says nothing new */
		if (flow->end[i].state != was[i] ||
			(!merged &&
				(flow->end[i].kernel != 0 || (flow->flags & FLOW_CONFLICT << i))))
			tell_end(core, index, i, symbol->t_ns);
}

/* ---- lives ---- */

static void previous_drop(struct core *core, uint32_t index)
{
	uint32_t old = flow_at(core, index)->previous - 1;

	flow_at(core, index)->previous = 0;
	flow_settle(core, old, core->now_ns);
	flow_drop(core, old);
}

void end_replaced(
	struct core *core, uint32_t index, int side, int64_t t_ns, uint64_t frame, bool by_kernel)
{
	struct flow *flow = flow_at(core, index);

	flow->end[side].flags |= END_USED;
	if (flow->previous != 0)
		symbol_push(core, flow->previous - 1,
			&(struct symbol){.t_ns = t_ns,
				.frame = (uint32_t)frame,
				.side = (unsigned)side & 1,
				.own = 1 << OWN_NEW,
				.kernel = by_kernel});
}

/* No connect() that nobody has answered acknowledges anything: who goes on where the socket before
 * stood is that one, and the SYN was another's (RFC 5961 4). */
static bool goes_on_before(const struct packet *packet)
{
	const struct segment *segment = packet->segment;
	const struct flow *now = packet->from;
	const struct end *end = &flow_at(packet->core, now->previous - 1)->end[packet->sender];

	return (segment->flags & (TCP_SYN | TCP_RST | TCP_ACK)) == TCP_ACK &&
	       !(now->flags & FLOW_SELF) && !(now->end[packet->peer].flags & END_USED) &&
	       (now->end[packet->sender].flags & END_ISS) && (end->flags & END_NXT) &&
	       segment->seq != now->end[packet->sender].nxt &&
	       end->nxt - segment->seq <= UINT16_MAX;
}

/* What came of its SYN is taken back. */
bool end_goes_on(const struct packet *packet)
{
	if (!goes_on_before(packet))
		return false;
	struct flow *before = flow_at(packet->core, packet->from->previous - 1);
	struct symbol *ring = ring_of(packet->core, before);

	for (int i = 0; i < before->count; i++) {
		if (ring[i].side != packet->sender || !(ring[i].own & 1 << OWN_NEW))
			continue;
		ring[i].own &= ~(uint32_t)(1 << OWN_NEW);
		before->end[packet->sender].flags &= ~(uint32_t)(END_DOUBT | END_GONE);
		before->flags |= (uint16_t)(FLOW_CONFLICT << packet->sender);
	}
	return true;
}

void connection_renew(
	struct core *core, uint32_t index, int side, int64_t t_ns, uint64_t frame, bool by_kernel)
{
	struct flow *flow = flow_at(core, index);
	uint32_t older = flow->previous;
	/* the one before was never answered: the other end still sits in the older one */
	bool attempt =
		older != 0 && !(flow->end[!side].flags & END_USED) && !(flow->flags & FLOW_SELF);

	if (older != 0 && !attempt)
		previous_drop(core, index);
	flow->previous = 0;
	flow_renew(core, index);
	flow->first_ns = flow->last_ns = t_ns;
	end_replaced(core, index, side, t_ns, frame, by_kernel);
	if (!attempt)
		return;
	if (flow->previous != 0)
		previous_drop(core, index);
	flow->previous = older;
}

/* ---- of a packet ---- */

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
