/* Kinds of fault that an engine makes with states, each with its healthy neighbour: orphans, stray
 * segments, late cookies, sockets that are gone or never were. Only the edges are compared, and
 * evidence or time where a line names them: why an edge happened is told by other tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edges.h"

#define ORPHAN HERE, HANDSHAKE, "0.2 S>C FA 301 101", "0.205 row S FIN_WAIT1 timer 1 200"

EDGES(data_with_a_fin_resets_an_orphan_in_fin_wait1,
	LINES(ORPHAN, "0.3 C>S FA 101 301 len 10", "0.3001 S>C R 301 0", "0.301 absent S",
		"1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSED"))

EDGES(data_with_a_fin_that_acknowledges_the_orphans_goes_through_fin_wait2,
	LINES(ORPHAN, "0.3 C>S FA 101 302 len 10", "0.3001 S>C R 302 0", "0.301 absent S",
		"1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>CLOSED"))

EDGES(a_fin_alone_leaves_the_orphan_closing,
	LINES(ORPHAN, "0.3 C>S FA 101 301", "0.3001 S>C A 302 102",
		"0.301 row S CLOSING timer 1 200", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSING"))

EDGES(a_stray_ack_after_a_refused_syn_opens_nothing,
	LINES(HERE, "0.1 C>S S 100 0", "0.1001 S>C RA 0 101", "0.2 C>S A 101 301",
		"0.2001 S>C R 301 0", "0.21 absent S", "1 tick"),
	LINES("S nothing", "C never ESTABLISHED"))

EDGES(a_stray_ack_after_an_unanswered_syn_opens_nothing,
	LINES(HERE, "0.05 listen 2/1", "0.1 C>S S 100 0", "0.2 C>S A 101 301", "0.2001 S>C R 301 0",
		"0.21 absent S listener", "1 tick"),
	LINES("S nothing", "C never ESTABLISHED"))

EDGES(a_local_client_of_a_raw_syn_that_nobody_holds_is_never_established,
	LINES("0.05 address C", "0.05 address S", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.1015 row S SYN_RECV timer 1 1000", "0.102 absent C", "0.1021 C>S R 101 0",
		"0.103 absent S listener", "0.12 absent C", "1 tick"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>CLOSED", "C never ESTABLISHED"))

EDGES(a_late_cookie_ack_begins_a_life_of_its_own,
	LINES(HERE, CLOSED_ONCE, "0.5 C>S A 101 301", "0.501 row S ESTABLISHED cookie 900",
		"0.52 row S ESTABLISHED cookie 900", "1 tick"),
	LINES(S_PASSIVE_CLOSE, S_OPENED))

EDGES(a_late_ack_to_nobody_begins_no_life,
	LINES(HERE, CLOSED_ONCE, "0.5 C>S A 101 301", "0.5001 S>C R 301 0",
		"0.501 absent S listener", "0.52 absent S listener", "1 tick"),
	LINES(S_PASSIVE_CLOSE))

EDGES(an_own_segment_after_a_presumed_end_proves_that_it_lived,
	LINES(HANDSHAKE, "0.2 C>S R 101 0", "0.3 S>C PA 301 101 len 5", "0.301 C>S A 101 306",
		"0.4 S>C FA 306 101", "0.401 C>S A 101 307"),
	LINES(S_TO_FIN_WAIT2))

#define CLOSING_UNANSWERED(again)                                                                  \
	HERE, HANDSHAKE, "0.2 S>C FA 301 101", "0.2001 C>S FA 101 301", again,                     \
		"0.4001 C>S FA 101 301", "0.4002 S>C A 302 102", "0.5 row S CLOSING"

EDGES(a_fin_that_comes_again_unanswered_was_not_taken, LINES(CLOSING_UNANSWERED("0.3 tick")),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSING after 0.4"))

EDGES(a_fin_that_comes_again_although_it_was_answered_was_taken,
	LINES(CLOSING_UNANSWERED("0.2002 S>C A 302 102")),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSING before 0.21"))

/* ---- nobody is there any more, or never was ---- */

