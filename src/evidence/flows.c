/* Flows come and go: they are in an arena, table.c leads to them, and what hangs on them is in
 * other arenas (ends.c). Nothing is forgotten before it is over, as sweep.c sees it, as long as
 * memory lasts. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "packed.h"
#include "sweep.h"
#include "tcpstate/hash.h"
#include "tcpstate/pages.h"

enum {
	SLOTS_FIRST = 12, /* log2, like these: */
	KERNELS_A_BLOCK = 10,
	COOKIES = 1 << 16,
	FLOWS_STATED = 1 << 24, /* whoever asks for fewer connections than that means all */
	MEMORY_PART = 4,        /* of the memory, for what is kept short */
};

int flows_new(struct core *core)
{
	core->slot_mask = (1u << SLOTS_FIRST) - 1;
	core->slot_shift = 64 - SLOTS_FIRST;
	core->slots = calloc(core->slot_mask + 1, sizeof(*core->slots));
	core->flows = (struct arena){.item = sizeof(struct flow), .shift = FLOWS_A_BLOCK};
	core->looks = (struct arena){.item = sizeof(int32_t), .shift = LOOKS_A_BLOCK};
	core->pool = (struct arena){.item = 32, .shift = FLOWS_A_BLOCK};
	core->symbols = (struct arena){.item = sizeof(struct symbol), .shift = SYMBOLS_A_BLOCK};
	core->kernels = (struct arena){.item = sizeof(struct kernel), .shift = KERNELS_A_BLOCK};
	core->tolds = (struct arena){.item = sizeof(struct told), .shift = KERNELS_A_BLOCK};
	core->cookie_mask = COOKIES - 1;
	core->cookies = calloc(COOKIES, sizeof(*core->cookies));
	return core->slots != NULL && core->cookies != NULL ? 0 : -1;
}

void flows_free(struct core *core)
{
	for (uint32_t i = 0; i < core->kernels.top; i++) {
		struct kernel *kernel = arena_at(&core->kernels, i);
		if (kernel->used)
			free(kernel->answer);
	}
	for (uint32_t i = 0; core->tolds.top > 0 && i < core->flows.top; i++)
		for (int side = 0; side < 2; side++)
			if (flow_at(core, i)->flags & FLOW_USED)
				told_drop(core, &flow_at(core, i)->end[side]);
	arena_free(&core->flows);
	arena_free(&core->attempts);
	arena_free(&core->packed);
	arena_free(&core->looks);
	arena_free(&core->pool);
	arena_free(&core->symbols);
	arena_free(&core->kernels);
	arena_free(&core->tolds);
	free(core->slots);
	free(core->cookies);
}

bool flows_may_be_short(const struct core *core, const struct arena *in)
{
	return core->limits.at_settle && core->address_count == 0 && core->kernels.top == 0 &&
	       core->limits.flows >= FLOWS_STATED &&
	       in->top < core->limits.memory / MEMORY_PART / in->item;
}

/* First among the finished, then among all. */
static void flow_evict(struct core *core, int64_t t_ns)
{
	uint32_t victim = UINT32_MAX;

	if (core->flows.top == 0) /* there was no memory for the first */
		return;
	for (int pass = 0; pass < 2 && victim == UINT32_MAX; pass++)
		for (uint32_t step = 0; step < 64; step++) {
			uint32_t at = (core->flow_hand + step) % core->flows.top;
			const struct flow *flow = flow_at(core, at);
			if (!(flow->flags & FLOW_USED) || (flow->flags & FLOW_OLD) ||
				(pass == 0 && !flow_is_over(flow)))
				continue;
			if (victim == UINT32_MAX || flow->last_ns < flow_at(core, victim)->last_ns)
				victim = at;
		}
	core->flow_hand = (core->flow_hand + 64) % core->flows.top;
	if (victim == UINT32_MAX)
		return;
	core->evicted += !flow_is_over(flow_at(core, victim));
	flow_settle(core, victim, t_ns);
	flow_drop(core, victim);
}

/* And the place beside it. */
static uint32_t flow_get(struct core *core)
{
	if (core->flows.free == 0 &&
		(core->flows.top >= core->limits.flows ||
			(core->looks.top == core->flows.top &&
				arena_take(core, &core->looks, 1) == UINT32_MAX)))
		return UINT32_MAX;
	return arena_get(core, &core->flows);
}

uint32_t flow_take(struct core *core, int64_t t_ns)
{
	for (int tries = 0; tries < 64; tries++) {
		uint32_t index = flow_get(core);

		if (index != UINT32_MAX) {
			flow_look(core, index);
			return index;
		}
		flow_evict(core, t_ns);
	}
	return UINT32_MAX;
}

