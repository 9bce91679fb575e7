/* What a scenario's findings say of an end that waits: for an acknowledgement, or for a window
 * (findings.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define LINES(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
#define FOUND(name, lines, expected)                                                               \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		findings_expect(lines, expected);                                                  \
	}
#define HANDSHAKE "0.100 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301"

static void take(void *context, const struct record *record)
{
	char *text = context;
	size_t used = strlen(text);
	const int64_t *arg = record->reason.arg;

	if (record->kind == RECORD_FINDING)
		snprintf(text + used, 512 - used, "%c %s(%d,%d,%d) ",
			record->key.addr[record->side][3] == 1 ? 'C' : 'S',
			reason_word(record->reason.code), (int)arg[0], (int)arg[1], (int)arg[2]);
}

/* "S zero_window_held(4000,0,0) ": the end it is said of, and the arguments. */
static void findings_expect(const char *const *lines, const char *expected)
{
	static const struct core_limits limits = {.flows = 8,
		.kernel_sides = 16,
		.claims = 64,
		.listeners = 2,
		.held_rows = 16,
		.ranges = 8};
	struct script script;
	char got[512] = "";
	struct core *core = core_new(&limits, (struct emit){take, got});

	assert_non_null(core);
	script_read(&script, lines);
	for (size_t i = 0; i < script.count; i++)
		core_feed(core, &script.event[i]);
	core_finish(core, script.event[script.count - 1].t_ns);
	core_free(core);
	assert_string_equal(got, expected);
}

#define AGAIN                                                                                      \
	"0.2 C>S PA 101 301 len 5", "0.4 C>S PA 101 301 len 5", "0.8 C>S PA 101 301 len 5",        \
		"1.6 C>S PA 101 301 len 5"

FOUND(data_never_acknowledged_is_told_of_the_end_that_should_have_it,
	LINES(HANDSHAKE, AGAIN, "3.2 tick"), "S data_unacknowledged(3,2800,1) ")
FOUND(data_acknowledged_late_was_not_for_so_long,
	LINES(HANDSHAKE, AGAIN, "1.7 S>C A 301 106", "9 tick"), "S data_unacknowledged(3,1300,1) ")
FOUND(an_acknowledgement_that_is_not_taken_ends_nothing,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106",
		"0.4 C>S PA 101 301 len 5", "0.401 S>C A 301 106", "0.8 C>S PA 101 301 len 5",
		"0.801 S>C A 301 106", "1.6 C>S PA 101 301 len 5", "1.601 S>C A 301 106", "9 tick"),
	"S data_unacknowledged(3,1201,1) ")
FOUND(two_copies_are_an_ordinary_loss,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.4 C>S PA 101 301 len 5",
		"3.8 C>S PA 101 301 len 5", "3.9 S>C A 301 106", "9 tick"),
	"")
FOUND(the_end_of_the_connection_ends_the_waiting,
	LINES(HANDSHAKE, AGAIN, "1.9 C>S RA 106 301", "9 tick"), "S data_unacknowledged(3,1500,1) ")
FOUND(a_window_closed_for_long_is_told_of_its_end,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106 win 0",
		"0.5 C>S A 105 301", "0.501 S>C A 301 106 win 0", "4.201 S>C A 301 106", "9 tick"),
	"S zero_window_held(4000,0,0) ")
FOUND(a_window_that_stays_closed_is_told,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106 win 0", "3.201 tick"),
	"S zero_window_held(3000,0,0) ")
FOUND(a_window_closed_for_a_moment_is_not_told,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106 win 0",
		"0.3 S>C A 301 106", "9 tick"),
	"")
FOUND(probes_of_a_closed_window_are_no_lost_data,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 101 win 0",
		"0.4 C>S PA 101 301 len 5", "0.401 S>C A 301 101 win 0", "0.8 C>S PA 101 301 len 5",
		"0.801 S>C A 301 101 win 0", "2 C>S PA 101 301 len 5", "2.001 S>C A 301 101 win 0",
		"2.201 S>C A 301 106"),
	"S zero_window_held(2000,0,0) ")
FOUND(an_rst_with_a_window_of_zero_closes_none,
	LINES(HANDSHAKE, "0.2 S>C RA 301 101 win 0", "9 tick"), "")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_never_acknowledged_is_told_of_the_end_that_should_have_it),
		cmocka_unit_test(data_acknowledged_late_was_not_for_so_long),
		cmocka_unit_test(an_acknowledgement_that_is_not_taken_ends_nothing),
		cmocka_unit_test(two_copies_are_an_ordinary_loss),
		cmocka_unit_test(the_end_of_the_connection_ends_the_waiting),
		cmocka_unit_test(a_window_closed_for_long_is_told_of_its_end),
		cmocka_unit_test(a_window_that_stays_closed_is_told),
		cmocka_unit_test(a_window_closed_for_a_moment_is_not_told),
		cmocka_unit_test(probes_of_a_closed_window_are_no_lost_data),
		cmocka_unit_test(an_rst_with_a_window_of_zero_closes_none)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
