/* Checks: grids of predictions and of measurements beside each other, and the rest one by one. */
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *differs(const struct page *page)
{
	return page->options->utf8 ? "≠" : "!=";
}

enum grid { PREDICTED, MEASURED, GRIDS };

static const char *const grid_names[GRIDS] = {[PREDICTED] = "predicted", [MEASURED] = "measured"};

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
		check != NULL && !check->match && grid == MEASURED ? differs(page) : "", value);
}

/* Both grids have the same, to be compared at a glance. */
static int column_width(const struct page *page, const struct check_table *table, size_t column)
{
	size_t width = text_columns(table->columns[column]);
	char text[128];

	for (size_t row = 0; row < table->row_count; row++) {
		for (enum grid grid = PREDICTED; grid < GRIDS; grid++) {
			cell_text(page, table, grid, row, column, text, sizeof(text));
			if (text_columns(text) > width)
				width = text_columns(text);
		}
	}
	return (int)width + 2;
}

static void check_problem(const struct page *page, const struct check *check)
{
	if (check->problem[0] == '\0')
		return;
	fprintf(page->out, "      %s", ink(page, INK_BAD));
	for (size_t i = 0; i < check->cell_count; i++)
		fprintf(page->out, "%s=%s ", check->cells[i].key, check->cells[i].value);
	fprintf(page->out, "%s%s\n", check->problem, ink(page, INK_PLAIN));
}

static void row_head(const struct page *page, const char *text, int width)
{
	fputs("    ", page->out);
	text_pad(page->out, text, -width);
}

static void row_cells(
	const struct page *page, const struct check_table *table, enum grid grid, size_t row)
{
	char text[128];

	for (size_t column = 0; column < table->column_count; column++) {
		size_t index = table->cell[row * table->column_count + column];
		bool bad =
			grid == MEASURED && index != SIZE_MAX && !page->model->checks[index]->match;

		cell_text(page, table, grid, row, column, text, sizeof(text));
		fputs(bad ? ink(page, INK_BAD) : "", page->out);
		text_pad(page->out, text, -column_width(page, table, column));
		fputs(bad ? ink(page, INK_PLAIN) : "", page->out);
	}
}

static void column_heads(const struct page *page, const struct check_table *table)
{
	for (size_t column = 0; column < table->column_count; column++)
		text_pad(page->out, table->columns[column], -column_width(page, table, column));
}

/* One row: prediction and measurement below each other. */
static void table_lines(const struct page *page, const struct check_table *table, int head)
{
	fputs(ink(page, INK_DIM), page->out);
	row_head(page, table->column_key, head);
	column_heads(page, table);
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (enum grid grid = PREDICTED; grid < GRIDS; grid++) {
		row_head(page, grid_names[grid], head);
		row_cells(page, table, grid, 0);
		fputc('\n', page->out);
	}
}

enum { GRID_GAP = 4 };

/* Several rows: the grids from..to side by side, each below its name. */
static void table_grids(const struct page *page, const struct check_table *table,
	const char *corner, int head, int width, enum grid from, enum grid to)
{
	fputs(ink(page, INK_DIM), page->out);
	row_head(page, "", head);
	for (enum grid grid = from; grid <= to; grid++) {
		fputs("  ", page->out);
		text_pad(page->out, grid_names[grid], grid == to ? 0 : width + GRID_GAP - 2);
	}
	fputc('\n', page->out);
	row_head(page, corner, head);
	for (enum grid grid = from; grid <= to; grid++) {
		text_pad(page->out, "", grid == from ? 0 : GRID_GAP);
		column_heads(page, table);
	}
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (size_t row = 0; row < table->row_count; row++) {
		row_head(page, table->rows[row], head);
		for (enum grid grid = from; grid <= to; grid++) {
			text_pad(page->out, "", grid == from ? 0 : GRID_GAP);
			row_cells(page, table, grid, row);
		}
		fputc('\n', page->out);
	}
}

struct layout {
	char corner[128];
	int head, width; /* columns of the rows' names; of one grid's cells */
};

static struct layout layout_of(const struct page *page, const struct check_table *table)
{
	struct layout layout = {.corner = ""};

	if (table->row_key[0] == '\0')
		snprintf(layout.corner, sizeof(layout.corner), "%s", table->column_key);
	else
		snprintf(layout.corner, sizeof(layout.corner), "%s \\ %s", table->row_key,
			table->column_key);
	layout.head = (int)text_columns(layout.corner);
	if (table->row_key[0] == '\0' && layout.head < (int)strlen(grid_names[PREDICTED]))
		layout.head = (int)strlen(grid_names[PREDICTED]);
	for (size_t row = 0; row < table->row_count && table->row_key[0] != '\0'; row++)
		if ((int)text_columns(table->rows[row]) > layout.head)
			layout.head = (int)text_columns(table->rows[row]);
	for (size_t column = 0; column < table->column_count; column++)
		layout.width += column_width(page, table, column);
	return layout;
}

