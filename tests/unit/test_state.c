/* Every state against every input, typed by hand from RFC 9293 3.10 (and, where marked, from
 * Linux): a cell changed, added or lost in the tables of src/tcp/state.c fails here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tcpstate/reason.h"
#include "tcpstate/state.h"

/* "-": the input changes nothing in this state, or cannot happen there. Otherwise the new state and
 * the reason. */
struct expected {
	enum tcp_state from;
	const char *cell[9];
};

/* RFC 9293 3.10.1 OPEN, 3.10.4 CLOSE, 3.10.5 ABORT; Linux: inet_csk_listen_stop().
 *                          listen()                 connect()           close(), shutdown() RST:
 * abort                       listener closed */
static const struct expected calls[] = {
	{STATE_UNKNOWN, {"-", "-", "-", "-", "-"}},
	{STATE_CLOSED, {"LISTEN listen_called", "SYN_SENT syn_sent", "-", "-", "-"}},
	{STATE_LISTEN, {"-", "-", "CLOSED closed_by_program", "CLOSED closed_by_program", "-"}},
	{STATE_SYN_SENT, {"-", "-", "CLOSED closed_by_program", "CLOSED closed_by_program", "-"}},
	{STATE_SYN_RECV,
		{"-", "-", "FIN_WAIT1 fin_sent", "CLOSED rst_sent", "CLOSED listener_closed"}},
	{STATE_ESTABLISHED,
		{"-", "-", "FIN_WAIT1 fin_sent", "CLOSED rst_sent", "CLOSED listener_closed"}},
	{STATE_FIN_WAIT1, {"-", "-", "-", "CLOSED rst_sent", "-"}},
	{STATE_FIN_WAIT2, {"-", "-", "-", "CLOSED rst_sent", "-"}},
	{STATE_CLOSE_WAIT, {"-", "-", "LAST_ACK fin_sent_after_peer", "CLOSED rst_sent",
				   "CLOSED listener_closed"}},
	{STATE_CLOSING, {"-", "-", "-", "CLOSED rst_sent", "-"}},
	{STATE_LAST_ACK, {"-", "-", "-", "CLOSED rst_sent", "-"}},
	{STATE_TIME_WAIT, {"-", "CLOSED time_wait_reused", "-", "CLOSED rst_sent", "-"}},
};

/* RFC 9293 3.10.7.1 to 3.10.7.4, figure 5; ICMP: Linux tcp_v4_err(), tcp_req_err(); new
 * SYN: 3.10.7.4 and RFC 6191. SYN                            SYN,ACK acceptable              ACK of
 * our SYN                    other ACK */
/*                          ACK of our FIN                 FIN                             RST new
 * SYN                    ICMP error */
static const struct expected segments[] = {
	{STATE_UNKNOWN, {"-", "-", "-", "-", "-", "-", "-", "-", "-"}},
	{STATE_CLOSED, {"-", "-", "-", "-", "-", "-", "-", "-", "-"}},
	{STATE_LISTEN, {"SYN_RECV syn_received", "-", "-", "-", "-", "-", "-", "-", "-"}},
	{STATE_SYN_SENT, {"SYN_RECV simultaneous_open", "ESTABLISHED syn_ack_received", "-", "-",
				 "-", "-", "CLOSED connection_refused", "-", "CLOSED icmp_error"}},
	{STATE_SYN_RECV, {"-", "ESTABLISHED final_ack_received", "ESTABLISHED final_ack_received",
				 "-", "-", "CLOSE_WAIT fin_received", "CLOSED rst_received", "-",
				 "CLOSED icmp_error"}},
	{STATE_ESTABLISHED, {"-", "-", "-", "-", "-", "CLOSE_WAIT fin_received",
				    "CLOSED rst_received", "-", "-"}},
	{STATE_FIN_WAIT1, {"-", "-", "-", "-", "FIN_WAIT2 fin_acked", "CLOSING simultaneous_close",
				  "CLOSED rst_received", "-", "-"}},
	{STATE_FIN_WAIT2, {"-", "-", "-", "-", "-", "TIME_WAIT peer_fin_received",
				  "CLOSED rst_received", "-", "-"}},
	{STATE_CLOSE_WAIT, {"-", "-", "-", "-", "-", "-", "CLOSED rst_received", "-", "-"}},
	{STATE_CLOSING,
		{"-", "-", "-", "-", "TIME_WAIT fin_acked", "-", "CLOSED rst_received", "-", "-"}},
	{STATE_LAST_ACK, {"-", "-", "-", "-", "CLOSED last_ack_received", "-",
				 "CLOSED rst_received", "-", "-"}},
	{STATE_TIME_WAIT, {"-", "-", "-", "-", "-", "-", "CLOSED rst_received",
				  "CLOSED time_wait_reused", "-"}},
};

/* RFC 9293 3.8.3, 3.8.4, 3.10.8; Linux: tcp_fin_timeout.
 *                          SYN retries              SYN-ACK retries             retransmissions
 * FIN_WAIT2                     2 MSL                       keepalive */
