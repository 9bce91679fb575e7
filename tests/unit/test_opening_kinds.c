/* Kinds of fault about how a connection begins, or begins anew, each with its healthy neighbour:
 * requests and cookies, SYNs within a window, strays before the first SYN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "edges.h"

/* ---- strays ---- */

EDGES(a_stray_rst_before_the_syn_tells_nothing,
	LINES(HERE, "0.1 C>S R 90 0", "0.1001 absent S listener", "0.2 C>S S 100 0",
		"0.201 S>C SA 300 101", "0.2015 row S SYN_RECV timer 1 1000", "1 tick"),
	LINES("S LISTEN>SYN_RECV both"))

EDGES(a_rst_at_an_end_seen_midway_ends_it,
	LINES(HERE, "0.05 row S ESTABLISHED", "0.1 S>C PA 301 101 len 5", "0.101 C>S A 101 306",
		"0.2 C>S R 101 0", "0.201 absent S listener", "1 tick"),
	LINES("S UNKNOWN>ESTABLISHED", "S ESTABLISHED>CLOSED both"))

#define STRAY_SYN_ACK(ack)                                                                         \
	HERE, "0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 row S SYN_RECV timer 1 1000",     \
		"0.2 C>S SA 96 " ack, "0.2001 S>C R " ack " 0", "0.3 C>S A 101 305",               \
		"0.3001 S>C R 305 0", "0.301 row S SYN_RECV timer 1 800", "0.4 C>S A 101 301",     \
		"0.401 row S ESTABLISHED", "1 tick"

