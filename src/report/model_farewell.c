/* The last that is seen of a connection before it is folded: a streamed report writes it then. */
#include "findings.h"

#include "model_kinds.h"

void model_on_farewell(struct model *model, model_farewell *call, void *context)
{
	model->build->farewell = call;
	model->build->farewell_context = context;
}

static int compare_steps(const void *left, const void *right, void *context)
{
	const struct model *model = context;
	const struct step *a = left, *b = right;
	int64_t x = model_step_time(model, a), y = model_step_time(model, b);

	if (x != y)
		return x < y ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind - b->kind;
	if (a->kind == STEP_CORRECTION)
		return (a->index > b->index) - (a->index < b->index);
	return model->transitions[a->index].record.id < model->transitions[b->index].record.id ? -1
											       : 1;
}

/* The last that is seen of it. What is not kept has no equal corrections folded: each is one. */
void fold_farewell(struct model *model, uint32_t index)
{
	struct connection *connection = &model->connections[index];
	struct step steps[4 * KIND_STEPS_MAX];
	size_t count = 0;

	connection_end(model, connection);
	for (uint32_t at = connection->first_correction; at != 0 && count < KIND_STEPS_MAX;
		at = model->corrections[at - 1].next) {
		struct correction *correction = &model->corrections[at - 1];

		correction->frames = &correction->record.frame;
		correction->refuting_frames = &correction->record.refuting_frame;
		correction->refuting_diags = &correction->record.diag_frame;
		correction->refuted_times = &correction->record.t_ns;
		steps[count++] = (struct step){STEP_CORRECTION, at - 1};
	}
	for (uint32_t at = connection->first_transition; at != 0 && count < 4 * KIND_STEPS_MAX;
		at = model->transitions[at - 1].next) {
		const struct record *record = &model->transitions[at - 1].record;

		if (record->kind == RECORD_TRANSITION)
			steps[count++] = (struct step){STEP_TRANSITION, at - 1};
	}
	kind_sort(steps, count, sizeof(*steps), compare_steps, model);
	for (size_t i = 0; i < count; i++)
		if (steps[i].kind == STEP_TRANSITION) {
			const struct record *record = &model->transitions[steps[i].index].record;

			connection->ends[record->side & 1].state = record->to;
		}
	model->build->farewell(model->build->farewell_context, model, index, steps, count);
	for (uint32_t at = connection->first_correction; at != 0;
		at = model->corrections[at - 1].next) {
		struct correction *correction = &model->corrections[at - 1];

		correction->frames = correction->refuting_frames = correction->refuting_diags =
			NULL;
		correction->refuted_times = NULL;
	}
}
