/* Checks: grids of measured values, with the prediction beside where it differs, and the rest one by one. */
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *differs(const struct page *page)
{
	return page->options->utf8 ? "≠" : "!=";
}

/* "2" as predicted, "2≠3" not, "?" not measured, "" no such cell. */
static void cell_text(
	const struct page *page, const struct check_table *table, size_t row, size_t column, char *buffer, size_t size)
{
	size_t index = table->cell[row * table->column_count + column];
	const struct check *check = index != SIZE_MAX ? page->model->checks[index] : NULL;
	const char *measured = check == NULL ? "" : check->measured[0] != '\0' ? check->measured : "?";

	if (check == NULL || check->match)
		snprintf(buffer, size, "%s", measured);
	else
		snprintf(buffer, size, "%s%s%s", measured, differs(page), check->predicted[0] != '\0' ? check->predicted : "?");
}

static int column_width(const struct page *page, const struct check_table *table, size_t column)
{
	size_t width = text_columns(table->columns[column]);
	char text[128];

	for (size_t row = 0; row < table->row_count; row++) {
		cell_text(page, table, row, column, text, sizeof(text));
		if (text_columns(text) > width)
			width = text_columns(text);
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

static void table_rows(const struct page *page, const struct check_table *table)
{
	char corner[128], text[128];
	int head = 0;

	if (table->row_key[0] != '\0')
		snprintf(corner, sizeof(corner), "%s \\ %s", table->row_key, table->column_key);
	else
		snprintf(corner, sizeof(corner), "%s", table->column_key);
	head = (int)text_columns(corner);
	for (size_t row = 0; row < table->row_count; row++)
		if ((int)text_columns(table->rows[row]) > head)
			head = (int)text_columns(table->rows[row]);
	fprintf(page->out, "    %s", ink(page, INK_DIM));
	text_pad(page->out, corner, -head);
	for (size_t column = 0; column < table->column_count; column++)
		text_pad(page->out, table->columns[column], -column_width(page, table, column));
	fprintf(page->out, "%s\n", ink(page, INK_PLAIN));
	for (size_t row = 0; row < table->row_count; row++) {
		fputs("    ", page->out);
		text_pad(page->out, table->rows[row], -head);
		for (size_t column = 0; column < table->column_count; column++) {
			size_t index = table->cell[row * table->column_count + column];
			bool bad = index != SIZE_MAX && !page->model->checks[index]->match;

			cell_text(page, table, row, column, text, sizeof(text));
			fputs(bad ? ink(page, INK_BAD) : "", page->out);
			text_pad(page->out, text, -column_width(page, table, column));
			fputs(bad ? ink(page, INK_PLAIN) : "", page->out);
		}
		fputc('\n', page->out);
	}
}

static void table(const struct page *page, const struct check_table *table)
{
	size_t missing = table->row_count * table->column_count - table->cell_count;

	fprintf(page->out, "\n  %s%s%s", ink(page, INK_BOLD), table->name, ink(page, INK_PLAIN));
	if (table->where[0] != '\0')
		fprintf(page->out, " (%s)", table->where);
	if (page->model->run_count > 1)
		fprintf(page->out, " in %s", page->model->runs[table->run].name);
	if (table->formula[0] != '\0')
		fprintf(page->out, " = %s", table->formula);
	else
		fputs(" (predicted cell by cell)", page->out);
	fprintf(page->out, "\n    %s%zu of %zu cells as predicted%s", ink(page, table->failed > 0 ? INK_BAD : INK_GOOD),
		table->cell_count - table->failed, table->cell_count, ink(page, INK_PLAIN));
	if (missing > 0)
		fprintf(page->out, ", %zu not measured", missing);
	if (table->failed > 0)
		fprintf(page->out, "; measured%spredicted where they differ", differs(page));
	fputc('\n', page->out);
	table_rows(page, table);
	for (size_t i = 0; i < table->row_count * table->column_count; i++)
		if (table->cell[i] != SIZE_MAX)
			check_problem(page, page->model->checks[table->cell[i]]);
}

/* Does the formula speak of this name? */
static bool names(const char *formula, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = formula; length > 0 && (at = strstr(at, name)) != NULL; at += length) {
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
		fprintf(line, "%s%s=%s", i == 0 ? " (" : " ", check->cells[i].key, check->cells[i].value);
	fprintf(line, "%s: measured %s", check->cell_count > 0 ? ")" : "",
		check->measured[0] != '\0' ? check->measured : "nothing");
	if (!check->match || strcmp(check->measured, check->predicted) != 0)
		fprintf(line, ", predicted %s", check->predicted[0] != '\0' ? check->predicted : "nothing");
	if (strcmp(check->formula, check->predicted) != 0)
		fprintf(line, " = %s", check->formula);
	for (size_t i = 0; i < check->let_count; i++)
		if (names(check->formula, check->lets[i].key))
			fprintf(line, "%s%s = %s", shown++ == 0 ? " with " : ", ", check->lets[i].key, check->lets[i].value);
	if (check->query[0] != '\0')
		fprintf(line, "; %s", check->query);
	fprintf(page->out, "  %s%-6s%s ", ink(page, check->match ? INK_GOOD : INK_BAD), check->match ? "passed" : "FAILED",
		ink(page, INK_PLAIN));
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
	text_heading(page, "Checks: %zu of %zu as predicted", model->check_count - model->checks_failed, model->check_count);
	for (size_t i = 0; i < model->loose_count; i++)
		loose_check(page, model->checks[model->loose[i]]);
	for (size_t i = 0; i < model->table_count; i++)
		table(page, &model->tables[i]);
}
