/* The cheapest path of one end through its ring of symbols and the kernel's answers: Viterbi's
 * algorithm with a beam, for a state's history matters as long as an answer may be older than it. A
 * path is a chain of nodes in an arena. The work is bounded: events x BEAM. */
#include <stdlib.h>

#include "engine.h"

enum {
	NODES = 32768,
	BEAM = 24,
	EVENTS_MAX = 2 * RING_MAX + ANSWERS_MAX,
	OPENS_OR_CLOSES = 1 << OWN_SYN | 1 << OWN_SYN_ACK | 1 << OWN_SYN_ACK_FULL | 1 << OWN_FIN |
			  1 << OWN_FIN_BEFORE,
};
/* no request is older than its SYN-ACK by more; clocks tick in us */
static const int64_t HASHED_NS = 10000;
/* the stack rarely takes a segment this long after the tap saw it */
static const int64_t LAG_NS = 400 * (int64_t)MS / 1000;
/* TIME_WAIT, less a second: TCP_TIMEWAIT_LEN, include/net/tcp.h */
static const int64_t TIME_WAIT_NS = 59 * SECOND_NS;

struct node {
	int32_t before;
	int16_t symbol, answer;
	int64_t t_ns, latest_ns, not_before_ns, due_ns; /* latest: by then it had happened */
	uint8_t from, to, kind, on, reason;
	bool own;
};
struct hypothesis {
	int32_t cost, node;
	int64_t since_ns;
	uint16_t refused; /* bit per state shown: segments into it were not taken */
	uint8_t state;
};
struct set {
	int count;
	struct hypothesis at[BEAM];
};
struct solver {
	struct core *core;
	struct flow *flow;
	uint32_t index;
	int side, used, events;
	const struct symbol *ring;
	const struct kernel *kernel;
	int syn;      /* newest symbol that brought a SYN; -1 none */
	int received; /* newest symbol received; -1 none */
	bool nobody;  /* the end speaks on, and has no socket here: NAT */
	int64_t patience_ns;
	uint8_t full[RING_MAX]; /* does the listener ignore that final ACK? 0: not looked at */
	struct set set, next;
	int32_t best[EVENTS_MAX]; /* after each event: the cheapest path's node */
	int16_t event[EVENTS_MAX];
	struct node node[NODES];
};

struct solver *solver_new(void)
{
	return calloc(1, sizeof(struct solver));
}

static void step_to(struct solver *solver, struct hypothesis *at, uint8_t to, struct node node)
{
	node.from = at->state;
	node.to = to;
	if (node.kind < NOT_TAKEN) {
		if (node.t_ns < at->since_ns)
			node.t_ns = at->since_ns;
		at->since_ns = node.t_ns;
		at->state = to;
	}
	if (solver->used == NODES) /* it goes on, untold */
		return;
	node.before = at->node;
	solver->node[solver->used] = node;
	at->node = solver->used++;
}

static void step_via(
	struct solver *solver, struct hypothesis *at, const struct step *step, struct node node)
{
	if (step->via != step->to) {
		node.reason = step->via_reason;
		step_to(solver, at, step->via, node);
		if (node.on == OWN_FIN_BEFORE && step->to == STATE_CLOSING)
			node.latest_ns += SETTLE_NS; /* the peer's FIN comes after its own */
	}
	node.reason = step->reason;
	step_to(solver, at, step->to, node);
}

/* Of two that are in the same state since the same moment only the cheaper goes on; of all, the
 * BEAM cheapest. */
