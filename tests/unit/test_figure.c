/* The state diagram against the rules: what it draws for Linux some segment, call or timer takes,
 * what it says Linux lacks none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../src/evidence/engine.h"
#include "tcpstate/prose.h"
#include "tcpstate/state.h"

/* Steps of the rules that lead there, as sock_diag shows the states. Listeners have no rules: they
 * come by listen(), make requests of SYNs, and go by close(). */
static int rules_that_take(unsigned from, unsigned to)
{
	int count = (from == STATE_CLOSED && to == STATE_LISTEN) ||
		    (from == STATE_LISTEN && (to == STATE_CLOSED || to == STATE_SYN_RECV));
	uint8_t next, reason;

	rules_prepare();
	for (unsigned state = 0; state < STATES; state++) {
		if (rules_shown(state) != from || from == STATE_LISTEN)
			continue;
		for (unsigned on = 0; on < OWNS; on++)
			count += rules_own(state, on)->cost == FREE &&
				 rules_shown(rules_own(state, on)->to) == to;
		for (unsigned on = 0; on < GOTS; on++)
			count += rules_got(state, on)->cost == FREE &&
				 rules_shown(rules_got(state, on)->to) == to;
		for (unsigned end = 0; end < STATES; end++)
			count += rules_shown(end) == to && end != state &&
				 rules_route(state, end, &next, &reason) < MISSED && next == end;
	}
	return count;
}

static void every_drawn_edge_is_taken_by_something_and_the_others_by_nothing(void **state)
{
	int drawn = 0, lacking = 0;

	(void)state;
	for (const struct figure_edge *edge = state_figure; edge->to != STATE_UNKNOWN; edge++) {
		if (edge->figure == FIGURE_EDGE)
			assert_in_range(rules_that_take(edge->from, edge->to), 1, 99);
		else
			assert_int_equal(rules_that_take(edge->from, edge->to), 0);
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
			if (rules_that_take(from, to) > 0 &&
				state_figure_has(from, to) == FIGURE_NONE)
				/* or leaves a cookie; or takes a FIN that had waited for its own */
				assert_true(from == to || to == STATE_CLOSED ||
					    from == STATE_CLOSED ||
					    (from == STATE_ESTABLISHED && to == STATE_CLOSING));
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
