/* One answer of the kernel against what was claimed of an endpoint (docs/evidence.md, rules 3 to
 * 15). An answer is true somewhere in [asked, answered]; it is judged once every packet captured up
 * to then has been read. */
#include "judge.h"

uint8_t judge_state_after(const struct subject *subject, int edge)
{
	const struct position *at = &subject->at;

	if (at->count == 0)
		return end_state(&subject->core->flows[subject->flow].end[subject->side]);
	return edge < 0 ? at->history[0]->from : at->history[edge]->to;
}

static void position_find(struct subject *subject)
{
	struct position *at = &subject->at;

	at->count = ledger_history(
		subject->core, subject->flow, subject->side, at->history, CLAIMS_JUDGED);
	at->from = at->to = -1;
	for (size_t i = 0; i < at->count; i++) {
		if (at->history[i]->t_ns <= subject->held->asked_ns)
			at->from = (int)i;
		if (at->history[i]->t_ns <= subject->held->t_ns)
			at->to = (int)i;
	}
}

/* ---- two answers that agree ---- */

int64_t judge_received_before(const struct subject *subject)
{
	const struct received *received =
		subject->core->details[subject->flow].received[subject->side];

	for (int i = 0; i < RECEIVED_KEPT; i++)
		if (received[i].t_ns <= subject->held->asked_ns)
			return received[i].t_ns;
	return INT64_MAX;
}

bool judge_settles(struct subject *subject, uint8_t state)
{
	struct kernel_side *kernel = subject->kernel;
	int64_t received = judge_received_before(subject), first = kernel->denial_ns;

	if (received == INT64_MAX)
		return false;
	if (kernel->denial_state != state || first < received) {
		kernel->denial_state = state;
		kernel->denial_ns = subject->held->asked_ns;
		return false;
	}
	return subject->held->asked_ns >= received + SETTLE_NS;
}

/* ---- presence ---- */

static void kernel_note(struct subject *subject)
{
	struct kernel_side *kernel = subject->kernel;
	const struct held *held = subject->held;

	kernel->shown |= (uint16_t)(1u << held->state);
	/* without a timer: a child about to be established */
	if (held->state == STATE_SYN_RECV && !held->request && held->timer == DIAG_TIMER_RETRANSMIT)
		subject->core->flows[subject->flow].end[subject->side].flags |= END_FULL;
	kernel->held_to_ns = held->t_ns;
	kernel->state = held->state;
	kernel->mini = held->mini;
	kernel->timer = held->timer;
	kernel->retrans = held->retrans;
	kernel->recv_q = held->recv_q;
	kernel->timer_due_ns =
		held->timer == DIAG_TIMER_OFF ? 0 : held->t_ns + (int64_t)held->expires_ms * MS;
	/* a link-local end's look-up names the device */
	kernel->device = (uint16_t)held->interface != held->key.zone ? held->interface : 0;
	if (held->inode) {
		if (kernel->inode != held->inode)
			subject->core->owner_wish_ns = held->t_ns;
		kernel->inode = held->inode;
	}
	if (kernel->timer_due_ns && held->timer != DIAG_TIMER_KEEPALIVE) {
		int64_t due = kernel->timer_due_ns + 2 * MS;
		if (due < held->t_ns + 20 * MS)
			due = held->t_ns + 20 * MS;
		wish_at(subject->core, kernel, due);
	}
}

/* The socket that the wire called closed went on to another state: known by its cookie, or because
 * no request is a full socket. */
static bool lives_on(const struct subject *subject)
{
	const struct held *held = subject->held;
	const struct kernel_side *kernel = subject->kernel;
	bool opened = subject->core->details[subject->flow].syn_seen[subject->side] &&
		      !(subject->core->flows[subject->flow].end[subject->side].flags & END_PASSIVE);

	if (held->state == STATE_SYN_RECV && !held->request &&
		held->timer == DIAG_TIMER_RETRANSMIT && opened)
		return true;
	return kernel->shown && held->cookie && held->cookie == kernel->cookie;
}

/* The kernel shows what follows FIN_WAIT1 where the wire saw the peer close first: the program had
 * closed before that, with its FIN still waiting behind unsent data. */
