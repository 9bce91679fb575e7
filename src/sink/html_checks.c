/* Predictions beside measurements: grids where a check has two coordinates, tables where it has
 * one, a list for the rest; what did not come true first. */
#include <stdlib.h>
#include <string.h>

#include "html.h"

enum { FAILED_LISTED = 12, COLUMNS_MOST = 24 };

struct heat {
	long least, most; /* measured, of numbers */
	bool any;
};

static bool number_of(const char *text, long *number)
{
	char *end;

	*number = strtol(text, &end, 10);
	return *text != '\0' && *end == '\0';
}

/* ---- what all cells of a grid have in common stands in its head ---- */

static const struct check *nth_cell(
	const struct model *model, const struct check_table *table, size_t i)
{
	return table->cell[i] != SIZE_MAX ? model->checks[table->cell[i]] : NULL;
}

/* Has every cell of the grid this name with this value? */
static bool let_shared(
	const struct model *model, const struct check_table *table, const struct cell *let)
{
	for (size_t i = 0; i < table->row_count * table->column_count; i++) {
		const struct check *check = nth_cell(model, table, i);
		bool has = check == NULL;

		for (size_t k = 0; !has && k < check->let_count; k++)
			has = strcmp(check->lets[k].key, let->key) == 0 &&
			      strcmp(check->lets[k].value, let->value) == 0;
		if (!has)
			return false;
	}
	return true;
}

/* The query of all cells; NULL: they differ. */
static const char *shared_query(const struct model *model, const struct check_table *table)
{
	const char *query = NULL;

	for (size_t i = 0; i < table->row_count * table->column_count; i++) {
		const struct check *check = nth_cell(model, table, i);

		if (check != NULL && query != NULL && strcmp(check->query, query) != 0)
			return NULL;
		query = check != NULL ? check->query : query;
	}
	return query;
}

static void put_shared(FILE *out, const struct model *model, const struct check_table *table)
{
	const char *query = shared_query(model, table);
	const struct check *first = NULL;
	size_t said = 0;

	for (size_t i = 0; first == NULL && i < table->row_count * table->column_count; i++)
		first = nth_cell(model, table, i);
	for (size_t i = 0; first != NULL && i < first->let_count; i++)
		if (let_shared(model, table, &first->lets[i]))
			put(out, said++ == 0 ? "; %e = %e" : ", %e = %e", first->lets[i].key,
				first->lets[i].value);
	if (query != NULL)
		put(out, "<br><code>%e</code>", query);
}

/* Of a cell in a grid: what its head does not say for all of them; "": nothing. */
static void put_own_tip(FILE *out, const struct model *model, const struct check_table *table,
	const struct check *check)
{
	size_t said = 0;

	if (*table->formula == '\0') {
		put(out, " title='= %e", check->formula);
		said++;
	}
	for (size_t i = 0; i < check->let_count; i++) {
		if (let_shared(model, table, &check->lets[i]))
			continue;
		put(out, said++ == 0 ? " title='%e = %e" : ", %e = %e", check->lets[i].key,
			check->lets[i].value);
	}
	if (shared_query(model, table) == NULL)
		put(out, said++ == 0 ? " title='%e" : "\n%e", check->query);
	put(out, said > 0 ? "'" : "");
}

static void put_tip(FILE *out, const struct check *check)
{
	put(out, " title='%e\n= %e", check->name, check->formula);
	for (size_t i = 0; i < check->let_count; i++)
		put(out, "%s%e = %e", i == 0 ? "; " : ", ", check->lets[i].key,
			check->lets[i].value);
	put(out, "\n%e'", check->query);
}

static void put_cell_tip(FILE *out, const struct check *check, const struct model *model,
	const struct check_table *table)
{
	if (table != NULL)
		put_own_tip(out, model, table, check);
	else
		put_tip(out, check);
}

/* Of a grid, table and the model it is of, else NULL. A grid without a formula to compare with says
 * in each cell what was predicted. */
