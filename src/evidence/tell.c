/* What is told of an end: its path as TRANSITION and CORRECTION records. In a report when the
 * connection settles, once and final; live at once, and then the difference between what was told
 * and what is known now. */
#include <stdlib.h>
#include <string.h>

#include "engine.h"

static uint8_t evidence_of(const struct path_edge *edge)
{
	if (edge->doubtful)
		return EVIDENCE_INFERRED;
	switch (edge->kind) {
	case BY_KERNEL:
		return edge->frame != 0 ? EVIDENCE_BOTH : EVIDENCE_KERNEL;
	case BY_ROUTE:
		if (edge->frame != 0)
			return edge->both ? EVIDENCE_BOTH : EVIDENCE_WIRE;
		return edge->both ? EVIDENCE_KERNEL : EVIDENCE_INFERRED;
	default:
		return edge->both ? EVIDENCE_BOTH : EVIDENCE_WIRE;
	}
}

static struct record edge_record(struct core *core, uint32_t index, int side,
	const struct path *path, int at, enum record_kind kind)
{
	const struct path_edge *edge = &path->edge[at];
	struct record record = core_record(core, index, side, kind, edge->t_ns);

	record.edge_t_ns = edge->t_ns;
	record.not_before_ns = edge->not_before_ns;
	record.frame = edge->frame;
	record.diag_frame = edge->number;
	record.from = edge->from;
	record.to = edge->to;
	record.evidence = evidence_of(edge);
	reason_of_edge(core, index, side, path, at, &record);
	return record;
}

static struct record tell_edge(
	struct core *core, uint32_t index, int side, const struct path *path, int at)
{
	struct record record = edge_record(core, index, side, path, at, RECORD_TRANSITION);

	core_emit(core, &record);
	return record;
}

/* Of a segment that was not taken: the edge that it would have made. `told`: it had been told. */
static struct record tell_not_taken(struct core *core, uint32_t index, int side,
	const struct path *path, int at, const struct told_edge *told)
{
	const struct path_edge *edge = &path->edge[at];
	struct record record = edge_record(core, index, side, path, at, RECORD_CORRECTION);

	record.t_ns = edge->refuted_ns != 0 ? edge->refuted_ns : edge->t_ns;
	record.refuting_frame = edge->refuted_frame;
	record.diag_frame = edge->refuted_number;
	record.evidence = edge->refuted_number == 0  ? EVIDENCE_WIRE
			  : edge->refuted_frame == 0 ? EVIDENCE_KERNEL
						     : EVIDENCE_BOTH;
	record.not_before_ns = 0;
	record.claimed = record.reason.code;
	record.reason = reason_not_taken(core, index, side, path, at);
	if (told != NULL)
		record.of = told->id;
	core_emit(core, &record);
	return record;
}

/* ---- at the end ---- */

/* Which of two edges, one of each end, goes first: the sender's where a segment makes both. */
static bool goes_first(const struct core *core, uint32_t index, const struct path_edge *a, int side,
	const struct path_edge *b)
{
	const struct symbol *ring = ring_of(core, flow_at(core, index));

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns;
	if (a->symbol >= 0 && a->symbol == b->symbol)
		return ring[a->symbol].side == side;
	return a->symbol >= 0 && b->symbol >= 0 ? a->symbol < b->symbol : side == 0;
}

static bool is_due(const struct path *path, int at, int64_t before_ns)
{
	return at < path->count && path->edge[at].t_ns < before_ns;
}

/* Of both ends, in order of time; first what they did, then what was not taken. */
static void tell_both(
	struct core *core, uint32_t index, const struct path path[2], int ends, int64_t before_ns)
{
	int at[2] = {0, 0};

	for (;;) {
		bool due[2] = {is_due(&path[0], at[0], before_ns),
			ends > 1 && is_due(&path[1], at[1], before_ns)};
		if (!due[0] && !due[1])
			break;
		int side = due[0] && due[1] ? !goes_first(core, index, &path[0].edge[at[0]], 0,
						      &path[1].edge[at[1]])
					    : due[1];
		const struct path_edge *edge = &path[side].edge[at[side]];
		if (edge->kind < NOT_TAKEN)
			tell_edge(core, index, side, &path[side], at[side]);
		at[side]++;
	}
	for (int side = 0; side < ends; side++)
		for (int i = 0; is_due(&path[side], i, before_ns); i++)
			if (path[side].edge[i].kind == NOT_TAKEN)
				tell_not_taken(core, index, side, &path[side], i, NULL);
}

static void tell_paths(struct core *core, uint32_t index, int64_t t_ns, int64_t before_ns)
{
	struct flow *flow = flow_at(core, index);
	int ends = flow->flags & FLOW_SELF ? 1 : 2;

	if (!core->limits.at_settle) {
		for (int side = 0; side < ends; side++)
			tell_end(core, index, side, t_ns);
		return;
	}
	for (int side = 0; side < ends; side++) {
		path_of(core, index, side, &core->path[side]);
		if (core->path[side].misses)
			flow_shows_loss(core, flow);
	}
	tell_both(core, index, core->path, ends, before_ns);
}

