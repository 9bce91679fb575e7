/* What the kernel shows and the wire does not: by which legal edges it got there, when, and what
 * ended a socket that is gone. */
#include <sys/socket.h>

#include "judge.h"

struct edge_at judge_kernel_at(const struct held *held, const struct kernel_side *kernel)
{
	int64_t otherwise_ns =
		kernel->held_to_ns > kernel->absent_ns ? kernel->held_to_ns : kernel->absent_ns;

	return (struct edge_at){.t_ns = held->t_ns,
		.not_before_ns = otherwise_ns,
		.diag_frame = held->number,
		.evidence = EVIDENCE_KERNEL,
		.proven = true};
}

/* ---- routes: how the kernel may have got from one state to another ---- */

static const struct edge *edge_between(uint8_t from, uint8_t to)
{
	/* Linux takes the ACK first */
	if (from == STATE_SYN_RECV && to == STATE_CLOSE_WAIT)
		return NULL;
	for (int i = 0; i < CALL_MAX; i++)
		if (state_calls[from][i].section && state_calls[from][i].to == to)
			return &state_calls[from][i];
	for (int i = 0; i < SEG_MAX; i++)
		if (state_segments[from][i].section && state_segments[from][i].to == to)
			return &state_segments[from][i];
	for (int i = 0; i < TIMER_MAX; i++)
		if (state_timers[from][i].section && state_timers[from][i].to == to)
			return &state_timers[from][i];
	return NULL;
}

size_t judge_route(uint8_t from, uint8_t to, uint8_t route[STATE_MAX])
{
	uint8_t queue[STATE_MAX], back[STATE_MAX] = {0};
	size_t head = 0, tail = 0, length = 0;

	queue[tail++] = from;
	back[from] = from;
	while (head < tail && back[to] == 0) {
		uint8_t at = queue[head++];
		if (at != from && (at == STATE_CLOSED || at == STATE_LISTEN))
			continue;
		for (uint8_t next = 1; next < STATE_MAX; next++)
			if (back[next] == 0 && edge_between(at, next) != NULL) {
				back[next] = at;
				queue[tail++] = next;
			}
	}
	if (back[to] == 0 || from == to)
		return 0;
	for (uint8_t at = to; at != from; at = back[at])
		length++;
	size_t i = length;
	for (uint8_t at = to; at != from; at = back[at])
		route[--i] = at;
	return length;
}

bool judge_by_call_or_timer(uint8_t from, uint8_t to)
{
	for (int i = 0; i < CALL_MAX; i++)
		if (state_calls[from][i].section && state_calls[from][i].to == to)
			return true;
	for (int i = 0; i < TIMER_MAX; i++)
		if (state_timers[from][i].section && state_timers[from][i].to == to)
			return true;
	return false;
}

/* May a segment of that time have brought the state now shown? Not if an answer asked after it
 * still showed another, or nothing. */
static bool is_newer(const struct subject *subject, int64_t t_ns)
{
	const struct kernel_side *kernel = subject->kernel;

	return t_ns + SETTLE_NS >= kernel->held_to_ns && t_ns + SETTLE_NS >= kernel->absent_ns;
}

