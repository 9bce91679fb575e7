/* The record of a packet itself, with the connection it is of, or of none: in brief, where the
 * model takes it so, else as a record like all others. What it means is not here: sequence.c. */
#include <netinet/in.h>

#include "sequence.h"

static inline __attribute__((always_inline)) bool told_in_brief(
	const struct packet *packet, uint32_t serial, bool late)
{
	struct core *core = packet->core;
	const struct flow_key *key = &packet->segment->key; /* the sender's end first */
	int sender = packet->sender;
	struct brief brief = {.t_ns = packet->t_ns,
		.frame = packet->frame,
		.segment = packet->segment,
		.serial = serial,
		.side = (uint8_t)sender,
		.local_sides = (uint8_t)(core_is_local(core, key->family, key->addr[0]) << sender |
					 core_is_local(core, key->family, key->addr[1]) << !sender),
		.retransmission = packet->repeated,
		.late = late};

	if (core->kernels.top != 0)
		brief.local_sides |= core_shown_sides(core, packet->sends);
	if (!core->limits.brief(core->emit.context, &brief))
		return false;
	core->next_id++; /* as if it were a record */
	return true;
}

void emit_segment(const struct packet *packet, const struct event *event)
{
	const struct core *core = packet->core;

	if (core->limits.brief != NULL && told_in_brief(packet, packet->from->serial, false))
		return;
	/* as core_record() would have it: the flow's key is that of its segments, put in order */
	const struct flow *flow = packet->from;
	const struct flow_key *sent = &packet->segment->key;
	uint32_t kernel = flow->end[packet->sender].kernel;
	struct record record = {.kind = RECORD_SEGMENT,
		.t_ns = packet->t_ns,
		.side = (uint8_t)packet->sender,
		.serial = flow->serial,
		.frame = packet->frame,
		.retransmission = packet->repeated,
		.key = packet->sender != 0 ? flow_key_swap(sent) : *sent,
		.event = event};

	record.local_sides = core_local_sides(core, packet->sends, &record.key);
	if (kernel != 0)
		record.cookie =
			((const struct kernel *)arena_at(&core->kernels, kernel - 1))->cookie;
	core_emit(packet->core, &record);
}

static __attribute__((noinline)) void emit_kept(const struct packet *packet, uint32_t serial)
{
	struct event event = {.kind = EVENT_SEGMENT, .t_ns = packet->t_ns, .number = packet->frame};

	event.u.segment = *packet->segment;
	emit_attempt(packet, &event, serial);
}

void emit_attempt(const struct packet *packet, const struct event *event, uint32_t serial)
{
	struct core *core = packet->core;
	const struct flow_key *sent = &packet->segment->key;
	struct record record = {.kind = RECORD_SEGMENT,
		.t_ns = packet->t_ns,
		.side = (uint8_t)packet->sender,
		.serial = serial,
		.frame = packet->frame,
		.key = packet->sender != 0 ? flow_key_swap(sent) : *sent,
		.event = event};

	if (core->limits.brief != NULL && told_in_brief(packet, serial, event == NULL))
		return;
	if (event == NULL) {
		emit_kept(packet, serial);
		return;
	}
	record.local_sides = core_local_ends(core, &record.key);
	core_emit(core, &record);
}

/* Not of a connection: UDP, or an ICMP error about a packet whose connection is not known. */
void emit_loose(struct core *core, const struct event *event)
{
	const struct segment *segment = &event->u.segment;
	struct record record = {.kind = RECORD_SEGMENT,
		.t_ns = event->t_ns,
		.frame = event->number,
		.event = event,
		.key = segment->key};

	record.side = (uint8_t)flow_key_canonical(&record.key);
	for (int side = 0; side < 2; side++)
		if (core_is_local(core, record.key.family, record.key.addr[side]))
			record.local_sides |= (uint8_t)(1u << side);
	core_emit(core, &record);
	if (segment->key.protocol == IPPROTO_UDP && segment->kind != SEGMENT_FRAGMENT)
		wish_datagram(core, &record, event->t_ns);
}
