/* The evidence ledger: what was claimed, what the kernel confirmed, what had to be withdrawn
 * (docs/evidence.md). An endpoint's claims are a list, newest first; a correction restores the
 * endpoint as it was before the claim. */
#include <string.h>

#include "inside.h"

const struct edge ledger_cookie_edge = {STATE_SYN_RECV, CAUSE_SEGMENT, REASON_COOKIE_ACCEPTED,
	"RFC 4987 3.6; Linux: cookie_v4_check()"};

/* The pool is used up: what has been over for a while needs no judgement any more. Looks at a few
 * flows a time, in turn. An end that was never seen to open keeps its claims: they alone tell that
 * it is not new. */
static void claims_reclaim(struct core *core, uint32_t asking)
{
	enum { FLOWS_A_TIME = 64 };

	for (int step = 0; step < FLOWS_A_TIME && core->claim_free == 0; step++) {
		uint32_t at = core->claim_hand = (core->claim_hand + 1) % core->flow_top;
		if (at == asking || core->flows[at].serial == 0 || !flow_is_over(core, at) ||
			core->now_ns - core->flows[at].last_ns < 1000 * (int64_t)MS)
			continue;
		for (int side = 0; side < 2; side++)
			if (core->details[at].syn_seen[side])
				ledger_forget(core, at, side);
	}
}

static uint32_t claim_take(struct core *core, uint32_t index)
{
	if (core->claim_free == 0 && core->claim_top == core->limits.claims)
		claims_reclaim(core, index);
	if (core->claim_free) {
		uint32_t at = core->claim_free - 1;
		core->claim_free = core->claims[at].next;
		return at;
	}
	return core->claim_top < core->limits.claims ? core->claim_top++ : UINT32_MAX;
}

static void claim_push(struct core *core, uint32_t index, const struct claim *claim)
{
	uint32_t at = claim_take(core, index);

	if (at == UINT32_MAX) /* this edge stands as it is, unjudged */
		return;
	core->claims[at] = *claim;
	core->claims[at].next = core->flows[index].claims;
	core->flows[index].claims = at + 1;
}

struct claim *ledger_newest(struct core *core, uint32_t index, int side)
{
	for (uint32_t i = core->flows[index].claims; i; i = core->claims[i - 1].next)
		if (core->claims[i - 1].side == side)
			return &core->claims[i - 1];
	return NULL;
}

size_t ledger_history(struct core *core, uint32_t index, int side, struct claim **out, size_t max)
{
	size_t count = 0;

	for (uint32_t i = core->flows[index].claims; i && count < max; i = core->claims[i - 1].next)
		if (core->claims[i - 1].side == side)
			out[count++] = &core->claims[i - 1];
	for (size_t i = 0; i < count / 2; i++) {
		struct claim *swap = out[i];
		out[i] = out[count - 1 - i];
		out[count - 1 - i] = swap;
	}
	return count;
}

void ledger_forget(struct core *core, uint32_t index, int side)
{
	for (uint32_t *link = &core->flows[index].claims; *link;) {
		uint32_t at = *link;
		struct claim *claim = &core->claims[at - 1];
		if (claim->side != side) {
			link = &claim->next;
			continue;
		}
		*link = claim->next;
		claim->next = core->claim_free;
		core->claim_free = at;
	}
}

bool ledger_edge(struct core *core, uint32_t index, int side, uint8_t from, const struct edge *edge,
	const struct edge_at *at)
{
	struct flow *flow = &core->flows[index];
	struct detail *detail = &core->details[index];
	struct endpoint *end = &flow->end[side];

	if (edge->section == NULL)
		return false;
	if ((detail->refused[side] & 1u << edge->to) && !at->proven &&
		!(at->evidence & EVIDENCE_KERNEL)) {
		detail->refused_ns[side] = at->t_ns;
		detail->refused_frame[side] = at->frame;
		detail->refused_to[side] = edge->to;
		return false;
	}
	struct claim claim = {.frame = at->frame,
		.diag_frame = at->diag_frame,
		.t_ns = at->t_ns,
		.before = *end,
		.reason = edge->reason,
		.side = (uint8_t)side,
		.from = from,
		.to = edge->to,
		.evidence = at->evidence,
		.cause = edge->cause,
		.proven = at->proven};
	/* edges of one endpoint keep their order in time, over connections too */
	if (claim.t_ns < detail->edge_ns[side])
		claim.t_ns = detail->edge_ns[side];
	detail->edge_ns[side] = claim.t_ns;
	end_set_state(end, edge->to);
	/* the state it was refused in is left */
	detail->refused_told_ns[side] = detail->refused_ns[side];
	if (edge->to == STATE_CLOSED || edge->to == STATE_LISTEN)
		range_clear(core, index, side);
	struct record record = core_record(core, index, side, RECORD_TRANSITION, claim.t_ns);
	record.not_before_ns = at->not_before_ns;
	record.edge_t_ns = claim.t_ns;
	record.frame = at->frame;
	record.diag_frame = at->diag_frame;
	record.from = from;
	record.to = edge->to;
	record.cause = edge->cause;
	record.evidence = at->evidence;
	record.reason =
		(struct reason){.code = edge->reason, .arg = {at->arg[0], at->arg[1], at->arg[2]}};
	claim.id = core_emit(core, &record);
	claim_push(core, index, &claim);
	struct kernel_side *kernel = flow_side(core, index, side, false);
	if (kernel != NULL) {
		kernel->agree_state = at->evidence & EVIDENCE_KERNEL ? edge->to : STATE_MAX;
		if (at->evidence & EVIDENCE_KERNEL)
			kernel->denial_state = STATE_MAX;
	}
	return true;
}