EDGES(a_fin_that_draws_a_bare_rst_met_no_socket,
	LINES(HERE, HANDSHAKE, "0.2 S>C PA 301 101 len 5", "0.21 row S ESTABLISHED timer 1 200",
		"2 C>S FA 101 301", "2.0001 S>C R 301 0", "2.05 absent S", "3 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

EDGES(a_fin_that_was_answered_made_close_wait,
	LINES(HERE, HANDSHAKE, "0.2 S>C PA 301 101 len 5", "0.21 row S ESTABLISHED timer 1 200",
		"2 C>S FA 101 301", "2.0001 S>C A 306 102", "2.0002 S>C RA 306 102",
		"2.05 absent S", "3 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>CLOSED"))

EDGES(a_syn_that_crosses_a_connect_given_up_meets_nobody,
	LINES("0.05 address C", "0.1 C>S S 100 0", "0.101 row C SYN_SENT timer 1 999",
		"0.3 S>C S 300 0", "0.3001 C>S RA 0 301", "0.301 absent C", "1 tick"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>CLOSED"))

EDGES(a_syn_that_crosses_a_connect_opens_both,
	LINES("0.05 address C", "0.1 C>S S 100 0", "0.101 row C SYN_SENT timer 1 999",
		"0.3 S>C S 300 0", "0.3001 C>S SA 100 301", "0.301 row C SYN_RECV full timer 1 999",
		"1 tick"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>SYN_RECV both"))

#define LAST_FIN                                                                                   \
	"0.05 address C", HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102",                  \
		"0.202 row C FIN_WAIT2", "0.3 S>C FA 301 102", "0.3001 C>S A 102 302"

EDGES(a_last_fin_without_room_for_time_wait_ends_at_once,
	LINES(LAST_FIN, "0.301 absent C", "0.32 absent C", "0.5 S>C FA 301 102",
		"0.5001 C>S R 102 0", "0.501 absent C", "1 tick"),
	LINES(C_TO_FIN_WAIT2, "C FIN_WAIT2>CLOSED before 0.31"))

EDGES(a_reset_ends_a_time_wait_that_was_shown,
	LINES(LAST_FIN, "0.301 row C TIME_WAIT timer 3 60000 mini",
		"0.32 row C TIME_WAIT timer 3 59980 mini", "0.5 S>C R 302 0", "0.501 absent C",
		"1 tick"),
	LINES(C_TO_FIN_WAIT2, "C FIN_WAIT2>TIME_WAIT both", "C TIME_WAIT>CLOSED after 0.49"))

EDGES(a_time_wait_whose_end_is_asked_for_late_has_ended_all_the_same,
	LINES(LAST_FIN, "0.301 row C TIME_WAIT timer 3 60000 mini", "30 tick", "60 tick",
		"61.5 tick", "62 tick", "65 tick", "68 tick", "68.1 absent C", "69 tick"),
	LINES(C_TO_FIN_WAIT2, "C FIN_WAIT2>TIME_WAIT both", "C TIME_WAIT>CLOSED kernel after 60"))

EDGES(a_time_wait_that_is_shown_late_has_ended_all_the_same,
	LINES(LAST_FIN, "30 tick", "61.5 tick", "65 tick", "68 tick", "69 tick",
		"69.1 row C TIME_WAIT timer 3 500 mini", "69.7 absent C", "70 tick"),
	LINES(C_TO_FIN_WAIT2, "C FIN_WAIT2>TIME_WAIT", "C TIME_WAIT>CLOSED kernel after 69"))

#define COOKIE_SENT                                                                                \
	HERE, "0.1 C>S S 100 0", "0.1001 S>C SA 300 101", "0.1005 absent S listener",              \
		"0.102 absent S listener"

EDGES(a_cookie_that_is_answered_by_a_rst_made_no_socket,
	LINES(COOKIE_SENT, "0.2 C>S FA 101 900", "0.2001 S>C R 900 0", "0.201 absent S listener",
		"0.22 absent S listener", "1 tick"),
	LINES("S nothing"))

EDGES(a_cookie_that_comes_back_right_makes_one,
	LINES(COOKIE_SENT, "0.2 C>S A 101 301", "0.201 row S ESTABLISHED", "0.22 row S ESTABLISHED",
		"1 tick"),
	LINES(S_OPENED))

EDGES(a_stray_segment_that_nobody_takes_makes_no_life,
	LINES(HERE, "0.06 listen 0/8", "0.07 dump-end", "0.1 C>S A 100 300", "0.1001 S>C R 300 0",
		"0.1005 absent S listener", "0.12 absent S listener", "1 tick"),
	LINES("S nothing"))

EDGES(a_stray_reset_makes_no_life,
	LINES(HERE, "0.06 listen 0/8", "0.07 dump-end", "0.1 C>S R 100 0",
		"0.1005 absent S listener", "0.12 absent S listener", "1 tick"),
	LINES("S nothing"))

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(data_with_a_fin_resets_an_orphan_in_fin_wait1),
		TEST(data_with_a_fin_that_acknowledges_the_orphans_goes_through_fin_wait2),
		TEST(a_fin_alone_leaves_the_orphan_closing),
		TEST(a_fin_that_comes_again_unanswered_was_not_taken),
		TEST(a_fin_that_comes_again_although_it_was_answered_was_taken),
		TEST(a_fin_that_draws_a_bare_rst_met_no_socket),
		TEST(a_fin_that_was_answered_made_close_wait),
		TEST(a_stray_ack_after_a_refused_syn_opens_nothing),
		TEST(a_stray_ack_after_an_unanswered_syn_opens_nothing),
		TEST(a_local_client_of_a_raw_syn_that_nobody_holds_is_never_established),
		TEST(a_late_cookie_ack_begins_a_life_of_its_own),
		TEST(a_late_ack_to_nobody_begins_no_life),
		TEST(an_own_segment_after_a_presumed_end_proves_that_it_lived),
		TEST(a_syn_that_crosses_a_connect_given_up_meets_nobody),
		TEST(a_syn_that_crosses_a_connect_opens_both),
		TEST(a_last_fin_without_room_for_time_wait_ends_at_once),
		TEST(a_reset_ends_a_time_wait_that_was_shown),
		TEST(a_time_wait_whose_end_is_asked_for_late_has_ended_all_the_same),
		TEST(a_time_wait_that_is_shown_late_has_ended_all_the_same),
		TEST(a_cookie_that_is_answered_by_a_rst_made_no_socket),
		TEST(a_cookie_that_comes_back_right_makes_one),
		TEST(a_stray_segment_that_nobody_takes_makes_no_life),
		TEST(a_stray_reset_makes_no_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
