/* Why an edge was taken, or a segment was not: functions of the edge, its symbol, the kernel's
 * answers and the listener's readings, and of nothing else. */
#include "engine.h"

struct question {
	struct core *core;
	const struct flow *flow;
	uint32_t index;
	int side;
	const struct path *path;
	int at;
	const struct path_edge *edge;
	const struct symbol *symbol; /* NULL none */
	const struct kernel *kernel; /* NULL none */
};

/* The newest answer given before t_ns that showed the socket; NULL none. */
static const struct answer *shown_before(const struct question *question, int64_t t_ns)
{
	const struct kernel *kernel = question->kernel;

	for (int i = kernel != NULL ? (int)kernel->count - 1 : -1; i >= 0; i--)
		if (!kernel->answer[i].absent && kernel->answer[i].answered_ns <= t_ns)
			return &kernel->answer[i];
	return NULL;
}

/* Has the end received anything that counts in between? */
static bool received_between(const struct question *question, int64_t from_ns, int64_t to_ns)
{
	const struct symbol *ring = ring_of(question->core, question->flow);

	for (int i = 0; i < question->flow->count; i++)
		if (ring[i].side != question->side && ring[i].t_ns > from_ns &&
			ring[i].t_ns < to_ns)
			return true;
	return question->kernel != NULL && question->kernel->heard_ns > from_ns &&
	       question->kernel->heard_ns < to_ns;
}

/* Has the end's program sent data in between? Then it may have read as well. */
static bool spoken_between(const struct question *question, int64_t from_ns, int64_t to_ns)
{
	return question->kernel != NULL && question->kernel->spoke_ns > from_ns &&
	       question->kernel->spoke_ns < to_ns;
}

/* ---- its own RST ---- */

/* The last probe's timer ran out, and the kernel had shown it to be the keepalive timer, with
 * probes unanswered: tcp_keepalive_timer() resets. The timer wheel may be late by an eighth. */
static bool keepalive_gave_up(const struct question *question, const struct answer *shown)
{
	int64_t t_ns = question->edge->t_ns;
	int64_t expires_ns = (int64_t)shown->expires_ms * MS;
	int64_t due_ns = shown->answered_ns + expires_ns;

	return shown->timer == DIAG_TIMER_KEEPALIVE && shown->retrans > 0 &&
	       shown->state == question->edge->from &&
	       !received_between(question, shown->answered_ns, t_ns) && t_ns >= due_ns - JIFFY_NS &&
	       t_ns <= due_ns + expires_ns / 8 + 50 * MS;
}

/* What its program had not read when the kernel last showed the socket, if nothing came since and
 * it gave no answer: who answers 4 bytes of 43 has read them. A FIN received counts as one. */
static int64_t left_unread(const struct question *question, const struct answer *shown)
{
	uint8_t state = question->edge->from;
	bool fin = state == STATE_CLOSE_WAIT || state == STATE_LAST_ACK || state == STATE_CLOSING;

	if (shown->state != state || state == STATE_SYN_RECV || shown->mini ||
		received_between(question, shown->answered_ns, question->edge->t_ns) ||
		spoken_between(question, shown->asked_ns, question->edge->t_ns))
		return 0;
	return shown->recv_q > fin ? (int64_t)shown->recv_q - fin : 0;
}

static struct reason reason_of_rst(const struct question *question, struct reason reason)
{
	const struct answer *shown = shown_before(question, question->edge->t_ns);

	if (shown == NULL ||
		(question->edge->on != OWN_ABORT && question->edge->on != OWN_RST_BEFORE))
		return reason;
	if (keepalive_gave_up(question, shown))
		return (struct reason){.code = REASON_KEEPALIVE_TIMED_OUT, .arg = {shown->retrans}};
	reason.arg[0] = left_unread(question, shown);
	return reason;
}

/* ---- gone without a segment ---- */

/* Is the listener of a request closed, and was before a timer that ran out at timed_ns (0: none
 * did)? Linux keeps the request until then. */
static bool listener_went_first(const struct question *question, int64_t timed_ns)
{
	struct flow_key key = flow_key_of(question->core, question->index);
	const struct listener *listener = listener_of(question->core, &key, question->side);
	const struct path_edge *edge = question->edge;

	if (edge->answer >= 0 && question->kernel->answer[edge->answer].listener)
		return false;
	return listener == NULL ? timed_ns == 0
				: listener->state != STATE_LISTEN &&
					  (timed_ns == 0 || listener->seen_ns < timed_ns);
}

static bool was_shown(const struct question *question, uint8_t state)
{
	return question->kernel != NULL && (question->kernel->shown >> state & 1);
}

static struct reason reason_gone(const struct question *question)
{
	const struct path_edge *edge = question->edge;
	const struct answer *shown = shown_before(question, edge->t_ns);
	bool timed = edge->due_ns != 0;
	uint8_t timer = shown != NULL ? shown->timer : DIAG_TIMER_OFF;
	int64_t retries = shown != NULL ? shown->retrans : 0;

