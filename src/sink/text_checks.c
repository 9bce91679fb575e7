/* Checks: grids of predictions and of measurements beside each other, and the rest one by one. */
#include "text.h"

#include <string.h>

enum grid { PREDICTED, MEASURED, GRIDS };

/* INDENT stands before each line of a table, GRID_GAP between two grids, PADDING before a cell. */
enum { INDENT = 4, GRID_GAP = 4, PADDING = 2 };

static const char *grid_name(enum grid grid)
{
	return prose_label(grid == PREDICTED ? LABEL_PREDICTED : LABEL_MEASURED);
}

/* One value, "?" if there is none; a measured one that is not as predicted is marked, "≠2". "" no
 * such cell. */
static void cell_text(const struct page *page, const struct check_table *table, enum grid grid,
	size_t row, size_t column, char *buffer, size_t size)
{
	size_t index = table->cell[row * table->column_count + column];
	const struct check *check = index != SIZE_MAX ? page->model->checks[index] : NULL;
	const char *value = "";

	if (check != NULL)
		value = grid == PREDICTED ? check->predicted : check->measured;
	if (check != NULL && value[0] == '\0')
		value = "?";
	snprintf(buffer, size, "%s%s",
		check != NULL && !check->match && grid == MEASURED ? "≠" : "", value);
}

/* Both grids have the same, to be compared at a glance. */
static int column_width(const struct page *page, const struct check_table *table, size_t column)
{
	size_t width = columns_of(table->columns[column]);
	char text[128];

	for (size_t row = 0; row < table->row_count; row++) {
		for (enum grid grid = PREDICTED; grid < GRIDS; grid++) {
			cell_text(page, table, grid, row, column, text, sizeof(text));
			if (columns_of(text) > width)
				width = columns_of(text);
		}
	}
	return (int)width + PADDING;
}

static void check_problem(const struct page *page, const struct check *check)
{
	char text[PROSE_LINE];

	if (prose_check_problem(check, text, sizeof(text))[0] != '\0')
		text_line(page, 6, INK_BAD, text);
}

static void row_head(const struct page *page, const char *text, int width)
{
	text_gap(page, INDENT);
	text_pad(page, text, -width);
}

/* Columns of a table that are printed beside each other: from, and the first that is not. */
struct band {
	size_t from, end;
};

static struct band all_columns(const struct check_table *table)
{
	return (struct band){.from = 0, .end = table->column_count};
}

static int band_width(const struct page *page, const struct check_table *table, struct band band)
{
	int width = 0;

	for (size_t column = band.from; column < band.end; column++)
		width += column_width(page, table, column);
	return width;
}

static void row_cells(const struct page *page, const struct check_table *table, enum grid grid,
	size_t row, struct band band)
{
	char text[128];

	for (size_t column = band.from; column < band.end; column++) {
		size_t index = table->cell[row * table->column_count + column];
		bool bad =
			grid == MEASURED && index != SIZE_MAX && !page->model->checks[index]->match;

		cell_text(page, table, grid, row, column, text, sizeof(text));
		fputs(bad ? ink(page, INK_BAD) : "", page->out);
		text_pad(page, text, -column_width(page, table, column));
		fputs(bad ? ink(page, INK_PLAIN) : "", page->out);
	}
}

static void column_heads(const struct page *page, const struct check_table *table, struct band band)
{
	for (size_t column = band.from; column < band.end; column++)
		text_pad(page, table->columns[column], -column_width(page, table, column));
}

/* One row: prediction and measurement below each other. */
static void table_lines(const struct page *page, const struct check_table *table, int head)
{
	fputs(ink(page, INK_DIM), page->out);
	row_head(page, table->column_key, head);
	column_heads(page, table, all_columns(table));
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (enum grid grid = PREDICTED; grid < GRIDS; grid++) {
		row_head(page, grid_name(grid), head);
		row_cells(page, table, grid, 0, all_columns(table));
		fputc('\n', page->out);
	}
}

struct layout {
	char corner[128];
	int head, width; /* columns of the rows' names; of one grid's cells */
};

/* Several rows: the grids from..to of a band side by side, each below its name. */
static void table_grids(const struct page *page, const struct check_table *table,
	const struct layout *layout, struct band band, enum grid from, enum grid to)
{
	int width = band_width(page, table, band);

	fputs(ink(page, INK_DIM), page->out);
	row_head(page, "", layout->head);
	for (enum grid grid = from; grid <= to; grid++) {
		text_gap(page, PADDING);
		text_pad(page, grid_name(grid), grid == to ? 0 : width + GRID_GAP - PADDING);
	}
	fputc('\n', page->out);
	row_head(page, layout->corner, layout->head);
	for (enum grid grid = from; grid <= to; grid++) {
		text_pad(page, "", grid == from ? 0 : GRID_GAP);
		column_heads(page, table, band);
	}
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (size_t row = 0; row < table->row_count; row++) {
		row_head(page, table->rows[row], layout->head);
		for (enum grid grid = from; grid <= to; grid++) {
			text_pad(page, "", grid == from ? 0 : GRID_GAP);
			row_cells(page, table, grid, row, band);
		}
		fputc('\n', page->out);
	}
}

