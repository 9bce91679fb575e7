/* What the kernel denies is withdrawn: with which reason, and what of the claims that fall with it
 * stands again, by a later segment. */
#include "judge.h"

static uint16_t refusal_reason(struct subject *subject, const struct claim *claim, int64_t arg[2])
{
	arg[0] = arg[1] = 0;
	if (claim->from == STATE_SYN_RECV && claim->to == STATE_ESTABLISHED)
		return listener_refusal(subject->core, &subject->core->flows[subject->flow].key,
			subject->side, claim->t_ns, arg);
	if (claim->to == STATE_TIME_WAIT)
		return REASON_TIME_WAIT_NEVER_HELD;
	if (claim->from == STATE_LISTEN)
		return REASON_SYN_COOKIE;
	return REASON_SEGMENT_IGNORED;
}

void judge_withdraw_after(struct subject *subject, int edge, uint16_t reason)
{
	struct claim *claim = subject->at.history[edge + 1];
	int64_t arg[2] = {0, 0};

	if (reason == REASON_NONE)
		reason = refusal_reason(subject, claim, arg);
	ledger_withdraw(subject->core, subject->flow, claim, reason, arg, subject->held->t_ns, 0,
		subject->held->number);
}

/* Claims that were withdrawn with an earlier one are made anew, each from its own segment on. */
static void claim_anew(struct subject *subject, const struct endpoint *end,
	const struct claim *claims, size_t count)
{
	struct core *core = subject->core;

	core->flows[subject->flow].end[subject->side] = *end;
	core->details[subject->flow].refused[subject->side] = 0;
	for (size_t i = 0; i < count; i++) {
		const struct edge edge = {.to = claims[i].to,
			.cause = claims[i].cause,
			.reason = claims[i].reason,
			.section = "again"};
		end_set_state(&core->flows[subject->flow].end[subject->side], claims[i].from);
		ledger_edge(core, subject->flow, subject->side, claims[i].from, &edge,
			&(struct edge_at){.t_ns = claims[i].t_ns,
				.frame = claims[i].frame,
				.evidence = EVIDENCE_WIRE,
				.proven = claims[i].proven});
	}
}

static size_t claims_after(const struct subject *subject, int edge, struct claim *out)
{
	size_t count = 0;

	for (size_t i = (size_t)(edge + 1); i < subject->at.count; i++)
		out[count++] = *subject->at.history[i];
	return count;
}

/* There was no request, a cookie; but an ACK came since, and may have made a socket of it after
 * all. */
void judge_cookie_before(struct subject *subject, int edge)
{
	struct detail *detail = &subject->core->details[subject->flow];
	struct endpoint *end = &subject->core->flows[subject->flow].end[subject->side], now = *end;
	struct claim later[CLAIMS_JUDGED + 1];
	size_t count = claims_after(subject, edge - 1, later);

	judge_withdraw_after(subject, edge - 1, REASON_SYN_COOKIE);
	end_set_state(end, STATE_CLOSED);
	end->flags |= END_COOKIE;
	if (count < 2 || later[1].to != STATE_ESTABLISHED ||
		detail->cookie_tries[subject->side] > 0)
		return;
	detail->cookie_tries[subject->side]++;
	later[0].t_ns = later[1].t_ns;
	later[0].frame = later[1].frame;
	later[0].reason = REASON_COOKIE_ACCEPTED;
	claim_anew(subject, &now, later, count);
}

/* The kernel held the older state; if the endpoint's own segments prove the later ones, the edge
 * was taken by a later segment than claimed. */
void judge_withdraw_denied(struct subject *subject, int edge)
{
	const struct received *received =
		subject->core->details[subject->flow].received[subject->side];
	struct endpoint now = subject->core->flows[subject->flow].end[subject->side];
	struct claim later[CLAIMS_JUDGED];
	size_t count = claims_after(subject, edge, later), proven = 1;

	judge_withdraw_after(subject, edge, REASON_NONE);
	while (proven < count &&
		!(later[proven].proven && later[proven].t_ns > subject->held->t_ns))
		proven++;
	if (proven >= count)
		return;
	for (int i = RECEIVED_KEPT - 1; i >= 0; i--)
		if (received[i].t_ns > subject->held->t_ns &&
			received[i].t_ns <= later[proven].t_ns) {
			later[0].t_ns = received[i].t_ns;
			later[0].frame = received[i].frame;
		}
	if (later[0].t_ns <= subject->held->t_ns)
		later[0].t_ns = later[proven].t_ns;
	claim_anew(subject, &now, later, count);
}
