/* A finding is made, and given its numbers, names and evidence. */
#include "findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct finding *finding_new(struct model *model, uint16_t run, unsigned code, int64_t t_ns)
{
	struct model_build *build = model->build;

	model->finding_total++;
	if (build->findings_of[code]++ >= FINDINGS_KEPT)
		return NULL;
	struct finding *finding = PUSH(model, model->findings, model->finding_count);
	if (finding == NULL)
		return NULL;
	*finding = (struct finding){.code = (uint16_t)code,
		.run = run,
		.about = FINDING_OF_RUN,
		.index = INDEX_NONE,
		.queue_of = INDEX_NONE,
		.t_ns = t_ns,
		.with_calls = model->runs[run].has_calls};
	model->finding_count++;
	return finding;
}

struct finding *finding_of_run(struct model *model, uint16_t run, unsigned code, int64_t t_ns)
{
	return finding_new(model, run, code, t_ns);
}

struct finding *finding_of_end(struct model *model, uint16_t run, unsigned code,
	const struct flow_key *key, int side, int64_t t_ns)
{
	struct finding *finding = finding_new(model, run, code, t_ns);

	if (finding == NULL)
		return NULL;
	finding->about = FINDING_OF_END;
	finding->key = *key;
	finding->side = (uint8_t)side;
	return finding;
}

struct finding *finding_of_connection(
	struct model *model, uint32_t index, int side, unsigned code, int64_t t_ns)
{
	struct connection *connection = &model->connections[index];
	struct finding *finding = finding_new(model, connection->run, code, t_ns);

	finding_set_add(&connection->finding_set, code);
	if (finding == NULL)
		return NULL;
	finding->about = FINDING_OF_CONNECTION;
	finding->index = index;
	finding->serial = connection->serial;
	finding->key = connection->key;
	finding->side = (uint8_t)side;
	if (connection->ends[!(side & 1)].has_owner)
		finding->peer_pid = connection->ends[!(side & 1)].owner.pid;
	return finding;
}

struct finding *finding_of_listener(
	struct model *model, uint32_t index, unsigned code, int64_t t_ns)
{
	const struct listener *listener = &model->listeners[index];
	struct finding *finding = finding_new(model, listener->run, code, t_ns);

	if (finding == NULL)
		return NULL;
	finding->about = FINDING_OF_LISTENER;
	finding->index = index;
	finding->key = listener->key;
	return finding;
}

static void cite(uint64_t *list, uint64_t number)
{
	for (int i = 0; i < FINDING_CITED && number != 0; i++)
		if (list[i] == 0 || list[i] == number) {
			list[i] = number;
			return;
		}
}

void finding_cite_frame(struct finding *finding, uint64_t frame)
{
	if (finding != NULL)
		cite(finding->evidence.frame, frame);
}

void finding_cite_diag(struct finding *finding, uint64_t diag_frame)
{
	if (finding != NULL)
		cite(finding->evidence.diag, diag_frame);
}

void finding_cite_call(struct finding *finding, const struct model_call *call)
{
	for (int i = 0; i < FINDING_CITED && finding != NULL && call != NULL; i++)
		if (finding->evidence.call[i] == 0) {
			finding->evidence.call[i] = (uint32_t)call->number;
			return;
		}
}

void finding_cite_counter(struct finding *finding, const char *name, int64_t delta)
{
	finding_cite_part(finding, name, delta, delta);
}

void finding_cite_part(struct finding *finding, const char *name, int64_t part, int64_t delta)
{
	if (finding == NULL || delta == 0)
		return;
	for (int i = 0; i < FINDING_COUNTERS; i++) {
		struct finding_counter *at = &finding->evidence.counters[i];

		if (at->name != NULL)
			continue;
		*at = (struct finding_counter){
			name, part > 0 && part < delta ? part : delta, delta};
		return;
	}
}

void finding_name(struct finding *finding, int which, const struct owner *owner)
{
	if (finding != NULL && owner != NULL && owner->pid != 0) {
		snprintf(finding->text[which], FINDING_TEXT, "%s[%u]", owner->program, owner->pid);
		finding->phrase[which] = PHRASE_NAMES;
	}
}

void finding_name_caller(struct finding *finding, int which, const struct call *call)
{
	snprintf(
		finding->text[which], FINDING_TEXT, "%.32s[%" PRIu32 "]", call->program, call->pid);
}

void finding_sum(const struct model *model, struct finding *finding)
{
	for (int k = 0; k < FINDING_ARGS; k++) {
		const char *name = finding_argument(finding->code, k);

		if (strcmp(name, "count") != 0 && strcmp(name, "clients") != 0)
			continue;
		finding->arg[k] = 0;
		for (size_t i = 0; i < model->finding_count; i++)
			if (model->findings[i].code == finding->code)
				finding->arg[k] += model->findings[i].arg[k];
	}
}

const struct record *finding_last_edge(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = connection->steps.count; i-- > 0;) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_TRANSITION &&
			(model->transitions[step->index].record.side & 1) == side)
			return &model->transitions[step->index].record;
	}
	return NULL;
}

void finding_name_end(
	struct finding *finding, int which, const struct connection *connection, int side)
{
	if (connection->ends[side].has_owner)
		finding_name(finding, which, &connection->ends[side].owner);
}
