/* Never a reason for what was not captured: what the capture missed is told as missed, and of a
 * connection whose beginning is missing, what is known of why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"
#include "tcpstate/prose.h"

SCENARIO(a_fin_that_the_capture_missed_is_not_captured,
	LINES(HANDSHAKE, "0.2 row C ESTABLISHED", "0.21 S>C A 301 102", "0.22 row C FIN_WAIT2",
		"1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED both syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2200 C ESTABLISHED>FIN_WAIT1 inferred fin_not_captured",
		"0.2200 C FIN_WAIT1>FIN_WAIT2 kernel fin_acked"))

SCENARIO(a_fin_that_nobody_acknowledged_waits, LINES(HANDSHAKE, "0.2 row C FIN_WAIT1", "1 tick"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

/* ---- seen midway ---- */

static char why[512];

static void take(void *context, const struct record *record)
{
	(void)context;
	if (record->kind == RECORD_TRANSITION && record->reason.code == REASON_SEEN_MIDWAY)
		prose_reason(&record->reason, why, sizeof(why));
}

static void midway(size_t flows, const char *const *lines, const char *expected)
{
	struct script script;
	struct core_limits limits = {.flows = flows, .at_settle = true};
	struct core *core = core_new(&limits, (struct emit){.call = take});

	why[0] = '\0';
	script_read(&script, lines);
	for (size_t i = 0; i < script.count; i++)
		core_feed(core, &script.event[i]);
	core_finish(core, script.event[script.count - 1].t_ns);
	core_free(core);
	assert_string_equal(why, expected);
}

static void the_first_packet_of_a_capture_is_midway(void **state)
{
	(void)state;
	midway(8, LINES("0.1 C>S PA 101 301 len 5", "0.2 S>C A 301 106"),
		"connection first seen midway; its beginning was not recorded");
}

static void one_that_is_seen_later_says_how_much_later(void **state)
{
	(void)state;
	midway(8, LINES("0.1 tick", "2.6 C>S PA 101 301 len 5", "2.7 S>C A 301 106"),
		"connection first seen midway, 2.5 s after the recording began; its beginning was "
		"not recorded");
}

static void one_that_is_seen_after_a_loss_says_so(void **state)
{
	(void)state;
	midway(8, LINES("0.1 tick", "0.6 gap", "2.6 C>S PA 101 301 len 5", "2.7 S>C A 301 106"),
		"connection first seen midway, 2.5 s after the recording began; packets had been "
		"lost 1 time before; its beginning was not recorded");
}

static void one_that_may_have_been_forgotten_says_so(void **state)
{
	(void)state;
	midway(1,
		LINES("0.1 C>S S 100 0", "0.2 C>C S 500 0", "0.3 C>C SA 500 501",
			"2.6 C>S PA 101 301 len 5", "2.7 S>C A 301 106"),
		"connection first seen midway, 2.5 s after the recording began; 2 connections had "
		"been forgotten for lack of memory, perhaps this one; its beginning was not "
		"recorded");
}

/* So many losses, 10 us apart; a connection that begins after `before` of them. */
static void midway_among_losses(unsigned losses, unsigned before)
{
	struct script script;
	struct core_limits limits = {.flows = 8, .at_settle = true};
	struct core *core = core_new(&limits, (struct emit){.call = take});

	why[0] = '\0';
	script_read(&script, LINES("0 gap", "0 C>S PA 101 301 len 5", "0 S>C A 301 106"));
	for (unsigned i = 0; i < losses; i++) {
		script.event[0].t_ns += 10000;
		core_feed(core, &script.event[0]);
		for (int k = 1; k < 3 && i + 1 == before; k++) {
			script.event[k].t_ns = script.event[0].t_ns + 1000;
			core_feed(core, &script.event[k]);
		}
	}
	core_finish(core, script.event[0].t_ns + 5000);
	core_free(core);
}

static unsigned inferred;

static void count_inferred(void *context, const struct record *record)
{
	(void)context;
	inferred += record->kind == RECORD_TRANSITION && record->evidence == EVIDENCE_INFERRED;
}

