/* The connection that is meant, in full, whatever was kept of it. */
#include "attempt.h"
#include "packed.h"
#include "sequence.h"

uint32_t flow_grown(struct core *core, uint32_t index, uint64_t hash)
{
	if (attempt_is(index))
		return attempt_grows(core, index, hash);
	return packed_is(index) ? packed_grows(core, index, hash) : index;
}

uint32_t sequence_find(struct core *core, const struct flow_key *key, int first, uint64_t hash)
{
	return flow_grown(core, flow_find(core, key, first, hash), hash);
}
