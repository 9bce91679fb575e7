/* The sock_diag decoder on several messages at once, on errors, and on what no kernel sends:
 * truncated, lying and foreign messages. */
#include "diag_bench.h"
#include "diag_fixtures.h"
#include "diag_fixtures_udp.h"
#include "diag_fixtures_v6.h"

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
