/* Grids out of single checks: those of one name whose last two cell keys span rows and columns, as
 * in backlog x clients. */
#include "model_build.h"

#include <stdlib.h>
#include <string.h>

/* Name and coordinates that checks of one table share, as one text. malloc'd; NULL out of memory.
 */
static char *where_of(const struct check *check, bool with_last_keys)
{
	size_t fixed = check->cell_count > 2 ? check->cell_count - 2 : 0, length = 1;

	for (size_t i = 0; i < check->cell_count; i++)
		length += strlen(check->cells[i].key) + strlen(check->cells[i].value) + 3;
	char *text = malloc(length), *end = text;
	if (text == NULL)
		return NULL;
	*end = '\0';
	for (size_t i = 0; i < check->cell_count && (i < fixed || with_last_keys); i++) {
		end = stpcpy(end, i > 0 ? " " : "");
		end = stpcpy(stpcpy(end, check->cells[i].key), "=");
		if (i < fixed)
			end = stpcpy(end, check->cells[i].value);
	}
	return text;
}

struct wanted {
	uint16_t run;
	const char *name, *where, *row_key, *column_key;
};

static bool table_equal(const void *context, uint32_t index, const void *key)
{
	const struct check_table *table = &((const struct model *)context)->tables[index];
	const struct wanted *wanted = key;

	return table->run == wanted->run && strcmp(table->name, wanted->name) == 0 &&
	       strcmp(table->where, wanted->where) == 0 &&
	       strcmp(table->row_key, wanted->row_key) == 0 &&
	       strcmp(table->column_key, wanted->column_key) == 0;
}

static struct check_table *table_of(
	struct model *model, struct index_map *map, const struct check *check, uint16_t run)
{
	size_t keys = check->cell_count;
	char *where = where_of(check, false), *all = where_of(check, true);
	struct wanted wanted = {run, check->name, where, keys > 1 ? check->cells[keys - 2].key : "",
		check->cells[keys - 1].key};
	uint32_t index = INDEX_NONE;

	if (where != NULL && all != NULL) {
		uint64_t hash = index_hash(
			all, strlen(all), index_hash(check->name, strlen(check->name), 1u + run));

		index = index_map_find(map, hash, table_equal, model, &wanted);
		struct check_table *table =
			index == INDEX_NONE ? PUSH(model, model->tables, model->table_count) : NULL;
		if (table != NULL && index_map_put(map, hash, (uint32_t)model->table_count)) {
			*table = (struct check_table){.run = run,
				.name = strdup(check->name),
				.formula = strdup(check->formula),
				.where = strdup(where),
				.row_key = strdup(wanted.row_key),
				.column_key = strdup(wanted.column_key)};
			if (table->name != NULL && table->formula != NULL && table->where != NULL &&
				table->row_key != NULL && table->column_key != NULL)
				index = (uint32_t)model->table_count;
			model->table_count++;
		}
	}
	free(where);
	free(all);
	return index != INDEX_NONE ? &model->tables[index] : NULL;
}

static size_t value_find(char **values, size_t count, const char *value)
{
	size_t i = 0;

	while (i < count && strcmp(values[i], value) != 0)
		i++;
	return i;
}

/* rows, and columns, of a table; a check beyond them is listed by itself */
enum { TABLE_VALUES_MAX = 256 };

/* Add a coordinate unless it is there, or the table is full. false: out of memory. */
static bool value_add(struct model *model, char ***values, size_t *count, const char *value)
{
	if (value_find(*values, *count, value) < *count || *count == TABLE_VALUES_MAX)
		return true;
	char **slot = PUSH(model, *values, *count);
	if (slot == NULL || (*slot = strdup(value)) == NULL)
		return false;
	(*count)++;
	return true;
}

static bool is_number(const char *text)
{
	char *end;

	strtoll(text, &end, 10);
	return end != text && *end == '\0';
}

static int compare_numbers(const void *left, const void *right)
{
	long long a = strtoll(*(char *const *)left, NULL, 10),
		  b = strtoll(*(char *const *)right, NULL, 10);

	return (a > b) - (a < b);
}

/* Numbers ascend; words stay as they came. */
static void values_sort(char **values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_number(values[i]))
			return;
	qsort(values, count, sizeof(*values), compare_numbers);
}

