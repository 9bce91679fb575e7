/* The head and the foot of the text report: the verdict and the findings; what came out of it, and
 * under which conditions it was recorded. */
#include "manifest.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL = 16 };

static void field(const struct page *page, const char *label, const char *text)
{
	text_gap(page, 2);
	text_pad(page, label, LABEL - 2);
	text_wrap(page, LABEL, LABEL, text);
}

/* ---- the head ---- */

static void names_line(const struct page *page)
{
	char *text = NULL;
	size_t length;
	FILE *line = open_memstream(&text, &length);

	if (line == NULL)
		return;
	for (size_t i = 0; i < page->model->run_count; i++)
		fprintf(line, "%s%s", i > 0 ? ", " : "", page->model->runs[i].name);
	if (fclose(line) == 0) {
		fputs(ink(page, INK_BOLD), page->out);
		text_put(page, prose_label(LABEL_RECORDING));
		fputc(' ', page->out);
		text_wrap(page, columns_of(prose_label(LABEL_RECORDING)) + 1, 2, text);
		fputs(ink(page, INK_PLAIN), page->out);
	}
	free(text);
}

/* What to do about it, and what it rests on. */
static void finding_lead(const struct page *page, const struct finding *finding)
{
	char text[2 * PROSE_LINE], cited[2 * FLOW_END_TEXT + 32];

	if (prose_finding_advice(finding, text, sizeof(text))[0] != '\0') {
		text_put(page, "    → ");
		text_wrap(page, 6, 6, text);
	}
	if (prose_finding_evidence(finding, cited, sizeof(cited))[0] != '\0') {
		snprintf(text, sizeof(text), "[%s]", cited);
		text_line(page, 6, INK_DIM, text);
	}
}

static void verdict_line(const struct page *page, const struct verdict_line *line, bool lead)
{
	char text[2 * PROSE_LINE];
	bool bad = line->kind == VERDICT_CHECKS && page->model->checks_failed > 0;
	bool good = line->kind == VERDICT_CHECKS && page->model->checks_failed == 0;

	prose_verdict(page->model, line, true, text, sizeof(text));
	text_put(page, "  • ");
	fputs(bad ? ink(page, INK_BAD) : good ? ink(page, INK_GOOD) : "", page->out);
	text_wrap(page, 4, 4, text);
	fputs(bad || good ? ink(page, INK_PLAIN) : "", page->out);
	if (lead && line->kind == VERDICT_FINDING)
		finding_lead(page, &page->model->findings[line->finding]);
}

static void notes(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE];

	for (size_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];

		for (size_t k = 0; k < run->note_count; k++) {
			prose_of(model->run_count > 1 ? run->name : "", run->notes[k], text,
				sizeof(text));
			field(page, prose_label(LABEL_NOTE), text);
		}
	}
}

/* ---- findings ---- */

static void finding_line(const struct page *page, const struct finding *finding)
{
	char text[2 * PROSE_LINE], said[2 * PROSE_LINE], about[2 * FLOW_END_TEXT + 32];
	const struct model *model = page->model;

	prose_finding_about(finding, true, about, sizeof(about));
	prose_of(about, prose_finding(finding, text, sizeof(text)), said, sizeof(said));
	prose_of(model->run_count > 1 ? model->runs[finding->run].name : "", said, text,
		sizeof(text));
	text_put(page, "  • ");
	text_wrap(page, 4, 4, text);
	finding_lead(page, finding);
}

static bool is_shown(const struct page *page, const struct finding *finding)
{
	return finding->t_ns >= page->options->since_ns &&
	       (page->options->connection == 0 || finding->serial == page->options->connection);
}

