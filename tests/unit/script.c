/* Runs the scenarios of script.h: what the core tells of them, as text. */
#include "script.h"

#include "tcpstate/feed.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct outcome {
	struct {
		struct record record;
		char withdrawn[64];
	} line[512];
	size_t count;
};

/* An edge falls with another one, that was withdrawn before it. */
static void falls_with_another(const struct outcome *outcome, const struct record *record)
{
	const uint64_t with = (uint64_t)record->reason.arg[0];
	bool withdrawn = false;

	if (record->kind != RECORD_CORRECTION || record->reason.code != REASON_FALLS_WITH)
		return;
	for (size_t i = 0; i < outcome->count; i++)
		withdrawn |=
			outcome->line[i].record.id == with && outcome->line[i].withdrawn[0] != '\0';
	if (with == record->of || !withdrawn)
		fail_msg("%s>%s fell with a record that had not been withdrawn",
			state_name(record->from), state_name(record->to));
}

static void take(void *context, const struct record *record)
{
	struct outcome *outcome = context;

	falls_with_another(outcome, record);
	/* of a segment that was not taken nothing had been told before, in a report */
	if (record->kind == RECORD_TRANSITION ||
		(record->kind == RECORD_CORRECTION && record->of == 0)) {
		assert_true(outcome->count < 512);
		outcome->line[outcome->count].withdrawn[0] = '\0';
		outcome->line[outcome->count].record = *record;
		if (record->kind == RECORD_CORRECTION) {
			struct record *claimed = &outcome->line[outcome->count].record;
			claimed->t_ns = record->edge_t_ns;
			claimed->evidence = EVIDENCE_WIRE;
			claimed->reason = (struct reason){.code = record->claimed};
		}
		outcome->count++;
	}
	for (size_t i = 0; i < outcome->count; i++) {
		if (outcome->line[i].record.id !=
			(record->kind == RECORD_CORRECTION && record->of == 0 ? record->id
									      : record->of))
			continue;
		if (record->kind == RECORD_CONFIRMATION)
			outcome->line[i].record.evidence = record->evidence;
		if (record->kind == RECORD_CORRECTION)
			snprintf(outcome->line[i].withdrawn, sizeof(outcome->line[i].withdrawn),
				" withdrawn: %s(%d,%d)", reason_word(record->reason.code),
				record->reason.code == REASON_FALLS_WITH
					? 0
					: (int)record->reason.arg[0],
				(int)record->reason.arg[1]);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct record *first = a, *second = b;

	if (first->t_ns != second->t_ns)
		return first->t_ns < second->t_ns ? -1 : 1;
	return first->id < second->id ? -1 : first->id > second->id;
}

/* The records of all events, in order of time; told at once, or when a connection settles. */
static void outcome_of(
	const struct script *script, const size_t *order, bool at_settle, struct outcome *outcome)
{
	struct core_limits limits = {.flows = 64, .listeners = 8, .at_settle = at_settle};
	struct core *core = core_new(&limits, (struct emit){.call = take, .context = outcome});
	struct feed *feed = feed_new(&(struct feed_options){.core = core});
	int64_t last = 0;

	assert_non_null(feed);
	outcome->count = 0;
	for (size_t i = 0; i < script->count; i++) {
		const struct event *event = &script->event[order != NULL ? order[i] : i];
		last = event->t_ns > last ? event->t_ns : last;
		feed_event(feed, event);
	}
	core_finish(core, last);
	feed_free(feed);
	core_free(core);
	qsort(outcome->line, outcome->count, sizeof(outcome->line[0]), by_time);
}

static void outcome_write(const struct outcome *outcome, bool withdrawn, char *out, size_t size)
{
	static const char *const evidence[EVIDENCE_MAX] = {
		"none", "wire", "kernel", "both", "inferred"};
	const uint8_t client[4] = {10, 0, 0, 1};
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < outcome->count && used < size; i++) {
		const struct record *record = &outcome->line[i].record;
		bool is_client =
			!record->listener && memcmp(record->key.addr[record->side], client, 4) == 0;
		char unread[32] = "";
		if (outcome->line[i].withdrawn[0] != '\0' && !withdrawn)
			continue;
		if (record->reason.code == REASON_RST_SENT && record->reason.arg[0])
			snprintf(unread, sizeof(unread), "(%d)", (int)record->reason.arg[0]);
		used += (size_t)snprintf(out + used, size - used, "%.4f %s %s>%s %s %s%s%s\n",
			(double)(record->t_ns - START_NS) / 1e9,
			record->listener ? "L"
			: is_client      ? "C"
					 : "S",
			state_name(record->from), state_name(record->to),
			evidence[record->evidence], reason_word(record->reason.code), unread,
			outcome->line[i].withdrawn);
	}
}

