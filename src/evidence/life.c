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
	DENIES = 1 << GOT_REPEATED | 1 << GOT_FIN_REPEATED | 1 << GOT_FOLLOWS /* rules_denies() */
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
	if (!merged && flow->count == RING_MAX)
		tell_anchor(core, index, symbol->t_ns);
	if (!merged && flow->count < flow->size)
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

void connection_has_both(struct core *core, uint32_t index)
{
	struct flow *flow = flow_at(core, index);

	for (int side = 0; side < 2; side++)
		flow->end[side].flags |= END_USED;
	if (flow->previous != 0)
		previous_drop(core, index);
}
