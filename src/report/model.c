/* The report's content: one or more runs, each with a name, a manifest and notes; their records
 * come by model_take(), and model_finish() does what must wait for the last one. */
#include "findings.h"
#include "model_moves.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"
#include "tcpstate/pages.h"

struct model *model_new(void)
{
	struct model *model = calloc(1, sizeof(*model));

	if (model != NULL)
		model->build = calloc(1, sizeof(*model->build));
	if (model != NULL && model->build == NULL) {
		free(model);
		return NULL;
	}
	if (model != NULL)
		fold_begin(model->build);
	for (size_t state = 0; model != NULL && state < STATE_MAX; state++)
		model->states[state].longest_ns = -1;
	return model;
}

void model_several(struct model *model)
{
	model->build->several = true;
}

void model_name_as_on_page(struct model *model)
{
	model->build->page_names = true;
}

static void build_free(struct model_build *build)
{
	if (build == NULL)
		return;
	index_map_free(&build->folds);
	alike_forget(build);
	free(build->alike);
	free(build->like);
	free(build->by_serial);
	free(build->cookie);
	free(build->inode);
	free(build->kept);
	free(build->chunks);
	arena_free(&build->pending);
	free(build->shown);
	free(build->seen);
	moves_forget(build);
	free(build->wanted);
	index_map_free(&build->shown_map);
	index_map_free(&build->seen_map);
	free(build->listening_ports);
	findings_free(build);
	for (size_t i = 0; i < build->talk_count; i++)
		free(build->talks[i].last);
	free(build->talks);
	free(build->line_next);
	free(build->udp_ends_list);
	free(build->udp_drops_list);
	index_map_free(&build->conversations);
	index_map_free(&build->udp_ends);
	index_map_free(&build->udp_drops);
	index_map_free(&build->listeners);
	index_map_free(&build->newest);
	index_map_free(&build->cookies);
	index_map_free(&build->inodes);
	index_map_free(&build->text_map);
	for (size_t i = 0; i < build->text_count; i++)
		free(build->texts[i]);
	free(build->texts);
	free(build);
}

static void run_free(struct run *run)
{
	for (size_t i = 0; i < run->note_count; i++)
		free(run->notes[i]);
	free(run->notes);
	free(run->name);
	free(run->manifest);
	free(run->failure);
	free(run->end.text);
}

void model_free(struct model *model)
{
	if (model == NULL)
		return;
	for (size_t i = 0; i < model->run_count; i++)
		run_free(&model->runs[i]);
	for (size_t i = 0; i < model->correction_count; i++)
		free(model->corrections[i].frames); /* its other arrays are in the same piece */
	for (size_t i = 0; i < model->connection_count; i++) {
		free(model->connections[i].steps.item);
		if (model->connections[i].folded != NULL)
			free(model->connections[i].folded->ports);
		free(model->connections[i].folded);
	}
	for (size_t i = 0; i < model->listener_count; i++) {
		free(model->listeners[i].steps.item);
		free(model->listeners[i].queue);
		free(model->listeners[i].levels);
		free(model->listeners[i].stays);
		free(model->listeners[i].answers);
	}
	for (size_t i = 0; i < model->rung_count; i++)
		free(model->rungs[i].text);
	for (size_t i = 0; i < model->datagram_count; i++)
		free(model->datagrams[i].text);
	facts_free(model);
	for (size_t i = 0; i < model->phase_count; i++)
		free(model->phases[i].counters);
	for (size_t i = 0; i < model->table_count; i++)
		check_table_clear(&model->tables[i]);
	for (size_t i = 0; i < model->shape_count; i++)
		free(model->shapes[i].members);
	for (size_t i = 0; i < model->path_count; i++) {
		free(model->paths[i].hops);
		free(model->paths[i].steps.item);
	}
	free(model->others.ports);
	free(model->occupancy);
	build_free(model->build);
	void *arrays[] = {model->runs, model->transitions, model->corrections, model->connections,
		model->listeners, model->marks, model->phases, model->samples, model->counters,
		model->checks, model->check_runs, model->tables, model->loose, model->findings,
		model->shapes, model->edges, model->paths, model->conversations, model->datagrams,
		model->errors, model->udp_sockets, model->losses, model->holders, model->calls,
		model->call_order, model->exits, model->rungs, model->disagreements,
		model->unanswered, model->crossings, model->sysctls, model->others_held};
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		free(arrays[i]);
	free(model);
}

int model_run(struct model *model, const char *name, const char *manifest)
{
	struct model_build *build = model->build;
	struct run *run =
		model->run_count < UINT16_MAX ? PUSH(model, model->runs, model->run_count) : NULL;

	if (run == NULL)
		return -1;
	run->part_of = (uint16_t)model->run_count++;
	run->name = escape_new(name); /* a folder may be named anything */
	run->manifest = strdup(manifest != NULL ? manifest : "");
	build->marks = 0;
	index_map_free(&build->newest);
	build->conversations_of_run = 0;
	build->dump_ended = false;
	if (run->part_of > 0) { /* the first one finds them empty, and need not touch them all */
		memset(build->fragmented, 0, sizeof(build->fragmented));
		memset(build->by_id, 0, sizeof(build->by_id));
	}
	fold_run(model);
	if (build->by_serial_size > 0)
		memset(build->by_serial, 0, build->by_serial_size * sizeof(*build->by_serial));
	build->failed |= run->name == NULL || run->manifest == NULL;
	return build->failed ? -1 : 0;
}

void model_part_of(struct model *model, uint16_t run)
{
	model_current(model)->part_of = run;
}

void model_note(struct model *model, const char *format, ...)
{
	struct run *run = model_current(model);
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	char **note = PUSH(model, run->notes, run->note_count);
	if (note != NULL && (*note = escape_new(text)) != NULL)
		run->note_count++;
	else
		model->build->failed = true;
}

void model_failure(struct model *model, const char *text)
{
	struct run *run = model_current(model);

	if (run->failure == NULL && (run->failure = escape_new(text)) == NULL)
		model->build->failed = true;
}

const struct mark *model_mark(const struct model *model, const char *name)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);

	for (size_t i = 0; i < model->mark_count; i++)
		if (strcmp(model->marks[i].text, name) == 0)
			return &model->marks[i];
	return *name != '\0' && *end == '\0' && number > 0 && number <= model->mark_count
		       ? &model->marks[number - 1]
		       : NULL;
}

int model_finish(struct model *model)
{
	if (model->build->failed)
		return -1;
	told_release(model);
	pending_rows_keep(model);
	alike_count(model);
	model_sums(model);
	bool ok = model_compact(model) && model_ladders(model) && model_paths(model) &&
		  model_clocks(model) && model_order(model) && model_timelines(model) &&
		  model_path_steps(model) && model_heard(model) && model_connections(model) &&
		  model_calls(model) && model_holds(model) && model_rungs(model) &&
		  model_crossings(model) && model_settle_shown(model) && model_causes(model) &&
		  model_queues(model) && model_marks(model) && model_moments(model) &&
		  model_phases(model) && model_others(model) && model_tables(model) &&
		  model_occupancy(model) && model_story(model) && model_findings(model) &&
		  model_shapes(model) && model_edges(model);
	if (ok)
		model_run_sums(model);
	return ok ? 0 : -1;
}
