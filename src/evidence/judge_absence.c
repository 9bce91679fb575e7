/* An exact look-up found nothing, or another socket: since when that counts, and what it says of
 * the end (docs/evidence.md, rules 11 to 13). */
#include "judge.h"

void judge_absence_counts(struct subject *subject)
{
	struct core *core = subject->core;
	struct endpoint *end = &core->flows[subject->flow].end[subject->side];
	uint8_t state = end_state(end);
	struct claim *last = ledger_newest(core, subject->flow, subject->side);
	struct kernel_side *kernel = subject->kernel;
	bool cookie = subject->held->other_listener;

	/* an edge that found no room for its claim */
	if (state == STATE_CLOSED || state == STATE_LISTEN)
		return;
	if (last == NULL) {
		if (state != STATE_UNKNOWN)
			judge_close_gone(subject);
		return;
	}
	if (state == STATE_SYN_RECV && !judge_was_shown(kernel, STATE_SYN_RECV) &&
		last->from == STATE_LISTEN && cookie) {
		judge_withdraw_after(subject, (int)subject->at.count - 2, REASON_SYN_COOKIE);
		end_set_state(end, STATE_CLOSED);
		end->flags |= END_COOKIE;
		return;
	}
	if (state == STATE_ESTABLISHED && !judge_was_shown(kernel, STATE_ESTABLISHED) &&
		last->from == STATE_SYN_RECV && !(end->flags & END_SPOKE)) {
		bool request_shown = judge_was_shown(kernel, STATE_SYN_RECV);
		size_t first = subject->at.count - 1;
		if (!request_shown && cookie && first > 0 &&
			subject->at.history[first - 1]->from == STATE_LISTEN) {
			judge_withdraw_after(subject, (int)first - 2, REASON_SYN_COOKIE);
			end_set_state(end, STATE_CLOSED);
			end->flags |= END_COOKIE;
			return;
		}
		judge_withdraw_after(subject, (int)first - 1, REASON_NONE);
		judge_close_gone(subject);
		return;
	}
	if (state == STATE_TIME_WAIT && !judge_was_shown(kernel, STATE_TIME_WAIT) &&
		subject->held->t_ns - last->t_ns < 59000 * (int64_t)MS) {
		struct claim claim = *last;
		struct edge edge = {.to = STATE_CLOSED,
			.cause = claim.cause,
			.reason = REASON_CLOSED_WITHOUT_TIME_WAIT,
			.section = "Linux: tcp_time_wait()"};
		struct edge_at at = {.t_ns = claim.t_ns,
			.frame = claim.frame,
			.diag_frame = subject->held->number,
			.evidence = EVIDENCE_BOTH,
			.proven = true};
		judge_withdraw_after(
			subject, (int)subject->at.count - 2, REASON_TIME_WAIT_NEVER_HELD);
		ledger_edge(core, subject->flow, subject->side, claim.from, &edge, &at);
		return;
	}
	judge_close_gone(subject);
}

/* A full socket freed in this state may live on as a mini-socket: after its own FIN, of which
 * without packets nothing is known. */
static bool may_be_handed_over(const struct subject *subject, uint8_t state)
{
	switch (state) {
	case STATE_SYN_SENT:
	case STATE_SYN_RECV:
	case STATE_CLOSE_WAIT:
	case STATE_LAST_ACK:
		return false;
	case STATE_ESTABLISHED:
		return !(subject->core->flows[subject->flow].end[subject->side].flags &
			 END_SEQ_KNOWN);
	default:
		return true;
	}
}

void judge_absent(struct subject *subject)
{
	struct position *at = &subject->at;
	struct kernel_side *kernel = subject->kernel;
	const struct detail *detail = &subject->core->details[subject->flow];
	int64_t received = judge_received_before(subject);
	uint8_t state = judge_state_after(subject, at->to);

	if (kernel->device && kernel->device != subject->held->interface &&
		!subject->held->destroyed)
		return;
	for (int i = at->from; i <= at->to; i++) {
		uint8_t here = judge_state_after(subject, i);
		if (here != STATE_CLOSED && here != STATE_LISTEN)
			continue;
		/* nor was it there before: that says nothing of its end */
		bool elsewhere = kernel->missing_ns && kernel->shown == 0;
		if (at->from == at->to && i >= 0 && !elsewhere)
			ledger_confirm(subject->core, subject->flow, at->history[i],
				subject->held->t_ns, 0, subject->held->number);
		kernel->denial_state = STATE_MAX;
		kernel->timer_due_ns = 0;
		kernel->absent_ns = subject->held->asked_ns;
		return;
	}
	if (subject->held->destroyed && may_be_handed_over(subject, state))
		return;
	bool agreed = kernel->agree_state == state && kernel->agree_ns >= received;
	bool old = received != INT64_MAX && subject->held->asked_ns >= received + SETTLE_NS;
	/* its own SYN-ACK went out after the request was hashed, tcp_conn_request(): if it is not
	 * there now, there is none */
	bool never = state == STATE_SYN_RECV && subject->held->other_listener &&
		     subject->held->asked_ns > detail->syn_ns[subject->side] &&
		     received < detail->syn_ns[subject->side];
	/* the wire went on since: that is for later answers to judge */
	if (at->to + 1 < (int)at->count || at->from != at->to) {
		if (at->from == at->to && at->to >= 0 &&
			at->history[at->to]->from == STATE_LISTEN &&
			!judge_was_shown(kernel, STATE_SYN_RECV) && subject->held->other_listener &&
			(old || never))
			judge_cookie_before(subject, at->to);
		return;
	}
	bool waited = state == STATE_TIME_WAIT && at->count > 0 &&
		      subject->held->t_ns - at->history[at->count - 1]->t_ns >= 59000 * (int64_t)MS;
	bool nobodys =
		kernel->shown == 0 && !waited && !subject->held->other_listener &&
		!subject->held->destroyed &&
		(subject->core->flows[subject->flow].end[subject->side].flags & END_SEQ_KNOWN);
	if (nobodys) {
		if (kernel->missing_ns == 0) {
			kernel->missing_ns = subject->held->t_ns;
			kernel->missing_record = subject->held->number;
		}
		return;
	}
	if (agreed || old || never || subject->held->destroyed ||
		judge_settles(subject, STATE_CLOSED)) {
		judge_absence_counts(subject);
		kernel->timer_due_ns = 0;
	} else if (kernel->denial_state != STATE_CLOSED) {
		judge_settles(subject, STATE_CLOSED);
	}
}