/* Edges of a connection that are in doubt when packets were lost so often while it lived. */
static unsigned doubted(unsigned losses)
{
	struct script script;
	struct core_limits limits = {.flows = 8, .at_settle = true};
	struct core *core = core_new(&limits, (struct emit){.call = count_inferred});

	inferred = 0;
	script_read(
		&script, LINES("0.05 gap", HANDSHAKE, "0.2 C>S FA 101 301", "0.3 S>C RA 301 101"));
	for (size_t i = 0; i < script.count; i++) {
		for (unsigned k = 0; i == 4 && k < losses; k++)
			core_feed(core, &script.event[0]);
		core_feed(core, &script.event[i]);
	}
	core_finish(core, script.event[script.count - 1].t_ns);
	core_free(core);
	return inferred;
}

static bool closing_inferred;

static void note_closing(void *context, const struct record *record)
{
	(void)context;
	if (record->kind == RECORD_TRANSITION && record->to == STATE_CLOSING)
		closing_inferred = record->evidence == EVIDENCE_INFERRED;
}

/* The SYN-ACK, its ACK and a byte of data were lost, so the FIN of S is not taken for its own, and
 * the ACK of it for nothing. CLOSING would be seen only if the FIN of C did not acknowledge that
 * one. */
static void a_fin_in_fin_wait1_leaves_doubt_where_the_own_one_is_unknown(void **state)
{
	struct script script;
	struct core_limits limits = {.flows = 8, .at_settle = true};
	struct core *core = core_new(&limits, (struct emit){.call = note_closing});

	(void)state;
	closing_inferred = false;
	script_read(&script,
		LINES("0 gap", "0.1000 C>S S 100 0", "0.1001 S>C A 301 102",
			"0.1002 S>C FA 301 102", "0.1007 row C CLOSE_WAIT",
			"0.1008 row S FIN_WAIT1", "0.1040 C>S A 102 302", "0.1080 C>S FA 102 302",
			"0.1081 S>C A 302 103", "0.1110 row S TIME_WAIT", "1 tick"));
	for (size_t i = 0; i < script.count; i++)
		core_feed(core, &script.event[i]);
	core_finish(core, script.event[script.count - 1].t_ns);
	core_free(core);
	assert_true(closing_inferred);
}

/* The number that a connection keeps has 16 bits: after so many losses it is the same again. */
static void losses_are_not_forgotten_when_their_number_comes_round(void **state)
{
	(void)state;
	assert_int_equal(doubted(0), 0);
	assert_true(doubted(1) > 0);
	assert_int_equal(doubted(UINT16_MAX), doubted(1));
}

static void more_losses_than_are_remembered_are_counted(void **state)
{
	(void)state;
	midway_among_losses(200000, 200000);
	assert_non_null(strstr(why, "; packets had been lost at least 200000 times before; "));
	midway_among_losses(200000, 60000);
	assert_non_null(strstr(why, "; packets had been lost 60000 times before; "));
}

/* Of a moment long ago: no more than there were by then. */
static void losses_after_a_beginning_are_not_before_it(void **state)
{
	unsigned told = 0;
	const char *at;

	(void)state;
	midway_among_losses(400000, 150000);
	at = strstr(why, "lost at least ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "lost at least %u times", &told), 1);
	assert_in_range(told, 140000, 150000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fin_that_the_capture_missed_is_not_captured),
		cmocka_unit_test(a_fin_that_nobody_acknowledged_waits),
		cmocka_unit_test(a_fin_in_fin_wait1_leaves_doubt_where_the_own_one_is_unknown),
		cmocka_unit_test(the_first_packet_of_a_capture_is_midway),
		cmocka_unit_test(one_that_is_seen_later_says_how_much_later),
		cmocka_unit_test(one_that_is_seen_after_a_loss_says_so),
		cmocka_unit_test(losses_are_not_forgotten_when_their_number_comes_round),
		cmocka_unit_test(more_losses_than_are_remembered_are_counted),
		cmocka_unit_test(losses_after_a_beginning_are_not_before_it),
		cmocka_unit_test(one_that_may_have_been_forgotten_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
