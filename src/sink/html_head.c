/* The top of a page: what was recorded, the verdict, the four answers. */
#include "html.h"
#include "manifest.h"
#include "style.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tcpstate/lang.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { NOTES_SHOWN = 3 };

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

/* Does "a, b" name b? */
static bool title_names(const char *title, const char *lab)
{
	size_t length = strlen(lab);

	for (const char *at = title; (at = strstr(at, lab)) != NULL; at++)
		if ((at == title || at[-1] == ' ') && (at[length] == '\0' || at[length] == ','))
			return true;
	return false;
}

/* ", close-wait": of other labs that are in this page, too; each once. */
static char *title_add_labs(const struct model *model, char *title)
{
	for (size_t i = 1; title != NULL && i < model->run_count; i++) {
		json_t *manifest = manifest_parse(
			model->runs[i].manifest != NULL ? model->runs[i].manifest : "");
		char *lab = manifest_text(manifest, "lab"), *longer = NULL;

		if (lab != NULL && !title_names(title, lab) &&
			asprintf(&longer, "%s, %s", title, lab) > 0) {
			free(title);
			title = longer;
		}
		free(lab);
		json_decref(manifest);
	}
	return title;
}

/* "tcp_server 12345" of "/home/a/tcp_server 12345". Malloc'd; NULL: there is none. */
static char *command_of(const json_t *manifest)
{
	char *command = manifest_text(manifest, "command"),
	     *space = command != NULL ? strchr(command, ' ') : NULL, *slash = command;

	if (command == NULL)
		return NULL;
	for (char *at = command; *at != '\0' && at != space; at++)
		if (*at == '/' && at[1] != '\0' && at + 1 != space)
			slash = at + 1;
	memmove(command, slash, strlen(slash) + 1);
	return command;
}

/* The lab's name, else the command, else the file's name. Malloc'd; NULL out of memory. */
static char *title_of(const struct sheet *sheet, const json_t *manifest)
{
	char *title = manifest_text(manifest, "lab");

	if (title != NULL)
		return title_add_labs(sheet->model, title);
	title = command_of(manifest);
	if (title == NULL)
		title = strdup(sheet->model->run_count > 0 ? base_name(sheet->model->runs[0].name)
							   : "tcpstate");
	return title;
}

static void put_verdict(struct sheet *sheet, bool alarmed)
{
	const struct model *model = sheet->model;
	char text[128];

	if (model->checks_failed > 0)
		put(sheet->out, "<a class='verdict no' href='#checks'>✗ %s</a>",
			page_text(text, sizeof(text), WORD_NOT_AS_PREDICTED, model->checks_failed,
				model->check_count));
	else if (model->check_count > 0)
		put(sheet->out, "<a class='verdict ok' href='#checks'>✓ %s%s%s%s</a>",
			page_text(text, sizeof(text), WORD_AS_PREDICTED, model->check_count,
				model->check_count),
			alarmed ? "<small>" : "", alarmed ? page_word(WORD_RED_IS_SHOWN) : "",
			alarmed ? "</small>" : "");
	else
		put(sheet->out, "<span class='verdict na'>%s</span>",
			page_word(WORD_NO_PREDICTIONS));
}

/* ---- the line of facts ---- */

static void put_date(FILE *out, int64_t t_ns, const char *before)
{
	time_t seconds = (time_t)(t_ns / 1000000000);
	struct tm tm;
	char text[64];

	if (t_ns <= 0 || gmtime_r(&seconds, &tm) == NULL)
		return;
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	put(out, "%s<b>%s UTC</b>", before, text);
}

static void put_facts(struct sheet *sheet, const json_t *manifest)
{
	const struct model *model = sheet->model;
	const struct summary *summary = &model->summary;
	char *kernel = manifest_text(manifest, "kernel"),
	     *sealed = manifest_text(manifest, "sealed");
	char lasted[DURATION_TEXT], text[200];
	FILE *out = sheet->out;

	put(out, "<p class='facts'><b>%e</b>", kernel != NULL ? kernel : "");
	put_date(out, sheet->zero_ns, kernel != NULL ? " · " : "");
	put(out, " · <b>%s</b> %s", duration_text(sheet->end_ns - sheet->zero_ns, lasted),
		page_word(WORD_RECORDED));
	put(out, summary->packets_lost > 0 ? " · <b class='al'>%s</b>" : " · %s",
		page_text(text, sizeof(text), WORD_PACKETS_LOST, (unsigned long)summary->packets,
			(unsigned long)summary->packets_lost));
	if (summary->messages > 0)
		put(out, summary->rows_lost > 0 ? " · <b class='al'>%s</b>" : " · %s",
			page_text(text, sizeof(text), WORD_ANSWERS_LOST,
				(unsigned long)summary->messages,
				(unsigned long)summary->rows_lost));
	if (sealed != NULL) {
		put(out, " · ");
		put_escaped(out, page_text(text, sizeof(text), WORD_SEALED, sealed), 200);
	}
	free(kernel);
	free(sealed);
}

