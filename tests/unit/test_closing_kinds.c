/* Kinds of fault about how a connection ends, each with its healthy neighbour: a TIME_WAIT that was
 * never kept, what comes after it, and a port that is used again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "edges.h"

/* ---- no TIME_WAIT ---- */

#define S_CLOSED_FIRST                                                                             \
	HERE, HANDSHAKE, "0.2 S>C FA 301 101", "0.201 C>S FA 101 302", "0.2011 S>C A 302 102"

/* The full socket is gone and the mini-socket is not there yet. */
EDGES(a_look_up_that_meets_the_hand_over_ends_no_time_wait,
	LINES(S_CLOSED_FIRST, "0.2012 absent S listener", "1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>TIME_WAIT wire"))

EDGES(a_second_look_up_tells_that_there_is_none,
	LINES(S_CLOSED_FIRST, "0.2012 absent S listener", "0.22 absent S listener", "1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>CLOSED both"))

EDGES(a_reset_for_a_repeated_ack_shows_that_no_time_wait_was_kept,
	LINES(S_CLOSED_FIRST, "0.203 C>S A 102 302", "0.2031 S>C R 302 0",
		"0.204 absent S listener", "1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>CLOSED"))

EDGES(a_repeated_ack_that_draws_none_leaves_time_wait,
	LINES(S_CLOSED_FIRST, "0.203 C>S A 102 302", "1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>TIME_WAIT"))

EDGES(a_reset_much_later_ends_time_wait,
	LINES(S_CLOSED_FIRST, "5 C>S A 102 302", "5.0001 S>C R 302 0", "6 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>TIME_WAIT", "S TIME_WAIT>CLOSED after 4.9"))

EDGES(a_reset_after_a_minute_finds_it_expired,
	LINES(S_CLOSED_FIRST, "60.5 C>S A 102 302", "60.5001 S>C R 302 0", "61 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>TIME_WAIT", "S TIME_WAIT>CLOSED before 60.3"))

/* ---- a cookie's ACK that comes after it ---- */

#define AFTER_A_COOKIE(end)                                                                        \
	HERE, "0.05 listen 0/5", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",                        \
		"0.1015 absent S listener", "0.110 C>S A 101 301",                                 \
		"0.1105 row S ESTABLISHED cookie 7", "0.2 S>C FA 301 101",                         \
		"0.2003 row S FIN_WAIT1 cookie 7", "0.21 C>S FA 101 302", "0.2101 S>C A 302 102",  \
		end, "0.25 C>S A 102 302"

EDGES(a_delayed_ack_makes_another_socket_where_no_time_wait_was_kept,
	LINES(AFTER_A_COOKIE("0.2105 absent S listener"), "0.2505 row S ESTABLISHED cookie 8",
		"1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>CLOSED", "S LISTEN>SYN_RECV after 0.24",
		"S SYN_RECV>ESTABLISHED seen after 0.24"))

EDGES(a_delayed_ack_meets_time_wait,
	LINES(AFTER_A_COOKIE("0.2105 row S TIME_WAIT mini timer 3 60000 cookie 7"),
		"0.2505 row S TIME_WAIT mini timer 3 59960 cookie 7", "1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>TIME_WAIT both"))

/* ---- gone before its RST is captured ---- */

#define ASKED_AND_LEFT                                                                             \
	HERE, HANDSHAKE, "0.15 C>S PA 101 301 len 5", "0.151 S>C A 301 106", "0.2 C>S FA 106 301"

