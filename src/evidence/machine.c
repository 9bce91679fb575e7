/* One segment through the machine: first what it proves of the end that sent it (machine_send.c),
 * then what it claims of the end that receives it (machine_receive.c). The edges are in state.c. */
#include "machine.h"

bool step_edge(
	struct step *step, int side, uint8_t from, const struct edge *edge, struct edge_at at)
{
	if (at.t_ns == 0)
		at.t_ns = step->t_ns;
	if (at.frame == 0)
		at.frame = step->frame;
	at.evidence = EVIDENCE_WIRE;
	if (!ledger_edge(step->core, step->index, side, from, edge, &at))
		return false;
	step->edge[side] = true;
	return true;
}

bool end_is_fresh(struct step *step, int side)
{
	return end_state(step_end(step, side)) == STATE_CLOSED && !step->detail->syn_seen[side] &&
	       ledger_newest(step->core, step->index, side) == NULL;
}

/* ---- one segment ---- */

static void emit_segment(struct step *step, const struct event *event)
{
	struct record record =
		core_record(step->core, step->index, step->sender, RECORD_SEGMENT, step->t_ns);

	record.frame = step->frame;
	record.retransmission = step->repeated;
	record.event = event;
	core_emit(step->core, &record);
}

static void icmp_segment(struct step *step, const struct event *event)
{
	int side = step->sender;
	uint8_t from = end_state(step_end(step, side)), effect = machine_receive_icmp(step, side);
	struct record record =
		core_record(step->core, step->index, side, RECORD_SEGMENT, step->t_ns);

	record.frame = step->frame;
	record.from = from;
	record.icmp_effect = effect;
	record.event = event;
	core_emit(step->core, &record);
	wish_segment(step->core, step->index, side, event->t_ns, step->edge[side], true);
}

/* Not of a connection: UDP, or an ICMP error about a packet whose connection is not known. */
static void emit_loose(struct core *core, const struct event *event)
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

void machine_segment(struct core *core, const struct event *event)
{
	const struct segment *segment = &event->u.segment;
	struct flow_key key = segment->key;
	struct step step = {
		.core = core, .segment = segment, .t_ns = event->t_ns, .frame = event->number};

	if (segment->key.protocol != IPPROTO_TCP ||
		(segment->kind != SEGMENT_TCP && segment->kind != SEGMENT_ICMP)) {
		emit_loose(core, event);
		return;
	}
	step.sender = flow_key_canonical(&key);
	step.peer = 1 - step.sender;
	step.index = flow_find(core, &key);
	if (step.index == UINT32_MAX) {
		if (segment->kind == SEGMENT_ICMP) {
			emit_loose(core, event);
			return;
		}
		step.index = flow_add(core, &key, event->t_ns);
	}
	step.flow = &core->flows[step.index];
	step.detail = &core->details[step.index];
	if (step.detail->self) /* one socket: it sends each segment to itself */
		step.peer = step.sender = 0;
	step.flow->last_ns = event->t_ns;
	if (segment->kind == SEGMENT_TCP && segment->interface <= UINT16_MAX)
		step.detail->device[step.peer] = (uint16_t)segment->interface;
	if (segment->kind == SEGMENT_ICMP) {
		icmp_segment(&step, event);
		return;
	}
	if (segment->truncated || segment->fragment) /* what it carried is not all known */
		step.detail->lossy = true;
	if (segment->copy)
		return;
	machine_send(&step, step.sender);
	machine_receive(&step, step.peer);
	emit_segment(&step, event);
	bool last_word = segment->flags & (TCP_SYN | TCP_FIN | TCP_RST);
	for (int side = 0; side < (step.detail->self ? 1 : 2); side++)
		wish_segment(core, step.index, side, event->t_ns, step.edge[side], last_word);
	if (step.repeated && (segment->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK))
		wish_listener(core, step.index, step.sender, event->t_ns);
}
