/* The machine and the ledger together: what the wire claims and the kernel answers
 * (docs/evidence.md), scenario by scenario. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

SCENARIO(a_normal_connection_is_read_off_the_wire,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102", "0.3 S>C FA 301 102",
		"0.301 C>S A 102 302"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.3000 C FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.3010 S LAST_ACK>CLOSED wire last_ack_received"))

SCENARIO(a_fin_that_carries_the_ack_takes_two_edges,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.3 S>C FA 301 102"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.3000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.3000 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3000 C FIN_WAIT2>TIME_WAIT wire peer_fin_received"))

SCENARIO(fins_that_cross_make_both_ends_closing,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C FA 301 101", "0.202 C>S A 102 302",
		"0.203 S>C A 302 102"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received withdrawn: fins_crossed(0,0)",
		"0.2010 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2010 S FIN_WAIT1>CLOSING wire simultaneous_close",
		"0.2010 C FIN_WAIT1>CLOSING wire simultaneous_close",
		"0.2020 S CLOSING>TIME_WAIT wire fin_acked",
		"0.2030 C CLOSING>TIME_WAIT wire fin_acked"))

/* S ignores what C sends until 0.300; then comes C's FIN once more, with the ACK of S's own, and
 * before S answers another ACK. */
SCENARIO(the_fin_that_is_taken_had_acknowledged_ours_the_ack_goes_first,
	LINES(HANDSHAKE, "0.200 C>S FA 101 301", "0.201 S>C FA 301 101", "0.203 row S FIN_WAIT1",
		"0.215 row S FIN_WAIT1", "0.230 row S FIN_WAIT1", "0.240 C>S A 102 302",
		"0.243 row S FIN_WAIT1", "0.255 row S FIN_WAIT1", "0.300 S>C FA 301 101",
		"0.3001 C>S FA 101 302", "0.3002 C>S A 102 302", "0.3003 S>C A 302 102", "1 tick"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received withdrawn: segment_ignored(0,0)",
		"0.2010 S ESTABLISHED>FIN_WAIT1 both fin_sent",
		"0.2010 C FIN_WAIT1>CLOSING wire simultaneous_close",
		"0.2400 S FIN_WAIT1>FIN_WAIT2 wire fin_acked withdrawn: segment_ignored(0,0)",
		"0.3001 S FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3001 S FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.3003 C CLOSING>TIME_WAIT wire fin_acked"))

/* C aborts while the ACK of its FIN waits for the socket's lock: its RST echoes the timestamp
 * before that ACK's. */
#define TIMED                                                                                      \
	"0.100 C>S S 100 0 ts 1000 0", "0.101 S>C SA 300 101 ts 5000 1000",                        \
		"0.102 C>S A 101 301 ts 1001 5000", "0.200 C>S FA 101 301 ts 1100 5000",           \
		"0.202 S>C A 301 102 ts 5100 1100"
SCENARIO(an_rst_that_echoes_an_older_timestamp_had_not_taken_the_newest_segment,
	LINES(TIMED, "0.203 C>S RA 102 301 ts 1103 5000"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2020 C FIN_WAIT1>FIN_WAIT2 wire fin_acked withdrawn: segment_ignored(0,0)",
		"0.2030 C FIN_WAIT1>CLOSED wire rst_sent",
		"0.2030 S CLOSE_WAIT>CLOSED wire rst_received"))
SCENARIO(an_rst_that_echoes_the_newest_timestamp_had_taken_it,
	LINES(TIMED, "0.203 C>S RA 102 301 ts 1103 5100"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2020 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.2030 C FIN_WAIT2>CLOSED wire rst_sent",
		"0.2030 S CLOSE_WAIT>CLOSED wire rst_received"))

/* S aborts: its RST acknowledges up to rcv_nxt. Where it leaves C's FIN out, that had not been
 * taken, however long before it came; where it covers it, it had. */
