/* Recordings beside each other: which checks are the same check, and which did not come out alike.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tcpstate/compare.h"
#include "tcpstate/prose_report.h"

struct told { /* a check: name, the value of its cell b ("" none), what was predicted and measured
	       */
	const char *name, *b, *predicted, *measured;
};

static void tell(struct model *model, const struct told *told, int64_t t_ns)
{
	struct cell cell = {(char *)"b", (char *)told->b};
	struct check check = {.t_ns = t_ns,
		.name = (char *)told->name,
		.cells = &cell,
		.cell_count = told->b[0] != '\0',
		.formula = (char *)told->predicted,
		.predicted = (char *)told->predicted,
		.query = (char *)"text",
		.measured = (char *)told->measured,
		.problem = (char *)"",
		.match = strcmp(told->predicted, told->measured) == 0};
	struct event event = {.kind = EVENT_CHECK, .t_ns = t_ns, .u.fact.check = &check};
	struct record record = {.kind = RECORD_CHECK, .t_ns = t_ns, .event = &event};

	model_take(model, &record);
}

static const struct model *recording(const char *name, const struct told *told, size_t count)
{
	struct model *model = model_new();

	assert_non_null(model);
	assert_int_equal(model_run(model, name, ""), 0);
	for (size_t i = 0; i < count; i++)
		tell(model, &told[i], (int64_t)i + 1);
	assert_int_equal(model_finish(model), 0);
	return model;
}

static void only_what_came_out_differently_is_told(void **state)
{
	static const struct told anna[] = {{"up", "", "1", "1"}, {"q", "0", "1", "1"},
		{"q", "1", "2", "2"}, {"last", "", "x", "x"}},
				 ben[] = {{"q", "1", "2", "3"}, {"q", "0", "1", "1"},
					 {"up", "", "1", "1"}},
				 carl[] = {{"up", "", "1", "1"}, {"q", "0", "1", "1"},
					 {"q", "1", "2", "3"}, {"last", "", "x", "x"}};
	const struct model *models[] = {
		recording("anna", anna, 4), recording("ben", ben, 3), recording("carl", carl, 4)};
	struct comparison comparison;
	char text[256];

	(void)state;
	assert_int_equal(comparison_make(&comparison, models, 3), 0);
	assert_int_equal(comparison.alike, 2);
	assert_int_equal(comparison.difference_count, 2);
	/* in the order in which they were made */
	assert_string_equal(
		prose_compare_check(difference_check(&comparison, 0), text, sizeof(text)),
		"q (b=1)");
	assert_string_equal(prose_compare_shared(&comparison, 0, 0, text, sizeof(text)),
		"2, as predicted: anna");
	/* two of three came out alike: the third is marked, and who was not as predicted */
	assert_int_equal(comparison.differences[0].usual, 1);
	assert_string_equal(prose_compare_cell(&comparison, 0, 0, text, sizeof(text)), "2\u00a0≠");
	assert_string_equal(prose_compare_cell(&comparison, 0, 1, text, sizeof(text)), "3\u00a0✗");
	assert_string_equal(prose_compare_predicted(&comparison, 0, text, sizeof(text)), "2");
	assert_string_equal(
		prose_compare_cell(&comparison, 1, 1, text, sizeof(text)), "not checked\u00a0≠");
	assert_string_equal(prose_compare_cell(&comparison, 1, 2, text, sizeof(text)), "x");
	assert_string_equal(prose_compare_marks(&comparison, text, sizeof(text)),
		"✗ not as predicted; ≠ not as in most recordings");
	assert_int_equal(comparison.differences[0].like[1], 1);
	assert_int_equal(comparison.differences[0].like[2], 1);
	assert_string_equal(prose_compare_shared(&comparison, 0, 1, text, sizeof(text)),
		"3, where 2 was predicted: ben, carl");
	assert_string_equal(
		prose_compare_check(difference_check(&comparison, 1), text, sizeof(text)), "last");
	assert_string_equal(
		prose_compare_shared(&comparison, 1, 1, text, sizeof(text)), "not checked: ben");
	assert_string_equal(prose_compare_differences(&comparison, text, sizeof(text)),
		"2 checks are not the same in all recordings; 2 are.");
	assert_string_equal(prose_compare_checks(models[1], text, sizeof(text)), "2 of 3");
	comparison_clear(&comparison);
	for (int i = 0; i < 3; i++)
		model_free((struct model *)(uintptr_t)models[i]);
}

static void a_check_made_twice_is_compared_by_its_turn(void **state)
{
	static const struct told one[] = {{"q", "0", "1", "1"}, {"q", "0", "2", "2"}},
				 other[] = {{"q", "0", "1", "1"}, {"q", "0", "2", "1"}};
	const struct model *models[] = {recording("one", one, 2), recording("other", other, 2)};
	struct comparison comparison;

	(void)state;
	assert_int_equal(comparison_make(&comparison, models, 2), 0);
	assert_int_equal(comparison.alike, 1);
	assert_int_equal(comparison.difference_count, 1);
	assert_string_equal(comparison.differences[0].of[1]->predicted, "2");
	comparison_clear(&comparison);
	for (int i = 0; i < 2; i++)
		model_free((struct model *)(uintptr_t)models[i]);
}

static void recordings_without_checks_have_nothing_to_compare(void **state)
{
	const struct model *models[] = {recording("one", NULL, 0), recording("other", NULL, 0)};
	struct comparison comparison;
	char text[256];

	(void)state;
	assert_int_equal(comparison_make(&comparison, models, 2), 0);
	assert_int_equal(comparison.difference_count + comparison.alike, 0);
	assert_string_equal(prose_compare_differences(&comparison, text, sizeof(text)),
		"No recording has checks.");
	assert_string_equal(prose_compare_findings(models[0], text, sizeof(text)), "none");
	comparison_clear(&comparison);
	for (int i = 0; i < 2; i++)
		model_free((struct model *)(uintptr_t)models[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_came_out_differently_is_told),
		cmocka_unit_test(a_check_made_twice_is_compared_by_its_turn),
		cmocka_unit_test(recordings_without_checks_have_nothing_to_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
