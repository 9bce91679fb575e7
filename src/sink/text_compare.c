/* Recordings beside each other as text: a line each, then the checks that did not come out alike.
 */
#include "manifest.h"
#include "tcpstate/compare.h"
#include "tcpstate/page.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct line { /* of a recording */
	char *name, *host, began[TEXT_TIME], checks[64];
};

/* malloc'd; "" when the manifest has none */
static char *member(const json_t *manifest, const char *name)
{
	char *text = manifest_text(manifest, name);

	return text != NULL ? text : strdup("");
}

static void line_make(const struct page *page, const struct model *model, struct line *line)
{
	const struct run *run = &model->runs[0];
	json_t *manifest = manifest_parse(run->manifest);

	line->name = run->name;
	line->host = member(manifest, "host");
	text_date(page, run->first_ns, line->began);
	char *dot = strchr(line->began, '.'); /* seconds are enough to tell them apart */
	if (dot != NULL && run->last_ns != 0)
		strcpy(dot, "Z");
	if (run->last_ns == 0)
		line->began[0] = '\0';
	prose_compare_checks(model, line->checks, sizeof(line->checks));
	json_decref(manifest);
}

static void put_recordings(
	const struct page *page, const struct comparison *comparison, struct line *lines)
{
	const char *heads[] = {page_word(WORD_COL_RECORDING), prose_label(LABEL_HOST),
		prose_label(LABEL_BEGAN), prose_label(LABEL_CHECKS),
		prose_label(LABEL_FINDINGS_COUNT)};
	int width[4];
	char text[PROSE_LINE];

	for (int i = 0; i < 4; i++)
		width[i] = text_wider(0, heads[i]);
	for (size_t i = 0; i < comparison->count; i++) {
		const struct line *line = &lines[i];
		const char *cells[] = {line->name, line->host, line->began, line->checks};

		for (int k = 0; k < 4; k++)
			width[k] = text_wider(width[k], cells[k]);
	}
	fputs(ink(page, INK_DIM), page->out);
	for (int i = 0; i < 4; i++) {
		text_gap(page, 2);
		text_pad(page, heads[i], width[i]);
	}
	text_gap(page, 2);
	text_put(page, heads[4]);
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	int at = width[0] + width[1] + width[2] + width[3] + 10;
	bool below = at + 24 > text_page_width(page); /* no room for what was found */
	for (size_t i = 0; i < comparison->count; i++) {
		const struct line *line = &lines[i];
		const char *cells[] = {line->name, line->host, line->began, line->checks};

		for (int k = 0; k < 4; k++) {
			text_gap(page, 2);
			text_pad(page, cells[k], width[k]);
		}
		prose_compare_findings(comparison->models[i], text, sizeof(text));
		fputs(below ? "\n" : "  ", page->out);
		text_gap(page, below ? 6 : 0);
		text_wrap(page, below ? 6 : (size_t)at, below ? 8 : (size_t)at, text);
	}
}

static void put_difference(
	const struct page *page, const struct comparison *comparison, size_t index)
{
	const struct difference *one = &comparison->differences[index];
	char text[4 * PROSE_LINE];

	text_line(page, 2, INK_BOLD,
		prose_compare_check(difference_check(comparison, index), text, sizeof(text)));
	for (size_t i = 0; i < comparison->count; i++) {
		const struct check *check = one->of[i];

		if (one->like[i] == i)
			text_line(page, 4, check == NULL || check->match ? INK_PLAIN : INK_BAD,
				prose_compare_shared(comparison, index, i, text, sizeof(text)));
	}
}

/* ---- the differences as a table ---- */

struct grid {
	int check, predicted; /* columns of the first two */
	int *width;           /* of each recording's */
};