static bool closed_before(struct subject *subject, uint8_t state)
{
	struct core *core = subject->core;
	int side = subject->side, i = (int)subject->at.count - 1;

	while (i >= 0 && subject->at.history[i]->to != STATE_CLOSE_WAIT)
		i--;
	if ((state != STATE_CLOSING && state != STATE_TIME_WAIT) || i < 0 ||
		subject->at.history[i]->from != STATE_ESTABLISHED)
		return false;
	struct claim claim = *subject->at.history[i];
	const struct edge queued = {.to = STATE_FIN_WAIT1,
		.cause = CAUSE_CALL,
		.reason = REASON_FIN_QUEUED,
		.section = "RFC 9293 3.10.4"};
	const struct edge *crossed = &state_segments[STATE_FIN_WAIT1][SEG_FIN];
	bool shown = state == STATE_CLOSING;
	int64_t before_ns = subject->kernel->state == STATE_ESTABLISHED &&
					    subject->kernel->held_to_ns < claim.t_ns
				    ? subject->kernel->held_to_ns
				    : 0;

	judge_withdraw_after(subject, i - 1, REASON_CLOSED_BEFORE);
	ledger_edge(core, subject->flow, side, STATE_ESTABLISHED, &queued,
		&(struct edge_at){.t_ns = claim.t_ns,
			.not_before_ns = before_ns,
			.frame = 0,
			.evidence = EVIDENCE_WIRE,
			.proven = true});
	ledger_edge(core, subject->flow, side, STATE_FIN_WAIT1, crossed,
		&(struct edge_at){.t_ns = claim.t_ns,
			.frame = claim.frame,
			.diag_frame = shown ? subject->held->number : 0,
			.evidence = shown ? EVIDENCE_BOTH : EVIDENCE_WIRE,
			.proven = true});
	core->flows[subject->flow].end[side].flags |= END_FIN_RECEIVED;
	if (!shown)
		judge_kernel_leads(subject, state);
	return true;
}

static void judge_present(struct subject *subject)
{
	struct core *core = subject->core;
	struct position *at = &subject->at;
	uint8_t state = subject->held->state;

	for (int i = at->to; i >= at->from; i--) { /* agrees with a state it may have met */
		if (judge_state_after(subject, i) != state)
			continue;
		if (at->from == at->to && i >= 0)
			ledger_confirm(core, subject->flow, at->history[i], subject->held->t_ns, 0,
				subject->held->number);
		if (i == at->to && i + 1 == (int)at->count) {
			subject->kernel->agree_ns = subject->held->asked_ns;
			subject->kernel->agree_state = state;
			subject->kernel->denial_state = STATE_MAX;
			if (subject->held->asked_ns >=
				core->details[subject->flow].refused_ns[subject->side] + SETTLE_NS)
				ledger_refused_again(core, subject->flow, subject->side,
					subject->held->t_ns, 0, subject->held->number);
		}
		if (at->count == 0 && (state != STATE_CLOSED))
			subject->kernel->agree_state = state;
		kernel_note(subject);
		return;
	}
	/* ahead of the capture by less than the hold: its segment has come since */
	for (int i = at->to + 1; i < (int)at->count; i++)
		if (at->history[i]->to == state) {
			kernel_note(subject);
			return;
		}
	/* an older state: pending, until it settles */
	for (int i = at->from - 1; i >= -1; i--) {
		if (judge_state_after(subject, i) != state)
			continue;
		if (judge_settles(subject, state)) {
			judge_withdraw_denied(subject, i);
			subject->kernel->agree_ns = subject->held->asked_ns;
			subject->kernel->agree_state = state;
		}
		kernel_note(subject);
		return;
	}
	/* a state never claimed, and the wire went on since: later answers will tell */
	if (at->to + 1 < (int)at->count)
		return;
	uint8_t now = end_state(&core->flows[subject->flow].end[subject->side]), route[STATE_MAX];
	if (closed_before(subject, state)) {
		subject->kernel->agree_ns = subject->held->asked_ns;
		subject->kernel->agree_state = state;
		kernel_note(subject);
		return;
	}
	if (now == STATE_CLOSED && at->count > 0 && lives_on(subject)) {
		judge_withdraw_after(subject, (int)at->count - 2, REASON_NONE);
		now = end_state(&core->flows[subject->flow].end[subject->side]);
	} else if (now == STATE_CLOSED && at->count > 0 && state != STATE_SYN_SENT &&
		   state != STATE_SYN_RECV) {
		/* closed by the wire, alive in the kernel, in a state never claimed */
		if (!judge_settles(subject, state))
			return;
		judge_withdraw_after(subject, (int)at->count - 2, REASON_NONE);
		now = end_state(&core->flows[subject->flow].end[subject->side]);
	}
	if (now == state || at->count == 0 || judge_by_call_or_timer(now, state) ||
		(core->details[subject->flow].refused[subject->side] & 1u << state) ||
		judge_route(now, state, route) > 0 || judge_settles(subject, state)) {
		if (now != state)
			judge_kernel_leads(subject, state);
		subject->kernel->agree_ns = subject->held->asked_ns;
		subject->kernel->agree_state = state;
		kernel_note(subject);
	}
}

/* The cookie is the socket: a new one means that the old socket is gone; an ended one says nothing
 * any more. */
