/* A new connection on the same 4-tuple: what ended the old one, and what is forgotten of it. */
#include "machine.h"

/* TCP_TIMEWAIT_LEN, include/net/tcp.h */
static const int64_t TIME_WAIT_NS = 60000 * (int64_t)MS;

void end_reset(struct step *step, int side)
{
	struct detail *detail = step->detail;
	struct kernel_side *kernel = flow_side(step->core, step->index, side, false);

	ledger_forget(step->core, step->index, side);
	range_clear(step->core, step->index, side);
	*step_end(step, side) = (struct endpoint){0};
	end_set_state(step_end(step, side), STATE_CLOSED);
	detail->syn_seen[side] = detail->has_ts[side] = detail->has_wscale[side] =
		detail->has_ack[side] = detail->cookie_tries[side] = 0;
	detail->refused[side] = 0;
	detail->refused_frame[side] = 0;
	detail->refused_ns[side] = detail->refused_told_ns[side] = 0;
	detail->ts_recent[side] = 0;
	detail->serial[side] = step->flow->serial;
	detail->began_ns[side] = step->t_ns;
	if (kernel != NULL) {
		if (kernel->cookie)
			kernel->ended_cookie = kernel->cookie;
		kernel->cookie = 0;
		kernel->shown = 0;
		kernel->missing_ns = 0;
		kernel->held_to_ns = kernel->timer_due_ns = 0;
		kernel->agree_state = kernel->denial_state = STATE_MAX;
		kernel->inode = 0;
	}
}

void end_replaced(struct step *step, int side, bool by_connect, int64_t t_ns, uint64_t frame)
{
	uint8_t state = end_state(step_end(step, side));
	struct claim *last = ledger_newest(step->core, step->index, side);

	if (state == STATE_CLOSED || state == STATE_LISTEN)
		return;
	struct edge replaced = {.to = STATE_CLOSED,
		.cause = CAUSE_UNKNOWN,
		.reason = REASON_REPLACED_BY_NEW_CONNECTION,
		.section = "RFC 9293 3.10.7.4"};
	struct edge_at at = {.t_ns = t_ns, .frame = frame, .proven = true};
	if (state == STATE_TIME_WAIT && last != NULL && t_ns - last->t_ns >= TIME_WAIT_NS) {
		replaced = state_timers[STATE_TIME_WAIT][TIMER_TIME_WAIT];
		at.t_ns = last->t_ns + TIME_WAIT_NS;
	} else if (state == STATE_TIME_WAIT) {
		replaced = by_connect ? state_calls[STATE_TIME_WAIT][CALL_CONNECT]
				      : state_segments[STATE_TIME_WAIT][SEG_NEW_SYN];
	}
	step_edge(step, side, state, &replaced, at);
}

void connection_new(struct step *step, int opener)
{
	int other = 1 - opener;
	uint32_t old = step->flow->serial;

	end_replaced(step, opener, true, step->t_ns, step->frame);
	bool over = end_state(step_end(step, other)) == STATE_CLOSED;
	if (over && !step->detail->self) {
		struct record record =
			core_record(step->core, step->index, 0, RECORD_SETTLED, step->t_ns);
		record.serial = old;
		core_emit(step->core, &record);
	}
	step->flow->serial = ++step->core->next_serial;
	end_reset(step, opener);
	if (over) {
		end_reset(step, other);
		step->detail->lossy = false;
		step->detail->gaps = step->core->gaps;
	}
}