	switch (edge->from) {
	case STATE_TIME_WAIT:
		if (timed || !was_shown(question, STATE_TIME_WAIT))
			return (struct reason){.code = REASON_TIME_WAIT_EXPIRED};
		break;
	case STATE_FIN_WAIT2:
		if (timed && timer != DIAG_TIMER_RETRANSMIT)
			return (struct reason){.code = REASON_FIN_WAIT2_TIMED_OUT};
		break;
	case STATE_SYN_SENT:
		return timed ? (struct reason){.code = REASON_SYN_TIMED_OUT, .arg = {retries}}
			     : (struct reason){.code = REASON_CLOSED_OR_ENDED};
	case STATE_SYN_RECV:
		if (listener_went_first(question, edge->due_ns))
			return (struct reason){.code = REASON_LISTENER_CLOSED};
		return timed ? (struct reason){.code = REASON_SYN_ACK_TIMED_OUT, .arg = {retries}}
			     : (struct reason){.code = REASON_REQUEST_GONE};
	default:
		if (timed)
			return (struct reason){.code = timer == DIAG_TIMER_KEEPALIVE
							       ? REASON_KEEPALIVE_TIMED_OUT
							       : REASON_RETRANSMISSION_TIMED_OUT,
				.arg = {retries}};
		break;
	}
	return (struct reason){.code = REASON_SOCKET_GONE};
}

/* ---- edges ---- */

/* Another connection took its place: TIME_WAIT gave way, or had run out. */
static uint16_t reason_replaced(const struct question *question)
{
	const struct path_edge *edge = question->edge;

	if (edge->from != STATE_TIME_WAIT)
		return REASON_REPLACED_BY_NEW_CONNECTION;
	return edge->due_ns != 0 ? REASON_TIME_WAIT_EXPIRED : REASON_TIME_WAIT_REUSED;
}

/* A FIN that has no frame: not out yet; or, where it was acknowledged all the same, not captured,
 * whether a frame shows that or the kernel. */
static uint16_t reason_unseen_fin(const struct question *question)
{
	const struct path *path = question->path;
	const struct symbol *ring = ring_of(question->core, question->flow);
	enum { FINS = 1 << OWN_FIN | 1 << OWN_FIN_BEFORE | 1 << OWN_FIN_AGAIN };

	for (int i = 0; i < question->flow->count; i++)
		if (ring[i].side == question->side && (ring[i].own & FINS))
			return REASON_FIN_QUEUED;
	for (int i = question->at + 1; i < path->count; i++) {
		const struct path_edge *edge = &path->edge[i];
		if (edge->kind < NOT_TAKEN && (edge->reason == REASON_FIN_ACKED ||
						      edge->reason == REASON_LAST_ACK_RECEIVED))
			return REASON_FIN_NOT_CAPTURED;
	}
	return REASON_FIN_QUEUED;
}

static struct reason reason_silent(const struct question *question, struct reason reason)
{
	const struct path_edge *edge = question->edge;

	if (reason.code == REASON_REPLACED_BY_NEW_CONNECTION)
		return reason;
	if (edge->to == STATE_CLOSED && edge->before != STATE_UNKNOWN)
		return reason_gone(question);
	if (edge->from == STATE_UNKNOWN)
		return (struct reason){.code = REASON_SEEN_MIDWAY};
	if (edge->before == STATE_UNKNOWN && edge->to == STATE_SYN_SENT)
		return (struct reason){.code = REASON_SYN_SENT};
	if (edge->to == STATE_SYN_RECV && edge->from == STATE_LISTEN &&
		edge->before != STATE_COOKIE)
		return (struct reason){.code = REASON_SYN_RECEIVED};
	if (edge->reason == REASON_FIN_QUEUED && edge->frame == 0)
		return (struct reason){.code = reason_unseen_fin(question)};
	return reason;
}

/* Why its beginning is missing: the recording began later, or did not keep it. */
static struct reason reason_midway(const struct question *question)
{
	const struct flow *flow = question->flow;
	int64_t after_ns = flow->first_ns - question->core->began_ns;
	uint64_t lost = losses_before(question->core, flow->first_ns);

	return (struct reason){.code = REASON_SEEN_MIDWAY,
		.arg = {after_ns > 0 ? after_ns / MS : 0, (int64_t)lost, flow->forgotten}};
}

static struct question question_of(
	struct core *core, uint32_t index, int side, const struct path *path, int at)
{
	const struct flow *flow = flow_at(core, index);
	const struct path_edge *edge = &path->edge[at];

	return (struct question){.core = core,
		.flow = flow,
		.index = index,
		.side = side,
		.path = path,
		.at = at,
		.edge = edge,
		.symbol = edge->symbol >= 0 ? &ring_of(core, flow)[edge->symbol] : NULL,
		.kernel = kernel_of(core, index, side, false)};
}

