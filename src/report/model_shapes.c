/* Shapes: connections that took the same edges, with the same reasons, at both ends. A report tells
 * one of each in full. */
#include "model_build.h"

#include <stdlib.h>

static uint64_t shape_mix(uint64_t hash, int role, const struct record *record, uint8_t kind)
{
	uint8_t step[] = {(uint8_t)role, kind, record->from, record->to, record->cause,
		(uint8_t)(record->reason.code >> 8), (uint8_t)record->reason.code};

	return index_hash(step, sizeof(step), hash);
}

/* The n-th step of a role (0: client or end 0), from *at on; NULL: no more. Steps of the two ends
 * race, so each end is compared by itself. */
static const struct record *role_step(const struct model *model,
	const struct connection *connection, int role, size_t *at, uint8_t *kind)
{
	int side = connection->client == 1 ? !role : role;

	while (*at < connection->steps.count) {
		const struct step *step = &connection->steps.item[(*at)++];
		if (step->kind == STEP_ERROR)
			/* how often one came is no difference; that one came is a trait */
			continue;
		const struct record *record = step->kind == STEP_CORRECTION
						      ? &model->corrections[step->index].record
						      : &model->transitions[step->index].record;

		*kind = step->kind;
		if ((record->side & 1) == side)
			return record;
	}
	return NULL;
}

static bool shape_traits_equal(const struct connection *a, const struct connection *b)
{
	return (a->client == -1) == (b->client == -1) && a->midway == b->midway &&
	       (a->syn_unanswered > 0) == (b->syn_unanswered > 0) &&
	       memcmp(&a->finding_set, &b->finding_set, sizeof(a->finding_set)) == 0 &&
	       (a->errors > 0) == (b->errors > 0) && a->key.protocol == b->key.protocol;
}

static uint64_t shape_hash(const struct model *model, const struct connection *connection)
{
	uint64_t hash = index_hash(&connection->finding_set, sizeof(connection->finding_set),
		connection->client == -1 ? 3 : 5);
	const struct record *record;
	uint8_t kind;

	for (int role = 0; role < 2; role++)
		for (size_t at = 0;
			(record = role_step(model, connection, role, &at, &kind)) != NULL;)
			hash = shape_mix(hash, role, record, kind);
	return hash;
}

static bool shape_equal(const void *context, uint32_t index, const void *wanted)
{
	const struct model *model = context;
	const struct connection *a = &model->connections[model->shapes[index].members[0]],
				*b = wanted;
	uint8_t kind_a = 0, kind_b = 0;

	if (!shape_traits_equal(a, b))
		return false;
	for (int role = 0; role < 2; role++) {
		size_t at_a = 0, at_b = 0;

		for (;;) {
			const struct record *x = role_step(model, a, role, &at_a, &kind_a),
					    *y = role_step(model, b, role, &at_b, &kind_b);

			if (x == NULL || y == NULL) {
				if (x != y)
					return false;
				break;
			}
			if (x->from != y->from || x->to != y->to || x->cause != y->cause ||
				x->reason.code != y->reason.code || kind_a != kind_b)
				return false;
		}
	}
	return true;
}

static int compare_shapes(const void *left, const void *right)
{
	const struct shape *a = left, *b = right;

	if (a->anomalous != b->anomalous)
		return a->anomalous ? -1 : 1;
	return (a->members[0] > b->members[0]) - (a->members[0] < b->members[0]);
}

/* Those folded into its members count too, and have their place among its first numbers. */
static void shape_folded(const struct model *model, struct shape *shape)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct folded *folded = model->connections[shape->members[i]].folded;

		shape->total += folded != NULL ? folded->count : 0;
		for (size_t k = 0; folded != NULL && k < FOLDED_NUMBERS; k++)
			folded_number(shape->number, folded->number[k]);
	}
}

