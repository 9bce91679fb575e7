/* Widths and line breaks: words stay whole, ideographs may be parted, punctuation stays with what
 * it follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "tcpstate/columns.h"

static void widths(void **state)
{
	(void)state;
	assert_int_equal(columns_of(""), 0);
	assert_int_equal(columns_of("SYN → ACK"), 9);
	assert_int_equal(columns_of("收到 SYN"), 8);
	assert_int_equal(columns_of("半连接队列，"), 12);
	assert_int_equal(columns_of("e\xcc\x81"), 1); /* a combining accent */
	assert_int_equal(columns_of("\xff\xfe"), 2);  /* no UTF-8: a column a byte */
	assert_int_equal(columns_of("\xe4\xb8"), 2);  /* cut within a character */
	assert_int_equal(columns_of_bytes("收到", 3), 2);
}

/* The lines of text folded into ROOM columns, each ended by '|'. */
static const char *folded(const char *text, size_t room)
{
	static char lines[512];
	size_t used = 0;

	lines[0] = '\0';
	while (*text != '\0') {
		const char *next;
		size_t length = columns_line(text, room, &next);

		used += (size_t)snprintf(
			lines + used, sizeof(lines) - used, "%.*s|", (int)length, text);
		assert_true(next > text);
		text = next;
	}
	return lines;
}

static void breaks(void **state)
{
	(void)state;
	assert_string_equal(folded("one two three", 7), "one two|three|");
	assert_string_equal(folded("one two three", 6), "one|two|three|");
	assert_string_equal(folded("one   two", 9), "one   two|");
	assert_string_equal(folded("one   two", 8), "one|two|");
	assert_string_equal(folded("unbreakable word", 4), "unbreakable|word|");
	assert_string_equal(
		folded("server: 1" COLUMNS_GLUE "LISTEN", 9), "server:|1" COLUMNS_GLUE "LISTEN|");
	assert_string_equal(folded("内核仍持有", 4), "内核|仍持|有|");
	assert_string_equal(folded("内核仍持有", 5), "内核|仍持|有|");
	/* no line begins with a full stop, none ends with an opening bracket */
	assert_string_equal(folded("内核。持有", 4), "内|核。|持有|");
	assert_string_equal(folded("内（核）持", 4), "内|（核）|持|");
	assert_string_equal(folded("收到SYN_RECV状态", 8), "收到|SYN_RECV|状态|");
	assert_string_equal(folded("收到 SYN 之后", 8), "收到 SYN|之后|");
	assert_string_equal(folded("\xff\xfe \xff", 2), "\xff\xfe|\xff|");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(widths), cmocka_unit_test(breaks)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
