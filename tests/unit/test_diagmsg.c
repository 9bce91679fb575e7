/* The sock_diag decoder on what a real kernel answered (diag_fixtures.h), and on what no kernel
 * would send. Every datagram is decoded from an exactly-sized, misaligned heap copy, so that a read
 * outside it is seen under ASan and UBSan.
 */
#include "diag_bench.h"
#include "diag_fixtures.h"
#include "diag_fixtures_udp.h"
#include "diag_fixtures_v6.h"

static void a_listener_shows_its_accept_queue_and_backlog(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, listen_row);
	const struct diag_answer *answer = only(&bench, DIAG_ROW);
	assert_false(answer->exact);
	assert_int_equal(answer->asked_ns, 0); /* the request is not known */
	assert_int_equal(answer->answered_ns, ANSWERED_NS);
	assert_int_equal(answer->sequence, 100);
	const struct sockrow *row = &answer->row;
	check_ends(&row->key, "127.0.0.1:12345", "*:*");
	assert_int_equal(row->key.protocol, IPPROTO_TCP);
	assert_int_equal(row->state, STATE_LISTEN);
	assert_int_equal(row->recv_q, 2);
	assert_int_equal(row->send_q, 5);
	assert_int_equal(row->inode, 0x9a8d);
	assert_int_equal(row->cookie, 0x34);
	assert_int_equal(row->timer, DIAG_TIMER_OFF);
	assert_true(row->has_info);
	assert_int_equal(row->unacked, 0); /* tcp_info has the queue length there */
	assert_true(row->has_mem);
	assert_int_equal(row->rcvbuf, 131072);
	assert_string_equal(row->congestion, "bbr");
	diag_decoder_free(bench.decoder);
}

static void an_exact_answer_is_paired_with_its_request(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, true, established_request);
	const struct diag_answer *asked = only(&bench, DIAG_REQUEST);
	assert_true(asked->exact);
	check_ends(&asked->row.key, "127.0.0.1:12345", "127.0.0.1:22001");
	feed(&bench, false, established_row);
	const struct diag_answer *answer = only(&bench, DIAG_ROW);
	assert_true(answer->exact);
	assert_int_equal(answer->asked_ns, ASKED_NS);
	assert_int_equal(answer->row.state, STATE_ESTABLISHED);
	check_ends(&answer->row.key, "127.0.0.1:12345", "127.0.0.1:22001");
	assert_int_equal(answer->row.recv_q, 5);
	assert_int_equal(answer->row.rto_us, 204000);
	assert_int_equal(answer->row.rtt_us, 23);
	assert_int_equal(answer->row.bytes_received, 5);
	assert_int_equal(answer->row.rcv_wnd, 65536);
	assert_int_equal(answer->row.rmem, 837);
	assert_int_equal(answer->row.shutdown, 0);
	diag_decoder_free(bench.decoder);
}

static void a_listener_answering_for_a_connection_means_absent(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, true, listener_asked);
	feed(&bench, false, listener_answers);
	const struct diag_answer *answer = only(&bench, DIAG_ABSENT);
	assert_true(answer->exact);
	assert_true(answer->other);
	assert_int_equal(answer->asked_ns, ASKED_NS);
	check_ends(&answer->row.key, "127.0.0.1:12345", "127.0.0.1:22999");
	assert_int_equal(answer->row.state, STATE_UNKNOWN);
	assert_int_equal(answer->found.state, STATE_LISTEN);
	assert_int_equal(answer->found.recv_q, 1);
	check_ends(&answer->found.key, "127.0.0.1:12345", "*:*");
	diag_decoder_free(bench.decoder);
}

static void an_answer_of_another_cookie_means_absent(void **state)
{
	struct bench bench = bench_new();
	struct flow_key key = key4(IPPROTO_TCP, "127.0.0.1", 12345, "127.0.0.1", 22001);
	uint8_t request[DIAG_REQUEST_MAX];
	(void)state;

	feed_bytes(&bench, ASKED_NS, true, request, diag_request_exact(request, &key, 0x35, 102));
	feed(&bench, false, established_row); /* cookie 0x36 */
	const struct diag_answer *answer = only(&bench, DIAG_ABSENT);
	assert_true(answer->other);
	assert_int_equal(answer->row.cookie, 0x35);
	assert_int_equal(answer->found.cookie, 0x36);
	feed_bytes(&bench, ASKED_NS, true, request, diag_request_exact(request, &key, 0x36, 102));
	feed(&bench, false, established_row);
	only(&bench, DIAG_ROW);
	diag_decoder_free(bench.decoder);
}

