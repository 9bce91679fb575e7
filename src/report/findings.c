/* Findings: what an engineer would point at after reading the whole report. The parts look each at
 * one kind of evidence; here their findings are kept, ordered by weight and made a verdict. */
#include "findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void findings_free(struct model_build *build)
{
	free(build->watch_of);
	arena_free(&build->watches);
	free(build->last_words);
	tallies_free(build->tallies);
	free(build->lacks);
	free(build->zombies);
	free(build->stops);
	free(build->waits);
	free(build->doings);
	free(build->said);
}

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
	if (connection->has_owner[!(side & 1)])
		finding->peer_pid = connection->owner[!(side & 1)].pid;
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

void findings_gap(struct model *model, const struct record *record)
{
	static const uint16_t codes[REASON_MAX] = {[REASON_CAPTURE_LOST] = FINDING_CAPTURE_LOST,
		[REASON_DIAG_LOST] = FINDING_DIAG_LOST,
		[REASON_FLOWS_EVICTED] = FINDING_FLOWS_EVICTED,
		[REASON_LOOKUPS_SHED] = FINDING_LOOKUPS_SHED};
	struct model_build *build = model->build;
	uint16_t run = (uint16_t)(model->run_count - 1), code;

	if (record->reason.code >= REASON_MAX || (code = codes[record->reason.code]) == 0)
		return;
	for (size_t i = 0; i < build->lack_count; i++)
		if (build->lacks[i].code == code && build->lacks[i].run == run) {
			build->lacks[i].count += record->reason.arg[0];
			return;
		}
	struct lack *lack = PUSH(model, build->lacks, build->lack_count);
	if (lack == NULL)
		return;
	*lack = (struct lack){record->reason.arg[0], record->t_ns, code, run};
	build->lack_count++;
}

static void tell_lacks(struct model *model)
{
	for (size_t i = 0; i < model->build->lack_count; i++) {
		const struct lack *lack = &model->build->lacks[i];
		struct finding *finding = finding_of_run(model, lack->run, lack->code, lack->t_ns);

		if (finding != NULL)
			finding->arg[0] = lack->count;
	}
}

static bool first_of_kind(const struct model *model, size_t i)
{
	return i == 0 || model->findings[i - 1].code != model->findings[i].code;
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

/* The story's CLOSE_WAITs are those of the findings: one number in one place. */
static void traits_of_findings(struct model *model)
{
	size_t *count = &model->trait_count[__builtin_ctz(TRAIT_CLOSE_WAIT)],
	       *used = &model->trait_count[__builtin_ctz(TRAIT_HALF_USED)];

	*count = 0;
	*used = 0;
	for (size_t i = 0; i < model->connection_count; i++) {
		struct connection *connection = &model->connections[i];

		if ((connection->traits & TRAIT_HALF_USED) != 0)
			*used += (size_t)connection_weight(connection);
		if (!finding_set_has(&connection->finding_set, FINDING_CLOSE_WAIT_HELD))
			continue;
		connection->traits |= TRAIT_CLOSE_WAIT;
		*count += (size_t)connection_weight(connection);
	}
}

/* How many others there are like this finding: those of connections that were folded are of the
 * kind, too. */
static uint32_t others_of_kind(const struct model *model, const struct finding *finding)
{
	int64_t others = (int64_t)model->build->findings_of[finding->code] - 1;

	for (size_t i = 0; finding->about == FINDING_OF_CONNECTION && i < model->connection_count;
		i++)
		if (finding_set_has(&model->connections[i].finding_set, finding->code))
			others += connection_weight(&model->connections[i]) - 1;
	return others < UINT32_MAX ? (uint32_t)others : UINT32_MAX;
}

static bool for_another(const struct finding *finding)
{
	return finding->phrase[1] == PHRASE_UPSTREAM ||
	       finding->phrase[1] == PHRASE_UPSTREAM_ITSELF;
}

/* The first of those that wait themselves for another, behind one that does not: both have a line
 * of the verdict, for one is the cause of the other. */
static bool first_for_another(const struct model *model, size_t i)
{
	return !first_of_kind(model, i) && for_another(&model->findings[i]) &&
	       !for_another(&model->findings[i - 1]);
}

/* How many of its kind its line of the verdict is about. */
static size_t on_line(const struct model *model, size_t i)
{
	size_t others = 0;

	for (size_t k = i;
		k < model->finding_count && model->findings[k].code == model->findings[i].code; k++)
		others += for_another(&model->findings[k]);
	if (!first_of_kind(model, i))
		return others;
	return model->build->findings_of[model->findings[i].code] -
	       (for_another(&model->findings[i]) ? 0 : others);
}

static void verdict(struct model *model)
{
	struct verdict_line *line = model->verdict;
	size_t room = VERDICT_LINES, left = model->finding_total;

	for (size_t i = model->run_count; i-- > 0;)
		if (model->runs[i].incomplete)
			line[0] = (struct verdict_line){
				VERDICT_INCOMPLETE, (uint32_t)i, line[0].count + 1};
	model->verdict_count = line[0].count > 0;
	for (size_t i = model->run_count; i-- > 0 && model->verdict_count < 2;)
		if (model->runs[i].failure != NULL)
			line[model->verdict_count++] =
				(struct verdict_line){VERDICT_FAILED, (uint32_t)i, 1};
	if (model->check_count > 0)
		line[model->verdict_count++].kind = VERDICT_CHECKS;
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *finding = &model->findings[i];

		if (!first_of_kind(model, i) && !first_for_another(model, i))
			continue;
		size_t here = on_line(model, i);
		finding->more =
			first_of_kind(model, i)
				? others_of_kind(model, finding) -
					  (uint32_t)(model->build->findings_of[finding->code] -
						     here)
				: (uint32_t)here - 1;
		bool last = left == here;
		if (model->verdict_count + !last >= room)
			continue;
		line[model->verdict_count++] =
			(struct verdict_line){VERDICT_FINDING, (uint32_t)i, 0};
		left -= here;
	}
	if (left > 0)
		line[model->verdict_count++] =
			(struct verdict_line){VERDICT_OTHERS, 0, (uint32_t)left};
	if (model->verdict_count == 0)
		line[model->verdict_count++].kind = VERDICT_NOTHING;
}

/* In this order: what one tells, a later one may leave out, add to or cite. false: out of memory */
static bool (*const passes[])(struct model *) = {findings_of_sockets, findings_of_waits,
	findings_of_resets, findings_of_ends, findings_of_stalls, findings_of_strays,
	findings_of_unsent, findings_of_wire, findings_of_errors, findings_of_silence,
	findings_of_unanswered, findings_of_speech, findings_of_listeners, findings_of_full_queues,
	findings_of_refusals, findings_of_host, findings_of_interrupts, findings_of_let_go,
	findings_of_loops, findings_of_shared_ports, findings_of_not_yet, findings_of_unbound,
	findings_of_short, findings_of_held_back, findings_of_swapped, findings_of_calls,
	findings_of_processes, findings_of_output, findings_of_exits, findings_of_copies,
	findings_of_counters};

bool model_findings(struct model *model)
{
	findings_stalls_end(model);
	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		if (!passes[i](model))
			return false;
	findings_of_meanwhile(model);
	tell_lacks(model);
	traits_of_findings(model);
	findings_order(model);
	verdict(model);
	return !model->build->failed;
}
