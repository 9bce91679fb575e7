/* The rules of docs/evidence.md where a limit, a timer or another socket decides: what must be told
 * apart, scenario by scenario. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "script.h"
#include "tcpstate/feed.h"

/* ---- what took a socket away that no packet closed: the timer it was last shown with ---- */

#define SEEN_S                                                                                     \
	OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",                \
		"0.1020 S SYN_RECV>ESTABLISHED both final_ack_received"
#define ORPHANED HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102"
#define ORPHANED_C                                                                                 \
	OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",                                    \
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",                               \
		"0.2010 C FIN_WAIT1>FIN_WAIT2 both fin_acked"

SCENARIO(a_syn_times_out,
	LINES("0.1 C>S S 100 0", "0.11 row C SYN_SENT timer 1 990 retrans 6", "1.11 absent C",
		"2 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT both syn_sent",
		"1.1000 C SYN_SENT>CLOSED kernel syn_timed_out"))

SCENARIO(a_retransmission_times_out,
	LINES(HANDSHAKE, "0.2 row S ESTABLISHED timer 1 500 retrans 15", "0.71 absent S", "1 tick"),
	LINES(SEEN_S, "0.7000 S ESTABLISHED>CLOSED kernel retransmission_timed_out"))

SCENARIO(a_keepalive_times_out,
	LINES(HANDSHAKE, "0.2 row S ESTABLISHED timer 2 500 retrans 9", "0.71 absent S", "1 tick"),
	LINES(SEEN_S, "0.7000 S ESTABLISHED>CLOSED kernel keepalive_timed_out"))

SCENARIO(a_socket_gone_before_its_timer_was_not_timed_out,
	LINES(HANDSHAKE, "0.2 row S ESTABLISHED timer 1 500", "0.5 absent S", "1 tick"),
	LINES(SEEN_S, "0.5000 S ESTABLISHED>CLOSED kernel socket_gone"))

SCENARIO(an_orphaned_fin_wait2_expires,
	LINES(ORPHANED, "0.21 row C FIN_WAIT2 mini timer 3 60000", "60.22 absent C", "61 tick"),
	LINES(ORPHANED_C, "60.2100 C FIN_WAIT2>CLOSED kernel fin_wait2_timed_out"))

SCENARIO(a_fin_wait2_that_goes_before_its_timer_has_not_expired,
	LINES(ORPHANED, "0.21 row C FIN_WAIT2 mini timer 3 60000", "30 absent C", "61 tick"),
	LINES(ORPHANED_C, "30.0000 C FIN_WAIT2>CLOSED kernel socket_gone"))

/* ---- a kernel that is ahead ---- */

