/* An end's own segment and one hypothesis about it: what the segment proves, by own_rules, or that
 * the state cannot send it. */
#include "solve.h"

enum {
	OPENS_OR_CLOSES = 1 << OWN_SYN | 1 << OWN_SYN_ACK | 1 << OWN_SYN_ACK_FULL | 1 << OWN_FIN |
			  1 << OWN_FIN_BEFORE,
	RESETS = 1 << OWN_ABORT | 1 << OWN_RST_BEFORE | 1 << OWN_NO_SOCKET | 1 << OWN_REFUSES |
		 1 << OWN_REFUSES_FIN,
};
/* no request is older than its SYN-ACK by more; clocks tick in us */
static const int64_t HASHED_NS = 10000;
/* TIME_WAIT, less a second: TCP_TIMEWAIT_LEN, include/net/tcp.h */
static const int64_t TIME_WAIT_NS = 59 * SECOND_NS;

/* A SYN-ACK answers the newest SYN, and dates the request by it; or nothing was kept (a cookie,
 * which is the rule where the SYNs next to it were answered so), or a full socket was made (fast
 * open). */
static void take_syn_ack(
	struct solver *solver, struct hypothesis *at, const struct step *step, struct node node)
{
	bool answers = solver->ring[node.symbol].answers;

	struct flow_key key = flow_key_of(solver->core, solver->index);
	bool cookies = node.on == OWN_SYN_ACK &&
		       listener_sends_cookies(solver->core, &key, solver->side, node.t_ns);
	const struct {
		uint8_t to, cost;
	} others[] = {{STATE_COOKIE, cookies ? FREE : IGNORED},
		{STATE_SYN_RECV, (uint8_t)(INFERRED + solver->lossy)}};

	if (answers && solver->syn >= 0 && solver->ring[solver->syn].t_ns >= at->since_ns) {
		node.t_ns = solver->ring[solver->syn].t_ns;
		node.latest_ns += HASHED_NS;
		node.symbol = (int16_t)solver->syn;
	}
	for (size_t i = 0; node.on == OWN_SYN_ACK && i < 2; i++) {
		struct hypothesis other = *at;
		struct node made = node;
		if (solve_spares(solver, others[i].cost))
			continue;
		made.reason = REASON_SYN_RECEIVED;
		other.cost += others[i].cost;
		solve_step(solver, &other, others[i].to, made);
		solve_relax(solver, &other);
	}
	at->cost += cookies ? LATE : FREE;
	solve_step_via(solver, at, step, node);
}

/* Is its opening (closing) edge known by the kernel's answers alone? */
static bool lacks_segment(const struct solver *solver, const struct hypothesis *at, uint8_t on)
{
	uint16_t opens = 1u << STATE_SYN_SENT | 1u << STATE_SYN_RECV | 1u << STATE_REQUEST;
	uint16_t closes = 1u << STATE_FIN_WAIT1 | 1u << STATE_LAST_ACK;
	uint16_t states = on == OWN_FIN || on == OWN_FIN_BEFORE ? closes : opens;

	for (int i = at->node; i >= 0; i = solver->node[i].before) {
		const struct node *node = &solver->node[i];
		if (node->kind == NOTED)
			return false;
		if (node->kind < NOT_TAKEN && (states >> node->to & 1))
			return node->kind == BY_ROUTE ||
			       (node->kind == BY_KERNEL && node->symbol < 0);
	}
	return false;
}

/* What it costs that the segment shows no TIME_WAIT any more: nothing once that had run out, and
 * (a RST that no segment asked for) once it might have been cut short elsewhere. */
static int cost_of(const struct hypothesis *at, uint8_t on, const struct step *step, int64_t t_ns)
{
	bool ends = at->state == STATE_TIME_WAIT && step->to == STATE_CLOSED;
	int64_t held_ns = solve_held_ns(at, t_ns);

	if (ends && held_ns >= (on == OWN_ABORT ? SECOND_NS : TIME_WAIT_NS + SECOND_NS))
		return FREE;
	return step->cost;
}

/* Where packets were lost, a RST may answer what nobody captured and no state of this socket took.
 * It may also be another's, in its name. Then it lives on, if the kernel shows it. */
static void lives_on(struct solver *solver, const struct hypothesis *at, const struct step *step,
	struct node node)
{
	struct hypothesis other = *at;

