/* Kinds of fault that an engine makes with the kernel's answers, each with its healthy neighbour:
 * what was shown is not told anew, and what an arbitrary peer sends is taken or not as the answers
 * say. Only the edges are compared, and evidence or time where a line names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edges.h"

EDGES(a_row_asked_after_an_ignored_ack_counts_at_once,
	LINES(HERE, "0.05 listen 2/1", "0.100 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.1015 row S SYN_RECV timer 1 1000", "0.102 C>S A 101 301",
		"0.1025 row S SYN_RECV timer 1 999", "0.106 C>S R 101 0", "0.107 absent S listener",
		"1 tick"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>CLOSED"))

EDGES(a_row_asked_before_the_ack_does_not_count_against_it,
	LINES(HERE, "0.100 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301",
		"0.1021 row S SYN_RECV timer 1 1000 asked 0.1015", "0.106 C>S R 101 0",
		"0.107 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

EDGES(a_bare_rst_that_answers_data_leaves_the_shown_state,
	LINES(HERE, HANDSHAKE, "0.1025 row S ESTABLISHED", "0.2 C>S PA 101 301 len 10",
		"0.2001 S>C R 301 0", "0.201 absent S listener", "1 tick"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>ESTABLISHED both", "S ESTABLISHED>CLOSED"))

EDGES(a_bare_rst_that_answers_data_of_a_connection_never_shown,
	LINES(HERE, "0.100 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.1015 row S SYN_RECV timer 1 1000", "0.102 C>S A 101 301",
		"0.1025 row S SYN_RECV timer 1 999", "0.2 C>S PA 101 301 len 10",
		"0.2001 S>C R 301 0", "0.201 absent S listener", "1 tick"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>CLOSED"))

EDGES(a_silent_end_is_not_moved_to_a_later_rst,
	LINES(HERE, HANDSHAKE, "0.15 row S ESTABLISHED", "0.3 freed S", "0.301 absent S listener",
		"8.0 C>S PA 101 301 len 10", "8.0001 S>C R 301 0", "8.1 absent S listener",
		"9 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED kernel before 0.31"))

EDGES(a_silent_end_is_not_moved_to_a_later_syn_ack,
	LINES(HERE, HANDSHAKE, "0.15 row S ESTABLISHED", "0.3 freed S", "0.301 absent S listener",
		"8.0 C>S S 90000 0", "8.0001 S>C SA 70000 90001", "8.0002 C>S A 90001 70001",
		"8.001 row S ESTABLISHED cookie 900", "9 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED kernel before 0.31", S_OPENED))

EDGES(an_end_that_a_rst_tells_is_dated_by_it,
	LINES(HERE, HANDSHAKE, "0.15 row S ESTABLISHED", "0.29 C>S R 101 0", "0.3 freed S",
		"0.301 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED before 0.295"))

#define FIN_WAIT2_SHOWN                                                                            \
	"0.05 address C", HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102",                  \
		"0.21 row C FIN_WAIT2 timer 3 59000 mini",                                         \
		"0.22 row C FIN_WAIT2 timer 3 58990 mini",                                         \
		"0.25 row C FIN_WAIT2 timer 3 58960 mini",                                         \
		"0.3 row C FIN_WAIT2 timer 3 58910 mini"
#define C_FIN_WAIT2 C_OPENED, "C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2 both"

EDGES(what_was_shown_four_times_is_not_told_anew_for_an_older_ack,
	LINES(FIN_WAIT2_SHOWN, "0.4 S>C FA 301 101", "0.4001 C>S A 102 302",
		"0.401 row C TIME_WAIT timer 3 60000 mini",
		"0.5 row C TIME_WAIT timer 3 59900 mini", "1 tick"),
	LINES(C_FIN_WAIT2, "C FIN_WAIT2>TIME_WAIT both"))

EDGES(what_was_shown_four_times_is_not_told_anew_for_a_rst,
	LINES(FIN_WAIT2_SHOWN, "0.4 S>C RA 301 101", "0.401 absent C", "0.42 absent C", "1 tick"),
	LINES(C_FIN_WAIT2, "C FIN_WAIT2>CLOSED"))

#define SHUT                                                                                       \
	HERE, HANDSHAKE, "0.11 row S ESTABLISHED", "0.2 S>C PA 301 101 len 10",                    \
		"0.2001 C>S A 101 311 win 0", "0.201 row S ESTABLISHED timer 4 200"

#define RST_AT_LAST "0.5 C>S R 101 0", "0.501 absent S listener", "1 tick"

EDGES(a_close_behind_unsent_data_was_shown_before_the_rst,
	LINES(SHUT, "0.4 row S FIN_WAIT1 timer 4 200", "0.41 row S FIN_WAIT1 timer 4 190",
		RST_AT_LAST),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1 kernel", "S FIN_WAIT1>CLOSED"))

EDGES(an_open_connection_whose_window_is_shut_was_not_closed_before_the_rst,
	LINES(SHUT, "0.4 row S ESTABLISHED timer 4 200", "0.41 row S ESTABLISHED timer 4 190",
		RST_AT_LAST),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

EDGES(a_refuted_fin_does_not_bar_a_later_true_one,
	LINES(HERE, "0.100 C>S S 100 0 ts 5000 0", "0.101 S>C SA 300 101 ts 900 5000",
		"0.102 C>S A 101 301 ts 5001 900", "0.2 C>S FA 101 301 ts 1000 900",
		"0.21 row S ESTABLISHED", "0.23 row S ESTABLISHED",
		"0.3 C>S FA 101 301 ts 5200 900", "0.3001 S>C A 301 102 ts 1100 5200",
		"0.301 row S CLOSE_WAIT", "0.303 S>C FA 301 102 ts 1103 5200",
		"0.3031 C>S A 102 302 ts 5203 1103", "0.304 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT both after 0.29", "S CLOSE_WAIT>LAST_ACK",
		"S LAST_ACK>CLOSED"))

/* ---- peers that send whatever they like ---- */

