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

/* Those of connections that were folded. */
static bool edges_folded(struct model *model)
{
	for (unsigned at = 0; at < STATE_MAX * STATE_MAX; at++) {
		const struct edge_taken *taken =
			&model->build->taken[at / STATE_MAX][at % STATE_MAX];
		size_t sum = taken->withdrawn;

		for (int i = 0; i <= EVIDENCE_BOTH; i++)
			sum += taken->count[i];
		struct edge_sum *edge =
			sum > 0 ? edge_of(model, at / STATE_MAX, at % STATE_MAX) : NULL;
		if (sum > 0 && edge == NULL)
			return false;
		for (int i = 0; sum > 0 && i <= EVIDENCE_BOTH; i++) {
			edge->count[i] += taken->count[i];
			edge->taken += taken->count[i];
		}
		if (sum > 0) {
			edge->withdrawn += taken->withdrawn;
			edge->causes |= taken->causes;
		}
		for (int i = 0; sum > 0 && i < 2; i++)
			edge->roles[i] += taken->roles[i];
		for (int i = 0; sum > 0 && i <= END_OTHER; i++)
			edge->ends[i] += taken->ends[i];
	}
	return true;
}

enum edge_end model_edge_end(unsigned reason, unsigned cause, unsigned evidence)
{
	bool shown = evidence == EVIDENCE_WIRE || evidence == EVIDENCE_BOTH;

	/* of what a program does the wire shows this edge by an RST alone */
	if (shown && cause == CAUSE_CALL)
		return END_RST_OUT;
	switch (reason) {
	case REASON_RST_SENT:
		return END_RST_OUT;
	case REASON_RST_RECEIVED:
	case REASON_CONNECTION_REFUSED:
		return END_RST_IN;
	default:
		return cause == CAUSE_TIMER ? END_TIMER : END_OTHER;
	}
}

enum end_role model_role(
	const struct model *model, const struct record *record, uint32_t connection)
{
	if (record->listener)
		return ROLE_LISTENER;
	return (record->side & 1) == (model->connections[connection].client == 1) ? ROLE_CLIENT
										  : ROLE_SERVER;
}

static void edge_role(
	const struct model *model, const struct transition *transition, struct edge_sum *edge)
{
	const struct record *record = &transition->record;

	edge->roles[model_role(model, record, transition->index)]++;
	if (record->to == STATE_CLOSED)
		edge->ends[model_edge_end(record->reason.code, record->cause, record->evidence)]++;
}

static bool edges_count(struct model *model)
{
	for (const struct figure_edge *edge = state_figure; edge->to != STATE_UNKNOWN; edge++)
		if (edge_of(model, edge->from, edge->to) == NULL)
			return false;
	if (!edges_folded(model))
		return false;
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;
		struct edge_sum *edge = edge_of(model, record->from, record->to);

		if (edge == NULL)
			return false;
		edge->taken++;
		edge_role(model, &model->transitions[i], edge);
		edge->count[record->evidence % EVIDENCE_MAX]++;
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

void model_state_held(struct model *model, unsigned state, int64_t ns)
{
	struct state_sum *sum = &model->states[state % STATE_MAX];

	if (ns > sum->longest_ns)
		sum->longest_ns = ns;
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
			model_state_held(model, record->from, record->t_ns - (*own)->t_ns);
		model->states[record->to % STATE_MAX].entered++;
		*own = record;
	}
	for (int side = 0; side < 2; side++)
		if (last[side] != NULL && last[side]->to != STATE_CLOSED)
			model_state_held(
				model, last[side]->to, model->runs[run].last_ns - last[side]->t_ns);
}

bool model_edges(struct model *model)
{
	for (size_t state = 0; state < STATE_MAX; state++)
		if (model->build->open_since_ns[state] != INT64_MAX && model->run_count > 0)
			model_state_held(model, (unsigned)state,
				model->runs[model->run_count - 1].last_ns -
					model->build->open_since_ns[state]);
	for (size_t i = 0; i < model->connection_count; i++)
		steps_hold(model, &model->connections[i].steps, model->connections[i].run);
	for (size_t i = 0; i < model->listener_count; i++)
		steps_hold(model, &model->listeners[i].steps, model->listeners[i].run);
	return edges_count(model);
}