SCENARIO(an_rst_that_leaves_the_fin_out_had_not_taken_it,
	LINES(HANDSHAKE, "0.200 C>S FA 101 301", "0.234 S>C RA 301 101"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2340 S ESTABLISHED>CLOSED wire rst_sent",
		"0.2340 C FIN_WAIT1>CLOSED wire rst_received"))
SCENARIO(an_rst_that_covers_the_fin_had_taken_it,
	LINES(HANDSHAKE, "0.200 C>S FA 101 301", "0.234 S>C RA 301 102"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2340 S CLOSE_WAIT>CLOSED wire rst_sent",
		"0.2340 C FIN_WAIT1>CLOSED wire rst_received"))
/* The FINs that crossed were late at both ends, and S aborts before it takes C's at all. */
SCENARIO(an_rst_that_leaves_the_fin_out_ends_no_closing,
	LINES(HANDSHAKE, "0.2000 C>S FA 101 301", "0.2001 S>C FA 301 101", "0.290 row S FIN_WAIT1",
		"0.291 row C FIN_WAIT1", "0.4100 S>C FA 301 101", "0.4101 C>S FA 101 301",
		"0.4440 S>C RA 302 101"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 both fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received withdrawn: segment_ignored(0,0)",
		"0.2001 S ESTABLISHED>FIN_WAIT1 both fin_sent",
		"0.2001 C FIN_WAIT1>CLOSING wire simultaneous_close withdrawn: "
		"segment_ignored(0,0)",
		"0.4100 C FIN_WAIT1>CLOSING wire simultaneous_close withdrawn: "
		"segment_ignored(0,0)",
		"0.4101 S FIN_WAIT1>CLOSING wire simultaneous_close withdrawn: "
		"segment_ignored(0,0)",
		"0.4440 S FIN_WAIT1>CLOSED wire rst_sent",
		"0.4440 C FIN_WAIT1>CLOSED wire rst_received"))

/* The final ACK echoes a clock that the SYN-ACK never showed: Linux does not take it (6.15 on). Of
 * an end that is elsewhere, or of a capture from elsewhere, nobody knows. */
#define ODD_ECHO                                                                                   \
	"0.100 C>S S 100 0 ts 10 0", "0.101 S>C SA 300 101 ts 50 10",                              \
		"0.102 C>S A 101 301 ts 11 99", "0.200 S>C PA 301 101 len 5 ts 60 11"
SCENARIO(an_odd_echo_is_nothing_where_nobody_knows_the_stack, LINES(ODD_ECHO, "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received"))

SCENARIO(an_odd_echo_opens_no_request_here,
	LINES("0.050 address S", "0.100 C>S S 100 0 ts 10 0", "0.101 S>C SA 300 101 ts 50 10",
		"0.102 C>S A 101 301 ts 11 99", "0.120 row S SYN_RECV", "1 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received"))

/* The peer's FIN came past the tap first; the kernel was asked before the socket had taken it. */
SCENARIO(a_fin_that_waits_for_close_is_taken_after_its_own,
	LINES(HANDSHAKE, "0.200 S>C FA 301 101", "0.201 C>S FA 101 301", "0.202 S>C A 302 102",
		"0.203 row C FIN_WAIT1 asked 0.2015", "0.203 C>S A 102 302",
		"0.220 row C TIME_WAIT mini", "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT wire fin_received withdrawn: fins_crossed(0,0)",
		"0.2010 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2010 C FIN_WAIT1>CLOSING wire simultaneous_close",
		"0.2010 S FIN_WAIT1>CLOSING wire simultaneous_close",
		"0.2020 C CLOSING>TIME_WAIT both fin_acked",
		"0.2030 S CLOSING>TIME_WAIT wire fin_acked"))

/* C sends its SYN-ACK after S's had come to the tap: had it taken that, it would not send one */
SCENARIO(syns_that_cross_open_simultaneously,
	LINES("0.100 C>S S 100 0", "0.101 S>C S 300 0", "0.102 S>C SA 300 101",
		"0.103 C>S SA 100 301"),
	LINES(OPENED_C, "0.1010 S CLOSED>SYN_SENT wire syn_sent",
		"0.1010 S SYN_SENT>SYN_RECV wire simultaneous_open",
		"0.1010 C SYN_SENT>SYN_RECV wire simultaneous_open",
		"0.1030 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.1030 C SYN_RECV>ESTABLISHED wire final_ack_received"))

