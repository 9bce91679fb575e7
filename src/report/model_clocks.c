/* The clocks of several recordings: nothing is received before it was sent. Each segment found in
 * two runs bounds the offset between their clocks from one side, one going back from the other; the
 * bounds of all pairs are drawn tight together, as shortest paths. Times are shifted only where the
 * clocks as they stand would break causality. */
#include "model_build.h"
#include "model_looks.h"

#include <stdlib.h>
#include <string.h>

enum { RUNS_MAX = 64 };
static const int64_t unbounded = INT64_MAX / 4;

/* bound[a * runs + b]: what is added to a's clock, less what is added to b's, is at most this. */
struct bounds {
	int64_t *bound;
	uint32_t *segments; /* compared between the two */
	size_t runs;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_content(const struct kept_segment *a, const struct kept_segment *b)
{
	int order = compare_numbers(a->seq, b->seq);

	if (order == 0)
		order = compare_numbers(a->ack, b->ack);
	if (order == 0)
		order = compare_numbers(a->len, b->len);
	return order != 0 ? order : compare_numbers(a->flags, b->flags);
}

/* side is 0 for the client's segments here */
static int compare_kept(const void *left, const void *right)
{
	const struct kept_segment *a = left, *b = right;
	int order = compare_numbers(a->connection, b->connection);

	if (order == 0)
		order = compare_numbers(a->side, b->side);
	if (order == 0)
		order = compare_content(a, b);
	return order != 0 ? order : (a->t_ns > b->t_ns) - (a->t_ns < b->t_ns);
}

static void kept_sort(struct model *model)
{
	struct model_build *build = model->build;

	for (size_t i = 0; i < build->kept_count; i++)
		if (model->connections[build->kept[i].connection].client == 1)
			build->kept[i].side = !build->kept[i].side;
	if (build->kept_count > 0)
		qsort(build->kept, build->kept_count, sizeof(*build->kept), compare_kept);
}

static size_t kept_from(const struct model_build *build, uint32_t connection)
{
	size_t low = 0, high = build->kept_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (build->kept[middle].connection < connection)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t equal_ones(const struct model_build *build, size_t at)
{
	size_t count = 1;

	while (at + count < build->kept_count &&
		build->kept[at + count].connection == build->kept[at].connection &&
		build->kept[at + count].side == build->kept[at].side &&
		compare_content(&build->kept[at], &build->kept[at + count]) == 0)
		count++;
	return count;
}

static void bound_set(struct bounds *bounds, size_t sent, size_t received, int64_t later_ns)
{
	int64_t *bound = &bounds->bound[sent * bounds->runs + received];

	if (later_ns < *bound)
		*bound = later_ns;
	bounds->segments[sent * bounds->runs + received]++;
	bounds->segments[received * bounds->runs + sent]++;
}

/* Equal segments (repeated ACKs) are told apart by their order, when both runs have as many. */
static void hops_bound(struct model *model, struct bounds *bounds, uint32_t near, uint32_t far)
{
	const struct model_build *build = model->build;
	size_t i = kept_from(build, near), k = kept_from(build, far);
	uint16_t near_run = model->connections[near].run, far_run = model->connections[far].run;

	while (i < build->kept_count && k < build->kept_count &&
		build->kept[i].connection == near && build->kept[k].connection == far) {
		const struct kept_segment *a = &build->kept[i], *b = &build->kept[k];
		int order = compare_numbers(a->side, b->side);
		size_t as = equal_ones(build, i), bs = equal_ones(build, k);

		if (order == 0)
			order = compare_content(a, b);
		for (size_t n = 0; order == 0 && as == bs && n < as; n++) {
			if (a->side == 0)
				bound_set(bounds, near_run, far_run, b[n].t_ns - a[n].t_ns);
			else
				bound_set(bounds, far_run, near_run, a[n].t_ns - b[n].t_ns);
		}
		i += order <= 0 ? as : 0;
		k += order >= 0 ? bs : 0;
	}
}

static void bounds_gather(struct model *model, struct bounds *bounds)
{
	for (size_t i = 0; i < model->path_count; i++) {
		const struct path *path = &model->paths[i];

		for (size_t a = 0; a < path->hop_count; a++)
			for (size_t b = a + 1; b < path->hop_count; b++)
				if (model->connections[path->hops[a]].run !=
						model->connections[path->hops[b]].run &&
					path_compare(model, path, a, b) < 0)
					hops_bound(model, bounds, path->hops[a], path->hops[b]);
	}
}

/* Draw all bounds tight. false: they contradict each other. */
static bool bounds_close(struct bounds *bounds)
{
	size_t n = bounds->runs;

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++) {
				int64_t first = bounds->bound[i * n + k],
					second = bounds->bound[k * n + j];

				if (first < unbounded && second < unbounded &&
					first + second < bounds->bound[i * n + j])
					bounds->bound[i * n + j] = first + second;
				if (i == j && bounds->bound[i * n + j] < 0)
					return false;
			}
	return true;
}

static bool related(const struct bounds *bounds, size_t a, size_t b)
{
	return bounds->bound[a * bounds->runs + b] < unbounded ||
	       bounds->bound[b * bounds->runs + a] < unbounded;
}

/* Can the clocks of all runs that are related to this one stand as they are? */
static bool clocks_stand(const struct bounds *bounds, size_t run)
{
	for (size_t i = 0; i < bounds->runs; i++)
		for (size_t j = 0; j < bounds->runs; j++)
			if (related(bounds, run, i) && related(bounds, run, j) &&
				bounds->bound[i * bounds->runs + j] < 0)
				return false;
	return true;
}

/* The middle of the interval is the best guess; the middles of all runs agree with each other, as
 * the bounds are tight. */
static void clock_settle(struct model *model, const struct bounds *bounds, uint16_t run, bool agree)
{
	uint16_t against = 0;
	struct run *one = &model->runs[run];

	while (against < run && !related(bounds, run, against))
		against++;
	one->clock.against = against;
	if (against == run)
		return;
	int64_t high = bounds->bound[run * bounds->runs + against],
		low = bounds->bound[against * bounds->runs + run];

	one->clock.segments = bounds->segments[run * bounds->runs + against];
	one->clock.contradictory = !agree && low < unbounded && high < unbounded && -low > high;
	one->clock.bounded_high = high < unbounded;
	one->clock.bounded_low = low < unbounded;
	one->clock.high_ns = one->clock.bounded_high ? high : 0;
	one->clock.low_ns = one->clock.bounded_low ? -low : 0;
	if (clocks_stand(bounds, run))
		return;
	if (one->clock.bounded_high && one->clock.bounded_low)
		one->clock.shift_ns =
			one->clock.low_ns + (one->clock.high_ns - one->clock.low_ns) / 2;
	else if (one->clock.bounded_high && one->clock.high_ns < 0)
		one->clock.shift_ns = one->clock.high_ns;
	else if (one->clock.bounded_low && one->clock.low_ns > 0)
		one->clock.shift_ns = one->clock.low_ns;
	model_shift(model, run, one->clock.shift_ns);
}

static bool bounds_allocate(struct bounds *bounds, size_t runs)
{
	bounds->runs = runs;
	bounds->bound = malloc(runs * runs * sizeof(*bounds->bound));
	bounds->segments = calloc(runs * runs, sizeof(*bounds->segments));
	for (size_t i = 0; bounds->bound != NULL && i < runs * runs; i++)
		bounds->bound[i] = i % (runs + 1) == 0 ? 0 : unbounded;
	return bounds->bound != NULL && bounds->segments != NULL;
}

static void bounds_free(struct bounds *bounds)
{
	free(bounds->bound);
	free(bounds->segments);
}

bool model_clocks(struct model *model)
{
	size_t runs = model->run_count;
	struct bounds direct = {0}, tight = {0};
	bool ok;

	for (size_t run = 0; run < runs; run++)
		model->runs[run].clock.against = (uint16_t)run;
	if (runs < 2 || !model_may_take(model, runs - 1, RUNS_MAX, model->runs[0].first_ns) ||
		model->path_count == 0 || model->build->kept_count == 0)
		return true;
	ok = bounds_allocate(&direct, runs) && bounds_allocate(&tight, runs);
	if (ok) {
		kept_sort(model);
		bounds_gather(model, &direct);
		memcpy(tight.bound, direct.bound, runs * runs * sizeof(*tight.bound));
		memcpy(tight.segments, direct.segments, runs * runs * sizeof(*tight.segments));
		bool agree = bounds_close(&tight);

		/* contradictory bounds drawn together say nothing */
		for (size_t run = 1; run < runs; run++)
			clock_settle(model, agree ? &tight : &direct, (uint16_t)run, agree);
	}
	bounds_free(&direct);
	bounds_free(&tight);
	return ok;
}