void text_findings(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE];
	size_t shown = 0;
	bool begun = false;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];
		size_t more;

		if (!is_shown(page, finding))
			continue;
		if (!begun)
			text_heading(page, prose_label(LABEL_FINDINGS));
		begun = true;
		if (i == 0 || model->findings[i - 1].code != finding->code)
			shown = 0;
		if (shown++ < SHOWN_FINDINGS || page->options->all)
			finding_line(page, finding);
		if (shown != SHOWN_FINDINGS || page->options->all)
			continue;
		more = model->findings[i + 1 - SHOWN_FINDINGS].more;
		if (more >= SHOWN_FINDINGS)
			text_line(page, 2, INK_PLAIN,
				prose_more_findings(finding_word(finding->code),
					more + 1 - SHOWN_FINDINGS, text, sizeof(text)));
	}
}

/* ---- the verdict ---- */

/* A part of the head as lines of their own, to see how much room it takes. */
struct draft {
	struct page page;
	char *text;
	size_t length;
};

static bool draft_open(struct draft *draft, const struct page *page)
{
	*draft = (struct draft){.page = {page->model, page->options, NULL}};
	draft->page.out = open_memstream(&draft->text, &draft->length);
	return draft->page.out != NULL;
}

static size_t draft_lines(struct draft *draft)
{
	size_t lines = 0;

	if (fclose(draft->page.out) == 0)
		for (const char *at = draft->text; (at = strchr(at, '\n')) != NULL; at++)
			lines++;
	free(draft->text);
	return lines;
}

/* Lines up to the end of the first finding told in full below the verdict. */
static size_t lines_until_told(const struct page *page)
{
	struct draft draft;

	if (!draft_open(&draft, page))
		return 0;
	names_line(&draft.page);
	for (size_t i = 0; i < page->model->verdict_count; i++)
		verdict_line(&draft.page, &page->model->verdict[i], false);
	notes(&draft.page);
	text_heading(&draft.page, prose_label(LABEL_FINDINGS));
	for (size_t i = 0; i < page->model->finding_count; i++)
		if (is_shown(page, &page->model->findings[i])) {
			finding_line(&draft.page, &page->model->findings[i]);
			break;
		}
	return draft_lines(&draft);
}

/* Lines that this line of the verdict takes, or what is to do about it. */
static size_t lines_of(const struct page *page, const struct verdict_line *line, bool lead)
{
	struct draft draft;

	if ((lead && line->kind != VERDICT_FINDING) || !draft_open(&draft, page))
		return 0;
	if (lead)
		finding_lead(&draft.page, &page->model->findings[line->finding]);
	else
		verdict_line(&draft.page, line, false);
	return draft_lines(&draft);
}

/* Whoever reads ten lines has read what to do and what it rests on. Where the first finding below
 * comes too late for that, the verdict says it of the heaviest, and of the next ones as long as
 * there is room. */
void text_verdict(const struct page *page)
{
	const struct model *model = page->model;
	size_t used = 1; /* the name of the recording */
	bool late = lines_until_told(page) > FIRST_LINES, led = false;

	for (size_t i = 0; i < model->verdict_count; i++)
		used += lines_of(page, &model->verdict[i], false);
	names_line(page);
	for (size_t i = 0; i < model->verdict_count; i++) {
		size_t more = late ? lines_of(page, &model->verdict[i], true) : 0;
		bool lead = more > 0 && (!led || used + more <= FIRST_LINES);

		verdict_line(page, &model->verdict[i], lead);
		used += lead ? more : 0;
		led |= lead;
	}
	notes(page);
}

/* ---- the foot ---- */

void text_summary(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE];

	text_heading(page, prose_label(LABEL_SUMMARY));
	field(page, prose_label(LABEL_CONNECTIONS),
		prose_summary_connections(model, text, sizeof(text)));
	if (model->summary.conversations > 0)
		field(page, prose_label(LABEL_DATAGRAMS),
			prose_summary_datagrams(model, text, sizeof(text)));
	field(page, prose_label(LABEL_TRANSITIONS),
		prose_summary_transitions(model, text, sizeof(text)));
	field(page, prose_label(LABEL_CORRECTIONS),
		prose_summary_corrections(model, text, sizeof(text)));
	snprintf(text, sizeof(text), "%zu", model->finding_total);
	field(page, prose_label(LABEL_FINDINGS_COUNT), text);
	if (model->check_count > 0)
		field(page, prose_label(LABEL_CHECKS),
			prose_summary_checks(model, text, sizeof(text)));
}