static void relax(struct set *set, const struct hypothesis *at)
{
	int worst = 0;

	for (int i = 0; i < set->count; i++) {
		struct hypothesis *other = &set->at[i];
		if (other->state == at->state && other->since_ns == at->since_ns) {
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
static bool held_since(
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

/* ---- timers ---- */

/* The timer that the kernel had shown with that state, if it had run out by then and nothing was
 * sent when it did; 0: it had not. */
static int64_t timer_ran_out(const struct solver *solver, uint8_t state, int last, int64_t by_ns)
{
	const struct kernel *kernel = solver->kernel;

	for (int i = last; kernel != NULL && i >= 0; i--) {
		const struct answer *answer = &kernel->answer[i];
		if (answer->absent)
			continue;
		int64_t due_ns = answer->answered_ns + (int64_t)answer->expires_ms * MS;
		if (answer->timer == DIAG_TIMER_OFF || answer->state != rules_shown(state) ||
			due_ns > by_ns)
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

static int answers_before(const struct solver *solver, int64_t t_ns)
{
	int count = solver->kernel != NULL ? (int)solver->kernel->count : 0;

	while (count > 0 && solver->kernel->answer[count - 1].answered_ns >= t_ns)
		count--;
	return count - 1;
}

/* ---- the end's own segment ---- */

/* A SYN-ACK answers the newest SYN, and dates the request by it; or nothing was kept (a cookie), or
 * a full socket was made (fast open). */
static void take_syn_ack(
	struct solver *solver, struct hypothesis *at, const struct step *step, struct node node)
{
	bool answers = solver->ring[node.symbol].answers;

	static const struct {
		uint8_t to, cost;
	} others[] = {{STATE_COOKIE, IGNORED}, {STATE_SYN_RECV, INFERRED}};

	if (answers && solver->syn >= 0 && solver->ring[solver->syn].t_ns >= at->since_ns) {
		node.t_ns = solver->ring[solver->syn].t_ns;
		node.latest_ns += HASHED_NS;
		node.symbol = (int16_t)solver->syn;
	}
	for (size_t i = 0; node.on == OWN_SYN_ACK && i < 2; i++) {
		struct hypothesis other = *at;
		struct node made = node;
		made.reason = REASON_SYN_RECEIVED;
		other.cost += others[i].cost;
		step_to(solver, &other, others[i].to, made);
		relax(&solver->next, &other);
	}
	step_via(solver, at, step, node);
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

static void take_own(struct solver *solver, struct hypothesis at, int index)
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
			if (within == 0 || !held_since(solver, &at, within,
						   symbol->t_ns - solver->patience_ns))
				at.cost += UNEXPLAINED;
			continue;
		}
		if (step->to == at.state) {
			if ((1u << on & OPENS_OR_CLOSES) && lacks_segment(solver, &at, on)) {
				node.kind = NOTED; /* the kernel had shown it: its segment */
				step_to(solver, &at, at.state, node);
			}
			continue;
		}
		at.cost += step->cost;
		if (on == OWN_SYN_ACK || on == OWN_SYN_ACK_FULL) {
			take_syn_ack(solver, &at, step, node);
			continue;
		}
		if (on == OWN_NO_SOCKET && at.state == STATE_REQUEST && solver->received >= 0) {
			int64_t by_ns = solver->ring[solver->received].t_ns;
			node.due_ns = timer_ran_out(
				solver, at.state, answers_before(solver, symbol->t_ns), by_ns);
			if (node.due_ns != 0)
				node.t_ns = node.due_ns;
		}
		if (on == OWN_NEW && at.state == STATE_TIME_WAIT &&
			node.t_ns - at.since_ns >= TIME_WAIT_NS + SECOND_NS)
			node.t_ns = node.due_ns = at.since_ns + TIME_WAIT_NS + SECOND_NS;
		if (on == OWN_SYN_ACK_CROSS && solver->syn >= 0) {
			node.t_ns = solver->ring[solver->syn].t_ns;
			node.symbol = (int16_t)solver->syn;
		}
		step_via(solver, &at, step, node);
	}
	relax(&solver->next, &at);
}

/* ---- the peer's segment ---- */

/* A listener ignores the final ACK while its accept queue is full, and, where it defers, one that
 * brings no data. */
static bool listener_ignores(struct solver *solver, int index)
{
	const struct symbol *symbol = &solver->ring[index];

	if (solver->full[index] == 0) {
		struct flow_key key = flow_key_of(solver->core, solver->index);
		bool full = listener_was_full(solver->core, &key, solver->side, symbol->t_ns);
		bool ignores =
			full || (symbol->bare && listener_defers(solver->core, &key, solver->side));
		solver->full[index] = ignores ? 2 : 1;
	}
	return solver->full[index] == 2;
}

static void not_taken(struct solver *solver, struct hypothesis *at, uint8_t to, struct node node)
{
	node.kind = NOT_TAKEN;
	step_to(solver, at, to, node);
	at->refused |= (uint16_t)(1u << rules_shown(to));
}

/* What else may become of it where it would be taken so. */
static void take_otherwise(struct solver *solver, const struct hypothesis *taken,
	const struct step *step, const struct node *node)
{
	struct hypothesis other = *taken;

	if (step->to == STATE_TIME_WAIT) { /* no TIME_WAIT was kept */
		struct node closed = *node;
		not_taken(solver, &other, STATE_TIME_WAIT, *node);
		closed.reason = REASON_CLOSED_WITHOUT_TIME_WAIT;
		other.cost += IGNORED;
		step_to(solver, &other, STATE_CLOSED, closed);
		relax(&solver->next, &other);
	}
	if (step->to != STATE_CLOSE_WAIT || taken->state != STATE_ESTABLISHED)
		return;
	other = *taken;
	other.cost += LATE;
	step_to(solver, &other, STATE_WAITING, *node);
	relax(&solver->next, &other);
	/* or it had been closed, with data still to send before its FIN */
	struct node queued = *node, crossed = *node;
	other = *taken;
	other.cost += INFERRED;
	not_taken(solver, &other, STATE_CLOSE_WAIT, *node);
	queued.kind = BY_ROUTE;
	queued.reason = REASON_FIN_QUEUED;
	crossed.reason = REASON_SIMULTANEOUS_CLOSE;
	step_to(solver, &other, STATE_FIN_WAIT1, queued);
	step_to(solver, &other, STATE_CLOSING, crossed);
	relax(&solver->next, &other);
}

static void take_got(struct solver *solver, struct hypothesis at, int index)
{
	const struct symbol *symbol = &solver->ring[index];
	struct hypothesis taken;
	struct node first = {0};
	uint16_t denied = rules_denies(symbol->got);
	uint8_t first_to = at.state;
	bool again = false;

	if ((denied >> at.state & 1) &&
		!held_since(solver, &at, (uint16_t)~denied, symbol->t_ns - solver->patience_ns))
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
		if (step->cost == NEVER)
			continue;
		if (step->cost != FREE) { /* possible, but unusual: nothing speaks against not */
			struct hypothesis other = taken;
			other.cost += step->cost;
			step_via(solver, &other, step, node);
			relax(&solver->next, &other);
			continue;
		}
		if (taken.state != at.state) { /* or no more of it than this */
			struct hypothesis part = taken;
			part.cost += IGNORED - 1;
			not_taken(solver, &part, step->to, node);
			relax(&solver->next, &part);
		} else {
			first = node;
			first_to = step->to;
			again = (at.refused >> rules_shown(first_to) & 1) ||
				(at.state == STATE_REQUEST && on == GOT_ACK_OF_SYN &&
					listener_ignores(solver, index));
			taken.cost += again ? RETAKEN : FREE;
		}
		take_otherwise(solver, &taken, step, &node);
		step_via(solver, &taken, step, node);
	}
	if (taken.state != at.state) {
		taken.refused = 0;
		relax(&solver->next, &taken);
		at.cost += again ? FREE : IGNORED;
		not_taken(solver, &at, first_to, first);
	}
	relax(&solver->next, &at);
}

/* ---- the kernel's answer ---- */

static int route_cost(const struct solver *solver, const struct hypothesis *at, uint8_t to,
	const struct answer *answer)
{
	uint8_t next, reason;
	int cost = (int)rules_route(at->state, to, &next, &reason);

	if (at->state == STATE_TIME_WAIT && to == STATE_CLOSED &&
		answer->answered_ns - at->since_ns >= TIME_WAIT_NS)
		cost = FREE;
	if (at->state == STATE_REQUEST && to == STATE_CLOSED && !answer->listener)
		cost = CALLED - 2;
	/* a request that was never shown lives for a second: it was a cookie */
	else if (at->state == STATE_REQUEST && to == STATE_CLOSED &&
		 answer->asked_ns - at->since_ns < SECOND_NS &&
		 !(solver->kernel->shown >> STATE_SYN_RECV & 1))
		cost = VANISHED;
	if (at->state == STATE_CLOSED && at->node >= 0) /* open again, its SYN not captured */
		cost += DROPPED;
	return cost;
}

/* When the newest answer before it was given that showed another state. */
static int64_t seen_otherwise(const struct solver *solver, int index, uint8_t state)
{
	for (int i = index - 1; i >= 0; i--)
		if (!(solver->kernel->answer[i].states >> state & 1))
			return solver->kernel->answer[i].answered_ns;
	return 0;
}

static void kernel_leads(struct solver *solver, struct hypothesis *at, int index, uint8_t best)
{
	const struct answer *answer = &solver->kernel->answer[index];
	struct node node = {.t_ns = answer->answered_ns,
		.latest_ns = answer->answered_ns,
		.not_before_ns = seen_otherwise(solver, index, best),
		.symbol = -1,
		.answer = (int16_t)index};

	if (rules_shown(best) == STATE_CLOSED) {
		node.due_ns =
			timer_ran_out(solver, at->state, index - 1, answer->answered_ns + JIFFY_NS);
		if (node.due_ns > node.not_before_ns && node.due_ns < node.t_ns)
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
		step_to(solver, at, to, node);
	}
}

static void leads_to(struct solver *solver, struct hypothesis at, int index, uint8_t to, int cost)
{
	/* a request exists from its SYN on */
	if (to == STATE_REQUEST && at.state != STATE_UNKNOWN && solver->syn >= 0 &&
		solver->ring[solver->syn].t_ns >= at.since_ns)
		cost = FREE;
	at.cost += cost;
	kernel_leads(solver, &at, index, to);
	relax(&solver->next, &at);
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
	       answer->asked_ns - at->since_ns < SETTLE_NS;
}

static void take_answer(struct solver *solver, struct hypothesis at, int index)
{
	const struct answer *answer = &solver->kernel->answer[index];
	bool reached = false;
	int best = -1;

	if ((solver->nobody && answer->absent) ||
		held_since(solver, &at, answer->states, answer->asked_ns)) {
		if (is_late(solver, &at, answer))
			at.cost += LAGGED;
		relax(&solver->next, &at);
		return;
	}
	if (is_handed_over(&at, answer)) {
		struct hypothesis stays = at;
		stays.cost += LAGGED;
		relax(&solver->next, &stays);
	}
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
			take_answer(solver, solver->set.at[i], answer);
		else if (own)
			take_own(solver, solver->set.at[i], symbol);
		else
			take_got(solver, solver->set.at[i], symbol);
	}
	solver->set = solver->next;
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
	/* where nobody says that this end is here, its segment may have crossed the other's */
	struct flow_key key = flow_key_of(core, index);
	bool here = (solver->kernel != NULL && solver->kernel->count > 0) ||
		    core_is_local(core, key.family, key.addr[side]);
	solver->patience_ns = here ? 0 : (int64_t)flow->trip_us * 1000;
	for (int i = 0; i < RING_MAX; i++)
		solver->full[i] = 0;
	solver->set.count = 1;
	solver->set.at[0] =
		(struct hypothesis){.node = -1, .state = flow->anchor[side], .since_ns = INT64_MIN};
}

static void extract(struct solver *solver, const struct hypothesis *best, struct path *out);

void solve_path(struct core *core, uint32_t index, int side, struct path *out)
{
	struct solver *solver = core->solver;
	const struct flow *flow = flow_at(core, index);

	solver_begin(solver, core, index, side);
	int answers = solver->kernel != NULL ? (int)solver->kernel->count : 0;
	for (int i = 0, a = 0; i < flow->count || a < answers;) {
		if (a < answers && (i == flow->count || solver->kernel->answer[a].answered_ns <
								solver->ring[i].t_ns)) {
			take_event(solver, -1, a++, false);
			continue;
		}
		bool own = side == solver->ring[i].side;
		take_event(solver, i, -1, own);
		if (own && (flow->flags & FLOW_SELF)) /* what it sends it receives */
			take_event(solver, i, -1, false);
		i++;
	}
	extract(solver, cheapest(&solver->set), out);
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
			step_via(solver, &at, step, node);
		}
		if (!own && (symbol->got & 1 << GOT_SYN))
			solver->syn = i;
	}
	extract(solver, &at, out);
}

