/* The sweep over the flow table: a few places an event, in turn. What is over and has been silent
 * is settled; later it is dropped, and its memory is free. Most places need no look yet, which the
 * ticks beside them tell at a glance. */
#include "sweep.h"

#include "packed.h"

enum {
	AT_ONCE = 4,     /* places of which the earliest is compared */
	SWEEP_MORE = 14, /* log2 of the flows for which one place more is looked at */
	SWEEP_MOST = 12,
};

/* Since its last packet: until the TIME_WAIT that the kernel has shown runs out. It is asked then,
 * on a busy machine late. 0: it has shown none, or has been asked. */
static int64_t time_wait_ns(struct core *core, uint32_t index, int side)
{
	const struct kernel *kernel = kernel_of(core, index, side, false);

	return kernel != NULL && kernel->state == STATE_TIME_WAIT && kernel->timer_due_ns != 0
		       ? kernel->timer_due_ns - flow_at(core, index)->last_ns
		       : 0;
}

/* Over for good? Of what a fold does not explain, and what answers speak of, later. INT64_MAX: no.
 */
static int64_t flow_lingers(struct core *core, uint32_t index)
{
	const struct flow *flow = flow_at(core, index);
	bool plain = !(flow->flags & (FLOW_CONFLICT | FLOW_CONFLICT << 1));
	int64_t waits_ns = 0;

	for (int side = 0; side < 2; side++) {
		const struct end *end = &flow->end[side];
		if (end->kernel != 0) {
			int64_t ns = time_wait_ns(core, index, side);
			waits_ns = ns > waits_ns ? ns : waits_ns;
			plain = false;
		} else if (end->state == STATE_TIME_WAIT) {
			plain &= core->address_count == 0; /* nobody will ask the kernel */
		} else if (!state_may_settle(end->state)) {
			return INT64_MAX;
		}
	}
	return plain ? LINGER_NS : LINGER_LONG_NS + waits_ns;
}

/* How long it is silent when it is gone, as far as anybody can tell: no TIME_WAIT is left then,
 * unless the kernel that shows it says so. INT64_MAX: it is not over. */
static int64_t flow_gone_ns(const struct flow *flow, int64_t lingers)
{
	for (int side = 0; side < 2; side++) {
		const struct end *end = &flow->end[side];

		if (!state_may_settle(end->state) ||
			(end->state == STATE_TIME_WAIT && end->kernel != 0))
			return INT64_MAX;
	}
	return flow_is_unknown(flow) ? KEEPALIVE_NS : lingers + LINGER_LONG_NS;
}

/* It settles, is dropped, or stays. Returns when it may be time for that, unless a segment comes or
 * whoever changes something else of it calls flow_look(). */
static int64_t sweep_one(struct core *core, uint32_t index)
{
	struct flow *flow = flow_at(core, index);
	int64_t silent = core->now_ns - flow->last_ns;

	if (!(flow->flags & FLOW_USED) || (flow->flags & FLOW_OLD))
		return INT64_MAX;
	if (silent < LINGER_NS)
		return flow->last_ns + LINGER_NS;
	if ((flow->flags & FLOW_SETTLED) && silent <= LINGER_NS + LINGER_LONG_NS)
		return flow->last_ns + LINGER_NS + LINGER_LONG_NS;
	int64_t lingers = flow_lingers(core, index);
	if (lingers == INT64_MAX) /* what ends it is a symbol or an answer, which says so */
		return INT64_MAX;
	if (silent < lingers)
		return flow->last_ns + lingers;
	if (!(flow->flags & FLOW_SETTLED)) {
		flow_settle(core, index, core->now_ns);
		ring_drop(core, flow);
		flow_pack(core, index);
		return core->now_ns + LINGER_NS;
	}
	int64_t gone_ns = flow_gone_ns(flow, lingers);
	if (silent > gone_ns) {
		flow_drop(core, index);
		return INT64_MAX;
	}
	return gone_ns == INT64_MAX ? core->now_ns + LINGER_NS : flow->last_ns + gone_ns;
}

static void __attribute__((noinline)) sweep_at(struct core *core, uint32_t index)
{
	packed_sweep(core);
	*(int32_t *)arena_at(&core->looks, index) = tick_of(core, sweep_one(core, index));
}

/* So many of these need no look before that tick. */
static inline uint32_t sweep_passes(const int32_t *look, uint32_t count, int32_t now)
{
	uint32_t passed = 0;

	for (; passed + AT_ONCE <= count; passed += AT_ONCE) {
		const int32_t *next = look + passed;
		int32_t first = next[0];

		for (size_t i = 1; i < AT_ONCE; i++)
			first = next[i] < first ? next[i] : first;
		if (first <= now)
			break;
	}
	while (passed < count && now < look[passed])
		passed++;
	return passed;
}

/* So many places from the hand on are in one piece. */
static uint32_t sweep_run(const struct core *core, uint32_t most)
{
	uint32_t in_block = (1u << LOOKS_A_BLOCK) - core->flow_hand % (1u << LOOKS_A_BLOCK);
	uint32_t in_use = core->flows.top - core->flow_hand;
	uint32_t run = in_block < in_use ? in_block : in_use;

	return run < most ? run : most;
}

static const int32_t *look_at(const struct core *core, uint32_t index)
{
	return arena_item(&core->looks, index, LOOKS_A_BLOCK, sizeof(int32_t));
}

/* Of many, one event's time is too short for one: a round would take seconds in which what is over
 * holds its memory. */
void flow_sweep(struct core *core)
{
	uint32_t most = 1 + (core->flows.top >> SWEEP_MORE);
	int32_t now = tick_of(core, core->now_ns);

	most = core->flows.top == 0 ? 0 : most < SWEEP_MOST ? most : SWEEP_MOST;
	while (most > 0) {
		if (core->flow_hand >= core->flows.top)
			core->flow_hand = 0;
		uint32_t run = sweep_run(core, most);
		uint32_t passed = sweep_passes(look_at(core, core->flow_hand), run, now);

		core->flow_hand += passed;
		if (passed == most) /* as almost always */
			return;
		most -= passed;
		if (passed < run) {
			most--;
			sweep_at(core, core->flow_hand++);
		}
	}
}