void reason_of_edge(struct core *core, uint32_t index, int side, const struct path *path, int at,
	struct record *record)
{
	struct question question = question_of(core, index, side, path, at);
	const struct path_edge *edge = question.edge;
	const struct symbol *symbol = question.symbol;
	struct reason reason = {.code = edge->reason};

	if (edge->kind == BY_KERNEL || edge->kind == BY_ROUTE)
		reason = reason_silent(&question, reason);
	else if (reason.code == REASON_REPLACED_BY_NEW_CONNECTION)
		reason.code = reason_replaced(&question);
	else if (reason.code == REASON_RST_SENT && edge->own && edge->due_ns == 0)
		reason = reason_of_rst(&question, reason);
	if (edge->own && edge->due_ns != 0 && edge->before == STATE_TIME_WAIT)
		reason = (struct reason){.code = REASON_TIME_WAIT_EXPIRED};
	if (edge->own && edge->due_ns != 0 && edge->before == STATE_REQUEST) {
		const struct answer *shown = shown_before(&question, edge->t_ns);
		reason = (struct reason){.code = REASON_SYN_ACK_TIMED_OUT,
			.arg = {shown != NULL ? shown->retrans : 0}};
	}
	if (reason.code == REASON_ICMP_ERROR && symbol != NULL)
		reason = (struct reason){.code = REASON_ICMP_ERROR,
			.arg = {symbol->icmp_type, symbol->icmp_code, symbol->icmp_version}};
	/* whatever shows it: its beginning was lost */
	bool lost = edge->from == STATE_UNKNOWN && flow_lost_packets(core, question.flow);
	if (reason.code == REASON_SEEN_MIDWAY || lost)
		reason = reason_midway(&question);
	record->reason = reason;
	record->cause = reason_cause(reason.code);
	if (reason.code == REASON_TIME_WAIT_REUSED && symbol != NULL && symbol->side == side &&
		!(flow_at(core, index)->end[side].flags & END_PASSIVE))
		record->cause = CAUSE_CALL;
}

/* The peer's FIN met an end that sent its own before it had that, or that had been closed, its FIN
 * still queued. */
static uint16_t reason_fin_not_taken(const struct path *path, int at)
{
	int next = at + 1;

	while (next < path->count && path->edge[next].kind >= NOT_TAKEN)
		next++;
	if (next == path->count || path->edge[next].to != STATE_FIN_WAIT1)
		return REASON_SEGMENT_IGNORED;
	if (path->edge[at].after == STATE_WAITING && path->edge[next].own)
		return REASON_FINS_CROSSED;
	return path->edge[next].kind == BY_ROUTE ? REASON_CLOSED_BEFORE : REASON_SEGMENT_IGNORED;
}

struct reason reason_not_taken(
	struct core *core, uint32_t index, int side, const struct path *path, int at)
{
	const struct path_edge *edge = &path->edge[at];
	const struct flow *flow = flow_at(core, index);
	const struct symbol *ring = ring_of(core, flow);
	struct reason reason = {.code = REASON_SEGMENT_IGNORED};

	if (edge->own && edge->after != STATE_COOKIE)
		return (struct reason){.code = edge->to == STATE_CLOSED ? REASON_RST_NOT_ITS_OWN
									: REASON_FIN_NOT_ITS_OWN};
	if (edge->after == STATE_COOKIE)
		return (struct reason){.code = REASON_SYN_COOKIE};
	if (edge->to == STATE_CLOSE_WAIT)
		reason.code = reason_fin_not_taken(path, at);
	if (edge->to == STATE_TIME_WAIT)
		reason.code = REASON_TIME_WAIT_NEVER_HELD;
	for (int i = 0; edge->refuted_frame != 0 && i < flow->count; i++)
		if (ring[i].frame == edge->refuted_frame && ring[i].side == side &&
			(ring[i].own &
				(1 << OWN_NO_SOCKET | 1 << OWN_REFUSES | 1 << OWN_REFUSES_FIN)))
			return (struct reason){.code = REASON_NO_SOCKET};
	if (edge->before == STATE_COOKIE)
		return (struct reason){.code = REASON_FINAL_ACK_IGNORED};
	if (edge->to != STATE_ESTABLISHED || edge->from != STATE_SYN_RECV)
		return reason;
	struct flow_key key = flow_key_of(core, index);
	bool set_aside = edge->symbol >= 0 && ring[edge->symbol].bare &&
			 !may_have_timed_out(ring, edge->symbol) &&
			 listener_sets_aside(core, &key, side, edge->t_ns);
	reason.code = !set_aside && listener_full(core, &key, side, edge->t_ns, reason.arg)
			      ? REASON_ACCEPT_QUEUE_FULL
			      : REASON_FINAL_ACK_IGNORED;
	return reason;
}
