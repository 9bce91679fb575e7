/* The cheapest path as it is told: its steps as edges, what it does not take as corrections, and by
 * what each is vouched for. */
#include "solve.h"

/* What opens a connection comes from LISTEN, or from nothing. */
static uint8_t from_told(const struct solver *solver, const struct node *node)
{
	bool there = node->answer >= 0 && solver->kernel->answer[node->answer].first_dump;

	if (node->from == STATE_UNKNOWN && there)
		return STATE_UNKNOWN;
	if (node->to == STATE_REQUEST ||
		(node->to == STATE_SYN_RECV && node->from != STATE_SYN_SENT))
		return STATE_LISTEN;
	if (node->from == STATE_UNKNOWN && node->to == STATE_SYN_SENT)
		return STATE_CLOSED;
	return rules_shown(node->from);
}

/* From which event on the cheapest path does not take that segment: that refutes it. */
static void refuted_by(const struct solver *solver, int node, struct path_edge *edge)
{
	int first = -1;

	for (int i = solver->events - 1; i >= 0; i--) {
		int at = solver->best[i];
		while (at > node)
			at = solver->node[at].before;
		if (at != node)
			break;
		first = i;
	}
	if (first < 0)
		return;
	int event = solver->event[first];
	if (event == edge->symbol && first + 1 < solver->events)
		event = solver->event[first + 1];
	if (event < 0) {
		const struct answer *answer = &solver->kernel->answer[-1 - event];
		bool several = answer->first_number != 0;

		edge->refuted_number = several ? answer->first_number : answer->number;
		edge->refuted_ns = several ? answer->first_ns : answer->answered_ns;
	} else if (event != edge->symbol) {
		edge->refuted_frame = solver->ring[event].frame;
		edge->refuted_ns = solver->ring[event].t_ns;
	}
	if (edge->refuted_ns < edge->t_ns)
		edge->refuted_ns = edge->t_ns;
}

/* The kernel held a state between its edge and the next. */
static void label(const struct solver *solver, struct path *path)
{
	const struct kernel *kernel = solver->kernel;

	for (uint32_t i = 0; kernel != NULL && i < kernel->count; i++) {
		const struct answer *answer = &kernel->answer[i];
		if (solver->nobody && answer->absent)
			continue;
		for (int k = 0; k < path->count; k++) {
			struct path_edge *edge = &path->edge[k];
			int next = k + 1;
			while (next < path->count && path->edge[next].kind >= NOT_TAKEN)
				next++;
			if (edge->kind >= NOT_TAKEN || edge->to != rules_shown(answer->state) ||
				!(answer->states >> edge->after & 1) ||
				(answer->destroyed && (edge->from == STATE_FIN_WAIT2 ||
							      edge->from == STATE_TIME_WAIT)) ||
				answer->asked_ns < edge->t_ns ||
				(next < path->count && answer->answered_ns > path->edge[next].t_ns))
				continue;
			edge->both = true;
			if (edge->number == 0) {
				edge->number = answer->number;
				edge->answer = (int16_t)i;
			}
		}
	}
}

/* That nothing is there says that an open socket went only if it was known to be open: shown, or
 * spoken in. With data unsent it may have been closed, its FIN behind that data. A request that was
 * never shown may have been a cookie. */
static bool knows_from(const struct solver *solver, const struct path *path, int k)
{
	const struct path_edge *edge = &path->edge[k], *into;
	uint16_t open = 1u << STATE_ESTABLISHED | 1u << STATE_CLOSE_WAIT;

	if (edge->before == STATE_REQUEST)
		return solver->kernel->shown >> STATE_SYN_RECV & 1;
	if (!(open >> edge->before & 1) || edge->symbol < 0)
		return true;
	if (solver->ring[edge->symbol].blocked >> solver->side & 1)
		return false;
	while (--k >= 0 && path->edge[k].kind >= NOT_TAKEN)
		;
	if (k < 0)
		return true;
	into = &path->edge[k];
	if (into->both || into->number != 0 || into->own || into->symbol < 0)
		return true;
	for (int i = into->symbol + 1; i < edge->symbol; i++)
		if (solver->ring[i].side == solver->side && solver->ring[i].own != 0)
			return true;
	return false;
}

static void absence_vouches(const struct solver *solver, struct path *path)
{
	for (int k = 0; k < path->count; k++) {
		struct path_edge *edge = &path->edge[k];
		if (edge->both && edge->kind < BY_KERNEL && edge->to == STATE_CLOSED &&
			!knows_from(solver, path, k)) {
			edge->both = false;
			edge->number = 0;
			edge->answer = -1;
		}
	}
}

static void noted(struct path *path, const struct path_edge *note)
{
	bool fin = note->on == OWN_FIN || note->on == OWN_FIN_BEFORE;

	for (int i = path->count - 1; i >= 0; i--) {
		struct path_edge *edge = &path->edge[i];
		bool closes = edge->to == STATE_FIN_WAIT1 || edge->to == STATE_LAST_ACK;
		if (edge->kind >= NOT_TAKEN || edge->frame != 0 || closes != fin)
			continue;
		edge->frame = note->frame;
		edge->symbol = note->symbol;
		return;
	}
}

