/* Memory that is refused, at one allocation after another, while a report is made: nothing crashes,
 * nothing leaks (the sanitized build says), and the next report is made as before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../hostile/refusals.h"

/* make check is to end soon (tests/README.md) */
static bool is_short(void)
{
	const char *text = getenv("LONG");

	return text != NULL && *text == '\0';
}

static void a_report_of_a_recording_may_get_no_memory(void **state)
{
	(void)state;
	assert_true(refusals("tests/golden/recordings/full-queue", is_short() ? 11 : 2) > 100);
}

static void a_report_of_many_checks_may_get_no_memory(void **state)
{
	(void)state;
	assert_true(refusals("tests/golden/recordings/wide-checks", is_short() ? 61 : 31) > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_of_a_recording_may_get_no_memory),
		cmocka_unit_test(a_report_of_many_checks_may_get_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
