/* How many wait in an accept queue between two of the kernel's answers: as counted by who came in
 * and who was taken, until the next answer corrects it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define JOINS "0.100 C>S S 100 0", "0.1001 S>C SA 300 101", "0.1002 C>S A 101 301"

/* "0.100 1 counted": from then on one waits, as counted; milliseconds of a script begin at 0. */
static void levels_are(const char *const *lines, const char *expected)
{
	struct script script;
	char got[1024] = "";
	size_t used = 0;

	script_read(&script, lines);
	struct model *model = script_model(&script);
	assert_int_equal(model->listener_count, 1);
	const struct listener *listener = &model->listeners[0];
	for (size_t i = 0; i < listener->level_count; i++) {
		const struct queue_level *level = &listener->levels[i];
		double t = (double)(level->t_ns - START_NS) / 1e9;

		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%.4f %u%s",
			i > 0 ? ", " : "", t, level->queue, level->counted ? " counted" : "");
	}
	model_free(model);
	assert_string_equal(got, expected);
}

/* Nobody asked about the queue while it waited. */
static void who_was_shown_waiting_was_in_the_queue_until_answered(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 0/1", JOINS, "0.200 row S ESTABLISHED unaccepted",
			   "0.300 S>C AP 301 101 len 5", "0.900 dump-end"),
		"0.0100 0, 0.1002 1 counted, 0.3000 0 counted");
}

/* Its server may have taken it at once, and waited for its request. */
static void who_was_never_shown_waiting_is_not_counted(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 0/1", JOINS, "0.300 S>C AP 301 101 len 5", "0.900 dump-end"),
		"0.0100 0");
}

/* The answer came before it was accepted: from then on it is no longer shown as waiting. */
static void a_stale_answer_ends_with_the_servers_words(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 0/1", JOINS, "0.200 listen 1/1",
			   "0.300 S>C AP 301 101 len 5", "0.800 listen 0/1", "0.900 dump-end"),
		"0.0100 0, 0.1002 1 counted, 0.2000 1, 0.3000 0 counted, 0.8000 0");
}

/* An answer knows better: who had been taken is not taken once more by what it says later. */
static void an_answer_corrects_the_count(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 0/1", JOINS, "0.200 listen 1/1", "0.250 listen 0/1",
			   "0.300 S>C AP 301 101 len 5", "0.900 dump-end"),
		"0.0100 0, 0.1002 1 counted, 0.2000 1, 0.2500 0");
	levels_are(
		LINES("0.010 listen 0/4", "0.050 listen 2/4", JOINS,
			"0.110 row S ESTABLISHED unaccepted", "0.200 listen 1/4", "0.900 dump-end"),
		"0.0100 0, 0.0500 2, 0.1002 3 counted, 0.2000 1");
}

/* It was asked right after the segment, which the kernel had not handled yet. */
static void an_answer_may_show_the_moment_before(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 0/1", JOINS, "0.1004 listen 0/1", "0.200 listen 1/1",
			   "0.300 S>C AP 301 101 len 5", "0.900 dump-end"),
		"0.0100 0, 0.1002 1 counted, 0.2000 1, 0.3000 0 counted");
}

static void who_is_taken_at_once_makes_no_queue(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 0/1", JOINS, "0.1005 S>C AP 301 101 len 5",
			   "0.800 listen 0/1", "0.900 dump-end"),
		"0.0100 0");
}

/* Its ACK met a full queue: it never was in it. */
static void who_was_not_let_in_is_not_counted(void **state)
{
	(void)state;
	levels_are(LINES("0.010 listen 2/1", JOINS, "0.110 row S SYN_RECV", "0.200 listen 2/1",
			   "1.100 S>C SA 300 101", "1.300 row S SYN_RECV", "1.900 dump-end"),
		"0.0100 2");
}

/* "2: 0.1002-0.3000, 1: 0.1002-": from when to when which connections stood in the queue. */
static void stays_are(const char *const *lines, const char *expected)
{
	struct script script;
	char got[1024] = "", until[32];
	size_t used = 0;

	script_read(&script, lines);
	struct model *model = script_model(&script);
	assert_int_equal(model->listener_count, 1);
	const struct listener *listener = &model->listeners[0];
	for (size_t i = 0; i < listener->stay_count; i++) {
		const struct queue_stay *stay = &listener->stays[i];

		snprintf(until, sizeof(until), "%.4f", (double)(stay->to_ns - START_NS) / 1e9);
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%u: %.4f-%s",
			i > 0 ? ", " : "", model->connections[stay->connection].serial,
			(double)(stay->from_ns - START_NS) / 1e9,
			stay->to_ns == INT64_MAX ? "" : until);
	}
	model_free(model);
	assert_string_equal(got, expected);
}

static void who_stood_in_the_queue_is_known_by_name(void **state)
{
	(void)state;
	stays_are(LINES("0.010 listen 0/1", JOINS, "0.200 row S ESTABLISHED unaccepted",
			  "0.300 S>C AP 301 101 len 5", "0.900 dump-end"),
		"1: 0.1002-0.3000");
	stays_are(LINES("0.010 listen 0/1", JOINS, "0.200 row S ESTABLISHED unaccepted",
			  "0.900 dump-end"),
		"1: 0.1002-");
	/* it may have been taken at once */
	stays_are(LINES("0.010 listen 0/1", JOINS, "0.300 S>C AP 301 101 len 5", "0.900 dump-end"),
		"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_shown_waiting_was_in_the_queue_until_answered),
		cmocka_unit_test(who_was_never_shown_waiting_is_not_counted),
		cmocka_unit_test(a_stale_answer_ends_with_the_servers_words),
		cmocka_unit_test(an_answer_corrects_the_count),
		cmocka_unit_test(an_answer_may_show_the_moment_before),
		cmocka_unit_test(who_is_taken_at_once_makes_no_queue),
		cmocka_unit_test(who_was_not_let_in_is_not_counted),
		cmocka_unit_test(who_stood_in_the_queue_is_known_by_name),
	};

	return cmocka_run_group_tests_name("queues", tests, NULL, NULL);
}