static int by_line(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_lines(char *text)
{
	char copy[8192], *lines[512], *rest = copy;
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *line = strsep(&rest, "\n"); line != NULL && *line != '\0' && count < 512;
		line = strsep(&rest, "\n"))
		lines[count++] = line;
	qsort(lines, count, sizeof(lines[0]), by_line);
	for (size_t i = 0; i < count; i++)
		text += sprintf(text, "%s\n", lines[i]);
}

/* What is told at once ends as what is told at the end. */
static void live_agrees(const struct script *script, const size_t *order, struct outcome *outcome)
{
	static struct outcome live;
	char want[8192], got[8192];

	outcome_write(outcome, false, want, sizeof(want));
	outcome_of(script, order, false, &live);
	outcome_write(&live, false, got, sizeof(got));
	sort_lines(want);
	sort_lines(got);
	if (strcmp(want, got) != 0) {
		fprintf(stderr, "--- at the end\n%s--- at once\n%s", want, got);
		fail_msg("live ends otherwise");
	}
}

void script_run(const struct script *script, const size_t *order, char *out, size_t size)
{
	static struct outcome outcome;

	outcome_of(script, order, true, &outcome);
	outcome_write(&outcome, true, out, size);
	live_agrees(script, order, &outcome);
}

void script_expect(const char *const *lines, const char *const *expected)
{
	struct script script;
	char got[8192], want[8192] = "";
	size_t used = 0;

	script_read(&script, lines);
	for (; *expected != NULL; expected++)
		used += (size_t)snprintf(want + used, sizeof(want) - used, "%s\n", *expected);
	static struct outcome outcome;
	outcome_of(&script, NULL, true, &outcome);
	outcome_write(&outcome, true, got, sizeof(got));
	if (strcmp(got, want) != 0) { /* cmocka cuts a message at 1,024 bytes */
		fprintf(stderr, "--- expected\n%s--- got\n%s", want, got);
		fail_msg("the timeline differs");
	}
	live_agrees(&script, NULL, &outcome);
}

static struct model *model_of(const struct script *script, const struct core_limits *limits)
{
	struct model *model = model_new();
	struct core *core = core_new(limits, (struct emit){.call = model_take, .context = model});
	struct feed *feed = feed_new(&(struct feed_options){.core = core});
	int64_t last = 0;

	assert_non_null(model);
	assert_non_null(feed);
	assert_int_equal(model_run(model, "script", ""), 0);
	model_current(model)->has_diag = true;
	for (size_t i = 0; i < script->count; i++) {
		last = script->event[i].t_ns > last ? script->event[i].t_ns : last;
		feed_event(feed, &script->event[i]);
	}
	model_current(model)->first_ns = script->event[0].t_ns;
	model_current(model)->last_ns = last;
	core_finish(core, last);
	feed_free(feed);
	core_free(core);
	assert_int_equal(model_finish(model), 0);
	return model;
}

struct model *script_model(const struct script *script)
{
	return model_of(script, NULL);
}

struct model *script_model_at_settle(const struct script *script)
{
	return model_of(script, &(struct core_limits){.at_settle = true});
}

struct counts {
	unsigned segments[2], again[2];
};

static void count(void *context, const struct record *record)
{
	struct counts *counts = context;

	if (record->kind == RECORD_SEGMENT && record->serial != 0) {
		int server = record->key.port_be[record->side] == htons(80);
		counts->segments[server]++;
		counts->again[server] += record->retransmission;
	}
}

void script_counts(const char *const *lines, const char *expected)
{
	struct counts counts = {{0}, {0}};
	struct core *core = core_new(NULL, (struct emit){.call = count, .context = &counts});
	struct feed *feed = feed_new(&(struct feed_options){.core = core});
	struct script script;
	char got[512];

	assert_non_null(feed);
	script_read(&script, lines);
	for (size_t i = 0; i < script.count; i++)
		feed_event(feed, &script.event[i]);
	core_finish(core, script.event[script.count - 1].t_ns);
	int used = snprintf(got, sizeof(got), "C %u, %u again; S %u, %u again; %u copies",
		counts.segments[0], counts.again[0], counts.segments[1], counts.again[1],
		(unsigned)feed_copies(feed));
	feed_free(feed);
	core_free(core);
	struct model *model = script_model(&script);
	for (size_t i = 0; i < model->finding_count; i++)
		used += snprintf(got + used, sizeof(got) - (size_t)used, "; %s",
			finding_word(model->findings[i].code));
	model_free(model);
	assert_string_equal(got, expected);
}