static const struct expected timers[] = {
	{STATE_UNKNOWN, {"-", "-", "-", "-", "-", "-"}},
	{STATE_CLOSED, {"-", "-", "-", "-", "-", "-"}},
	{STATE_LISTEN, {"-", "-", "-", "-", "-", "-"}},
	{STATE_SYN_SENT, {"CLOSED syn_timed_out", "-", "-", "-", "-", "-"}},
	{STATE_SYN_RECV, {"-", "CLOSED syn_ack_timed_out", "CLOSED retransmission_timed_out", "-",
				 "-", "-"}},
	{STATE_ESTABLISHED, {"-", "-", "CLOSED retransmission_timed_out", "-", "-",
				    "CLOSED keepalive_timed_out"}},
	{STATE_FIN_WAIT1, {"-", "-", "CLOSED retransmission_timed_out", "-", "-", "-"}},
	{STATE_FIN_WAIT2,
		{"-", "-", "-", "CLOSED fin_wait2_timed_out", "-", "CLOSED keepalive_timed_out"}},
	{STATE_CLOSE_WAIT, {"-", "-", "CLOSED retransmission_timed_out", "-", "-",
				   "CLOSED keepalive_timed_out"}},
	{STATE_CLOSING, {"-", "-", "CLOSED retransmission_timed_out", "-", "-", "-"}},
	{STATE_LAST_ACK, {"-", "-", "CLOSED retransmission_timed_out", "-", "-", "-"}},
	{STATE_TIME_WAIT, {"-", "-", "-", "-", "CLOSED time_wait_expired", "-"}},
};

static void check(
	const struct expected *table, const struct edge *edges, size_t inputs, enum cause cause)
{
	bool seen[STATE_MAX] = {false};

	for (size_t row = 0; row < STATE_MAX; row++) {
		enum tcp_state from = table[row].from;
		assert_false(seen[from]);
		seen[from] = true;
		for (size_t input = 0; input < inputs; input++) {
			const struct edge *edge = &edges[from * inputs + input];
			char found[96] = "-", want[96];
			if (edge->section != NULL || edge->to || edge->reason || edge->cause)
				snprintf(found, sizeof(found), "%s %s%s", state_name(edge->to),
					reason_word(edge->reason),
					edge->section == NULL  ? " (no section)"
					: edge->cause != cause ? " (wrong cause)"
							       : "");
			snprintf(want, sizeof(want), "%s",
				table[row].cell[input] ? table[row].cell[input]
						       : "(missing in this test)");
			if (strcmp(found, want) != 0)
				fail_msg("%s, input %zu: the table says \"%s\", the RFC \"%s\"",
					state_name(from), input, found, want);
		}
	}
}

static void calls_do_what_the_rfc_says(void **state)
{
	(void)state;
	check(calls, &state_calls[0][0], CALL_MAX, CAUSE_CALL);
}

static void segments_do_what_the_rfc_says(void **state)
{
	(void)state;
	check(segments, &state_segments[0][0], SEG_MAX, CAUSE_SEGMENT);
}

static void timers_do_what_the_rfc_says(void **state)
{
	(void)state;
	check(timers, &state_timers[0][0], TIMER_MAX, CAUSE_TIMER);
}

static void every_edge_names_its_section(void **state)
{
	(void)state;
	for (size_t from = 0; from < STATE_MAX; from++)
		for (size_t input = 0; input < SEG_MAX; input++)
			if (state_segments[from][input].section != NULL)
				assert_true(strstr(state_segments[from][input].section, "RFC") !=
						    NULL ||
					    strstr(state_segments[from][input].section, "Linux") !=
						    NULL);
}

static void states_are_named_as_netstat_and_ss_name_them(void **state)
{
	static const struct {
		const char *name;
		enum tcp_state state;
	} names[] = {{"ESTAB", STATE_ESTABLISHED}, {"established", STATE_ESTABLISHED},
		{"SYN-SENT", STATE_SYN_SENT}, {"SYN_RECV", STATE_SYN_RECV},
		{"FIN-WAIT-1", STATE_FIN_WAIT1}, {"FIN_WAIT2", STATE_FIN_WAIT2},
		{"TIME-WAIT", STATE_TIME_WAIT}, {"CLOSE_WAIT", STATE_CLOSE_WAIT},
		{"LAST-ACK", STATE_LAST_ACK}, {"LISTEN", STATE_LISTEN}, {"CLOSING", STATE_CLOSING},
		{"UNCONN", STATE_CLOSED}, {"CLOSED", STATE_CLOSED}, {"ESTABLISHE", STATE_MAX},
		{"", STATE_MAX}, {"SYN", STATE_MAX}, {"ESTABLISHEDESTABLISHED", STATE_MAX}};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(
			state_from_name(names[i].name, strlen(names[i].name)), names[i].state);
	for (unsigned i = 1; i < STATE_MAX; i++)
		assert_int_equal(state_from_name(state_name(i), strlen(state_name(i))), i);
	assert_string_equal(state_name(STATE_MAX), "UNKNOWN");
	assert_string_equal(state_name(4711), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_do_what_the_rfc_says),
		cmocka_unit_test(segments_do_what_the_rfc_says),
		cmocka_unit_test(timers_do_what_the_rfc_says),
		cmocka_unit_test(every_edge_names_its_section),
		cmocka_unit_test(states_are_named_as_netstat_and_ss_name_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