static void manifest_field(
	const struct page *page, const json_t *manifest, const char *member, enum label label)
{
	char *text = manifest_text(manifest, member);

	if (text != NULL)
		field(page, prose_label(label), text);
	free(text);
}

/* {"net.ipv4.tcp_syncookies": "1", ...} as "tcp_syncookies=1 ...": all of one kind, so the common
 * beginning of their names is left out. Of those not set by us only what a finding speaks of. */
static void sysctl_field(
	const struct page *page, const json_t *values, enum label label, bool selected)
{
	char *text = NULL;
	const char *name;
	json_t *value;
	size_t length;
	FILE *line = json_object_size(values) > 0 ? open_memstream(&text, &length) : NULL;

	if (line == NULL)
		return;
	json_object_foreach ((json_t *)values, name, value) {
		if (selected && !prose_findings_name(page->model, name))
			continue;
		char *number = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
		const char *text_value = number != NULL ? number : json_string_value(value);

		fprintf(line, "%s=", strncmp(name, "net.ipv4.", 9) == 0 ? name + 9 : name);
		for (; text_value != NULL && *text_value != '\0'; text_value++)
			fputc(*text_value == '\t' || *text_value == ' ' ? '-' : *text_value, line);
		fputc(' ', line);
		free(number);
	}
	bool any = fclose(line) == 0 && length > 0;
	if (any)
		text[length - 1] = '\0'; /* the last blank */
	if (any)
		field(page, prose_label(label), text);
	free(text);
}

static void run_conditions(const struct page *page, const struct run *run)
{
	json_t *manifest = manifest_parse(run->manifest);
	char begun[TEXT_TIME], text[PROSE_LINE];

	manifest_field(page, manifest, "command", LABEL_COMMAND);
	manifest_field(page, manifest, "kernel", LABEL_SYSTEM);
	manifest_field(page, manifest, "interface", LABEL_INTERFACE);
	manifest_field(page, manifest, "filter", LABEL_FILTER);
	if (run->last_ns > 0) {
		const struct sink_options absolute = {0};
		const struct page dated = {page->model, &absolute, page->out};

		field(page, prose_label(LABEL_BEGAN),
			prose_run_began(
				run, text_date(&dated, run->first_ns, begun), text, sizeof(text)));
	}
	if (run->has_wire)
		field(page, prose_label(LABEL_PACKETS), prose_run_packets(run, text, sizeof(text)));
	if (run->has_diag)
		field(page, prose_label(LABEL_KERNEL_ANSWERS),
			prose_run_kernel(run, text, sizeof(text)));
	sysctl_field(page, json_object_get(manifest, "sysctls_set"), LABEL_SYSCTLS_SET, false);
	sysctl_field(
		page, json_object_get(manifest, "sysctls"), LABEL_SYSCTLS, !page->options->all);
	for (size_t i = 0; i < page->model->sysctl_count; i++) {
		const struct sysctl_change *change = &page->model->sysctls[i];

		if (change->run == run - page->model->runs)
			field(page, prose_label(LABEL_SYSCTL_CHANGED),
				prose_sysctl_change(change, text_time(page, change->t_ns, begun),
					text, sizeof(text)));
	}
	json_decref(manifest);
}

void text_conditions(const struct page *page)
{
	char text[PROSE_LINE];

	for (size_t i = 0; i < page->model->run_count; i++) {
		if (page->model->runs[i].last_ns == 0 && page->model->runs[i].manifest[0] == '\0')
			continue;
		text_heading(page, prose_conditions_title(&page->model->runs[i],
					   page->model->run_count, text, sizeof(text)));
		run_conditions(page, &page->model->runs[i]);
	}
}
