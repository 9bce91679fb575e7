/* What of a string from outside is shown otherwise than it is. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "tcpstate/escape.h"

static void shown_as(const char *text, const char *expected)
{
	char *out = escape_new(text);

	assert_string_equal(out, expected);
	assert_int_equal(escape_needed(text, strlen(text)), strcmp(text, expected) != 0);
	free(out);
}

static void ordinary_text_stays(void **state)
{
	(void)state;
	shown_as("", "");
	shown_as("bind 127.0.0.1:80 → \\x1b", "bind 127.0.0.1:80 → \\x1b");
	shown_as("轻量套接字 é ñ 🙂 …", "轻量套接字 é ñ 🙂 …");
	shown_as("\u00a0\u200d\ufffd", "\u00a0\u200d\ufffd");
}

static void controls_are_visible(void **state)
{
	(void)state;
	shown_as("\033]52;c;AAAA\a", "\\x1b]52;c;AAAA\\x07");
	shown_as("a\nb\tc\r\177", "a\\x0ab\\x09c\\x0d\\x7f");
	/* C1 as UTF-8: a terminal takes U+009B for CSI */
	shown_as("\xc2\x9b"
		 "31m"
		 "\xc2\x85",
		"\\u009b31m\\u0085");
}

static void direction_controls_are_visible(void **state)
{
	(void)state;
	shown_as("a\u202eb\u2066c\u200e\u061c", "a\\u202eb\\u2066c\\u200e\\u061c");
	shown_as("\u2028\u2029\ufeff\U000e0041", "\\u2028\\u2029\\ufeff\\ue0041");
	shown_as("a\u200bb\u2060c\u00add\u180e", "a\\u200bb\\u2060c\\u00add\\u180e");
}

static void what_is_no_utf8_is_visible(void **state)
{
	(void)state;
	shown_as("\x9b\x80z", "\\x9b\\x80z");        /* C1 as a byte; a lone continuation */
	shown_as("\xc0\x9b", "\\xc0\\x9b");          /* overlong ESC */
	shown_as("\xed\xa0\x80", "\\xed\\xa0\\x80"); /* a surrogate */
	shown_as("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	shown_as("\xe2\x80", "\\xe2\\x80");                   /* cut off */
}

static void it_is_cut_at_a_whole_character(void **state)
{
	char out[8];

	(void)state;
	assert_int_equal(escape_text(out, 6, "abc\033", 4), 3);
	assert_string_equal(out, "abc");
	assert_int_equal(escape_text(out, 8, "abc\033d", 5), 7);
	assert_string_equal(out, "abc\\x1b");
	assert_int_equal(escape_text(out, 3, "€", 3), 0);
	assert_int_equal(escape_text(out, 1, "a", 1), 0);
	assert_string_equal(out, "");
}

/* Every pair of bytes: what comes out is printable, UTF-8, and needs no escape any more. */
static void nothing_escapes_twice(void **state)
{
	(void)state;
	for (unsigned first = 1; first < 256; first++)
		for (unsigned second = 1; second < 256; second++) {
			const char text[] = {(char)first, (char)second, '\0'};
			char *once = escape_new(text);

			assert_false(escape_needed(once, strlen(once)));
			assert_true(strlen(once) <= 2 * ESCAPE_GROWTH);
			free(once);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ordinary_text_stays),
		cmocka_unit_test(controls_are_visible),
		cmocka_unit_test(direction_controls_are_visible),
		cmocka_unit_test(what_is_no_utf8_is_visible),
		cmocka_unit_test(it_is_cut_at_a_whole_character),
		cmocka_unit_test(nothing_escapes_twice)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
