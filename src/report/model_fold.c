/* A million connections in a report the size of a screenful: once there are many, a connection that
 * has settled like one before it is folded into that one. Its counts are added there, its records
 * and everything else of it is dropped. What a report says of all connections (counts, sums, the
 * state diagram, findings) is the same as without. */
#include "findings.h"

#include <stdlib.h>
#include <string.h>

#include "model_kinds.h"

enum {
	/* of so many connections everything is kept */
	KEPT_FIRST = 1000,
	/* with more kept than that, also what is merely still open is folded */
	KEPT_OPEN = 10000,
	/* and with more, what finding out more about would be worth while */
	KEPT_MOST = 50000
};

void model_keep(struct model *model, size_t first)
{
	model->build->kept_first = first;
}

void model_only(struct model *model, uint32_t serial)
{
	model->build->only = serial;
	model->build->kept_first = 0;
}

void fold_begin(struct model_build *build)
{
	build->kept_first = KEPT_FIRST;
	pending_begin(build);
}

void fold_run(struct model *model)
{
	struct model_build *build = model->build;

	index_map_free(&build->folds);
	alike_count(model);
	alike_forget(build);
	for (size_t i = 0; i < STATE_MAX; i++)
		build->open_since_ns[i] = INT64_MAX;
}

/* ---- records by connection ---- */

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

/* ---- folding ---- */

/* 64 keyed bits suffice, unless it has gone on since. */
static bool is_like(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	(void)wanted;
	return !model->connections[index].changed;
}

bool fold_folds(const struct model_build *build, enum interest interest)
{
	return interest == INTEREST_NONE ||
	       build->kept_now > (interest == INTEREST_OPEN ? KEPT_OPEN : KEPT_MOST);
}

void folded_number(uint32_t kept[FOLDED_NUMBERS], uint32_t number)
{
	if (kept[FOLDED_NUMBERS - 1] != 0 && number > kept[FOLDED_NUMBERS - 1])
		return; /* as almost always: they come in order */
	for (size_t i = 0; i < FOLDED_NUMBERS && number != 0; i++) {
		uint32_t pushed = kept[i];

		if (pushed == 0 || number < pushed) {
			kept[i] = number;
			number = pushed;
		}
	}
}

static void drop(struct model *model, uint32_t index)
{
	struct model_build *build = model->build;
	struct connection *connection = &model->connections[index];
	uint32_t next;

	for (uint32_t at = connection->first_transition; at != 0; at = next) {
		struct transition *transition = &model->transitions[at - 1];

		next = transition->next;
		transition->record.kind = RECORD_KIND_MAX; /* nobody's */
		transition->record.id = 0;
		transition->next = build->transitions_free;
		build->transitions_free = at;
	}
	for (uint32_t at = connection->first_correction; at != 0; at = next) {
		next = model->corrections[at - 1].next;
		model->corrections[at - 1].record.kind = RECORD_KIND_MAX;
		build->corrections_dropped = true;
	}
	findings_forget(model, index);
	pending_rows_drop(build, connection->serial);
	model_rungs_forget(model, connection);
	build->by_serial[connection->serial] = SERIAL_FOLDED;
	memset(connection, 0, sizeof(*connection));
	connection->first_transition = build->connections_free;
	build->connections_free = index + 1;
	build->kept_now--;
}

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

			connection->state[record->side & 1] = record->to;
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

static struct folded *folded_of(struct model *model, uint32_t index)
{
	struct connection *connection = &model->connections[index];

	if (connection->folded == NULL)
		connection->folded = calloc(1, sizeof(*connection->folded));
	model->build->failed |= connection->folded == NULL;
	return connection->folded;
}

void fold_settled(struct model *model, const struct record *record)
{
	struct model_build *build = model->build;
	uint32_t *place =
		record->serial < build->by_serial_size ? &build->by_serial[record->serial] : NULL;
	uint32_t slot;
	struct told told[KIND_STEPS_MAX];

	build->held_known = 0;
	if (build->held_count > 0 && told_alike(model, record))
		return;
	told_release(model);
	if (place != NULL && pending_is(*place))
		pending_replay(model, place, record);
	slot = place != NULL ? *place : 0;
	if (build->several || slot == 0 || slot == SERIAL_FOLDED || build->kept_first == SIZE_MAX)
		return;
	uint32_t index = slot - 1;
	struct connection *connection = &model->connections[index];
	size_t count = kind_steps(model, connection, told);
	if (connection->folded != NULL || connection->settled || connection->serial == build->only)
		return; /* others count on it, or it was kept */
	connection->settled = true;
	enum interest interest =
		count != SIZE_MAX ? kind_interest(model, index, told, count) : INTEREST_ODD;
	if (!fold_folds(build, interest))
		return;
	if (count == SIZE_MAX)
		count = 0;
	uint64_t hash = kind_hash(model, connection, told, count);
	uint32_t like = index_map_find(&build->folds, hash, is_like, model, NULL);
	if (like == INDEX_NONE && build->folds.count < FOLDS_MAX) {
		if (!index_map_put(&build->folds, hash, index))
			build->failed = true;
		return;
	}
	if (connection->serial <= build->kept_first)
		return;
	struct folded *into = like == INDEX_NONE ? &model->others : folded_of(model, like);
	if (into == NULL)
		return;
	if (like != INDEX_NONE)
		alike_learn(model, record, index, like, told, count, interest);
	sums_take(model, into, connection, told, count,
		like != INDEX_NONE &&
			(model->connections[like].client == 1) != (connection->client == 1));
	if (build->farewell != NULL)
		fold_farewell(model, index);
	drop(model, index);
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

uint64_t model_claims(const struct model *model, const struct correction *correction)
{
	if (correction->record.listener)
		return correction->count;
	return correction->count *
	       (uint64_t)connection_weight(&model->connections[correction->index]);
}