/* False: it does not fit into the page. */
static bool grid_measure(
	const struct page *page, const struct comparison *comparison, struct grid *grid)
{
	char text[4 * PROSE_LINE];

	grid->check = text_wider(0, page_word(WORD_COL_CHECK));
	grid->predicted = text_wider(0, page_word(WORD_COL_PREDICTED));
	for (size_t i = 0; i < comparison->count; i++)
		grid->width[i] = text_wider(0, comparison->models[i]->runs[0].name);
	for (size_t d = 0; d < comparison->difference_count; d++) {
		grid->check = text_wider(grid->check,
			prose_compare_check(difference_check(comparison, d), text, sizeof(text)));
		grid->predicted = text_wider(grid->predicted,
			prose_compare_predicted(comparison, d, text, sizeof(text)));
		for (size_t i = 0; i < comparison->count; i++)
			grid->width[i] = text_wider(grid->width[i],
				prose_compare_cell(comparison, d, i, text, sizeof(text)));
	}
	int all = 2 + grid->check + 2 + grid->predicted;
	for (size_t i = 0; i < comparison->count; i++)
		all += 2 + grid->width[i];
	return all <= text_page_width(page);
}

static void put_row(
	const struct page *page, const struct grid *grid, const char *check, const char *predicted)
{
	text_gap(page, 2);
	text_pad(page, check, grid->check);
	text_gap(page, 2);
	text_pad(page, predicted, grid->predicted);
}

static void put_grid(
	const struct page *page, const struct comparison *comparison, const struct grid *grid)
{
	size_t last = comparison->count - 1;
	char text[4 * PROSE_LINE], more[PROSE_LINE];

	fputs(ink(page, INK_DIM), page->out);
	put_row(page, grid, page_word(WORD_COL_CHECK), page_word(WORD_COL_PREDICTED));
	for (size_t i = 0; i < comparison->count; i++) {
		text_gap(page, 2);
		text_pad(page, comparison->models[i]->runs[0].name, i < last ? grid->width[i] : 0);
	}
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (size_t d = 0; d < comparison->difference_count; d++) {
		const struct difference *one = &comparison->differences[d];

		put_row(page, grid,
			prose_compare_check(difference_check(comparison, d), text, sizeof(text)),
			prose_compare_predicted(comparison, d, more, sizeof(more)));
		for (size_t i = 0; i < comparison->count; i++) {
			bool bad = one->of[i] != NULL && !one->of[i]->match;

			text_gap(page, 2);
			fputs(bad ? ink(page, INK_BAD) : "", page->out);
			text_pad(page, prose_compare_cell(comparison, d, i, text, sizeof(text)),
				i < last ? grid->width[i] : 0);
			fputs(bad ? ink(page, INK_PLAIN) : "", page->out);
		}
		fputc('\n', page->out);
	}
	prose_compare_marks(comparison, text, sizeof(text));
	if (*text != '\0')
		text_line(page, 2, INK_DIM, text);
}

/* A table where it fits, else a list. false: out of memory */
static bool put_differences(const struct page *page, const struct comparison *comparison)
{
	struct grid grid = {.width = calloc(comparison->count, sizeof(*grid.width))};

	if (grid.width == NULL)
		return false;
	if (comparison->difference_count > 0 && grid_measure(page, comparison, &grid))
		put_grid(page, comparison, &grid);
	else
		for (size_t i = 0; i < comparison->difference_count; i++)
			put_difference(page, comparison, i);
	free(grid.width);
	return true;
}

int sink_compare_text(
	const struct comparison *comparison, const struct sink_options *options, FILE *out)
{
	const struct page page = {comparison->models[0], options, out};
	struct line *lines = calloc(comparison->count, sizeof(*lines));
	char text[PROSE_LINE];

	if (lines == NULL)
		return -1;
	for (size_t i = 0; i < comparison->count; i++) {
		const struct page own = {comparison->models[i], options, out};

		line_make(&own, comparison->models[i], &lines[i]);
	}
	fputs(ink(&page, INK_BOLD), out);
	text_wrap(&page, 0, 2, prose_compare_title(comparison, text, sizeof(text)));
	fputs(ink(&page, INK_PLAIN), out);
	put_recordings(&page, comparison, lines);
	text_heading(&page, prose_compare_differences(comparison, text, sizeof(text)));
	bool told = put_differences(&page, comparison);
	for (size_t i = 0; i < comparison->count; i++)
		free(lines[i].host);
	free(lines);
	return !told || fflush(out) != 0 || ferror(out) ? -1 : 0;
}