static bool was_reason(const struct model *model, unsigned code)
{
	for (size_t i = 0; i < model->transition_count; i++)
		if (model->transitions[i].record.reason.code == code)
			return true;
	for (size_t i = 0; i < model->correction_count; i++)
		if (model->corrections[i].record.reason.code == code)
			return true;
	return false;
}

/* Which sysctls govern what happened here: by trait of a connection, or by a reason. */
static bool matters(const struct model *model, const char *name)
{
	static const struct {
		const char *name;
		uint32_t trait;
		unsigned reason;
	} governed[] = {{"net.core.somaxconn", TRAIT_DROPPED | TRAIT_ACK_IGNORED, 0},
		{"net.ipv4.tcp_syn_retries", TRAIT_DROPPED, REASON_SYN_TIMED_OUT},
		{"net.ipv4.tcp_syn_linear_timeouts", TRAIT_DROPPED, 0},
		{"net.ipv4.tcp_abort_on_overflow", TRAIT_ACK_IGNORED, 0},
		{"net.ipv4.tcp_synack_retries", TRAIT_ACK_IGNORED, REASON_SYN_ACK_TIMED_OUT},
		{"net.ipv4.tcp_max_syn_backlog", 0, REASON_SYN_COOKIE},
		{"net.ipv4.tcp_syncookies", 0, REASON_SYN_COOKIE},
		{"net.ipv4.tcp_fin_timeout", 0, REASON_FIN_WAIT2_TIMED_OUT},
		{"net.ipv4.tcp_max_tw_buckets", 0, REASON_CLOSED_WITHOUT_TIME_WAIT},
		{"net.ipv4.tcp_tw_reuse", 0, REASON_TIME_WAIT_REUSED},
		{"net.ipv4.tcp_retries2", 0, REASON_RETRANSMISSION_TIMED_OUT}};
	uint32_t traits = 0;

	for (int bit = 0; bit < TRAIT_COUNT; bit++)
		traits |= model->trait_count[bit] > 0 ? 1u << bit : 0;
	for (size_t i = 0; i < sizeof(governed) / sizeof(governed[0]); i++)
		if (strcmp(governed[i].name, name) == 0)
			return (traits & governed[i].trait) != 0 ||
			       (governed[i].reason != 0 && was_reason(model, governed[i].reason));
	return false;
}

static void put_separator(FILE *out, size_t before)
{
	if (before == 0)
		put(out, "<p class='key'><b>%s</b>", page_word(WORD_SYSCTLS));
	else
		put(out, "%s", prose_semicolon());
}

/* What a sysctl is for, behind its value. */
static void put_meaning(FILE *out, const char *name)
{
	const char *meaning = page_sysctl(name);

	put(out, *meaning != '\0' ? " (%s)" : "%s", meaning);
}

enum { CHANGES_SHOWN = 3 };

static size_t changes_of(const struct model *model, const char *name)
{
	size_t count = 0;

	for (size_t i = 0; i < model->sysctl_count; i++)
		count += strcmp(model->sysctls[i].name, name) == 0;
	return count;
}

/* "0, 1, 2": what it was set to, each value once, in the order in which they came. */
static char *changed_to(const struct model *model, const char *name, char *values, size_t size)
{
	size_t used = 0;

	*values = '\0';
	for (size_t i = 0; i < model->sysctl_count; i++) {
		bool seen = strcmp(model->sysctls[i].name, name) != 0;

		for (size_t k = 0; k < i && !seen; k++)
			seen = strcmp(model->sysctls[k].name, name) == 0 &&
			       strcmp(model->sysctls[k].to, model->sysctls[i].to) == 0;
		if (seen || used + strlen(model->sysctls[i].to) + 8 > size)
			continue;
		used += (size_t)snprintf(values + used, size - used, "%s%s", used > 0 ? ", " : "",
			model->sysctls[i].to);
	}
	return values;
}

/* "3.371": a moment that is an upper bound, in whole milliseconds. */
static char *by_then(const struct sheet *sheet, int64_t t_ns, char *buffer)
{
	int64_t part = (t_ns - sheet->zero_ns) % 1000000;

	sheet_seconds(sheet, t_ns + (part > 0 ? 1000000 - part : -part), buffer);
	buffer[strlen(buffer) - 3] = '\0'; /* 000 µs */
	return buffer;
}

/* " → 3 (set before 3.371 s)": what else it was while this was recorded, and when that was found.
 * Of many changes the phases tell. */
