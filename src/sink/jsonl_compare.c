/* Recordings beside each other for scripts: a line each, then one for each check that did not come
 * out alike. docs/jsonl.md lists the members. */
#include "jsonl.h"
#include "manifest.h"
#include "tcpstate/compare.h"

#include <stdlib.h>
#include <string.h>

static void put_member(struct jsonwriter *json, const json_t *manifest, const char *name)
{
	char *text = manifest_text(manifest, name);

	if (text != NULL)
		json_text(json, name, text);
	free(text);
}

static void put_recording(const struct model *model, FILE *out)
{
	const struct run *run = &model->runs[0];
	json_t *manifest = manifest_parse(run->manifest);
	struct jsonwriter json;

	json_begin(&json, out, "recording");
	json_text(&json, "run", run->name);
	put_member(&json, manifest, "host");
	put_member(&json, manifest, "kernel");
	put_member(&json, manifest, "lab");
	if (run->last_ns != 0) {
		json_time(&json, "first", run->first_ns);
		json_time(&json, "last", run->last_ns);
	}
	json_truth(&json, "incomplete", run->incomplete);
	json_unsigned(&json, "connections", model->connection_total);
	json_unsigned(&json, "checks", model->check_count);
	json_unsigned(&json, "failed", model->checks_failed);
	json_open(&json, "findings", '[');
	for (size_t i = 0; i < model->finding_count; i++)
		json_text(&json, NULL, finding_word(model->findings[i].code));
	json_close(&json, ']');
	json_end(&json);
	json_decref(manifest);
}

static void put_difference(const struct comparison *comparison, size_t index, FILE *out)
{
	const struct difference *one = &comparison->differences[index];
	const struct check *check = difference_check(comparison, index);
	struct jsonwriter json;

	json_begin(&json, out, "difference");
	json_text(&json, "name", check->name);
	jsonl_cells(&json, "cells", check->cells, check->cell_count);
	json_open(&json, "recordings", '[');
	for (size_t i = 0; i < comparison->count; i++) {
		json_open(&json, NULL, '{');
		json_text(&json, "run", comparison->models[i]->runs[0].name);
		if (one->of[i] != NULL) {
			json_text(&json, "predicted", one->of[i]->predicted);
			json_text(&json, "measured", one->of[i]->measured);
			if (one->of[i]->problem[0] != '\0')
				json_text(&json, "problem", one->of[i]->problem);
			json_truth(&json, "match", one->of[i]->match);
		}
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_end(&json);
}

int sink_compare_jsonl(
	const struct comparison *comparison, const struct sink_options *options, FILE *out)
{
	(void)options;
	for (size_t i = 0; i < comparison->count; i++)
		put_recording(comparison->models[i], out);
	for (size_t i = 0; i < comparison->difference_count; i++)
		put_difference(comparison, i, out);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
