/* Who reset a connection that waited in an accept queue: its listener's close, as long as that may
 * take, and not the close of another time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "script.h"

static const struct record *last_edge_of_server(const struct model *model)
{
	const struct record *last = NULL;

	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;

		if (!record->listener && record->from == STATE_ESTABLISHED &&
			record->to == STATE_CLOSED && record->reason.code != REASON_RST_RECEIVED)
			last = record;
	}
	assert_non_null(last);
	return last;
}

/* The waiting connection, then these lines: was it the listener that closed? */
static void reset_is(bool wanted, const char *const *then)
{
	static const char *const waiting[] = {"0.010 address S", "0.020 listen 0/5",
		"0.100 C>S S 100 0", "0.1001 S>C SA 300 101", "0.1002 C>S A 101 301",
		"0.110 row S ESTABLISHED unaccepted", "0.115 listen 1/5"};
	const char *lines[16];
	struct script script;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
		lines[count++] = waiting[i];
	for (size_t i = 0; then[i] != NULL; i++)
		lines[count++] = then[i];
	lines[count] = NULL;
	script_read(&script, lines);
	struct model *model = script_model(&script);
	assert_non_null(model);
	bool came = last_edge_of_server(model)->reason.code == REASON_LISTENER_CLOSED;
	assert_int_equal(came, wanted);
	model_free(model);
}

static void a_reset_at_the_listeners_end_is_its_close(void **state)
{
	(void)state;
	reset_is(true, LINES("0.490 row S ESTABLISHED unaccepted", "0.500 unlistened",
			       "0.505 S>C RA 301 101"));
}

static void so_is_one_that_had_to_wait_for_a_processor(void **state)
{
	(void)state;
	reset_is(true, LINES("0.490 row S ESTABLISHED unaccepted", "0.500 unlistened",
			       "0.590 S>C RA 301 101"));
}

static void with_a_listener_there_it_may_have_been_anything(void **state)
{
	(void)state;
	reset_is(false, LINES("0.490 row S ESTABLISHED unaccepted", "0.500 unlistened",
				"0.520 listen 0/5 cookie 77", "0.590 S>C RA 301 101"));
}

static void a_reset_before_the_close_is_none_of_its_own(void **state)
{
	(void)state;
	reset_is(false, LINES("0.290 row S ESTABLISHED unaccepted", "0.300 S>C RA 301 101",
				"0.400 listen 0/5", "0.900 unlistened"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_at_the_listeners_end_is_its_close),
		cmocka_unit_test(so_is_one_that_had_to_wait_for_a_processor),
		cmocka_unit_test(with_a_listener_there_it_may_have_been_anything),
		cmocka_unit_test(a_reset_before_the_close_is_none_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
