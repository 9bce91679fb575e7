/* The report as one self-contained page: answers first, then the picture, then all the rest, for a
 * browser or a printer. Nothing is loaded from elsewhere, and all of it works without a script. */
#include "html.h"

#include <stdlib.h>
#include <string.h>

#include "style.h"
#include "tcpstate/lang.h"

void html_diagram(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	size_t taken = 0, all = 0;
	char text[160];

	for (size_t i = 0; i < model->edge_count; i++) {
		all += model->edges[i].figure == FIGURE_EDGE;
		taken += model->edges[i].figure == FIGURE_EDGE && model->edges[i].taken > 0;
	}
	put(sheet->out, "<p class='lede'>%s</p>",
		page_text(text, sizeof(text), WORD_EDGES_TAKEN, taken, all));
	put_drawn(sheet, figure_states, "fig-states", page_word(WORD_DIAGRAM_CAPTION));
	put(sheet->out,
		"<details class='screen'><summary>%s</summary><div "
		"class='tw'><table><caption>%e</caption><thead><tr><th scope='col'>%s<th "
		"scope='col' class='n'>%s<th scope='col' class='n'>%s<th scope='col' "
		"class='n'>%s<th scope='col' class='n'>%s</thead><tbody>",
		page_word(WORD_AS_TABLE), page_word(WORD_HEAD_DIAGRAM), page_word(WORD_COL_EDGE),
		page_word(WORD_SEEN_BOTH), page_word(WORD_SEEN_WIRE), page_word(WORD_SEEN_KERNEL),
		page_word(WORD_SEEN_WITHDRAWN));
	for (size_t i = 0; i < model->edge_count; i++)
		if (model->edges[i].taken + model->edges[i].withdrawn > 0)
			put(sheet->out,
				"<tr><td>%s → %s<td class='n'>%U<td class='n'>%U<td "
				"class='n'>%U<td class='n'>%U",
				state_name(model->edges[i].from), state_name(model->edges[i].to),
				(uint64_t)model->edges[i].count[EVIDENCE_BOTH],
				(uint64_t)model->edges[i].count[EVIDENCE_WIRE],
				(uint64_t)model->edges[i].count[EVIDENCE_KERNEL],
				(uint64_t)model->edges[i].withdrawn);
	put(sheet->out, "</tbody></table></div></details>");
}

void html_datagrams(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	uint64_t left = model->datagrams_untold;
	char text[400];

	for (size_t i = 0; i < model->conversation_count; i++)
		left += model->conversations[i].lines - model->conversations[i].line_count;
	put_drawn(sheet, figure_datagrams, "fig-datagrams", page_word(WORD_DATAGRAMS_CAPTION));
	if (left > 0)
		put(sheet->out, "<p><b>%s</b></p>",
			page_text(text, sizeof(text), WORD_DATAGRAMS_LEFT, (unsigned long)left));
}

void html_cells(struct sheet *sheet)
{
	put_drawn(sheet, figure_cells, "fig-cells", page_word(WORD_CELLS_CAPTION));
}

/* ---- sections ---- */

static bool has_tcp(const struct sheet *sheet)
{
	return sheet->drawn_count > 0;
}

static bool has_lanes(const struct sheet *sheet)
{
	return sheet_has_lanes(sheet);
}

static bool has_many(const struct sheet *sheet)
{
	return has_tcp(sheet) && !sheet_has_lanes(sheet);
}

static bool has_kinds(const struct sheet *sheet)
{
	return sheet->drawn_count > LANES_MAX;
}

static bool has_datagrams(const struct sheet *sheet)
{
	return sheet->model->conversation_count > 0;
}

static bool has_withdrawn(const struct sheet *sheet)
{
	return sheet->model->correction_count > 0;
}

static bool has_disagreements(const struct sheet *sheet)
{
	return !has_withdrawn(sheet) && sheet->model->disagreement_count > 0;
}

static bool has_findings(const struct sheet *sheet)
{
	return sheet->model->finding_count > 0;
}

static bool has_phases(const struct sheet *sheet)
{
	const struct phase *any;

	return sheet_phases(sheet, &any, 1) > 0;
}

static bool has_failed(const struct sheet *sheet)
{
	return sheet->model->checks_failed > 0;
}

static bool has_passed(const struct sheet *sheet)
{
	return sheet->model->check_count > 0 && !has_failed(sheet);
}

static bool has_paths(const struct sheet *sheet)
{
	return sheet->model->path_count > 0;
}

static bool has_ladders(const struct sheet *sheet)
{
	return !has_paths(sheet) && has_tcp(sheet);
}

static bool has_only_talks(const struct sheet *sheet)
{
	return !has_paths(sheet) && !has_tcp(sheet) && has_datagrams(sheet);
}