void tell_rest(struct core *core, uint32_t index, int64_t t_ns)
{
	struct flow *flow = flow_at(core, index);

	tell_paths(core, index, t_ns, INT64_MAX);
	for (int side = 0; side < 2; side++) {
		struct kernel *kernel = kernel_of(core, index, side, false);
		if (kernel != NULL)
			kernel->count = 0;
		if (core->limits.at_settle && (side == 0 || !(flow->flags & FLOW_SELF)))
			flow->end[side].state = core->path[side].state;
		flow->anchor[side] = flow->end[side].state;
		told_drop(core, &flow->end[side]);
	}
	flow->count = 0;
	flow->flags &= (uint16_t) ~(FLOW_CONFLICT | FLOW_CONFLICT << 1);
	flow->flags |= FLOW_ANCHORED;
}

/* ---- at once ---- */

static bool is_same(const struct told_edge *told, const struct path_edge *edge)
{
	/* a FIN that a call has dated since: not_before_ns is that call's beginning */
	bool called = edge->own && edge->kind < BY_KERNEL && edge->not_before_ns != 0 &&
		      told->frame == edge->frame;

	return told->from == edge->from && told->to == edge->to &&
	       (told->t_ns == edge->t_ns || called ||
		       (told->kind == BY_KERNEL && edge->kind == BY_KERNEL));
}

static bool told_add(struct told *told, const struct record *record, uint8_t kind)
{
	if (told->count == told->size) {
		uint32_t size = told->size > 0 ? told->size * 2 : 8;
		struct told_edge *bigger = realloc(told->edge, size * sizeof(*bigger));
		if (bigger == NULL)
			return false;
		told->edge = bigger;
		told->size = size;
	}
	told->edge[told->count++] = (struct told_edge){.id = record->id,
		.frame = record->frame,
		.number = record->diag_frame,
		.t_ns = record->edge_t_ns,
		.from = record->from,
		.to = record->to,
		.evidence = record->evidence,
		.kind = kind,
		.reason = record->reason.code,
		.cause = record->cause};
	return true;
}

static void confirm(struct core *core, uint32_t index, int side, struct told_edge *told,
	const struct path_edge *edge, int64_t t_ns)
{
	uint8_t evidence = evidence_of(edge);

	if (edge->doubtful) /* told when nobody knew of a loss */
		return;
	if (evidence == told->evidence && (told->frame != 0 || edge->frame == 0))
		return;
	struct record record = core_record(core, index, side, RECORD_CONFIRMATION, t_ns);
	record.of = told->id;
	record.edge_t_ns = told->t_ns;
	record.from = told->from;
	record.to = told->to;
	record.cause = told->cause;
	record.frame = told->frame = edge->frame;
	record.diag_frame = told->number = edge->number;
	record.evidence = told->evidence = evidence;
	core_emit(core, &record);
}

/* The symbol that is not taken any more, for an edge that was told: -1 none. */
static int not_taken_of(const struct path *path, const struct told_edge *told)
{
	for (int i = 0; i < path->count; i++)
		if (path->edge[i].kind == NOT_TAKEN && path->edge[i].to == told->to &&
			path->edge[i].frame == told->frame)
			return i;
	return -1;
}

/* No symbol alone refutes it, but what came just now makes another path the cheapest. */
static void name_what_came(
	struct core *core, uint32_t index, int side, int64_t t_ns, struct record *record)
{
	const struct flow *flow = flow_at(core, index);
	const struct symbol *newest =
		flow->count > 0 ? &ring_of(core, flow)[flow->count - 1] : NULL;
	const struct kernel *kernel = kernel_of(core, index, side, false);
	const struct answer *answer =
		kernel != NULL && kernel->count > 0 ? &kernel->answer[kernel->count - 1] : NULL;

	if (newest != NULL && newest->t_ns == t_ns && !newest->kernel) {
		record->refuting_frame = newest->frame;
	} else if (answer != NULL && answer->answered_ns == t_ns) {
		record->diag_frame = answer->number;
		record->evidence = EVIDENCE_KERNEL;
	}
}

static void withdraw_told(struct core *core, uint32_t index, int side, const struct path *path,
	struct told *told, uint32_t from, int64_t t_ns)
{
	for (uint32_t i = from; i < told->count; i++) {
		struct told_edge *edge = &told->edge[i];
		int not = not_taken_of(path, edge);
		if (edge->kind == NOT_TAKEN) /* it was told that it was not taken, and stays so */
			continue;
		if (not >= 0) {
			tell_not_taken(core, index, side, path, not, edge);
			edge->kind = NOT_TAKEN;
			continue;
		}
		struct record record = core_record(core, index, side, RECORD_CORRECTION, t_ns);
		record.of = edge->id;
		record.edge_t_ns = edge->t_ns;
		record.frame = edge->frame;
		record.from = edge->from;
		record.to = edge->to;
		record.cause = edge->cause;
		record.claimed = edge->reason;
		record.evidence = EVIDENCE_WIRE;
		record.reason.code = i == from ? REASON_LEADS_ELSEWHERE : REASON_FALLS_WITH;
		record.reason.arg[0] = i == from ? 0 : (int64_t)told->edge[from].id;
		if (i == from)
			name_what_came(core, index, side, t_ns, &record);
		core_emit(core, &record);
		edge->kind = NOTED; /* gone */
	}
	uint32_t kept = from;
	for (uint32_t i = from; i < told->count; i++)
		if (told->edge[i].kind == NOT_TAKEN)
			told->edge[kept++] = told->edge[i];
	told->count = kept;
}

