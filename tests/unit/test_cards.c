/* The cards at the top of a page: a line per sentence, four at most; what is more folds open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/prose/answers.h"
#include "script.h"

/* The card of who was left out. */
static void left_out_is(const char *const *lines, const char *expected)
{
	struct script script;
	struct page_answer *answers = calloc(PAGE_ANSWERS, sizeof(*answers));

	script_read(&script, lines);
	struct model *model = script_model(&script);
	assert_non_null(answers);
	page_answers(model, answers);
	assert_string_equal(answers[1].text, expected);
	free(answers);
	model_free(model);
}

static void each_sentence_has_a_line(void **state)
{
	(void)state;
	left_out_is(LINES("0.010 listen 2/1", "0.100 C>S S 100 0", "0.900 dump-end"),
		"\005\001c0\002: never got in.\006 The SYN met a full accept queue: 2 waiting, "
		"room for 2 (backlog 1 + 1).");
}

static void the_sixth_sentence_folds_open(void **state)
{
	struct page_answer answer = {0};

	(void)state;
	for (int i = 0; i < 5; i++)
		answer_say(&answer, "So it was.");
	assert_string_equal(
		answer.text, "So it was.\nSo it was.\nSo it was.\nSo it was.\nSo it was.");
	assert_string_equal(answer.more, "");
	answer_say(&answer, "And more.");
	answer_say(&answer, "And more.");
	assert_string_equal(
		answer.text, "So it was.\nSo it was.\nSo it was.\nSo it was.\nSo it was.");
	assert_string_equal(answer.more, "And more. And more.");
}

/* All that follows one that is too wide is in the fold, too: their order stays. */
static void a_sentence_that_is_too_wide_folds_open_with_those_behind_it(void **state)
{
	struct page_answer answer = {0};
	char wide[700];

	(void)state;
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	answer_say(&answer, "First.");
	answer_say(&answer, wide);
	answer_say(&answer, "Last.");
	assert_string_equal(answer.text, "First.");
	assert_int_equal(strlen(answer.more), strlen(wide) + strlen(" Last."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sentence_has_a_line),
		cmocka_unit_test(the_sixth_sentence_folds_open),
		cmocka_unit_test(a_sentence_that_is_too_wide_folds_open_with_those_behind_it),
	};

	return cmocka_run_group_tests_name("cards", tests, NULL, NULL);
}
