/* The kernel's answer and one hypothesis: free where the path agrees with it, else what it takes to
 * get there without a segment. And the timers that answers show. */
#include "solve.h"

/* the stack rarely takes a segment this long after the tap saw it */
static const int64_t LAG_NS = 400 * (int64_t)MS / 1000;
/* A look-up this soon after the FIN may meet the hand-over to the mini-socket. */
static const int64_t HAND_OVER_NS = MS;
/* TIME_WAIT, less a second: TCP_TIMEWAIT_LEN, include/net/tcp.h */
static const int64_t TIME_WAIT_NS = 59 * SECOND_NS;

/* A SYN that has not been sent again is not given up when its timer runs out, but sent again, and
 * that lasts a second or more (retransmits_timed_out(), tcp_syn_retries >= 1). */
static bool goes_on(const struct answer *answer, int64_t due_ns, int64_t by_ns)
{
	return answer->state == STATE_SYN_SENT && answer->timer == DIAG_TIMER_RETRANSMIT &&
	       answer->retrans == 0 && by_ns < due_ns + SECOND_NS;
}

/* The timer that the kernel had shown with that state, if it had run out by then and nothing was
 * sent when it did; 0: it had not. */
int64_t solve_timer_ran_out(const struct solver *solver, uint8_t state, int last, int64_t by_ns)
{
	const struct kernel *kernel = solver->kernel;

	for (int i = last; kernel != NULL && i >= 0; i--) {
		const struct answer *answer = &kernel->answer[i];
		if (answer->absent)
			continue;
		int64_t due_ns = answer->answered_ns + (int64_t)answer->expires_ms * MS;
		if (answer->timer == DIAG_TIMER_OFF || answer->state != rules_shown(state) ||
			due_ns > by_ns || goes_on(answer, due_ns, by_ns))
			return 0;
		for (int k = solver->flow->count - 1; k >= 0; k--)
			if (solver->ring[k].side == solver->side && solver->ring[k].own != 0 &&
				solver->ring[k].t_ns >= due_ns - JIFFY_NS &&
				solver->ring[k].t_ns < by_ns - JIFFY_NS)
				return 0;
		return kernel->sent_ns >= due_ns - JIFFY_NS && kernel->sent_ns < by_ns ? 0 : due_ns;
	}
	return 0;
}

int solve_answers_before(const struct solver *solver, int64_t t_ns)
{
	int count = solver->kernel != NULL ? (int)solver->kernel->count : 0;

	while (count > 0 && solver->kernel->answer[count - 1].answered_ns >= t_ns)
		count--;
	return count - 1;
}

/* ---- one answer ---- */

static int route_cost(const struct solver *solver, const struct hypothesis *at, uint8_t to,
	const struct answer *answer)
{
	uint8_t next, reason;
	int cost = (int)rules_route(at->state, to, &next, &reason);

	if (at->state == STATE_TIME_WAIT && to == STATE_CLOSED &&
		solve_held_ns(at, answer->answered_ns) >= TIME_WAIT_NS)
		cost = FREE;
	if (at->state == STATE_REQUEST && to == STATE_CLOSED && !answer->listener)
		cost = CALLED - 2;
	/* a request that was never shown lives for a second: it was a cookie */
	else if (at->state == STATE_REQUEST && to == STATE_CLOSED &&
		 solve_held_ns(at, answer->asked_ns) < SECOND_NS &&
		 !(solver->kernel->shown >> STATE_SYN_RECV & 1))
		cost = VANISHED;
	if (at->state == STATE_CLOSED && at->node >= 0) /* open again, its SYN not captured */
		cost += DROPPED;
	return cost;
}

/* From when on the path may have left the state that it is in. */
static int64_t left_from(const struct solver *solver, const struct hypothesis *at)
{
	const struct node *node = at->node >= 0 ? &solver->node[at->node] : NULL;

	if (node == NULL)
		return 0;
	if (node->answer >= 0 && solver->kernel->answer[node->answer].asked_ns < node->t_ns)
		return solver->kernel->answer[node->answer].asked_ns;
	return node->t_ns;
}

/* The newest answer before that one which did not show the state; NULL: none. */
static const struct answer *shown_otherwise(const struct kernel *kernel, int index, uint8_t state)
{
	while (--index >= 0 && (kernel->answer[index].states >> state & 1))
		;
	return index >= 0 ? &kernel->answer[index] : NULL;
}