EDGES(a_reset_captured_late_made_the_socket_go,
	LINES(ASKED_AND_LEFT, "0.21 absent S listener", "0.232 S>C RA 301 106", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED both before 0.211"))

EDGES(a_reset_captured_late_behind_a_fin_that_was_taken,
	LINES(ASKED_AND_LEFT, "0.21 absent S listener", "0.232 S>C RA 301 107", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>CLOSED before 0.211"))

EDGES(a_reset_captured_late_behind_a_fin_that_the_kernel_showed,
	LINES(ASKED_AND_LEFT, "0.205 row S CLOSE_WAIT", "0.21 absent S listener",
		"0.232 S>C RA 301 106", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT both", "S CLOSE_WAIT>CLOSED both before 0.211"))

EDGES(a_bare_reset_may_be_nobodys,
	LINES(HERE, HANDSHAKE, "0.15 row S ESTABLISHED", "0.21 absent S listener",
		"0.23 C>S PA 101 301 len 5", "0.232 S>C R 301 0", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED kernel"))

/* ---- a RST in its name ---- */

#define RESET_IN_ITS_NAME(after)                                                                   \
	HERE, HANDSHAKE, "0.1021 row S ESTABLISHED cookie 5", "0.2 C>S PA 101 301 len 7",          \
		"0.2001 S>C R 301 0", after, "1 tick"

EDGES(a_socket_that_is_still_shown_has_not_sent_the_reset,
	LINES(RESET_IN_ITS_NAME("0.22 row S ESTABLISHED cookie 5"), "1.5 S>C FA 301 101",
		"1.501 row S FIN_WAIT1 cookie 5", "2 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1 both"))

EDGES(one_that_is_gone_has, LINES(RESET_IN_ITS_NAME("0.22 absent S listener")),
	LINES(S_OPENED, "S *>CLOSED before 0.21"))

/* ---- a FIN in a SYN-ACK ---- */

EDGES(a_syn_ack_within_a_connection_brings_no_fin,
	LINES("0.05 address C", HANDSHAKE, "0.2 C>S FA 101 301", "0.201 row C FIN_WAIT1",
		"0.21 S>C SAF 296 102 len 3", "0.2101 C>S A 102 301", "0.2103 row C FIN_WAIT1",
		"0.3 S>C A 301 102", "0.301 row C FIN_WAIT2", "1 tick"),
	LINES(C_TO_FIN_WAIT2))

EDGES(that_which_opens_it_may,
	LINES("0.05 address C", "0.1 C>S S 100 0 tfo", "0.101 S>C SAF 300 101",
		"0.102 C>S A 101 302", "0.103 row C CLOSE_WAIT", "1 tick"),
	LINES(C_OPENED, "C ESTABLISHED>CLOSE_WAIT both"))

/* ---- a SYN that nobody takes ---- */

EDGES(who_refuses_the_peers_own_syn_had_closed,
	LINES("0.05 address C", "0.1 C>S S 100 0", "0.101 S>C SA 300 101 ts 9 77",
		"0.1011 C>S R 101 0", "0.2 S>C S 301 0", "0.2001 C>S RA 0 302", "0.25 absent C",
		"1 tick"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>CLOSED both"))

EDGES(who_takes_it_had_not,
	LINES("0.05 address C", "0.1 C>S S 100 0", "0.2 S>C S 301 0", "0.2001 C>S SA 100 302",
		"0.201 row C SYN_RECV", "1 tick"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>SYN_RECV both"))

/* ---- a port used again ---- */

#define CLOSED_BY_C                                                                                \
	"0.05 address C", HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C FA 301 102",                 \
		"0.202 C>S A 102 302", "0.2025 row C TIME_WAIT mini timer 3 60000"

static void a_new_connection_ends_the_one_before_first(void **state)
{
	static const char *const lines[] = {CLOSED_BY_C, "1.5 C>S S 5000 0", "1.501 S>C RA 0 5001",
		"2 C>S S 9000 0", "2.001 S>C SA 7000 9001", "2.002 C>S A 9001 7001", "3 tick",
		NULL};
	static const uint8_t wanted[] = {STATE_SYN_SENT, STATE_ESTABLISHED, STATE_FIN_WAIT1,
		STATE_FIN_WAIT2, STATE_TIME_WAIT, STATE_CLOSED, STATE_SYN_SENT, STATE_CLOSED,
		STATE_SYN_SENT, STATE_ESTABLISHED};
	struct script script;
	size_t found = 0;

	(void)state;
	script_read(&script, lines);
	struct model *model = script_model(&script);
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;
		if (record->listener || record->key.addr[record->side][3] != 1)
			continue;
		assert_true(found < sizeof(wanted));
		assert_int_equal(record->to, wanted[found++]);
	}
	assert_int_equal(found, sizeof(wanted));
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reset_for_a_repeated_ack_shows_that_no_time_wait_was_kept),
		TEST(a_repeated_ack_that_draws_none_leaves_time_wait),
		TEST(a_reset_much_later_ends_time_wait),
		TEST(a_reset_after_a_minute_finds_it_expired),
		TEST(a_look_up_that_meets_the_hand_over_ends_no_time_wait),
		TEST(a_second_look_up_tells_that_there_is_none),
		TEST(a_delayed_ack_makes_another_socket_where_no_time_wait_was_kept),
		TEST(a_delayed_ack_meets_time_wait),
		TEST(a_reset_captured_late_made_the_socket_go),
		TEST(a_reset_captured_late_behind_a_fin_that_was_taken),
		TEST(a_reset_captured_late_behind_a_fin_that_the_kernel_showed),
		TEST(a_bare_reset_may_be_nobodys),
		TEST(a_socket_that_is_still_shown_has_not_sent_the_reset),
		TEST(one_that_is_gone_has),
		TEST(a_syn_ack_within_a_connection_brings_no_fin),
		TEST(that_which_opens_it_may),
		TEST(who_refuses_the_peers_own_syn_had_closed),
		TEST(who_takes_it_had_not),
		TEST(a_new_connection_ends_the_one_before_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