/* What was on its way when an end closed does not bar what comes after. */
SCENARIO(a_reset_that_crossed_a_fin_does_not_bar_the_next,
	LINES(HANDSHAKE, "0.2 C>S RA 101 301", "0.21 S>C FA 301 101", "0.22 C>S R 101 0"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.2000 S ESTABLISHED>CLOSED wire rst_received withdrawn: segment_ignored(0,0)",
		"0.2100 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2200 S FIN_WAIT1>CLOSED wire rst_received"))

SCENARIO(a_socket_connected_to_itself_is_one_socket,
	LINES("0.1 C>C S 100 0", "0.1001 C>C SA 100 101", "0.1002 C>C A 101 101",
		"0.2 C>C FA 101 101", "0.2001 C>C A 102 102"),
	LINES(OPENED_C, "0.1000 C SYN_SENT>SYN_RECV wire simultaneous_open",
		"0.1001 C SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C FIN_WAIT1>CLOSING wire simultaneous_close",
		"0.2001 C CLOSING>TIME_WAIT wire fin_acked"))

SCENARIO(an_rst_answers_a_syn_to_a_closed_port, LINES("0.100 C>S S 100 0", "0.101 S>C RA 0 101"),
	LINES(OPENED_C, "0.1010 C SYN_SENT>CLOSED wire connection_refused"))

SCENARIO(a_bare_rst_in_syn_sent_changes_nothing,
	LINES("0.100 C>S S 100 0", "0.101 S>C R 0 0", "0.102 S>C RA 0 77"), LINES(OPENED_C))

SCENARIO(a_syn_ack_that_acknowledges_another_syn_changes_nothing,
	LINES("0.100 C>S S 100 0", "0.101 S>C SA 300 555", "0.102 C>S R 555 0"),
	LINES(OPENED_C, REQUESTED, "0.1020 S SYN_RECV>CLOSED wire rst_received"))

SCENARIO(a_syn_ack_that_echoes_a_timestamp_never_sent_changes_nothing,
	LINES("0.100 C>S S 100 0 ts 5000 0", "0.101 S>C SA 300 101 ts 1 4711"),
	LINES(OPENED_C, REQUESTED))

SCENARIO(an_rst_must_have_the_next_sequence_number,
	LINES(HANDSHAKE, "0.2 C>S RA 150 301", "0.3 C>S RA 101 301"),
	LINES(OPENED, "0.3000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.3000 S ESTABLISHED>CLOSED wire rst_received"))