/* Is the peer's FIN, which waits, taken as one that came after a close? */
static uint8_t waits_for(const struct solver *solver, const int32_t *chain, int k, int count)
{
	while (++k < count && solver->node[chain[k]].kind >= NOT_TAKEN)
		;
	return k < count ? solver->node[chain[k]].to : STATE_WAITING;
}

/* Had this end spoken, or been shown, before that? */
static bool was_there(const struct solver *solver, const struct node *node)
{
	const struct kernel *kernel = solver->kernel;

	if (solver->flow->flags & FLOW_ANCHORED)
		return (solver->flow->end[solver->side].flags & END_USED) ||
		       (kernel != NULL && kernel->shown != 0);
	for (int i = 0; i < solver->flow->count; i++)
		if (solver->ring[i].side == solver->side && solver->ring[i].own != 0 &&
			solver->ring[i].t_ns < node->t_ns)
			return true;
	for (uint32_t i = 0; kernel != NULL && i < kernel->count; i++)
		if (!kernel->answer[i].absent && kernel->answer[i].asked_ns < node->t_ns)
			return true;
	return false;
}

/* Closed, and never open as far as anybody saw: there was nobody. */
static bool is_nobodys_end(const struct solver *solver, const struct node *node)
{
	return !(solver->flow->flags & FLOW_MIDWAY) || !was_there(solver, node) ||
	       (node->own && node->on != OWN_ABORT && node->on != OWN_RST_BEFORE);
}

/* A node as it is told, before its neighbours are looked at. */
static struct path_edge edge_of(const struct solver *solver, const struct node *node)
{
	const struct symbol *symbol = node->symbol >= 0 ? &solver->ring[node->symbol] : NULL;
	struct path_edge edge = {.t_ns = node->t_ns,
		.not_before_ns = node->not_before_ns < node->t_ns ? node->not_before_ns : 0,
		.due_ns = node->due_ns,
		.symbol = node->symbol,
		.frame = symbol != NULL && node->kind != BY_ROUTE ? symbol->frame : 0,
		.answer = node->kind == BY_KERNEL ? node->answer : (int16_t)-1,
		.from = from_told(solver, node),
		.to = rules_shown(node->to),
		.before = node->from,
		.after = node->to,
		.kind = node->kind,
		.on = node->on,
		.own = node->own,
		.reason = node->reason};

	if (edge.answer >= 0)
		edge.number = solver->kernel->answer[edge.answer].number;
	if (symbol != NULL && symbol->kernel) {
		edge.kind = BY_KERNEL;
		edge.number = symbol->frame;
		edge.frame = 0;
	}
	return edge;
}

void solve_extract(struct solver *solver, const struct hypothesis *best, struct path *out)
{
	int32_t chain[PATH_MAX_EDGES];
	int total = 0;

	for (int i = best->node; i >= 0; i = solver->node[i].before)
		total++;
	int skip = total > PATH_MAX_EDGES ? total - PATH_MAX_EDGES : 0, count = total - skip;
	for (int i = best->node, k = count - 1; i >= 0 && k >= 0; i = solver->node[i].before)
		chain[k--] = i;
	out->count = 0;
	uint64_t waiting_frame = 0;
	for (int k = 0; k < count; k++) {
		const struct node *node = &solver->node[chain[k]];
		struct path_edge edge = edge_of(solver, node);
		if (edge.kind == NOTED) {
			noted(out, &edge);
			continue;
		}
		if (edge.kind == NOT_TAKEN && node->from == STATE_COOKIE) {
			edge.from = STATE_LISTEN; /* a cookie came back */
			edge.to = STATE_SYN_RECV;
			edge.reason = REASON_COOKIE_ACCEPTED;
		} else if (node->to == STATE_COOKIE) {
			edge.kind = NOT_TAKEN; /* no request was kept */
			edge.to = STATE_SYN_RECV;
			edge.from = STATE_LISTEN;
		} else if (node->to == STATE_WAITING && node->from == STATE_ESTABLISHED) {
			uint8_t then = waits_for(solver, chain, k, count);
			waiting_frame = edge.frame;
			if (then == STATE_WAITING || then == STATE_CLOSED)
				continue;
			const struct node *next = &solver->node[chain[k + 1]];
			if (then == STATE_CLOSE_WAIT && next->kind != BY_GOT)
				continue;
			edge.kind = NOT_TAKEN; /* not then, at least */
			edge.to = STATE_CLOSE_WAIT;
		} else if (rules_shown(node->from) == edge.to ||
			   (node->from == STATE_UNKNOWN && edge.to == STATE_CLOSED &&
				   is_nobodys_end(solver, node))) {
			continue;
		}
		if (edge.after == STATE_CLOSING && edge.before == STATE_FIN_WAIT1 && edge.own &&
			waiting_frame != 0)
			edge.frame = waiting_frame;
		if (edge.kind == NOT_TAKEN)
			refuted_by(solver, chain[k], &edge);
		out->edge[out->count++] = edge;
	}
	out->cost = best->cost;
	out->state = best->state;
	label(solver, out);
	absence_vouches(solver, out);
	path_doubt(solver, out);
}
