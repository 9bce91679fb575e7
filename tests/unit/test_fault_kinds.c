/* Kinds of fault that an engine makes, each with its healthy neighbour: what is on the wire proves
 * less, or more, than it seems. Only the edges are compared, and evidence or time where a line
 * names them: why an edge happened is told by other tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edges.h"

/* ---- sequence: what was never taken is forgotten, however far the numbers have gone ---- */

struct taken {
	char edges[2][256];
};

static void take(void *context, const struct record *record)
{
	struct taken *taken = context;
	const char *from = state_name(record->from), *to = state_name(record->to);
	if (record->kind != RECORD_TRANSITION || record->listener)
		return;
	char *out = taken->edges[record->key.addr[record->side][3] == 2];
	size_t used = strlen(out);
	snprintf(out + used, sizeof(taken->edges[0]) - used, " %s>%s", from, to);
}

/* A client sends `gigabytes` in segments of 64 KiB, each acknowledged, then its FIN, which the
 * server acknowledges and answers. */
static void fin_after(double gigabytes)
{
	static struct taken taken;
	struct script script;
	const char *const lines[] = {HANDSHAKE, "0.2 C>S PA 101 301 len 65000", "0.2 S>C A 301 101",
		"0.2 C>S FA 101 301", "0.2 S>C FA 301 101", "0.2 C>S A 101 302", NULL};
	struct core *core = core_new(NULL, (struct emit){.call = take, .context = &taken});
	uint32_t sent = 0;
	int64_t t_ns;
	assert_non_null(core);
	memset(&taken, 0, sizeof(taken));
	script_read(&script, lines);
	for (size_t i = 0; i < 3; i++)
		core_feed(core, &script.event[i]);
	t_ns = script.event[3].t_ns;
	for (uint64_t i = 0; i < (uint64_t)(gigabytes * 1e9 / 65000); i++, t_ns += 60000) {
		struct event data = script.event[3], ack = script.event[4];
		data.t_ns = t_ns;
		data.u.segment.seq += sent;
		sent += data.u.segment.len;
		ack.t_ns = t_ns + 20000;
		ack.u.segment.ack += sent;
		core_feed(core, &data);
		core_feed(core, &ack);
	}
	for (size_t i = 5; i < 8; i++, t_ns += 1000000) {
		struct event event = script.event[i];
		bool client = event.u.segment.key.port_be[0] ==
				      script.event[0].u.segment.key.port_be[0] &&
			      i != 6;
		event.t_ns = t_ns;
		if (client)
			event.u.segment.seq += sent + (i == 7);
		else
			event.u.segment.ack += sent + 1;
		core_feed(core, &event);
	}
	core_finish(core, t_ns);
	core_free(core);
	assert_string_equal(taken.edges[0], " CLOSED>SYN_SENT SYN_SENT>ESTABLISHED "
					    "ESTABLISHED>FIN_WAIT1 FIN_WAIT1>FIN_WAIT2 "
					    "FIN_WAIT2>TIME_WAIT");
	assert_string_equal(taken.edges[1], " LISTEN>SYN_RECV SYN_RECV>ESTABLISHED "
					    "ESTABLISHED>CLOSE_WAIT CLOSE_WAIT>LAST_ACK "
					    "LAST_ACK>CLOSED");
}

#define FIN_AFTER(name, gigabytes)                                                                 \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		fin_after(gigabytes);                                                              \
	}
FIN_AFTER(a_fin_after_1_gigabyte, 1.0)
FIN_AFTER(a_fin_after_2_3_gigabytes, 2.3)
FIN_AFTER(a_fin_after_3_gigabytes, 3.0)
FIN_AFTER(a_fin_after_4_2_gigabytes, 4.2)
FIN_AFTER(a_fin_after_4_6_gigabytes, 4.6)

