/* Whom to ask the kernel about, and when: soon after each segment that matters, again until the
 * answer settles, and when a shown timer expires. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

static const int64_t steps_ns[] = {
	0, MS / 2, 2 * MS, 10 * MS + MS / 2, 30 * MS, 200 * (int64_t)MS, 1000 * (int64_t)MS};
/* where a close() may send nothing, a life is looked at that lasts a quarter of the silence */
static const int64_t UNSEEN_NS = 3 * (int64_t)MS;
enum {
	STEPS = sizeof(steps_ns) / sizeof(steps_ns[0]),
	LAST_PACKET = STEPS - 2 /* from here on it is about the last of several packets */
};

void wish_at(struct core *core, struct kernel *kernel, int64_t due_ns)
{
	if (!core->limits.at_settle && due_ns < kernel->due_ns &&
		(kernel->heap_at == 0 || kernel->wish_step >= STEPS))
		wish_set(core, kernel, due_ns);
}

void wish_over(struct core *core, struct kernel *kernel)
{
	kernel->wish_step = STEPS;
	wish_forget(core, kernel);
}

static bool has_kernel_side(const struct core *core, uint32_t index, int side)
{
	if (flow_at(core, index)->end[side].kernel != 0)
		return true;
	struct flow_key key = flow_key_of(core, index);
	return (core_local_ends(core, &key) >> side & 1) != 0;
}

/* An open end with data that it cannot send yet: its program may close() it, and no packet tells.
 */
static bool may_close_unseen(const struct core *core, uint32_t index, int side)
{
	const struct flow *flow = flow_at(core, index);
	const struct end *end = &flow->end[side], *peer = &flow->end[!side];
	uint8_t state = rules_shown(end->state);

	return (state == STATE_ESTABLISHED || state == STATE_CLOSE_WAIT) &&
	       (!(peer->flags & END_ACK) || peer->ack != end->nxt || peer->window == 0);
}

void wish_segment(
	struct core *core, uint32_t index, int side, int64_t t_ns, bool edge, bool last_word)
{
	if (core->limits.at_settle || !has_kernel_side(core, index, side))
		return; /* nobody asks */
	uint8_t state = rules_shown(flow_at(core, index)->end[side].state);
	struct kernel *kernel = kernel_of(core, index, side, true);
	if (kernel == NULL || (state == STATE_CLOSED && !edge && kernel->cookie == 0 &&
				      !(flow_at(core, index)->end[side].flags & END_USED)))
		return;
	bool settled =
		kernel->agree_state == state && state != STATE_SYN_RECV && !edge && !last_word;
	/* not looked at since the SYN, FIN or RST */
	kernel->last_word = last_word || (kernel->last_word && kernel->wish_step == 0);
	/* data on a connection the kernel agrees about: not each packet, but in the end the last
	 * one */
	if (settled) {
		bool shut = may_close_unseen(core, index, side) &&
			    flow_at(core, index)->end[!side].window == 0;
		if (kernel->heap_at == 0) {
			kernel->wish_base_ns = t_ns;
			kernel->wish_step = shut ? 0 : LAST_PACKET;
			wish_set(core, kernel, t_ns + steps_ns[kernel->wish_step]);
		}
		return;
	}
	kernel->wish_base_ns = t_ns;
	kernel->wish_step = 0;
	wish_set(core, kernel, t_ns);
}

static uint16_t port_of(const struct core *core, uint32_t index, int side)
{
	return flow_key_of(core, index).port_be[side];
}

static void listener_wish_add(
	struct core *core, uint32_t index, int side, uint16_t port_be, int64_t due_ns)
{
	const struct flow_key key = flow_key_of(core, index);
	struct flow_key wished = {.family = key.family, .protocol = key.protocol, .zone = key.zone};
	uint16_t device = flow_at(core, index)->end[side].device;

	if (core->limits.at_settle || (core_local_ends(core, &key) >> side & 1) == 0)
		return; /* nobody asks */
	if (device)
		wished.zone = device;
	memcpy(wished.addr[0], key.addr[side], sizeof(wished.addr[0]));
	wished.port_be[0] = port_be;
	for (size_t i = 0; i < core->listener_wish_count; i++)
		if (flow_key_equal(&core->listener_wishes[i].key, &wished))
			return;
	if (core->listener_wish_count == LISTENER_WISHES)
		return;
	core->listener_wishes[core->listener_wish_count].key = wished;
	core->listener_wishes[core->listener_wish_count++].due_ns = due_ns;
}

void wish_listener(struct core *core, uint32_t index, int side, int64_t t_ns)
{
	if (!core->limits.at_settle) /* else nobody asks */
		listener_wish_add(core, index, side, port_of(core, index, side), t_ns + MS / 2);
}

void wish_refused(struct core *core, uint32_t index, int side, int64_t t_ns)
{
	uint16_t port_be = port_of(core, index, side);

	if (t_ns - core->refused_ns > 100 * MS)
		core->refused_ns = core->dump_wish_ns = t_ns;
	else if (core->refused_be == port_be)
		return;
	core->refused_be = port_be;
	listener_wish_add(core, index, side, port_be, t_ns);
	listener_wish_add(core, index, side, (uint16_t)(port_be >> 8 | port_be << 8), t_ns);
}

static void datagram_wish_add(struct core *core, const struct flow_key *key, int64_t due_ns)
{
	for (size_t i = 0; i < core->datagram_wish_count; i++)
		if (flow_key_equal(&core->datagram_wishes[i].key, key))
			return;
	if (core->datagram_wish_count == DATAGRAM_WISHES)
		return;
	core->datagram_wishes[core->datagram_wish_count].key = *key;
	core->datagram_wishes[core->datagram_wish_count++].due_ns = due_ns;
}

