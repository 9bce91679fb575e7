/* What hangs on an end of a flow, in arenas, and only where it is needed: what waits out of order,
 * the kernel's side with its cookie, and what was told already. The end has the place in each, and
 * gives it back when its flow is dropped. */
#include <stdlib.h>

#include "engine.h"

uint32_t (*ranges_of(struct core *core, struct end *end, bool create))[2]
{
	if (end->ranges == 0 && create)
		end->ranges = arena_get(core, &core->pool) + 1;
	return end->ranges != 0 ? arena_at(&core->pool, end->ranges - 1) : NULL;
}

void ranges_drop(struct core *core, struct end *end)
{
	if (end->ranges != 0)
		arena_put(&core->pool, end->ranges - 1);
	end->ranges = 0;
}

struct kernel *kernel_make(struct core *core, uint32_t index, int side)
{
	struct end *end = &flow_at(core, index)->end[side];

	end->kernel = arena_get(core, &core->kernels) + 1;
	if (end->kernel == 0)
		return NULL;
	struct kernel *kernel = arena_at(&core->kernels, end->kernel - 1);
	flow_look(core, index);
	kernel->flow = index;
	kernel->side = (uint8_t)side;
	kernel->due_ns = INT64_MAX;
	kernel->agree_state = STATE_MAX;
	kernel->used = true;
	return kernel;
}

void kernel_drop(struct core *core, uint32_t index, int side)
{
	struct end *end = &flow_at(core, index)->end[side];
	struct kernel *kernel = kernel_of(core, index, side, false);

	if (kernel == NULL)
		return;
	wish_forget(core, kernel);
	free(kernel->answer);
	kernel->used = false;
	arena_put(&core->kernels, end->kernel - 1);
	end->kernel = 0;
}

static size_t cookie_place(const struct core *core, uint64_t cookie)
{
	return (size_t)(cookie * 0x9e3779b97f4a7c15u >> 20) & core->cookie_mask;
}

void kernel_set_cookie(struct core *core, struct kernel *kernel, uint64_t cookie)
{
	const struct flow *flow = flow_at(core, kernel->flow);

	kernel->cookie = cookie;
	core->cookies[cookie_place(core, cookie)] = flow->end[kernel->side].kernel;
}

struct kernel *kernel_by_cookie(struct core *core, uint64_t cookie)
{
	uint32_t at = core->cookies[cookie_place(core, cookie)];

	if (cookie == 0 || at == 0)
		return NULL;
	struct kernel *kernel = arena_at(&core->kernels, at - 1);
	return kernel->used && kernel->cookie == cookie ? kernel : NULL;
}

struct told *told_of(struct core *core, struct end *end, bool create)
{
	if (end->told == 0 && create)
		end->told = arena_get(core, &core->tolds) + 1;
	return end->told != 0 ? arena_at(&core->tolds, end->told - 1) : NULL;
}

void told_drop(struct core *core, struct end *end)
{
	if (end->told == 0)
		return;
	free(((struct told *)arena_at(&core->tolds, end->told - 1))->edge);
	arena_put(&core->tolds, end->told - 1);
	end->told = 0;
}
