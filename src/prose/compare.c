/* What is said of recordings beside each other. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "phrase.h"
#include "tcpstate/columns.h"
#include "tcpstate/compare.h"
#include "tcpstate/prose_report.h"

char *prose_compare_title(const struct comparison *comparison, char *buffer, size_t size)
{
	snprintf(buffer, size,
		ngettext("Comparison of %zu recording", "Comparison of %zu recordings",
			comparison->count),
		comparison->count);
	return buffer;
}

char *prose_compare_checks(const struct model *model, char *buffer, size_t size)
{
	if (model->check_count == 0)
		snprintf(buffer, size, "%s", _("none"));
	else
		snprintf(buffer, size, _("%zu of %zu"), model->check_count - model->checks_failed,
			model->check_count);
	return buffer;
}

char *prose_compare_findings(const struct model *model, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	for (unsigned code = 0; code < FINDING_MAX; code++) {
		size_t count = 0;

		for (size_t i = 0; i < model->finding_count; i++)
			count += model->findings[i].code == code;
		if (count == 1)
			phrase_item(&phrase, "%s", finding_word(code));
		else if (count > 1)
			phrase_item(&phrase, "%s" COLUMNS_GLUE "(%zu)", finding_word(code), count);
	}
	if (phrase.used == 0)
		phrase_add(&phrase, "%s", _("none"));
	return buffer;
}

char *prose_compare_differences(const struct comparison *comparison, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);
	size_t differ = comparison->difference_count, alike = comparison->alike;

	if (differ + alike == 0)
		phrase_add(&phrase, "%s", _("No recording has checks."));
	else if (differ == 0)
		phrase_add(&phrase,
			ngettext("The %zu check came out the same in all recordings.",
				"All %zu checks came out the same in all recordings.", alike),
			alike);
	else
		phrase_add(&phrase,
			ngettext("%zu check is not the same in all recordings; %zu are.",
				"%zu checks are not the same in all recordings; %zu are.", differ),
			differ, alike);
	return buffer;
}

char *prose_compare_check(const struct check *check, char *buffer, size_t size)
{
	struct phrase phrase = phrase_begin(buffer, size);

	phrase_add(&phrase, "%s", check->name);
	for (size_t i = 0; i < check->cell_count; i++)
		phrase_add(&phrase, "%s%s=%s", i == 0 ? " (" : ", ", check->cells[i].key,
			check->cells[i].value);
	phrase_add(&phrase, "%s", check->cell_count > 0 ? ")" : "");
	return buffer;
}

char *prose_compare_value(const struct check *check, char *buffer, size_t size)
{
	if (check == NULL)
		snprintf(buffer, size, "%s", _("not checked"));
	else if (check->problem[0] != '\0')
		snprintf(buffer, size, _("not measured: %s"), check->problem);
	else if (check->match)
		snprintf(buffer, size, _("%s, as predicted"), check->measured);
	else
		snprintf(buffer, size, _("%s, where %s was predicted"), check->measured,
			check->predicted);
	return buffer;
}

char *prose_compare_cell(const struct comparison *comparison, size_t difference, size_t recording,
	char *buffer, size_t size)
{
	const struct difference *one = &comparison->differences[difference];
	const struct check *check = one->of[recording];
	const char *mark = one->usual != SIZE_MAX && one->like[recording] != one->usual
				   ? COLUMNS_GLUE "≠"
				   : "";

	if (check == NULL)
		snprintf(buffer, size, "%s%s", _("not checked"), mark);
	else if (check->problem[0] != '\0')
		snprintf(buffer, size, "%s" COLUMNS_GLUE "✗%s", _("not measured"), mark);
	else
		snprintf(buffer, size, "%s%s%s", check->measured,
			check->match ? "" : COLUMNS_GLUE "✗", mark);
	return buffer;
}

char *prose_compare_predicted(
	const struct comparison *comparison, size_t difference, char *buffer, size_t size)
{
	const struct difference *one = &comparison->differences[difference];
	struct phrase phrase = phrase_begin(buffer, size);

	for (size_t i = 0; i < comparison->count; i++) {
		bool told = one->of[i] == NULL;

		for (size_t k = 0; k < i && !told; k++)
			told = one->of[k] != NULL &&
			       strcmp(one->of[k]->predicted, one->of[i]->predicted) == 0;
		if (!told)
			phrase_add(&phrase, "%s%s", phrase.used > 0 ? _(", ") : "",
				one->of[i]->predicted);
	}
	return buffer;
}

char *prose_compare_marks(const struct comparison *comparison, char *buffer, size_t size)
{
	bool wrong = false, unusual = false;

	for (size_t d = 0; d < comparison->difference_count; d++) {
		const struct difference *one = &comparison->differences[d];

		for (size_t i = 0; i < comparison->count; i++) {
			wrong |= one->of[i] != NULL && !one->of[i]->match;
			unusual |= one->usual != SIZE_MAX && one->like[i] != one->usual;
		}
	}
	snprintf(buffer, size, "%s%s%s", wrong ? _("✗ not as predicted") : "",
		wrong && unusual ? _("; ") : "", unusual ? _("≠ not as in most recordings") : "");
	return buffer;
}

char *prose_compare_shared(const struct comparison *comparison, size_t difference, size_t first,
	char *buffer, size_t size)
{
	const struct difference *one = &comparison->differences[difference];
	struct phrase phrase = phrase_begin(buffer, size);
	char value[PROSE_LINE];

	phrase_add(&phrase, "%s%s", prose_compare_value(one->of[first], value, sizeof(value)),
		_(": "));
	for (size_t i = first; i < comparison->count; i++)
		if (one->like[i] == first)
			phrase_add(&phrase, "%s%s", i > first ? _(", ") : "",
				comparison->models[i]->runs[0].name);
	return buffer;
}