/* An edge that this answer shows came after the newest one that showed otherwise was asked for: on
 * a busy machine it is read long after the kernel looked. */
static void kernel_leads(struct solver *solver, struct hypothesis *at, int index, uint8_t best)
{
	const struct answer *answer = &solver->kernel->answer[index];
	const struct answer *other = shown_otherwise(solver->kernel, index, best);
	struct node node = {.t_ns = answer->answered_ns,
		.latest_ns = answer->answered_ns,
		.not_before_ns = left_from(solver, at),
		.symbol = -1,
		.answer = (int16_t)index};

	if (other != NULL && other->asked_ns > node.not_before_ns)
		node.not_before_ns = other->asked_ns;
	if (rules_shown(best) == STATE_CLOSED) {
		node.due_ns = solve_timer_ran_out(
			solver, at->state, index - 1, answer->answered_ns + JIFFY_NS);
		if (node.due_ns > node.not_before_ns && node.due_ns < node.t_ns &&
			(other == NULL || node.due_ns > other->answered_ns))
			node.t_ns = node.due_ns;
	}
	if ((best == STATE_REQUEST || best == STATE_SYN_RECV) && solver->syn >= 0 &&
		solver->ring[solver->syn].t_ns >= at->since_ns &&
		solver->ring[solver->syn].t_ns + SETTLE_NS >= node.not_before_ns) {
		node.t_ns = solver->ring[solver->syn].t_ns; /* it exists from its SYN on */
		node.symbol = (int16_t)solver->syn;
	}
	while (at->state != best) {
		uint8_t to;
		unsigned cost = rules_route(at->state, best, &to, &node.reason);
		if (cost >= UNREACHABLE) {
			to = best;
			node.reason = REASON_KERNEL_SHOWS;
		}
		node.kind = to == best ? BY_KERNEL : BY_ROUTE;
		solve_step(solver, at, to, node);
	}
}

static void leads_to(struct solver *solver, struct hypothesis at, int index, uint8_t to, int cost)
{
	/* a request exists from its SYN on */
	if (to == STATE_REQUEST && at.state != STATE_UNKNOWN && solver->syn >= 0 &&
		solver->ring[solver->syn].t_ns >= at.since_ns)
		cost = FREE;
	if (solve_spares(solver, cost))
		return;
	at.cost += cost;
	kernel_leads(solver, &at, index, to);
	solve_relax(solver, &at);
}

/* Does it show a request whose final ACK had passed the tap a while ago? Such an ACK is often
 * ignored: for a full queue, by TCP_DEFER_ACCEPT. */
static bool is_late(
	const struct solver *solver, const struct hypothesis *at, const struct answer *answer)
{
	if (answer->absent || (answer->states >> at->state & 1))
		return false;
	for (int i = at->node; i >= 0; i = solver->node[i].before) {
		const struct node *node = &solver->node[i];
		if (node->kind >= NOT_TAKEN)
			continue;
		if (answer->states >> node->from & 1)
			return node->from == STATE_REQUEST && node->kind == BY_GOT &&
			       answer->asked_ns - node->t_ns >= LAG_NS;
	}
	return false;
}

/* While a full socket becomes a mini-socket neither of them is found. */
static bool is_handed_over(const struct hypothesis *at, const struct answer *answer)
{
	return answer->absent && !answer->destroyed &&
	       (at->state == STATE_TIME_WAIT || at->state == STATE_FIN_WAIT2) &&
	       solve_held_ns(at, answer->asked_ns) < SETTLE_NS;
}

/* Asked before the ring begins, and answered later: what it shows may be folded into the anchor, or
 * belong to a beginning that was not captured. */
static bool may_be_folded(const struct solver *solver, const struct answer *answer)
{
	const struct flow *flow = solver->flow;
	int64_t begins_ns = flow->count > 0 ? solver->ring[0].t_ns : INT64_MIN;

	if (answer->asked_ns >= begins_ns)
		return false;
	return flow->flags & FLOW_ANCHORED ||
	       (flow->anchor[solver->side] == STATE_UNKNOWN && answer->answered_ns >= begins_ns);
}

/* Asked before a segment told the first state of an end met midway, and answered later: it may show
 * the one before, which nobody knows. */
static bool may_be_unknown(
	const struct solver *solver, const struct hypothesis *at, const struct answer *answer)
{
	for (int i = at->node; i >= 0; i = solver->node[i].before) {
		const struct node *node = &solver->node[i];

		if (node->kind >= NOT_TAKEN)
			continue;
		if (node->latest_ns < answer->asked_ns)
			return false;
		if (node->from == STATE_UNKNOWN)
			return node->kind < BY_KERNEL;
	}
	return false;
}