static struct layout layout_of(const struct page *page, const struct check_table *table)
{
	struct layout layout = {.corner = ""};

	if (table->row_key[0] == '\0')
		snprintf(layout.corner, sizeof(layout.corner), "%s", table->column_key);
	else
		snprintf(layout.corner, sizeof(layout.corner), "%s \\ %s", table->row_key,
			table->column_key);
	layout.head = (int)columns_of(layout.corner);
	if (table->row_key[0] == '\0' && layout.head < (int)strlen(grid_name(PREDICTED)))
		layout.head = (int)strlen(grid_name(PREDICTED));
	for (size_t row = 0; row < table->row_count && table->row_key[0] != '\0'; row++)
		if ((int)columns_of(table->rows[row]) > layout.head)
			layout.head = (int)columns_of(table->rows[row]);
	layout.width = band_width(page, table, all_columns(table));
	return layout;
}

/* Too wide for the page, and one row, mostly empty, or of texts rather than numbers: its cells one
 * by one. */
static bool is_listed(
	const struct page *page, const struct check_table *table, const struct layout *layout)
{
	enum { WIDE_CELL = 16 };

	return INDENT + layout->head + layout->width > text_page_width(page) &&
	       (table->row_key[0] == '\0' ||
		       2 * table->cell_count < table->row_count * table->column_count ||
		       layout->width > WIDE_CELL * (int)table->column_count);
}

enum { LISTED = 3 }; /* row, column, prediction */
struct listed {
	const char *text[LISTED];
	char predicted[128];
};

static void listed_read(const struct page *page, const struct check_table *table, size_t cell,
	struct listed *listed)
{
	size_t row = cell / table->column_count, column = cell % table->column_count;

	cell_text(
		page, table, PREDICTED, row, column, listed->predicted, sizeof(listed->predicted));
	listed->text[0] = table->row_key[0] != '\0' ? table->rows[row] : "";
	listed->text[1] = table->columns[column];
	listed->text[2] = listed->predicted;
}

/* The widths of the list's columns; that of what was measured comes last. */
static void listed_widths(
	const struct page *page, const struct check_table *table, int widths[LISTED + 1])
{
	const char *const heads[LISTED + 1] = {
		table->row_key, table->column_key, grid_name(PREDICTED), grid_name(MEASURED)};
	struct listed listed;
	char measured[128];

	for (size_t k = 0; k <= LISTED; k++)
		widths[k] = (int)columns_of(heads[k]);
	for (size_t i = 0; i < table->row_count * table->column_count; i++) {
		if (table->cell[i] == SIZE_MAX)
			continue;
		listed_read(page, table, i, &listed);
		for (size_t k = 0; k < LISTED; k++)
			widths[k] = text_wider(widths[k], listed.text[k]);
		cell_text(page, table, MEASURED, i / table->column_count, i % table->column_count,
			measured, sizeof(measured));
		widths[LISTED] = text_wider(widths[LISTED], measured);
	}
}

static void next_line(const struct page *page, int column)
{
	fputc('\n', page->out);
	text_gap(page, (size_t)column);
}

/* What was measured stands beside what was predicted or, on a page that is too narrow, below it. */
static void table_list(const struct page *page, const struct check_table *table)
{
	const char *const heads[LISTED] = {table->row_key, table->column_key, grid_name(PREDICTED)};
	size_t cells = table->row_count * table->column_count, first = table->row_key[0] == '\0';
	int widths[LISTED + 1], before = INDENT;
	struct listed listed;
	char measured[128];

	listed_widths(page, table, widths);
	for (size_t k = first; k + 1 < LISTED; k++)
		before += widths[k] + 2;
	bool below = before + widths[LISTED - 1] + 2 + widths[LISTED] > text_page_width(page);
	text_gap(page, INDENT);
	fputs(ink(page, INK_DIM), page->out);
	for (size_t k = first; k < LISTED; k++)
		text_pad(page, heads[k], k + 1 < LISTED || !below ? widths[k] + 2 : 0);
	if (below)
		next_line(page, before);
	fprintf(page->out, "%s%s\n", grid_name(MEASURED), ink(page, INK_PLAIN));
	for (size_t i = 0; i < cells; i++) {
		if (table->cell[i] == SIZE_MAX)
			continue;
		bool bad = !page->model->checks[table->cell[i]]->match;

		listed_read(page, table, i, &listed);
		text_gap(page, INDENT);
		for (size_t k = first; k < LISTED; k++)
			text_pad(
				page, listed.text[k], k + 1 < LISTED || !below ? widths[k] + 2 : 0);
		if (below)
			next_line(page, before);
		cell_text(page, table, MEASURED, i / table->column_count, i % table->column_count,
			measured, sizeof(measured));
		fprintf(page->out, "%s%s%s\n", bad ? ink(page, INK_BAD) : "", measured,
			bad ? ink(page, INK_PLAIN) : "");
	}
}

