/* RST, sent and received: whom it closes, and what it only seems to close (RFC 9293 3.10.7, RFC
 * 5961 3; Linux: tcp_validate_incoming(), tcp_v4_send_reset(), tcp_send_active_reset()). */
#include "machine.h"

/* A bare RST in answer to the segment that would establish or end: nobody was there to take it. */
static bool no_socket_took(struct step *step, int side, const struct claim *last)
{
	if (last == NULL || last->proven || (last->evidence & EVIDENCE_KERNEL))
		return false;
	/* the stack answers at once; what comes later answers something else */
	int64_t answer_ns = 2 * step->detail->round_trip_ns + 200 * (int64_t)MS;
	if (step->detail->syn_seen[step->peer] &&
		step->t_ns - step->detail->received[side][0].t_ns > answer_ns)
		return false;
	/* a socket that was established would abort with RST|ACK */
	if (last->to == STATE_ESTABLISHED)
		return step->segment->seq == step->detail->iss[side] + 1;
	return last->t_ns == step->detail->received[side][0].t_ns &&
	       (last->to == STATE_TIME_WAIT || last->to == STATE_CLOSE_WAIT);
}

/* The last probe's timer ran out, and the kernel had shown it to be the keepalive timer, with
 * probes unanswered: tcp_keepalive_timer() resets. The timer wheel may be late by an eighth. */
static bool keepalive_gave_up(
	const struct step *step, int side, const struct kernel_side *kernel, uint8_t state)
{
	int64_t late = kernel->timer_due_ns
			       ? (kernel->timer_due_ns - kernel->held_to_ns) / 8 + 50 * MS
			       : 0;

	return kernel->timer == DIAG_TIMER_KEEPALIVE && kernel->retrans > 0 &&
	       kernel->state == state && state_timers[state][TIMER_KEEPALIVE].section &&
	       step->detail->received[side][0].t_ns <= kernel->held_to_ns &&
	       step->t_ns >= kernel->timer_due_ns - JIFFY_NS &&
	       step->t_ns <= kernel->timer_due_ns + late;
}

/* What its program had not read when the kernel last showed the socket, if nothing came since. A
 * FIN received counts as one. */
static int64_t left_unread(
	const struct step *step, int side, const struct kernel_side *kernel, uint8_t state)
{
	bool fin = state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING;

	if (kernel->state != state || step->detail->received[side][0].t_ns > kernel->held_to_ns ||
		state == STATE_SYN_RECV || kernel->mini)
		return 0;
	return kernel->recv_q > fin ? (int64_t)kernel->recv_q - fin : 0;
}

/* Its last word still echoes an older timestamp than that of the segment by which the newest edge
 * was claimed: the socket was closed before it took that segment, which waited for the lock that
 * close() held (RFC 7323 4.3; tcp_replace_ts_recent(), net/ipv4/tcp_input.c). */
static bool echoes_older(const struct step *step, int side, const struct claim *last)
{
	const struct detail *detail = step->detail;

	if (last == NULL || last->proven || (last->evidence & EVIDENCE_KERNEL) ||
		last->cause != CAUSE_SEGMENT || last->frame != detail->received[side][0].frame)
		return false;
	return step->segment->has_ts && detail->has_ts[0] && detail->has_ts[1] &&
	       (int32_t)(step->segment->ts_ecr - detail->ts_recent[side]) < 0;
}

/* Its timer, as the kernel had shown it, ran out before the segment came that found no request, and
 * no SYN-ACK went out then. */
static bool request_timed_out(struct step *step, int side, struct edge_at *at)
{
	const struct kernel_side *kernel = flow_side(step->core, step->index, side, false);

	if (kernel == NULL || !kernel_timer_ran_out(kernel, step->detail, side, STATE_SYN_RECV,
				      step->detail->received[side][0].t_ns))
		return false;
	at->t_ns = kernel->timer_due_ns;
	at->arg[0] = kernel->retrans;
	return true;
}