void ledger_confirm(struct core *core, uint32_t index, struct claim *claim, int64_t t_ns,
	uint64_t frame, uint64_t diag_frame)
{
	uint8_t evidence = (uint8_t)(claim->evidence | (frame ? EVIDENCE_WIRE : 0) |
				     (diag_frame ? EVIDENCE_KERNEL : 0));

	if (evidence == claim->evidence)
		return;
	struct record record = core_record(core, index, claim->side, RECORD_CONFIRMATION, t_ns);
	record.of = claim->id;
	record.edge_t_ns = claim->t_ns;
	record.from = claim->from;
	record.to = claim->to;
	record.cause = claim->cause;
	claim->evidence = record.evidence = evidence;
	if (claim->frame == 0)
		claim->frame = frame;
	if (claim->diag_frame == 0)
		claim->diag_frame = diag_frame;
	record.frame = claim->frame;
	record.diag_frame = claim->diag_frame;
	core_emit(core, &record);
}

static void withdraw_one(struct core *core, uint32_t index, const struct claim *claim,
	struct reason reason, int64_t t_ns, uint64_t refuting_frame, uint64_t diag_frame)
{
	struct record record = core_record(core, index, claim->side, RECORD_CORRECTION, t_ns);

	record.of = claim->id;
	record.edge_t_ns = claim->t_ns;
	record.frame = claim->frame;
	record.refuting_frame = refuting_frame;
	record.diag_frame = diag_frame;
	record.from = claim->from;
	record.to = claim->to;
	record.cause = claim->cause;
	record.evidence =
		diag_frame ? (refuting_frame ? EVIDENCE_BOTH : EVIDENCE_KERNEL) : EVIDENCE_WIRE;
	record.reason = reason;
	core_emit(core, &record);
}

void ledger_withdraw(struct core *core, uint32_t index, struct claim *claim, uint16_t code,
	const int64_t arg[2], int64_t t_ns, uint64_t refuting_frame, uint64_t diag_frame)
{
	struct flow *flow = &core->flows[index];
	struct detail *detail = &core->details[index];
	int side = claim->side;
	struct endpoint *end = &flow->end[side], now = *end;
	struct claim first = *claim, *history[CLAIMS_JUDGED];
	size_t count = ledger_history(core, index, side, history, CLAIMS_JUDGED);
	struct reason reason = {.code = code};

	if (arg != NULL)
		memcpy(reason.arg, arg, 2 * sizeof(arg[0]));
	for (size_t i = 0; i < count; i++) {
		if (history[i]->id < first.id)
			continue;
		withdraw_one(core, index, history[i], reason, t_ns, refuting_frame, diag_frame);
		detail->refused[side] |= (uint16_t)(1u << history[i]->to);
		reason = (struct reason){
			.code = REASON_FALLS_WITH, .arg = {(int64_t)first.id, 0, 0}};
	}
	for (uint32_t *link = &flow->claims; *link;) { /* forget them */
		uint32_t at = *link;
		struct claim *gone = &core->claims[at - 1];
		if (gone->side != side || gone->id < first.id) {
			link = &gone->next;
			continue;
		}
		*link = gone->next;
		gone->next = core->claim_free;
		core->claim_free = at;
	}
	const struct claim *newest = ledger_newest(core, index, side);
	detail->edge_ns[side] = newest != NULL ? newest->t_ns : first.t_ns;
	/* and go on from there, with what the endpoint's own segments have told since */
	*end = first.before;
	end_set_state(end, first.from);
	end->nxt = now.nxt;
	end->window = now.window;
	end->flags = (uint8_t)(now.flags & ~(END_FIN_RECEIVED | END_COOKIE));
	if (detail->has_ack[side])
		end->rcv_nxt = detail->own_ack[side];
	if (first.from == STATE_SYN_RECV || first.from == STATE_SYN_SENT)
		end->una = detail->iss[side];
	range_clear(core, index, side);
	detail->refused_frame[side] = first.frame;
	detail->refused_ns[side] = detail->refused_told_ns[side] = first.t_ns;
	detail->refused_to[side] = first.to;
	/* what came since may yet be taken */
	if (first.to == STATE_ESTABLISHED && detail->received[side][0].t_ns > first.t_ns) {
		detail->refused_frame[side] = detail->received[side][0].frame;
		detail->refused_ns[side] = detail->received[side][0].t_ns;
	}
	struct kernel_side *kernel = flow_side(core, index, side, false);
	if (kernel != NULL)
		kernel->denial_state = STATE_MAX;
}