static void enoent_names_the_flow_even_when_the_request_was_not_seen(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, absent_error);
	const struct diag_answer *answer = only(&bench, DIAG_ABSENT);
	assert_true(answer->exact);
	assert_false(answer->other);
	assert_int_equal(answer->error_errno, ENOENT);
	assert_int_equal(answer->asked_ns, 0);
	check_ends(&answer->row.key, "127.0.0.1:12345", "127.0.0.1:22999");
	assert_int_equal(answer->row.cookie, 0x1234567);
	diag_decoder_free(bench.decoder);
}

static void an_error_of_a_colliding_sequence_keeps_its_own_flow(void **state)
{
	struct bench bench = bench_new();
	struct flow_key key = key4(IPPROTO_TCP, "127.0.0.1", 1, "127.0.0.1", 2);
	uint8_t request[DIAG_REQUEST_MAX];
	(void)state;

	feed_bytes(&bench, ASKED_NS, true, request, diag_request_exact(request, &key, 0, 104));
	feed(&bench, false, absent_error);
	const struct diag_answer *answer = only(&bench, DIAG_ABSENT);
	check_ends(&answer->row.key, "127.0.0.1:12345", "127.0.0.1:22999");
	assert_int_equal(answer->asked_ns, 0);
	diag_decoder_free(bench.decoder);
}

static void a_capped_error_is_attributed_by_its_sequence(void **state)
{
	struct bench bench = bench_new();
	struct flow_key key = key4(IPPROTO_TCP, "127.0.0.1", 1, "127.0.0.1", 2);
	uint8_t request[DIAG_REQUEST_MAX];
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} capped = {{.nlmsg_len = sizeof(capped),
			    .nlmsg_type = NLMSG_ERROR,
			    .nlmsg_flags = NLM_F_CAPPED,
			    .nlmsg_seq = 9,
			    .nlmsg_pid = 77},
		{.error = -ENOENT}};
	(void)state;

	feed_bytes(&bench, ASKED_NS, true, request, diag_request_exact(request, &key, 5, 9));
	memcpy(&capped.error.msg, request, sizeof(capped.error.msg));
	feed_bytes(&bench, ANSWERED_NS, false, (const uint8_t *)&capped, sizeof(capped));
	const struct diag_answer *answer = only(&bench, DIAG_ABSENT);
	check_ends(&answer->row.key, "127.0.0.1:1", "127.0.0.1:2");
	assert_int_equal(answer->row.cookie, 5);
	assert_int_equal(answer->asked_ns, ASKED_NS);
	diag_decoder_free(bench.decoder);
}

static void a_request_socket_differs_from_a_fast_open_child(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, request_row);
	const struct sockrow *row = &only(&bench, DIAG_ROW)->row;
	assert_int_equal(row->state, STATE_SYN_RECV);
	assert_true(row->request);
	assert_int_equal(row->timer, DIAG_TIMER_RETRANSMIT);
	assert_int_equal(row->expires_ms, 980);
	assert_false(row->has_info);
	feed(&bench, false, fast_open_rows);
	assert_int_equal(bench.malformed, 0);
	assert_int_equal(bench.count, 2);
	row = &bench.answers[0].row;
	assert_int_equal(row->state, STATE_SYN_RECV);
	assert_int_equal(row->timer, DIAG_TIMER_RETRANSMIT);
	assert_int_equal(row->inode, 0);
	assert_int_equal(row->recv_q, 4);
	assert_false(row->request); /* a full socket in the accept queue */
	assert_true(bench.answers[1].row.request);
	diag_decoder_free(bench.decoder);
}

static void request_state_12_reads_as_syn_recv(void **state)
{
	struct bench bench = bench_new();
	uint8_t data[512];
	(void)state;

	size_t length = bytes_from_hex(request_row, data, sizeof(data));
	data[17] = 12;
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(only(&bench, DIAG_ROW)->row.state, STATE_SYN_RECV);
	assert_true(bench.answers[0].row.request);
	data[17] = 13;
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(only(&bench, DIAG_ROW)->row.state, STATE_CLOSED);
	assert_false(bench.answers[0].row.request);
	diag_decoder_free(bench.decoder);
}

