/* Findings, the recordings beside each other, and how to check what the page says. */
#include "html.h"
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/prose.h"

enum { FINDINGS_SHOWN = 4 /* of a kind; the others are folded */ };

/* advice: that of the one before, which is not repeated; this one's afterwards */
static void put_finding(struct sheet *sheet, uint32_t index, char *advice, size_t size)
{
	const struct model *model = sheet->model;
	const struct finding *finding = &model->findings[index];
	char text[1024];
	FILE *out = sheet->out;

	put(out, "<li id='g%u'>", index);
	if (finding->about == FINDING_OF_CONNECTION && finding->index < model->connection_count) {
		put_name(out, sheet, sheet->of_connection[finding->index]);
		put(out, ": ");
	} else {
		prose_finding_whose(model, finding, true, text, sizeof(text));
		put(out, *text != '\0' ? "<b>%e</b>: " : "%e", text);
		put_sentence(out, sheet, page_finding_names(model, finding, text, sizeof(text)));
		put(out, *text != '\0' ? ": " : "");
	}
	put(out, "%e", prose_finding(finding, text, sizeof(text)));
	prose_finding_advice(finding, text, sizeof(text));
	if (*text != '\0' && strcmp(text, advice) != 0) {
		put(out, "<br>→ ");
		put_advised(out, text);
	}
	snprintf(advice, size, "%s", text);
	if (*prose_finding_evidence(finding, text, sizeof(text)) != '\0')
		put(out, "<br><small>%e</small>", text);
	put(out, "</li>");
}

/* What came of a full accept queue, behind the findings that tell of it: one event is told once. */
static void put_effects(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	char advice[1024] = "";
	size_t count = 0;
	FILE *out = sheet->out;

	for (uint32_t i = 0; i < model->finding_count; i++) {
		if (!finding_is_effect(&model->findings[i]))
			continue;
		if (count++ == 0)
			put(out, "<li class='came'>%s<ul>", page_word(WORD_CAME_OF_IT));
		put_finding(sheet, i, advice, sizeof(advice));
	}
	put(out, count > 0 ? "</ul></li>" : "");
}

/* Those of a kind, from first up to end. */
static void put_kind(struct sheet *sheet, uint32_t first, uint32_t end, char *advice, size_t size)
{
	const struct finding *findings = sheet->model->findings;
	size_t count = 0, shown = 0;
	char more[64];
	FILE *out = sheet->out;

	for (uint32_t k = first; k < end; k++)
		count += !finding_is_effect(&findings[k]);
	for (uint32_t k = first; k < end; k++) {
		if (finding_is_effect(&findings[k]))
			continue;
		if (shown++ == FINDINGS_SHOWN && count > FINDINGS_SHOWN + 1)
			put(out, "<li><details><summary>%s</summary><ul>",
				page_text(
					more, sizeof(more), WORD_AND_MORE, count - FINDINGS_SHOWN));
		put_finding(sheet, k, advice, size);
	}
	put(out, count > FINDINGS_SHOWN + 1 ? "</ul></details></li>" : "");
}

/* By weight, so that those of a kind stand together. */
void html_findings(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	char advice[1024] = "";

	put(sheet->out, "<ul class='found'>");
	for (uint32_t i = 0, end = 0; i < model->finding_count; i = end) {
		while (end < model->finding_count &&
			model->findings[end].code == model->findings[i].code)
			end++;
		put_kind(sheet, i, end, advice, sizeof(advice));
		if (model->findings[i].code == FINDING_ACCEPT_QUEUE_OVERFLOW)
			put_effects(sheet);
	}
	put(sheet->out, "</ul>");
}

/* ---- several recordings ---- */

static void put_clock(struct sheet *sheet, uint16_t run)
{
	const struct run *one = &sheet->model->runs[run];
	char by[DURATION_TEXT], low[DURATION_TEXT], high[DURATION_TEXT], text[600];

	if (one->clock.against == run || one->clock.segments == 0)
		return;
	const char *other = sheet->model->runs[one->clock.against].name;
	if (one->clock.shift_ns != 0)
		page_text(text, sizeof(text), WORD_CLOCK_SHIFTED, one->name,
			duration_text(one->clock.shift_ns, by), other,
			one->clock.bounded_low ? duration_text(one->clock.low_ns, low) : "−∞",
			one->clock.bounded_high ? duration_text(one->clock.high_ns, high) : "∞");
	else
		page_text(text, sizeof(text), WORD_CLOCK_AGREES, one->name, other,
			one->clock.bounded_low && one->clock.bounded_high
				? duration_text(one->clock.high_ns - one->clock.low_ns, by)
				: "∞");
	put(sheet->out, "<p class='lede'>%e</p>", text);
}

void html_compare(struct sheet *sheet)
{
	static const enum page_word heads[] = {WORD_COL_RECORDING, WORD_COL_DURATION,
		WORD_COL_PACKETS, WORD_COL_CONNECTIONS, WORD_COL_TRANSITIONS, WORD_COL_WITHDRAWN,
		WORD_COL_CHECKS, WORD_COL_FINDINGS};
	const struct model *model = sheet->model;
	char text[DURATION_TEXT];
	FILE *out = sheet->out;

	put(out, "<div class='tw'><table><caption>%e</caption><thead><tr>",
		page_word(WORD_COMPARE_HEAD));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		put(out, i == 0 ? "<th scope='col'>%s" : "<th scope='col' class='n'>%s",
			page_word(heads[i]));
	put(out, "</thead><tbody>");
	for (uint16_t i = 0; i < model->run_count; i++) {
		const struct run *run = &model->runs[i];
		const size_t sums[] = {run->sum.connections, run->sum.transitions,
			run->sum.withdrawn, run->sum.checks, run->sum.findings};

		put(out, "<tr><th scope='row'>%e<td class='n'>%s<td class='n'>%U",
			model->runs[i].name,
			duration_text(model->runs[i].last_ns - model->runs[i].first_ns, text),
			model->runs[i].packets);
		for (size_t what = 0; what < sizeof(sums) / sizeof(sums[0]); what++)
			put(out, "<td class='n'>%U", (uint64_t)sums[what]);
	}
	put(out, "</tbody></table></div>");
	for (uint16_t i = 0; i < model->run_count; i++)
		put_clock(sheet, i);
}

