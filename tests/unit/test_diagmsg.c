/* The sock_diag decoder on what a real kernel answered (diag_fixtures.h), and on what no kernel
 * would send. Every datagram is decoded from an exactly-sized, misaligned heap copy, so that a read
 * outside it is seen under ASan and UBSan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>

#include "diag_fixtures.h"
#include "tcpstate/sockrow.h"
#include "tcpstate/state.h"

enum { ANSWERS = 16, ASKED_NS = 1000, ANSWERED_NS = 5000 };

struct bench {
	struct diag_decoder *decoder;
	struct diag_answer answers[ANSWERS]; /* of the last datagram */
	size_t count;
	int malformed;
	const char *why;
};

static void keep(void *context, const struct diag_answer *answer)
{
	struct bench *bench = context;

	assert_true(bench->count < ANSWERS);
	bench->answers[bench->count++] = *answer;
}

static void feed_bytes(
	struct bench *bench, int64_t t_ns, bool outgoing, const uint8_t *data, size_t length)
{
	uint8_t *copy = malloc(length + 1);

	assert_non_null(copy);
	if (length > 0)
		memcpy(copy + 1, data, length);
	bench->count = 0;
	bench->malformed = diag_decode(
		bench->decoder, t_ns, outgoing, copy + 1, length, keep, bench, &bench->why);
	free(copy);
}

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static size_t bytes_from_hex(const char *hex, uint8_t *out, size_t size)
{
	size_t length = strlen(hex) / 2;

	assert_true(length <= size);
	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return length;
}

static void feed(struct bench *bench, bool outgoing, const char *hex)
{
	uint8_t data[8192];

	feed_bytes(bench, outgoing ? ASKED_NS : ANSWERED_NS, outgoing, data,
		bytes_from_hex(hex, data, sizeof(data)));
}

static struct bench bench_new(void)
{
	struct bench bench = {.decoder = diag_decoder_new()};

	assert_non_null(bench.decoder);
	return bench;
}

static const struct diag_answer *only(const struct bench *bench, enum diag_kind kind)
{
	assert_int_equal(bench->malformed, 0);
	assert_null(bench->why);
	assert_int_equal(bench->count, 1);
	assert_int_equal(bench->answers[0].kind, kind);
	return &bench->answers[0];
}

static void check_ends(const struct flow_key *key, const char *local, const char *remote)
{
	char text[FLOW_END_TEXT];

	assert_string_equal(flow_end_text(key, 0, text), local);
	assert_string_equal(flow_end_text(key, 1, text), remote);
}

static struct flow_key key4(uint8_t protocol, const char *local, uint16_t local_port,
	const char *remote, uint16_t remote_port)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = protocol,
		.port_be = {htons(local_port), htons(remote_port)}};

	assert_int_equal(inet_pton(AF_INET, local, key.addr[0]), 1);
	assert_int_equal(inet_pton(AF_INET, remote, key.addr[1]), 1);
	return key;
}

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

static void a_batch_of_requests_is_answered_one_by_one(void **state)
{
	struct bench bench = bench_new();
	(void)state;

	feed(&bench, true, batch_request);
	assert_int_equal(bench.count, 3);
	check_ends(&bench.answers[1].row.key, "127.0.0.1:12360", "127.0.0.1:22006");
	assert_int_equal(bench.answers[2].row.cookie, 7);
	feed(&bench, false, batch_absent);
	check_ends(&only(&bench, DIAG_ABSENT)->row.key, "127.0.0.1:4444", "127.0.0.1:0");
	assert_int_equal(bench.answers[0].asked_ns, ASKED_NS);
	feed(&bench, false, batch_row);
	/* asked with an AF_INET request, answered by an AF_INET6 socket */
	assert_true(only(&bench, DIAG_ROW)->row.mapped);
	feed(&bench, false, batch_ack);
	only(&bench, DIAG_OTHER);
	feed(&bench, false, batch_absent_cookie);
	assert_int_equal(only(&bench, DIAG_ABSENT)->row.cookie, 7);
	diag_decoder_free(bench.decoder);
}

