/* The names of a prediction are the cell's values that are whole numbers, and the --let values,
 * each of which may use those before it. */
#include "judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/lang.h"
#include "tcpstate/formula.h"

enum { NAMES_MAX = 128 };

struct names {
	struct formula_name list[NAMES_MAX];
	size_t count;
};

static char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return strdup(text != NULL ? text : "");
}

static bool number_of(const char *text, int64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoll(text, &end, 10);
	return !errno && end != text && !*end;
}

/* The newest meaning of a name counts, and formula_evaluate() takes the first: newer ones are put
 * in front. */
static int name_add(struct names *names, const char *name, int64_t value, struct error *error)
{
	if (names->count == NAMES_MAX)
		return error_set(error, "more than %d cells and lets", NAMES_MAX);
	memmove(names->list + 1, names->list, names->count * sizeof(names->list[0]));
	names->list[0] = (struct formula_name){name, value};
	names->count++;
	return 0;
}

static struct cell *cells_new(size_t count)
{
	return calloc(count ? count : 1, sizeof(struct cell));
}

static int cells_take(
	struct check *check, const json_t *pairs, struct names *names, struct error *error)
{
	int64_t value;

	check->cells = cells_new(json_array_size(pairs));
	if (check->cells == NULL)
		return error_set(error, "out of memory");
	for (size_t i = 0; i < json_array_size(pairs); i++) {
		const json_t *pair = json_array_get(pairs, i);
		const char *name = json_string_value(json_array_get(pair, 0)),
			   *text = json_string_value(json_array_get(pair, 1));
		struct cell *cell = &check->cells[check->cell_count];

		if (name == NULL || text == NULL)
			return error_set(error, "a cell is [name, value]");
		*cell = (struct cell){strdup(name), strdup(text)};
		check->cell_count++;
		if (cell->key == NULL || cell->value == NULL)
			return error_set(error, "out of memory");
		if (number_of(text, &value) && formula_name_valid(name) &&
			name_add(names, cell->key, value, error))
			return -1;
	}
	return 0;
}

static int let_value(const struct query_context *context, const char *expression,
	const struct names *names, int64_t *value, struct error *error)
{
	struct formula_names known = {names->list, names->count};
	char *measured;
	int result = 0;

	if (!query_known(expression))
		return formula_evaluate(expression, &known, value, error);
	measured = query_measure(context, expression, error);
	if (measured == NULL)
		return -1;
	if (!number_of(measured, value))
		result = error_set(error, "\"%s\" is no whole number", measured);
	free(measured);
	return result;
}

static int lets_take(const struct query_context *context, struct check *check, const json_t *pairs,
	struct names *names, struct error *error)
{
	check->lets = cells_new(json_array_size(pairs));
	if (check->lets == NULL)
		return error_set(error, "out of memory");
	for (size_t i = 0; i < json_array_size(pairs); i++) {
		const json_t *pair = json_array_get(pairs, i);
		const char *name = json_string_value(json_array_get(pair, 0)),
			   *expression = json_string_value(json_array_get(pair, 1));
		struct cell *let = &check->lets[check->let_count];
		int64_t value;
		char text[32];

		if (name == NULL || expression == NULL)
			return error_set(error, "a let is [name, expression]");
		if (let_value(context, expression, names, &value, error))
			return error_context(error, "--let %s=%s", name, expression);
		snprintf(text, sizeof(text), "%" PRId64, value);
		*let = (struct cell){strdup(name), strdup(text)};
		check->let_count++;
		if (let->key == NULL || let->value == NULL)
			return error_set(error, "out of memory");
		if (name_add(names, let->key, value, error))
			return -1;
	}
	return 0;
}

static int compare(const struct query_context *context, struct check *check,
	const struct names *names, struct error *error)
{
	struct formula_names known = {names->list, names->count};
	struct prediction prediction = {0};
	char *measured = query_measure(context, check->query, error), *predicted;
	struct error why;

	if (prediction_parse(check->formula, &known, &prediction, &why)) {
		free(measured);
		return error_set(error, "PREDICTED \"%s\": %s", check->formula, why.text);
	}
	predicted = prediction_text(&prediction);
	if (predicted != NULL) {
		free(check->predicted);
		check->predicted = predicted;
	}
	if (measured != NULL) {
		free(check->measured);
		check->measured = measured;
		check->match = prediction_holds(&prediction, measured);
	}
	prediction_clear(&prediction);
	if (predicted == NULL)
		return error_set(error, "out of memory");
	return measured != NULL ? 0 : -1;
}

struct check *judge_check(
	const struct query_context *context, const json_t *asked, const json_t *options)
{
	struct check *check = calloc(1, sizeof(*check));
	struct names names = {.count = 0};
	struct error error = {.text = ""};
	bool spoke;

	if (check == NULL)
		return NULL;
	spoke = lang_speak(false); /* it becomes a fact of the recording */
	check->t_ns = context->look->t_ns;
	check->name = text_of(asked, "name");
	check->formula = text_of(asked, "predicted");
	check->query = text_of(asked, "query");
	check->predicted = strdup("");
	check->measured = strdup("");
	if (check->name == NULL || check->formula == NULL || check->query == NULL ||
		check->predicted == NULL || check->measured == NULL)
		goto out;
	if (cells_take(check, json_object_get(options, "cells"), &names, &error) ||
		lets_take(context, check, json_object_get(options, "lets"), &names, &error) ||
		compare(context, check, &names, &error))
		check->match = false;
	check->problem = strdup(error.text);
	lang_speak(spoke);
	if (check->problem != NULL)
		return check;
out:
	lang_speak(spoke);
	check_free(check);
	return NULL;
}