void path_of(struct core *core, uint32_t index, int side, struct path *out)
{
	const struct flow *flow = flow_at(core, index);
	const struct kernel *kernel = kernel_of(core, index, side, false);

	if ((flow->flags & FLOW_CONFLICT << side) || (kernel != NULL && kernel->count > 0))
		solve_path(core, index, side, out);
	else
		solve_fold(core, index, side, out);
}

/* ---- the answer, as it is told ---- */

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
		edge->refuted_number = solver->kernel->answer[-1 - event].number;
		edge->refuted_ns = solver->kernel->answer[-1 - event].answered_ns;
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
 * spoken in. With data unsent it may have been closed, its FIN behind that data. */
static bool knows_from(const struct solver *solver, const struct path *path, int k)
{
	const struct path_edge *edge = &path->edge[k], *into;
	uint16_t open = 1u << STATE_ESTABLISHED | 1u << STATE_CLOSE_WAIT;

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

/* Closed, and never open as far as anybody saw: there was nobody. */
static bool is_nobodys_end(const struct solver *solver, const struct node *node)
{
	bool spoke = solver->flow->end[solver->side].flags & END_USED;
	bool shown = solver->kernel != NULL && solver->kernel->shown != 0;

	return !(solver->flow->flags & FLOW_MIDWAY) || (!spoke && !shown) ||
	       (node->own && node->on != OWN_ABORT);
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

static void extract(struct solver *solver, const struct hypothesis *best, struct path *out)
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
}