static void errors_that_prove_no_absence(void **state)
{
	struct bench bench = bench_new();
	uint8_t data[512];
	int32_t code = -ENOENT;
	(void)state;

	feed(&bench, false, bad_protocol_done);
	assert_int_equal(only(&bench, DIAG_DONE)->error_errno, ENOENT);
	feed(&bench, false, short_error);
	assert_int_equal(only(&bench, DIAG_ERROR)->error_errno, EINVAL);
	/* ENOENT of a dump: no such protocol module, which says nothing about any socket */
	size_t length = bytes_from_hex(absent_error, data, sizeof(data));
	data[16 + 4 + 6] = (uint8_t)NLM_F_REQUEST;
	data[16 + 4 + 7] = (uint8_t)(NLM_F_DUMP >> 8);
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(only(&bench, DIAG_ERROR)->error_errno, ENOENT);
	/* another errno for a look-up */
	length = bytes_from_hex(absent_error, data, sizeof(data));
	code = -EPERM;
	memcpy(data + 16, &code, sizeof(code));
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(only(&bench, DIAG_ERROR)->error_errno, EPERM);
	diag_decoder_free(bench.decoder);
}

static void lost_messages_are_said(void **state)
{
	struct bench bench = bench_new();
	struct nlmsghdr overrun = {
		.nlmsg_len = sizeof(overrun), .nlmsg_type = NLMSG_OVERRUN, .nlmsg_seq = 5};
	uint8_t data[512];
	(void)state;

	feed_bytes(&bench, 1, false, (const uint8_t *)&overrun, sizeof(overrun));
	only(&bench, DIAG_OVERRUN);
	size_t length = bytes_from_hex(done, data, sizeof(data));
	data[6] |= NLM_F_DUMP_INTR;
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(bench.count, 2);
	assert_int_equal(bench.answers[0].kind, DIAG_OVERRUN);
	assert_int_equal(bench.answers[1].kind, DIAG_DONE);
	diag_decoder_free(bench.decoder);
}

static void the_last_4096_requests_are_remembered(void **state)
{
	struct bench bench = bench_new();
	struct flow_key key = key4(IPPROTO_TCP, "127.0.0.1", 12345, "127.0.0.1", 22001);
	uint8_t request[DIAG_REQUEST_MAX];
	(void)state;

	feed(&bench, true, established_request); /* sequence 102 */
	for (uint32_t i = 1; i < 4096; i++)
		feed_bytes(&bench, 2000, true, request,
			/* all in one bucket */
			diag_request_exact(request, &key, 0, 102 + 4096 * i));
	feed(&bench, false, established_row);
	assert_int_equal(only(&bench, DIAG_ROW)->asked_ns, ASKED_NS);
	feed_bytes(&bench, 2000, true, request, diag_request_exact(request, &key, 0, 7));
	feed(&bench, false, established_row);
	assert_int_equal(only(&bench, DIAG_ROW)->asked_ns, 0);
	for (uint32_t i = 0; i < 10000; i++)
		feed_bytes(&bench, 3000, true, request,
			diag_request_exact(request, &key, 0, 102 + i % 2));
	feed(&bench, false, established_row);
	assert_int_equal(only(&bench, DIAG_ROW)->asked_ns, 3000);
	diag_decoder_free(bench.decoder);
}

static void a_dump_and_a_look_up_may_share_a_sequence(void **state)
{
	struct bench bench = bench_new();
	uint8_t request[DIAG_REQUEST_MAX];
	(void)state;

	feed(&bench, true, established_request);
	feed_bytes(&bench, 2000, true, request,
		diag_request_dump(request, AF_INET6, IPPROTO_UDP, 1, 102));
	feed(&bench, false, established_row);
	const struct diag_answer *answer = only(&bench, DIAG_ROW);
	assert_int_equal(answer->asked_ns, ASKED_NS);
	assert_int_equal(answer->row.key.protocol, IPPROTO_TCP);
	diag_decoder_free(bench.decoder);
}

static void a_link_local_look_up_carries_its_interface(void **state)
{
	struct bench bench = bench_new();
	struct flow_key key = {.family = AF_INET6,
		.protocol = IPPROTO_TCP,
		.zone = 3,
		.port_be = {htons(80), htons(1234)}};
	uint8_t request[DIAG_REQUEST_MAX];
	(void)state;

	inet_pton(AF_INET6, "fe80::1", key.addr[0]);
	inet_pton(AF_INET6, "fe80::2", key.addr[1]);
	feed_bytes(&bench, 1, true, request, diag_request_exact(request, &key, 0, 1));
	assert_true(flow_key_equal(&only(&bench, DIAG_REQUEST)->row.key, &key));
	check_ends(&bench.answers[0].row.key, "[fe80::1%3]:80", "[fe80::2%3]:1234");
	diag_decoder_free(bench.decoder);
}

