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

/* index of the first of so many in one piece, as they are; UINT32_MAX: no memory, or above the
 * limit of core (NULL: there is none) */
uint32_t arena_take(struct core *core, struct arena *arena, uint32_t count);
uint32_t arena_get(struct core *core, struct arena *arena); /* one, zeroed */
void arena_put(struct arena *arena, uint32_t index);
void arena_free(struct arena *arena);

static inline void *arena_at(const struct arena *arena, uint32_t index)
{
	return arena->block[index >> arena->shift] +
	       (index & ((1u << arena->shift) - 1)) * arena->item;
}

#endif
