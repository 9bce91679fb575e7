/* Kinds of fault that an engine makes with sequence numbers, each with its healthy neighbour: what
 * was never taken is forgotten however far the numbers have gone, and what was in flight proves
 * nothing. Only the edges are compared, and evidence or time where a line names them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* Data that S acknowledges as the first, then S closes: a FIN before that was not taken. */
#define DATA_THEN_A_FIN_OF_S                                                                       \
	"0.3 C>S PA 101 301 len 20", "0.301 S>C A 301 121", "0.4 S>C FA 301 121",                  \
		"0.401 C>S A 121 302"

EDGES(a_fin_that_acknowledges_what_was_never_sent_is_none,
	LINES(HANDSHAKE, "0.2 C>S FA 101 900000", "0.201 S>C A 301 101", DATA_THEN_A_FIN_OF_S),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_fin_with_an_old_timestamp_is_none,
	LINES("0.100 C>S S 100 0 ts 5000 0", "0.101 S>C SA 300 101 ts 900 5000",
		"0.102 C>S A 101 301 ts 5001 900", "0.2 C>S FA 101 301 ts 1000 900",
		"0.201 S>C A 301 101 ts 1000 5001", "0.3 C>S PA 101 301 len 20 ts 5200 1000",
		"0.301 S>C A 301 121 ts 1100 5200", "0.4 S>C FA 301 121 ts 1200 5200",
		"0.401 C>S A 121 302 ts 5300 1200"),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_fin_without_an_ack_flag_is_none, LINES(HANDSHAKE, "0.2 C>S F 101 0", DATA_THEN_A_FIN_OF_S),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_fin_below_what_has_come_is_none,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 50", "0.201 S>C A 301 151",
		"0.25 C>S FA 121 301 len 10", "0.251 S>C A 301 151", "0.3 C>S PA 151 301 len 20",
		"0.301 S>C A 301 171", "0.4 S>C FA 301 171", "0.401 C>S A 171 302"),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_dropped_fin_ahead_of_a_hole_is_overtaken_by_data,
	LINES(HANDSHAKE, "0.2 C>S FA 201 900000 len 10", "0.201 S>C A 301 101",
		"0.3 C>S PA 101 301 len 200", "0.301 S>C A 301 301", "0.4 S>C FA 301 301",
		"0.401 C>S A 301 302"),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_fin_ahead_of_a_hole_counts_once_that_is_filled,
	LINES(HANDSHAKE, "0.2 C>S FA 301 301", "0.201 S>C A 301 101", "0.3 C>S PA 101 301 len 200",
		"0.301 S>C A 301 302", "0.4 S>C FA 301 302", "0.401 C>S A 302 302"),
	LINES(S_PASSIVE_CLOSE))

EDGES(a_fin_that_no_receiver_takes_is_not_its_senders_either,
	LINES(HANDSHAKE, "0.2 C>S FA 101 900000", "0.3 C>S PA 101 301 len 20",
		"0.301 S>C A 301 121", "0.4 C>S FA 121 301", "0.401 S>C A 301 122"),
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1 after 0.35", "C FIN_WAIT1>FIN_WAIT2"))

#define ANOTHERS_FIN                                                                               \
	HANDSHAKE, "0.2 C>S FA 101 301", "0.3 C>S PA 101 301 len 20", "0.301 S>C A 301 121",       \
		"0.4 C>S FA 121 301", "0.401 S>C A 301 122"

EDGES(a_fin_in_whose_place_its_sender_sends_data_is_anothers, LINES(ANOTHERS_FIN),
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1 after 0.35", "C FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_in_whose_place_data_are_acknowledged_was_not_taken, LINES(ANOTHERS_FIN),
	LINES(S_OPENED, "S ESTABLISHED>CLOSE_WAIT after 0.35"))

EDGES(data_sent_again_behind_its_fin_leaves_that_its_own,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 20", "0.201 C>S FA 121 301",
		"0.3 C>S PA 101 301 len 20", "0.301 S>C A 301 122"),
	LINES(C_OPENED, "C ESTABLISHED>FIN_WAIT1 before 0.25", "C FIN_WAIT1>FIN_WAIT2"))

