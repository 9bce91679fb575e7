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
	KEPT_FIRST = 1000
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

/* ---- folding ---- */

/* 64 keyed bits suffice, unless it has gone on since. */
static bool is_like(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;

	(void)wanted;
	return !model->connections[index].changed;
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

uint64_t model_claims(const struct model *model, const struct correction *correction)
{
	if (correction->record.listener)
		return correction->count;
	return correction->count *
	       (uint64_t)connection_weight(&model->connections[correction->index]);
}