SCENARIO(a_fin_out_of_order_waits_for_the_hole_to_be_filled,
	LINES(HANDSHAKE, "0.2 C>S FA 111 301", "0.3 C>S PA 101 301 len 10", "0.301 S>C A 301 112"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.3000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.3010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(a_fin_beyond_the_window_or_with_an_old_timestamp_does_nothing,
	LINES("0.100 C>S S 100 0 ts 50 0", "0.101 S>C SA 300 101 ts 7 50",
		"0.102 C>S A 101 301 ts 51 7", "0.2 C>S FA 101 301 ts 20 7"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent"))

SCENARIO(an_ack_of_what_was_never_sent_does_nothing,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 999"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(an_unanswered_syn_is_no_transition_of_the_server,
	LINES("0.1 C>S S 100 0", "1.1 C>S S 100 0", "3.1 C>S S 100 0"), LINES(OPENED_C))

SCENARIO(a_new_syn_takes_over_time_wait,
	LINES(HANDSHAKE, "0.2 S>C FA 301 101", "0.201 C>S FA 101 302", "0.202 S>C A 302 102",
		"1 C>S S 9000 0", "1.001 S>C SA 7000 9001"),
	LINES(OPENED, "0.2000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2010 C CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.2010 S FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.2010 S FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.2020 C LAST_ACK>CLOSED wire last_ack_received",
		"1.0000 S TIME_WAIT>CLOSED wire time_wait_reused",
		"1.0000 C CLOSED>SYN_SENT wire syn_sent",
		"1.0000 S LISTEN>SYN_RECV wire syn_received",
		"1.0010 C SYN_SENT>ESTABLISHED wire syn_ack_received"))

SCENARIO(a_new_connection_may_have_lower_sequence_numbers_than_the_one_before,
	LINES(HANDSHAKE, "0.2 C>S RA 101 301", "1 C>S S 4000000000 0",
		"1.001 S>C SA 3900000000 4000000001", "1.002 C>S A 4000000001 3900000001",
		"1.1 C>S FA 4000000001 3900000001", "1.101 S>C A 3900000001 4000000002",
		"1.2 S>C RA 3900000001 4000000002"),
	LINES(OPENED, "0.2000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.2000 S ESTABLISHED>CLOSED wire rst_received",
		"1.0000 C CLOSED>SYN_SENT wire syn_sent",
		"1.0000 S LISTEN>SYN_RECV wire syn_received",
		"1.0010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"1.0020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"1.1000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"1.1000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"1.1010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"1.2000 S CLOSE_WAIT>CLOSED wire rst_sent",
		"1.2000 C FIN_WAIT2>CLOSED wire rst_received"))

SCENARIO(sequence_numbers_go_round,
	LINES("0.1 C>S S 4294967295 0", "0.101 S>C SA 4294967294 0", "0.102 C>S A 0 4294967295",
		"0.2 S>C PA 4294967295 0 len 1", "0.201 C>S A 0 0", "0.3 C>S FA 0 0",
		"0.31 S>C A 0 1", "0.4 S>C FA 0 1", "0.41 C>S A 1 1"),
	LINES(OPENED, "0.3000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.3000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.3100 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.4000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.4000 C FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.4100 S LAST_ACK>CLOSED wire last_ack_received"))

SCENARIO(a_refused_reset_leaves_the_sequence_number_of_an_end_that_was_never_heard,
	LINES("0.1 C>S A 101 301 len 10", "0.11 row S ESTABLISHED", "0.2 C>S RA 111 301",
		"0.205 row S ESTABLISHED", "0.22 row S ESTABLISHED", "0.3 C>S FA 111 301",
		"1 tick"),
	LINES("0.1000 C UNKNOWN>ESTABLISHED wire seen_midway",
		"0.1000 S UNKNOWN>ESTABLISHED both seen_midway",
		"0.2000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.2000 S ESTABLISHED>CLOSED wire rst_received withdrawn: segment_ignored(0,0)",
		"0.3000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(after_lost_packets_sequence_numbers_may_jump_in_that_connection_only,
	LINES(HANDSHAKE, "0.15 gap", "0.2 C>S RA 150 301", "0.3 S>C RA 301 101", "1 C>S S 9000 0",
		"1.001 S>C SA 7000 9001", "1.002 C>S A 9001 7001", "1.1 C>S RA 9050 7001"),
	LINES(OPENED, "0.2000 C ESTABLISHED>CLOSED wire rst_sent",
		"0.3000 S ESTABLISHED>CLOSED wire rst_sent",
		"1.0000 C CLOSED>SYN_SENT wire syn_sent",
		"1.0000 S LISTEN>SYN_RECV wire syn_received",
		"1.0010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"1.0020 S SYN_RECV>ESTABLISHED wire final_ack_received"))

SCENARIO(seen_midway_starts_from_unknown, LINES("0.1 C>S A 101 301 len 10", "0.2 S>C FA 301 111"),
	LINES("0.1000 C UNKNOWN>ESTABLISHED wire seen_midway",
		"0.1000 S UNKNOWN>ESTABLISHED wire seen_midway",
		"0.2000 S ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(met_midway_after_lost_packets_a_fin_may_be_the_second,
	LINES("0.05 gap", "0.1 C>S A 101 301 len 10", "0.2 S>C FA 301 111", "0.201 C>S A 111 302"),
	LINES("0.1000 C UNKNOWN>ESTABLISHED inferred seen_midway",
		"0.1000 S UNKNOWN>ESTABLISHED inferred seen_midway",
		"0.2000 S ESTABLISHED>FIN_WAIT1 inferred fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT inferred fin_received",
		"0.2010 S FIN_WAIT1>FIN_WAIT2 inferred fin_acked"))

SCENARIO(met_midway_after_lost_packets_what_the_kernel_shows_counts,
	LINES("0.05 gap", "0.1 C>S A 101 301 len 10", "0.15 row S ESTABLISHED",
		"0.2 S>C FA 301 111", "0.201 C>S A 111 302", "0.25 row S FIN_WAIT2"),
	LINES("0.1000 C UNKNOWN>ESTABLISHED inferred seen_midway",
		"0.1000 S UNKNOWN>ESTABLISHED both seen_midway",
		"0.2000 S ESTABLISHED>FIN_WAIT1 inferred fin_sent",
		"0.2000 C ESTABLISHED>CLOSE_WAIT inferred fin_received",
		"0.2010 S FIN_WAIT1>FIN_WAIT2 both fin_acked"))

SCENARIO(met_midway_after_lost_packets_the_ack_of_a_fin_may_be_lost,
	LINES("0.05 gap", "0.1 row S FIN_WAIT1", "0.3 C>S FA 101 301", "0.301 S>C A 301 102"),
	LINES("0.1000 S UNKNOWN>FIN_WAIT1 kernel seen_midway",
		"0.3000 C UNKNOWN>FIN_WAIT1 inferred seen_midway",
		"0.3000 S FIN_WAIT1>CLOSING inferred simultaneous_close",
		"0.3010 C FIN_WAIT1>FIN_WAIT2 inferred fin_acked"))

SCENARIO(met_midway_after_lost_packets_and_shown_open_a_fin_may_be_lost_before_the_reset,
	LINES("0.05 gap", "0.1 row S ESTABLISHED", "0.3 S>C PA 301 111 len 4", "0.301 C>S R 111 0"),
	LINES("0.1000 S UNKNOWN>ESTABLISHED kernel seen_midway",
		"0.3000 C UNKNOWN>ESTABLISHED wire seen_midway withdrawn: no_socket(0,0)",
		"0.3010 S ESTABLISHED>CLOSED inferred rst_received"))

SCENARIO(an_ack_that_was_deferred_counts_from_the_data_on,
	LINES(HANDSHAKE, "0.1022 row S SYN_RECV", "0.1135 row S SYN_RECV",
		"0.118 C>S PA 101 301 len 5", "0.1185 S>C FA 301 106", "0.3 row S FIN_WAIT1",
		"1 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)",
		"0.1180 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.1185 S ESTABLISHED>FIN_WAIT1 both fin_sent",
		"0.1185 C ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(a_deferred_ack_and_then_a_fin,
	LINES(HANDSHAKE, "0.1022 row S SYN_RECV", "0.1135 row S SYN_RECV", "0.118 C>S FA 101 301",
		"0.3 row S CLOSE_WAIT", "1 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)",
		"0.1180 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.1180 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.1180 S ESTABLISHED>CLOSE_WAIT both fin_received"))

SCENARIO(a_cookie_is_known_late,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 absent S listener",
		"0.106 C>S A 101 301", "0.15 row S ESTABLISHED", "0.3 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received withdrawn: syn_cookie(0,0)",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1015 L UNKNOWN>LISTEN kernel listen_called",
		"0.1060 S LISTEN>SYN_RECV wire cookie_accepted",
		"0.1060 S SYN_RECV>ESTABLISHED both final_ack_received"))

SCENARIO(a_fin_before_the_syn_ack_is_none_of_the_connection,
	LINES("0.1 C>S S 100 0", "0.2 S>C A 300 101", "0.21 S>C FA 300 101", "0.22 S>C F 300 0",
		"0.3 S>C SA 300 101", "0.301 C>S A 101 301"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received",
		"0.3000 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.3010 S SYN_RECV>ESTABLISHED wire final_ack_received"))

SCENARIO(a_capture_that_begins_with_the_syn_ack,
	LINES("0.1 S>C SA 300 101", "0.2 C>S A 101 301", "0.3 C>S FA 101 301"),
	LINES("0.1000 S LISTEN>SYN_RECV wire syn_received",
		"0.1000 C UNKNOWN>ESTABLISHED wire syn_ack_received",
		"0.2000 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.3000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.3000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(an_icmp_error_ends_syn_sent_but_fragmentation_needed_does_not,
	LINES("0.1 C>S S 100 0", "0.2 icmp C 3 4 100", "0.3 icmp C 3 1 4711", "0.4 icmp C 3 1 100"),
	LINES(OPENED_C, "0.4000 C SYN_SENT>CLOSED wire icmp_error"))

#define TEST(name) cmocka_unit_test(name)

static const struct CMUnitTest tests[] = {
	TEST(a_normal_connection_is_read_off_the_wire),
	TEST(a_fin_that_carries_the_ack_takes_two_edges),
	TEST(fins_that_cross_make_both_ends_closing),
	TEST(the_fin_that_is_taken_had_acknowledged_ours_the_ack_goes_first),
	TEST(an_rst_that_echoes_an_older_timestamp_had_not_taken_the_newest_segment),
	TEST(an_rst_that_echoes_the_newest_timestamp_had_taken_it),
	TEST(an_rst_that_leaves_the_fin_out_had_not_taken_it),
	TEST(an_rst_that_covers_the_fin_had_taken_it),
	TEST(an_rst_that_leaves_the_fin_out_ends_no_closing),
	TEST(an_odd_echo_is_nothing_where_nobody_knows_the_stack),
	TEST(an_odd_echo_opens_no_request_here),
	TEST(a_fin_that_waits_for_close_is_taken_after_its_own),
	TEST(syns_that_cross_open_simultaneously),
	TEST(a_reset_that_crossed_a_fin_does_not_bar_the_next),
	TEST(a_socket_connected_to_itself_is_one_socket),
	TEST(an_rst_answers_a_syn_to_a_closed_port),
	TEST(a_bare_rst_in_syn_sent_changes_nothing),
	TEST(a_syn_ack_that_acknowledges_another_syn_changes_nothing),
	TEST(a_syn_ack_that_echoes_a_timestamp_never_sent_changes_nothing),
	TEST(an_rst_must_have_the_next_sequence_number),
	TEST(a_fin_out_of_order_waits_for_the_hole_to_be_filled),
	TEST(a_fin_beyond_the_window_or_with_an_old_timestamp_does_nothing),
	TEST(an_ack_of_what_was_never_sent_does_nothing),
	TEST(an_unanswered_syn_is_no_transition_of_the_server),
	TEST(a_new_syn_takes_over_time_wait),
	TEST(an_ack_that_was_deferred_counts_from_the_data_on),
	TEST(a_deferred_ack_and_then_a_fin),
	TEST(a_cookie_is_known_late),
	TEST(a_fin_before_the_syn_ack_is_none_of_the_connection),
	TEST(a_capture_that_begins_with_the_syn_ack),
	TEST(after_lost_packets_sequence_numbers_may_jump_in_that_connection_only),
	TEST(seen_midway_starts_from_unknown),
	TEST(met_midway_after_lost_packets_a_fin_may_be_the_second),
	TEST(met_midway_after_lost_packets_what_the_kernel_shows_counts),
	TEST(met_midway_after_lost_packets_the_ack_of_a_fin_may_be_lost),
	TEST(met_midway_after_lost_packets_and_shown_open_a_fin_may_be_lost_before_the_reset),
	TEST(a_new_connection_may_have_lower_sequence_numbers_than_the_one_before),
	TEST(sequence_numbers_go_round),
	TEST(a_refused_reset_leaves_the_sequence_number_of_an_end_that_was_never_heard),
	TEST(an_icmp_error_ends_syn_sent_but_fragmentation_needed_does_not),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
