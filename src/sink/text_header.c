/* The head and the foot of the text report: what was recorded, under which conditions, and what
 * came out of it. */
#include "manifest.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

enum { LABEL = 14 };

static void field(const struct page *page, const char *label, const char *text)
{
	fprintf(page->out, "  %-*s", LABEL - 2, label);
	text_wrap(page, LABEL, LABEL, text);
}

static void manifest_field(
	const struct page *page, const json_t *manifest, const char *member, const char *label)
{
	char *text = manifest_text(manifest, member);

	if (text != NULL)
		field(page, label, text);
	free(text);
}

/* {"net.ipv4.tcp_syncookies": "1", ...} as "tcp_syncookies=1 ...": all of one kind, so the common
 * beginning of their names is left out. */
static void sysctl_field(const struct page *page, const json_t *values, const char *label)
{
	char *text = NULL;
	const char *name;
	json_t *value;
	size_t length;
	FILE *line = json_object_size(values) > 0 ? open_memstream(&text, &length) : NULL;

	if (line == NULL)
		return;
	json_object_foreach((json_t *)values, name, value)
	{
		char *number = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);

		const char *text_value = number != NULL ? number : json_string_value(value);

		fprintf(line, "%s=", strncmp(name, "net.ipv4.", 9) == 0 ? name + 9 : name);
		for (; text_value != NULL && *text_value != '\0'; text_value++)
			fputc(*text_value == '\t' || *text_value == ' ' ? '-' : *text_value, line);
		fputc(' ', line);
		free(number);
	}
	if (fclose(line) == 0)
		field(page, label, text);
	free(text);
}

static void witness_fields(const struct page *page, const struct run *run)
{
	char text[256], *end = text;
	size_t left = sizeof(text);
	int used;

	if (run->has_wire) {
		used = snprintf(end, left, "%" PRIu64 " captured", run->packets);
		end += used, left -= (size_t)used;
		if (run->packets > run->decoded + run->filtered) {
			used = snprintf(end, left, ", %" PRIu64 " of them neither TCP nor UDP",
				run->packets - run->decoded - run->filtered);
			end += used, left -= (size_t)used;
		}
		if (run->filtered > 0) {
			used = snprintf(
				end, left, ", %" PRIu64 " left out by the filter", run->filtered);
			end += used, left -= (size_t)used;
		}
		snprintf(end, left, ", %" PRIu64 " dropped", run->dropped_packets);
		field(page, "packets", text);
	}
	if (run->has_diag) {
		snprintf(text, sizeof(text),
			"%" PRIu64 " sockets shown in %" PRIu64 " netlink messages, %" PRIu64
			" lost",
			run->rows, run->diag_messages, run->dropped_rows);
		field(page, "kernel", text);
	}
}

static void run_header(const struct page *page, const struct run *run)
{
	json_t *manifest = manifest_parse(run->manifest);
	char begun[TEXT_TIME], took[TEXT_TIME], text[2 * TEXT_TIME + 16];

	fprintf(page->out, "%sRecording %s%s\n", ink(page, INK_BOLD), run->name,
		ink(page, INK_PLAIN));
	manifest_field(page, manifest, "command", "command");
	manifest_field(page, manifest, "kernel", "system");
	manifest_field(page, manifest, "interface", "interface");
	manifest_field(page, manifest, "filter", "filter");
	if (run->last_ns > 0) {
		const struct sink_options absolute = {0};
		const struct page dated = {page->model, &absolute, page->out};

		snprintf(text, sizeof(text), "%s, for %s", text_date(&dated, run->first_ns, begun),
			prose_duration(
				(run->last_ns - run->first_ns) / 1000000, took, sizeof(took)));
		field(page, "began", text);
	}
	witness_fields(page, run);
	sysctl_field(page, json_object_get(manifest, "sysctls_set"), "sysctls set");
	sysctl_field(page, json_object_get(manifest, "sysctls"), "sysctls");
	for (size_t i = 0; i < run->note_count; i++)
		field(page, "note", run->notes[i]);
	json_decref(manifest);
}

void text_header(const struct page *page)
{
	for (size_t i = 0; i < page->model->run_count; i++) {
		if (i > 0)
			fputc('\n', page->out);
		run_header(page, &page->model->runs[i]);
	}
}