/* The correction names the frame that refutes it: the third, the data in its place. */
static void a_fin_that_is_withdrawn_names_what_refutes_it(void **state)
{
	struct script script;
	(void)state;

	script_read(&script, LINES(ANOTHERS_FIN));
	struct model *model = script_model(&script);
	assert_non_null(model);
	assert_int_equal(model->correction_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct correction *at = &model->corrections[i];
		bool own = at->record.from == STATE_ESTABLISHED && at->record.to == STATE_FIN_WAIT1;

		assert_int_equal(at->record.reason.code,
			own ? REASON_FIN_NOT_ITS_OWN : REASON_SEGMENT_IGNORED);
		assert_int_equal(at->frames[0], script.event[3].number);
		assert_int_equal(at->refuting_frames[0], script.event[own ? 4 : 5].number);
	}
	model_free(model);
}

/* Of equal answers not all are kept: the one that refutes a claim is the first that came long
 * enough after the segment, not the last. */
static void of_equal_answers_the_first_refutes(void **state)
{
	struct script script;
	(void)state;

	script_read(&script,
		LINES("0.100 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301",
			"0.1022 row S SYN_RECV", "0.108 row S SYN_RECV", "0.130 row S SYN_RECV",
			"0.200 row S SYN_RECV", "0.900 row S SYN_RECV", "1.101 S>C SA 300 101",
			"1.102 C>S A 101 301"));
	struct model *model = script_model_at_settle(&script);
	assert_non_null(model);
	assert_true(model->correction_count > 0);
	assert_int_equal(model->corrections[0].frames[0], script.event[2].number);
	assert_int_equal(model->corrections[0].refuting_diags[0], script.event[5].number);
	model_free(model);
}

EDGES(a_second_servers_syn_ack_changes_nothing,
	LINES("0.1 C>S S 100 0", "0.5 C>S S 100 0", "0.52 S>C SA 300 101", "0.53 C>S A 101 301",
		"0.6 S>C SA 900000 101", "0.61 C>S A 101 301", "0.7 C>S PA 101 301 len 20",
		"0.71 S>C A 301 121", "0.8 S>C FA 301 121", "0.81 C>S A 121 302"),
	LINES(S_TO_FIN_WAIT2))

EDGES(a_fin_in_a_fast_open_syn_ack_counts_once_it_is_acknowledged,
	LINES("0.100 C>S S 100 0 len 20 tfo", "0.101 S>C SFA 300 121 len 10", "0.102 C>S A 121 312",
		"0.2 C>S FA 121 312", "0.201 S>C A 312 122"),
	LINES(C_OPENED, "C ESTABLISHED>CLOSE_WAIT", "C CLOSE_WAIT>LAST_ACK", "C LAST_ACK>CLOSED"))

