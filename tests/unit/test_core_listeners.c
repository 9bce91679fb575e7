/* What the kernel's answers tell of listeners: since when, until when, whose requests and cookies
 * were theirs (docs/evidence.md), scenario by scenario. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

#define REQUEST_HELD                                                                               \
	"0.05 listen 0/5", "0.06 dump-end", "0.1 C>S S 100 0", "0.101 S>C SA 300 101",             \
		"0.102 row S SYN_RECV timer 1 999"
#define REQUEST_SEEN                                                                               \
	"0.0500 L UNKNOWN>LISTEN kernel listen_called", OPENED_C,                                  \
		"0.1000 S LISTEN>SYN_RECV both syn_received",                                      \
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received"

SCENARIO(a_request_goes_with_its_listener_at_its_next_timer,
	LINES(REQUEST_HELD, "0.5 unlistened", "0.6 row S SYN_RECV timer 1 501", "1.11 absent S",
		"2 tick"),
	LINES(REQUEST_SEEN, "0.5000 L LISTEN>CLOSED kernel closed_or_ended",
		"1.1010 S SYN_RECV>CLOSED kernel listener_closed"))

SCENARIO(a_request_that_its_listener_outlived_has_timed_out,
	LINES(REQUEST_HELD, "1.105 listen 0/5", "1.106 unlistened", "1.11 absent S", "2 tick"),
	LINES(REQUEST_SEEN, "1.1010 S SYN_RECV>CLOSED kernel syn_ack_timed_out",
		"1.1060 L LISTEN>CLOSED kernel closed_or_ended"))

#define ANSWERED_FIRST                                                                             \
	"0.01 address S", "0.02 dump-end", "0.08 dump-end", "0.1 C>S S 100 0",                     \
		"0.101 S>C SA 300 101", "0.102 C>S A 101 301"
#define OPENED_HERE                                                                                \
	OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received",                                    \
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",                             \
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received"

SCENARIO(a_listener_that_answered_was_there,
	LINES(ANSWERED_FIRST, "0.3 listen 1/5", "0.31 dump-end", "1 tick"),
	LINES("0.1000 L CLOSED>LISTEN kernel listen_called", OPENED_HERE))

SCENARIO(a_listener_shown_just_after_the_first_dump_came_after_it,
	LINES("0.05 dump-end", "0.052 listen 0/5", "1 tick"),
	LINES("0.0520 L CLOSED>LISTEN kernel listen_called"))

SCENARIO(another_programs_first_dump_may_be_several_requests,
	LINES("0.05 dump-end one-request", "0.052 listen 0/5", "0.053 dump-end one-request",
		"1 tick"),
	LINES("0.0520 L UNKNOWN>LISTEN kernel listen_called"))

SCENARIO(a_listener_that_answered_nobody_came_when_it_is_shown,
	LINES("0.01 address S", "0.02 dump-end", "0.08 dump-end", "0.1 C>S S 100 0",
		"0.101 S>C RA 0 101", "0.3 listen 0/5", "0.31 dump-end", "1 tick"),
	LINES(OPENED_C, "0.1010 C SYN_SENT>CLOSED wire connection_refused",
		"0.3000 L CLOSED>LISTEN kernel listen_called"))

SCENARIO(nor_is_it_where_nobody_saw_the_predecessor_close,
	LINES(ANSWERED_FIRST, "0.3 listen 1/5 cookie 70", "0.31 dump-end",
		"0.5 listen 0/5 cookie 71", "0.51 dump-end", "0.7 listen 0/5 cookie 71",
		"0.71 dump-end", "1 tick"),
	LINES("0.1000 L CLOSED>LISTEN kernel listen_called", OPENED_HERE,
		"0.5000 L LISTEN>CLOSED kernel closed_or_ended",
		"0.5000 L CLOSED>LISTEN kernel listen_called"))

SCENARIO(what_its_predecessor_answered_is_not_the_next_ones,
	LINES("0.01 address S", "0.02 dump-end", "0.03 listen 0/5 cookie 70", "0.04 dump-end",
		"0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301", "0.2 freed 70 L",
		"0.25 dump-end", "0.3 listen 0/5 cookie 71", "0.31 dump-end", "1 tick"),
	LINES("0.0300 L CLOSED>LISTEN kernel listen_called", OPENED_HERE,
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended",
		"0.3000 L CLOSED>LISTEN kernel listen_called"))

SCENARIO(a_cookie_is_no_socket,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 absent S listener",
		"0.115 absent S listener", "0.2 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received withdrawn: syn_cookie(0,0)",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1015 L UNKNOWN>LISTEN kernel listen_called"))

SCENARIO(a_valid_ack_of_a_cookie_makes_a_socket_after_all,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 absent S listener",
		"0.115 absent S listener", "0.2 C>S A 101 301", "0.22 row S ESTABLISHED",
		"0.3 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received withdrawn: syn_cookie(0,0)",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1015 L UNKNOWN>LISTEN kernel listen_called",
		"0.2000 S LISTEN>SYN_RECV wire cookie_accepted",
		"0.2000 S SYN_RECV>ESTABLISHED both final_ack_received"))

SCENARIO(a_listener_comes_and_goes,
	LINES("0.05 dump-end", "0.1 listen 0/5", "0.11 dump-end", "0.2 unlistened", "1 tick"),
	LINES("0.1000 L CLOSED>LISTEN kernel listen_called",
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended"))

SCENARIO(a_listener_is_dated_by_its_own_calls,
	LINES("0.05 dump-end", "0.07 call listen 9", "0.1 listen 0/5", "0.11 dump-end",
		"0.12 call close 9 shared", "0.15 call close 9", "0.2 unlistened", "1 tick"),
	LINES("0.0700 L CLOSED>LISTEN kernel listen_called",
		"0.1500 L LISTEN>CLOSED kernel closed_or_ended"))

SCENARIO(a_socket_that_listens_again_is_dated_by_its_newer_listen,
	LINES("0.05 dump-end", "0.07 call listen 9", "0.1 listen 0/5", "0.11 dump-end",
		"0.12 call listen 9", "0.15 call shutdown 9", "0.2 unlistened", "0.3 call listen 9",
		"0.35 listen 0/5", "0.36 dump-end", "0.4 call close 9", "0.5 unlistened", "1 tick"),
	LINES("0.0700 L CLOSED>LISTEN kernel listen_called",
		"0.1500 L LISTEN>CLOSED kernel closed_or_ended",
		"0.3000 L CLOSED>LISTEN kernel listen_called",
		"0.4000 L LISTEN>CLOSED kernel closed_or_ended"))

SCENARIO(a_listen_that_was_not_heard_is_dated_by_the_row,
	LINES("0.05 dump-end", "0.07 call listen 9", "0.1 listen 0/5", "0.11 dump-end",
		"0.15 call shutdown 9", "0.2 unlistened", "0.25 dump-end", "0.35 listen 0/5",
		"0.36 dump-end", "1 tick"),
	LINES("0.0700 L CLOSED>LISTEN kernel listen_called",
		"0.1500 L LISTEN>CLOSED kernel closed_or_ended",
		"0.3500 L CLOSED>LISTEN kernel listen_called"))

SCENARIO(whose_listen_was_heard_was_not_there_before,
	LINES("0.02 call listen 9", "0.05 listen 0/5", "0.06 dump-end", "1 tick"),
	LINES("0.0200 L CLOSED>LISTEN kernel listen_called"))

SCENARIO(another_sockets_calls_date_nothing,
	LINES("0.05 dump-end", "0.07 call listen 8", "0.1 listen 0/5", "0.11 dump-end",
		"0.15 call close 8", "0.2 unlistened", "1 tick"),
	LINES("0.1000 L CLOSED>LISTEN kernel listen_called",
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended"))

SCENARIO(a_close_that_came_before_the_listener_was_seen_is_not_its_end,
	LINES("0.05 dump-end", "0.07 call listen 9", "0.08 call close 9", "0.1 listen 0/5",
		"0.11 dump-end", "0.2 unlistened", "1 tick"),
	LINES("0.0700 L CLOSED>LISTEN kernel listen_called",
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended"))

SCENARIO(a_look_up_that_would_not_find_a_listener_does_not_close_it,
	LINES("0.05 listen 0/5 device", "0.051 listen 0/6 v6only", "0.06 dump-end",
		"0.1 C>S S 100 0", "0.1001 S>C RA 0 101", "0.101 absent S", "0.2 unlistened",
		"1 tick"),
	LINES("0.0500 L UNKNOWN>LISTEN kernel listen_called",
		"0.0510 L UNKNOWN>LISTEN kernel listen_called", OPENED_C,
		"0.1001 C SYN_SENT>CLOSED wire connection_refused"))

SCENARIO(a_look_up_on_its_device_closes_a_listener_bound_to_it,
	LINES("0.05 dump-end", "0.1 listen 0/5 device", "0.11 dump-end", "0.2 unlistened device",
		"1 tick"),
	LINES("0.1000 L CLOSED>LISTEN kernel listen_called",
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended"))

SCENARIO(only_a_look_up_on_its_device_tells_that_a_bound_socket_is_gone,
	LINES(HANDSHAKE, "0.11 row C ESTABLISHED device", "0.3 absent C", "0.4 absent C",
		"0.6 absent C device", "1 tick"),
	LINES(OPENED_SHOWN, "0.6000 C ESTABLISHED>CLOSED kernel socket_gone"))

SCENARIO(a_listener_that_is_freed_is_closed,
	LINES("0.05 dump-end", "0.1 listen 0/5 device", "0.11 dump-end", "0.15 freed S",
		"0.2 freed L", "1 tick"),
	LINES("0.1000 L CLOSED>LISTEN kernel listen_called",
		"0.2000 L LISTEN>CLOSED kernel closed_or_ended"))

#define TEST(name) cmocka_unit_test(name)
static const struct CMUnitTest tests[] = {
	TEST(a_request_goes_with_its_listener_at_its_next_timer),
	TEST(a_request_that_its_listener_outlived_has_timed_out),
	TEST(a_listener_that_answered_was_there),
	TEST(a_listener_shown_just_after_the_first_dump_came_after_it),
	TEST(another_programs_first_dump_may_be_several_requests),
	TEST(a_listener_that_answered_nobody_came_when_it_is_shown),
	TEST(nor_is_it_where_nobody_saw_the_predecessor_close),
	TEST(what_its_predecessor_answered_is_not_the_next_ones),
	TEST(a_cookie_is_no_socket),
	TEST(a_valid_ack_of_a_cookie_makes_a_socket_after_all),
	TEST(a_listener_comes_and_goes),
	TEST(a_listener_is_dated_by_its_own_calls),
	TEST(a_socket_that_listens_again_is_dated_by_its_newer_listen),
	TEST(a_listen_that_was_not_heard_is_dated_by_the_row),
	TEST(whose_listen_was_heard_was_not_there_before),
	TEST(another_sockets_calls_date_nothing),
	TEST(a_close_that_came_before_the_listener_was_seen_is_not_its_end),
	TEST(a_look_up_that_would_not_find_a_listener_does_not_close_it),
	TEST(a_look_up_on_its_device_closes_a_listener_bound_to_it),
	TEST(only_a_look_up_on_its_device_tells_that_a_bound_socket_is_gone),
	TEST(a_listener_that_is_freed_is_closed),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