void ledger_refused_again(struct core *core, uint32_t index, int side, int64_t t_ns,
	uint64_t refuting_frame, uint64_t diag_frame)
{
	struct flow *flow = &core->flows[index];
	struct detail *detail = &core->details[index];
	uint8_t state = end_state(&flow->end[side]);
	struct reason reason = {.code = REASON_SEGMENT_IGNORED};

	if (detail->refused_ns[side] <= detail->refused_told_ns[side])
		return;
	detail->refused_told_ns[side] = detail->refused_ns[side];
	if (state == STATE_SYN_RECV)
		reason.code = listener_refusal(
			core, &flow->key, side, detail->refused_ns[side], reason.arg);
	struct claim never = {.frame = detail->refused_frame[side],
		.t_ns = detail->refused_ns[side],
		.side = (uint8_t)side,
		.from = state,
		.to = detail->refused_to[side],
		.cause = CAUSE_SEGMENT};
	withdraw_one(core, index, &never, reason, t_ns, refuting_frame, diag_frame);
}

/* ---- answers wait until every packet captured before them has come: a heap ordered by time, then
 * by record number ---- */

static bool held_before(const struct held *a, const struct held *b)
{
	return a->t_ns != b->t_ns ? a->t_ns < b->t_ns : a->number < b->number;
}

static void held_pop(struct core *core, struct held *out)
{
	struct held *heap = core->held, last = heap[--core->held_size];
	uint32_t at = 0, size = core->held_size;

	*out = heap[0];
	for (;;) {
		uint32_t child = 2 * at + 1;
		if (child >= size)
			break;
		if (child + 1 < size && held_before(&heap[child + 1], &heap[child]))
			child++;
		if (!held_before(&heap[child], &last))
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = last;
}

static void held_push(struct core *core, const struct held *held)
{
	uint32_t at;

	if (core->held_size == core->limits.held_rows) { /* no room: judge the oldest now */
		struct held oldest;
		held_pop(core, &oldest);
		judge_answer(core, &oldest);
	}
	for (at = core->held_size++; at > 0 && held_before(held, &core->held[(at - 1) / 2]);
		at = (at - 1) / 2)
		core->held[at] = core->held[(at - 1) / 2];
	core->held[at] = *held;
}

static int64_t held_asked(const struct event *event)
{
	return event->asked_ns ? event->asked_ns : event->t_ns;
}

void ledger_hold(struct core *core, const struct event *event)
{
	const struct sockrow *row = &event->u.diag.row;
	struct held held = {.t_ns = event->t_ns,
		.asked_ns = held_asked(event),
		.number = event->number,
		.cookie = row->cookie,
		.key = row->key,
		.inode = row->inode,
		.expires_ms = row->expires_ms,
		.recv_q = row->recv_q,
		.send_q = row->send_q,
		.interface = row->interface,
		.state = row->state,
		.timer = row->timer,
		.retrans = row->retrans,
		.mini = row->mini,
		.request = row->request,
		.v6only = row->v6only,
		.exact = event->exact,
		.absent = event->kind != EVENT_ROW,
		.destroyed = event->kind == EVENT_DESTROYED,
		.first_dump = !event->exact &&
			      (core->dumps == 0 ||
				      held_asked(event) <= core->first_dump_ns + FIRST_DUMP_NS)};

	if (event->kind == EVENT_ABSENT && event->u.diag.other) {
		const struct sockrow *found = &event->u.diag.found;
		held.other = true;
		held.other_listener = found->state == STATE_LISTEN;
		if (held.other_listener) {
			struct held other = {.t_ns = held.t_ns,
				.asked_ns = held.asked_ns,
				.number = held.number,
				.cookie = found->cookie,
				.key = found->key,
				.inode = found->inode,
				.recv_q = found->recv_q,
				.send_q = found->send_q,
				.state = STATE_LISTEN,
				.interface = found->interface,
				.v6only = found->v6only,
				.exact = true};
			held_push(core, &other);
		}
	}
	held_push(core, &held);
}

void ledger_deadlines(struct core *core, int64_t t_ns)
{
	while (core->held_size > 0 && core->held[0].t_ns + HOLD_NS <= t_ns) {
		struct held held;
		held_pop(core, &held);
		judge_answer(core, &held);
	}
}
