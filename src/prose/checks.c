/* Checks: what was predicted, by which formula, and what was measured. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/prose_report.h"

char *prose_checks_title(const struct model *model, char *buffer, size_t size)
{
	snprintf(buffer, size, _("Checks: %zu of %zu as predicted"),
		model->check_count - model->checks_failed, model->check_count);
	return buffer;
}

const char *prose_failed_title(void)
{
	return _("Not as predicted");
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

static void cell_list(const struct check *check, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	for (size_t i = 0; i < check->cell_count; i++)
		phrase_add(&phrase, "%s%s=%s", i == 0 ? "" : " ", check->cells[i].key,
			check->cells[i].value);
}

/* "2 = min(n - 1, b_eff + 1) with b_eff = 1" */
static void prediction(const struct check *check, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char values[PROSE_LINE / 2];
	struct phrase lets = phrase_begin(values, sizeof(values));

	phrase_add(&phrase, "%s", check->predicted[0] != '\0' ? check->predicted : _("nothing"));
	if (strcmp(check->formula, check->predicted) != 0)
		phrase_add(&phrase, " = %s", check->formula);
	for (size_t i = 0; i < check->let_count; i++)
		if (names(check->formula, check->lets[i].key))
			phrase_item(&lets, "%s = %s", check->lets[i].key, check->lets[i].value);
	if (lets.used > 0)
		phrase_add(&phrase, _(" with %s"), values);
}

char *prose_check(const struct check *check, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char cells[PROSE_LINE / 2], predicted[PROSE_LINE];
	const char *measured = check->measured[0] != '\0' ? check->measured : _("nothing");

	cell_list(check, cells, sizeof(cells));
	prediction(check, predicted, sizeof(predicted));
	if (cells[0] != '\0')
		phrase_add(&phrase, _("%s (%s): predicted %s, measured %s"), check->name, cells,
			predicted, measured);
	else
		phrase_add(&phrase, _("%s: predicted %s, measured %s"), check->name, predicted,
			measured);
	if (check->query[0] != '\0')
		phrase_clause(&phrase, "%s", check->query);
	return buffer;
}

char *prose_check_problem(const struct check *check, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	char cells[PROSE_LINE / 2];

	if (check->problem[0] == '\0')
		return buffer;
	cell_list(check, cells, sizeof(cells));
	phrase_add(&phrase, "%s%s%s", cells, cells[0] != '\0' ? " " : "", check->problem);
	return buffer;
}

char *prose_table_title(
	const struct model *model, const struct check_table *table, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	phrase_add(&phrase, "%s", table->name);
	if (table->where[0] != '\0')
		phrase_add(&phrase, " (%s)", table->where);
	if (model->run_count > 1)
		phrase_add(&phrase, _(" in %s"), model->runs[table->run].name);
	if (table->formula[0] != '\0')
		phrase_add(&phrase, " = %s", table->formula);
	else
		phrase_add(&phrase, "%s", _(" (predicted cell by cell)"));
	return buffer;
}

char *prose_table_count(const struct check_table *table, char *buffer, size_t size)
{
	snprintf(buffer, size, _("%zu of %zu cells as predicted"),
		table->cell_count - table->failed, table->cell_count);
	return buffer;
}

char *prose_table_missing(size_t missing, char *buffer, size_t size)
{
	snprintf(buffer, size, _(", %zu not measured"), missing);
	return buffer;
}

char *prose_table_marks(const char *mark, char *buffer, size_t size)
{
	snprintf(buffer, size, _("; %s marks those that differ"), mark);
	return buffer;
}
