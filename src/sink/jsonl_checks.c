/* What was measured, in a JSON report: the kernel's counters, and the checks that compare a
 * prediction with a measurement. */
#include "jsonl.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

void jsonl_counter(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct counter *counter = &model->counters[index];

	jsonl_run(json, model, counter->run);
	json_time(json, "t", counter->t_ns);
	json_unsigned(json, "mark", counter->mark);
	json_text(json, "name", counter->name);
	json_number(json, "value", counter->value);
	json_number(json, "delta", counter->delta);
	json_truth(json, "notable", !model_counts_volume(counter->name));
}

void jsonl_cells(struct jsonwriter *json, const char *name, const struct cell *cells, size_t count)
{
	json_open(json, name, '{');
	for (size_t i = 0; i < count; i++) {
		char *key = NULL;
		json_t *string = json_string(cells[i].key);

		/* a name given by hand may need escaping too: let the writer quote it, without its
		 * own quotes */
		if (string != NULL)
			key = json_dumps(string, JSON_ENCODE_ANY);
		if (key != NULL && strlen(key) >= 2) {
			key[strlen(key) - 1] = '\0';
			json_text(json, key + 1, cells[i].value);
		}
		free(key);
		json_decref(string);
	}
	json_close(json, '}');
}

void jsonl_check(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct check *check = model->checks[index];

	jsonl_run(json, model, model->check_runs[index]);
	json_time(json, "t", check->t_ns);
	json_text(json, "name", check->name);
	jsonl_cells(json, "cells", check->cells, check->cell_count);
	jsonl_cells(json, "lets", check->lets, check->let_count);
	json_text(json, "formula", check->formula);
	json_text(json, "predicted", check->predicted);
	json_text(json, "query", check->query);
	json_text(json, "measured", check->measured);
	if (check->problem[0] != '\0')
		json_text(json, "problem", check->problem);
	json_truth(json, "match", check->match);
}

void jsonl_sysctl(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	const struct sysctl_change *change = &model->sysctls[index];

	jsonl_run(json, model, change->run);
	json_time(json, "t", change->t_ns);
	json_text(json, "name", change->name);
	json_text(json, "from", change->from);
	json_text(json, "to", change->to);
}