static void mini_sockets_show_their_substate_and_time_left(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, fin_wait2_row);
	const struct sockrow *row = &only(&bench, DIAG_ROW)->row;
	assert_int_equal(row->state, STATE_FIN_WAIT2);
	assert_true(row->mini);
	assert_int_equal(row->timer, DIAG_TIMER_MINI);
	assert_int_equal(row->expires_ms, 59944);
	uint64_t cookie = row->cookie;
	feed(&bench, false, close_wait_row);
	row = &only(&bench, DIAG_ROW)->row;
	assert_int_equal(row->state, STATE_CLOSE_WAIT);
	assert_false(row->mini);
	assert_int_equal(row->shutdown, 1);
	feed(&bench, false, time_wait_row);
	row = &only(&bench, DIAG_ROW)->row;
	assert_int_equal(row->state, STATE_TIME_WAIT);
	assert_true(row->mini);
	assert_int_equal(row->expires_ms, 59988);
	assert_int_equal(row->cookie, cookie); /* one identity to the end */
	diag_decoder_free(bench.decoder);
}

static void other_states_and_timers_are_read(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, syn_sent_row);
	assert_int_equal(only(&bench, DIAG_ROW)->row.state, STATE_SYN_SENT);
	assert_int_equal(bench.answers[0].row.expires_ms, 976);
	assert_int_equal(bench.answers[0].row.bytes_sent, 4);
	feed(&bench, false, done);
	only(&bench, DIAG_DONE);
	assert_int_equal(bench.answers[0].error_errno, 0);
	assert_int_equal(bench.answers[0].sequence, 100);
	diag_decoder_free(bench.decoder);
}

static void a_bound_socket_reads_as_closed(void **state)
{
	struct bench bench = bench_new();
	uint8_t request[DIAG_REQUEST_MAX];
	uint8_t data[512];
	uint32_t sequence;
	(void)state;

	bytes_from_hex(bound_row, data, sizeof(data));
	memcpy(&sequence, data + 8, sizeof(sequence));
	feed_bytes(&bench, ASKED_NS, true, request,
		diag_request_dump(request, AF_INET, IPPROTO_TCP, 1u << 13, sequence));
	assert_false(only(&bench, DIAG_REQUEST)->exact);
	feed(&bench, false, bound_row);
	const struct diag_answer *answer = only(&bench, DIAG_ROW);
	assert_int_equal(answer->row.state, STATE_CLOSED);
	assert_int_equal(answer->row.key.protocol, IPPROTO_TCP);
	assert_int_equal(answer->asked_ns, ASKED_NS);
	check_ends(&answer->row.key, "127.0.0.1:12350", "*:*");
	diag_decoder_free(bench.decoder);
}

static void udp_rows_are_told_from_tcp_without_their_request(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, udp_rows);
	assert_int_equal(bench.count, 2);
	assert_int_equal(bench.answers[0].row.key.protocol, IPPROTO_UDP);
	assert_int_equal(bench.answers[0].row.state, STATE_CLOSED);
	assert_int_equal(bench.answers[0].row.rmem, 832);
	check_ends(&bench.answers[0].row.key, "127.0.0.1:5000", "*:*");
	assert_int_equal(bench.answers[1].row.key.protocol, IPPROTO_UDP);
	assert_int_equal(bench.answers[1].row.state, STATE_ESTABLISHED);
	check_ends(&bench.answers[1].row.key, "127.0.0.1:5001", "127.0.0.1:5000");
	diag_decoder_free(bench.decoder);
}