EDGES(a_syn_ack_in_answer_to_a_syn_ack_is_of_no_connection, LINES(STRAY_SYN_ACK("301")),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>ESTABLISHED after 0.35"))

/* ---- requests and cookies ---- */

#define TWO_SYNS(first)                                                                            \
	HERE, "0.05 listen 0/5", "0.1 C>S S 100 0", "0.101 S>C SA 300 101", first,                 \
		"0.2 C>S R 101 0", "0.201 absent S listener", "0.3 C>S S 5000 0",                  \
		"0.3001 S>C SA 7000 5001", "0.3002 C>S R 5001 0", "0.301 absent S listener",       \
		"1 tick"

EDGES(a_syn_next_to_one_answered_by_a_cookie_leaves_no_request,
	LINES(TWO_SYNS("0.102 absent S listener")), LINES("S nothing"))

EDGES(a_syn_next_to_one_that_made_a_request_makes_one,
	LINES(TWO_SYNS("0.102 row S SYN_RECV timer 1 1000")),
	LINES("S LISTEN>SYN_RECV both", "S SYN_RECV>CLOSED both", "S LISTEN>SYN_RECV wire",
		"S SYN_RECV>CLOSED wire"))

EDGES(an_absence_asked_before_a_cookies_ack_is_the_cookie,
	LINES(HERE, "0.05 listen 0/5", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.2 C>S A 101 301", "0.2001 absent S listener asked 0.1999",
		"0.2003 row S ESTABLISHED", "1 tick"),
	LINES("S LISTEN>SYN_RECV after 0.15", "S SYN_RECV>ESTABLISHED both"))

EDGES(an_answer_of_the_life_before_the_last_is_of_neither,
	LINES(HERE, HANDSHAKE, "0.1021 row S ESTABLISHED cookie 200", "0.2 C>S R 101 0",
		"0.201 absent S listener", "0.25 C>S A 101 301",
		"0.2503 row S ESTABLISHED cookie 300 asked 0.2502", "0.2504 C>S S 5000 0",
		"0.2505 S>C SA 7000 5001", "0.2506 C>S S 9000 0", "0.2507 S>C A 7001 5001",
		"0.26 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED", S_OPENED, "S ESTABLISHED>CLOSED after 0.2504"))

/* ---- a look-up that finds neither the request nor its child ---- */

#define MET_NEITHER(before, after)                                                                 \
	HERE, "0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 row S SYN_RECV cookie " before,   \
		"0.102 C>S A 101 301", "0.1021 absent S listener asked 0.1020",                    \
		"0.1026 row S ESTABLISHED cookie " after, "1 tick"

EDGES(a_socket_that_is_shown_again_was_never_gone, LINES(MET_NEITHER("5", "5")),
	LINES("S LISTEN>SYN_RECV both", "S SYN_RECV>ESTABLISHED both before 0.1025"))

EDGES(another_socket_on_its_ports_came_after_it,
	LINES(HERE, HANDSHAKE, "0.1021 row S ESTABLISHED cookie 5", "0.2 C>S R 101 0",
		"0.201 absent S listener", "0.3 C>S S 7000 0", "0.301 S>C SA 900 7001",
		"0.302 C>S A 7001 901", "0.3025 row S ESTABLISHED cookie 6", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED both", S_OPENED))

/* ---- a SYN within the window ---- */

#define HALF_OPEN                                                                                  \
	HERE, "0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 row S SYN_RECV timer 1 1000"

EDGES(a_syn_within_its_window_resets_a_request,
	LINES(HALF_OPEN, "0.2 C>S S 111 0", "0.2001 S>C RA 0 112", "0.21 absent S listener",
		"1 tick"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>CLOSED both before 0.2002"))

EDGES(a_syn_with_a_fin_and_data_resets_it_too,
	LINES(HALF_OPEN, "0.2 C>S SF 101 0 len 7", "0.2001 S>C RA 0 109", "0.21 absent S listener",
		"1 tick"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>CLOSED both before 0.2002"))

#define HALF_CLOSED                                                                                \
	HERE, HANDSHAKE, "0.2 S>C FA 301 101", "0.201 C>S A 101 302",                              \
		"0.202 row S FIN_WAIT2 mini timer 3 60000"

EDGES(a_syn_within_its_window_resets_an_orphan_in_fin_wait2,
	LINES(HALF_CLOSED, "0.3 C>S S 111 0", "0.3001 S>C RA 0 112", "0.31 absent S listener",
		"1 tick"),
	LINES(S_TO_FIN_WAIT2, "S FIN_WAIT2>CLOSED both before 0.3002"))

/* A challenge is limited in rate (tcp_oow_rate_limited()): the SYN stays unanswered, and both go on
 * as if it had not come. */
EDGES(who_goes_on_behind_an_unanswered_syn_had_not_left,
	LINES(HERE, HANDSHAKE, "0.2 C>S S 101 0", "0.3 C>S FA 101 301", "0.301 S>C A 301 102",
		"0.4 S>C FA 301 102", "0.5 C>S A 102 302", "1 tick"),
	LINES(S_PASSIVE_CLOSE))

EDGES(so_had_not_who_closes_behind_it,
	LINES(HERE, HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102", "0.3 C>S S 102 0",
		"0.4 S>C FA 301 102", "0.5 C>S S 102 0", "0.6 C>S A 102 302", "1 tick"),
	LINES(S_PASSIVE_CLOSE))

EDGES(a_challenged_syn_leaves_it,
	LINES(HALF_CLOSED, "0.3 C>S S 50 0", "0.3001 S>C A 302 101",
		"0.31 row S FIN_WAIT2 mini timer 3 59000", "1 tick"),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_rst_for_a_syn_with_data_finds_a_connect_given_up,
	LINES("0.05 address C", "0.1 C>S S 100 0", "0.1005 row C SYN_SENT timer 1 1000",
		"0.2 S>C S 500 0 len 14", "0.2001 C>S RA 0 515", "0.21 absent C", "1 tick"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>CLOSED", "S never ESTABLISHED"))

/* ---- windows ---- */

#define CROSSED                                                                                    \
	"0.05 address C", "0.1 C>S S 100 0", "0.101 S>C S 500 0 unscaled",                         \
		"0.1011 C>S SA 100 501", "0.102 S>C SA 500 101 unscaled",                          \
		"0.1021 C>S A 101 501 win 63"

EDGES(where_syns_crossed_windows_are_scaled_all_the_same,
	LINES(CROSSED, "0.2 S>C PA 601 101 len 900", "0.2001 C>S A 101 501 win 63",
		"0.21 S>C PA 501 101 len 100", "0.2101 C>S A 101 1501 win 63",
		"0.3 C>S FA 101 1501 win 63", "0.301 S>C A 1501 102"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>SYN_RECV", "C SYN_RECV>ESTABLISHED",
		"C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2"))

#define CROSSED_THEN(seq)                                                                          \
	"0.05 address C", "0.1 C>S S 100 0", "0.101 S>C S 500 0", "0.1011 C>S SA 100 501",         \
		"0.102 S>C SA " seq " 101", "0.1021 C>S A 101 501", "0.2 C>S FA 101 501",          \
		"0.201 S>C A 501 102"

EDGES(a_syn_ack_that_is_not_of_the_crossing_syn_opens_nothing, LINES(CROSSED_THEN("70500")),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>SYN_RECV", "C SYN_RECV>FIN_WAIT1",
		"C FIN_WAIT1>FIN_WAIT2"))

EDGES(a_syn_ack_that_repeats_the_crossing_syn_opens, LINES(CROSSED_THEN("500")),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>SYN_RECV", "C SYN_RECV>ESTABLISHED",
		"C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2"))

EDGES(where_no_syn_crossed_they_are_not,
	LINES("0.05 address C", "0.1 C>S S 100 0", "0.101 S>C SA 500 101 unscaled",
		"0.102 C>S A 101 501 win 63", "0.2 S>C FA 601 101", "0.2001 C>S A 101 501 win 63",
		"0.21 S>C PA 501 101 len 60", "0.2101 C>S A 101 561 win 63",
		"0.3 S>C PA 561 101 len 60", "0.3001 C>S A 101 621 win 63"),
	LINES("C CLOSED>SYN_SENT", "C SYN_SENT>ESTABLISHED"))

/* ---- a reset with data under way ---- */

#define ABORTED(acked)                                                                             \
	HERE, HANDSHAKE, "0.11 row S ESTABLISHED", "0.2 S>C PA 301 101 len 10",                    \
		"0.21 C>S A 101 " acked, "0.3 S>C RA 311 101", "0.301 absent S listener", "1 tick"

EDGES(an_abort_with_data_under_way_does_not_show_that_it_was_open, LINES(ABORTED("301")),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED wire"))

EDGES(an_abort_of_an_idle_connection_is_confirmed, LINES(ABORTED("311")),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED both"))

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_stray_rst_before_the_syn_tells_nothing),
		TEST(a_rst_at_an_end_seen_midway_ends_it),
		TEST(a_syn_ack_in_answer_to_a_syn_ack_is_of_no_connection),
		TEST(a_syn_next_to_one_answered_by_a_cookie_leaves_no_request),
		TEST(a_syn_next_to_one_that_made_a_request_makes_one),
		TEST(an_absence_asked_before_a_cookies_ack_is_the_cookie),
		TEST(an_answer_of_the_life_before_the_last_is_of_neither),
		TEST(a_socket_that_is_shown_again_was_never_gone),
		TEST(another_socket_on_its_ports_came_after_it),
		TEST(a_syn_within_its_window_resets_a_request),
		TEST(a_syn_with_a_fin_and_data_resets_it_too),
		TEST(a_syn_within_its_window_resets_an_orphan_in_fin_wait2),
		TEST(who_goes_on_behind_an_unanswered_syn_had_not_left),
		TEST(so_had_not_who_closes_behind_it),
		TEST(a_challenged_syn_leaves_it),
		TEST(a_rst_for_a_syn_with_data_finds_a_connect_given_up),
		TEST(where_syns_crossed_windows_are_scaled_all_the_same),
		TEST(where_no_syn_crossed_they_are_not),
		TEST(a_syn_ack_that_is_not_of_the_crossing_syn_opens_nothing),
		TEST(a_syn_ack_that_repeats_the_crossing_syn_opens),
		TEST(an_abort_with_data_under_way_does_not_show_that_it_was_open),
		TEST(an_abort_of_an_idle_connection_is_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
