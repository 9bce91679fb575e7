/* What neither packets nor sockets say: marks, counters, checks, sysctls. And which cells of an
 * experiment a mark is about, and the sums over all runs. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"

void model_fact(struct model *model, const struct record *record)
{
	const struct fact *fact = &record->event->u.fact;
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1);

	if (record->kind == RECORD_MARK) {
		struct mark *mark = PUSH(model, model->marks, model->mark_count);

		if (mark != NULL &&
			(mark->text = escape_new(fact->text != NULL ? fact->text : "")) != NULL) {
			mark->t_ns = record->event->t_ns;
			mark->run = run;
			mark->trial = fact->trial;
			model->mark_count++;
			build->marks++;
			build->dump_ended = false;
			return;
		}
	} else if (record->kind == RECORD_COUNTER) {
		struct counter *counter = PUSH(model, model->counters, model->counter_count);

		if (counter != NULL && (counter->name = escape_new(
						fact->text != NULL ? fact->text : "")) != NULL) {
			*counter = (struct counter){record->event->t_ns, counter->name, fact->count,
				fact->delta, run, build->marks};
			model->counter_count++;
			return;
		}
	} else if (fact->check != NULL) {
		struct check **check = PUSH(model, model->checks, model->check_count);
		uint16_t *check_run = PUSH(model, model->check_runs, model->check_count);

		if (check != NULL && check_run != NULL &&
			(*check = check_copy(fact->check)) != NULL) {
			*check_run = run;
			if ((*check)->t_ns == 0)
				(*check)->t_ns = record->event->t_ns;
			model->check_count++;
			return;
		}
	} else {
		return;
	}
	build->failed = true;
}

void model_sysctl(
	struct model *model, int64_t t_ns, const char *name, const char *from, const char *to)
{
	struct sysctl_change *change = PUSH(model, model->sysctls, model->sysctl_count);

	if (change == NULL)
		return;
	*change = (struct sysctl_change){.t_ns = t_ns,
		.name = escape_new(name),
		.from = escape_new(from),
		.to = escape_new(to),
		.run = (uint16_t)(model->run_count - 1)};
	model->sysctl_count++;
	model->build->failed |= change->name == NULL || change->from == NULL || change->to == NULL;
}

void facts_free(struct model *model)
{
	for (size_t i = 0; i < model->mark_count; i++) {
		free(model->marks[i].text);
		free(model->marks[i].cells);
	}
	for (size_t i = 0; i < model->counter_count; i++)
		free(model->counters[i].name);
	for (size_t i = 0; i < model->check_count; i++)
		check_free(model->checks[i]);
	for (size_t i = 0; i < model->sysctl_count; i++) {
		free(model->sysctls[i].name);
		free(model->sysctls[i].from);
		free(model->sysctls[i].to);
	}
}

/* ---- which cells a mark is about ---- */

static bool check_has(const struct check *check, const struct cell *cell)
{
	for (size_t i = 0; i < check->cell_count; i++)
		if (strcmp(check->cells[i].key, cell->key) == 0)
			return strcmp(check->cells[i].value, cell->value) == 0;
	return false;
}

static bool mark_cells(struct model *model, struct mark *mark, int64_t after_ns)
{
	bool first = true;

	for (size_t i = 0; i < model->check_count; i++) {
		const struct check *check = model->checks[i];
		size_t kept = 0;

		if (model->check_runs[i] != mark->run || check->t_ns <= after_ns ||
			check->t_ns > mark->t_ns)
			continue;
		if (first && check->cell_count > 0) {
			mark->cells = calloc(check->cell_count, sizeof(*mark->cells));
			if (mark->cells == NULL)
				return false;
			memcpy(mark->cells, check->cells, check->cell_count * sizeof(*mark->cells));
			mark->cell_count = check->cell_count;
		}
		first = false;
		for (size_t k = 0; k < mark->cell_count; k++)
			if (check_has(check, &mark->cells[k]))
				mark->cells[kept++] = mark->cells[k];
		mark->cell_count = kept;
	}
	return true;
}

bool model_marks(struct model *model)
{
	for (size_t i = 0; i < model->mark_count; i++) {
		size_t k = i;

		while (k > 0 && model->marks[k - 1].run != model->marks[i].run)
			k--;
		if (!mark_cells(
			    model, &model->marks[i], k > 0 ? model->marks[k - 1].t_ns : INT64_MIN))
			return false;
	}
	return true;
}

void model_run_sums(struct model *model)
{
	struct run *runs = model->runs;

	for (size_t i = 0; i < model->connection_count; i++)
		runs[model->connections[i].run].sum.connections++;
	for (size_t i = 0; i < model->transition_count; i++)
		runs[model->transitions[i].run].sum.transitions++;
	for (size_t i = 0; i < model->correction_count; i++)
		runs[model->corrections[i].run].sum.withdrawn += model->corrections[i].count;
	for (size_t i = 0; i < model->check_count; i++)
		runs[model->check_runs[i]].sum.checks++;
	for (size_t i = 0; i < model->finding_count; i++)
		runs[model->findings[i].run].sum.findings++;
}

void model_sums(struct model *model)
{
	struct summary *summary = &model->summary;

	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];

		summary->packets += run->packets;
		summary->packets_lost += run->dropped_packets;
		summary->messages += run->diag_messages;
		summary->rows_lost += run->dropped_rows;
	}
}