/* It had shown the same socket before that was closed on this path: so it never was. */
static bool is_the_same(
	const struct solver *solver, const struct hypothesis *at, const struct answer *answer)
{
	if (answer->cookie == 0 || answer->absent || !state_is_over(at->state))
		return false;
	for (const struct answer *a = answer - 1; a >= solver->kernel->answer; a--)
		if (a->cookie == answer->cookie && !a->absent)
			return a->asked_ns <= at->since_ns;
	return false;
}

/* A RST|ACK that answers no SYN comes from a socket (Linux: tcp_send_active_reset()). It was
 * captured after the socket had not been found: by then it had been sent, and what it proves goes
 * for that moment. */
static void closed_by_later_reset(struct solver *solver, const struct hypothesis *at, int index)
{
	const struct answer *answer = &solver->kernel->answer[index];
	enum { OF_SOCKETS = 1 << OWN_ABORT | 1 << OWN_RST_BEFORE | 1 << OWN_OLD_RST };
	int i = 0;

	while (i < solver->flow->count && (solver->ring[i].t_ns < answer->answered_ns ||
						  solver->ring[i].side != solver->side))
		i++;
	if (solver->free_only || !answer->absent || i == solver->flow->count ||
		!(solver->ring[i].own & OF_SOCKETS) || !solver->ring[i].answers ||
		solver->ring[i].t_ns - answer->answered_ns > IN_FLIGHT_NS)
		return;
	uint8_t on = (uint8_t)__builtin_ctz(solver->ring[i].own & OF_SOCKETS);
	const struct step *step = rules_own(at->state, on);
	struct hypothesis other = *at;

	if (step->cost == NEVER || step->to == at->state)
		return;
	other.cost += step->cost + LATE;
	solve_step_via(solver, &other, step,
		(struct node){.t_ns = answer->asked_ns,
			.latest_ns = answer->answered_ns,
			.symbol = (int16_t)i,
			.answer = -1,
			.kind = step->cost != FREE ? BY_INFERENCE : BY_OWN,
			.on = on,
			.own = true});
	solve_relax(solver, &other);
}

void solve_answer(struct solver *solver, struct hypothesis at, int index)
{
	const struct answer *answer = &solver->kernel->answer[index];
	bool reached = false;
	int best = -1;

	if ((solver->nobody && answer->absent) || may_be_folded(solver, answer) ||
		solve_held_since(solver, &at, answer->states, answer->asked_ns)) {
		if (is_late(solver, &at, answer))
			at.cost += LAGGED;
		/* the FIN came long ago: that it was not taken at all is likelier now, unless a
		 * later answer shows it */
		if (at.state == STATE_WAITING && !at.waited &&
			!flow_is_lossy(solver->core, solver->flow) &&
			solve_held_ns(&at, answer->asked_ns) > SETTLE_NS) {
			at.cost += IGNORED - LATE + 1;
			at.waited = true;
		}
		solve_relax(solver, &at);
		return;
	}
	if (is_handed_over(&at, answer) && !solver->free_only) {
		struct hypothesis stays = at;
		/* likelier than that there is none; a later answer tells, for it is asked again */
		stays.cost +=
			solve_held_ns(&at, answer->asked_ns) < HAND_OVER_NS ? IGNORED - 1 : LAGGED;
		solve_relax(solver, &stays);
	}
	if (!solver->free_only && may_be_unknown(solver, &at, answer)) {
		struct hypothesis stays = at;
		stays.cost += MISSED; /* rather than what no route explains */
		solve_relax(solver, &stays);
	}
	closed_by_later_reset(solver, &at, index);
	if (is_the_same(solver, &at, answer))
		at.cost += UNEXPLAINED;
	for (uint8_t to = 0; to < STATES; to++) {
		int cost = answer->states >> to & 1 ? route_cost(solver, &at, to, answer)
						    : UNREACHABLE;
		if (cost < UNREACHABLE)
			leads_to(solver, at, index, to, cost);
		else if (best < 0 && (answer->states >> to & 1))
			best = to;
		reached |= cost < UNREACHABLE;
	}
	if (!reached && best >= 0)
		leads_to(solver, at, index, (uint8_t)best, UNEXPLAINED);
}
