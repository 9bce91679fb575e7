/* One step of a hypothesis, and which hypotheses go on. */
#include "solve.h"

void solve_step(struct solver *solver, struct hypothesis *at, uint8_t to, struct node node)
{
	node.from = at->state;
	node.to = to;
	if (node.kind < NOT_TAKEN) {
		if (node.t_ns < at->since_ns)
			node.t_ns = at->since_ns;
		if (node.t_ns > at->since_ns)
			at->held = at->state;
		at->since_ns = node.t_ns;
		at->state = to;
	}
	if (solver->used == NODES) /* it goes on, untold */
		return;
	node.before = at->node;
	solver->node[solver->used] = node;
	at->node = solver->used++;
}

void solve_step_via(
	struct solver *solver, struct hypothesis *at, const struct step *step, struct node node)
{
	if (step->via != step->to) {
		node.reason = step->via_reason;
		solve_step(solver, at, step->via, node);
		if (node.on == OWN_FIN_BEFORE && step->to == STATE_CLOSING)
			node.latest_ns += SETTLE_NS; /* the peer's FIN comes after its own */
	}
	node.reason = step->reason;
	solve_step(solver, at, step->to, node);
}

/* Of two that are in the same state since the same moment, and were in the same before, only the
 * cheaper goes on (an answer may have been asked before that moment); of all, the BEAM cheapest. */
void solve_relax(struct solver *solver, const struct hypothesis *at)
{
	struct set *set = &solver->next;
	int worst = 0;

	if (solver->free_only) {
		if (at->cost == FREE && set->count < 2)
			set->at[set->count++] = *at;
		return;
	}
	for (int i = 0; i < set->count; i++) {
		struct hypothesis *other = &set->at[i];
		if (other->state == at->state && other->since_ns == at->since_ns &&
			other->held == at->held) {
			if (at->cost < other->cost)
				*other = *at;
			return;
		}
		if (other->cost > set->at[worst].cost)
			worst = i;
	}
	if (set->count < BEAM)
		set->at[set->count++] = *at;
	else if (at->cost < set->at[worst].cost)
		set->at[worst] = *at;
}

/* Was it in one of these states at some time since? */
bool solve_held_since(
	const struct solver *solver, const struct hypothesis *at, uint16_t states, int64_t since_ns)
{
	if (states >> at->state & 1)
		return true;
	for (int i = at->node; i >= 0; i = solver->node[i].before) {
		const struct node *node = &solver->node[i];
		if (node->kind >= NOT_TAKEN)
			continue;
		if (node->latest_ns < since_ns)
			return false;
		if (states >> node->from & 1)
			return true;
	}
	return false;
}