/* Linux: the child is a full socket from the SYN on, and may send; the ACK makes it ESTABLISHED. */
EDGES(a_fast_open_child_that_answers_at_once_is_established_by_the_ack,
	LINES("0.100 C>S S 100 0 len 20 tfo", "0.101 S>C SA 300 121", "0.102 S>C PA 301 121 len 50",
		"0.110 C>S A 121 351"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>ESTABLISHED after 0.105"))

EDGES(an_ack_of_its_syn_alone_does_so_too,
	LINES("0.100 C>S S 100 0 len 20 tfo", "0.101 S>C SA 300 121", "0.102 S>C PA 301 121 len 50",
		"0.110 C>S A 121 301", "0.2 S>C RA 351 121"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>ESTABLISHED after 0.105", "S ESTABLISHED>CLOSED"))

EDGES(a_fast_open_child_that_has_sent_its_fin_is_no_more_established,
	LINES("0.100 C>S S 100 0 len 20 tfo", "0.101 S>C SA 300 121",
		"0.102 S>C FPA 301 121 len 50", "0.110 C>S A 121 352"),
	LINES("S LISTEN>SYN_RECV", "S SYN_RECV>FIN_WAIT1", "S FIN_WAIT1>FIN_WAIT2"))

EDGES(a_fin_in_a_syn_ack_that_is_not_acknowledged_does_not_count,
	LINES("0.100 C>S S 100 0", "0.101 S>C SFA 300 101", "0.102 C>S A 101 301",
		"0.2 C>S FA 101 301", "0.201 S>C A 302 102"),
	LINES(C_TO_FIN_WAIT2))

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

#define COMES_BACK                                                                                 \
	HERE, HANDSHAKE, "0.15 row S ESTABLISHED cookie 200", "0.3 freed S",                       \
		"0.301 absent S listener", "0.32 absent S listener",                               \
		"0.6 row S ESTABLISHED cookie 900", "0.65 row S ESTABLISHED cookie 900"

EDGES(the_peer_of_a_socket_that_comes_back_closes_it,
	LINES(COMES_BACK, "0.7 S>C PA 301 101 len 10", "0.701 C>S A 101 311", "0.8 C>S FA 101 311",
		"0.801 S>C A 311 102", "0.802 row S CLOSE_WAIT cookie 900", "0.9 S>C FA 311 102",
		"0.901 C>S A 102 312", "1 tick"),
	LINES(C_OPENED, "C *>ESTABLISHED", "C ESTABLISHED>FIN_WAIT1", "C FIN_WAIT1>FIN_WAIT2",
		"C FIN_WAIT2>TIME_WAIT"))

EDGES(a_socket_that_comes_back_takes_its_peers_fin,
	LINES(COMES_BACK, "0.7 S>C PA 301 101 len 10", "0.701 C>S A 101 311", "0.8 C>S FA 101 311",
		"0.801 S>C A 311 102", "0.802 row S CLOSE_WAIT cookie 900", "0.9 S>C FA 311 102",
		"0.901 C>S A 102 312", "1 tick"),
	LINES(S_OPENED, "S ESTABLISHED>CLOSED kernel before 0.33", "S *>ESTABLISHED seen",
		"S ESTABLISHED>CLOSE_WAIT both", "S CLOSE_WAIT>LAST_ACK", "S LAST_ACK>CLOSED"))

EDGES(the_fin_of_a_socket_that_comes_back_reaches_its_peer,
	LINES(COMES_BACK, "0.7 C>S PA 101 301 len 10", "0.701 S>C A 301 111", "0.8 S>C FA 301 111",
		"0.801 C>S A 111 302", "0.9 C>S FA 111 302", "0.901 S>C A 302 112", "1 tick"),
	LINES(C_OPENED, "C *>ESTABLISHED", "C ESTABLISHED>CLOSE_WAIT", "C CLOSE_WAIT>LAST_ACK",
		"C LAST_ACK>CLOSED"))

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
		TEST(a_second_servers_syn_ack_changes_nothing),
		TEST(a_fin_in_whose_place_its_sender_sends_data_is_anothers),
		TEST(a_fin_in_whose_place_data_are_acknowledged_was_not_taken),
		TEST(data_sent_again_behind_its_fin_leaves_that_its_own),
		TEST(a_fin_that_is_withdrawn_names_what_refutes_it),
		TEST(of_equal_answers_the_first_refutes),
		TEST(a_fin_in_a_fast_open_syn_ack_counts_once_it_is_acknowledged),
		TEST(a_fast_open_child_that_answers_at_once_is_established_by_the_ack),
		TEST(an_ack_of_its_syn_alone_does_so_too),
		TEST(a_fast_open_child_that_has_sent_its_fin_is_no_more_established),
		TEST(a_fin_in_a_syn_ack_that_is_not_acknowledged_does_not_count),
		TEST(data_in_flight_does_not_show_that_a_rst_was_ignored),
		TEST(data_in_flight_does_not_show_that_a_fin_was_ignored),
		TEST(a_socket_that_comes_back_without_a_handshake_is_a_new_life),
		TEST(the_peer_of_a_socket_that_comes_back_closes_it),
		TEST(a_socket_that_comes_back_takes_its_peers_fin),
		TEST(the_fin_of_a_socket_that_comes_back_reaches_its_peer),
		TEST(an_answer_from_before_a_long_half_close_opens_nothing),
		TEST(an_answer_from_after_a_long_half_close_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
