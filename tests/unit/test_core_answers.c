/* What the kernel's answers make of the wire's claims: confirmed, dated, withdrawn
 * (docs/evidence.md), scenario by scenario. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

SCENARIO(an_answer_between_two_edges_confirms_the_first_only,
	LINES(HANDSHAKE, "0.1021 row C ESTABLISHED", "0.15 row S ESTABLISHED", "0.2 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED both syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED both final_ack_received"))

SCENARIO(an_answer_asked_before_the_edge_confirms_nothing,
	LINES(HANDSHAKE, "0.15 row S ESTABLISHED asked 0.1015", "0.2 tick"), LINES(OPENED))

SCENARIO(an_early_answer_with_the_old_state_is_only_pending,
	LINES(HANDSHAKE, "0.1022 row S SYN_RECV", "0.105 row S SYN_RECV", "0.15 row S ESTABLISHED",
		"0.2 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED both final_ack_received"))

#define REFUSED_BY(why) "0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: " why
#define HALF_OPEN(why)                                                                             \
	OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",                                    \
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received", REFUSED_BY(why)

SCENARIO(a_full_accept_queue_ignores_each_final_ack,
	LINES("0.05 listen 2/1", "0.06 dump-end", "0.100 C>S S 100 0", "0.101 S>C SA 300 101",
		"0.1015 row S SYN_RECV timer 1 1000", "0.102 C>S A 101 301",
		"0.105 row S SYN_RECV timer 1 997", "0.13 listen 2/1",
		"0.14 row S SYN_RECV timer 1 960", "1.1 S>C SA 300 101", "1.101 C>S A 101 301",
		"1.105 row S SYN_RECV", "1.2 row S SYN_RECV", "3.1 S>C SA 300 101",
		"3.101 C>S A 101 301", "3.2 row S SYN_RECV", "3.3 row S SYN_RECV", "4 tick"),
	LINES("0.0500 L UNKNOWN>LISTEN kernel listen_called", HALF_OPEN("accept_queue_full(2,1)"),
		"1.1010 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"accept_queue_full(2,1)",
		"3.1010 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"accept_queue_full(2,1)"))

SCENARIO(without_the_listeners_row_the_reason_stays_open,
	LINES(HANDSHAKE, "0.105 row S SYN_RECV", "0.14 row S SYN_RECV", "1 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		REFUSED_BY("final_ack_ignored(0,0)")))

SCENARIO(a_repeated_syn_ack_alone_withdraws_established,
	LINES(HANDSHAKE, "1.101 S>C SA 300 101", "1.102 C>S A 101 301"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		REFUSED_BY("final_ack_ignored(0,0)"),
		"1.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)"))

SCENARIO(recovery_after_accept_is_dated_by_the_ack_that_was_taken,
	LINES(HANDSHAKE, "0.105 row S SYN_RECV", "0.14 row S SYN_RECV", "1.1 S>C SA 300 101",
		"1.101 C>S A 101 301", "1.11 row S ESTABLISHED", "2 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		REFUSED_BY("final_ack_ignored(0,0)"),
		"1.1010 S SYN_RECV>ESTABLISHED both final_ack_received"))

SCENARIO(data_from_the_server_proves_that_it_was_accepted,
	LINES(HANDSHAKE, "0.105 row S SYN_RECV", "0.14 row S SYN_RECV", "1.1 S>C SA 300 101",
		"1.101 C>S A 101 301", "1.2 S>C PA 301 101 len 5"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		REFUSED_BY("final_ack_ignored(0,0)"),
		"1.1010 S SYN_RECV>ESTABLISHED wire final_ack_received"))

SCENARIO(edges_of_one_end_stay_in_order_over_its_connections,
	LINES(HANDSHAKE, "0.103 C>S S 102 0", "0.104 C>S SA 111 301"),
	LINES(OPENED, "0.1030 C ESTABLISHED>CLOSED wire replaced_by_new_connection",
		"0.1030 C CLOSED>SYN_SENT wire syn_sent",
		"0.1040 C SYN_SENT>CLOSED wire replaced_by_new_connection",
		"0.1040 C LISTEN>SYN_RECV wire syn_received"))

SCENARIO(an_icmp_error_ignored_once_may_be_taken_the_next_time,
	LINES("0.1 C>S S 100 0", "0.1001 icmp C 3 1 100", "0.102 row C SYN_SENT timer 1 998",
		"0.115 row C SYN_SENT timer 1 985", "1.1 C>S S 100 0", "1.1001 icmp C 3 1 100",
		"1.103 absent C", "1.112 absent C", "2 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"0.1001 C SYN_SENT>CLOSED wire icmp_error withdrawn: segment_ignored(0,0)",
		"1.1001 C SYN_SENT>CLOSED both icmp_error"))

SCENARIO(a_connect_given_up_shortly_before_its_timer_was_given_up,
	LINES("0.1 C>S S 100 0", "0.102 row C SYN_SENT timer 1 998", "1.04 absent C", "2 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"1.0400 C SYN_SENT>CLOSED kernel closed_or_ended"))

SCENARIO(the_first_timer_of_a_syn_sends_it_again_and_ends_nothing,
	LINES("0.1 C>S S 100 0", "0.102 row C SYN_SENT timer 1 998", "1.3 absent C", "2 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"1.3000 C SYN_SENT>CLOSED kernel closed_or_ended"))

SCENARIO(a_timer_that_sent_again_did_not_end_the_socket,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.202 row C ESTABLISHED timer 1 198",
		"0.4 C>S PA 101 301 len 5", "1.2 absent C", "2 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED both syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"1.2000 C ESTABLISHED>CLOSED kernel socket_gone"))

SCENARIO(a_syn_to_which_the_kernel_still_had_no_request_is_not_the_one_answered,
	LINES("0.05 listen 0/5", "0.06 dump-end", "0.1 C>S S 100 0", "0.115 absent S listener",
		"0.3 absent S listener", "0.5 row S SYN_RECV timer 1 990", "1 tick"),
	LINES("0.0500 L UNKNOWN>LISTEN kernel listen_called", OPENED_C,
		"0.5000 S LISTEN>SYN_RECV kernel syn_received"))

SCENARIO(keepalive_gives_up_with_an_rst,
	LINES(HANDSHAKE, SHOWN_C " timer 2 990", "1.1 C>S A 100 301",
		"1.3 row C ESTABLISHED timer 2 800 retrans 1", "2.105 C>S RA 101 301"),
	LINES(OPENED_SHOWN, "2.1050 C ESTABLISHED>CLOSED wire keepalive_timed_out",
		"2.1050 S ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(an_rst_between_two_probes_is_the_programs,
	LINES(HANDSHAKE, SHOWN_C " timer 2 990", "1.1 C>S A 100 301",
		"1.3 row C ESTABLISHED timer 2 800 retrans 1", "1.7 C>S RA 101 301"),
	LINES(OPENED_SHOWN, "1.7000 C ESTABLISHED>CLOSED wire rst_sent",
		"1.7000 S ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(an_rst_after_an_answered_probe_is_the_programs,
	LINES(HANDSHAKE, SHOWN_C " timer 2 990", "1.1 C>S A 100 301", "1.101 S>C A 301 101",
		"1.3 row C ESTABLISHED timer 2 800", "2.105 C>S RA 101 301"),
	LINES(OPENED_SHOWN, "2.1050 C ESTABLISHED>CLOSED wire rst_sent",
		"2.1050 S ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(a_close_with_unread_bytes_resets,
	LINES(HANDSHAKE, SHOWN_C, "0.2 S>C PA 301 101 len 5", "0.22 row C ESTABLISHED unread 5",
		"0.3 C>S RA 101 306"),
	LINES(OPENED_SHOWN, "0.3000 C ESTABLISHED>CLOSED wire rst_sent(5)",
		"0.3000 S ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(an_answer_since_the_row_may_have_read_some_of_its_bytes,
	LINES(HANDSHAKE, SHOWN_C, "0.2 S>C PA 301 101 len 43", "0.22 row C ESTABLISHED unread 43",
		"0.29 C>S PA 101 344 len 4", "0.3 C>S RA 105 344"),
	LINES(OPENED_SHOWN, "0.3000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.3000 S ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(the_peers_fin_is_no_unread_byte,
	LINES(HANDSHAKE, SHOWN_C, "0.2 S>C FA 301 101", "0.22 row C CLOSE_WAIT unread 1",
		"0.3 C>S RA 101 302"),
	LINES(OPENED_SHOWN, "0.2000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT both fin_received",
		"0.3000 C CLOSE_WAIT>CLOSED wire rst_sent",
		"0.3000 S FIN_WAIT1>CLOSED wire rst_received"))

#define STUCK                                                                                      \
	HANDSHAKE, "0.11 row C ESTABLISHED", "0.2 C>S PA 101 301 len 5", "0.3 row C ESTABLISHED",  \
		"0.5 S>C FA 301 101"
#define CROSSED_C                                                                                  \
	OPENED_SHOWN, "0.5000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",                              \
		"0.5000 C ESTABLISHED>FIN_WAIT1 "
#define CLOSED_BEFORE                                                                              \
	"0.5000 C ESTABLISHED>CLOSE_WAIT wire fin_received withdrawn: closed_before(0,0)"
SCENARIO(a_fin_that_waits_behind_unsent_data_crosses_the_peers,
	LINES(STUCK, "0.501 C>S A 106 302", "0.52 row C CLOSING", "1 tick"),
	LINES(CROSSED_C "inferred fin_queued", "0.5000 C FIN_WAIT1>CLOSING both simultaneous_close",
		CLOSED_BEFORE, "0.5010 S FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(a_fin_that_waited_behind_unsent_data_ends_in_time_wait,
	LINES(STUCK, "0.501 C>S A 106 302", "0.51 S>C A 302 106", "0.511 C>S FA 106 302",
		"0.512 S>C A 302 107", "0.53 row C TIME_WAIT mini timer 3 59000", "1 tick"),
	LINES(CROSSED_C "wire fin_queued", "0.5000 C FIN_WAIT1>CLOSING wire simultaneous_close",
		CLOSED_BEFORE, "0.5010 S FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.5110 S FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.5120 C CLOSING>TIME_WAIT both fin_acked"))

SCENARIO(an_expired_request_closes,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 row S SYN_RECV timer 1 999",
		"1.11 absent S listener", "2 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"1.1010 S SYN_RECV>CLOSED kernel syn_ack_timed_out",
		"1.1100 L UNKNOWN>LISTEN kernel listen_called"))

SCENARIO(time_wait_never_shown_is_replaced_by_the_closing_edge,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.3 S>C FA 301 102", "0.301 C>S A 102 302",
		"0.302 absent C", "0.32 absent C", "1 tick"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.3000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.3000 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3000 C FIN_WAIT2>CLOSED both closed_without_time_wait",
		"0.3000 C FIN_WAIT2>TIME_WAIT wire peer_fin_received withdrawn: "
		"time_wait_never_held(0,0)",
		"0.3010 S LAST_ACK>CLOSED wire last_ack_received"))

SCENARIO(time_wait_expires_when_its_timer_said,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.3 S>C FA 301 102", "0.301 C>S A 102 302",
		"0.302 row C TIME_WAIT mini timer 3 59998", "60.4 absent C", "61 tick"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.3000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.3000 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3000 C FIN_WAIT2>TIME_WAIT both peer_fin_received",
		"0.3010 S LAST_ACK>CLOSED wire last_ack_received",
		"60.3000 C TIME_WAIT>CLOSED kernel time_wait_expired"))

SCENARIO(a_close_that_sends_nothing_yet_is_seen_in_the_kernel_its_fin_adds_the_frame,
	LINES(HANDSHAKE, "0.2 row C FIN_WAIT1", "0.5 C>S FA 101 301", "0.501 S>C A 301 102"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 both fin_queued",
		"0.5000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.5010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(a_socket_that_vanishes_without_a_segment_is_gone,
	LINES(HANDSHAKE, "0.15 row S ESTABLISHED", "0.3 absent S", "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED both final_ack_received",
		"0.3000 S ESTABLISHED>CLOSED kernel socket_gone"))

SCENARIO(an_end_that_speaks_on_without_a_socket_is_translated_here,
	LINES("0.1 C>S S 100 0", "0.1005 absent C", "0.101 S>C SA 300 101", "0.102 C>S A 101 301",
		"0.15 absent C", "0.2 C>S FA 101 301", "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(of_an_end_translated_here_the_kernel_confirms_nothing,
	LINES("0.1 C>S S 100 0", "0.1005 absent C", "0.101 S>C SA 300 101", "0.102 C>S A 101 301",
		"0.15 absent C", "0.2 S>C FA 301 101", "0.201 C>S FA 101 302",
		"0.202 S>C A 302 102", "0.3 absent C", "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2010 C CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.2010 S FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.2010 S FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.2020 C LAST_ACK>CLOSED wire last_ack_received"))

SCENARIO(a_bare_rst_long_after_is_no_answer_to_the_final_ack, LINES(HANDSHAKE, "0.552 S>C R 301 0"),
	LINES(OPENED, "0.5520 S ESTABLISHED>CLOSED wire rst_sent",
		"0.5520 C ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(connect_given_up_by_its_program,
	LINES("0.1 C>S S 100 0", "0.11 row C SYN_SENT timer 1 990", "0.5 absent C", "1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"0.5000 C SYN_SENT>CLOSED kernel closed_or_ended"))

SCENARIO(a_filter_that_swallows_the_fin_is_told_by_the_kernel,
	LINES(HANDSHAKE, "0.15 row S ESTABLISHED", "0.2 C>S FA 101 301", "0.203 row S ESTABLISHED",
		"0.22 row S ESTABLISHED", "0.4 C>S FA 101 301", "0.401 S>C A 301 102", "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED both final_ack_received",
		"0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received withdrawn: segment_ignored(0,0)",
		"0.4000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.4010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(a_bare_rst_shows_that_the_connecting_socket_was_gone,
	LINES("0.1 C>S S 100 0", "0.2 S>C SA 300 101", "0.201 C>S R 101 0"),
	LINES(OPENED_C, REQUESTED,
		"0.2000 C SYN_SENT>ESTABLISHED wire syn_ack_received withdrawn: no_socket(0,0)",
		"0.2010 C SYN_SENT>CLOSED wire closed_or_ended",
		"0.2010 S SYN_RECV>CLOSED wire rst_received"))

SCENARIO(a_bare_rst_tells_of_a_request_whose_timer_had_run_out,
	LINES("0.1 C>S S 100 0", "0.2 S>C SA 300 101", "0.203 row S SYN_RECV timer 1 997",
		"1.2 S>C SA 300 101", "1.202 row S SYN_RECV timer 1 1998 retrans 1",
		"3.25 C>S A 101 301", "3.2501 S>C R 301 0", "3.26 absent S listener", "4 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.2000 C SYN_SENT>ESTABLISHED wire syn_ack_received withdrawn: "
		"segment_ignored(0,0)",
		"1.2000 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"3.2000 S SYN_RECV>CLOSED both syn_ack_timed_out",
		"3.2500 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: no_socket(0,0)",
		"3.2501 C ESTABLISHED>CLOSED wire rst_received",
		"3.2600 L UNKNOWN>LISTEN kernel listen_called"))
SCENARIO(a_bare_rst_while_the_request_has_time_left_ends_it,
	LINES("0.1 C>S S 100 0", "0.2 S>C SA 300 101", "0.203 row S SYN_RECV timer 1 997",
		"0.25 C>S A 101 301", "0.2501 S>C R 301 0", "0.26 absent S listener", "4 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.2000 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.2500 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: no_socket(0,0)",
		"0.2501 S SYN_RECV>CLOSED both rst_sent",
		"0.2501 C ESTABLISHED>CLOSED wire rst_received",
		"0.2600 L UNKNOWN>LISTEN kernel listen_called"))

SCENARIO(abort_on_overflow_ends_the_request, LINES(HANDSHAKE, "0.1021 S>C R 301 0"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: no_socket(0,0)",
		"0.1021 S SYN_RECV>CLOSED wire rst_sent",
		"0.1021 C ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(a_silent_client_is_not_established,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "1.1 S>C SA 300 101"),
	LINES(OPENED_C, REQUESTED,
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received withdrawn: "
		"segment_ignored(0,0)",
		"1.1000 C SYN_SENT>ESTABLISHED wire syn_ack_received withdrawn: "
		"segment_ignored(0,0)"))

SCENARIO(a_data_segment_after_the_server_is_gone_revives_no_cookie,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 absent S listener",
		"0.115 absent S listener", "0.2 C>S A 101 301 len 3", "0.201 S>C R 301 0"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received withdrawn: syn_cookie(0,0)",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1015 L UNKNOWN>LISTEN kernel listen_called",
		"0.2000 S LISTEN>SYN_RECV wire cookie_accepted withdrawn: no_socket(0,0)",
		"0.2010 C ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(a_new_cookie_is_a_new_socket,
	LINES("0.05 row C ESTABLISHED dump", "0.06 dump-end", "0.1 row C ESTABLISHED cookie 777",
		"1 tick"),
	LINES("0.0500 C UNKNOWN>ESTABLISHED kernel seen_midway",
		"0.1000 C ESTABLISHED>CLOSED kernel replaced_by_new_connection",
		"0.1000 C UNKNOWN>ESTABLISHED kernel seen_midway"))

SCENARIO(without_packets_a_new_cookie_after_the_end_is_the_next_connection,
	LINES("0.05 dump-end", "0.1 row C ESTABLISHED", "0.2 absent C", "0.3 absent C",
		"0.4 row C ESTABLISHED cookie 777", "0.45 row C ESTABLISHED cookie 777", "1 tick"),
	LINES("0.1000 C UNKNOWN>ESTABLISHED kernel seen_midway",
		"0.2000 C ESTABLISHED>CLOSED kernel socket_gone",
		"0.4000 C UNKNOWN>ESTABLISHED kernel seen_midway"))

SCENARIO(without_packets_the_kernel_alone_tells,
	LINES("0.05 dump-end", "0.1 row C SYN_SENT", "0.2 row C ESTABLISHED", "0.3 row C FIN_WAIT2",
		"0.4 row C TIME_WAIT mini timer 3 60000", "1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT kernel syn_sent",
		"0.2000 C SYN_SENT>ESTABLISHED kernel syn_ack_received",
		"0.3000 C ESTABLISHED>FIN_WAIT1 inferred fin_not_captured",
		"0.3000 C FIN_WAIT1>FIN_WAIT2 kernel fin_acked",
		"0.4000 C FIN_WAIT2>TIME_WAIT kernel peer_fin_received"))

#define TEST(name) cmocka_unit_test(name)

static const struct CMUnitTest tests[] = {
	TEST(a_bare_rst_tells_of_a_request_whose_timer_had_run_out),
	TEST(a_bare_rst_while_the_request_has_time_left_ends_it),
	TEST(an_answer_between_two_edges_confirms_the_first_only),
	TEST(an_answer_asked_before_the_edge_confirms_nothing),
	TEST(an_early_answer_with_the_old_state_is_only_pending),
	TEST(a_full_accept_queue_ignores_each_final_ack),
	TEST(without_the_listeners_row_the_reason_stays_open),
	TEST(a_repeated_syn_ack_alone_withdraws_established),
	TEST(recovery_after_accept_is_dated_by_the_ack_that_was_taken),
	TEST(data_from_the_server_proves_that_it_was_accepted),
	TEST(edges_of_one_end_stay_in_order_over_its_connections),
	TEST(keepalive_gives_up_with_an_rst),
	TEST(an_rst_between_two_probes_is_the_programs),
	TEST(an_rst_after_an_answered_probe_is_the_programs),
	TEST(a_close_with_unread_bytes_resets),
	TEST(an_answer_since_the_row_may_have_read_some_of_its_bytes),
	TEST(the_peers_fin_is_no_unread_byte),
	TEST(an_icmp_error_ignored_once_may_be_taken_the_next_time),
	TEST(a_connect_given_up_shortly_before_its_timer_was_given_up),
	TEST(the_first_timer_of_a_syn_sends_it_again_and_ends_nothing),
	TEST(a_timer_that_sent_again_did_not_end_the_socket),
	TEST(a_syn_to_which_the_kernel_still_had_no_request_is_not_the_one_answered),
	TEST(a_fin_that_waits_behind_unsent_data_crosses_the_peers),
	TEST(a_fin_that_waited_behind_unsent_data_ends_in_time_wait),
	TEST(an_expired_request_closes),
	TEST(time_wait_never_shown_is_replaced_by_the_closing_edge),
	TEST(time_wait_expires_when_its_timer_said),
	TEST(a_close_that_sends_nothing_yet_is_seen_in_the_kernel_its_fin_adds_the_frame),
	TEST(a_socket_that_vanishes_without_a_segment_is_gone),
	TEST(connect_given_up_by_its_program),
	TEST(an_end_that_speaks_on_without_a_socket_is_translated_here),
	TEST(of_an_end_translated_here_the_kernel_confirms_nothing),
	TEST(a_bare_rst_long_after_is_no_answer_to_the_final_ack),
	TEST(a_filter_that_swallows_the_fin_is_told_by_the_kernel),
	TEST(a_bare_rst_shows_that_the_connecting_socket_was_gone),
	TEST(abort_on_overflow_ends_the_request),
	TEST(a_silent_client_is_not_established),
	TEST(a_data_segment_after_the_server_is_gone_revives_no_cookie),
	TEST(a_new_cookie_is_a_new_socket),
	TEST(without_packets_the_kernel_alone_tells),
	TEST(without_packets_a_new_cookie_after_the_end_is_the_next_connection),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