static void flow_begin(struct core *core, struct flow *flow, int64_t t_ns, uint32_t serial)
{
	flow->flags |= FLOW_USED;
	flow->serial = serial;
	flow->first_ns = flow->last_ns = t_ns;
	flow->gaps = core->gaps;
	flow->forgotten = core->evicted < UINT16_MAX ? (uint16_t)core->evicted : UINT16_MAX;
	flow->end[0].state = flow->end[1].state = STATE_CLOSED;
	flow->anchor[0] = flow->anchor[1] = STATE_CLOSED;
}

uint32_t flow_make(struct core *core, const struct flow_key *key, int64_t t_ns, uint32_t serial)
{
	uint32_t index = flow_take(core, t_ns);

	if (index == UINT32_MAX)
		return UINT32_MAX;
	struct flow *flow = flow_at(core, index);
	flow->port_be[0] = key->port_be[0];
	flow->port_be[1] = key->port_be[1];
	flow->zone = key->zone;
	memcpy(&flow->addr[0], key->addr[0], 4);
	memcpy(&flow->addr[1], key->addr[1], 4);
	if (key->family != AF_INET) {
		uint32_t place = arena_get(core, &core->pool);
		if (place == UINT32_MAX) {
			arena_put(&core->flows, index);
			core->evicted++;
			return UINT32_MAX;
		}
		flow->flags = FLOW_SIX;
		flow->addr[0] = place;
		memcpy(arena_at(&core->pool, place), key->addr, sizeof(key->addr));
	}
	if (key->port_be[0] == key->port_be[1] && memcmp(key->addr[0], key->addr[1], 16) == 0)
		flow->flags |= FLOW_SELF;
	flow_begin(core, flow, t_ns, serial);
	*(int32_t *)arena_at(&core->looks, index) = tick_of(core, t_ns + LINGER_NS);
	return index;
}

uint32_t flow_add(struct core *core, const struct flow_key *key, uint64_t hash, int64_t t_ns)
{
	uint32_t index = flow_make(core, key, t_ns, core->next_serial + 1);

	if (index == UINT32_MAX)
		return index;
	core->next_serial++;
	flow_place(core, hash, index);
	return index;
}

static void kernel_moves(struct core *core, struct flow *flow, uint32_t index)
{
	for (int side = 0; side < 2; side++)
		if (flow->end[side].kernel != 0)
			((struct kernel *)arena_at(&core->kernels, flow->end[side].kernel - 1))
				->flow = index;
}

/* The new one keeps the place in the table. */
void flow_renew(struct core *core, uint32_t index)
{
	uint32_t old = flow_take(core, core->now_ns);
	struct flow *flow = flow_at(core, index);
	struct flow fresh = {.addr = {flow->addr[0], flow->addr[1]},
		.port_be = {flow->port_be[0], flow->port_be[1]},
		.zone = flow->zone,
		.flags = flow->flags & (FLOW_SIX | FLOW_SELF)};

	if (old == UINT32_MAX || old == index) {
		flow_settle(core, index, core->now_ns);
		core->evicted++;
	} else {
		*flow_at(core, old) = *flow;
		flow_at(core, old)->flags |= FLOW_OLD;
		kernel_moves(core, flow_at(core, old), old);
		fresh.previous = old + 1;
	}
	*flow = fresh;
	flow_look(core, index);
	flow_begin(core, flow, core->now_ns, ++core->next_serial);
	flow->flags |= FLOW_RENEWED;
}

void flow_free(struct core *core, uint32_t index)
{
	flow_at(core, index)->flags = 0;
	arena_put(&core->flows, index);
}

void flow_drop(struct core *core, uint32_t index)
{
	struct flow *flow = flow_at(core, index);

	if (flow->previous != 0) {
		flow_settle(core, flow->previous - 1, core->now_ns);
		flow_drop(core, flow->previous - 1);
		flow->previous = 0;
	}
	for (int side = 0; side < 2; side++) {
		ranges_drop(core, &flow->end[side]);
		kernel_drop(core, index, side);
		told_drop(core, &flow->end[side]);
	}
	ring_drop(core, flow);
	if (!(flow->flags & FLOW_OLD)) {
		struct flow_key key = flow_key_of(core, index);

		flow_replace(core, flow_hash(&key, 0), index, UINT32_MAX);
		if (flow->flags & FLOW_SIX)
			arena_put(&core->pool, flow->addr[0]);
	}
	flow_free(core, index);
}