void wish_datagram(struct core *core, const struct record *record, int64_t t_ns)
{
	bool error = record->event->u.segment.kind == SEGMENT_ICMP;
	struct flow_key *known = &core->talking[flow_key_hash(&record->key) % TALKING_KEPT],
			swapped = flow_key_swap(&record->key);

	if (record->local_sides == 0 || (!error && flow_key_equal(known, &record->key)))
		return;
	*known = record->key;
	for (int side = 0; side < 2; side++)
		if ((record->local_sides >> side & 1) && (!error || side == record->side))
			datagram_wish_add(
				core, side ? &swapped : &record->key, error ? t_ns : t_ns + MS / 2);
}

/* After all of TCP's: what a datagram's socket is, most of the time a dump tells as well. */
static size_t datagram_wishes_take(
	struct core *core, int64_t now_ns, struct wish *out, size_t max, int64_t *next)
{
	size_t count = 0, kept = 0;

	for (size_t i = 0; i < core->datagram_wish_count; i++) {
		if (core->datagram_wishes[i].due_ns <= now_ns && count < max &&
			count < DATAGRAM_LOOKUPS) {
			out[count++] = (struct wish){.kind = WISH_SOCKET,
				.key = core->datagram_wishes[i].key,
				.due_ns = core->datagram_wishes[i].due_ns};
			continue;
		}
		if (core->datagram_wishes[i].due_ns < *next)
			*next = core->datagram_wishes[i].due_ns;
		core->datagram_wishes[kept++] = core->datagram_wishes[i];
	}
	core->datagram_wish_count = kept;
	return count;
}

static void wish_next(struct core *core, struct kernel *kernel, int64_t now_ns)
{
	int64_t due_ns = INT64_MAX;

	while (kernel->wish_step < STEPS &&
		kernel->wish_base_ns + steps_ns[kernel->wish_step] <= now_ns)
		kernel->wish_step++;
	if (kernel->wish_step < STEPS)
		due_ns = kernel->wish_base_ns + steps_ns[kernel->wish_step];
	if (kernel->wish_step < STEPS && may_close_unseen(core, kernel->flow, kernel->side)) {
		int64_t quarter_ns = (now_ns - kernel->wish_base_ns) / 4;
		int64_t unseen_ns = now_ns + (quarter_ns > UNSEEN_NS ? quarter_ns : UNSEEN_NS);
		due_ns = unseen_ns < due_ns ? unseen_ns : due_ns;
	}
	/* overdue: the kernel's timers may fire late, ask again */
	if (kernel->timer_due_ns && kernel->timer != DIAG_TIMER_KEEPALIVE) {
		int64_t timer_ns = kernel->timer_due_ns + 2 * MS > now_ns
					   ? kernel->timer_due_ns + 2 * MS
					   : now_ns + 50 * (int64_t)MS;
		due_ns = timer_ns < due_ns ? timer_ns : due_ns;
	}
	if (due_ns == INT64_MAX)
		wish_forget(core, kernel);
	else
		wish_set(core, kernel, due_ns);
}

size_t core_wishes(
	struct core *core, int64_t now_ns, struct wish *out, size_t max, int64_t *next_due_ns)
{
	size_t count = 0, kept = 0;
	int64_t next = INT64_MAX;

	if (core->dump_wish_ns && count < max) {
		out[count++] = (struct wish){
			.kind = WISH_DUMP, .due_ns = core->dump_wish_ns, .last_word = true};
		core->dump_wish_ns = 0;
	}
	for (size_t i = 0; i < core->listener_wish_count; i++) {
		if (core->listener_wishes[i].due_ns <= now_ns && count < max) {
			out[count++] = (struct wish){.kind = WISH_LISTENER,
				.key = core->listener_wishes[i].key,
				.due_ns = core->listener_wishes[i].due_ns};
			continue;
		}
		if (core->listener_wishes[i].due_ns < next)
			next = core->listener_wishes[i].due_ns;
		core->listener_wishes[kept++] = core->listener_wishes[i];
	}
	core->listener_wish_count = kept;
	for (struct kernel *kernel;
		count < max && (kernel = wish_first(core)) != NULL && kernel->due_ns <= now_ns;) {
		struct flow_key key = flow_key_of(core, kernel->flow);
		out[count++] = (struct wish){.kind = WISH_SOCKET,
			.key = kernel->side != 0 ? flow_key_swap(&key) : key,
			.due_ns = kernel->due_ns,
			.last_word = kernel->last_word || kernel->wish_step >= LAST_PACKET};
		uint16_t device = kernel->device != 0
					  ? (uint16_t)kernel->device
					  : flow_at(core, kernel->flow)->end[kernel->side].device;
		if (device != 0)
			out[count - 1].key.zone = device;
		wish_next(core, kernel, now_ns);
	}
	count += datagram_wishes_take(core, now_ns, out + count, max - count, &next);
	if (core->owner_wish_ns && count < max) {
		out[count++] = (struct wish){.kind = WISH_OWNERS, .due_ns = core->owner_wish_ns};
		core->owner_wish_ns = 0;
	}
	const struct kernel *first = wish_first(core);
	if (first != NULL && first->due_ns < next)
		next = first->due_ns;
	if (core->dump_wish_ns || core->owner_wish_ns)
		next = now_ns;
	if (core->held_at < core->held_count &&
		core->held[core->held_at].answer.answered_ns + HOLD_NS < next)
		next = core->held[core->held_at].answer.answered_ns + HOLD_NS; /* to be attached */
	if (next_due_ns != NULL)
		*next_due_ns = next;
	return count;
}
