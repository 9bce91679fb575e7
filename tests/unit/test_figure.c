/* The state diagram against the tables of the machine: what it draws for Linux some call, segment
 * or timer takes, what it says Linux lacks none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tcpstate/prose.h"
#include "tcpstate/state.h"

static int inputs_that_take(unsigned from, unsigned to)
{
	int count = 0;

	for (int i = 0; i < CALL_MAX; i++)
		count += state_calls[from][i].section != NULL && state_calls[from][i].to == to;
	for (int i = 0; i < SEG_MAX; i++)
		count +=
			state_segments[from][i].section != NULL && state_segments[from][i].to == to;
	for (int i = 0; i < TIMER_MAX; i++)
		count += state_timers[from][i].section != NULL && state_timers[from][i].to == to;
	return count;
}

static void every_drawn_edge_is_taken_by_something_and_the_others_by_nothing(void **state)
{
	int drawn = 0, lacking = 0;

	(void)state;
	for (const struct figure_edge *edge = state_figure; edge->to != STATE_UNKNOWN; edge++) {
		if (edge->figure == FIGURE_EDGE)
			assert_in_range(inputs_that_take(edge->from, edge->to), 1, 9);
		else
			assert_int_equal(inputs_that_take(edge->from, edge->to), 0);
		drawn += edge->figure == FIGURE_EDGE;
		lacking += edge->figure == FIGURE_NOT_LINUX;
		assert_string_not_equal(prose_edge(edge->from, edge->to), "");
	}
	assert_int_equal(drawn, 18);
	assert_int_equal(lacking, 2);
}

static void what_only_the_machine_has_ends_a_connection_out_of_turn(void **state)
{
	(void)state;
	for (unsigned from = STATE_UNKNOWN + 1; from < STATE_MAX; from++)
		for (unsigned to = STATE_UNKNOWN + 1; to < STATE_MAX; to++)
			if (inputs_that_take(from, to) > 0 &&
				state_figure_has(from, to) == FIGURE_NONE)
				assert_true(to == STATE_CLOSED ||
					    (from == STATE_SYN_RECV && to == STATE_CLOSE_WAIT));
	assert_int_equal(state_figure_has(STATE_ESTABLISHED, STATE_CLOSED), FIGURE_NONE);
	assert_int_equal(state_figure_has(STATE_LISTEN, STATE_SYN_SENT), FIGURE_NOT_LINUX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_drawn_edge_is_taken_by_something_and_the_others_by_nothing),
		cmocka_unit_test(what_only_the_machine_has_ends_a_connection_out_of_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
