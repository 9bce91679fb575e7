/* How many sockets were in which state, over time, in a fixed number of columns: of the connections
 * that are kept and of those that were folded, so that a million fit into one picture. And how long
 * connections lasted, as a histogram. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_STEP_NS = 1000 };

int lifetime_bin(int64_t lasted_ns)
{
	uint64_t ns = lasted_ns > 1 ? (uint64_t)lasted_ns : 1;
	int power = 63 - __builtin_clzll(ns), half = power > 0 && (ns >> (power - 1) & 1) != 0;
	int bin = 2 * power + half;

	return bin < LIFETIME_BINS ? bin : LIFETIME_BINS - 1;
}

static struct occupancy *occupancy_of(struct model *model, int64_t t_ns)
{
	if (model->occupancy == NULL) {
		model->occupancy = calloc(1, sizeof(*model->occupancy));
		if (model->occupancy == NULL) {
			model->build->failed = true;
			return NULL;
		}
		model->occupancy->from_ns = t_ns;
		model->occupancy->step_ns = FIRST_STEP_NS;
	}
	return model->occupancy;
}

/* It is in one: a division by what is known, and a shift. */
static size_t column_of(const struct occupancy *occupancy, int64_t t_ns)
{
	return (size_t)((uint64_t)(t_ns - occupancy->from_ns) / FIRST_STEP_NS) >>
	       occupancy->doubled;
}

/* Columns of twice the time, so that t_ns lies in one. */
static void widen(struct occupancy *occupancy, int64_t t_ns)
{
	while (t_ns - occupancy->from_ns >= occupancy->step_ns * OCCUPANCY_COLUMNS) {
		for (int role = 0; role < 2; role++)
			for (unsigned state = 0; state < STATE_MAX; state++) {
				double *sum = occupancy->sum[role][state];
				uint64_t *open = occupancy->open[role][state];

				for (size_t i = 0; i < OCCUPANCY_COLUMNS; i++) {
					bool there = 2 * i < OCCUPANCY_COLUMNS;

					sum[i] = there ? sum[2 * i] + sum[2 * i + 1] : 0;
					open[i] = there ? open[2 * i] + open[2 * i + 1] : 0;
				}
			}
		occupancy->step_ns *= 2;
		occupancy->doubled++;
	}
}

/* A socket in a state for a while; until_ns OCCUPANCY_OPEN: until the end, which is not known yet.
 */
void model_occupied(
	struct model *model, int role, unsigned state, int64_t from_ns, int64_t until_ns)
{
	struct occupancy *occupancy = occupancy_of(model, from_ns);

	if (occupancy == NULL || state == STATE_CLOSED || state >= STATE_MAX)
		return;
	from_ns = from_ns > occupancy->from_ns ? from_ns : occupancy->from_ns;
	widen(occupancy, until_ns != OCCUPANCY_OPEN && until_ns > from_ns ? until_ns : from_ns);
	size_t first = column_of(occupancy, from_ns);
	if (until_ns == OCCUPANCY_OPEN) {
		occupancy->open[role][state][first]++;
		return;
	}
	int64_t first_ends = occupancy->from_ns + (int64_t)(first + 1) * occupancy->step_ns;
	if (until_ns <= first_ends) { /* as almost always */
		occupancy->sum[role][state][first] +=
			until_ns > from_ns ? (double)(until_ns - from_ns) : 0;
		return;
	}
	for (size_t i = first; i < OCCUPANCY_COLUMNS; i++) {
		int64_t begins = occupancy->from_ns + (int64_t)i * occupancy->step_ns,
			ends = begins + occupancy->step_ns,
			from = from_ns > begins ? from_ns : begins,
			until = until_ns < ends ? until_ns : ends;

		if (until_ns <= begins)
			break;
		occupancy->sum[role][state][i] += (double)(until - from);
	}
}

static void steps_occupy(struct model *model, uint32_t index)
{
	const struct steps *steps = &model->connections[index].steps;
	const struct record *last[2] = {NULL, NULL};

	for (size_t i = 0; i < steps->count; i++) {
		if (steps->item[i].kind != STEP_TRANSITION)
			continue;
		const struct record *record = &model->transitions[steps->item[i].index].record;
		int role = (record->side & 1) != (model->connections[index].client == 1);
		if (last[role] != NULL)
			model_occupied(model, role, last[role]->to, last[role]->t_ns, record->t_ns);
		last[role] = record;
	}
	for (int role = 0; role < 2; role++)
		if (last[role] != NULL)
			model_occupied(
				model, role, last[role]->to, last[role]->t_ns, OCCUPANCY_OPEN);
}

/* All columns as mean numbers of sockets, up to the end of what was recorded. */
bool model_occupancy(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		steps_occupy(model, i);
	struct occupancy *occupancy = occupancy_of(model, model->first_ns);
	if (occupancy == NULL)
		return false;
	widen(occupancy, model->last_ns);
	occupancy->columns =
		model->last_ns > occupancy->from_ns ? column_of(occupancy, model->last_ns) + 1 : 1;
	for (int role = 0; role < 2; role++)
		for (unsigned state = 0; state < STATE_MAX; state++) {
			uint64_t open = 0;

			for (size_t i = 0; i < occupancy->columns; i++) {
				double *sum = &occupancy->sum[role][state][i];

				/* those that began within it: half of it, on average */
				*sum = *sum / (double)occupancy->step_ns + (double)open +
				       (double)occupancy->open[role][state][i] / 2;
				open += occupancy->open[role][state][i];
			}
		}
	return true;
}