static int compare_times(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* With those that were folded: the median is then that of the histogram. */
static void shape_measure_folded(const struct model *model, struct shape *shape)
{
	size_t below = 0;

	for (size_t i = 0; i < shape->count; i++) {
		const struct folded *folded = model->connections[shape->members[i]].folded;

		if (folded == NULL)
			continue;
		shape->least_ns =
			folded->least_ns < shape->least_ns ? folded->least_ns : shape->least_ns;
		shape->most_ns =
			folded->most_ns > shape->most_ns ? folded->most_ns : shape->most_ns;
		for (int bin = 0; bin < LIFETIME_BINS; bin++)
			shape->lifetimes[bin] += folded->lifetimes[bin];
	}
	for (int bin = 0; bin < LIFETIME_BINS; bin++) {
		below += shape->lifetimes[bin];
		if (below > shape->total / 2) {
			shape->median_ns = (INT64_C(1) << bin / 2) / 2 * (2 + bin % 2);
			if (shape->median_ns < shape->least_ns)
				shape->median_ns = shape->least_ns;
			return;
		}
	}
}

/* How long its members lasted; and the one to draw, which keeps its ladder: of an anomalous shape
 * the one that shows most, else the first. */
static bool shape_measure(const struct model *model, struct shape *shape)
{
	int64_t *lasted = malloc(shape->count * sizeof(*lasted));
	const struct connection *best = NULL;

	if (lasted == NULL)
		return false;
	for (size_t i = 0; i < shape->count; i++) {
		const struct connection *connection = &model->connections[shape->members[i]];

		lasted[i] = connection->last_ns - connection->first_ns;
		if (best == NULL ||
			(shape->anomalous && connection->steps.count > best->steps.count)) {
			best = connection;
			shape->example = shape->members[i];
		}
	}
	qsort(lasted, shape->count, sizeof(*lasted), compare_times);
	shape->least_ns = lasted[0];
	shape->median_ns = lasted[shape->count / 2];
	shape->most_ns = lasted[shape->count - 1];
	for (size_t i = 0; i < shape->count; i++)
		shape->lifetimes[lifetime_bin(lasted[i])]++;
	free(lasted);
	if (shape->total > shape->count)
		shape_measure_folded(model, shape);
	return true;
}

bool model_shapes(struct model *model)
{
	struct index_map map = {0};
	bool ok = true;

	for (size_t i = 0; i < model->connection_count && ok; i++) {
		struct connection *connection = &model->connections[i];
		uint64_t hash = shape_hash(model, connection);
		uint32_t index = index_map_find(&map, hash, shape_equal, model, connection);

		if (index == INDEX_NONE) {
			index = (uint32_t)model->shape_count;
			ok = PUSH(model, model->shapes, model->shape_count) != NULL &&
			     index_map_put(&map, hash, index);
			model->shape_count += ok;
		}
		struct shape *shape = ok ? &model->shapes[index] : NULL;
		uint32_t *member = ok ? PUSH(model, shape->members, shape->count) : NULL;
		if (member == NULL) {
			ok = false;
			break;
		}
		*member = (uint32_t)i;
		shape->count++;
		shape->total++;
		if (shape->count > 1 && shape->count <= FOLDED_NUMBERS + 1)
			shape->number[shape->count - 2] = connection->serial;
		shape->anomalous |= connection->corrections > 0 || connection->syn_unanswered > 0 ||
				    connection->midway ||
				    !finding_set_empty(&connection->finding_set) ||
				    connection->errors > 0;
	}
	index_map_free(&map);
	for (size_t i = 0; ok && i < model->shape_count; i++)
		shape_folded(model, &model->shapes[i]);
	if (ok && model->shape_count > 0)
		qsort(model->shapes, model->shape_count, sizeof(*model->shapes), compare_shapes);
	for (uint32_t i = 0; ok && i < model->shape_count; i++)
		ok = shape_measure(model, &model->shapes[i]);
	for (uint32_t i = 0; ok && i < model->shape_count; i++)
		for (size_t k = 0; k < model->shapes[i].count; k++)
			model->connections[model->shapes[i].members[k]].shape = i;
	return ok;
}