static void other_families_are_not_ours(void **state)
{
	struct bench bench = bench_new();
	uint8_t data[512];
	(void)state;

	size_t length = bytes_from_hex(request_row, data, sizeof(data));
	data[16] = AF_UNIX;
	feed_bytes(&bench, 1, false, data, length);
	only(&bench, DIAG_OTHER);
	length = bytes_from_hex(established_request, data, sizeof(data));
	data[16] = AF_UNIX;
	feed_bytes(&bench, 1, true, data, length);
	only(&bench, DIAG_OTHER);
	diag_decoder_free(bench.decoder);
}

static void malformed_messages_are_counted_and_skipped(void **state)
{
	struct bench bench = bench_new();
	uint8_t data[8192];
	(void)state;

	/* a state no kernel has, then a good row in the same datagram */
	size_t length = bytes_from_hex(request_row, data, sizeof(data));
	data[17] = 77;
	length += bytes_from_hex(time_wait_row, data + length, sizeof(data) - length);
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(bench.malformed, 1);
	assert_string_equal(bench.why, "sock_diag state out of range");
	assert_int_equal(bench.count, 1);
	assert_int_equal(bench.answers[0].row.state, STATE_TIME_WAIT);
	/* an attribute longer than the message */
	length = bytes_from_hex(established_row, data, sizeof(data));
	data[16 + 72] = 0xff;
	data[16 + 72 + 1] = 0xff;
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(bench.malformed, 1);
	assert_string_equal(bench.why, "sock_diag attribute longer than its message");
	/* an empty SHUTDOWN attribute */
	length = bytes_from_hex(established_row, data, sizeof(data));
	data[16 + 72] = 4;
	feed_bytes(&bench, 1, false, data, length);
	assert_string_equal(bench.why, "sock_diag attribute too short");
	/* a congestion control name that would be a terminal escape */
	length = bytes_from_hex(established_row, data, sizeof(data));
	data[length - 4] = 0x1b;
	feed_bytes(&bench, 1, false, data, length);
	assert_string_equal(bench.answers[0].row.congestion, "?br");
	/* a negative rest of an old kernel's timer; a timer number of a future one */
	length = bytes_from_hex(request_row, data, sizeof(data));
	memset(data + 16 + 52, 0xff, 4);
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(only(&bench, DIAG_ROW)->row.expires_ms, 0);
	data[18] = 9;
	feed_bytes(&bench, 1, false, data, length);
	assert_int_equal(only(&bench, DIAG_ROW)->row.timer, DIAG_TIMER_OFF);
	diag_decoder_free(bench.decoder);
}

/* Cut the datagram at every byte, and lie about the message's length accordingly: nothing outside
 * may be read. */
static void every_truncation_is_survived(void **state)
{
	static const char *const texts[] = {established_row, request_row, fast_open_rows,
		absent_error, destroy_aborted, v6_rows, done};
	struct bench bench = bench_new();
	uint8_t data[8192], header[4];
	(void)state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t length = bytes_from_hex(texts[i], data, sizeof(data));
		for (size_t cut = 0; cut < length; cut++) {
			feed_bytes(&bench, 1, false, data, cut);
			size_t whole = bench.count;
			feed_bytes(&bench, 1, true, data, cut);
			uint32_t lie = (uint32_t)cut;
			memcpy(header, data, sizeof(header));
			memcpy(data, &lie, sizeof(lie));
			feed_bytes(&bench, 1, false, data, cut);
			feed_bytes(&bench, 1, true, data, cut);
			memcpy(data, header, sizeof(header));
			uint32_t first;
			memcpy(&first, header, sizeof(first));
			if (cut < first)
				assert_int_equal(whole, 0);
		}
	}
	diag_decoder_free(bench.decoder);
}