/* Too wide for the page, and one row or mostly empty: its cells one by one. */
static bool is_listed(
	const struct page *page, const struct check_table *table, const struct layout *layout)
{
	return 4 + layout->head + layout->width > text_page_width(page) &&
	       (table->row_key[0] == '\0' ||
		       2 * table->cell_count < table->row_count * table->column_count);
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

static void table_list(const struct page *page, const struct check_table *table)
{
	const char *const heads[LISTED] = {
		table->row_key, table->column_key, grid_names[PREDICTED]};
	size_t cells = table->row_count * table->column_count, first = table->row_key[0] == '\0';
	int widths[LISTED];
	struct listed listed;
	char measured[128];

	for (size_t k = 0; k < LISTED; k++)
		widths[k] = (int)text_columns(heads[k]);
	for (size_t i = 0; i < cells; i++) {
		listed_read(page, table, i, &listed);
		for (size_t k = 0; k < LISTED && table->cell[i] != SIZE_MAX; k++)
			if ((int)text_columns(listed.text[k]) > widths[k])
				widths[k] = (int)text_columns(listed.text[k]);
	}
	fprintf(page->out, "    %s", ink(page, INK_DIM));
	for (size_t k = first; k < LISTED; k++)
		text_pad(page->out, heads[k], widths[k] + 2);
	fprintf(page->out, "%s%s\n", grid_names[MEASURED], ink(page, INK_PLAIN));
	for (size_t i = 0; i < cells; i++) {
		if (table->cell[i] == SIZE_MAX)
			continue;
		bool bad = !page->model->checks[table->cell[i]]->match;

		listed_read(page, table, i, &listed);
		fputs("    ", page->out);
		for (size_t k = first; k < LISTED; k++)
			text_pad(page->out, listed.text[k], widths[k] + 2);
		cell_text(page, table, MEASURED, i / table->column_count, i % table->column_count,
			measured, sizeof(measured));
		fprintf(page->out, "%s%s%s\n", bad ? ink(page, INK_BAD) : "", measured,
			bad ? ink(page, INK_PLAIN) : "");
	}
}

static void table_rows(
	const struct page *page, const struct check_table *table, const struct layout *layout)
{
	if (is_listed(page, table, layout)) {
		table_list(page, table);
	} else if (table->row_key[0] == '\0') {
		table_lines(page, table, layout->head);
	} else if (4 + layout->head + 2 * layout->width + GRID_GAP <= text_page_width(page)) {
		table_grids(page, table, layout->corner, layout->head, layout->width, PREDICTED,
			MEASURED);
	} else {
		table_grids(page, table, layout->corner, layout->head, layout->width, PREDICTED,
			PREDICTED);
		table_grids(page, table, layout->corner, layout->head, layout->width, MEASURED,
			MEASURED);
	}
}

static void table(const struct page *page, const struct check_table *table)
{
	const struct layout layout = layout_of(page, table);
	size_t missing = is_listed(page, table, &layout)
				 ? 0
				 : table->row_count * table->column_count - table->cell_count;

	fprintf(page->out, "\n  %s%s%s", ink(page, INK_BOLD), table->name, ink(page, INK_PLAIN));
	if (table->where[0] != '\0')
		fprintf(page->out, " (%s)", table->where);
	if (page->model->run_count > 1)
		fprintf(page->out, " in %s", page->model->runs[table->run].name);
	if (table->formula[0] != '\0')
		fprintf(page->out, " = %s", table->formula);
	else
		fputs(" (predicted cell by cell)", page->out);
	fprintf(page->out, "\n    %s%zu of %zu cells as predicted%s",
		ink(page, table->failed > 0 ? INK_BAD : INK_GOOD),
		table->cell_count - table->failed, table->cell_count, ink(page, INK_PLAIN));
	if (missing > 0)
		fprintf(page->out, ", %zu not measured", missing);
	if (table->failed > 0)
		fprintf(page->out, "; %s marks those that differ", differs(page));
	fputc('\n', page->out);
	table_rows(page, table, &layout);
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		if (table->cell[i] != SIZE_MAX)
			check_problem(page, page->model->checks[table->cell[i]]);
}

/* Does the formula speak of this name? */
static bool names(const char *formula, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = formula; length > 0 && (at = strstr(at, name)) != NULL;
		at += length) {
		bool begins = at == formula || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');

		if (begins && !isalnum((unsigned char)at[length]) && at[length] != '_')
			return true;
	}
	return false;
}

static void loose_check(const struct page *page, const struct check *check)
{
	char *text = NULL;
	size_t length, shown = 0;
	FILE *line = open_memstream(&text, &length);

	if (line == NULL)
		return;
	fputs(check->name, line);
	for (size_t i = 0; i < check->cell_count; i++)
		fprintf(line, "%s%s=%s", i == 0 ? " (" : " ", check->cells[i].key,
			check->cells[i].value);
	fprintf(line, "%s: predicted %s", check->cell_count > 0 ? ")" : "",
		check->predicted[0] != '\0' ? check->predicted : "nothing");
	if (strcmp(check->formula, check->predicted) != 0)
		fprintf(line, " = %s", check->formula);
	for (size_t i = 0; i < check->let_count; i++)
		if (names(check->formula, check->lets[i].key))
			fprintf(line, "%s%s = %s", shown++ == 0 ? " with " : ", ",
				check->lets[i].key, check->lets[i].value);
	fprintf(line, ", measured %s", check->measured[0] != '\0' ? check->measured : "nothing");
	if (check->query[0] != '\0')
		fprintf(line, "; %s", check->query);
	fprintf(page->out, "  %s%-6s%s ", ink(page, check->match ? INK_GOOD : INK_BAD),
		check->match ? "passed" : "FAILED", ink(page, INK_PLAIN));
	if (fclose(line) == 0)
		text_wrap(page, 9, 9, text);
	free(text);
	check_problem(page, check);
}

void text_checks(const struct page *page)
{
	const struct model *model = page->model;

	if (model->check_count == 0)
		return;
	text_heading(page, "Checks: %zu of %zu as predicted",
		model->check_count - model->checks_failed, model->check_count);
	for (size_t i = 0; i < model->loose_count; i++)
		loose_check(page, model->checks[model->loose[i]]);
	for (size_t i = 0; i < model->table_count; i++)
		table(page, &model->tables[i]);
}