#define FIN_AGAIN(ms) "0." #ms " S>C FA 301 101"
#define LONG_FIN_WAIT1                                                                             \
	HERE, HANDSHAKE, FIN_AGAIN(200), FIN_AGAIN(210), FIN_AGAIN(220), FIN_AGAIN(230),           \
		FIN_AGAIN(240), FIN_AGAIN(250), FIN_AGAIN(260), FIN_AGAIN(270), FIN_AGAIN(280),    \
		FIN_AGAIN(290), FIN_AGAIN(300), FIN_AGAIN(310), FIN_AGAIN(320), FIN_AGAIN(330),    \
		FIN_AGAIN(340), FIN_AGAIN(350), FIN_AGAIN(360), FIN_AGAIN(370), FIN_AGAIN(380),    \
		FIN_AGAIN(390), "0.400 C>S A 101 302"

EDGES(an_ack_of_the_fin_counts_though_one_before_it_was_ignored,
	LINES(LONG_FIN_WAIT1, "0.420 row S FIN_WAIT1 timer 1 200", "0.430 C>S PA 101 302 len 1",
		"0.4301 S>C R 302 0", "0.431 absent S", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2 wire after 0.43",
		"S FIN_WAIT2>CLOSED"))

EDGES(an_ack_of_the_fin_counts_once,
	LINES(LONG_FIN_WAIT1, "0.420 row S FIN_WAIT2 timer 3 200", "0.430 C>S PA 101 302 len 1",
		"0.4301 S>C R 302 0", "0.431 absent S", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2 both before 0.41",
		"S FIN_WAIT2>CLOSED"))

#define NO_WINDOW                                                                                  \
	HERE, "0.100 C>S S 100 0 win 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301 win 0"

#define FIN_WITHOUT_WINDOW NO_WINDOW, "0.11 row S ESTABLISHED", "0.3 C>S FA 101 301 len 20 win 0"

