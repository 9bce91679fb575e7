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
	free(build->looks);
	index_map_free(&build->looks_map);
	free(build->addresses);
	free(build->zombies);
	free(build->stops);
	free(build->waits);
	free(build->doings);
	free(build->said);
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
	findings_of_unanswered, findings_of_tunnels, findings_of_upstreams, findings_of_speech,
	findings_of_listeners, findings_of_full_queues, findings_of_refusals, findings_of_htons,
	findings_of_host, findings_of_interrupts, findings_of_let_go, findings_of_loops,
	findings_of_shared_ports, findings_of_not_yet, findings_of_unbound, findings_of_short,
	findings_of_held_back, findings_of_swapped, findings_of_calls, findings_of_processes,
	findings_of_output, findings_of_exits, findings_of_copies, findings_of_counters};

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
	for (size_t i = 0; i < model->finding_count && model->build->page_names; i++)
		model->findings[i].named_in = model;
	verdict(model);
	return !model->build->failed;
}
