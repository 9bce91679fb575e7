/* The peer's segment and one hypothesis about its receiver: taken, by got_rules, taken in part,
 * later or otherwise, or not at all. */
#include "solve.h"

enum { ROOM = 1, FULL, DEFERS };

/* A listener ignores the final ACK while its accept queue is full, and, where it defers, one that
 * brings no data; not so of a cookie (Linux: cookie_v4_check()). */
static bool listener_ignores(struct solver *solver, int index, bool request)
{
	const struct symbol *symbol = &solver->ring[index];

	if (solver->full[index] == 0) {
		struct flow_key key = flow_key_of(solver->core, solver->index);
		if (listener_was_full(solver->core, &key, solver->side, symbol->t_ns))
			solver->full[index] = FULL;
		else if (symbol->bare && !may_have_timed_out(solver->ring, index) &&
			 listener_defers(solver->core, &key, solver->side))
			solver->full[index] = DEFERS;
		else
			solver->full[index] = ROOM;
	}
	return solver->full[index] == FULL || (request && solver->full[index] == DEFERS);
}

static void not_taken(struct solver *solver, struct hypothesis *at, uint8_t to, struct node node)
{
	node.kind = NOT_TAKEN;
	solve_step(solver, at, to, node);
	at->refused |= (uint16_t)(1u << rules_shown(to));
}

/* Does this end answer it with a bare RST, for the data that it brings? */
static bool is_refused(const struct solver *solver, int index)
{
	for (int i = index + 1; i < solver->flow->count; i++)
		if (solver->ring[i].side == solver->side)
			return solver->ring[i].own & 1 << OWN_REFUSES_FIN;
	return false;
}

/* It had been closed, with data still to send before its FIN: the peer's data ends it. An answer
 * may come between that and its RST. */
static void take_as_orphan(
	struct solver *solver, const struct hypothesis *taken, const struct node *node)
{
	struct hypothesis other = *taken;
	struct node queued = *node, closed = *node;

	other.cost += INFERRED + LATE + 1; /* dearer than by the RST itself */
	not_taken(solver, &other, STATE_CLOSE_WAIT, *node);
	queued.kind = BY_ROUTE;
	queued.reason = REASON_FIN_QUEUED;
	closed.reason = REASON_DATA_AFTER_CLOSE;
	solve_step(solver, &other, STATE_FIN_WAIT1, queued);
	solve_step(solver, &other, STATE_CLOSED, closed);
	solve_relax(solver, &other);
}

/* What else may become of it where it would be taken so. */
static void take_otherwise(struct solver *solver, const struct hypothesis *taken,
	const struct step *step, const struct node *node)
{
	struct hypothesis other = *taken;

	if (solver->free_only)
		return;
	if (step->to == STATE_TIME_WAIT) { /* no TIME_WAIT was kept */
		struct node closed = *node;
		not_taken(solver, &other, STATE_TIME_WAIT, *node);
		closed.reason = REASON_CLOSED_WITHOUT_TIME_WAIT;
		other.cost += IGNORED;
		solve_step(solver, &other, STATE_CLOSED, closed);
		solve_relax(solver, &other);
	}
	if (step->to != STATE_CLOSE_WAIT || taken->state != STATE_ESTABLISHED)
		return;
	other = *taken;
	other.cost += LATE;
	solve_step(solver, &other, STATE_WAITING, *node);
	solve_relax(solver, &other);
	if (is_refused(solver, node->symbol))
		take_as_orphan(solver, taken, node);
	/* or it had been closed, with data still to send before its FIN */
	struct node queued = *node, crossed = *node;
	other = *taken;
	other.cost += INFERRED;
	not_taken(solver, &other, STATE_CLOSE_WAIT, *node);
	queued.kind = BY_ROUTE;
	queued.reason = REASON_FIN_QUEUED;
	crossed.reason = REASON_SIMULTANEOUS_CLOSE;
	solve_step(solver, &other, STATE_FIN_WAIT1, queued);
	solve_step(solver, &other, STATE_CLOSING, crossed);
	solve_relax(solver, &other);
}

