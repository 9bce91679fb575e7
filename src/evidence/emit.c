/* Every record, and its number, goes to the one who listens. */
#include "engine.h"

struct record core_record(
	const struct core *core, uint32_t index, int side, enum record_kind kind, int64_t t_ns)
{
	const struct flow *flow = flow_at(core, index);
	uint32_t kernel = flow->end[side].kernel;
	struct record record = {
		.kind = (uint8_t)kind, .t_ns = t_ns, .side = (uint8_t)side, .serial = flow->serial};

	flow_key_put(core, index, &record.key);
	record.local_sides = core_local_sides(core, index, &record.key);
	if (kernel != 0)
		record.cookie =
			((const struct kernel *)arena_at(&core->kernels, kernel - 1))->cookie;
	return record;
}

uint64_t core_emit(struct core *core, struct record *record)
{
	record->id = ++core->next_id;
	core->emit.call(core->emit.context, record);
	return record->id;
}