EDGES(data_with_a_fin_that_draws_a_bare_rst_finds_an_orphan,
	LINES(FIN_WITHOUT_WINDOW, "0.3001 S>C R 301 0", "0.301 absent S", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSED"))

EDGES(an_answer_between_the_data_and_its_rst_finds_nobody,
	LINES(FIN_WITHOUT_WINDOW, "0.30004 absent S asked 0.30003", "0.30005 S>C R 301 0",
		"1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSED"))

EDGES(data_with_a_fin_that_is_acknowledged_is_taken,
	LINES(NO_WINDOW, "0.3 C>S FA 101 301 len 20 win 0", "0.3001 S>C A 301 122",
		"0.4 S>C RA 301 122", "0.401 absent S", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>CLOSED"))

EDGES(a_fin_within_what_waits_already_is_dropped,
	LINES(HANDSHAKE, "0.2 C>S PA 111 301 len 100", "0.21 C>S FA 210 301",
		"0.22 C>S PA 101 301 len 10", "0.2201 S>C A 301 211", "0.3 S>C FA 301 211",
		"0.301 C>S A 211 302"),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_fin_right_behind_what_waits_counts,
	LINES(HANDSHAKE, "0.2 C>S PA 111 301 len 100", "0.21 C>S FA 211 301",
		"0.22 C>S PA 101 301 len 10", "0.2201 S>C A 301 212", "0.3 S>C FA 301 212",
		"0.301 C>S A 212 302"),
	LINES(S_PASSIVE_CLOSE))

#define UNANSWERED_SYN HERE, HANDSHAKE, "0.11 row S ESTABLISHED cookie 200", "0.5 C>S S 900 0"

EDGES(another_socket_that_is_freed_says_nothing_of_this_one,
	LINES(UNANSWERED_SYN, "0.501 freed 77 S", "0.502 row S ESTABLISHED cookie 200", "1 tick"),
	LINES(S_OPENED))

EDGES(the_socket_that_is_freed_is_gone,
	LINES(UNANSWERED_SYN, "0.501 freed 200 S", "0.502 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED kernel"))

EDGES(a_cookie_ack_that_a_look_up_overtook_begins_a_life,
	LINES(HERE, CLOSED_ONCE, "0.5 C>S A 101 301", "0.5001 absent S listener asked 0.50005",
		"0.515 row S ESTABLISHED cookie 900", "1 tick"),
	LINES(S_PASSIVE_CLOSE, S_OPENED))

#define COOKIE_IN(queue)                                                                           \
	HERE, "0.05 listen " queue "/1", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",                \
		"0.1012 absent S listener queue " queue " asked 0.1011", "0.2 C>S A 101 301",      \
		"0.2002 C>S RA 101 301", "0.201 absent S listener queue " queue, "1 tick"

EDGES(a_cookie_that_meets_a_full_accept_queue_makes_no_socket, LINES(COOKIE_IN("2")),
	LINES("S nothing"))

EDGES(a_cookie_that_finds_room_makes_one, LINES(COOKIE_IN("0")),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

EDGES(a_segment_that_is_no_cookie_is_refused_and_leaves_nothing,
	LINES(HERE, "0.05 listen 0/5", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.1012 absent S listener asked 0.1011", "0.2 C>S FA 111 301 len 10",
		"0.2001 S>C R 301 0", "0.2002 C>S PA 101 301 len 10", "0.2003 S>C A 301 111",
		"0.201 row S ESTABLISHED", "0.21 C>S PA 111 301 len 5", "0.2101 S>C A 301 116",
		"0.3 C>S RA 116 301", "0.301 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

EDGES(a_cookie_that_a_row_shows_has_made_one,
	LINES(HERE, "0.05 listen 2/1", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.1012 absent S listener queue 2 asked 0.1011", "0.2 C>S A 101 301",
		"0.201 row S ESTABLISHED", "0.202 C>S RA 101 301", "0.21 absent S listener queue 2",
		"1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_row_asked_after_an_ignored_ack_counts_at_once),
		TEST(a_row_asked_before_the_ack_does_not_count_against_it),
		TEST(a_bare_rst_that_answers_data_leaves_the_shown_state),
		TEST(a_bare_rst_that_answers_data_of_a_connection_never_shown),
		TEST(a_silent_end_is_not_moved_to_a_later_rst),
		TEST(a_silent_end_is_not_moved_to_a_later_syn_ack),
		TEST(an_end_that_a_rst_tells_is_dated_by_it),
		TEST(what_was_shown_four_times_is_not_told_anew_for_an_older_ack),
		TEST(what_was_shown_four_times_is_not_told_anew_for_a_rst),
		TEST(a_close_behind_unsent_data_was_shown_before_the_rst),
		TEST(an_open_connection_whose_window_is_shut_was_not_closed_before_the_rst),
		TEST(a_refuted_fin_does_not_bar_a_later_true_one),
		TEST(an_ack_of_the_fin_counts_though_one_before_it_was_ignored),
		TEST(an_ack_of_the_fin_counts_once),
		TEST(data_with_a_fin_that_draws_a_bare_rst_finds_an_orphan),
		TEST(an_answer_between_the_data_and_its_rst_finds_nobody),
		TEST(data_with_a_fin_that_is_acknowledged_is_taken),
		TEST(a_fin_within_what_waits_already_is_dropped),
		TEST(a_fin_right_behind_what_waits_counts),
		TEST(another_socket_that_is_freed_says_nothing_of_this_one),
		TEST(the_socket_that_is_freed_is_gone),
		TEST(a_cookie_ack_that_a_look_up_overtook_begins_a_life),
		TEST(a_cookie_that_meets_a_full_accept_queue_makes_no_socket),
		TEST(a_cookie_that_finds_room_makes_one),
		TEST(a_segment_that_is_no_cookie_is_refused_and_leaves_nothing),
		TEST(a_cookie_that_a_row_shows_has_made_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
