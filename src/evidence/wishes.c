/* Whom to ask the kernel about, and when: soon after each segment that matters, again until the
 * answer settles, and when a shown timer expires. A heap of endpoints ordered by the time their
 * next look-up falls due. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"

static const int64_t steps_ns[] = {
	0, MS / 2, 2 * MS, 10 * MS + MS / 2, 30 * MS, 200 * (int64_t)MS, 1000 * (int64_t)MS};
enum {
	STEPS = sizeof(steps_ns) / sizeof(steps_ns[0]),
	LAST_PACKET = STEPS - 2 /* from here on it is about the last of several packets */
};

int wishes_new(struct core *core)
{
	core->heap = calloc(core->limits.kernel_sides, sizeof(*core->heap));
	return core->heap ? 0 : -1;
}

void wishes_free(struct core *core)
{
	free(core->heap);
}

static void heap_put(struct core *core, uint32_t at, uint32_t side)
{
	core->heap[at] = side;
	core->sides[side].heap_at = at + 1;
}

static void heap_up(struct core *core, uint32_t at)
{
	uint32_t side = core->heap[at];

	while (at > 0 && core->sides[core->heap[(at - 1) / 2]].due_ns > core->sides[side].due_ns) {
		heap_put(core, at, core->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(core, at, side);
}

static void heap_down(struct core *core, uint32_t at)
{
	uint32_t side = core->heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= core->heap_size)
			break;
		if (child + 1 < core->heap_size && core->sides[core->heap[child + 1]].due_ns <
							   core->sides[core->heap[child]].due_ns)
			child++;
		if (core->sides[core->heap[child]].due_ns >= core->sides[side].due_ns)
			break;
		heap_put(core, at, core->heap[child]);
		at = child;
	}
	heap_put(core, at, side);
}

void wish_forget(struct core *core, struct kernel_side *side)
{
	if (side->heap_at == 0)
		return;
	uint32_t at = side->heap_at - 1, last = core->heap[--core->heap_size];
	side->heap_at = 0;
	side->due_ns = INT64_MAX;
	if (at == core->heap_size)
		return;
	heap_put(core, at, last);
	heap_up(core, at);
	heap_down(core, core->sides[last].heap_at - 1);
}

static void wish_set(struct core *core, struct kernel_side *side, int64_t due_ns)
{
	side->due_ns = due_ns;
	if (side->heap_at == 0) {
		heap_put(core, core->heap_size++, (uint32_t)(side - core->sides));
		heap_up(core, side->heap_at - 1);
	} else {
		heap_up(core, side->heap_at - 1);
		heap_down(core, side->heap_at - 1);
	}
}

void wish_at(struct core *core, struct kernel_side *side, int64_t due_ns)
{
	if (due_ns < side->due_ns && (side->heap_at == 0 || side->wish_step >= STEPS))
		wish_set(core, side, due_ns);
}

void wish_segment(
	struct core *core, uint32_t flow, int side, int64_t t_ns, bool edge, bool last_word)
{
	const struct flow_key *key = &core->flows[flow].key;
	uint8_t state = end_state(&core->flows[flow].end[side]);

	if (!core_is_local(core, key->family, key->addr[side]) &&
		core->flows[flow].kernel[side] == 0)
		return;
	struct kernel_side *kernel = flow_side(core, flow, side, true);
	if (kernel == NULL ||
		(state == STATE_CLOSED && !edge && ledger_newest(core, flow, side) == NULL &&
			kernel->cookie == 0))
		return;
	bool settled =
		kernel->agree_state == state && state != STATE_SYN_RECV && !edge && !last_word;
	/* not looked at since the SYN, FIN or RST */
	kernel->last_word = last_word || (kernel->last_word && kernel->wish_step == 0);
	/* data on a connection the kernel agrees about: not each packet, but in the end the last
	 * one */
	if (settled) {
		if (kernel->heap_at == 0) {
			kernel->wish_base_ns = t_ns;
			kernel->wish_step = LAST_PACKET;
			wish_set(core, kernel, t_ns + steps_ns[LAST_PACKET]);
		}
		return;
	}
	kernel->wish_base_ns = t_ns;
	kernel->wish_step = 0;
	wish_set(core, kernel, t_ns);
}

void wish_listener(struct core *core, uint32_t flow, int side, int64_t t_ns)
{
	const struct flow_key *key = &core->flows[flow].key;
	struct flow_key wished = {
		.family = key->family, .protocol = key->protocol, .zone = key->zone};
	uint16_t device = core->details[flow].device[side];

	if (!core_is_local(core, key->family, key->addr[side]))
		return;
	if (device)
		wished.zone = device;
	memcpy(wished.addr[0], key->addr[side], sizeof(wished.addr[0]));
	wished.port_be[0] = key->port_be[side];
	for (size_t i = 0; i < core->listener_wish_count; i++)
		if (flow_key_equal(&core->listener_wishes[i].key, &wished))
			return;
	if (core->listener_wish_count == LISTENER_WISHES)
		return;
	core->listener_wishes[core->listener_wish_count].key = wished;
	core->listener_wishes[core->listener_wish_count++].due_ns = t_ns + MS / 2;
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

static void wish_next(struct core *core, struct kernel_side *side, int64_t now_ns)
{
	int64_t due_ns = INT64_MAX;

	while (side->wish_step < STEPS && side->wish_base_ns + steps_ns[side->wish_step] <= now_ns)
		side->wish_step++;
	if (side->wish_step < STEPS)
		due_ns = side->wish_base_ns + steps_ns[side->wish_step];
	/* overdue: the kernel's timers may fire late, ask again */
	if (side->timer_due_ns && side->timer != DIAG_TIMER_KEEPALIVE) {
		int64_t timer_ns = side->timer_due_ns + 2 * MS > now_ns
					   ? side->timer_due_ns + 2 * MS
					   : now_ns + 50 * (int64_t)MS;
		due_ns = timer_ns < due_ns ? timer_ns : due_ns;
	}
	if (due_ns == INT64_MAX)
		wish_forget(core, side);
	else
		wish_set(core, side, due_ns);
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
	while (core->heap_size > 0 && count < max && core->sides[core->heap[0]].due_ns <= now_ns) {
		struct kernel_side *side = &core->sides[core->heap[0]];
		struct flow *flow = &core->flows[side->flow];
		out[count++] = (struct wish){.kind = WISH_SOCKET,
			.key = side->side ? flow_key_swap(&flow->key) : flow->key,
			.due_ns = side->due_ns,
			.last_word = side->last_word || side->wish_step >= LAST_PACKET};
		uint16_t device = side->device ? (uint16_t)side->device
					       : core->details[side->flow].device[side->side];
		if (device)
			out[count - 1].key.zone = device;
		wish_next(core, side, now_ns);
	}
	count += datagram_wishes_take(core, now_ns, out + count, max - count, &next);
	if (core->owner_wish_ns && count < max) {
		out[count++] = (struct wish){.kind = WISH_OWNERS, .due_ns = core->owner_wish_ns};
		core->owner_wish_ns = 0;
	}
	if (core->heap_size > 0 && core->sides[core->heap[0]].due_ns < next)
		next = core->sides[core->heap[0]].due_ns;
	if (core->dump_wish_ns || core->owner_wish_ns)
		next = now_ns;
	if (core->held_size > 0 && core->held[0].t_ns + HOLD_NS < next)
		next = core->held[0].t_ns + HOLD_NS; /* an answer falls due to be judged */
	if (next_due_ns != NULL)
		*next_due_ns = next;
	return count;
}