void text_verdict(const struct page *page)
{
	const struct model *model = page->model;
	char text[2048];

	fprintf(page->out, "%sVerdict%s\n", ink(page, INK_BOLD), ink(page, INK_PLAIN));
	for (size_t i = 0; i < model->verdict_count; i++) {
		const struct verdict_line *line = &model->verdict[i];

		prose_verdict(model, line, page->options->utf8, text, sizeof(text));
		fprintf(page->out, "  %s ", page->options->utf8 ? "•" : "*");
		text_wrap(page, 4, 4, text);
	}
	fputc('\n', page->out);
}

static void finding_line(const struct page *page, const struct finding *finding)
{
	char text[1024], about[2 * FLOW_END_TEXT + 32];
	const struct model *model = page->model;
	size_t at = 4;

	prose_finding_about(finding, page->options->utf8, about, sizeof(about));
	if (about[0] != '\0')
		strcat(about, ": ");
	fprintf(page->out, "  %s ", page->options->utf8 ? "•" : "*");
	if (model->run_count > 1) {
		fprintf(page->out, "%s, ", model->runs[finding->run].name);
		at += text_columns(model->runs[finding->run].name) + 2;
	}
	fputs(about, page->out);
	text_wrap(page, at + text_columns(about), 4, prose_finding(finding, text, sizeof(text)));
	fputs("    ", page->out);
	text_wrap(page, 4, 4, prose_finding_advice(finding, text, sizeof(text)));
	if (prose_finding_evidence(finding, text, sizeof(text))[0] != '\0') {
		fputs("    [", page->out);
		strcat(text, "]");
		text_wrap(page, 5, 5, text);
	}
}

void text_findings(const struct page *page)
{
	const struct model *model = page->model;
	size_t shown = 0;

	if (model->finding_count == 0)
		return;
	text_heading(page, "Findings");
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];
		bool first = i == 0 || model->findings[i - 1].code != finding->code;
		size_t all = first ? finding->more + 1u : 0;

		shown = first ? 0 : shown;
		if (shown++ < SHOWN_FINDINGS || page->options->all)
			finding_line(page, finding);
		if (shown == SHOWN_FINDINGS && !page->options->all) {
			size_t start = i + 1 - shown;

			all = model->findings[start].more + 1u;
			if (all > SHOWN_FINDINGS)
				fprintf(page->out,
					"  %s and %zu more of the kind %s (--all shows them)\n",
					dots(page), all - SHOWN_FINDINGS,
					finding_word(finding->code));
		}
	}
}

void text_summary(const struct page *page)
{
	const struct model *model = page->model;
	const struct summary *summary = &model->summary;
	char text[256];

	text_heading(page, "Summary");
	fprintf(page->out, "  connections   %zu", model->connection_count);
	size_t midway = model->connection_count - summary->complete;
	if (midway > 0)
		fprintf(page->out, " (%zu first seen midway%s", midway,
			summary->one_way > 0 ? "" : ")");
	if (summary->one_way > 0)
		fprintf(page->out, "%s%zu captured one way only)", midway > 0 ? ", " : " (",
			summary->one_way);
	fprintf(page->out, ", %zu listener%s\n", model->listener_count,
		plural(model->listener_count));
	if (summary->conversations > 0)
		fprintf(page->out,
			"  datagrams     %" PRIu64 " in %zu UDP conversation%s, %" PRIu64
			" ICMP error%s, %" PRIu64 " dropped at sockets\n",
			summary->datagrams, summary->conversations, plural(summary->conversations),
			summary->errors, plural(summary->errors), summary->dropped);
	fputs("  transitions   ", page->out);
	snprintf(text, sizeof(text),
		"%zu: %zu seen on the wire and in the kernel (both), %zu kernel only, %zu wire "
		"only",
		model->transition_count, summary->transitions[EVIDENCE_BOTH],
		summary->transitions[EVIDENCE_KERNEL], summary->transitions[EVIDENCE_WIRE]);
	text_wrap(page, 16, 16, text);
	fprintf(page->out, "  corrections   %zu%s", model->correction_count,
		summary->withdrawn > 0 ? "" : "\n");
	if (summary->withdrawn > 0)
		fprintf(page->out, ", withdrawing %zu claim%s that the wire had suggested\n",
			summary->withdrawn, plural(summary->withdrawn));
	fprintf(page->out, "  findings      %zu\n", model->finding_total);
	if (model->check_count > 0)
		fprintf(page->out, "  checks        %s%zu passed, %zu failed%s\n",
			ink(page, summary->failed > 0 ? INK_BAD : INK_GOOD), summary->passed,
			summary->failed, ink(page, INK_PLAIN));
}