static void put_cell(FILE *out, const struct check *check, const struct heat *heat,
	const struct model *model, const struct check_table *table)
{
	bool predicted = table != NULL && *table->formula == '\0';
	long number;

	if (check == NULL) {
		put(out, "<td class='nil'>");
		return;
	}
	const char *measured = *check->measured != '\0'  ? check->measured
			       : *check->problem != '\0' ? check->problem
							 : "–";
	if (!check->match) {
		put(out, "<td class='bad'");
		put_cell_tip(out, check, model, table);
		put(out, ">✗ %e <s>%e</s>", measured, check->predicted);
		return;
	}
	put(out, "<td");
	if (heat != NULL && heat->any && number_of(check->measured, &number)) {
		long least = heat->least > 1 ? heat->least : 1;

		put(out, " class='h%d'",
			number == 0 ? 0
			: heat->least == heat->most
				? 1
				: (int)(1 + 3 * (number - least) /
						    (heat->most > least ? heat->most - least : 1)));
	}
	put_cell_tip(out, check, model, table);
	put(out, ">%e", measured);
	if (predicted && strcmp(measured, check->predicted) == 0)
		put(out, " <small>✓</small>");
	else if (predicted)
		put(out, " <small>✓ %e</small>", check->predicted);
}

static const struct check *table_cell(
	const struct model *model, const struct check_table *table, size_t row, size_t column)
{
	size_t index = table->cell[row * table->column_count + column];

	return index != SIZE_MAX ? model->checks[index] : NULL;
}

static struct heat heat_of(const struct model *model, const struct check_table *table)
{
	struct heat heat = {0, 0, false};
	long number;

	for (size_t i = 0; i < table->row_count * table->column_count; i++) {
		const struct check *check =
			table->cell[i] != SIZE_MAX ? model->checks[table->cell[i]] : NULL;

		if (check == NULL || !number_of(check->measured, &number))
			continue;
		heat.least = !heat.any || number < heat.least ? number : heat.least;
		heat.most = !heat.any || number > heat.most ? number : heat.most;
		heat.any = true;
	}
	return heat;
}

/* Rows and columns as they are, or turned where that is less wide. */
static void put_grid(FILE *out, const struct model *model, const struct check_table *table)
{
	bool turned = table->column_count > 8 && table->row_count < table->column_count;
	size_t rows = turned ? table->column_count : table->row_count,
	       columns = turned ? table->row_count : table->column_count;
	struct heat heat = heat_of(model, table);

	put(out, "<div><h3>%e", table->name);
	if (table->failed > 0)
		put(out, " <span class='al'>✗ %U</span>", (uint64_t)table->failed);
	put(out, "</h3><small>%e%s", table->where, *table->where != '\0' ? ": " : "");
	if (*table->formula != '\0')
		put(out, "= %e", table->formula);
	else
		put(out, "%s", page_word(WORD_CELL_BY_CELL));
	put_shared(out, model, table);
	put(out, "</small><table><caption>%e</caption><thead><tr><th scope='col'>%e \\ %e",
		table->name, turned ? table->column_key : table->row_key,
		turned ? table->row_key : table->column_key);
	for (size_t c = 0; c < columns; c++)
		put(out, "<th scope='col'>%e", turned ? table->rows[c] : table->columns[c]);
	put(out, "</thead><tbody>");
	for (size_t r = 0; r < rows; r++) {
		put(out, "<tr><th scope='row'>%e", turned ? table->columns[r] : table->rows[r]);
		for (size_t c = 0; c < columns; c++)
			put_cell(out, table_cell(model, table, turned ? c : r, turned ? r : c),
				&heat, model, table);
	}
	put(out, "</tbody></table></div>");
}

static bool is_grid(const struct check_table *table)
{
	return *table->row_key != '\0' && table->row_count * table->column_count > 1;
}

/* ---- checks with one coordinate: those that share it in one table ---- */