/* One grid, in as many bands as the page's width asks for; a column too wide for it stands alone.
 */
static void table_bands(const struct page *page, const struct check_table *table,
	const struct layout *layout, enum grid grid)
{
	struct band band = {.from = 0};

	while (band.from < table->column_count) {
		band.end = band.from + 1;
		while (band.end < table->column_count &&
			INDENT + layout->head +
					band_width(page, table,
						(struct band){band.from, band.end + 1}) <=
				text_page_width(page))
			band.end++;
		table_grids(page, table, layout, band, grid, grid);
		band.from = band.end;
	}
}

static void table_rows(
	const struct page *page, const struct check_table *table, const struct layout *layout)
{
	if (is_listed(page, table, layout)) {
		table_list(page, table);
	} else if (table->row_key[0] == '\0') {
		table_lines(page, table, layout->head);
	} else if (INDENT + layout->head + 2 * layout->width + GRID_GAP <= text_page_width(page)) {
		table_grids(page, table, layout, all_columns(table), PREDICTED, MEASURED);
	} else {
		table_bands(page, table, layout, PREDICTED);
		table_bands(page, table, layout, MEASURED);
	}
}

static void table(const struct page *page, const struct check_table *table)
{
	const struct layout layout = layout_of(page, table);
	char text[PROSE_LINE];
	size_t missing = is_listed(page, table, &layout)
				 ? 0
				 : table->row_count * table->column_count - table->cell_count;

	fputc('\n', page->out);
	text_line(page, 2, INK_BOLD, prose_table_title(page->model, table, text, sizeof(text)));
	text_gap(page, 4);
	fputs(ink(page, table->failed > 0 ? INK_BAD : INK_GOOD), page->out);
	text_put(page, prose_table_count(table, text, sizeof(text)));
	fputs(ink(page, INK_PLAIN), page->out);
	if (missing > 0)
		text_put(page, prose_table_missing(missing, text, sizeof(text)));
	if (table->failed > 0)
		text_put(page, prose_table_marks("≠", text, sizeof(text)));
	fputc('\n', page->out);
	table_rows(page, table, &layout);
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		if (table->cell[i] != SIZE_MAX)
			check_problem(page, page->model->checks[table->cell[i]]);
}

static void check_line(const struct page *page, const struct check *check)
{
	const char *verdict = prose_label(check->match ? LABEL_PASSED : LABEL_FAILED);
	int column =
		text_wider(text_wider(0, prose_label(LABEL_PASSED)), prose_label(LABEL_FAILED));
	char text[2 * PROSE_LINE];

	text_gap(page, 2);
	fputs(ink(page, check->match ? INK_GOOD : INK_BAD), page->out);
	text_pad(page, verdict, column);
	fprintf(page->out, "%s ", ink(page, INK_PLAIN));
	text_wrap(page, (size_t)column + 3, (size_t)column + 3,
		prose_check(check, text, sizeof(text)));
	check_problem(page, check);
}

/* What was not as predicted, before all the rest. */
void text_failed_checks(const struct page *page)
{
	const struct model *model = page->model;
	size_t shown = 0;

	for (size_t i = 0; i < model->check_count; i++) {
		if (model->checks[i]->match)
			continue;
		if (shown == 0)
			text_heading(page, prose_failed_title());
		if (shown == SHOWN_TIMELINES && !page->options->all) {
			text_more(page, MORE_STEPS, model->checks_failed - shown, 0);
			break;
		}
		check_line(page, model->checks[i]);
		shown++;
	}
}

void text_checks(const struct page *page)
{
	const struct model *model = page->model;
	char text[PROSE_LINE];

	if (model->check_count == 0)
		return;
	text_heading(page, prose_checks_title(model, text, sizeof(text)));
	for (size_t i = 0; i < model->loose_count; i++)
		check_line(page, model->checks[model->loose[i]]);
	for (size_t i = 0; i < model->table_count; i++)
		table(page, &model->tables[i]);
}