static bool cookie_fits(struct subject *subject)
{
	struct kernel_side *kernel = subject->kernel;
	const struct held *held = subject->held;

	if (held->cookie == 0)
		return true;
	if (held->cookie == kernel->ended_cookie)
		return false;
	if (kernel->cookie == 0 || kernel->cookie == held->cookie) {
		if (!held->absent)
			flow_set_cookie(subject->core, kernel, held->cookie);
		return true;
	}
	if (held->absent)
		return false;
	struct core *core = subject->core;
	uint8_t state = end_state(&core->flows[subject->flow].end[subject->side]);
	struct claim *last = ledger_newest(core, subject->flow, subject->side);
	bool began_since = last != NULL &&
			   (last->to == STATE_SYN_RECV || last->to == STATE_SYN_SENT) &&
			   last->t_ns > kernel->held_to_ns;
	/* a request asked about while its child was being cloned has a cookie of its own,
	 * inet_csk_clone_lock() */
	bool child = (kernel->shown & ~(1u << STATE_SYN_RECV)) == 0;
	/* so has a mini-socket; and where packets are seen, a new connection shows its SYN */
	bool seen = core->flows[subject->flow].end[subject->side].flags & END_SEQ_KNOWN;
	/* the next connection's, whose SYN was not captured */
	if (state == STATE_CLOSED && seen && !child && !held->mini)
		return false;
	if (state != STATE_CLOSED && state != STATE_LISTEN && !began_since && !child && !seen &&
		!held->mini) {
		struct edge edge = {.to = STATE_CLOSED,
			.cause = CAUSE_UNKNOWN,
			.reason = REASON_REPLACED_BY_NEW_CONNECTION,
			.section = "sock_diag"};
		struct edge_at at = judge_kernel_at(held, kernel);
		ledger_edge(core, subject->flow, subject->side, state, &edge, &at);
		ledger_forget(core, subject->flow, subject->side);
	}
	/* without packets: the next connection */
	if (end_state(&core->flows[subject->flow].end[subject->side]) == STATE_CLOSED && !seen) {
		ledger_forget(core, subject->flow, subject->side);
		core->details[subject->flow].serial[subject->side] = ++core->next_serial;
	}
	kernel->ended_cookie = kernel->cookie;
	flow_set_cookie(core, kernel, held->cookie);
	kernel->shown = 0;
	kernel->held_to_ns = 0;
	kernel->denial_state = STATE_MAX;
	kernel->inode = 0;
	return true;
}

static bool already_over(const struct subject *subject)
{
	uint8_t state = end_state(&subject->core->flows[subject->flow].end[subject->side]);

	return state == STATE_CLOSED || state == STATE_UNKNOWN || state == STATE_LISTEN;
}

void judge_answer(struct core *core, const struct held *held)
{
	struct flow_key key = held->key;
	struct subject subject = {.core = core, .held = held};

	if (!held->absent && (held->state == STATE_UNKNOWN || held->state >= STATE_MAX))
		return;
	if (held->state == STATE_LISTEN && !held->absent) {
		listener_row(core, held);
		return;
	}
	if (key.port_be[1] == 0) {
		if (held->destroyed)
			listener_destroyed(core, held->cookie, held->t_ns, held->number);
		else if (held->absent && !held->other_listener)
			listener_absent(core, &held->key, held->interface, held->asked_ns,
				held->t_ns, held->number);
		return;
	}
	if (held->absent && held->cookie == 0 && !held->other)
		listener_absent(core, &held->key, held->interface, held->asked_ns, held->t_ns,
			held->number);
	subject.side = flow_key_canonical(&key);
	subject.flow = flow_find(core, &key);
	if (subject.flow == UINT32_MAX) {
		if (held->absent || held->state == STATE_CLOSED)
			return;
		subject.flow = flow_add(core, &key, held->t_ns);
	}
	/* shown alive: not the first to make room */
	if (!held->absent && held->t_ns > core->flows[subject.flow].last_ns)
		core->flows[subject.flow].last_ns = held->t_ns;
	subject.kernel = flow_side(core, subject.flow, subject.side, true);
	/* of the connection before this one */
	if (subject.kernel != NULL &&
		held->asked_ns < core->details[subject.flow].began_ns[subject.side]) {
		if (!held->absent)
			subject.kernel->ended_cookie = held->cookie;
		return;
	}
	if (subject.kernel == NULL || (!held->absent && held->state == STATE_CLOSED) ||
		!cookie_fits(&subject))
		return;
	position_find(&subject);
	if (held->absent)
		judge_absent(&subject);
	else
		judge_present(&subject);
}

void judge_missing(struct core *core)
{
	for (uint32_t i = 0; i < core->side_top; i++) {
		struct kernel_side *kernel = &core->sides[i];
		if (!kernel->used || kernel->missing_ns == 0 || kernel->shown ||
			core->flows[kernel->flow].last_ns > kernel->missing_ns)
			continue;
		struct held held = {.t_ns = kernel->missing_ns,
			.asked_ns = kernel->missing_ns,
			.number = kernel->missing_record,
			.absent = true,
			.exact = true};
		struct subject subject = {.core = core,
			.held = &held,
			.kernel = kernel,
			.flow = kernel->flow,
			.side = kernel->side};
		position_find(&subject);
		if (!already_over(&subject))
			judge_absence_counts(&subject);
	}
}