EDGES(a_fin_that_acknowledges_what_was_never_sent_is_none,
	LINES(HANDSHAKE, "0.2 C>S FA 101 900000", "0.201 S>C A 301 101",
		"0.3 C>S PA 101 301 len 20", "0.301 S>C A 301 121", "0.4 S>C FA 301 121",
		"0.401 C>S A 121 302"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_with_an_old_timestamp_is_none,
	LINES("0.100 C>S S 100 0 ts 5000 0", "0.101 S>C SA 300 101 ts 900 5000",
		"0.102 C>S A 101 301 ts 5001 900", "0.2 C>S FA 101 301 ts 1000 900",
		"0.201 S>C A 301 101 ts 1000 5001", "0.3 C>S PA 101 301 len 20 ts 5200 1000",
		"0.301 S>C A 301 121 ts 1100 5200", "0.4 S>C FA 301 121 ts 1200 5200",
		"0.401 C>S A 121 302 ts 5300 1200"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_without_an_ack_flag_is_none,
	LINES(HANDSHAKE, "0.2 C>S F 101 0", "0.3 C>S PA 101 301 len 20", "0.301 S>C A 301 121",
		"0.4 S>C FA 301 121", "0.401 C>S A 121 302"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_below_what_has_come_is_none,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 50", "0.201 S>C A 301 151",
		"0.25 C>S FA 121 301 len 10", "0.251 S>C A 301 151", "0.3 C>S PA 151 301 len 20",
		"0.301 S>C A 301 171", "0.4 S>C FA 301 171", "0.401 C>S A 171 302"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_dropped_fin_ahead_of_a_hole_is_overtaken_by_data,
	LINES(HANDSHAKE, "0.2 C>S FA 201 900000 len 10", "0.201 S>C A 301 101",
		"0.3 C>S PA 101 301 len 200", "0.301 S>C A 301 301", "0.4 S>C FA 301 301",
		"0.401 C>S A 301 302"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_ahead_of_a_hole_counts_once_that_is_filled,
	LINES(HANDSHAKE, "0.2 C>S FA 301 301", "0.201 S>C A 301 101", "0.3 C>S PA 101 301 len 200",
		"0.301 S>C A 301 302", "0.4 S>C FA 301 302", "0.401 C>S A 302 302"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED"))

EDGES(a_fin_that_no_receiver_takes_is_not_its_senders_either,
	LINES(HANDSHAKE, "0.2 C>S FA 101 900000", "0.3 C>S PA 101 301 len 20",
		"0.301 S>C A 301 121", "0.4 C>S FA 121 301", "0.401 S>C A 301 122"),
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1 after 0.35", "C FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_in_a_fast_open_syn_ack_counts_once_it_is_acknowledged,
	LINES("0.100 C>S S 100 0 len 20 tfo", "0.101 S>C SFA 300 121 len 10", "0.102 C>S A 121 312",
		"0.2 C>S FA 121 312", "0.201 S>C A 312 122"),
	LINES(C_OPENED, "C ESTABLISHED>CLOSE_WAIT", "C CLOSE_WAIT>LAST_ACK", "C LAST_ACK>CLOSED"))

EDGES(a_fin_in_a_syn_ack_that_is_not_acknowledged_does_not_count,
	LINES("0.100 C>S S 100 0", "0.101 S>C SFA 300 101", "0.102 C>S A 101 301",
		"0.2 C>S FA 101 301", "0.201 S>C A 302 102"),
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2"))

/* ---- state ---- */

#define ORPHAN HERE, HANDSHAKE, "0.2 S>C FA 301 101", "0.205 row S FIN_WAIT1 timer 1 200"

EDGES(data_with_a_fin_resets_an_orphan_in_fin_wait1,
	LINES(ORPHAN, "0.3 C>S FA 101 301 len 10", "0.3001 S>C R 301 0", "0.301 absent S",
		"1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSED"))

EDGES(data_with_a_fin_that_acknowledges_the_orphans_goes_through_fin_wait2,
	LINES(ORPHAN, "0.3 C>S FA 101 302 len 10", "0.3001 S>C R 302 0", "0.301 absent S",
		"1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2", "S FIN_WAIT2>CLOSED"))

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

#define CLOSED_ONCE                                                                                \
	HANDSHAKE, "0.1021 row S ESTABLISHED cookie 200", "0.2 C>S FA 101 301",                    \
		"0.201 row S CLOSE_WAIT cookie 200", "0.25 S>C FA 301 102",                        \
		"0.2501 C>S A 102 302", "0.2502 absent S listener"

EDGES(a_late_cookie_ack_begins_a_life_of_its_own,
	LINES(HERE, CLOSED_ONCE, "0.5 C>S A 101 301", "0.501 row S ESTABLISHED cookie 900",
		"0.52 row S ESTABLISHED cookie 900", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED",
		S_OPENED))

EDGES(a_late_ack_to_nobody_begins_no_life,
	LINES(HERE, CLOSED_ONCE, "0.5 C>S A 101 301", "0.5001 S>C R 301 0",
		"0.501 absent S listener", "0.52 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED"))

EDGES(an_own_segment_after_a_presumed_end_proves_that_it_lived,
	LINES(HANDSHAKE, "0.2 C>S R 101 0", "0.3 S>C PA 301 101 len 5", "0.301 C>S A 101 306",
		"0.4 S>C FA 306 101", "0.401 C>S A 101 307"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

/* ---- answers ---- */

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

EDGES(a_close_behind_unsent_data_was_shown_before_the_rst,
	LINES(SHUT, "0.4 row S FIN_WAIT1 timer 4 200", "0.41 row S FIN_WAIT1 timer 4 190",
		"0.5 C>S R 101 0", "0.501 absent S listener", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1 kernel", "S FIN_WAIT1>CLOSED"))

EDGES(an_open_connection_whose_window_is_shut_was_not_closed_before_the_rst,
	LINES(SHUT, "0.4 row S ESTABLISHED timer 4 200", "0.41 row S ESTABLISHED timer 4 190",
		"0.5 C>S R 101 0", "0.501 absent S listener", "1 tick"),
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

/* ---- nobody is there any more, or never was ---- */

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
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2",
		"C FIN_WAIT2>CLOSED before 0.31"))

EDGES(a_reset_ends_a_time_wait_that_was_shown,
	LINES(LAST_FIN, "0.301 row C TIME_WAIT timer 3 60000 mini",
		"0.32 row C TIME_WAIT timer 3 59980 mini", "0.5 S>C R 302 0", "0.501 absent C",
		"1 tick"),
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2",
		"C FIN_WAIT2>TIME_WAIT both", "C TIME_WAIT>CLOSED after 0.49"))

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

/* ---- what was in flight proves nothing ---- */

EDGES(data_in_flight_does_not_show_that_a_rst_was_ignored,
	LINES(HANDSHAKE, "0.2 S>C PA 301 101 len 1000", "0.2001 C>S R 101 0",
		"0.2002 S>C PA 1301 101 len 1000", "0.2003 S>C PA 2301 101 len 1000",
		"0.2004 C>S R 101 0"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED"))

EDGES(data_in_flight_does_not_show_that_a_fin_was_ignored,
	LINES(HANDSHAKE, "0.2 S>C PA 301 101 len 1000", "0.2001 C>S FA 101 301",
		"0.2002 S>C PA 1301 101 len 1000", "0.25 S>C A 2301 102", "0.2501 C>S A 102 2301"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT"))

EDGES(a_socket_that_comes_back_without_a_handshake_is_a_new_life,
	LINES(HERE, HANDSHAKE, "0.15 row S ESTABLISHED cookie 200", "0.3 freed S",
		"0.301 absent S listener", "0.32 absent S listener",
		"0.6 row S ESTABLISHED cookie 900", "0.65 row S ESTABLISHED cookie 900",
		"0.7 S>C PA 301 101 len 10", "0.701 C>S A 101 311",
		"0.72 row S ESTABLISHED cookie 900", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED kernel before 0.33", "S *>ESTABLISHED seen"))

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

EDGES(data_with_a_fin_that_draws_a_bare_rst_finds_an_orphan,
	LINES(NO_WINDOW, "0.11 row S ESTABLISHED", "0.3 C>S FA 101 301 len 20 win 0",
		"0.3001 S>C R 301 0", "0.301 absent S", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSED"))

EDGES(an_answer_between_the_data_and_its_rst_finds_nobody,
	LINES(NO_WINDOW, "0.11 row S ESTABLISHED", "0.3 C>S FA 101 301 len 20 win 0",
		"0.30004 absent S asked 0.30003", "0.30005 S>C R 301 0", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>CLOSED"))

EDGES(data_with_a_fin_that_is_acknowledged_is_taken,
	LINES(NO_WINDOW, "0.3 C>S FA 101 301 len 20 win 0", "0.3001 S>C A 301 122",
		"0.4 S>C RA 301 122", "0.401 absent S", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>CLOSED"))

EDGES(a_fin_within_what_waits_already_is_dropped,
	LINES(HANDSHAKE, "0.2 C>S PA 111 301 len 100", "0.21 C>S FA 210 301",
		"0.22 C>S PA 101 301 len 10", "0.2201 S>C A 301 211", "0.3 S>C FA 301 211",
		"0.301 C>S A 211 302"),
	LINES(S_OPENED, "S ESTABLISHED>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_right_behind_what_waits_counts,
	LINES(HANDSHAKE, "0.2 C>S PA 111 301 len 100", "0.21 C>S FA 211 301",
		"0.22 C>S PA 101 301 len 10", "0.2201 S>C A 301 212", "0.3 S>C FA 301 212",
		"0.301 C>S A 212 302"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED"))

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
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED",
		S_OPENED))

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

/* ---- a long half-close ---- */

enum { ROUNDS = 50 };

/* A client that has sent its FIN reads on: data and their ACKs, more than a ring holds. A look-up
 * is answered when all that is over. */
static void half_close(const char *late, const char *const *expected)
{
	static char text[2 + 2 * ROUNDS][64];
	const char *lines[8 + 2 * ROUNDS] = {HANDSHAKE, "0.2000 C>S FA 101 301"};
	size_t count = 4;

	for (int i = 0; i < ROUNDS; i++) {
		int at = 2010 + 30 * i, seq = 301 + 100 * i;

		snprintf(text[2 * i], 64, "0.%d S>C A %d 102 len 100", at, seq);
		snprintf(text[2 * i + 1], 64, "0.%d C>S A 102 %d", at + 10, seq + 100);
		lines[count++] = text[2 * i];
		lines[count++] = text[2 * i + 1];
	}
	snprintf(text[2 * ROUNDS], 64, "0.4000 S>C FA %d 102", 301 + 100 * ROUNDS);
	snprintf(text[2 * ROUNDS + 1], 64, "0.4010 C>S A 102 %d", 302 + 100 * ROUNDS);
	lines[count++] = text[2 * ROUNDS];
	lines[count++] = text[2 * ROUNDS + 1];
	lines[count++] = late;
	script_expect(lines, expected);
}

#define HALF_CLOSED                                                                                \
	OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",                                    \
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",                               \
		"0.2010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",                                     \
		"0.4000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer"

static void an_answer_from_before_a_long_half_close_opens_nothing(void **state)
{
	(void)state;
	half_close("0.4200 row C ESTABLISHED asked 0.1500",
		LINES(HALF_CLOSED, "0.4000 C FIN_WAIT2>TIME_WAIT wire peer_fin_received",
			"0.4010 S LAST_ACK>CLOSED wire last_ack_received"));
}

static void an_answer_from_after_a_long_half_close_counts(void **state)
{
	(void)state;
	half_close("0.4200 row C TIME_WAIT asked 0.4100",
		LINES(HALF_CLOSED, "0.4000 C FIN_WAIT2>TIME_WAIT both peer_fin_received",
			"0.4010 S LAST_ACK>CLOSED wire last_ack_received"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fin_after_1_gigabyte),
		TEST(a_fin_after_2_3_gigabytes),
		TEST(a_fin_after_3_gigabytes),
		TEST(a_fin_after_4_2_gigabytes),
		TEST(a_fin_after_4_6_gigabytes),
		TEST(a_fin_that_acknowledges_what_was_never_sent_is_none),
		TEST(a_fin_with_an_old_timestamp_is_none),
		TEST(a_fin_without_an_ack_flag_is_none),
		TEST(a_fin_below_what_has_come_is_none),
		TEST(a_dropped_fin_ahead_of_a_hole_is_overtaken_by_data),
		TEST(a_fin_ahead_of_a_hole_counts_once_that_is_filled),
		TEST(a_fin_that_no_receiver_takes_is_not_its_senders_either),
		TEST(a_fin_in_a_fast_open_syn_ack_counts_once_it_is_acknowledged),
		TEST(a_fin_in_a_syn_ack_that_is_not_acknowledged_does_not_count),
		TEST(data_with_a_fin_resets_an_orphan_in_fin_wait1),
		TEST(data_with_a_fin_that_acknowledges_the_orphans_goes_through_fin_wait2),
		TEST(a_fin_alone_leaves_the_orphan_closing),
		TEST(a_stray_ack_after_a_refused_syn_opens_nothing),
		TEST(a_stray_ack_after_an_unanswered_syn_opens_nothing),
		TEST(a_local_client_of_a_raw_syn_that_nobody_holds_is_never_established),
		TEST(a_late_cookie_ack_begins_a_life_of_its_own),
		TEST(a_late_ack_to_nobody_begins_no_life),
		TEST(an_own_segment_after_a_presumed_end_proves_that_it_lived),
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
		TEST(a_syn_that_crosses_a_connect_given_up_meets_nobody),
		TEST(a_syn_that_crosses_a_connect_opens_both),
		TEST(a_last_fin_without_room_for_time_wait_ends_at_once),
		TEST(a_reset_ends_a_time_wait_that_was_shown),
		TEST(a_cookie_that_is_answered_by_a_rst_made_no_socket),
		TEST(a_cookie_that_comes_back_right_makes_one),
		TEST(a_stray_segment_that_nobody_takes_makes_no_life),
		TEST(a_stray_reset_makes_no_life),
		TEST(data_in_flight_does_not_show_that_a_rst_was_ignored),
		TEST(data_in_flight_does_not_show_that_a_fin_was_ignored),
		TEST(a_socket_that_comes_back_without_a_handshake_is_a_new_life),
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
		TEST(an_answer_from_before_a_long_half_close_opens_nothing),
		TEST(an_answer_from_after_a_long_half_close_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
