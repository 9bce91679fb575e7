/* Items in blocks that never move, for tables that grow without an end: flows, symbols, segments
 * that wait. What is freed is taken again first. */
#ifndef TCPSTATE_EVIDENCE_ARENA_H
#define TCPSTATE_EVIDENCE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct core;
struct arena {
	char **block;
	uint32_t count; /* of blocks in use */
	uint32_t top, free;
	uint32_t shift; /* log2 of the items of a block: a place is found without a division */
	size_t item;    /* bytes */
};

/* arena_take() where a block has to begin */
uint32_t arena_take_more(struct core *core, struct arena *arena, uint32_t count);
uint32_t arena_get(struct core *core, struct arena *arena); /* one, zeroed */
void arena_put(struct arena *arena, uint32_t index);
void arena_free(struct arena *arena);

/* index of the first of so many in one piece, as they are; UINT32_MAX: no memory, or above the
 * limit of core (NULL: there is none) */
static inline uint32_t arena_take(struct core *core, struct arena *arena, uint32_t count)
{
	uint32_t at = arena->top, per_block = 1u << arena->shift;

	if ((at & (per_block - 1)) + count > per_block || at >> arena->shift >= arena->count)
		return arena_take_more(core, arena, count);
	arena->top = at + count;
	return at;
}

/* Where shift and item are known to the compiler it is half as long. */
static inline void *arena_item(
	const struct arena *arena, uint32_t index, unsigned shift, size_t item)
{
	return arena->block[index >> shift] + (index & ((1u << shift) - 1)) * item;
}
static inline void *arena_at(const struct arena *arena, uint32_t index)
{
	return arena_item(arena, index, arena->shift, arena->item);
}

#endif
