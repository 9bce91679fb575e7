/* The state diagram as it was taken: how often each edge, by whose evidence, and how long each
 * state lasted. */
#include "model_build.h"

static struct edge_sum *edge_of(struct model *model, unsigned from, unsigned to)
{
	struct edge_sum *edge;

	for (size_t i = 0; i < model->edge_count; i++)
		if (model->edges[i].from == from && model->edges[i].to == to)
			return &model->edges[i];
	edge = PUSH(model, model->edges, model->edge_count);
	if (edge == NULL)
		return NULL;
	*edge = (struct edge_sum){.from = (uint8_t)from,
		.to = (uint8_t)to,
		.figure = (uint8_t)state_figure_has(from, to)};
	model->edge_count++;
	return edge;
}

static bool edges_count(struct model *model)
{
	for (const struct figure_edge *edge = state_figure; edge->to != STATE_UNKNOWN; edge++)
		if (edge_of(model, edge->from, edge->to) == NULL)
			return false;
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;
		struct edge_sum *edge = edge_of(model, record->from, record->to);

		if (edge == NULL)
			return false;
		edge->taken++;
		edge->count[record->evidence % (EVIDENCE_BOTH + 1)]++;
		edge->causes |= (uint8_t)(1 << record->cause);
	}
	for (size_t i = 0; i < model->correction_count; i++) {
		const struct record *record = &model->corrections[i].record;
		struct edge_sum *edge = edge_of(model, record->from, record->to);

		if (edge == NULL)
			return false;
		edge->withdrawn += model->corrections[i].count;
	}
	return true;
}

static void state_held(struct model *model, unsigned state, int64_t since_ns, int64_t until_ns)
{
	struct state_sum *sum = &model->states[state % STATE_MAX];

	if (until_ns - since_ns > sum->longest_ns)
		sum->longest_ns = until_ns - since_ns;
}

/* What is left of a socket at the end of the recording lasted at least until then; CLOSED is no
 * state to last in. */
static void steps_hold(struct model *model, const struct steps *steps, uint16_t run)
{
	const struct record *last[2] = {NULL, NULL};

	for (size_t i = 0; i < steps->count; i++) {
		if (steps->item[i].kind != STEP_TRANSITION)
			continue;
		const struct record *record = &model->transitions[steps->item[i].index].record;
		const struct record **own = &last[record->listener ? 0 : record->side & 1];

		if (*own != NULL && (*own)->to == record->from)
			state_held(model, record->from, (*own)->t_ns, record->t_ns);
		model->states[record->to % STATE_MAX].entered++;
		*own = record;
	}
	for (int side = 0; side < 2; side++)
		if (last[side] != NULL && last[side]->to != STATE_CLOSED)
			state_held(
				model, last[side]->to, last[side]->t_ns, model->runs[run].last_ns);
}

bool model_edges(struct model *model)
{
	for (size_t state = 0; state < STATE_MAX; state++)
		model->states[state].longest_ns = -1;
	for (size_t i = 0; i < model->connection_count; i++)
		steps_hold(model, &model->connections[i].steps, model->connections[i].run);
	for (size_t i = 0; i < model->listener_count; i++)
		steps_hold(model, &model->listeners[i].steps, model->listeners[i].run);
	return edges_count(model);
}