/* The datagram and what diag_trim() leaves of it are decoded alike; returns how much that is. */
static size_t trimmed(const char *hex, struct diag_answer *out)
{
	struct bench whole = bench_new(), less = bench_new();
	uint64_t aligned[8192 / sizeof(uint64_t)];
	uint8_t *data = (uint8_t *)aligned;
	size_t length = bytes_from_hex(hex, data, sizeof(aligned)), left;

	feed_bytes(&whole, ANSWERED_NS, false, data, length);
	left = diag_trim(data, length);
	feed_bytes(&less, ANSWERED_NS, false, data, left);
	assert_true(left <= length);
	assert_int_equal(less.malformed, whole.malformed);
	assert_int_equal(less.count, whole.count);
	for (size_t i = 0; i < whole.count; i++)
		if (whole.answers[i].kind != DIAG_DESTROYED)
			assert_memory_equal(
				&less.answers[i], &whole.answers[i], sizeof(whole.answers[i]));
	*out = less.answers[0];
	assert_int_equal(diag_trim(data, left), left);
	diag_decoder_free(whole.decoder);
	diag_decoder_free(less.decoder);
	return left;
}

static void what_is_trimmed_is_nothing_that_is_read(void **state)
{
	static const char *const datagrams[] = {listen_row, done, established_row, listener_answers,
		absent_error, request_row, fast_open_rows, syn_sent_row, fin_wait2_row,
		close_wait_row, time_wait_row, bound_row, udp_rows, v6_rows, batch_row};
	struct diag_answer answer;
	(void)state;

	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++)
		trimmed(datagrams[i], &answer);
	/* MARK and CGROUP_ID */
	assert_int_equal(trimmed(listen_row, &answer), strlen(listen_row) / 2 - 8 - 12);
	assert_true(answer.row.has_info);
}

static void a_notice_is_trimmed_to_whose_it_is(void **state)
{
	struct diag_answer answer;
	(void)state;

	assert_true(trimmed(destroy_aborted, &answer) <= 112);
	assert_int_equal(answer.kind, DIAG_DESTROYED);
	assert_false(answer.row.has_info);
	assert_int_equal(answer.row.key.protocol, IPPROTO_TCP);
	assert_int_not_equal(answer.row.cookie, 0);
	trimmed(destroy_udp, &answer);
	assert_int_equal(answer.row.key.protocol, IPPROTO_UDP);
}

static void what_is_cut_off_or_lies_is_trimmed_safely(void **state)
{
	static const char *const datagrams[] = {listen_row, v6_rows, destroy_aborted};
	(void)state;

	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++) {
		uint8_t data[8192];
		size_t length = bytes_from_hex(datagrams[i], data, sizeof(data));

		for (size_t cut = 0; cut <= length; cut++) {
			uint8_t *copy = malloc(cut + 1);

			assert_non_null(copy);
			memcpy(copy, data, cut);
			assert_true(diag_trim(copy, cut) <= cut);
			/* a length that lies, of a message or of an attribute */
			memcpy(copy, data, cut);
			for (size_t at = 0; at + 2 <= cut && at < 120; at += 4)
				copy[at] = 0xff, copy[at + 1] = 0;
			assert_true(diag_trim(copy, cut) <= cut);
			memcpy(copy, data, cut);
			if (cut > 90)
				memset(copy + 88, cut & 1 ? 0 : 3, 2);
			assert_true(diag_trim(copy, cut) <= cut);
			free(copy);
		}
	}
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
		cmocka_unit_test(a_batch_of_requests_is_answered_one_by_one),
		cmocka_unit_test(errors_that_prove_no_absence),
		cmocka_unit_test(lost_messages_are_said),
		cmocka_unit_test(the_last_4096_requests_are_remembered),
		cmocka_unit_test(a_dump_and_a_look_up_may_share_a_sequence),
		cmocka_unit_test(a_link_local_look_up_carries_its_interface),
		cmocka_unit_test(other_families_are_not_ours),
		cmocka_unit_test(malformed_messages_are_counted_and_skipped),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(what_is_trimmed_is_nothing_that_is_read),
		cmocka_unit_test(a_notice_is_trimmed_to_whose_it_is),
		cmocka_unit_test(what_is_cut_off_or_lies_is_trimmed_safely),
	};

	if (htonl(1) == 1) { /* the fixtures are a little-endian machine's */
		print_message("skipped: big-endian machine\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
