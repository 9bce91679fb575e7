/* One answer of the kernel and the endpoint it is about: shared by judge.c, judge_absence.c,
 * judge_withdraw.c and judge_kernel.c. */
#ifndef TCPSTATE_CORE_JUDGE_H
#define TCPSTATE_CORE_JUDGE_H

#include "inside.h"

struct position { /* where in the endpoint's history an answer falls */
	struct claim *history[CLAIMS_JUDGED];
	size_t count;
	/* index of the last edge surely before it, and of the last that may be; -1: before the
	 * first */
	int from, to;
};

struct subject {
	struct core *core;
	uint32_t flow;
	int side;
	const struct held *held;
	struct kernel_side *kernel;
	struct position at;
};

static inline bool judge_was_shown(const struct kernel_side *kernel, unsigned state)
{
	return kernel->shown & 1u << state;
}

/* An edge on the kernel's word: when it was first seen, and last not. */
struct edge_at judge_kernel_at(const struct held *held, const struct kernel_side *kernel);
/* Shortest legal route that does not pass through CLOSED or LISTEN; the states after `from` in
 * route[], their number returned, 0: none. */
size_t judge_route(uint8_t from, uint8_t to, uint8_t route[STATE_MAX]);
bool judge_by_call_or_timer(uint8_t from, uint8_t to);
/* The kernel is ahead: take the edges that lead there; the last one is the kernel's, those between
 * are inferred. */
void judge_kernel_leads(struct subject *subject, uint8_t state);
/* The socket is gone, and no packet says why: by the timer it had shown, by its program, or for an
 * unknown cause. */
void judge_close_gone(struct subject *subject);
/* The state after that edge of the history (an index into it; -1: before the first). */
uint8_t judge_state_after(const struct subject *subject, int edge);
/* The newest segment that the endpoint had received when the answer was asked for; 0 none.
 * INT64_MAX: too long ago to be remembered. */
int64_t judge_received_before(const struct subject *subject);
/* Two answers since the newest received segment agree, the later one at least SETTLE_NS after it.
 * The first is remembered. */
bool judge_settles(struct subject *subject, uint8_t state);
/* Withdraw what was claimed after that edge of the history; REASON_NONE: for the reason that the
 * claim suggests. */
void judge_withdraw_after(struct subject *subject, int edge, uint16_t reason);
void judge_withdraw_denied(struct subject *subject, int edge);
void judge_cookie_before(struct subject *subject, int edge);
/* the answer shows that the socket is not there: does that count yet? */
void judge_absent(struct subject *subject);
/* it does: what it refutes, or what ended the socket */
void judge_absence_counts(struct subject *subject);

#endif
