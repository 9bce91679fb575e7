/* See packed_count.h: apart, since the engine and the model have names in common. */
#include "packed_count.h"

#include "evidence/packed.h"

size_t packed_count(const struct core *core)
{
	size_t count = 0;

	for (uint32_t at = core->packed_first; at != 0; at = packed_at(core, at - 1)->next)
		count += packed_at(core, at - 1)->flags != 0;
	return count;
}
