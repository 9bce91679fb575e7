/* Places in the model's lists that a folded connection has left, for the next; when one is folded;
 * and what is told of it afterwards. */
#include "model_build.h"

#include <string.h>

enum {
	/* with more kept than that, also what is merely still open is folded */
	KEPT_OPEN = 10000,
	/* and with more, what finding out more about would be worth while */
	KEPT_MOST = 50000
};

struct transition *fold_transition_new(struct model *model)
{
	struct model_build *build = model->build;
	uint32_t free_place = build->transitions_free;

	if (free_place == 0) {
		struct transition *new =
			PUSH_UNSET(model, model->transitions, model->transition_count);

		model->transition_count += new != NULL;
		return new;
	}
	build->transitions_free = model->transitions[free_place - 1].next;
	return &model->transitions[free_place - 1];
}

struct connection *fold_connection_new(struct model *model)
{
	struct model_build *build = model->build;
	uint32_t free_place = build->connections_free;

	build->kept_now++;
	if (free_place == 0) {
		struct connection *new = PUSH(model, model->connections, model->connection_count);

		model->connection_count += new != NULL;
		return new;
	}
	struct connection *place = &model->connections[free_place - 1];
	build->connections_free = place->first_transition;
	memset(place, 0, sizeof(*place));
	return place;
}

bool fold_folds(const struct model_build *build, enum interest interest)
{
	return interest == INTEREST_NONE ||
	       build->kept_now > (interest == INTEREST_OPEN ? KEPT_OPEN : KEPT_MOST);
}

void fold_late(struct model *model, const struct record *record)
{
	struct edge_taken *edge =
		&model->build->taken[record->from % STATE_MAX][record->to % STATE_MAX];

	edge->count[record->evidence % EVIDENCE_MAX]++;
	edge->causes |= (uint8_t)(1 << record->cause);
	model->summary.transitions[record->evidence % EVIDENCE_MAX]++;
	model->states[record->to % STATE_MAX].entered++;
}