static const char *row_of(const struct check *check)
{
	return check->cell_count > 1 ? check->cells[check->cell_count - 2].value : "";
}

static const char *column_of(const struct check *check)
{
	return check->cells[check->cell_count - 1].value;
}

static bool loosen(struct model *model, size_t check)
{
	size_t *slot = PUSH(model, model->loose, model->loose_count);

	if (slot == NULL)
		return false;
	*slot = check;
	model->loose_count++;
	return true;
}

static bool cells_allocate(struct check_table *table)
{
	values_sort(table->rows, table->row_count);
	values_sort(table->columns, table->column_count);
	table->cell = calloc(table->row_count * table->column_count, sizeof(*table->cell));
	for (size_t i = 0; table->cell != NULL && i < table->row_count * table->column_count; i++)
		table->cell[i] = SIZE_MAX;
	return table->cell != NULL;
}

/* Put a check into its cell; one that is alone in its table, or whose cell is taken, is listed by
 * itself. */
static bool cell_fill(struct model *model, struct check_table *table, size_t index)
{
	const struct check *check = model->checks[index];
	size_t row = value_find(table->rows, table->row_count, row_of(check)),
	       column = value_find(table->columns, table->column_count, column_of(check));
	bool beyond = row == table->row_count || column == table->column_count;
	size_t *cell = beyond ? NULL : &table->cell[row * table->column_count + column];

	if (beyond || table->row_count * table->column_count < 2 || *cell != SIZE_MAX)
		return loosen(model, index);
	*cell = index;
	table->cell_count++;
	table->failed += !check->match;
	if (strcmp(table->formula, check->formula) != 0)
		*table->formula = '\0';
	return true;
}

/* A table without cells (its only check is loose) is no table. */
static void tables_prune(struct model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->table_count; i++) {
		struct check_table swap = model->tables[kept];

		if (model->tables[i].cell_count == 0)
			continue;
		model->tables[kept++] = model->tables[i];
		model->tables[i] = kept - 1 == i ? model->tables[i] : swap;
	}
	for (size_t i = kept; i < model->table_count; i++)
		check_table_clear(&model->tables[i]);
	model->table_count = kept;
}

static bool tables_fill(struct model *model, const uint32_t *table_index)
{
	for (size_t i = 0; i < model->table_count; i++)
		if (!cells_allocate(&model->tables[i]))
			return false;
	for (size_t i = 0; i < model->check_count; i++)
		if (table_index[i] == INDEX_NONE
				? !loosen(model, i)
				: !cell_fill(model, &model->tables[table_index[i]], i))
			return false;
	tables_prune(model);
	return true;
}

bool model_tables(struct model *model)
{
	uint32_t *table_index =
		calloc(model->check_count > 0 ? model->check_count : 1, sizeof(*table_index));
	struct index_map map = {0};
	bool ok = table_index != NULL;

	for (size_t i = 0; i < model->check_count && ok; i++) {
		const struct check *check = model->checks[i];

		model->checks_failed += !check->match;
		table_index[i] = INDEX_NONE;
		if (check->cell_count == 0)
			continue;
		struct check_table *table =
			table_of(model, &map, check, model->runs[model->check_runs[i]].part_of);
		ok = table != NULL &&
		     value_add(model, &table->rows, &table->row_count, row_of(check)) &&
		     value_add(model, &table->columns, &table->column_count, column_of(check));
		table_index[i] = ok ? (uint32_t)(table - model->tables) : INDEX_NONE;
	}
	ok = ok && tables_fill(model, table_index);
	model->summary.failed = model->checks_failed;
	model->summary.passed = model->check_count - model->checks_failed;
	index_map_free(&map);
	free(table_index);
	return ok;
}

void check_table_clear(struct check_table *table)
{
	for (size_t i = 0; i < table->row_count; i++)
		free(table->rows[i]);
	for (size_t i = 0; i < table->column_count; i++)
		free(table->columns[i]);
	free(table->rows);
	free(table->columns);
	free(table->cell);
	free(table->name);
	free(table->formula);
	free(table->where);
	free(table->row_key);
	free(table->column_key);
}
