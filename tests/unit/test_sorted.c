/* Where equal items begin and end in a sorted array, against a count by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcpstate/sorted.h"

static int by_number(const void *left, const void *right)
{
	const int *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void places_are_those_counted_by_hand(void **state)
{
	static const int items[] = {-3, 1, 1, 1, 4, 9, 9};
	static const struct {
		int wanted;
		size_t before, upto;
	} places[] = {{-9, 0, 0}, {-3, 0, 1}, {0, 1, 1}, {1, 1, 4}, {4, 4, 5}, {5, 5, 5}, {9, 5, 7},
		{10, 7, 7}};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const int *wanted = &places[i].wanted;

		assert_int_equal(sorted_before(wanted, items, 7, sizeof(items[0]), by_number),
			places[i].before);
		assert_int_equal(
			sorted_upto(wanted, items, 7, sizeof(items[0]), by_number), places[i].upto);
	}
}

static void of_nothing_all_is_none(void **state)
{
	int wanted = 1;

	(void)state;
	assert_int_equal(sorted_before(&wanted, NULL, 0, sizeof(int), by_number), 0);
	assert_int_equal(sorted_upto(&wanted, NULL, 0, sizeof(int), by_number), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(places_are_those_counted_by_hand),
		cmocka_unit_test(of_nothing_all_is_none)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
