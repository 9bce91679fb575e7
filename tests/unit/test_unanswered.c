/* Which SYNs met a full accept queue: the kernel is asked now and then, and what it shows later
 * tells of the SYN where nobody joined the queue in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "script.h"

/* The cause of the first SYN without answer. */
static void cause_is(const char *const *lines, int cause, uint32_t queue)
{
	struct script script;
	struct model *model;

	script_read(&script, lines);
	model = script_model(&script);
	assert_non_null(model);
	assert_true(model->unanswered_count > 0);
	assert_int_equal(model->unanswered[0].cause, cause);
	assert_int_equal(model->unanswered[0].queue, queue);
	model_free(model);
}

static void a_queue_shown_full_before_was_full(void **state)
{
	(void)state;
	cause_is(LINES("0.010 listen 2/1", "0.100 C>S S 100 0", "0.900 dump-end"),
		UNANSWERED_QUEUE_FULL, 2);
}

static void a_queue_shown_full_later_was_full_if_nobody_joined_it(void **state)
{
	(void)state;
	cause_is(LINES("0.010 listen 0/1", "0.100 C>S S 100 0", "0.500 listen 2/1",
			 "0.900 dump-end"),
		UNANSWERED_QUEUE_FULL, 2);
	cause_is(LINES("0.100 C>S S 100 0", "0.500 listen 1/0", "0.900 dump-end"),
		UNANSWERED_QUEUE_FULL, 1);
}

static void who_joined_meanwhile_may_have_filled_it(void **state)
{
	(void)state;
	cause_is(LINES("0.010 listen 0/1", "0.100 C>S S 100 0", "1.100 C>S S 100 0",
			 "1.1001 S>C SA 300 101", "1.1002 C>S A 101 301", "1.500 listen 2/1",
			 "1.900 dump-end"),
		UNANSWERED_UNKNOWN, 0);
}

static void a_backlog_lowered_meanwhile_may_have_made_it_full(void **state)
{
	(void)state;
	cause_is(LINES("0.010 listen 2/128", "0.100 C>S S 100 0", "0.500 listen 2/1",
			 "0.900 dump-end"),
		UNANSWERED_UNKNOWN, 0);
}

static void a_queue_with_room_at_the_next_look_says_nothing(void **state)
{
	(void)state;
	cause_is(LINES("0.010 listen 0/1", "0.100 C>S S 100 0", "0.500 listen 1/1",
			 "0.800 listen 2/1", "0.900 dump-end"),
		UNANSWERED_UNKNOWN, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_queue_shown_full_before_was_full),
		cmocka_unit_test(a_queue_shown_full_later_was_full_if_nobody_joined_it),
		cmocka_unit_test(who_joined_meanwhile_may_have_filled_it),
		cmocka_unit_test(a_backlog_lowered_meanwhile_may_have_made_it_full),
		cmocka_unit_test(a_queue_with_room_at_the_next_look_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
