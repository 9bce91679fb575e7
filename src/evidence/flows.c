/* The flow table: a hash of 4-tuples, with pools for what hangs on a flow. All memory is taken
 * once. When the table is full, the oldest settled flow near the clock hand makes room. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"
#include "tcpstate/hash.h"

size_t flow_key_hash(const struct flow_key *key)
{
	return (size_t)hash_bytes(key, sizeof(*key), 0);
}

int flows_new(struct core *core)
{
	size_t buckets = 1;

	while (buckets < core->limits.flows * 2)
		buckets *= 2;
	core->bucket_mask = buckets - 1;
	core->buckets = calloc(buckets, sizeof(*core->buckets));
	core->flows = calloc(core->limits.flows, sizeof(*core->flows));
	core->details = calloc(core->limits.flows, sizeof(*core->details));
	core->claims = calloc(core->limits.claims, sizeof(*core->claims));
	core->sides = calloc(core->limits.kernel_sides, sizeof(*core->sides));
	core->ranges = calloc(core->limits.ranges, sizeof(*core->ranges));
	core->cookie_mask = buckets - 1;
	core->cookies = calloc(buckets, sizeof(*core->cookies));
	return core->buckets && core->cookies && core->flows && core->details && core->claims &&
			       core->sides && core->ranges
		       ? 0
		       : -1;
}

void flows_free(struct core *core)
{
	free(core->buckets);
	free(core->cookies);
	free(core->flows);
	free(core->details);
	free(core->claims);
	free(core->sides);
	free(core->ranges);
}

uint32_t flow_find(struct core *core, const struct flow_key *canonical)
{
	for (size_t at = flow_key_hash(canonical) & core->bucket_mask; core->buckets[at];
		at = (at + 1) & core->bucket_mask)
		if (flow_key_equal(&core->flows[core->buckets[at] - 1].key, canonical))
			return core->buckets[at] - 1;
	return UINT32_MAX;
}

static void bucket_remove(struct core *core, const struct flow_key *key)
{
	size_t hole = flow_key_hash(key) & core->bucket_mask, mask = core->bucket_mask;

	while (core->buckets[hole] &&
		!flow_key_equal(&core->flows[core->buckets[hole] - 1].key, key))
		hole = (hole + 1) & mask;
	for (size_t at = hole;;) { /* shift back what probed past the hole */
		at = (at + 1) & mask;
		if (core->buckets[at] == 0)
			break;
		size_t home = flow_key_hash(&core->flows[core->buckets[at] - 1].key) & mask;
		if (((at - home) & mask) >= ((at - hole) & mask)) {
			core->buckets[hole] = core->buckets[at];
			hole = at;
		}
	}
	core->buckets[hole] = 0;
}

bool flow_is_over(const struct core *core, uint32_t index)
{
	for (int side = 0; side < 2; side++) {
		uint8_t state = end_state(&core->flows[index].end[side]);
		if (state != STATE_CLOSED && state != STATE_UNKNOWN)
			return false;
	}
	return true;
}

static uint32_t flow_evict(struct core *core, int64_t t_ns)
{
	uint32_t victim = UINT32_MAX;

	/* first among the finished, then among all */
	for (int pass = 0; pass < 2 && victim == UINT32_MAX; pass++)
		for (uint32_t step = 0; step < 64; step++) {
			uint32_t at = (core->evict_hand + step) % (uint32_t)core->limits.flows;
			if (pass == 0 && !flow_is_over(core, at))
				continue;
			if (victim == UINT32_MAX ||
				core->flows[at].last_ns < core->flows[victim].last_ns)
				victim = at;
		}
	core->evict_hand = (core->evict_hand + 64) % (uint32_t)core->limits.flows;
	core->evicted += !flow_is_over(core, victim);
	flow_settle(core, victim, t_ns);
	flow_drop(core, victim);
	return victim;
}

uint32_t flow_add(struct core *core, const struct flow_key *canonical, int64_t t_ns)
{
	uint32_t index;

	if (core->flow_free == 0 && core->flow_top == core->limits.flows)
		flow_evict(core, t_ns);
	if (core->flow_free) {
		index = core->flow_free - 1;
		core->flow_free = core->flows[index].claims;
	} else {
		index = core->flow_top++;
	}
	struct flow *flow = &core->flows[index];
	memset(flow, 0, sizeof(*flow));
	memset(&core->details[index], 0, sizeof(core->details[index]));
	flow->key = *canonical;
	flow->last_ns = t_ns;
	flow->serial = ++core->next_serial;
	end_set_state(&flow->end[0], STATE_CLOSED);
	end_set_state(&flow->end[1], STATE_CLOSED);
	core->details[index].serial[0] = core->details[index].serial[1] = flow->serial;
	core->details[index].gaps = core->gaps;
	core->details[index].self = canonical->port_be[0] == canonical->port_be[1] &&
				    memcmp(canonical->addr[0], canonical->addr[1], 16) == 0;
	size_t at = flow_key_hash(canonical) & core->bucket_mask;
	while (core->buckets[at])
		at = (at + 1) & core->bucket_mask;
	core->buckets[at] = index + 1;
	return index;
}

