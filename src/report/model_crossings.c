/* The segments of a path: which segment at one place is which at the others. A translation changes
 * ends and leaves the numbers, so the n-th of those that have the same numbers, length and flags at
 * one place is the n-th at another. */
#include "model_build.h"

#include <stdlib.h>

static const struct rung *rung_at(
	const struct model *model, const struct path *path, size_t place, size_t index)
{
	return &model->rungs[model->connections[path->hops[place]].first_rung + index];
}

static bool from_client(
	const struct model *model, const struct path *path, size_t place, const struct rung *rung)
{
	return rung->side == (model->connections[path->hops[place]].client == 1);
}

static bool same_numbers(const struct rung *one, const struct rung *other)
{
	return one->seq == other->seq && one->ack == other->ack && one->len == other->len &&
	       one->flags == other->flags;
}

static uint32_t counterpart(const struct model *model, const struct path *path, size_t place,
	size_t index, size_t other)
{
	const struct rung *rung = rung_at(model, path, place, index);
	bool client = from_client(model, path, place, rung);
	size_t count = model->connections[path->hops[other]].rung_count, nth = 0;

	for (size_t i = 0; i < index; i++)
		nth += same_numbers(rung, rung_at(model, path, place, i)) &&
		       from_client(model, path, place, rung_at(model, path, place, i)) == client;
	for (size_t i = 0; i < count; i++) {
		const struct rung *there = rung_at(model, path, other, i);

		if (same_numbers(rung, there) && from_client(model, path, other, there) == client &&
			nth-- == 0)
			return (uint32_t)(there - model->rungs);
	}
	return UINT32_MAX;
}

static int compare_crossings(const void *left, const void *right)
{
	const struct crossing *a = left, *b = right;

	return (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

/* The crossing that a rung shows, unless a place before has shown it. */
static bool crossing_add(struct model *model, struct path *path, size_t place, size_t index)
{
	const struct rung *rung = rung_at(model, path, place, index);
	struct crossing crossing = {.t_ns = rung->t_ns,
		.path = (uint32_t)(path - model->paths),
		.from_client = from_client(model, path, place, rung)};

	for (size_t at = 0; at < CROSSING_PLACES; at++) {
		crossing.rung[at] = at == place ? (uint32_t)(rung - model->rungs)
				    : at >= path->hop_count
					    ? UINT32_MAX
					    : counterpart(model, path, place, index, at);
		if (at < place && crossing.rung[at] != UINT32_MAX)
			return true;
		if (crossing.rung[at] != UINT32_MAX &&
			model->rungs[crossing.rung[at]].t_ns < crossing.t_ns)
			crossing.t_ns = model->rungs[crossing.rung[at]].t_ns;
	}
	struct crossing *added = PUSH(model, model->crossings, model->crossing_count);
	if (added == NULL)
		return false;
	*added = crossing;
	model->crossing_count++;
	path->crossing_count++;
	return true;
}

bool model_crossings(struct model *model)
{
	for (size_t i = 0; i < model->path_count; i++) {
		struct path *path = &model->paths[i];

		path->first_crossing = model->crossing_count;
		for (size_t place = 0; place < path->hop_count && place < CROSSING_PLACES; place++)
			for (size_t k = 0; k < model->connections[path->hops[place]].rung_count;
				k++)
				if (!crossing_add(model, path, place, k))
					return false;
		if (path->crossing_count > 0)
			qsort(model->crossings + path->first_crossing, path->crossing_count,
				sizeof(*model->crossings), compare_crossings);
	}
	return true;
}