/* ---- how to check this ---- */

/* The first transition that names both, for an example. */
static void examples(const struct sheet *sheet, uint64_t *frame, uint64_t *diag)
{
	const struct model *model = sheet->model;

	*frame = *diag = 0;
	for (size_t i = 0; i < model->transition_count && (*frame == 0 || *diag == 0); i++) {
		const struct record *record = &model->transitions[i].record;

		if (model->transitions[i].run != 0)
			continue;
		*frame = *frame == 0 ? record->frame : *frame;
		*diag = *diag == 0 ? record->diag_frame : *diag;
	}
}

/* A path as a shell takes it. */
static void put_quoted(FILE *out, const char *path, const char *file)
{
	bool plain = *path != '\0' && path[strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP"
							"QRSTUVWXYZ0123456789._/+-=:,@%")] == '\0';
	char one[2] = "";

	if (!plain)
		put(out, "%e", "'");
	for (; *path != '\0' && !plain; path++) {
		one[0] = *path;
		put(out, "%e", *path == '\'' ? "'\\''" : one);
	}
	put(out, "%e%s%e", plain ? path : "", file, plain ? "" : "'");
}

static void put_settings(struct sheet *sheet, const json_t *manifest)
{
	const json_t *all = json_object_get(manifest, "sysctls");
	const char *name;
	json_t *value;
	FILE *out = sheet->out;

	if (json_object_size(all) == 0)
		return;
	put(out, "<details class='screen'><summary>%s</summary><table><caption>%e</caption>",
		page_word(WORD_ALL_SETTINGS), page_word(WORD_ALL_SETTINGS));
	json_object_foreach ((json_t *)all, name, value)
		put(out, "<tr><th scope='row'><code>%e</code><td>%e", name,
			json_is_string(value) ? json_string_value(value) : "");
	put(out, "</table></details>");
}

static void put_term(FILE *out, const char *term, enum page_word meaning)
{
	put(out, "<dt>%s</dt><dd>%s</dd>", term, page_word(meaning));
}

/* The words of a page without TCP: the states that its phases show, what became of datagrams. */
static void put_udp_terms(FILE *out)
{
	put_term(out, "UNCONN", WORD_TERM_UNCONN_TEXT);
	put_term(out, state_name(STATE_ESTABLISHED), WORD_TERM_CONNECTED_TEXT);
	put_term(out, page_word(WORD_TERM_DROPPED), WORD_TERM_DROPPED_TEXT);
}

static void put_tcp_terms(FILE *out)
{
	static const uint8_t life[] = {STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSING, STATE_TIME_WAIT,
		STATE_CLOSE_WAIT, STATE_LAST_ACK};
	static const enum page_word terms[][2] = {{WORD_TERM_QUEUE, WORD_TERM_QUEUE_TEXT},
		{WORD_TERM_REQUEST, WORD_TERM_REQUEST_TEXT}, {WORD_TERM_WIRE, WORD_TERM_WIRE_TEXT},
		{WORD_TERM_KERNEL, WORD_TERM_KERNEL_TEXT}, {WORD_TERM_BOTH, WORD_TERM_BOTH_TEXT},
		{WORD_TERM_WITHDRAWN, WORD_TERM_WITHDRAWN_TEXT}};

	for (size_t i = 0; i < sizeof(life); i++) {
		put(out, "<dt>");
		put_state(out, life[i]);
		put(out, "</dt><dd>%s</dd>", page_meaning(life[i]));
	}
	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		put_term(out, page_word(terms[i][0]), terms[i][1]);
}

static void put_glossary(const struct sheet *sheet)
{
	put(sheet->out, "<h3 class='then'>%s</h3><dl class='gl'>", page_word(WORD_GLOSSARY));
	if (sheet->drawn_count == 0 && sheet->model->listener_count == 0 &&
		sheet->model->conversation_count > 0)
		put_udp_terms(sheet->out);
	else
		put_tcp_terms(sheet->out);
	put(sheet->out, "</dl>");
}

void html_appendix(struct sheet *sheet)
{
	const struct run *run = sheet->model->run_count > 0 ? &sheet->model->runs[0] : NULL;
	json_t *manifest = manifest_parse(run != NULL ? run->manifest : "");
	uint64_t frame, diag;
	FILE *out = sheet->out;

	put(out, "<p>%s <span class='paper'>tcpstate " TCPSTATE_VERSION "</span></p>",
		page_word(WORD_APPENDIX_LEDE));
	if (run != NULL) {
		examples(sheet, &frame, &diag);
		put(out, "<pre>wireshark ");
		put_quoted(out, run->name, run->has_diag || run->has_facts ? "/wire.pcap" : "");
		put(out, " -g %U\n", frame > 0 ? frame : 1);
		if (diag > 0) {
			put(out, "wireshark ");
			put_quoted(out, run->name, "/diag.pcap");
			put(out, " -g %U\n", diag);
		}
		put(out, "tcpstate report ");
		put_quoted(out, run->name, "");
		put(out, "</pre>");
	}
	put_settings(sheet, manifest);
	html_answers_in_full(sheet);
	put_glossary(sheet);
	json_decref(manifest);
}
