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

static void verdict_line(const struct page *page, const struct verdict_line *line)
{
	char text[2 * PROSE_LINE];
	bool bad = line->kind == VERDICT_CHECKS && page->model->checks_failed > 0;
	bool good = line->kind == VERDICT_CHECKS && page->model->checks_failed == 0;

	prose_verdict(page->model, line, true, text, sizeof(text));
	text_put(page, "  • ");
	fputs(bad ? ink(page, INK_BAD) : good ? ink(page, INK_GOOD) : "", page->out);
	text_wrap(page, 4, 4, text);
	fputs(bad || good ? ink(page, INK_PLAIN) : "", page->out);
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

/* ---- a finding ---- */

static void finding_sentence(const struct page *page, const struct finding *finding, bool others)
{
	char text[2 * PROSE_LINE], said[2 * PROSE_LINE], about[2 * FLOW_END_TEXT + 96];
	const struct model *model = page->model;

	prose_finding_whose(model, finding, true, about, sizeof(about));
	prose_finding(finding, text, sizeof(text));
	if (others && finding->more > 0)
		prose_more_of_kind(finding, text + strlen(text), sizeof(text) - strlen(text));
	prose_of(about, text, said, sizeof(said));
	prose_of(model->run_count > 1 ? model->runs[finding->run].name : "", said, text,
		sizeof(text));
	text_put(page, "  • ");
	text_wrap(page, 4, 4, text);
}

static void finding_advises(const struct page *page, const struct finding *finding)
{
	char text[2 * PROSE_LINE];

	if (prose_finding_advice(finding, text, sizeof(text))[0] == '\0')
		return;
	text_put(page, "    → ");
	text_wrap(page, 6, 6, text);
}

static void finding_cites(const struct page *page, const struct finding *finding)
{
	char text[PROSE_LINE], cited[2 * FLOW_END_TEXT + 32];

	if (prose_finding_evidence(finding, cited, sizeof(cited))[0] == '\0')
		return;
	snprintf(text, sizeof(text), "[%s]", cited);
	text_line(page, 6, INK_DIM, text);
}

/* others: it stands for those of its kind as well. */
static void finding_whole(const struct page *page, const struct finding *finding, bool others)
{
	finding_sentence(page, finding, others);
	finding_advises(page, finding);
	finding_cites(page, finding);
}

static bool is_shown(const struct page *page, const struct finding *finding)
{
	return finding->t_ns >= page->options->since_ns &&
	       (page->options->connection == 0 || finding->serial == page->options->connection);
}

/* ---- the verdict ---- */

/* How many lines this text has. */
static size_t lines_in(const char *text)
{
	size_t lines = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	return lines;
}

/* Does the first finding below the verdict end within the first lines of the report? */
static bool first_is_early(const struct page *page)
{
	const struct model *model = page->model;
	char *text = NULL;
	size_t length, lines = 0;
	const struct page draft = {model, page->options, open_memstream(&text, &length)};

	if (draft.out == NULL)
		return true;
	names_line(&draft);
	for (size_t i = 0; i < model->verdict_count; i++)
		verdict_line(&draft, &model->verdict[i]);
	notes(&draft);
	text_heading(&draft, prose_label(LABEL_FINDINGS));
	for (size_t i = 0; i < model->finding_count; i++)
		if (is_shown(page, &model->findings[i])) {
			finding_whole(&draft, &model->findings[i], false);
			break;
		}
	if (fclose(draft.out) == 0)
		lines = lines_in(text);
	free(text);
	return lines <= FIRST_LINES;
}

/* Whoever reads ten lines has read the cause, what it rests on and what to do: where the first
 * finding below comes too late for that, the verdict tells the heaviest in full, and below it is a
 * line. NULL: it comes early. */
static const struct verdict_line *told_in_verdict(const struct page *page)
{
	const struct model *model = page->model;

	for (size_t i = 0; i < model->verdict_count; i++)
		if (model->verdict[i].kind == VERDICT_FINDING)
			return first_is_early(page) ? NULL : &model->verdict[i];
	return NULL;
}

void text_verdict(const struct page *page)
{
	const struct model *model = page->model;
	const struct verdict_line *told = told_in_verdict(page);

	names_line(page);
	for (size_t i = 0; i < model->verdict_count; i++) {
		const struct verdict_line *line = &model->verdict[i];

		if (line == told)
			finding_whole(page, &model->findings[line->finding], true);
		else
			verdict_line(page, line);
	}
	notes(page);
}

/* ---- findings ---- */

static void finding_line(
	const struct page *page, const struct finding *finding, const struct verdict_line *told)
{
	if (told != NULL && finding == &page->model->findings[told->finding]) {
		verdict_line(page, told);
		finding_cites(page, finding);
	} else {
		finding_whole(page, finding, false);
	}
}

void text_findings(const struct page *page)
{
	const struct model *model = page->model;
	const struct verdict_line *told = told_in_verdict(page);
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
			finding_line(page, finding, told);
		if (shown != SHOWN_FINDINGS || page->options->all)
			continue;
		more = model->findings[i + 1 - SHOWN_FINDINGS].more;
		if (more >= SHOWN_FINDINGS)
			text_line(page, 2, INK_PLAIN,
				prose_more_findings(finding_word(finding->code),
					more + 1 - SHOWN_FINDINGS, text, sizeof(text)));
	}
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