void judge_kernel_leads(struct subject *subject, uint8_t state)
{
	struct core *core = subject->core;
	struct flow *flow = &core->flows[subject->flow];
	struct detail *detail = &core->details[subject->flow];
	int side = subject->side;
	uint8_t from = end_state(&flow->end[side]), route[STATE_MAX];
	struct edge_at at = judge_kernel_at(subject->held, subject->kernel);
	uint16_t refused = detail->refused[side];
	bool refused_fits = detail->refused_frame[side] &&
			    detail->refused_ns[side] <= subject->held->t_ns &&
			    is_newer(subject, detail->refused_ns[side]);

	if (from == STATE_CLOSED && state != STATE_SYN_SENT && detail->syn_seen[1 - side])
		from = STATE_LISTEN;
	else if (from == STATE_CLOSED && state != STATE_SYN_SENT)
		from = state == STATE_SYN_RECV && !subject->held->first_dump ? STATE_LISTEN
									     : STATE_UNKNOWN;
	if (subject->held->first_dump && subject->at.count == 0)
		from = STATE_UNKNOWN;
	size_t length = from == STATE_UNKNOWN ? 0 : judge_route(from, state, route);
	if (length == 0) {
		struct edge shown = {.to = state,
			.cause = CAUSE_UNKNOWN,
			.reason = from == STATE_UNKNOWN ? REASON_SEEN_MIDWAY : REASON_KERNEL_SHOWS,
			.section = "sock_diag"};
		ledger_edge(core, subject->flow, side, from, &shown, &at);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		struct edge edge = *edge_between(from, route[i]);
		struct edge_at here = at;
		if (i + 1 < length) {
			here.evidence = EVIDENCE_WIRE;
			here.diag_frame = 0;
		}
		if (edge.cause == CAUSE_CALL && (edge.reason == REASON_FIN_SENT ||
							edge.reason == REASON_FIN_SENT_AFTER_PEER))
			/* its FIN was not captured (yet) */
			edge.reason = REASON_FIN_QUEUED;
		if (from == STATE_LISTEN && (flow->end[side].flags & END_COOKIE)) {
			edge = ledger_cookie_edge;
			if (refused_fits) {
				here.t_ns = detail->refused_ns[side];
				here.frame = detail->refused_frame[side];
			}
		} else if (edge.to == STATE_SYN_RECV &&
			   (from == STATE_LISTEN || from == STATE_SYN_SENT) &&
			   detail->syn_seen[1 - side] &&
			   is_newer(subject, detail->syn_ns[1 - side])) {
			/* the request exists from its SYN on */
			here.t_ns = detail->syn_ns[1 - side];
			here.frame = detail->syn_frame[1 - side];
			here.not_before_ns = 0;
		} else if ((refused & 1u << edge.to) && edge.cause == CAUSE_SEGMENT &&
			   refused_fits) {
			/* the newest segment that says so was taken this time */
			here.t_ns = detail->refused_ns[side];
			here.frame = detail->refused_frame[side];
		} else if ((edge.reason == REASON_FIN_RECEIVED ||
				   edge.reason == REASON_PEER_FIN_RECEIVED) &&
			   (flow->end[1 - side].flags & END_FIN_SENT) &&
			   detail->fin_frame[1 - side] &&
			   is_newer(subject, detail->fin_ns[1 - side])) {
			here.t_ns = detail->fin_ns[1 - side];
			here.frame = detail->fin_frame[1 - side];
			flow->end[side].flags |= END_FIN_RECEIVED;
		}
		if (here.not_before_ns >= here.t_ns)
			here.not_before_ns = 0;
		if (here.frame && (here.evidence & EVIDENCE_KERNEL))
			here.evidence = EVIDENCE_BOTH;
		ledger_edge(core, subject->flow, side, from, &edge, &here);
		from = route[i];
	}
	detail->refused[side] &= (uint16_t) ~(1u << state);
}

bool kernel_timer_ran_out(const struct kernel_side *kernel, const struct detail *detail, int side,
	uint8_t state, int64_t by_ns)
{
	return kernel->timer_due_ns && kernel->state == state && kernel->timer_due_ns <= by_ns &&
	       detail->sent_ns[side] < kernel->timer_due_ns - JIFFY_NS;
}

/* Is the listener of a request closed, and was before a timer that ran out at timed_ns (0: none
 * did)? Linux keeps the request until then. */
static bool listener_went_first(const struct subject *subject, int64_t timed_ns)
{
	const struct listener *listener =
		listener_of(subject->core, &subject->core->flows[subject->flow].key, subject->side);

	if (subject->held->other_listener)
		return false;
	return listener == NULL ? timed_ns == 0
				: listener->state != STATE_LISTEN &&
					  (timed_ns == 0 || listener->seen_ns < timed_ns);
}