	if (solver->free_only)
		return;
	if (solver->lossy) {
		other.cost += MISSED;
	} else if (solver->kernel != NULL && solver->kernel->count > 0) {
		other.cost += FORGED;
		node.kind = NOT_TAKEN;
		node.reason = step->reason;
		solve_step(solver, &other, STATE_CLOSED, node);
	} else {
		return;
	}
	solve_relax(solver, &other);
}

/* Where packets were lost, and its FIN acknowledges what was not captured: that may be the peer's
 * FIN. */
static void sends_after_unseen_fin(
	struct solver *solver, const struct hypothesis *at, const struct node *node)
{
	struct hypothesis other = *at;
	struct node fin = *node, own = *node;

	if (!solver->lossy || solver->free_only || !solver->ring[node->symbol].hole ||
		node->on != OWN_FIN || at->state != STATE_ESTABLISHED)
		return;
	other.cost += LATE;
	fin.kind = BY_ROUTE;
	fin.symbol = -1;
	fin.reason = REASON_FIN_RECEIVED;
	solve_step(solver, &other, STATE_CLOSE_WAIT, fin);
	own.reason = REASON_FIN_SENT_AFTER_PEER;
	solve_step(solver, &other, STATE_LAST_ACK, own);
	solve_relax(solver, &other);
}

/* Where the end goes on behind its FIN, that was another's, in its name. */
static void leaves_fin(struct solver *solver, const struct hypothesis *at, const struct step *step,
	struct node node)
{
	const struct symbol *ring = solver->ring;
	struct hypothesis other = *at;

	for (int i = node.symbol + 1; i < solver->flow->count; i++) {
		if (ring[i].side != solver->side || !(ring[i].own & 1 << OWN_GOES_ON))
			continue;
		node.kind = NOT_TAKEN;
		node.reason = step->reason;
		other.cost += INFERRED;
		solve_step(solver, &other, step->via, node);
		solve_relax(solver, &other);
		return;
	}
}

void solve_own(struct solver *solver, struct hypothesis at, int index)
{
	const struct symbol *symbol = &solver->ring[index];

	for (uint32_t own = symbol->own; own != 0; own &= own - 1) {
		uint8_t on = (uint8_t)__builtin_ctz(own);
		const struct step *step = rules_own(at.state, on);
		struct node node = {.t_ns = symbol->t_ns,
			.latest_ns = symbol->t_ns,
			.symbol = (int16_t)index,
			.answer = -1,
			.kind = step->cost != FREE ? BY_INFERENCE : BY_OWN,
			.on = on,
			.own = true};
		if (step->cost == NEVER) {
			uint16_t within = rules_within(on);
			if (within == 0 || !solve_held_since(solver, &at, within,
						   symbol->t_ns - solver->patience_ns))
				at.cost += UNEXPLAINED;
			continue;
		}
		if (step->to == at.state) {
			if ((1u << on & OPENS_OR_CLOSES) && lacks_segment(solver, &at, on)) {
				node.kind = NOTED; /* the kernel had shown it: its segment */
				solve_step(solver, &at, at.state, node);
			}
			continue;
		}
		sends_after_unseen_fin(solver, &at, &node);
		if ((on == OWN_FIN || on == OWN_FIN_BEFORE) && !solver->free_only)
			leaves_fin(solver, &at, step, node);
		if ((1u << on & RESETS) && at.state != STATE_UNKNOWN)
			lives_on(solver, &at, step, node);
		at.cost += cost_of(&at, on, step, symbol->t_ns);
		if (on == OWN_SYN_ACK || on == OWN_SYN_ACK_FULL) {
			take_syn_ack(solver, &at, step, node);
			continue;
		}
		if (on == OWN_NO_SOCKET && at.state == STATE_REQUEST && solver->received >= 0) {
			int64_t by_ns = solver->ring[solver->received].t_ns;
			node.due_ns = solve_timer_ran_out(solver, at.state,
				solve_answers_before(solver, symbol->t_ns), by_ns);
			if (node.due_ns != 0)
				node.t_ns = node.due_ns;
		}
		if (step->to == STATE_CLOSED && at.state == STATE_TIME_WAIT &&
			at.since_ns != INT64_MIN &&
			node.t_ns - at.since_ns >= TIME_WAIT_NS + SECOND_NS)
			node.t_ns = node.due_ns = at.since_ns + TIME_WAIT_NS + SECOND_NS;
		if (on == OWN_SYN_ACK_CROSS && solver->syn >= 0) {
			node.t_ns = solver->ring[solver->syn].t_ns;
			node.symbol = (int16_t)solver->syn;
		}
		solve_step_via(solver, &at, step, node);
	}
	solve_relax(solver, &at);
}