/* Was it told already that this segment was not taken? */
static bool told_not_taken(const struct told *told, const struct path_edge *edge)
{
	for (uint32_t i = 0; i < told->count; i++)
		if (told->edge[i].kind == NOT_TAKEN && told->edge[i].to == edge->to &&
			told->edge[i].frame == edge->frame)
			return true;
	return false;
}

void tell_end(struct core *core, uint32_t index, int side, int64_t t_ns)
{
	struct flow *flow = flow_at(core, index);
	struct told *told = told_of(core, &flow->end[side], true);
	struct path *path = core->path;

	if (told == NULL)
		return;
	path_of(core, index, side, path);
	if (flow->end[side].state != path->state)
		flow_look(core, index);
	flow->end[side].state = path->state;
	int at = 0;
	uint32_t kept = 0;
	for (; kept < told->count; kept++) { /* what stays as it was told */
		if (told->edge[kept].kind == NOT_TAKEN)
			continue;
		while (at < path->count && path->edge[at].kind >= NOT_TAKEN)
			at++;
		if (at == path->count || !is_same(&told->edge[kept], &path->edge[at]))
			break;
		confirm(core, index, side, &told->edge[kept], &path->edge[at++], t_ns);
	}
	withdraw_told(core, index, side, path, told, kept, t_ns);
	for (; at < path->count; at++) {
		if (path->edge[at].kind >= NOT_TAKEN)
			continue;
		struct record record = tell_edge(core, index, side, path, at);
		told_add(told, &record, path->edge[at].kind);
	}
	for (int i = 0; i < path->count; i++) {
		if (path->edge[i].kind != NOT_TAKEN || told_not_taken(told, &path->edge[i]))
			continue;
		struct record record = tell_not_taken(core, index, side, path, i, NULL);
		told_add(told, &record, NOT_TAKEN);
	}
}

/* ---- a ring that is full ---- */

static void answers_cut(struct core *core, uint32_t index, int side, int64_t before_ns)
{
	struct kernel *kernel = kernel_of(core, index, side, false);
	uint32_t gone = 0;

	while (kernel != NULL && gone < kernel->count &&
		kernel->answer[gone].answered_ns < before_ns)
		gone++;
	if (gone == 0)
		return;
	kernel->count -= gone;
	memmove(kernel->answer, kernel->answer + gone, kernel->count * sizeof(*kernel->answer));
}

static void told_cut(struct told *told, int64_t before_ns)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; told != NULL && i < told->count; i++)
		if (told->edge[i].t_ns >= before_ns)
			told->edge[kept++] = told->edge[i];
	if (told != NULL)
		told->count = kept;
}

void tell_anchor(struct core *core, uint32_t index, int64_t t_ns)
{
	struct flow *flow = flow_at(core, index);
	int64_t before_ns = ring_of(core, flow)[RING_CUT].t_ns;

	tell_paths(core, index, t_ns, before_ns);
	for (int side = 0; side < (flow->flags & FLOW_SELF ? 1 : 2); side++) {
		path_of(core, index, side, core->path);
		for (int i = 0; i < core->path->count; i++)
			if (core->path->edge[i].kind < NOT_TAKEN &&
				core->path->edge[i].t_ns < before_ns)
				flow->anchor[side] = core->path->edge[i].after;
	}
	for (int side = 0; side < 2; side++) {
		answers_cut(core, index, side, before_ns);
		told_cut(told_of(core, &flow->end[side], false), before_ns);
	}
	ring_cut(core, flow, RING_CUT);
	flow->flags |= FLOW_ANCHORED;
}

void flow_settle(struct core *core, uint32_t index, int64_t t_ns)
{
	struct flow *flow = flow_at(core, index);

	if (flow->previous != 0) /* in order of time */
		flow_settle(core, flow->previous - 1, t_ns);
	if (flow->flags & FLOW_SETTLED)
		return;
	struct alike alike;
	bool is_alike = alike_of(core, index, &alike);
	if (is_alike && core->limits.alike(core->emit.context, &alike)) {
		flow->anchor[0] = flow->end[0].state;
		flow->anchor[1] = flow->end[1].state;
		flow->count = 0;
		flow->flags |= FLOW_ANCHORED | FLOW_SETTLED;
		return;
	}
	tell_rest(core, index, t_ns);
	flow->flags |= FLOW_SETTLED;
	struct record record = core_record(core, index, 0, RECORD_SETTLED, t_ns);
	record.alike = is_alike ? &alike : NULL;
	core_emit(core, &record);
}
