/* The ends that are to be asked about, in a heap by when that falls due. */
#include <stdlib.h>

#include "engine.h"

static struct kernel *heap_kernel(const struct core *core, uint32_t at)
{
	return arena_at(&core->kernels, core->heap[at]);
}

static int64_t heap_due(const struct core *core, uint32_t at)
{
	return heap_kernel(core, at)->due_ns;
}

static void heap_put(struct core *core, uint32_t at, uint32_t kernel)
{
	core->heap[at] = kernel;
	heap_kernel(core, at)->heap_at = at + 1;
}

static void heap_up(struct core *core, uint32_t at)
{
	uint32_t kernel = core->heap[at];
	int64_t due_ns = heap_due(core, at);

	while (at > 0 && heap_due(core, (at - 1) / 2) > due_ns) {
		heap_put(core, at, core->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	heap_put(core, at, kernel);
}

static void heap_down(struct core *core, uint32_t at)
{
	uint32_t kernel = core->heap[at];
	int64_t due_ns = heap_due(core, at);

	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= core->heap_size)
			break;
		if (child + 1 < core->heap_size &&
			heap_due(core, child + 1) < heap_due(core, child))
			child++;
		if (heap_due(core, child) >= due_ns)
			break;
		heap_put(core, at, core->heap[child]);
		at = child;
	}
	heap_put(core, at, kernel);
}

static bool heap_grow(struct core *core)
{
	uint32_t *bigger = realloc(core->heap, 2 * core->heap_room * sizeof(*bigger));

	if (bigger == NULL)
		return false;
	core->heap = bigger;
	core->heap_room *= 2;
	return true;
}

void wish_set(struct core *core, struct kernel *kernel, int64_t due_ns)
{
	kernel->due_ns = due_ns;
	if (kernel->heap_at == 0) {
		if (core->heap_size == core->heap_room && !heap_grow(core))
			return;
		heap_put(core, core->heap_size++,
			flow_at(core, kernel->flow)->end[kernel->side].kernel - 1);
		heap_up(core, kernel->heap_at - 1);
	} else {
		heap_up(core, kernel->heap_at - 1);
		heap_down(core, kernel->heap_at - 1);
	}
}

void wish_forget(struct core *core, struct kernel *kernel)
{
	if (kernel->heap_at == 0)
		return;
	uint32_t at = kernel->heap_at - 1, last = core->heap[--core->heap_size];
	kernel->heap_at = 0;
	kernel->due_ns = INT64_MAX;
	if (at == core->heap_size)
		return;
	heap_put(core, at, last);
	heap_up(core, at);
	heap_down(core, ((struct kernel *)arena_at(&core->kernels, last))->heap_at - 1);
}

int wishes_new(struct core *core)
{
	core->heap_room = 256;
	core->heap = calloc(core->heap_room, sizeof(*core->heap));
	return core->heap != NULL ? 0 : -1;
}

void wishes_free(struct core *core)
{
	free(core->heap);
}

struct kernel *wish_first(const struct core *core)
{
	return core->heap_size > 0 ? heap_kernel(core, 0) : NULL;
}
