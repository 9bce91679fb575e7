/* Recordings beside each other as a page: a row each, then the checks that did not come out alike.
 */
#include "html.h"
#include "manifest.h"
#include "style.h"
#include "tcpstate/compare.h"
#include "tcpstate/prose_report.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void put_member(FILE *out, const json_t *manifest, const char *name)
{
	char *text = manifest_text(manifest, name);

	put(out, "<td>%e", text != NULL ? text : "");
	free(text);
}

static void put_recording(FILE *out, const struct model *model)
{
	const struct run *run = &model->runs[0];
	json_t *manifest = manifest_parse(run->manifest);
	char text[4 * PROSE_LINE] = "", lasted[DURATION_TEXT];
	time_t seconds = (time_t)(run->first_ns / 1000000000);
	struct tm tm;

	put(out, "<tr><th scope='row'>%e", run->name);
	put_member(out, manifest, "host");
	put_member(out, manifest, "kernel");
	if (run->last_ns != 0 && gmtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	put(out, "<td class='num'>%s<td class='n'>%s<td class='n'>%U", text,
		duration_text(run->last_ns - run->first_ns, lasted),
		(uint64_t)model->connection_total);
	put(out,
		model->checks_failed > 0 ? "<td class='n'><b class='al'>%s</b>"
					 : "<td class='n'>%s",
		prose_compare_checks(model, text, sizeof(text)));
	put(out, "<td>%e", prose_compare_findings(model, text, sizeof(text)));
	json_decref(manifest);
}

static void put_recordings(FILE *out, const struct comparison *comparison)
{
	const char *heads[] = {page_word(WORD_COL_RECORDING), prose_label(LABEL_HOST),
		prose_label(LABEL_SYSTEM), prose_label(LABEL_UTC), page_word(WORD_COL_DURATION),
		page_word(WORD_COL_CONNECTIONS), page_word(WORD_COL_CHECKS),
		page_word(WORD_COL_FINDINGS)};

	put(out, "<div class='tw'><table><caption>%e</caption><thead><tr>",
		page_word(WORD_COMPARE_HEAD));
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		put(out, i >= 4 && i <= 6 ? "<th scope='col' class='n'>%s" : "<th scope='col'>%s",
			heads[i]);
	put(out, "</thead><tbody>");
	for (size_t i = 0; i < comparison->count; i++)
		put_recording(out, comparison->models[i]);
	put(out, "</tbody></table></div>");
}

/* ---- the checks that differ ---- */

enum { TABLE_MOST = 12 }; /* recordings beside each other; more are told in a list */

static void put_table_row(FILE *out, const struct comparison *comparison, size_t index)
{
	const struct difference *one = &comparison->differences[index];
	char text[4 * PROSE_LINE];

	put(out, "<tr><th scope='row'>%e",
		prose_compare_check(difference_check(comparison, index), text, sizeof(text)));
	put(out, "<td>%e", prose_compare_predicted(comparison, index, text, sizeof(text)));
	for (size_t i = 0; i < comparison->count; i++) {
		bool bad = one->of[i] != NULL && !one->of[i]->match,
		     odd = one->usual != SIZE_MAX && one->like[i] != one->usual;

		put(out, "<td%s>%e",
			bad                  ? " class='bad'"
			: odd                ? " class='odd'"
			: one->of[i] == NULL ? " class='none'"
					     : "",
			prose_compare_cell(comparison, index, i, text, sizeof(text)));
	}
}

static void put_table(FILE *out, const struct comparison *comparison)
{
	char text[PROSE_LINE];

	put(out,
		"<p class='lede'>%e</p><div class='tw'><table "
		"class='cmp'><caption>%e</caption><thead><tr><th scope='col'>%s<th scope='col'>%s",
		prose_compare_marks(comparison, text, sizeof(text)), page_word(WORD_HEAD_CHECKS),
		page_word(WORD_COL_CHECK), page_word(WORD_COL_PREDICTED));
	for (size_t i = 0; i < comparison->count; i++)
		put(out, "<th scope='col'>%e", comparison->models[i]->runs[0].name);
	put(out, "</thead><tbody>");
	for (size_t i = 0; i < comparison->difference_count && !ferror(out); i++)
		put_table_row(out, comparison, i);
	put(out, "</tbody></table></div>");
}

static void put_difference(FILE *out, const struct comparison *comparison, size_t index)
{
	const struct difference *one = &comparison->differences[index];
	char text[4 * PROSE_LINE];

	put(out, "<li><b>%e</b><ul>",
		prose_compare_check(difference_check(comparison, index), text, sizeof(text)));
	for (size_t i = 0; i < comparison->count; i++)
		if (one->like[i] == i)
			put(out,
				one->of[i] == NULL || one->of[i]->match ? "<li>%e</li>"
									: "<li class='al'>%e</li>",
				prose_compare_shared(comparison, index, i, text, sizeof(text)));
	put(out, "</ul></li>");
}

int sink_compare_html(
	const struct comparison *comparison, const struct sink_options *options, FILE *out)
{
	struct sheet sheet = {.model = comparison->models[0], .options = options, .out = out};
	char title[PROSE_LINE], text[PROSE_LINE];

	prose_compare_title(comparison, title, sizeof(title));
	html_begin(&sheet);
	put(out,
		"<title>%e – tcpstate</title>\n<style>%s</style>\n</head>\n<body>\n<header><div "
		"class='top'><h1>%e</h1></div><p class='sub'>%e</p></header>\n<main>\n<section "
		"id='recordings'>\n",
		title, style_page, title,
		prose_compare_differences(comparison, text, sizeof(text)));
	put_recordings(out, comparison);
	put(out, "</section>\n");
	if (comparison->difference_count > 0) {
		bool table = comparison->count <= TABLE_MOST;

		put(out, "<section id='checks'><h2>%s</h2>", page_word(WORD_HEAD_CHECKS));
		if (table)
			put_table(out, comparison);
		put(out, table ? "" : "<ul>");
		for (size_t i = 0; !table && i < comparison->difference_count && !ferror(out); i++)
			put_difference(out, comparison, i);
		put(out, table ? "</section>\n" : "</ul></section>\n");
	}
	html_end(&sheet);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
