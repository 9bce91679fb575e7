/* The corrected timeline: what was withdrawn is taken out of the transitions, all is put in time
 * order, equal corrections are folded, and each connection and listener gets its own steps. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

/* Made by the first SYN of a new connection: it closes the one before, and then opens its own. */
static bool is_replaced(const struct record *record)
{
	return record->to == STATE_CLOSED &&
	       (record->reason.code == REASON_REPLACED_BY_NEW_CONNECTION ||
		       record->reason.code == REASON_TIME_WAIT_REUSED);
}

static int compare_transitions(const void *left, const void *right)
{
	const struct transition *a = left, *b = right;
	int order = compare(a->record.t_ns, b->record.t_ns);

	if (order == 0)
		order = compare(a->run, b->run);
	if (order == 0)
		order = compare(is_replaced(&b->record), is_replaced(&a->record));
	return order != 0 ? order : compare((int64_t)a->record.id, (int64_t)b->record.id);
}

static int compare_arguments(const struct reason *a, const struct reason *b)
{
	int order = compare(a->code, b->code);

	/* which record an edge fell with is no difference between two falls */
	for (int i = 0; i < 3 && order == 0 && a->code != REASON_FALLS_WITH; i++)
		order = compare(a->arg[i], b->arg[i]);
	return order;
}

/* 0: the same edge of the same endpoint, withdrawn for the same reason. */
static int compare_edges(const struct correction *a, const struct correction *b)
{
	int order = compare(a->run, b->run);

	if (order == 0)
		order = compare(a->record.listener, b->record.listener);
	if (order == 0)
		order = compare(a->index, b->index);
	if (order == 0)
		order = compare(a->record.side, b->record.side);
	if (order == 0)
		order = compare(
			a->record.from * 256 + a->record.to, b->record.from * 256 + b->record.to);
	return order != 0 ? order : compare_arguments(&a->record.reason, &b->record.reason);
}

static int compare_foldable(const void *left, const void *right)
{
	const struct correction *a = left, *b = right;
	int order = compare_edges(a, b);

	if (order == 0)
		order = compare(a->record.t_ns, b->record.t_ns);
	return order != 0 ? order : compare((int64_t)a->record.id, (int64_t)b->record.id);
}

static int compare_corrections(const void *left, const void *right)
{
	const struct correction *a = left, *b = right;
	int order = compare(a->record.t_ns, b->record.t_ns);

	if (order == 0)
		order = compare(a->run, b->run);
	return order != 0 ? order : compare((int64_t)a->record.id, (int64_t)b->record.id);
}

/* Give the first of `count` equal corrections the frames of them all. */
static bool fold(struct correction *first, size_t count)
{
	uint64_t *room = calloc(5 * count, sizeof(*room)); /* of all in one piece: model_free() */

	if (room == NULL)
		return false;
	first->frames = room;
	first->refuting_frames = room + count;
	first->refuting_diags = room + 2 * count;
	first->edge_times = (int64_t *)(room + 3 * count);
	first->refuted_times = (int64_t *)(room + 4 * count);
	for (size_t i = 0; i < count; i++) {
		first->frames[i] = first[i].record.frame;
		first->refuting_frames[i] = first[i].record.refuting_frame;
		first->refuting_diags[i] = first[i].record.diag_frame;
		first->edge_times[i] = first[i].record.edge_t_ns;
		first->refuted_times[i] = first[i].record.t_ns;
	}
	first->count = (uint32_t)count;
	return true;
}

static bool fold_corrections(struct model *model)
{
	struct correction *all = model->corrections;
	size_t count = model->correction_count, kept = 0;

	model->correction_count = 0;
	if (count == 0)
		return true;
	qsort(all, count, sizeof(*all), compare_foldable);
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1; next < count && compare_edges(&all[i], &all[next]) == 0; next++)
			;
		bool folded = fold(&all[i], next - i);

		all[kept] = all[i];
		model->correction_count = ++kept;
		if (!folded)
			return false;
	}
	qsort(all, kept, sizeof(*all), compare_corrections);
	return true;
}

bool model_order(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->transition_count; i++)
		if (model->transitions[i].record.kind == RECORD_TRANSITION)
			model->transitions[kept++] = model->transitions[i];
	model->transition_count = kept;
	if (kept > 0)
		qsort(model->transitions, kept, sizeof(*model->transitions), compare_transitions);
	for (size_t i = 0; i < kept; i++)
		model->summary.transitions[model->transitions[i].record.evidence % EVIDENCE_MAX]++;
	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];

		if (run->first_ns != 0 && (model->first_ns == 0 || run->first_ns < model->first_ns))
			model->first_ns = run->first_ns;
		if (run->last_ns > model->last_ns)
			model->last_ns = run->last_ns;
	}
	return fold_corrections(model);
}