SCENARIO(a_fin_behind_a_hole_that_the_kernel_has_taken_is_dated_by_the_fin,
	LINES(HANDSHAKE, "0.2 C>S FA 111 301", "0.3 row S CLOSE_WAIT", "1 tick"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT both fin_received"))

SCENARIO(a_last_fin_behind_a_hole_is_dated_by_the_fin_as_well,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C A 301 102", "0.3 S>C FA 311 102",
		"0.4 row C TIME_WAIT mini timer 3 59900", "1 tick"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2010 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.3000 C FIN_WAIT2>TIME_WAIT both peer_fin_received"))

SCENARIO(what_the_first_dump_shows_was_there_before_us,
	LINES("0.05 row C SYN_SENT dump", "0.06 dump-end", "1 tick"),
	LINES("0.0500 C UNKNOWN>SYN_SENT kernel seen_midway"))

SCENARIO(a_connection_whose_fin_is_the_first_thing_seen,
	LINES("0.1 C>S FA 101 301", "0.2 S>C A 301 102"),
	LINES("0.1000 C UNKNOWN>FIN_WAIT1 wire fin_sent",
		"0.1000 S UNKNOWN>CLOSE_WAIT wire fin_received",
		"0.2000 C FIN_WAIT1>FIN_WAIT2 wire fin_acked"))

SCENARIO(a_connect_that_a_filter_keeps_from_its_rst_goes_on,
	LINES("0.1 C>S S 100 0", "0.101 S>C RA 0 101", "0.15 S>C S 300 0",
		"0.151 row C SYN_RECV full timer 1 990", "1 tick"),
	LINES("0.1000 C CLOSED>SYN_SENT wire syn_sent",
		"0.1010 C SYN_SENT>CLOSED wire connection_refused withdrawn: segment_ignored(0,0)",
		"0.1500 S CLOSED>SYN_SENT wire syn_sent",
		"0.1500 C SYN_SENT>SYN_RECV both simultaneous_open"))

SCENARIO(the_next_socket_on_the_same_ends_says_nothing_of_the_one_before,
	LINES(HANDSHAKE, "0.15 row C ESTABLISHED", "0.2 S>C RA 301 101",
		"0.4 row C SYN_SENT cookie 777", "0.45 row C SYN_SENT cookie 777", "1 tick"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED both syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received",
		"0.2000 S ESTABLISHED>CLOSED wire rst_sent",
		"0.2000 C ESTABLISHED>CLOSED wire rst_received",
		"0.4000 C CLOSED>SYN_SENT kernel syn_sent"))

SCENARIO(one_late_answer_revives_no_socket,
	LINES(HANDSHAKE, "0.2 S>C RA 301 101", "0.203 row C ESTABLISHED", "1 tick"),
	LINES(OPENED, "0.2000 S ESTABLISHED>CLOSED wire rst_sent",
		"0.2000 C ESTABLISHED>CLOSED wire rst_received"))

/* ---- absence ---- */

SCENARIO(a_look_up_does_not_find_a_socket_that_is_bound_to_a_device,
	LINES(HANDSHAKE, "0.15 row S ESTABLISHED device", "0.3 absent S", "0.4 absent S", "1 tick"),
	LINES(SEEN_S))

SCENARIO(a_request_that_never_became_a_socket_is_gone,
	LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 row S SYN_RECV timer 1 1000",
		"0.102 C>S A 101 301", "0.3 absent S listener", "1 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)",
		"0.3000 L UNKNOWN>LISTEN kernel listen_called",
		"0.3000 S SYN_RECV>CLOSED kernel request_gone"))

SCENARIO(a_cookie_that_is_found_out_after_its_ack_may_still_make_a_socket,
	LINES(HANDSHAKE, "0.3 absent S listener", "0.5 C>S PA 101 301 len 5",
		"0.501 row S ESTABLISHED", "0.51 S>C A 301 106", "1 tick"),
	LINES(OPENED_C, "0.1000 S LISTEN>SYN_RECV wire syn_received withdrawn: syn_cookie(0,0)",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S LISTEN>SYN_RECV wire cookie_accepted withdrawn: final_ack_ignored(0,0)",
		"0.3000 L UNKNOWN>LISTEN kernel listen_called",
		"0.5000 S LISTEN>SYN_RECV wire cookie_accepted",
		"0.5000 S SYN_RECV>ESTABLISHED both final_ack_received"))

/* ---- whose accept queue it was ---- */

#define REFUSED                                                                                    \
	"0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301", "0.105 row S SYN_RECV",  \
		"0.14 row S SYN_RECV", "1 tick"
#define REFUSED_C                                                                                  \
	OPENED_C, "0.1000 S LISTEN>SYN_RECV both syn_received",                                    \
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",                             \
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "                \
		"accept_queue_full(2,1)"

SCENARIO(a_listener_that_was_closed_has_no_queue_any_more,
	LINES("0.05 listen 3/2", "0.06 dump-end", "0.07 unlistened", "0.08 listen 2/1 cookie 10",
		"0.09 dump-end", REFUSED),
	LINES("0.0500 L UNKNOWN>LISTEN kernel listen_called",
		"0.0700 L LISTEN>CLOSED kernel closed_or_ended",
		"0.0800 L CLOSED>LISTEN kernel listen_called", REFUSED_C))

SCENARIO(of_two_listeners_the_closed_one_counts_for_nothing_though_seen_last,
	LINES("0.05 listen 2/1", "0.051 listen 3/2 cookie 10", "0.06 dump-end", "0.07 freed 10",
		REFUSED),
	LINES("0.0500 L UNKNOWN>LISTEN kernel listen_called",
		"0.0510 L UNKNOWN>LISTEN kernel listen_called",
		"0.0700 L LISTEN>CLOSED kernel closed_or_ended", REFUSED_C))

SCENARIO(a_full_listener_at_another_address_explains_nothing,
	LINES("0.05 listen 3/2 elsewhere", "0.06 dump-end", REFUSED),
	LINES("0.0500 L UNKNOWN>LISTEN kernel listen_called", OPENED_C,
		"0.1000 S LISTEN>SYN_RECV both syn_received",
		"0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)"))

/* ---- packets that are met twice ---- */

SCENARIO(another_packet_with_another_hop_limit_is_no_copy,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301 hop 63"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(the_same_packet_by_another_way_a_second_later_is_a_retransmission,
	LINES(HANDSHAKE, "0.2 S>C A 301 101", "1.5 S>C SA 300 101", "2.6 S>C SA 300 101 hop 63"),
	LINES(OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received",
		"0.1020 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)"))

SCENARIO(a_packet_that_a_router_passes_on_is_no_retransmission,
	LINES(HANDSHAKE, "0.2 C>S FA 101 301", "0.21 S>C A 301 102", "0.3 S>C FA 301 102",
		"0.302 S>C FA 301 102 hop 63", "0.303 C>S A 102 302"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received",
		"0.2100 C FIN_WAIT1>FIN_WAIT2 wire fin_acked",
		"0.3000 S CLOSE_WAIT>LAST_ACK wire fin_sent_after_peer",
		"0.3000 C FIN_WAIT2>TIME_WAIT wire peer_fin_received",
		"0.3030 S LAST_ACK>CLOSED wire last_ack_received"))

#define FAR_SYN_ACK                                                                                \
	"0.1 C>S S 100 0", "0.3 S>C SA 300 101", "0.301 C>S A 101 301", "0.45 S>C SA 300 101"
#define FAR_OPENED                                                                                 \
	"0.1000 S LISTEN>SYN_RECV wire syn_received",                                              \
		"0.3000 C SYN_SENT>ESTABLISHED wire syn_ack_received"

SCENARIO(a_repeated_syn_ack_of_a_far_end_may_have_crossed_the_ack,
	LINES("0.01 address C", FAR_SYN_ACK),
	LINES(OPENED_C, FAR_OPENED, "0.3010 S SYN_RECV>ESTABLISHED wire final_ack_received"))

SCENARIO(a_repeated_syn_ack_of_an_end_here_has_not, LINES("0.01 address S", FAR_SYN_ACK),
	LINES(OPENED_C, FAR_OPENED,
		"0.3010 S SYN_RECV>ESTABLISHED wire final_ack_received withdrawn: "
		"final_ack_ignored(0,0)"))

/* ---- what reaches the machine at all ---- */

SCENARIO(an_ack_of_what_was_never_sent_moves_nothing,
	LINES(HANDSHAKE, "0.15 S>C A 301 999", "0.2 C>S FA 101 301"),
	LINES(OPENED, "0.2000 C ESTABLISHED>FIN_WAIT1 wire fin_sent",
		"0.2000 S ESTABLISHED>CLOSE_WAIT wire fin_received"))

SCENARIO(a_window_is_scaled, /* 60000 << 7 bytes from 101 on */
	LINES(HANDSHAKE, "0.103 S>C A 301 101", "0.2 C>S FA 7700000 301", "0.3 C>S FA 5000000 301"),
	LINES(OPENED, "0.3000 C ESTABLISHED>FIN_WAIT1 wire fin_sent"))

#define HALF "0.1 C>S S 100 0", "0.101 S>C SA 300 101"
#define HALF_C OPENED_C, REQUESTED, "0.1010 C SYN_SENT>ESTABLISHED wire syn_ack_received"

SCENARIO(an_icmp_error_that_a_request_does_not_take,
	LINES(HALF, "0.2 icmp S 3 3 300", "0.3 icmp S 3 2 300", "0.4 icmp S 4 0 300"),
	LINES(HALF_C))
SCENARIO(host_unreachable_ends_a_request, LINES(HALF, "0.2 icmp S 3 1 300"),
	LINES(HALF_C, "0.2000 S SYN_RECV>CLOSED wire icmp_error"))
SCENARIO(time_exceeded_ends_a_request, LINES(HALF, "0.2 icmp S 11 0 300"),
	LINES(HALF_C, "0.2000 S SYN_RECV>CLOSED wire icmp_error"))
SCENARIO(a_parameter_problem_ends_a_request, LINES(HALF, "0.2 icmp S 12 0 300"),
	LINES(HALF_C, "0.2000 S SYN_RECV>CLOSED wire icmp_error"))

/* ---- what is counted ---- */

static void take_segments(void *context, const struct record *record)
{
	size_t *counts = context;

	counts[0] += record->kind == RECORD_SEGMENT;
	counts[1] += record->kind == RECORD_SEGMENT && record->retransmission;
}

static void run_into(const char *const *lines, struct emit emit)
{
	struct core *core = core_new(&(struct core_limits){.flows = 8, .listeners = 2}, emit);
	struct feed *feed = feed_new(&(struct feed_options){.core = core});
	struct script script;

	assert_non_null(feed);
	script_read(&script, lines);
	for (size_t i = 0; i < script.count; i++)
		feed_event(feed, &script.event[i]);
	core_finish(core, script.event[script.count - 1].t_ns);
	feed_free(feed);
	core_free(core);
}

static void a_copy_of_a_packet_is_not_counted_a_retransmission_is(void **state)
{
	size_t counts[2] = {0, 0};

	(void)state;
	run_into(LINES("0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1011 S>C SA 300 101 hop 63",
			 "0.102 C>S A 101 301", "0.2 S>C PA 301 101 len 5",
			 "0.5 S>C PA 301 101 len 5", "0.6 C>S A 101 306 hop 60"),
		(struct emit){take_segments, counts});
	assert_int_equal(counts[0], 6);
	assert_int_equal(counts[1], 1);
}

/* Behind a hole, a stream goes on every 10 ms: what fills the hole comes soon after the last of it,
 * whether it was sent before or behind that. The sender's clock tells. */
static size_t counted_again(const char *filler)
{
	size_t counts[2] = {0, 0};

	run_into(LINES("0.1 C>S S 100 0 ts 10 0", "0.15 S>C SA 300 101 ts 1000 10",
			 "0.2 C>S A 101 301 ts 20 1000", "0.3 S>C PA 301 101 len 5 ts 1010 20",
			 "0.31 S>C PA 311 101 len 5 ts 1030 20",
			 "0.32 S>C PA 316 101 len 5 ts 1040 20", filler,
			 "0.4 C>S A 101 321 ts 40 1040"),
		(struct emit){take_segments, counts});
	assert_int_equal(counts[0], 8);
	return counts[1];
}

static void what_fills_a_hole_was_sent_again_if_its_timestamp_is_the_newest(void **state)
{
	(void)state;
	assert_int_equal(counted_again("0.33 S>C PA 306 101 len 5 ts 1050 20"), 1);
	assert_int_equal(counted_again("0.33 S>C PA 306 101 len 5 ts 1020 20"), 0);
	/* later than a round trip, too: the network had it that long */
	assert_int_equal(counted_again("0.39 S>C PA 306 101 len 5 ts 1020 20"), 0);
	/* sent within the clock's tick: the time it took tells */
	assert_int_equal(counted_again("0.33 S>C PA 306 101 len 5 ts 1040 20"), 0);
	assert_int_equal(counted_again("0.39 S>C PA 306 101 len 5 ts 1040 20"), 1);
}

static void take_nothing(void *context, const struct record *record)
{
	(void)context;
	(void)record;
}

/* A kernel timer fires when it has the time: an endpoint that should be gone is asked for again
 * every 50 ms, not without a pause. */
static void an_overdue_timer_is_asked_about_every_50_ms(void **state)
{
	struct core *core = core_new(&(struct core_limits){.flows = 1, .listeners = 1},
		(struct emit){take_nothing, NULL});
	struct script script;
	struct wish wishes[4];
	int64_t next, asked_ms[8] = {0};
	size_t count = 0;

	(void)state;
	assert_non_null(core);
	script_read(&script, LINES("0.05 address C", "0.1 C>S S 100 0",
				     "0.11 row C SYN_SENT timer 1 1990", "0.13 tick"));
	for (size_t i = 0; i < script.count; i++)
		core_feed(core, &script.event[i]);
	for (int64_t ms = 0; ms < 2120; ms++) { /* the timer is due 2 s after the SYN */
		size_t asked =
			core_wishes(core, script.event[1].t_ns + ms * 1000000, wishes, 4, &next);
		for (size_t i = 0; i < asked; i++)
			if (wishes[i].kind == WISH_SOCKET && ms > 1500 && count < 8)
				asked_ms[count++] = ms;
	}
	core_free(core);
	assert_int_equal(count, 3);
	assert_int_equal(asked_ms[0], 2002);
	assert_int_equal(asked_ms[1], 2052);
	assert_int_equal(asked_ms[2], 2102);
}

/* Many endpoints, asked for in the order in which their look-ups fall due. */
static void look_ups_are_wished_for_in_the_order_they_fall_due(void **state)
{
	enum { ENDS = 100 };
	struct core *core = core_new(&(struct core_limits){.flows = ENDS, .listeners = 1},
		(struct emit){take_nothing, NULL});
	struct script script;
	int64_t next, last_ns = 0, now_ns = 0;
	size_t total = 0;

	(void)state;
	assert_non_null(core);
	script_read(&script, LINES("0.05 address C", "0.1 C>S S 100 0"));
	core_feed(core, &script.event[0]);
	for (uint16_t i = 0; i < ENDS; i++) { /* not in the order of their ports */
		struct event event = script.event[1];
		event.u.segment.key.port_be[0] = htons((uint16_t)(1000 + i * 37 % ENDS));
		now_ns = event.t_ns += i * 10000;
		core_feed(core, &event);
	}
	for (; last_ns < INT64_MAX && total < 20 * ENDS; now_ns = next) {
		struct wish wish;
		while (core_wishes(core, now_ns, &wish, 1, &next) == 1) {
			assert_true(wish.due_ns >= last_ns && wish.due_ns <= now_ns);
			last_ns = wish.due_ns;
			total++;
		}
		if (next == INT64_MAX)
			break;
		assert_true(next > now_ns);
	}
	core_free(core);
	assert_true(total >= 5 * ENDS);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_syn_times_out),
		TEST(a_retransmission_times_out),
		TEST(a_keepalive_times_out),
		TEST(a_socket_gone_before_its_timer_was_not_timed_out),
		TEST(an_orphaned_fin_wait2_expires),
		TEST(a_fin_wait2_that_goes_before_its_timer_has_not_expired),
		TEST(a_fin_behind_a_hole_that_the_kernel_has_taken_is_dated_by_the_fin),
		TEST(a_last_fin_behind_a_hole_is_dated_by_the_fin_as_well),
		TEST(what_the_first_dump_shows_was_there_before_us),
		TEST(a_connection_whose_fin_is_the_first_thing_seen),
		TEST(a_connect_that_a_filter_keeps_from_its_rst_goes_on),
		TEST(one_late_answer_revives_no_socket),
		TEST(a_look_up_does_not_find_a_socket_that_is_bound_to_a_device),
		TEST(a_request_that_never_became_a_socket_is_gone),
		TEST(a_cookie_that_is_found_out_after_its_ack_may_still_make_a_socket),
		TEST(a_listener_that_was_closed_has_no_queue_any_more),
		TEST(of_two_listeners_the_closed_one_counts_for_nothing_though_seen_last),
		TEST(a_packet_that_a_router_passes_on_is_no_retransmission),
		TEST(a_repeated_syn_ack_of_a_far_end_may_have_crossed_the_ack),
		TEST(a_repeated_syn_ack_of_an_end_here_has_not),
		TEST(a_full_listener_at_another_address_explains_nothing),
		TEST(another_packet_with_another_hop_limit_is_no_copy),
		TEST(the_same_packet_by_another_way_a_second_later_is_a_retransmission),
		TEST(the_next_socket_on_the_same_ends_says_nothing_of_the_one_before),
		TEST(an_ack_of_what_was_never_sent_moves_nothing),
		TEST(a_window_is_scaled),
		TEST(an_icmp_error_that_a_request_does_not_take),
		TEST(host_unreachable_ends_a_request),
		TEST(time_exceeded_ends_a_request),
		TEST(a_parameter_problem_ends_a_request),
		TEST(a_copy_of_a_packet_is_not_counted_a_retransmission_is),
		TEST(what_fills_a_hole_was_sent_again_if_its_timestamp_is_the_newest),
		TEST(an_overdue_timer_is_asked_about_every_50_ms),
		TEST(look_ups_are_wished_for_in_the_order_they_fall_due),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