/* What took the endpoint away, when nothing on the wire says so. */
static struct edge edge_gone(struct subject *subject, uint8_t state, struct edge_at *at)
{
	struct kernel_side *kernel = subject->kernel;
	int timer = -1;
	const struct detail *detail = &subject->core->details[subject->flow];
	int side = subject->side;
	bool timed =
		kernel_timer_ran_out(kernel, detail, side, state, subject->held->t_ns + JIFFY_NS);
	bool unheard = state == STATE_SYN_RECV &&
		       listener_went_first(subject, timed ? kernel->timer_due_ns : 0);

	if ((state == STATE_SYN_SENT || state == STATE_SYN_RECV) &&
		detail->refused_to[side] == STATE_CLOSED && detail->refused_frame[side] &&
		detail->refused_icmp[side][0] && (detail->refused[side] & 1u << STATE_CLOSED) &&
		detail->refused_ns[side] <= subject->held->t_ns &&
		is_newer(subject, detail->refused_ns[side]) &&
		/* an error like one that was ignored, taken this time */
		state_segments[state][SEG_ICMP_ERROR].section) {
		*at = (struct edge_at){.t_ns = detail->refused_ns[side],
			.frame = detail->refused_frame[side],
			.diag_frame = subject->held->number,
			.evidence = EVIDENCE_BOTH,
			.proven = true,
			.arg = {detail->refused_icmp[side][0], detail->refused_icmp[side][1],
				subject->core->flows[subject->flow].key.family == AF_INET6 ? 6
											   : 4}};
		return state_segments[state][SEG_ICMP_ERROR];
	}
	switch (state) {
	case STATE_TIME_WAIT:
		timer = timed || !judge_was_shown(kernel, state) ? TIMER_TIME_WAIT : -1;
		break;
	case STATE_FIN_WAIT2:
		timer = timed && kernel->timer != DIAG_TIMER_RETRANSMIT ? TIMER_FIN_WAIT2 : -1;
		break;
	case STATE_SYN_SENT:
		timer = timed ? TIMER_SYN : -1;
		break;
	case STATE_SYN_RECV:
		timer = timed && !unheard ? TIMER_SYN_ACK : -1;
		break;
	case STATE_FIN_WAIT1:
	case STATE_CLOSING:
	case STATE_LAST_ACK:
	case STATE_ESTABLISHED:
	case STATE_CLOSE_WAIT:
		timer = timed && kernel->timer == DIAG_TIMER_KEEPALIVE &&
					state_timers[state][TIMER_KEEPALIVE].section
				? TIMER_KEEPALIVE
			: timed ? TIMER_RETRANSMIT
				: -1;
		break;
	default:
		break;
	}
	if (timed && (timer >= 0 || unheard) && kernel->timer_due_ns > kernel->held_to_ns &&
		kernel->timer_due_ns < subject->held->t_ns)
		/* its expiry dates the edge better than the answer */
		at->t_ns = kernel->timer_due_ns;
	if (timer >= 0) {
		at->arg[0] = kernel->retrans;
		return state_timers[state][timer];
	}
	if (state == STATE_SYN_SENT)
		return state_calls[state][CALL_CLOSE];
	if (unheard)
		return state_calls[state][CALL_LISTENER_CLOSE];
	return (struct edge){.to = STATE_CLOSED,
		.cause = CAUSE_UNKNOWN,
		.reason = state == STATE_SYN_RECV ? REASON_REQUEST_GONE : REASON_SOCKET_GONE,
		.section = "sock_diag"};
}

void judge_close_gone(struct subject *subject)
{
	uint8_t state = end_state(&subject->core->flows[subject->flow].end[subject->side]);
	struct edge_at at = judge_kernel_at(subject->held, subject->kernel);
	struct edge edge = edge_gone(subject, state, &at);

	ledger_edge(subject->core, subject->flow, subject->side, state, &edge, &at);
}
