/* See packed.h. Of two ends that have closed nearly all numbers are those of the other end, or of
 * the same one a moment before: what a word has in common with another is left out, what remains is
 * often zero, and what is zero is not kept. */
#include "packed.h"

#include <string.h>

#include "sweep.h"

enum {
	DROPPED_AT_ONCE = 2, /* while one is packed */
};

/* Which word of a flow, an earlier one, another most likely equals; 0: zero. */
#define WORD(member) (offsetof(struct flow, member) / sizeof(uint32_t))
#define HIGH(member) (WORD(member) + 1)
static const uint8_t like[FLOW_WORDS] = {
	[HIGH(last_ns)] = HIGH(first_ns),
	[WORD(end[0].rcv)] = WORD(end[0].ack),
	[WORD(end[0].fin)] = WORD(end[0].nxt),
	[WORD(end[0].peer_fin)] = WORD(end[0].ack),
	[WORD(end[1].nxt)] = WORD(end[0].ack),
	[WORD(end[1].ack)] = WORD(end[0].nxt),
	[WORD(end[1].rcv)] = WORD(end[0].nxt),
	[WORD(end[1].fin)] = WORD(end[0].peer_fin),
	[WORD(end[1].peer_fin)] = WORD(end[0].fin),
	[WORD(end[1].ts_last)] = WORD(end[0].ts_recent),
	[WORD(end[1].ts_recent)] = WORD(end[0].ts_last),
	[WORD(end[1].flags)] = WORD(end[0].flags),
};

void packed_begin(struct core *core)
{
	core->packed = (struct arena){.item = sizeof(struct packed), .shift = FLOWS_A_BLOCK};
}

/* Nobody but its segments has anything to say of it, or ever will, and all of them were told. */
static bool may_be_packed(const struct core *core, const struct flow *flow)
{
	const uint16_t odd = FLOW_CONFLICT | FLOW_CONFLICT << 1 | FLOW_OLD;

	if (!flows_may_be_short(core, &core->packed) || (flow->flags & odd) ||
		flow->previous != 0 || flow->size > 0)
		return false;
	for (int side = 0; side < 2; side++)
		if (flow->end[side].ranges != 0 || flow->end[side].kernel != 0 ||
			flow->end[side].told != 0)
			return false;
	return !flow_is_unknown(flow); /* that one waits for longer */
}

static bool pack(struct packed *packed, const struct flow *flow)
{
	uint32_t word[FLOW_WORDS];
	size_t count = 0;

	memcpy(word, flow, sizeof(word));
	memcpy(packed, word, PACKED_HEAD * sizeof(*word));
	word[0] = 0; /* what is like nothing is like this one */
	packed->differs = 0;
	for (size_t i = PACKED_HEAD; i < FLOW_WORDS; i++) {
		uint32_t rest = word[i] - word[like[i]];

		if (rest == 0)
			continue;
		if (count == PACKED_ROOM)
			return false;
		packed->rest[count++] = rest;
		packed->differs |= UINT64_C(1) << i;
	}
	return true;
}

static void unpack(const struct packed *packed, struct flow *flow)
{
	uint32_t word[FLOW_WORDS] = {0};
	size_t count = 0;

	for (size_t i = PACKED_HEAD; i < FLOW_WORDS; i++) {
		word[i] = word[like[i]];
		if (packed->differs >> i & 1)
			word[i] += packed->rest[count++];
	}
	memcpy(word, packed, PACKED_HEAD * sizeof(*word));
	memcpy(flow, word, sizeof(word));
}

void flow_pack(struct core *core, uint32_t index)
{
	struct flow *flow = flow_at(core, index);
	struct packed packed = {.gone = tick_of(core, core->now_ns + LINGER_LONG_NS)};

	flow->ring = 0; /* it has none */
	if (!may_be_packed(core, flow) || !pack(&packed, flow))
		return;
	uint32_t at = arena_get(core, &core->packed);
	if (at == UINT32_MAX)
		return;
	struct flow_key key = flow_key_of(core, index);
	*packed_at(core, at) = packed;
	if (core->packed_last != 0)
		packed_at(core, core->packed_last - 1)->next = at + 1;
	else
		core->packed_first = at + 1;
	core->packed_last = at + 1;
	flow_replace(core, flow_hash(&key, 0), index, at | PACKED_BIT);
	flow_free(core, index);
}

uint32_t packed_grows(struct core *core, uint32_t place, uint64_t hash)
{
	struct packed *packed = packed_at(core, place);
	uint32_t index = flow_take(core, core->now_ns);

	if (index != UINT32_MAX)
		unpack(packed, flow_at(core, index));
	else if (packed->flags & FLOW_SIX)
		arena_put(&core->pool, packed->addr[0]);
	packed->flags = 0;
	flow_replace(core, hash, place, index);
	return index;
}

static void drop_first(struct core *core)
{
	uint32_t at = core->packed_first - 1;
	const struct packed *packed = packed_at(core, at);

	core->packed_first = packed->next;
	if (core->packed_first == 0)
		core->packed_last = 0;
	if (packed->flags & FLOW_USED) {
		struct flow head = packed_head(packed);
		struct flow_key key = flow_key_in(core, &head);

		flow_replace(core, flow_hash(&key, 0), at | PACKED_BIT, UINT32_MAX);
		if (packed->flags & FLOW_SIX)
			arena_put(&core->pool, packed->addr[0]);
	}
	arena_put(&core->packed, at);
}

void packed_sweep(struct core *core)
{
	int32_t now = tick_of(core, core->now_ns);

	for (int i = 0; i < DROPPED_AT_ONCE; i++) {
		if (core->packed_first == 0 || packed_at(core, core->packed_first - 1)->gone > now)
			return;
		drop_first(core);
	}
}