static void put_changes(struct sheet *sheet, const char *name)
{
	const struct model *model = sheet->model;
	size_t count = changes_of(model, name);
	char seconds[DURATION_TEXT], text[200], values[100];

	if (count > CHANGES_SHOWN) {
		put(sheet->out, "</code> (%e)<code>",
			page_text(text, sizeof(text), WORD_CHANGED_TIMES, count,
				changed_to(model, name, values, sizeof(values))));
		return;
	}
	for (size_t i = 0; i < model->sysctl_count; i++)
		if (strcmp(model->sysctls[i].name, name) == 0)
			put(sheet->out, " → %e</code> (%s)<code>", model->sysctls[i].to,
				page_text(text, sizeof(text), WORD_SEEN_AT,
					by_then(sheet, model->sysctls[i].t_ns, seconds)));
}

static void put_sysctls(struct sheet *sheet, const json_t *manifest)
{
	const json_t *all = json_object_get(manifest, "sysctls"),
		     *set = json_object_get(manifest, "sysctls_set");
	const char *name;
	json_t *value;
	size_t count = 0;
	FILE *out = sheet->out;

	json_object_foreach ((json_t *)all, name, value) {
		const char *last = strrchr(name, '.');

		if (!json_is_string(value) || json_object_get(set, name) != NULL ||
			!(matters(sheet->model, name) || changes_of(sheet->model, name) > 0))
			continue;
		put_separator(out, count++);
		put(out, "<code>%e = %e", last != NULL ? last + 1 : name, json_string_value(value));
		put_changes(sheet, name);
		put(out, "</code>");
		put_meaning(out, name);
	}
	json_object_foreach ((json_t *)set, name, value) {
		char *number = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);

		put_separator(out, count++);
		put(out, "<code><b>%e = %e</b></code> (%s)", name,
			number != NULL ? number : json_string_value(value),
			page_word(WORD_SYSCTL_SET));
		put_meaning(out, name);
		free(number);
	}
	put(out, count > 0 ? "</p>\n" : "");
	sheet->first_mm -= 1.8 * (double)count; /* about two in a line */
}

/* What a recording lacks: a line each, with its name where there are several; more than three wait
 * behind a line, so that the answers come first, unless a recording is incomplete. */
static void put_notes(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	size_t count = 0;
	bool folded = true;
	char text[96];

	for (size_t i = 0; i < model->run_count; i++) {
		count += model->runs[i].note_count;
		folded &= !model->runs[i].incomplete;
	}
	folded &= count > NOTES_SHOWN;
	if (folded)
		put(sheet->out, "<details class='note'><summary>%s</summary>",
			page_count(text, sizeof(text), COUNT_NOTES, count));
	for (size_t i = 0; i < model->run_count; i++)
		for (size_t k = 0; k < model->runs[i].note_count; k++) {
			put(sheet->out, "<p class='note'>");
			if (model->run_count > 1)
				put(sheet->out, "<b>%e</b>: ", model->runs[i].name);
			put(sheet->out, "%e</p>", model->runs[i].notes[k]);
		}
	if (folded)
		put(sheet->out, "</details>\n");
}

/* A finding that may well be as it should be, like many TIME_WAITs: told, but not in red. */
static bool is_ordinary(const struct model *model, const struct verdict_line *line)
{
	if (line->kind != VERDICT_FINDING)
		return false;
	unsigned weight = finding_weight(model->findings[line->finding].code);
	return weight >= FINDING_INCOMPLETE && weight < FINDING_TROUBLE;
}

static bool said_above(const struct sheet *sheet, const struct page_answer *answers,
	const struct verdict_line *line)
{
	bool said = false;

	for (int i = 0; line->kind == VERDICT_FINDING && i < PAGE_ANSWERS; i++)
		said |= answers[i].told[sheet->model->findings[line->finding].code];
	return said;
}

/* What to do about it and what it rests on, where it is what the page is about. */
static void put_remedy(struct sheet *sheet, const struct finding *finding)
{
	char text[1024];

	if (*prose_finding_advice(finding, text, sizeof(text)) != '\0') {
		put(sheet->out, "<br><span>→ ");
		put_advised(sheet->out, text);
		put(sheet->out, "</span>");
	}
	if (*prose_finding_evidence(finding, text, sizeof(text)) != '\0')
		put(sheet->out, " <small>[%e]</small>", text);
}

static void put_line(struct sheet *sheet, const struct verdict_line *line, bool lead)
{
	const struct model *model = sheet->model;
	bool finding = line->kind == VERDICT_FINDING;
	char text[1024];

	put(sheet->out, "<li%s><a href='#%s", is_ordinary(model, line) ? " class='ordinary'" : "",
		finding ? "g" : "findings");
	if (finding)
		put(sheet->out, "%u", line->finding);
	put(sheet->out, "'>%e</a>", page_verdict(model, line, text, sizeof(text)));
	if (finding && lead && !is_ordinary(model, line))
		put_remedy(sheet, &model->findings[line->finding]);
	put(sheet->out, "</li>");
}