void flow_settle(struct core *core, uint32_t index, int64_t t_ns)
{
	if (core->details[index].settled)
		return;
	core->details[index].settled = true;
	struct record record = core_record(core, index, 0, RECORD_SETTLED, t_ns);
	record.serial = core->flows[index].serial;
	core_emit(core, &record);
}

void flow_drop(struct core *core, uint32_t index)
{
	struct flow *flow = &core->flows[index];

	for (int side = 0; side < 2; side++) {
		ledger_forget(core, index, side);
		range_clear(core, index, side);
		flow_side_drop(core, index, side);
	}
	bucket_remove(core, &flow->key);
	memset(flow, 0, sizeof(*flow));
	flow->claims = core->flow_free;
	core->flow_free = index + 1;
}

struct kernel_side *flow_side(struct core *core, uint32_t index, int side, bool create)
{
	struct flow *flow = &core->flows[index];

	if (flow->kernel[side])
		return &core->sides[flow->kernel[side] - 1];
	if (!create)
		return NULL;
	uint32_t at;
	if (core->side_free) {
		at = core->side_free - 1;
		core->side_free = core->sides[at].flow;
	} else if (core->side_top < core->limits.kernel_sides) {
		at = core->side_top++;
	} else {
		return NULL;
	}
	core->sides[at] = (struct kernel_side){.flow = index,
		.side = (uint8_t)side,
		.denial_state = STATE_MAX,
		.due_ns = INT64_MAX,
		.used = true};
	flow->kernel[side] = at + 1;
	return &core->sides[at];
}

void flow_side_drop(struct core *core, uint32_t index, int side)
{
	uint32_t at = core->flows[index].kernel[side];

	if (at == 0)
		return;
	wish_forget(core, &core->sides[at - 1]);
	core->sides[at - 1] = (struct kernel_side){.flow = core->side_free};
	core->side_free = at;
	core->flows[index].kernel[side] = 0;
}

static size_t cookie_place(const struct core *core, uint64_t cookie)
{
	return (size_t)(cookie * 0x9e3779b97f4a7c15u >> 20) & core->cookie_mask;
}

void flow_set_cookie(struct core *core, struct kernel_side *side, uint64_t cookie)
{
	side->cookie = cookie;
	core->cookies[cookie_place(core, cookie)] = (uint32_t)(side - core->sides) + 1;
}

struct kernel_side *flow_by_cookie(struct core *core, uint64_t cookie)
{
	uint32_t at = core->cookies[cookie_place(core, cookie)];

	return cookie && at && core->sides[at - 1].used && core->sides[at - 1].cookie == cookie
		       ? &core->sides[at - 1]
		       : NULL;
}

void range_clear(struct core *core, uint32_t index, int side)
{
	uint32_t *head = &core->details[index].ranges[side];

	while (*head) {
		struct range *range = &core->ranges[*head - 1];
		uint32_t next = range->next;
		range->next = core->range_free;
		core->range_free = *head;
		*head = next;
	}
}

void range_add(struct core *core, uint32_t index, int side, uint32_t start, uint32_t end, bool fin)
{
	uint32_t at;
	size_t length = 0;

	for (uint32_t i = core->details[index].ranges[side]; i; i = core->ranges[i - 1].next) {
		struct range *range = &core->ranges[i - 1];
		length++;
		/* touches: grow it */
		if (!seq_before(end, range->start) && !seq_after(start, range->end)) {
			range->start = seq_before(start, range->start) ? start : range->start;
			range->fin = seq_after(end, range->end)
					     ? fin
					     : range->fin || (fin && end == range->end);
			range->end = seq_after(end, range->end) ? end : range->end;
			return;
		}
	}
	/* one flow does not take the pool: its own ACKs will tell what arrived */
	if (length >= 64)
		return;
	if (core->range_free) {
		at = core->range_free - 1;
		core->range_free = core->ranges[at].next;
	} else if (core->range_top < core->limits.ranges) {
		at = core->range_top++;
	} else {
		return;
	}
	core->ranges[at] = (struct range){
		.start = start, .end = end, .fin = fin, .next = core->details[index].ranges[side]};
	core->details[index].ranges[side] = at + 1;
}

bool range_take(struct core *core, uint32_t index, int side)
{
	uint32_t *rcv_nxt = &core->flows[index].end[side].rcv_nxt;
	bool fin = false, moved = true;

	while (moved) {
		moved = false;
		for (uint32_t *link = &core->details[index].ranges[side]; *link;) {
			struct range *range = &core->ranges[*link - 1];
			if (seq_after(range->start, *rcv_nxt)) {
				link = &range->next;
				continue;
			}
			if (!seq_before(range->end, *rcv_nxt)) {
				*rcv_nxt = range->end;
				fin |= range->fin;
				moved = true;
			}
			uint32_t gone = *link;
			*link = range->next;
			range->next = core->range_free;
			core->range_free = gone;
		}
	}
	return fin;
}
