/* The numbers, times and texts of a JSON report, at the lengths where they change their form. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/sink/jsonwriter.h"

/* {"n":VALUE} as the writer has it; the caller frees it. */
static char *written(void (*put)(struct jsonwriter *, const void *), const void *value)
{
	struct jsonwriter json;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	json_lines(&json, out);
	json_line(&json, NULL);
	put(&json, value);
	json_line_end(&json);
	json_lines_end(&json);
	fclose(out);
	return text;
}

static void put_unsigned(struct jsonwriter *json, const void *value)
{
	json_unsigned(json, "n", *(const uint64_t *)value);
}

static void put_text(struct jsonwriter *json, const void *value)
{
	json_text(json, "n", value);
}

static void is_written(uint64_t value)
{
	char expected[64];
	char *text = written(put_unsigned, &value);

	snprintf(expected, sizeof(expected), "{\"n\":%" PRIu64 "}\n", value);
	assert_string_equal(text, expected);
	free(text);
}

static void numbers_have_all_their_digits_and_no_more(void **state)
{
	(void)state;
	is_written(0);
	is_written(UINT64_MAX);
	for (uint64_t ten = 1, count = 0; count < 20; count++, ten *= 10) {
		is_written(ten - 1);
		is_written(ten);
		is_written(ten + 1);
	}
	for (unsigned bit = 0; bit < 64; bit++) {
		is_written((UINT64_C(1) << bit) - 1);
		is_written(UINT64_C(1) << bit);
	}
}

static void texts_of_any_length_are_whole(void **state)
{
	enum { LONGEST = 9000 /* more than the writer's buffer */ };
	static char value[LONGEST + 1], expected[LONGEST + 16];

	(void)state;
	for (size_t length = 0; length <= LONGEST; length += length < 70 ? 1 : 893) {
		for (size_t i = 0; i < length; i++)
			value[i] = (char)('a' + i % 26);
		value[length] = '\0';
		char *text = written(put_text, value);
		snprintf(expected, sizeof(expected), "{\"n\":\"%s\"}\n", value);
		assert_string_equal(text, expected);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_all_their_digits_and_no_more),
		cmocka_unit_test(texts_of_any_length_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
