/* Captures as they come from elsewhere: taken by a mirror port, in one direction only, begun too
 * late, out of order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "script.h"

#define COUNTS(name, lines, expected)                                                              \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		script_counts(lines, expected);                                                    \
	}

COUNTS(a_packet_captured_twice_counts_once,
	LINES("0.100 C>S S 100 0 id 7", "0.10001 C>S S 100 0 id 7", "0.101 S>C SA 300 101",
		"0.1011 S>C SA 300 101", "0.102 C>S A 101 301 id 8", "0.10201 C>S A 101 301 id 8",
		"0.2 C>S PA 101 301 len 9 id 9", "0.2001 C>S PA 101 301 len 9 id 9"),
	"C 3, 0 again; S 1, 0 again; 4 copies")

COUNTS(what_a_router_forwards_is_captured_on_both_sides_of_it,
	LINES("0.1 C>S PA 101 301 len 9", "0.101 C>S PA 110 301 len 9",
		"0.102 C>S PA 119 301 len 9", "0.11 C>S PA 101 301 len 9 hop 63",
		"0.12 C>S PA 110 301 len 9 hop 63", "0.13 C>S PA 119 301 len 9 hop 63"),
	"C 3, 0 again; S 0, 0 again; 3 copies")

COUNTS(a_packet_sent_again_is_none_captured_twice,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 9 id 9", "0.23 C>S PA 101 301 len 9 id 9",
		"0.231 C>S PA 101 301 len 9 id 10", "0.3 C>S PA 110 301 len 9",
		"0.3001 S>C A 301 110", "0.3002 C>S PA 110 301 len 9", "0.4 C>S PA 110 301 len 9"),
	"C 8, 4 again; S 2, 0 again; 0 copies")

COUNTS(acknowledgements_that_ask_for_the_same_byte_are_no_copies,
	LINES(HANDSHAKE, "0.2 C>S A 101 301", "0.2001 C>S A 101 301"),
	"C 4, 0 again; S 1, 0 again; 0 copies")

COUNTS(a_keepalive_is_no_retransmission,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 9", "0.21 S>C A 301 110", "9 C>S A 109 301 len 1",
		"9.01 S>C A 301 110", "19 C>S A 109 301", "19.01 S>C A 301 110"),
	"C 5, 0 again; S 4, 0 again; 0 copies")

COUNTS(the_last_byte_sent_again_before_it_is_acknowledged_is_a_retransmission,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 1", "0.4 C>S PA 101 301 len 1"),
	"C 4, 1 again; S 1, 0 again; 0 copies")

COUNTS(what_comes_out_of_order_is_no_retransmission,
	LINES(HANDSHAKE, "0.2 C>S A 101 301 len 10", "0.2001 C>S A 121 301 len 10",
		"0.2002 C>S A 111 301 len 10", "0.2003 C>S A 111 301 len 10"),
	"C 5, 0 again; S 1, 0 again; 1 copies")

COUNTS(a_hole_that_is_filled_late_was_lost_before_the_tap,
	LINES(HANDSHAKE, "0.2 C>S A 101 301 len 10", "0.2001 C>S A 121 301 len 10",
		"0.21 C>S A 111 301 len 10", "0.22 C>S A 111 301 len 10 id 1"),
	"C 6, 2 again; S 1, 0 again; 0 copies")

COUNTS(a_retransmission_may_bring_new_data_along,
	LINES(HANDSHAKE, "0.2 C>S A 101 301 len 10", "0.5 C>S A 101 301 len 20"),
	"C 4, 1 again; S 1, 0 again; 0 copies")

SCENARIO(only_the_server_was_captured,
	LINES("0.101 S>C SA 300 101", "0.103 S>C PA 301 111 len 5", "0.2 S>C FA 306 111",
		"0.3 S>C A 307 112"),
	LINES("0.1010 S LISTEN>SYN_RECV wire syn_received",
		"0.1010 C UNKNOWN>ESTABLISHED wire syn_ack_received",
		"0.1030 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT wire fin_received"))

COUNTS(an_end_that_was_not_captured_is_not_said_to_hold_close_wait,
	LINES("0.101 S>C SA 300 101", "0.103 S>C PA 301 111 len 5", "0.2 S>C FA 306 111",
		"9 S>C A 307 111"),
	"C 0, 0 again; S 4, 0 again; 0 copies")

COUNTS(an_end_that_took_the_fin_and_goes_on_holds_close_wait,
	LINES(HANDSHAKE, "0.2 S>C FA 301 101", "0.21 C>S A 101 302", "9 tick"),
	"C 3, 0 again; S 2, 0 again; 0 copies; close_wait_held")

SCENARIO(only_the_client_was_captured,
	LINES("0.1 C>S S 100 0", "0.12 C>S A 101 301", "0.13 C>S PA 101 301 len 9",
		"0.2 C>S A 110 100301", "0.3 C>S RA 110 100301"),
	LINES("0.1000 C CLOSED>SYN_SENT wire syn_sent",
		"0.1000 S LISTEN>SYN_RECV wire syn_received",
		"0.1200 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1200 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.3000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.3000 S ESTABLISHED>CLOSED wire rst_received"))

COUNTS(a_syn_whose_answer_was_not_captured_was_answered_all_the_same,
	LINES("0.1 C>S S 100 0", "1.1 C>S S 100 0", "1.12 C>S A 101 301",
		"1.13 C>S PA 101 301 len 9"),
	"C 4, 1 again; S 0, 0 again; 0 copies; syn_unanswered")

SCENARIO(a_missing_syn_ack_does_not_narrow_the_window,
	LINES("0.1 C>S S 100 0", "0.12 C>S A 101 301", "0.13 S>C A 301 101",
		"0.2 C>S PA 120101 301 len 9", "0.3 C>S FA 120110 301", "0.31 S>C A 301 120111"),
	LINES("0.1000 C CLOSED>SYN_SENT wire syn_sent",
		"0.1000 S LISTEN>SYN_RECV wire syn_received",
		"0.1200 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1200 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.3000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.3000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.3100 C FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(an_rst_ends_a_connect_that_was_given_up,
	LINES("0.1 C>S S 100 0", "1.1 C>S S 100 0", "2 C>S RA 100 0"),
	LINES("0.1000 C CLOSED>SYN_SENT wire syn_sent", "2.0000 C SYN_SENT>CLOSED wire rst_sent"))

SCENARIO(an_rst_that_refuses_a_stray_syn_ack_does_not_end_the_connect,
	LINES("0.1 C>S S 100 0", "0.11 S>C SA 700 55", "0.111 C>S R 55 0", "1.1 C>S S 100 0",
		"1.11 S>C SA 300 101", "1.12 C>S A 101 301"),
	LINES("0.1000 C CLOSED>SYN_SENT wire syn_sent",
		"0.1100 S LISTEN>SYN_RECV wire syn_received",
		"0.1110 S SYN_RECV>CLOSED wire rst_received",
		"1.1000 S LISTEN>SYN_RECV wire syn_received",
		"1.1100 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"1.1200 S SYN_RECV>ESTABLISHED wire final_ack_received"))

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
	const struct CMUnitTest tests[] = {
		TEST(a_packet_captured_twice_counts_once),
		TEST(what_a_router_forwards_is_captured_on_both_sides_of_it),
		TEST(a_packet_sent_again_is_none_captured_twice),
		TEST(acknowledgements_that_ask_for_the_same_byte_are_no_copies),
		TEST(a_keepalive_is_no_retransmission),
		TEST(the_last_byte_sent_again_before_it_is_acknowledged_is_a_retransmission),
		TEST(what_comes_out_of_order_is_no_retransmission),
		TEST(a_hole_that_is_filled_late_was_lost_before_the_tap),
		TEST(a_retransmission_may_bring_new_data_along),
		TEST(only_the_server_was_captured),
		TEST(an_end_that_was_not_captured_is_not_said_to_hold_close_wait),
		TEST(an_end_that_took_the_fin_and_goes_on_holds_close_wait),
		TEST(only_the_client_was_captured),
		TEST(a_syn_whose_answer_was_not_captured_was_answered_all_the_same),
		TEST(a_missing_syn_ack_does_not_narrow_the_window),
		TEST(an_rst_ends_a_connect_that_was_given_up),
		TEST(an_rst_that_refuses_a_stray_syn_ack_does_not_end_the_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
