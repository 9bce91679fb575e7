/* Memory that grows by blocks, so that nothing moves and nothing is copied; what is freed is taken
 * again first. Rings of symbols come in powers of two, with a free list for each size. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "tcpstate/pages.h"

/* The first blocks come one by one, those of a table that has become large many at a time: they
 * share huge pages, and what is not used of them yet is not there. */
enum { SINGLE_BLOCKS = 2, BLOCKS_AT_ONCE = 32 };

static bool has_own_room(uint32_t block)
{
	return block < SINGLE_BLOCKS || (block - SINGLE_BLOCKS) % BLOCKS_AT_ONCE == 0;
}

static bool arena_grow(struct core *core, struct arena *arena)
{
	size_t bytes = arena->item << arena->shift;
	uint32_t more = arena->count < SINGLE_BLOCKS ? 1 : BLOCKS_AT_ONCE;

	if (core != NULL && core->memory + bytes > core->limits.memory && arena->count > 0)
		return false;
	if (has_own_room(arena->count)) {
		char **blocks = realloc(arena->block, (arena->count + more) * sizeof(*blocks));

		if (blocks == NULL)
			return false;
		arena->block = blocks;
		blocks[arena->count] = pages_new(bytes * more);
		if (blocks[arena->count] == NULL)
			return false;
		for (uint32_t i = 1; i < more; i++)
			blocks[arena->count + i] = blocks[arena->count] + bytes * i;
	}
	arena->count++;
	if (core != NULL)
		core->memory += bytes;
	return true;
}

uint32_t arena_take_more(struct core *core, struct arena *arena, uint32_t count)
{
	uint32_t at = arena->top, per_block = 1u << arena->shift, used = at & (per_block - 1);

	/* a ring lies in one block */
	if (used + count > per_block)
		at += per_block - used;
	if (at + count > UINT32_MAX - per_block)
		return UINT32_MAX;
	if ((at + count - 1) >> arena->shift >= arena->count && !arena_grow(core, arena))
		return UINT32_MAX;
	arena->top = at + count;
	return at;
}

uint32_t arena_get(struct core *core, struct arena *arena)
{
	uint32_t at;

	if (arena->free != 0) {
		at = arena->free - 1;
		memcpy(&arena->free, arena_at(arena, at), sizeof(arena->free));
	} else {
		at = arena_take(core, arena, 1);
	}
	if (at != UINT32_MAX)
		memset(arena_at(arena, at), 0, arena->item);
	return at;
}

void arena_put(struct arena *arena, uint32_t index)
{
	memcpy(arena_at(arena, index), &arena->free, sizeof(arena->free));
	arena->free = index + 1;
}

void arena_free(struct arena *arena)
{
	for (uint32_t i = 0; i < arena->count; i++)
		if (has_own_room(i))
			free(arena->block[i]);
	free(arena->block);
	*arena = (struct arena){0};
}

/* ---- rings ---- */

static int ring_class(const struct flow *flow)
{
	return __builtin_ctz(flow->size);
}

void ring_drop(struct core *core, struct flow *flow)
{
	if (flow->size == 0)
		return;
	memcpy(ring_of(core, flow), &core->symbols_free[ring_class(flow)], sizeof(uint32_t));
	core->symbols_free[ring_class(flow)] = flow->ring + 1;
	flow->count = flow->size = 0;
}

static bool ring_grow(struct core *core, struct flow *flow)
{
	/* 1 or 2, of a connection that is never more than half open; then 8, as most need */
	int class = flow->size == 0 ? 0 : flow->size == 2 ? 3 : ring_class(flow) + 1;
	const struct symbol *old = ring_of(core, flow);
	uint8_t count = flow->count;
	uint32_t at = core->symbols_free[class];

	if (at != 0) {
		at--;
		memcpy(&core->symbols_free[class], arena_at(&core->symbols, at), sizeof(uint32_t));
	} else {
		at = arena_take(core, &core->symbols, 1u << class);
		if (at == UINT32_MAX)
			return false;
	}
	if (count > 0)
		memcpy(arena_at(&core->symbols, at), old, count * sizeof(*old));
	ring_drop(core, flow);
	flow->ring = at;
	flow->count = count;
	flow->size = (uint8_t)(1 << class);
	return true;
}

void ring_cut(struct core *core, struct flow *flow, int count)
{
	struct symbol *ring = ring_of(core, flow);

	flow->count = (uint8_t)(flow->count - count);
	memmove(ring, ring + count, flow->count * sizeof(*ring));
}

void ring_push(struct core *core, uint32_t index, const struct symbol *symbol)
{
	struct flow *flow = flow_at(core, index);

	if (flow->count == flow->size && !ring_grow(core, flow)) {
		core->evicted++; /* no memory: this one it does without */
		return;
	}
	ring_of(core, flow)[flow->count++] = *symbol;
}