/* No more of it than up to here. */
static void take_in_part(
	struct solver *solver, struct hypothesis part, uint8_t to, struct node node)
{
	part.cost += IGNORED - 1;
	if (solver->free_only)
		return;
	not_taken(solver, &part, to, node);
	solve_relax(solver, &part);
}

/* Where packets were lost, and it acknowledges what was not captured: that may be a FIN. */
static void take_after_unseen_fin(struct solver *solver, const struct hypothesis *at, int index)
{
	const struct symbol *symbol = &solver->ring[index];
	struct hypothesis other = *at;
	bool first = at->state == STATE_ESTABLISHED;

	if (!solver->lossy || solver->free_only || !symbol->hole ||
		!(symbol->got & 1 << GOT_ACK_OF_FIN) || (!first && at->state != STATE_CLOSE_WAIT))
		return;
	other.cost += LATE;
	solve_step(solver, &other, first ? STATE_FIN_WAIT1 : STATE_LAST_ACK,
		(struct node){.t_ns = symbol->t_ns,
			.latest_ns = symbol->t_ns,
			.symbol = -1,
			.answer = -1,
			.kind = BY_ROUTE,
			.reason = REASON_FIN_QUEUED});
	solve_got(solver, other, index);
}

void solve_got(struct solver *solver, struct hypothesis at, int index)
{
	const struct symbol *symbol = &solver->ring[index];
	struct hypothesis taken;
	struct node first = {0};
	uint16_t denied = rules_denies(symbol->got);
	uint8_t first_to = at.state;
	bool again = false;

	take_after_unseen_fin(solver, &at, index);
	if ((denied >> at.state & 1) && !solve_held_since(solver, &at, (uint16_t)~denied,
						symbol->t_ns - solver->patience_ns))
		at.cost += UNEXPLAINED;
	taken = at;
	for (uint32_t got = symbol->got; got != 0; got &= got - 1) {
		uint8_t on = (uint8_t)__builtin_ctz(got);
		const struct step *step = rules_got(taken.state, on);
		struct node node = {.t_ns = symbol->t_ns,
			.latest_ns = symbol->t_ns + SETTLE_NS,
			.symbol = (int16_t)index,
			.answer = -1,
			.kind = BY_GOT,
			.on = on,
			.reason = step->reason};
		if (step->cost == NEVER || solve_spares(solver, step->cost))
			continue;
		if (step->cost != FREE) { /* possible, but unusual: nothing speaks against not */
			struct hypothesis other = taken;
			other.cost += step->cost;
			solve_step_via(solver, &other, step, node);
			solve_relax(solver, &other);
			continue;
		}
		if (taken.state != at.state) {
			take_in_part(solver, taken, step->to, node);
		} else {
			first = node;
			first_to = step->to;
			/* what ignored a final ACK, or a FIN, ignores the next: a full queue, a
			 * filter; a reset or ACK that crossed another segment bars no other */
			again = ((at.refused >> rules_shown(first_to) & 1) &&
					on != GOT_ACK_OF_FIN && first_to != STATE_CLOSED) ||
				(at.state == STATE_REQUEST && on == GOT_ACK_OF_SYN &&
					listener_ignores(solver, index, true)) ||
				(at.state == STATE_COOKIE &&
					listener_ignores(solver, index, false));
			taken.cost += again ? RETAKEN : FREE;
		}
		take_otherwise(solver, &taken, step, &node);
		solve_step_via(solver, &taken, step, node);
	}
	if (taken.state != at.state) {
		taken.refused = 0;
		solve_relax(solver, &taken);
		if (!again && solver->free_only)
			return;
		at.cost += again ? FREE : IGNORED;
		not_taken(solver, &at, first_to, first);
	}
	solve_relax(solver, &at);
}