static bool same_columns(const struct check_table *a, const struct check_table *b)
{
	if (is_grid(b) || a->run != b->run || strcmp(a->column_key, b->column_key) != 0)
		return false;
	return strcmp(a->where, b->where) == 0;
}

static size_t columns_gather(
	const struct model *model, size_t from, const bool *done, const char *columns[COLUMNS_MOST])
{
	const struct check_table *first = &model->tables[from];
	size_t count = 0;

	for (size_t i = from; i < model->table_count; i++) {
		const struct check_table *table = &model->tables[i];

		if (done[i] || !same_columns(first, table))
			continue;
		for (size_t c = 0; c < table->column_count; c++) {
			size_t at = 0;

			while (at < count && strcmp(columns[at], table->columns[c]) != 0)
				at++;
			if (at == COLUMNS_MOST)
				return SIZE_MAX;
			if (at == count)
				columns[count++] = table->columns[c];
		}
	}
	return count;
}

static const struct check *check_at(
	const struct model *model, const struct check_table *table, const char *column)
{
	for (size_t c = 0; c < table->column_count; c++)
		if (strcmp(table->columns[c], column) == 0)
			return table_cell(model, table, 0, c);
	return NULL;
}

/* key: of the cells' only variable, NULL: there are several */
static void put_list_head(FILE *out, bool cells, const char *key)
{
	put(out,
		"<div class='tw'><table class='ckm list'><caption>%e</caption><thead><tr><th "
		"scope='col'>%s",
		page_word(WORD_HEAD_CHECKS), page_word(WORD_COL_CHECK));
	if (cells)
		put(out, "<th scope='col'>%e", key != NULL ? key : page_word(WORD_COL_CELL));
	put(out, "<th scope='col'>%s<th scope='col'>%s</thead><tbody>",
		page_word(WORD_COL_PREDICTED), page_word(WORD_COL_MEASURED));
}

static void put_cells_of(FILE *out, const struct check *check)
{
	for (size_t i = 0; i < check->cell_count; i++)
		put(out, "%s%e = %e", i > 0 ? ", " : "", check->cells[i].key,
			check->cells[i].value);
}

static void put_list_line(FILE *out, const struct check *check, bool cells, const char *key)
{
	put(out, "<tr><th scope='row'><code>%e</code>", check->name);
	if (cells) {
		put(out, "<td>");
		if (key != NULL && check->cell_count == 1)
			put(out, "%e", check->cells[0].value);
		else
			put_cells_of(out, check);
	}
	put(out, "<td>%e", check->predicted);
	if (*check->formula != '\0' && strcmp(check->formula, check->predicted) != 0)
		put(out, " = %e", check->formula);
	put_cell(out, check, NULL, NULL, NULL);
}

/* The variable that is the only one of each of these cells; NULL: there are several. */
static const char *only_key(const struct model *model)
{
	const char *key = NULL;

	for (size_t i = 0; i < model->loose_count; i++) {
		const struct check *check = model->checks[model->loose[i]];

		if (check->cell_count > 1 || (check->cell_count == 1 && key != NULL &&
						     strcmp(key, check->cells[0].key) != 0))
			return NULL;
		key = check->cell_count == 1 ? check->cells[0].key : key;
	}
	return key;
}

/* Checks that belong to no table: with a column for their cells if one of them has any. */
static void put_loose(FILE *out, const struct model *model)
{
	const char *key = only_key(model);
	bool cells = false;

	if (model->loose_count == 0)
		return;
	for (size_t i = 0; i < model->loose_count; i++)
		cells |= model->checks[model->loose[i]]->cell_count > 0;
	put_list_head(out, cells, key);
	for (size_t i = 0; i < model->loose_count; i++)
		put_list_line(out, model->checks[model->loose[i]], cells, key);
	put(out, "</tbody></table></div>");
}