void machine_send_reset(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	/* the stack's answer to a segment it has no use for; abort() sends RST|ACK */
	bool bare = !(segment->flags & TCP_ACK);
	uint8_t state = end_state(end);
	struct claim *last = ledger_newest(step->core, step->index, side);

	if (state == STATE_CLOSED || state == STATE_LISTEN)
		return;
	if (state == STATE_UNKNOWN && bare) { /* nobody there */
		end_set_state(end, STATE_CLOSED);
		return;
	}
	if (state == STATE_UNKNOWN) {
		struct edge midway = {.to = STATE_CLOSED,
			.cause = CAUSE_CALL,
			.reason = REASON_RST_SENT,
			.section = "RFC 9293 3.10.5"};
		step_edge(step, side, STATE_UNKNOWN, &midway, (struct edge_at){0});
		return;
	}
	if (!bare && segment->seq == 0 && step->detail->syn_seen[step->peer] &&
		segment->ack == step->detail->iss[step->peer] + 1) {
		/* no socket answers the new SYN: the old one is gone */
		if (state != STATE_SYN_SENT && state != STATE_SYN_RECV)
			end_replaced(step, side, false, step->t_ns, step->frame);
		return;
	}
	if (state == STATE_SYN_SENT) { /* a bare one refuses what does not answer its SYN */
		const struct edge given_up = {.to = STATE_CLOSED,
			.cause = CAUSE_CALL,
			.reason = REASON_RST_SENT,
			.section = "RFC 9293 3.10.5"};
		if (!bare && (segment->seq == end->nxt || segment->seq == step->detail->iss[side]))
			step_edge(step, side, state, &given_up, (struct edge_at){0});
		return;
	}
	if (state == STATE_SYN_RECV && bare && segment->seq != end->nxt)
		return;
	if (bare && no_socket_took(step, side, last)) {
		struct claim *history[CLAIMS_JUDGED];
		size_t count =
			ledger_history(step->core, step->index, side, history, CLAIMS_JUDGED);
		/* nor was there ever one */
		if (count > 1 && history[count - 2]->reason == REASON_COOKIE_ACCEPTED) {
			ledger_withdraw(step->core, step->index, history[count - 2],
				REASON_NO_SOCKET, NULL, step->t_ns, step->frame, 0);
			end_set_state(end, STATE_CLOSED);
			return;
		}
		struct edge gone = {.to = STATE_CLOSED,
			.cause = CAUSE_UNKNOWN,
			.reason = REASON_NO_SOCKET,
			.section = "RFC 9293 3.10.7.1"};
		uint8_t from = last->from;
		ledger_withdraw(step->core, step->index, last, REASON_NO_SOCKET, NULL, step->t_ns,
			step->frame, 0);
		struct edge_at at = {.t_ns = step->t_ns, .frame = step->frame, .proven = true};
		const struct edge *edge =
			from == STATE_SYN_SENT   ? &state_calls[STATE_SYN_SENT][CALL_CLOSE]
			: from == STATE_SYN_RECV ? &state_calls[STATE_SYN_RECV][CALL_ABORT]
						 : &gone;
		if (from == STATE_SYN_RECV && request_timed_out(step, side, &at))
			edge = &state_timers[STATE_SYN_RECV][TIMER_SYN_ACK];
		step_edge(step, side, from, edge, at);
		return;
	}
	if ((end->flags & END_SEQ_KNOWN) &&
		(seq_before(segment->seq, end->una) || seq_after(segment->seq, end->nxt)) &&
		!flow_is_lossy(step->core, step->detail))
		return;
	if (!bare && echoes_older(step, side, last)) {
		ledger_withdraw(step->core, step->index, last, REASON_SEGMENT_IGNORED, NULL,
			step->t_ns, step->frame, 0);
		state = end_state(end);
	}
	const struct kernel_side *kernel =
		bare ? NULL : flow_side(step->core, step->index, side, false);
	if (kernel != NULL && keepalive_gave_up(step, side, kernel, state))
		step_edge(step, side, state, &state_timers[state][TIMER_KEEPALIVE],
			(struct edge_at){.arg = {kernel->retrans}});
	else
		step_edge(step, side, state, &state_calls[state][CALL_ABORT],
			(struct edge_at){
				.arg = {kernel != NULL ? left_unread(step, side, kernel, state)
						       : 0}});
}

static bool reset_is_next(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	uint8_t state = end_state(end);
	uint32_t seq = step->segment->seq;

	if (!(end->flags & END_ACK_KNOWN) || seq == end->rcv_nxt ||
		(step->detail->has_ack[side] && seq == step->detail->own_ack[side]))
		return true;
	if (seq == end->rcv_nxt - 1 &&
		(state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING))
		return true; /* tcp_reset_check(), net/ipv4/tcp_input.c */
	for (uint32_t i = step->detail->ranges[side]; i; i = step->core->ranges[i - 1].next)
		if (step->core->ranges[i - 1].end == seq)
			return true;
	return flow_is_lossy(step->core, step->detail) && seq == step_end(step, step->sender)->nxt;
}

void machine_receive_reset(struct step *step, int side)
{
	struct endpoint *end = step_end(step, side);
	const struct segment *segment = step->segment;
	struct kernel_side *kernel = flow_side(step->core, step->index, side, false);
	uint8_t state = end_state(end);
	bool takes;

	switch (state) {
	case STATE_CLOSED:
	case STATE_LISTEN:
		return;
	case STATE_UNKNOWN:
		takes = true;
		break;
	case STATE_SYN_SENT:
		takes = (segment->flags & TCP_ACK) && seq_after(segment->ack, end->una) &&
			!seq_after(segment->ack, end->nxt);
		break;
	case STATE_SYN_RECV:
		/* elsewhere in the window: challenged */
		takes = segment->seq == end->rcv_nxt &&
			((end->flags & END_FULL) || !paws_rejects(step, side));
		break;
	case STATE_FIN_WAIT2:
		takes = reset_is_next(step, side) ||
			(kernel != NULL && kernel->mini &&
				in_window(segment->seq, segment->seq, end->rcv_nxt,
					receive_window(step, side)));
		break;
	default:
		takes = reset_is_next(step, side);
		break;
	}
	if (!takes)
		return;
	step->detail->refused_icmp[side][0] = 0;
	struct edge midway = {.to = STATE_CLOSED,
		.cause = CAUSE_SEGMENT,
		.reason = REASON_RST_RECEIVED,
		.section = "RFC 9293 3.10.7.4"};
	step_edge(step, side, state,
		state == STATE_UNKNOWN ? &midway : &state_segments[state][SEG_RST],
		(struct edge_at){0});
}
