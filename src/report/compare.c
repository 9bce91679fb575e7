/* Which checks of several recordings are the same check, and where they did not come out alike. A
 * check is known by its name and its cells; one that was made several times, by its turn. */
#include "tcpstate/compare.h"

#include <stdlib.h>
#include <string.h>

struct made { /* a check of a recording */
	const struct check *check;
	size_t recording, place; /* place: among the recording's checks */
	size_t turn;             /* among those of the same name and cells */
};

static int compare_names(const struct check *a, const struct check *b)
{
	int order = strcmp(a->name, b->name);

	if (order == 0)
		order = (a->cell_count > b->cell_count) - (a->cell_count < b->cell_count);
	for (size_t i = 0; order == 0 && i < a->cell_count; i++) {
		order = strcmp(a->cells[i].key, b->cells[i].key);
		if (order == 0)
			order = strcmp(a->cells[i].value, b->cells[i].value);
	}
	return order;
}

static int compare_made(const void *left, const void *right)
{
	const struct made *a = left, *b = right;
	int order = compare_names(a->check, b->check);

	if (order == 0)
		order = (a->recording > b->recording) - (a->recording < b->recording);
	return order != 0 ? order : (a->place > b->place) - (a->place < b->place);
}

/* The same check of all recordings beside each other. */
static int compare_turns(const void *left, const void *right)
{
	const struct made *a = left, *b = right;
	int order = compare_names(a->check, b->check);

	if (order == 0)
		order = (a->turn > b->turn) - (a->turn < b->turn);
	return order != 0 ? order : (a->recording > b->recording) - (a->recording < b->recording);
}

static struct made *made_gather(const struct comparison *comparison, size_t *count)
{
	size_t total = 0;

	for (size_t i = 0; i < comparison->count; i++)
		total += comparison->models[i]->check_count;
	struct made *made = calloc(total + 1, sizeof(*made));
	*count = 0;
	for (size_t i = 0; made != NULL && i < comparison->count; i++)
		for (size_t k = 0; k < comparison->models[i]->check_count; k++)
			made[(*count)++] = (struct made){comparison->models[i]->checks[k], i, k, 0};
	if (made == NULL || total == 0)
		return made;
	qsort(made, total, sizeof(*made), compare_made);
	for (size_t i = 1; i < total; i++)
		if (made[i].recording == made[i - 1].recording &&
			compare_names(made[i].check, made[i - 1].check) == 0)
			made[i].turn = made[i - 1].turn + 1;
	qsort(made, total, sizeof(*made), compare_turns);
	return made;
}

static bool came_out_alike(const struct check *a, const struct check *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->match == b->match && strcmp(a->predicted, b->predicted) == 0 &&
	       strcmp(a->measured, b->measured) == 0 && strcmp(a->problem, b->problem) == 0;
}

static size_t usual_of(const struct difference *one, size_t count)
{
	for (size_t first = 0; first < count; first++) {
		size_t same = 0;

		for (size_t i = first; i < count; i++)
			same += one->like[i] == first;
		if (2 * same > count)
			return first;
	}
	return SIZE_MAX;
}

/* The checks made[0..count) are one. false: out of memory */
static bool difference_find(struct comparison *comparison, const struct made *made, size_t count)
{
	struct difference one = {calloc(comparison->count, sizeof(*one.of)),
		calloc(comparison->count, sizeof(*one.like)), SIZE_MAX};
	bool alike = true;

	if (one.of == NULL || one.like == NULL) {
		free(one.of);
		free(one.like);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		one.of[made[i].recording] = made[i].check;
	for (size_t i = 0; i < comparison->count; i++) {
		while (!came_out_alike(one.of[one.like[i]], one.of[i]))
			one.like[i]++;
		alike &= one.like[i] == 0;
	}
	if (alike) {
		comparison->alike++;
		free(one.of);
		free(one.like);
	} else {
		one.usual = usual_of(&one, comparison->count);
		comparison->differences[comparison->difference_count++] = one;
	}
	return true;
}

const struct check *difference_check(const struct comparison *comparison, size_t difference)
{
	const struct difference *one = &comparison->differences[difference];
	size_t at = 0;

	while (at + 1 < comparison->count && one->of[at] == NULL)
		at++;
	return one->of[at];
}

/* As they were made: by time within the first recording that has it. */
static int compare_differences(const void *left, const void *right, void *context)
{
	const struct difference *a = left, *b = right;
	const struct comparison *comparison = context;

	for (size_t i = 0; i < comparison->count; i++) {
		if (a->of[i] != NULL && b->of[i] != NULL && a->of[i]->t_ns != b->of[i]->t_ns)
			return a->of[i]->t_ns < b->of[i]->t_ns ? -1 : 1;
		if ((a->of[i] == NULL) != (b->of[i] == NULL))
			return a->of[i] != NULL ? -1 : 1;
	}
	for (size_t i = 0; i < comparison->count; i++)
		if (a->of[i] != NULL && b->of[i] != NULL)
			return compare_names(a->of[i], b->of[i]);
	return 0;
}

int comparison_make(struct comparison *comparison, const struct model *const *models, size_t count)
{
	size_t total, same = 0;
	bool ok = true;

	*comparison = (struct comparison){.models = models, .count = count};
	struct made *made = made_gather(comparison, &total);
	if (made != NULL)
		comparison->differences = calloc(total + 1, sizeof(*comparison->differences));
	ok = comparison->differences != NULL;
	for (size_t i = 0; ok && i < total; i += same) {
		for (same = 1; i + same < total && made[i + same].turn == made[i].turn &&
			       compare_names(made[i + same].check, made[i].check) == 0;)
			same++;
		ok = difference_find(comparison, &made[i], same);
	}
	free(made);
	if (ok && comparison->difference_count > 0)
		qsort_r(comparison->differences, comparison->difference_count,
			sizeof(*comparison->differences), compare_differences, comparison);
	return ok ? 0 : -1;
}

void comparison_clear(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->difference_count; i++) {
		free(comparison->differences[i].of);
		free(comparison->differences[i].like);
	}
	free(comparison->differences);
	*comparison = (struct comparison){0};
}