static void a_udp_look_up_has_its_ends_swapped(void **state)
{
	struct bench bench = bench_new();
	struct flow_key key = key4(IPPROTO_UDP, "127.0.0.1", 5001, "127.0.0.1", 5000);
	uint8_t written[DIAG_REQUEST_MAX], recorded[DIAG_REQUEST_MAX];
	(void)state;

	size_t length = bytes_from_hex(udp_request, recorded, sizeof(recorded));
	uint32_t sequence;
	memcpy(&sequence, recorded + 8, sizeof(sequence));
	assert_int_equal(diag_request_exact(written, &key, 0, sequence), length);
	assert_memory_equal(written, recorded, length);
	/* source 5000, destination 5001 */
	assert_memory_equal(written + 24, "\x13\x88\x13\x89", 4);
	feed(&bench, true, udp_request);
	check_ends(&only(&bench, DIAG_REQUEST)->row.key, "127.0.0.1:5001", "127.0.0.1:5000");
	feed(&bench, false, udp_row);
	check_ends(&only(&bench, DIAG_ROW)->row.key, "127.0.0.1:5001", "127.0.0.1:5000");
	feed(&bench, false, udp_stale_error);
	const struct diag_answer *answer = only(&bench, DIAG_ABSENT);
	check_ends(&answer->row.key, "127.0.0.1:5001", "127.0.0.1:5000");
	assert_int_equal(answer->row.cookie, 0x99);
	feed(&bench, true, udp_bound_asked);
	feed(&bench, false, udp_bound_answers);
	answer = only(&bench, DIAG_ABSENT);
	assert_true(answer->other);
	check_ends(&answer->row.key, "127.0.0.1:5000", "127.0.0.1:5001");
	check_ends(&answer->found.key, "127.0.0.1:5000", "*:*");
	diag_decoder_free(bench.decoder);
}

static void destroy_notices_answer_nobody(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, false, destroy_aborted);
	const struct diag_answer *answer = only(&bench, DIAG_DESTROYED);
	assert_false(answer->exact);
	assert_int_equal(answer->asked_ns, 0);
	assert_int_equal(answer->row.state, STATE_CLOSED);
	assert_true(answer->row.has_info);
	assert_int_equal(answer->row.send_q, 0);
	check_ends(&answer->row.key, "127.0.0.1:22005", "127.0.0.1:0");
	feed(&bench, false, destroy_udp);
	answer = only(&bench, DIAG_DESTROYED);
	assert_int_equal(answer->row.key.protocol, IPPROTO_UDP);
	assert_int_equal(answer->row.send_q, 0);
	diag_decoder_free(bench.decoder);
}

static void ipv6_rows_keep_v6only_and_unmap(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, true, v6_request);
	feed(&bench, false, v6_rows);
	assert_int_equal(bench.malformed, 0);
	assert_int_equal(bench.count, 5);
	const struct sockrow *any = &bench.answers[0].row, *only6 = &bench.answers[1].row,
			     *connected = &bench.answers[2].row, *mapped = &bench.answers[4].row;
	check_ends(&any->key, "[::]:12360", "*:*");
	assert_int_equal(any->key.family, AF_INET6);
	assert_true(any->has_v6only);
	assert_false(any->v6only);
	check_ends(&only6->key, "[::1]:12361", "*:*");
	assert_true(only6->v6only);
	check_ends(&connected->key, "[::1]:53026", "[::1]:12360");
	assert_false(connected->has_v6only);
	assert_false(connected->mapped);
	check_ends(&mapped->key, "127.0.0.1:12360", "127.0.0.1:22006");
	assert_int_equal(mapped->key.family, AF_INET);
	assert_true(mapped->mapped);
	diag_decoder_free(bench.decoder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_shows_its_accept_queue_and_backlog),
		cmocka_unit_test(an_exact_answer_is_paired_with_its_request),
		cmocka_unit_test(a_listener_answering_for_a_connection_means_absent),
		cmocka_unit_test(an_answer_of_another_cookie_means_absent),
		cmocka_unit_test(enoent_names_the_flow_even_when_the_request_was_not_seen),
		cmocka_unit_test(an_error_of_a_colliding_sequence_keeps_its_own_flow),
		cmocka_unit_test(a_capped_error_is_attributed_by_its_sequence),
		cmocka_unit_test(a_request_socket_differs_from_a_fast_open_child),
		cmocka_unit_test(request_state_12_reads_as_syn_recv),
		cmocka_unit_test(mini_sockets_show_their_substate_and_time_left),
		cmocka_unit_test(other_states_and_timers_are_read),
		cmocka_unit_test(a_bound_socket_reads_as_closed),
		cmocka_unit_test(udp_rows_are_told_from_tcp_without_their_request),
		cmocka_unit_test(a_udp_look_up_has_its_ends_swapped),
		cmocka_unit_test(destroy_notices_answer_nobody),
		cmocka_unit_test(ipv6_rows_keep_v6only_and_unmap),
	};

	if (htonl(1) == 1) { /* the fixtures are a little-endian machine's */
		print_message("skipped: big-endian machine\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
