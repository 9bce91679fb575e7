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

static int compare_findings(const void *left, const void *right)
{
	const struct finding *a = left, *b = right;
	unsigned heavier = finding_weight(a->code), lighter = finding_weight(b->code);

	if (heavier != lighter)
		return heavier > lighter ? -1 : 1;
	if (a->code != b->code)
		return a->code - b->code;
	/* who waits itself for another is told behind that other */
	bool later = a->phrase[1] == PHRASE_UPSTREAM, later_b = b->phrase[1] == PHRASE_UPSTREAM;
	if (later != later_b)
		return later - later_b;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	if (a->run != b->run)
		return a->run - b->run;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->side != b->side)
		return a->side - b->side;
	return memcmp(&a->key, &b->key, sizeof(a->key));
}

/* How long what the finding tells of lasted; 0: it has no duration. */
static int64_t lasted_ms(const struct finding *finding)
{
	static const char *const durations[] = {"held_ms", "waited_ms", "longest_ms", "silent_ms"};

	for (int k = 0; k < FINDING_ARGS; k++)
		for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++)
			if (strcmp(finding_argument(finding->code, k), durations[i]) == 0)
				return finding->arg[k];
	return 0;
}

/* The verdict's clause about a kind is that of its first finding: of those that lasted, the one
 * that lasted longest, by a quarter at least, comes before the others. */
static void longest_first(struct finding *findings, size_t count)
{
	size_t longest = 0;

	for (size_t i = 1; i < count; i++)
		if (lasted_ms(&findings[i]) > lasted_ms(&findings[longest]))
			longest = i;
	if (longest == 0 || lasted_ms(&findings[longest]) < lasted_ms(&findings[0]) * 5 / 4)
		return;
	struct finding first = findings[longest];
	memmove(findings + 1, findings, longest * sizeof(*findings));
	findings[0] = first;
}

/* The block of a kind; false: there is none. */
static bool block_of(const struct model *model, unsigned code, size_t *first, size_t *end)
{
	for (*first = 0; *first < model->finding_count; (*first)++)
		if (model->findings[*first].code == code)
			break;
	for (*end = *first; *end < model->finding_count && model->findings[*end].code == code;)
		(*end)++;
	return *end > *first;
}

static bool of_same_end(const struct finding *effect, const struct finding *cause)
{
	return effect->index == cause->index && effect->side == cause->side;
}

/* The program of this end left a request unread before, and so never came to the end of the stream
 * behind it. */
static bool unread_before(const struct finding *effect, const struct finding *cause)
{
	int unread = cause->code == FINDING_ANSWERED_LATE ? 3 : 2;

	return of_same_end(effect, cause) && cause->arg[unread] > 0 && cause->t_ns < effect->t_ns;
}

/* What this end was slow to answer came before. */
static bool late_before(const struct finding *effect, const struct finding *cause)
{
	return of_same_end(effect, cause) && cause->t_ns < effect->t_ns;
}

/* The other end closed with bytes unread, which had come late: the answer, when it was tired of
 * waiting. */
static bool came_late(const struct finding *effect, const struct finding *cause)
{
	return effect->index == cause->index && effect->side != cause->side &&
	       cause->t_ns < effect->t_ns;
}

/* Both cite one packet: the RST that a process was told of by SIGPIPE. */
static bool same_packet(const struct finding *effect, const struct finding *cause)
{
	for (size_t i = 0; i < FINDING_CITED; i++)
		for (size_t k = 0; k < FINDING_CITED && effect->evidence.frame[i] != 0; k++)
			if (effect->run == cause->run &&
				effect->evidence.frame[i] == cause->evidence.frame[k])
				return true;
	return false;
}

/* Findings that may be effects of another, of a connection, though they weigh more. */
static const struct effect {
	uint16_t code, cause;
	bool (*because)(const struct finding *effect, const struct finding *cause);
} effects[] = {
	{FINDING_CLOSE_WAIT_HELD, FINDING_NEVER_ANSWERED, unread_before},
	{FINDING_CLOSE_WAIT_HELD, FINDING_ANSWERED_LATE, unread_before},
	{FINDING_CLIENT_LEFT, FINDING_NEVER_ANSWERED, late_before},
	{FINDING_CLIENT_LEFT, FINDING_ANSWERED_LATE, late_before},
	{FINDING_UNREAD_AT_CLOSE, FINDING_ANSWERED_LATE, came_late},
	{FINDING_ENDED_BY_SIGPIPE, FINDING_END_ANSWERED, same_packet},
};

static bool has_cause(const struct effect *effect, const struct finding *finding,
	const struct finding *causes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (causes[i].about == FINDING_OF_CONNECTION &&
			effect->because(finding, &causes[i]))
			return true;
	return false;
}

enum { PAIRS_MAX = 1000000 };

static void reverse(struct finding *findings, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct finding first = findings[i];

		findings[i] = findings[count - 1 - i];
		findings[count - 1 - i] = first;
	}
}

/* The cause comes first: where each finding of a kind is the effect of one of another kind, that
 * kind is told before. Each is looked for among the others: of thousands the first kind stays the
 * first. */
static void cause_first(struct model *model, const struct effect *effect)
{
	size_t first, first_end, cause, cause_end;

	if (!block_of(model, effect->code, &first, &first_end) ||
		!block_of(model, effect->cause, &cause, &cause_end) || cause < first_end ||
		(uint64_t)(first_end - first) * (cause_end - cause) > PAIRS_MAX)
		return;
	for (size_t i = first; i < first_end; i++)
		if (!has_cause(effect, &model->findings[i], &model->findings[cause],
			    cause_end - cause))
			return;
	/* the two blocks, and what is between them, turned round, and each of the two back */
	reverse(model->findings + first, cause_end - first);
	reverse(model->findings + first, cause_end - cause);
	reverse(model->findings + first + (cause_end - cause), cause - first);
}

static void order_findings(struct model *model)
{
	if (model->finding_count == 0)
		return;
	qsort(model->findings, model->finding_count, sizeof(*model->findings), compare_findings);
	for (size_t i = 0, end = 0; i < model->finding_count; i = end) {
		while (end < model->finding_count &&
			model->findings[end].code == model->findings[i].code)
			end++;
		longest_first(model->findings + i, end - i);
	}
	for (size_t i = 0; i < sizeof(effects) / sizeof(effects[0]); i++)
		cause_first(model, &effects[i]);
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
	findings_of_unanswered, findings_of_listeners, findings_of_full_queues,
	findings_of_refusals, findings_of_host, findings_of_interrupts, findings_of_not_yet,
	findings_of_unbound, findings_of_short, findings_of_swapped, findings_of_calls,
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
	order_findings(model);
	verdict(model);
	return !model->build->failed;
}
