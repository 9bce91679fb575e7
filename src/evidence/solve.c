/* The cheapest path of one end through its ring of symbols and the kernel's answers: Viterbi's
 * algorithm with a beam, for a state's history matters as long as an answer may be older than it. A
 * path is a chain of nodes in an arena. The work is bounded: events x BEAM. */
#include <stdlib.h>
#include <string.h>

#include "solve.h"

struct solver *solver_new(void)
{
	return calloc(1, sizeof(struct solver));
}

/* ---- all of it ---- */

static const struct hypothesis *cheapest(const struct set *set)
{
	const struct hypothesis *best = &set->at[0];

	for (int i = 1; i < set->count; i++)
		if (set->at[i].cost < best->cost ||
			(set->at[i].cost == best->cost && set->at[i].since_ns > best->since_ns))
			best = &set->at[i];
	return best;
}

static void take_event(struct solver *solver, int symbol, int answer, bool own)
{
	solver->next.count = 0;
	for (int i = 0; i < solver->set.count; i++) {
		if (answer >= 0)
			solve_answer(solver, solver->set.at[i], answer);
		else if (own)
			solve_own(solver, solver->set.at[i], symbol);
		else
			solve_got(solver, solver->set.at[i], symbol);
	}
	solver->set.count = solver->next.count;
	memcpy(solver->set.at, solver->next.at,
		(size_t)solver->set.count * sizeof(*solver->set.at));
	if (answer < 0 && !own) {
		solver->received = symbol;
		if (solver->ring[symbol].got & 1 << GOT_SYN)
			solver->syn = symbol;
	}
	solver->best[solver->events] = cheapest(&solver->set)->node;
	solver->event[solver->events++] = (int16_t)(answer >= 0 ? -1 - answer : symbol);
}

/* An end that the kernel never showed, and that speaks on after it was not found: its address is
 * translated here, the socket elsewhere. */
static bool is_nobodys(const struct kernel *kernel)
{
	for (uint32_t i = 0; kernel != NULL && i < kernel->count; i++)
		if (!kernel->answer[i].absent)
			return false;
	for (uint32_t i = 0; kernel != NULL && i < kernel->count; i++)
		if (!kernel->answer[i].listener && !kernel->answer[i].destroyed &&
			kernel->answer[i].answered_ns < kernel->sent_ns)
			return true;
	return false;
}

static void solver_begin(struct solver *solver, struct core *core, uint32_t index, int side)
{
	struct flow *flow = flow_at(core, index);

	solver->core = core;
	solver->flow = flow;
	solver->index = index;
	solver->side = side;
	solver->ring = ring_of(core, flow);
	solver->kernel = kernel_of(core, index, side, false);
	solver->used = solver->events = 0;
	solver->syn = solver->received = -1;
	solver->nobody = is_nobodys(solver->kernel);
	solver->lossy = flow_lost_packets(core, flow);
	/* where nobody says that this end is here, its segment may have crossed the other's */
	struct flow_key key;
	flow_key_put(core, index, &key);
	bool here = (solver->kernel != NULL && solver->kernel->count > 0) ||
		    core_is_local(core, key.family, key.addr[side]);
	solver->patience_ns = here ? 0 : (int64_t)flow->trip_us * 1000;
	memset(solver->full, 0, sizeof(solver->full));
	solver->set.count = 1;
	solver->set.at[0] =
		(struct hypothesis){.node = -1, .state = flow->anchor[side], .since_ns = INT64_MIN};
}

/* All events in order. False: more than one way, or none, costs nothing, and only those were
 * followed. */
static bool walk(struct solver *solver)
{
	const struct flow *flow = solver->flow;
	int answers = solver->kernel != NULL ? (int)solver->kernel->count : 0;

	for (int i = 0, a = 0; i < flow->count || a < answers;) {
		if (solver->free_only && solver->set.count != 1)
			return false;
		if (a < answers && (i == flow->count || solver->kernel->answer[a].answered_ns <
								solver->ring[i].t_ns)) {
			take_event(solver, -1, a++, false);
			continue;
		}
		bool own = solver->side == solver->ring[i].side;
		take_event(solver, i, -1, own);
		if (own && (flow->flags & FLOW_SELF)) { /* what it sends it receives */
			if (solver->free_only && solver->set.count != 1)
				return false;
			take_event(solver, i, -1, false);
		}
		i++;
	}
	return !solver->free_only || solver->set.count == 1;
}

/* No cost is below zero: where just one way costs nothing it is the cheapest, at every event, and
 * the others need not be followed. Most ends go that way, whose answers agree with the segments. */
void solve_path(struct core *core, uint32_t index, int side, struct path *out)
{
	struct solver *solver = core->solver;

	solver_begin(solver, core, index, side);
	solver->free_only = true;
	if (!walk(solver)) {
		solver_begin(solver, core, index, side);
		solver->free_only = false;
		walk(solver);
	}
	solve_extract(solver, cheapest(&solver->set), out);
}

void solve_fold(struct core *core, uint32_t index, int side, struct path *out)
{
	struct solver *solver = core->solver;
	const struct flow *flow = flow_at(core, index);

	solver_begin(solver, core, index, side);
	struct hypothesis at = solver->set.at[0];
	for (int n = 0; n < flow->count * (flow->flags & FLOW_SELF ? 2 : 1); n++) {
		int i = flow->flags & FLOW_SELF ? n / 2 : n;
		const struct symbol *symbol = &solver->ring[i];
		bool own = flow->flags & FLOW_SELF ? n % 2 == 0 : side == symbol->side;
		for (uint32_t bits = own ? symbol->own : symbol->got; bits != 0; bits &= bits - 1) {
			uint8_t on = (uint8_t)__builtin_ctz(bits);
			const struct step *step =
				own ? rules_own(at.state, on) : rules_got(at.state, on);
			struct node node = {.t_ns = symbol->t_ns,
				.symbol = (int16_t)i,
				.answer = -1,
				.kind = own ? BY_OWN : BY_GOT,
				.on = on,
				.own = own};
			if (step->cost == NEVER || (!own && step->cost != FREE) ||
				step->to == at.state)
				continue;
			if (own && (on == OWN_SYN_ACK || on == OWN_SYN_ACK_FULL) &&
				symbol->answers && solver->syn >= 0 &&
				solver->ring[solver->syn].t_ns >= at.since_ns) {
				node.t_ns = solver->ring[solver->syn].t_ns;
				node.symbol = (int16_t)solver->syn;
			}
			solve_step_via(solver, &at, step, node);
		}
		if (!own && (symbol->got & 1 << GOT_SYN))
			solver->syn = i;
	}
	solve_extract(solver, &at, out);
}

/* Its SYN-ACK may have been a cookie's. */
static bool may_be_cookie(struct core *core, uint32_t index, int side)
{
	const struct flow *flow = flow_at(core, index);

	if (core->listener_count == 0 || !(flow->end[side].flags & END_PASSIVE))
		return false;
	struct flow_key key = flow_key_of(core, index);
	return listener_sends_cookies(core, &key, side, flow->first_ns);
}

void path_of(struct core *core, uint32_t index, int side, struct path *out)
{
	const struct flow *flow = flow_at(core, index);
	const struct kernel *kernel = kernel_of(core, index, side, false);

	if ((flow->flags & FLOW_CONFLICT << side) || (kernel != NULL && kernel->count > 0) ||
		may_be_cookie(core, index, side))
		solve_path(core, index, side, out);
	else
		solve_fold(core, index, side, out);
	heard_path(core, index, side, out);
}