static void put_columns(FILE *out, const struct model *model, size_t from, bool *done)
{
	const char *columns[COLUMNS_MOST];
	size_t count = columns_gather(model, from, done, columns), wide = 0;
	const struct check_table *first = &model->tables[from];

	for (size_t c = 0; count != SIZE_MAX && c < count; c++)
		wide += strlen(columns[c]) < 18 ? strlen(columns[c]) : 18;
	bool list = count == SIZE_MAX || count == 1 || (count > 9 && wide > 120);
	const char *key = *first->where == '\0' ? first->column_key : NULL;
	if (list) {
		put_list_head(out, true, key);
	} else {
		put(out,
			"<div class='tw'><table class='ckm'><caption>%e</caption><thead><tr><th "
			"scope='col'>%s<th scope='col'>%s",
			page_word(WORD_HEAD_CHECKS), page_word(WORD_COL_CHECK),
			page_word(WORD_COL_PREDICTED));
		for (size_t c = 0; c < count; c++)
			put(out, "<th scope='col'>%e", columns[c]);
		put(out, "</thead><tbody>");
	}
	for (size_t i = from; i < model->table_count; i++) {
		const struct check_table *table = &model->tables[i];

		if (done[i] || !same_columns(first, table))
			continue;
		done[i] = true;
		for (size_t c = 0; list && c < table->column_count; c++)
			if (table_cell(model, table, 0, c) != NULL)
				put_list_line(out, table_cell(model, table, 0, c), true, key);
		if (list)
			continue;
		put(out, "<tr><th scope='row'><code>%e</code><td><small>", table->name);
		if (*table->formula != '\0')
			put(out, "= %e", table->formula);
		else
			put(out, "%s", page_word(WORD_CELL_BY_CELL));
		put_shared(out, model, table);
		put(out, "</small>");
		for (size_t c = 0; c < count; c++)
			put_cell(out, check_at(model, table, columns[c]), NULL, model, table);
	}
	put(out, "</tbody></table></div>");
}

static void put_failed(FILE *out, const struct model *model)
{
	size_t shown = 0;
	char text[64];

	if (model->checks_failed == 0)
		return;
	put(out, "<ul class='al'>");
	for (size_t i = 0; i < model->check_count && shown < FAILED_LISTED; i++) {
		const struct check *check = model->checks[i];

		if (check->match)
			continue;
		shown++;
		put(out, "<li><code>%e</code>%s", check->name, check->cell_count > 0 ? " (" : "");
		put_cells_of(out, check);
		put(out, "%s: %s <b>%e</b>, %s <b>%e</b></li>", check->cell_count > 0 ? ")" : "",
			page_word(WORD_COL_PREDICTED), check->predicted,
			page_word(WORD_COL_MEASURED),
			*check->measured != '\0' ? check->measured : check->problem);
	}
	if (model->checks_failed > shown)
		put(out, "<li>%s</li>",
			page_text(text, sizeof(text), WORD_AND_MORE, model->checks_failed - shown));
	put(out, "</ul>");
}

void html_checks(struct sheet *sheet)
{
	const struct model *model = sheet->model;
	bool *done = calloc(model->table_count + 1, sizeof(*done));
	FILE *out = sheet->out;

	if (done == NULL)
		return;
	put(out, "<p class='lede'>%s</p>", page_word(WORD_CHECKS_LEDE));
	put_failed(out, model);
	put(out, "<div class='heat'>");
	for (int failed = 1; failed >= 0; failed--)
		for (size_t i = 0; i < model->table_count; i++)
			if (is_grid(&model->tables[i]) &&
				(model->tables[i].failed > 0) == (failed == 1)) {
				put_grid(out, model, &model->tables[i]);
				done[i] = true;
			}
	put(out, "</div><div class='cks'>");
	for (size_t i = 0; i < model->table_count; i++)
		if (!done[i])
			put_columns(out, model, i, done);
	put_loose(out, model);
	put(out, "</div>");
	free(done);
}
