/* A packet comes: its connection, the lives its ends are in, and then what it means. */
#include "attempt.h"
#include "packed.h"
#include "sequence.h"

/* The flow of this packet; a new one is seen midway unless it begins with a SYN. ATTEMPT_BIT: it is
 * an attempt, and no more is to be done. */
static uint32_t flow_of(struct packet *packet, const struct event *event)
{
	struct core *core = packet->core;
	const struct flow_key *sent = &packet->segment->key;
	uint64_t hash = packet->hash != 0 ? packet->hash : flow_hash(sent, packet->sender);
	uint32_t index = flow_find(core, sent, packet->sender, hash);

	if (attempt_is(index) && attempt_is_answered(packet, event, index))
		return ATTEMPT_BIT;
	if (attempt_is(index) || packed_is(index))
		index = flow_grown(core, index, hash);
	if (index != UINT32_MAX || packet->segment->kind == SEGMENT_ICMP)
		return index;
	if (attempt_begins(packet, event, hash))
		return ATTEMPT_BIT;
	struct flow_key key = packet->sender != 0 ? flow_key_swap(sent) : *sent;
	index = flow_add(core, &key, hash, packet->t_ns);
	if (index == UINT32_MAX)
		return index;
	struct flow *flow = flow_at(core, index);
	uint8_t syn = packet->segment->flags & (TCP_SYN | TCP_ACK);
	if (!(syn & TCP_SYN))
		flow->flags |= FLOW_MIDWAY;
	for (int side = 0; syn != TCP_SYN && side < 2; side++)
		if (!(syn & TCP_SYN) || side != packet->sender)
			flow->anchor[side] = flow->end[side].state = STATE_UNKNOWN;
	return index;
}

void core_expect(const struct core *core, struct event *far, const struct event *near)
{
	if (far != NULL && far->kind == EVENT_SEGMENT && far->u.segment.kind == SEGMENT_TCP) {
		const struct flow_key *key = &far->u.segment.key;

		far->hash = flow_hash(key, flow_key_order(key));
		__builtin_prefetch(&core->slots[far->hash >> core->slot_shift]);
	}
	if (near != NULL && near->hash != 0) {
		uint64_t slot = core->slots[near->hash >> core->slot_shift];

		if (slot == 0 || slot >> 32 != near->hash >> 32)
			return;
		if (attempt_is((uint32_t)slot - 1)) {
			__builtin_prefetch(attempt_at(core, (uint32_t)slot - 1), 1);
			return;
		}
		if (packed_is((uint32_t)slot - 1)) /* hardly anything comes for it */
			return;
		const char *flow = (const char *)flow_at(core, (uint32_t)slot - 1);
		for (size_t line = 0; line < sizeof(struct flow); line += 64)
			__builtin_prefetch(flow + line, 1);
	}
}

void sequence_event(struct core *core, const struct event *event)
{
	const struct segment *segment = &event->u.segment;
	struct packet packet = {.core = core,
		.segment = segment,
		.t_ns = event->t_ns,
		.frame = event->number,
		.hash = event->hash};

	if (segment->key.protocol != IPPROTO_TCP ||
		(segment->kind != SEGMENT_TCP && segment->kind != SEGMENT_ICMP)) {
		emit_loose(core, event);
		return;
	}
	packet.sender = flow_key_order(&segment->key);
	packet.peer = !packet.sender;
	uint32_t index = flow_of(&packet, event);
	if (index == ATTEMPT_BIT)
		return;
	if (index == UINT32_MAX) {
		emit_loose(core, event);
		return;
	}
	struct flow *flow = flow_at(core, index);
	if (flow->flags & FLOW_SELF) /* one socket: it sends each segment to itself */
		packet.peer = packet.sender = 0;
	packet.silent_ns = event->t_ns - flow->last_ns;
	flow->last_ns = event->t_ns;
	if (event->t_ns < core->now_ns) /* out of order */
		flow_look(core, index);
	lives_find(&packet, index);
	if (segment->kind == SEGMENT_ICMP) {
		icmp_packet(&packet, event);
		return;
	}
	if (segment->interface <= UINT16_MAX)
		packet.to->end[packet.peer].device = (uint16_t)segment->interface;
	if (segment->truncated || segment->fragment) /* what it carried is not all known */
		flow->flags |= FLOW_LOSSY;
	if (segment->copy)
		return;
	lives_of(&packet, index);
	sequence_packet(&packet, event);
}
