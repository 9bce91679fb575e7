/* A program's own calls date the edges they make, where nothing dates them better; a call that
 * cannot have made an edge dates nothing. C's cookie is 100. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define WAITS HANDSHAKE, "0.11 row C ESTABLISHED", "0.12 C>S PA 101 301 len 100"
#define WAITING                                                                                    \
	OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED both syn_ack_received",                \
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received"

SCENARIO(a_syn_that_was_not_captured_is_dated_by_connect,
	LINES("0.05 tick", "0.1 call connect 100", "0.2 row C SYN_SENT", "1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT kernel syn_sent"))

SCENARIO(a_syn_that_was_captured_dates_itself,
	LINES("0.05 tick", "0.1 C>S S 100 0", "0.15 row C SYN_SENT",
		"0.2 call connect 100 since 0.09", "1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent"))

SCENARIO(the_second_connect_of_a_socket_is_not_the_first,
	LINES("0.05 tick", "0.06 call connect 100 refused", "0.1 call connect 100",
		"0.12 call connect 100", "0.2 row C SYN_SENT", "1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT kernel syn_sent"))

SCENARIO(a_connect_that_came_after_what_the_kernel_shows_is_none_of_it,
	LINES("0.05 tick", "0.2 row C SYN_SENT", "0.3 call connect 100", "1 tick"),
	LINES("0.2000 C CLOSED>SYN_SENT kernel syn_sent"))

SCENARIO(a_connection_given_up_is_dated_by_its_close,
	LINES("0.1 C>S S 100 0", "0.15 row C SYN_SENT", "0.2 call close 100", "0.4 absent C",
		"1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"0.2000 C SYN_SENT>CLOSED kernel closed_or_ended"))

SCENARIO(an_answer_read_after_the_close_may_be_older_than_it,
	LINES(WAITS, "0.25 row C ESTABLISHED asked 0.19", "0.2 call close 100",
		"0.3 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.2000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(a_close_before_its_timer_runs_out_leaves_no_timer,
	LINES("0.1 C>S S 100 0", "0.15 row C SYN_SENT timer 1 950 retrans 6", "0.2 call close 100",
		"1.4 absent C", "2 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"0.2000 C SYN_SENT>CLOSED kernel closed_or_ended"))

SCENARIO(a_close_long_after_the_timer_met_a_syn_that_was_sent_again,
	LINES("0.1 C>S S 100 0", "1.15 row C SYN_SENT timer 1 950 retrans 1", "3.2 call close 100",
		"3.4 absent C", "4 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"3.2000 C SYN_SENT>CLOSED kernel closed_or_ended"))

SCENARIO(a_close_right_after_its_timer_ran_out_is_told_of_it,
	LINES("0.1 C>S S 100 0", "1.15 row C SYN_SENT timer 1 950 retrans 1", "2.13 call close 100",
		"3.4 absent C", "4 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"2.1000 C SYN_SENT>CLOSED kernel syn_timed_out"))

SCENARIO(a_fin_that_waits_is_dated_by_the_close,
	LINES(WAITS, "0.2 call close 100", "0.3 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.2000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(a_fin_that_waits_is_dated_by_shutdown_not_by_the_close_after_it,
	LINES(WAITS, "0.19 call shutdown 100 SHUT_RD", "0.2 call shutdown 100",
		"0.25 call close 100", "0.3 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.2000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(only_the_last_close_of_a_socket_closes_it,
	LINES(WAITS, "0.2 call close 100 shared", "0.25 call close 100", "0.3 row C FIN_WAIT1",
		"1 tick"),
	LINES(WAITING, "0.2500 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(a_close_beside_another_threads_call_closes_later,
	LINES(WAITS, "0.2 call close 100 busy", "0.3 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.3000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(a_close_before_the_kernel_showed_the_socket_open_is_not_its_end,
	LINES(WAITS, "0.2 call close 100", "0.25 row C ESTABLISHED", "0.3 row C FIN_WAIT1",
		"1 tick"),
	LINES(WAITING, "0.3000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(an_end_is_dated_by_when_the_process_had_ended,
	LINES(WAITS, "0.2 call exit 100", "0.22 exited", "0.3 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.2200 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(a_fin_that_left_behind_unsent_data_was_called_before,
	LINES(WAITS, "0.2 call close 100", "0.4 S>C A 301 201", "0.41 C>S FA 201 301",
		"0.42 S>C A 301 202", "1 tick"),
	LINES(WAITING, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.4100 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.4200 C FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(a_fin_that_left_within_its_call_dates_itself,
	LINES(WAITS, "0.13 S>C A 301 201", "0.2 C>S FA 201 301", "0.3 call close 100 since 0.19",
		"0.31 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.2000 C ESTABLISHED>FIN_WAIT1 both fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(another_sockets_close_dates_nothing,
	LINES(WAITS, "0.2 call close 101", "0.3 row C FIN_WAIT1", "1 tick"),
	LINES(WAITING, "0.3000 C ESTABLISHED>FIN_WAIT1 kernel fin_queued"))

SCENARIO(a_listener_with_an_accept_under_way_closes_when_that_returns,
	LINES("0.05 dump-end", "0.07 call listen 9", "0.1 listen 0/5", "0.11 dump-end",
		"0.15 call close 9 busy", "0.2 unlistened", "1 tick"),
	LINES("0.0700 L CLOSED>LISTEN kernel listen_called",
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended"))

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syn_that_was_not_captured_is_dated_by_connect),
		cmocka_unit_test(a_syn_that_was_captured_dates_itself),
		cmocka_unit_test(the_second_connect_of_a_socket_is_not_the_first),
		cmocka_unit_test(a_connect_that_came_after_what_the_kernel_shows_is_none_of_it),
		cmocka_unit_test(a_connection_given_up_is_dated_by_its_close),
		cmocka_unit_test(an_answer_read_after_the_close_may_be_older_than_it),
		cmocka_unit_test(a_close_before_its_timer_runs_out_leaves_no_timer),
		cmocka_unit_test(a_close_long_after_the_timer_met_a_syn_that_was_sent_again),
		cmocka_unit_test(a_close_right_after_its_timer_ran_out_is_told_of_it),
		cmocka_unit_test(a_fin_that_waits_is_dated_by_the_close),
		cmocka_unit_test(a_fin_that_waits_is_dated_by_shutdown_not_by_the_close_after_it),
		cmocka_unit_test(only_the_last_close_of_a_socket_closes_it),
		cmocka_unit_test(a_close_beside_another_threads_call_closes_later),
		cmocka_unit_test(a_close_before_the_kernel_showed_the_socket_open_is_not_its_end),
		cmocka_unit_test(an_end_is_dated_by_when_the_process_had_ended),
		cmocka_unit_test(a_fin_that_left_behind_unsent_data_was_called_before),
		cmocka_unit_test(a_fin_that_left_within_its_call_dates_itself),
		cmocka_unit_test(another_sockets_close_dates_nothing),
		cmocka_unit_test(a_listener_with_an_accept_under_way_closes_when_that_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
