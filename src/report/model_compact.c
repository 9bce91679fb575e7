/* The end of a fold: connections that were folded have left gaps, and places that were used again
 * are out of order. What is kept closes up, in the order of its numbers, and what points at it is
 * told of the new places. */
#include "findings.h"

#include <stdlib.h>

static int compare_places(const void *left, const void *right, void *context)
{
	const struct connection *a = &((const struct connection *)context)[*(const uint32_t *)left],
				*b = &((const struct connection *)
						context)[*(const uint32_t *)right];

	if (a->run != b->run)
		return a->run - b->run;
	return (a->serial > b->serial) - (a->serial < b->serial);
}

/* In the places where they are: to the n-th place goes what is in place order[n], a permutation
 * that is used up. */
static void permute(struct connection *connections, uint32_t *order, size_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct connection first;
		uint32_t at = i;

		if (order[i] == i)
			continue;
		first = connections[i];
		while (order[at] != i) {
			uint32_t from = order[at];

			connections[at] = connections[from];
			order[at] = at;
			at = from;
		}
		connections[at] = first;
		order[at] = at;
	}
}

/* order[n]: which place the n-th connection is in now, behind `count` of them the gaps. Its inverse
 * goes into place[]. */
static bool connections_move(struct model *model, uint32_t *order, size_t count, uint32_t *place)
{
	if (!findings_move(model, order, count))
		return false;
	for (size_t i = 0; i < count; i++)
		place[order[i]] = (uint32_t)i;
	permute(model->connections, order, model->connection_count);
	model->connection_count = count;
	for (size_t i = 0; i < model->transition_count; i++)
		if (model->transitions[i].record.kind != RECORD_KIND_MAX &&
			!model->transitions[i].record.listener)
			model->transitions[i].index = place[model->transitions[i].index];
	for (size_t i = 0; i < model->correction_count; i++)
		if (!model->corrections[i].record.listener)
			model->corrections[i].index = place[model->corrections[i].index];
	for (size_t i = 0; i < model->error_count; i++)
		if (model->errors[i].of_connection)
			model->errors[i].index = place[model->errors[i].index];
	return true;
}

static void corrections_close_up(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->correction_count; i++)
		if (model->corrections[i].record.kind != RECORD_KIND_MAX)
			model->corrections[kept++] = model->corrections[i];
	model->correction_count = kept;
}

bool model_compact(struct model *model)
{
	uint32_t *order, *place;
	size_t count = 0;
	bool ok;

	model->connection_total = model->connection_count;
	if (model->summary.connections_folded == 0 && !model->build->out_of_order)
		return true;
	if (model->build->corrections_dropped)
		corrections_close_up(model);
	order = malloc((model->connection_count + 1) * sizeof(*order));
	place = malloc((model->connection_count + 1) * sizeof(*place));
	ok = order != NULL && place != NULL;
	for (uint32_t i = 0; ok && i < model->connection_count; i++)
		if (model->connections[i].serial != 0)
			order[count++] = i;
	for (size_t i = 0, gap = count; ok && i < model->connection_count; i++)
		if (model->connections[i].serial == 0)
			order[gap++] = (uint32_t)i;
	if (ok)
		qsort_r(order, count, sizeof(*order), compare_places, model->connections);
	ok = ok && connections_move(model, order, count, place);
	free(order);
	free(place);
	model->connection_total = count + model->summary.connections_folded;
	return ok;
}
