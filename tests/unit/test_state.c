/* Every state against every segment, typed by hand from RFC 9293 (and, where marked, from Linux): a
 * row of src/evidence/rules.c that is changed, added or lost fails here. And the states' names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/evidence/engine.h"
#include "tcpstate/reason.h"
#include "tcpstate/state.h"

/* "-": the segment changes nothing in this state. Otherwise the new state and the reason. */
struct expected {
	unsigned from; /* STATE_REQUEST: SYN_RECV of a passive open */
	const char *cell[8];
};

/* RFC 9293 3.10.7.1 to 3.10.7.4, figure 5; ICMP: RFC 5461, Linux tcp_v4_err(), tcp_req_err(). */
static const uint8_t received[] = {GOT_SYN, GOT_SYN_ACK, GOT_ACK_OF_SYN, GOT_ACK_OF_FIN, GOT_FIN,
	GOT_RST, GOT_ICMP_SYN, GOT_ICMP_REQUEST};
/* clang-format off */
static const struct expected when_received[] = {
	{STATE_CLOSED, {"-", "-", "-", "-", "-", "-", "-", "-"}},
	{STATE_SYN_SENT, {"SYN_RECV simultaneous_open", "ESTABLISHED syn_ack_received", "-", "-", "-", "-",
		"CLOSED icmp_error", "-"}},
	{STATE_REQUEST, {"-", "-", "ESTABLISHED final_ack_received", "-", "-", "CLOSED rst_received", "-",
		"CLOSED icmp_error"}},
	{STATE_SYN_RECV, {"-", "ESTABLISHED final_ack_received", "ESTABLISHED final_ack_received", "-", "-",
		"CLOSED rst_received", "CLOSED icmp_error", "-"}},
	{STATE_ESTABLISHED, {"-", "-", "-", "-", "CLOSE_WAIT fin_received", "CLOSED rst_received", "-", "-"}},
	{STATE_FIN_WAIT1, {"-", "-", "-", "FIN_WAIT2 fin_acked", "CLOSING simultaneous_close",
		"CLOSED rst_received", "-", "-"}},
	{STATE_FIN_WAIT2, {"-", "-", "-", "-", "TIME_WAIT peer_fin_received", "CLOSED rst_received", "-", "-"}},
	{STATE_CLOSE_WAIT, {"-", "-", "-", "-", "-", "CLOSED rst_received", "-", "-"}},
	{STATE_CLOSING, {"-", "-", "-", "TIME_WAIT fin_acked", "-", "CLOSED rst_received", "-", "-"}},
	{STATE_LAST_ACK, {"-", "-", "-", "CLOSED last_ack_received", "-", "CLOSED rst_received", "-", "-"}},
	{STATE_TIME_WAIT, {"-", "-", "-", "-", "-", "CLOSED rst_received", "-", "-"}},
};

/* RFC 9293 3.10.1 OPEN, 3.10.4 CLOSE, 3.10.5 ABORT: what sends the segment. */
static const uint8_t sent[] = {OWN_SYN, OWN_FIN, OWN_ABORT};
static const struct expected when_sent[] = {
	{STATE_CLOSED, {"SYN_SENT syn_sent", "-", "-"}},
	{STATE_SYN_SENT, {"-", "-", "CLOSED rst_sent"}},
	{STATE_REQUEST, {"-", "-", "CLOSED rst_sent"}},
	{STATE_SYN_RECV, {"-", "FIN_WAIT1 fin_sent", "CLOSED rst_sent"}},
	{STATE_ESTABLISHED, {"-", "FIN_WAIT1 fin_sent", "CLOSED rst_sent"}},
	{STATE_FIN_WAIT1, {"-", "-", "CLOSED rst_sent"}},
	{STATE_FIN_WAIT2, {"-", "-", "CLOSED rst_sent"}},
	{STATE_CLOSE_WAIT, {"-", "LAST_ACK fin_sent_after_peer", "CLOSED rst_sent"}},
	{STATE_CLOSING, {"-", "-", "CLOSED rst_sent"}},
	{STATE_LAST_ACK, {"-", "-", "CLOSED rst_sent"}},
	{STATE_TIME_WAIT, {"-", "-", "-"}}, /* the TCB is deleted, and no RST sent */
};
/* clang-format on */

static void check(
	const struct expected *row, const struct step *step, unsigned symbol, size_t input)
{
	char found[64] = "-";

	if (step->cost == FREE && step->to != row->from) {
		snprintf(found, sizeof(found), "%s %s", state_name(rules_shown(step->to)),
			reason_word(step->reason));
		if (strstr(step->section, "RFC") == NULL && strstr(step->section, "Linux") == NULL)
			fail_msg("%s, symbol %u: no section", state_name(rules_shown(row->from)),
				symbol);
	}
	if (strcmp(found, row->cell[input]) != 0)
		fail_msg("%s, symbol %u: the rules say \"%s\", the RFC \"%s\"",
			state_name(rules_shown(row->from)), symbol, found, row->cell[input]);
}

static void a_received_segment_does_what_the_rfc_says(void **state)
{
	(void)state;
	rules_prepare();
	for (size_t row = 0; row < sizeof(when_received) / sizeof(when_received[0]); row++)
		for (size_t i = 0; i < sizeof(received); i++)
			check(&when_received[row], rules_got(when_received[row].from, received[i]),
				received[i], i);
}

static void a_sent_segment_proves_what_the_rfc_says(void **state)
{
	(void)state;
	rules_prepare();
	for (size_t row = 0; row < sizeof(when_sent) / sizeof(when_sent[0]); row++)
		for (size_t i = 0; i < sizeof(sent); i++)
			check(&when_sent[row], rules_own(when_sent[row].from, sent[i]), sent[i], i);
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

/* ---- TCP_DEFER_ACCEPT: until its SYN-ACK times out ---- */

static void a_listener_that_waits_for_data_waits_for_its_time_out(void **state)
{
	const int64_t second_ns = 1000000000;
	struct symbol ring[] = {{.own = 1u << OWN_SYN, .got = 1u << GOT_SYN},
		{.side = 1, .own = 1u << OWN_SYN_ACK, .t_ns = 1000},
		{.own = 1u << OWN_ACK, .got = 1u << GOT_ACK_OF_SYN}};

	(void)state;
	ring[2].t_ns = second_ns / 2;
	assert_false(may_have_timed_out(ring, 2));
	ring[2].t_ns = second_ns + 1000;
	assert_true(may_have_timed_out(ring, 2));
	assert_true(may_have_timed_out(ring, 0)); /* its SYN-ACK is not known */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_received_segment_does_what_the_rfc_says),
		cmocka_unit_test(a_sent_segment_proves_what_the_rfc_says),
		cmocka_unit_test(states_are_named_as_netstat_and_ss_name_them),
		cmocka_unit_test(a_listener_that_waits_for_data_waits_for_its_time_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
