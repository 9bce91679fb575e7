/* The sock_diag decoder fed with bytes in hexadecimal, and the answers that it gives. */
#ifndef TCPSTATE_TEST_DIAG_BENCH_H
#define TCPSTATE_TEST_DIAG_BENCH_H

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

static inline void keep(void *context, const struct diag_answer *answer)
{
	struct bench *bench = context;

	assert_true(bench->count < ANSWERS);
	bench->answers[bench->count++] = *answer;
}

static inline void feed_bytes(
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

static inline unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static inline size_t bytes_from_hex(const char *hex, uint8_t *out, size_t size)
{
	size_t length = strlen(hex) / 2;

	assert_true(length <= size);
	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return length;
}

static inline void feed(struct bench *bench, bool outgoing, const char *hex)
{
	uint8_t data[8192];

	feed_bytes(bench, outgoing ? ASKED_NS : ANSWERED_NS, outgoing, data,
		bytes_from_hex(hex, data, sizeof(data)));
}

static inline struct bench bench_new(void)
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

static inline void check_ends(const struct flow_key *key, const char *local, const char *remote)
{
	char text[FLOW_END_TEXT];

	assert_string_equal(flow_end_text(key, 0, text), local);
	assert_string_equal(flow_end_text(key, 1, text), remote);
}

static inline struct flow_key key4(uint8_t protocol, const char *local, uint16_t local_port,
	const char *remote, uint16_t remote_port)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = protocol,
		.port_be = {htons(local_port), htons(remote_port)}};

	assert_int_equal(inet_pton(AF_INET, local, key.addr[0]), 1);
	assert_int_equal(inet_pton(AF_INET, remote, key.addr[1]), 1);
	return key;
}

#endif
