/* A check: what an experiment predicted and what it measured. Copied as a whole, so that the
 * recorder, the reader of facts.jsonl and the model can each own theirs; whoever wrote it, its
 * texts are then harmless to print. */
#include "tcpstate/model.h"

#include <stdlib.h>

#include "tcpstate/escape.h"

static char *text_copy(const char *text, bool *failed)
{
	char *copy = escape_new(text != NULL ? text : "");

	*failed |= copy == NULL;
	return copy;
}

static struct cell *cells_copy(const struct cell *cells, size_t count, bool *failed)
{
	struct cell *copy = calloc(count > 0 ? count : 1, sizeof(*copy));

	if (copy == NULL) {
		*failed = true;
		return NULL;
	}
	for (size_t i = 0; i < count; i++)
		copy[i] = (struct cell){
			text_copy(cells[i].key, failed), text_copy(cells[i].value, failed)};
	return copy;
}

static void cells_free(struct cell *cells, size_t count)
{
	for (size_t i = 0; cells != NULL && i < count; i++) {
		free(cells[i].key);
		free(cells[i].value);
	}
	free(cells);
}

struct check *check_copy(const struct check *check)
{
	struct check *copy = calloc(1, sizeof(*copy));
	bool failed = false;

	if (copy == NULL)
		return NULL;
	copy->t_ns = check->t_ns;
	copy->match = check->match;
	copy->cell_count = check->cell_count;
	copy->let_count = check->let_count;
	copy->name = text_copy(check->name, &failed);
	copy->cells = cells_copy(check->cells, check->cell_count, &failed);
	copy->lets = cells_copy(check->lets, check->let_count, &failed);
	copy->formula = text_copy(check->formula, &failed);
	copy->predicted = text_copy(check->predicted, &failed);
	copy->query = text_copy(check->query, &failed);
	copy->measured = text_copy(check->measured, &failed);
	copy->problem = text_copy(check->problem, &failed);
	if (failed) {
		check_free(copy);
		return NULL;
	}
	return copy;
}

void check_free(struct check *check)
{
	if (check == NULL)
		return;
	free(check->name);
	cells_free(check->cells, check->cell_count);
	cells_free(check->lets, check->let_count);
	free(check->formula);
	free(check->predicted);
	free(check->query);
	free(check->measured);
	free(check->problem);
	free(check);
}