static struct steps *steps_of(struct model *model, bool listener, uint32_t index)
{
	return listener ? &model->listeners[index].steps : &model->connections[index].steps;
}

static bool steps_allocate(struct steps *steps)
{
	steps->item = steps->count > 0 ? malloc(steps->count * sizeof(*steps->item)) : NULL;
	bool ok = steps->count == 0 || steps->item != NULL;

	steps->count = 0;
	return ok;
}

/* When a step belongs in the timeline: a correction stands where its edge had been claimed. */
int64_t model_step_time(const struct model *model, const struct step *step)
{
	if (step->kind == STEP_ERROR)
		return model->errors[step->index].t_ns;
	return step->kind == STEP_CORRECTION ? model->corrections[step->index].record.edge_t_ns
					     : model->transitions[step->index].record.t_ns;
}

/* Transitions came in order, corrections and errors after them: move each of these up to its place.
 */
static void steps_sort(const struct model *model, struct steps *steps)
{
	size_t transitions = 0, at = steps->count;

	while (transitions < steps->count && steps->item[transitions].kind == STEP_TRANSITION)
		transitions++;
	size_t left = steps->count - transitions;

	if (left == 0 || transitions == 0)
		return;
	struct step *others = steps->item + transitions;
	struct step *copy = malloc(left * sizeof(*copy));
	if (copy == NULL)
		return; /* still complete, only less well ordered */
	memcpy(copy, others, left * sizeof(*copy));
	for (size_t i = 1; i < left; i++) /* by the edge's time; they came by their own */
		for (size_t k = i; k > 0 && model_step_time(model, &copy[k]) <
						    model_step_time(model, &copy[k - 1]);
			k--) {
			struct step swap = copy[k];

			copy[k] = copy[k - 1];
			copy[k - 1] = swap;
		}
	while (left > 0) {
		bool transition_last =
			transitions > 0 && model_step_time(model, &steps->item[transitions - 1]) >
						   model_step_time(model, &copy[left - 1]);

		steps->item[--at] = transition_last ? steps->item[--transitions] : copy[--left];
	}
	free(copy);
}

/* One that an edge rests on is told there. Where that edge was withdrawn, the error was only noted:
 * the socket was in a call's hands. */
static bool error_is_edge(struct model *model, uint32_t index, const struct steps *steps)
{
	struct icmp_error *error = &model->errors[index];

	for (size_t i = 0; i < steps->count; i++) {
		struct transition *transition = steps->item[i].kind == STEP_TRANSITION
							? &model->transitions[steps->item[i].index]
							: NULL;

		if (transition != NULL && transition->record.reason.code == REASON_ICMP_ERROR &&
			transition->record.frame == error->frame) {
			transition->error = index + 1;
			error->effect = ICMP_EDGE;
			return true;
		}
	}
	if (error->effect == ICMP_EDGE || error->effect == ICMP_UNKNOWN)
		error->effect = ICMP_SOFT;
	return false;
}

static void errors_add(struct model *model)
{
	for (size_t i = 0; i < model->error_count; i++) {
		struct steps *steps = model->errors[i].of_connection
					      ? &model->connections[model->errors[i].index].steps
					      : NULL;

		if (steps != NULL && !error_is_edge(model, (uint32_t)i, steps))
			steps->item[steps->count++] = (struct step){STEP_ERROR, (uint32_t)i};
	}
}

bool model_timelines(struct model *model)
{
	for (size_t i = 0; i < model->transition_count; i++)
		steps_of(model, model->transitions[i].record.listener, model->transitions[i].index)
			->count++;
	for (size_t i = 0; i < model->correction_count; i++)
		steps_of(model, model->corrections[i].record.listener, model->corrections[i].index)
			->count++;
	for (size_t i = 0; i < model->error_count; i++)
		if (model->errors[i].of_connection)
			model->connections[model->errors[i].index].steps.count++;
	for (size_t i = 0; i < model->connection_count + model->listener_count; i++)
		if (!steps_allocate(i < model->connection_count
					    ? &model->connections[i].steps
					    : &model->listeners[i - model->connection_count].steps))
			return false;
	for (size_t i = 0; i < model->transition_count; i++) {
		struct steps *steps = steps_of(
			model, model->transitions[i].record.listener, model->transitions[i].index);

		steps->item[steps->count++] = (struct step){STEP_TRANSITION, (uint32_t)i};
	}
	for (size_t i = 0; i < model->correction_count; i++) {
		struct steps *steps = steps_of(
			model, model->corrections[i].record.listener, model->corrections[i].index);

		steps->item[steps->count++] = (struct step){STEP_CORRECTION, (uint32_t)i};
	}
	errors_add(model);
	for (size_t i = 0; i < model->connection_count; i++)
		steps_sort(model, &model->connections[i].steps);
	for (size_t i = 0; i < model->listener_count; i++)
		steps_sort(model, &model->listeners[i].steps);
	return true;
}
