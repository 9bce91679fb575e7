/* The runs of a JSON report: a manifest each, how far their clocks are apart, and the marks set in
 * them. */
#include "jsonl.h"
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

void jsonl_manifest(const struct model *model, uint16_t index, FILE *out)
{
	static const char *const own[] = {"type", "schema", "run", "input", "wire", "diag", "facts",
		"calls", "packets", "decoded", "dropped", "diag_messages", "diag_pause_ms", "rows",
		"rows_lost", "first_packet", "notes", "first", "last", "end", "incomplete"};
	static const char *const ends[] = {[RUN_ORDERLY] = "orderly",
		[RUN_SIGNALLED] = "signal",
		[RUN_BROKE_OFF] = "error",
		[RUN_KILLED] = "none",
		[RUN_UNTOLD] = "none"};
	const struct run *run = &model->runs[index];
	json_t *manifest = manifest_parse(run->manifest), *value;
	struct jsonwriter json;
	const char *name;

	json_begin(&json, out, "manifest");
	json_unsigned(&json, "schema", 1);
	jsonl_run(&json, model, index);
	json_text(&json, "input", run->name);
	json_object_foreach (manifest, name, value) {
		bool taken = false;

		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			taken |= strcmp(name, own[i]) == 0;
		char *encoded = taken ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		if (encoded != NULL)
			json_raw(&json, name, encoded);
		free(encoded);
	}
	json_decref(manifest);
	json_truth(&json, "wire", run->has_wire);
	json_truth(&json, "diag", run->has_diag);
	json_truth(&json, "facts", run->has_facts);
	if (run->has_calls)
		json_truth(&json, "calls", true);
	json_unsigned(&json, "packets", run->packets);
	json_unsigned(&json, "decoded", run->decoded);
	json_unsigned(&json, "dropped", run->dropped_packets);
	json_unsigned(&json, "diag_messages", run->diag_messages);
	if (run->diag_messages > 1)
		json_number(&json, "diag_pause_ms", run->diag_pause_ns / 1000000);
	json_unsigned(&json, "rows", run->rows);
	json_unsigned(&json, "rows_lost", run->dropped_rows);
	if (run->last_ns > 0) {
		json_time(&json, "first", run->first_ns);
		json_time(&json, "last", run->last_ns);
	}
	if (run->first_packet_ns != 0)
		json_time(&json, "first_packet", run->first_packet_ns);
	if (run->end.how != RUN_OPEN)
		json_text(&json, "end", ends[run->end.how]);
	if (run->end.how != RUN_OPEN || run->incomplete)
		json_truth(&json, "incomplete", run->incomplete);
	json_open(&json, "notes", '[');
	for (size_t i = 0; i < run->note_count; i++)
		json_text(&json, NULL, run->notes[i]);
	json_close(&json, ']');
	json_end(&json);
}

void jsonl_mark(const struct model *model, uint32_t index, struct jsonwriter *json)
{
	jsonl_run(json, model, model->marks[index].run);
	json_time(json, "t", model->marks[index].t_ns);
	json_text(json, "text", model->marks[index].text);
	if (model->marks[index].trial)
		json_truth(json, "trial", true);
	if (model->marks[index].cell_count > 0)
		jsonl_cells(
			json, "cells", model->marks[index].cells, model->marks[index].cell_count);
}

/* How far a run's clock may be from another's, by the segments that both met. */
void jsonl_clocks(const struct model *model, FILE *out)
{
	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];
		struct jsonwriter json;

		if (run->clock.against == i)
			continue;
		json_begin(&json, out, "clock");
		json_text(&json, "run", run->name);
		json_text(&json, "against", model->runs[run->clock.against].name);
		json_number(&json, "shift_ns", run->clock.shift_ns);
		if (run->clock.bounded_low)
			json_number(&json, "low_ns", run->clock.low_ns);
		if (run->clock.bounded_high)
			json_number(&json, "high_ns", run->clock.high_ns);
		json_unsigned(&json, "segments", run->clock.segments);
		json_truth(&json, "consistent", !run->clock.contradictory);
		json_end(&json);
	}
}