/* The findings of the verdict that no answer tells, heaviest first: each leads to itself below. */
static void put_told(struct sheet *sheet, const struct page_answer *answers, bool lead)
{
	const struct model *model = sheet->model;
	size_t count = 0;
	char text[1024];

	for (size_t i = 0; i < model->verdict_count; i++) {
		const struct verdict_line *line = &model->verdict[i];

		if (line->kind == VERDICT_FAILED)
			put(sheet->out, "<p class='broke-off'>%e</p>",
				prose_verdict(model, line, true, text, sizeof(text)));
		if ((line->kind != VERDICT_FINDING && line->kind != VERDICT_OTHERS) ||
			said_above(sheet, answers, line))
			continue;
		if (count++ == 0)
			put(sheet->out, "<ul class='told%s'>", lead ? " lead" : "");
		put_line(sheet, line, lead);
	}
	if (count == 0)
		return;
	put(sheet->out, "</ul>\n");
	/* the room that they take on paper, where the others stand in two columns */
	sheet->first_mm -= lead ? 12.0 + 8.0 * (double)count : 4.0 + 2.5 * (double)count;
}

/* Where no answer tells of trouble, but a finding does, it is what the page is about. */
static bool finding_leads(const struct sheet *sheet, const struct page_answer *answers)
{
	const struct model *model = sheet->model;

	for (int i = 0; i < PAGE_ANSWERS; i++)
		if (answers[i].alarm || answers[i].effect)
			return false;
	for (size_t i = 0; i < model->verdict_count; i++)
		if (model->verdict[i].kind == VERDICT_FINDING &&
			!said_above(sheet, answers, &model->verdict[i]))
			return !is_ordinary(model, &model->verdict[i]);
	return false;
}

/* That of the first recording, or of the first one of a lab: the others are parts of it. */
static json_t *head_manifest(const struct model *model)
{
	json_t *first = NULL;

	for (size_t i = 0; i < model->run_count; i++) {
		json_t *manifest = manifest_parse(
			model->runs[i].manifest != NULL ? model->runs[i].manifest : "");

		if (json_object_get(manifest, "lab") != NULL) {
			json_decref(first);
			return manifest;
		}
		if (i == 0)
			first = manifest;
		else
			json_decref(manifest);
	}
	return first;
}

/* A style sheet without what makes it readable: blanks beside punctuation, ends of lines. */
static void put_style(FILE *out, const char *css)
{
	for (char before = '\n'; *css != '\0'; css++) {
		bool blank = *css == ' ' || *css == '\n' || *css == '\t';

		if (blank &&
			(strchr("{};:, \n\t", before) != NULL || strchr("{} \n\t", css[1]) != NULL))
			continue;
		before = *css;
		fputc(before == '\n' || before == '\t' ? ' ' : before, out);
	}
}

void html_head(struct sheet *sheet)
{
	json_t *manifest = head_manifest(sheet->model);
	char *title = title_of(sheet, manifest), *summary = manifest_text(manifest, "lab_summary");
	struct page_answer *answers = calloc(PAGE_ANSWERS, sizeof(*answers));
	bool alarmed = false;
	FILE *out = sheet->out;

	if (answers != NULL)
		page_answers(sheet->model, answers);
	for (int i = 0; answers != NULL && i < PAGE_ANSWERS; i++)
		alarmed |= answers[i].alarm;
	put(out, "<title>%e – tcpstate</title>\n<style>", title != NULL ? title : "");
	put_style(out, style_page);
	put(out, "</style>\n<style id='figure-style'>");
	put_style(out, style_figure);
	put(out, "</style>\n</head>\n<body>\n<header><div class='top'><h1>");
	put_escaped(out, title != NULL ? title : "", 80);
	put(out, "</h1>");
	put_verdict(sheet, alarmed);
	put(out, "</div>");
	if (summary != NULL)
		put(out, "<p class='sub'>%e</p>", _(summary));
	put_facts(sheet, manifest);
	put(out, "</p>");
	put_notes(sheet);
	put(out, "</header>\n");
	if (answers != NULL) {
		bool leads = finding_leads(sheet, answers);

		if (leads)
			put_told(sheet, answers, true);
		html_answers(sheet, answers);
		if (!leads)
			put_told(sheet, answers, false);
		put_sysctls(sheet, manifest);
		html_key(sheet);
	}
	free(answers);
	free(title);
	free(summary);
	json_decref(manifest);
}