static bool has_several(const struct sheet *sheet)
{
	return sheet->model->run_count > 1;
}

static bool has_any(const struct sheet *sheet)
{
	return sheet->model != NULL;
}

/* In the order of the page; one without content is left out. */
static const struct section {
	const char *id;
	enum page_word heading, link;
	bool (*has)(const struct sheet *sheet);
	void (*write)(struct sheet *sheet);
} sections[] = {{"who", WORD_HEAD_WHO, WORD_NAV_WHO, html_has_cells, html_cells},
	{"picture", WORD_HEAD_PICTURE, WORD_NAV_PICTURE, has_lanes, html_picture},
	{"picture", WORD_HEAD_OCCUPANCY, WORD_NAV_PICTURE, has_many, html_occupancy},
	{"checks", WORD_HEAD_CHECKS, WORD_HEAD_CHECKS, has_failed, html_checks},
	{"connections", WORD_HEAD_CONNECTIONS, WORD_HEAD_CONNECTIONS, has_paths, html_connections},
	{"datagrams", WORD_HEAD_DATAGRAMS, WORD_NAV_DATAGRAMS, has_datagrams, html_datagrams},
	{"kinds", WORD_HEAD_KINDS, WORD_NAV_KINDS, has_kinds, html_kinds},
	{"dis", WORD_HEAD_DIS, WORD_NAV_DIS, has_withdrawn, html_disagreements},
	{"dis", WORD_HEAD_DIS_ENDS, WORD_HEAD_DIS_ENDS, has_disagreements, html_disagreements},
	{"findings", WORD_HEAD_FINDINGS, WORD_HEAD_FINDINGS, has_findings, html_findings},
	{"phases", WORD_HEAD_PHASES, WORD_NAV_PHASES, has_phases, html_phases},
	{"checks", WORD_HEAD_CHECKS, WORD_HEAD_CHECKS, has_passed, html_checks},
	{"connections", WORD_HEAD_CONNECTIONS, WORD_HEAD_CONNECTIONS, has_ladders,
		html_connections},
	{"connections", WORD_HEAD_CONVERSATIONS, WORD_HEAD_CONVERSATIONS, has_only_talks,
		html_connections},
	{"diagram", WORD_HEAD_DIAGRAM, WORD_NAV_DIAGRAM, has_tcp, html_diagram},
	{"compare", WORD_COMPARE_HEAD, WORD_COMPARE_HEAD, has_several, html_compare},
	{"appendix", WORD_HEAD_APPENDIX, WORD_HEAD_APPENDIX, has_any, html_appendix}};
enum { SECTIONS = sizeof(sections) / sizeof(sections[0]) };

void html_begin(struct sheet *sheet)
{
	put(sheet->out,
		"<!doctype html>\n<html lang='%s'%s>\n<head>\n<meta charset='utf-8'>\n<meta "
		"http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src "
		"'unsafe-inline'; script-src '%s'; base-uri 'none'; form-action 'none'\">\n<meta "
		"name='viewport' content='width=device-width,initial-scale=1'>\n<meta "
		"name='color-scheme' content='light dark'>\n<meta name='generator' "
		"content='tcpstate " TCPSTATE_VERSION "'>\n",
		lang_name(), sheet->options->large ? " class='large'" : "", style_script_hash);
}

void html_end(struct sheet *sheet)
{
	put(sheet->out,
		"</main>\n<footer>tcpstate " TCPSTATE_VERSION
		" · %s <span class='tools fr'><button id='theme' "
		"type='button'>%s</button></span></footer>\n<script>%s</script>\n"
		"</body>\n</html>\n",
		page_word(WORD_FOOT), page_word(WORD_THEME), style_script);
}

enum { LEAST_MM = 45 };

int sink_html(const struct model *model, const struct sink_options *options, FILE *out)
{
	struct sheet sheet;

	if (!sheet_open(&sheet, model, options, out))
		return -1;
	html_begin(&sheet);
	html_head(&sheet); /* the title, then <body> */
	put(out, "<nav aria-label='sections'>");
	for (int i = 0; i < SECTIONS; i++)
		if (sections[i].has(&sheet))
			put(out, "<a href='#%s'>%s</a>", sections[i].id,
				page_word(sections[i].link));
	put(out, "</nav>\n<main style='--first:%nmm'>\n",
		sheet.first_mm > LEAST_MM ? sheet.first_mm : LEAST_MM);
	for (int i = 0; i < SECTIONS && !ferror(out); i++) {
		if (!sections[i].has(&sheet))
			continue;
		put(out, "<section id='%s'><h2>%s</h2>", sections[i].id,
			page_word(sections[i].heading));
		sections[i].write(&sheet);
		put(out, "</section>\n");
	}
	html_end(&sheet);
	sheet_close(&sheet);
	return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
