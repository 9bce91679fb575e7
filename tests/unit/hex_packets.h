/* Packets written as hexadecimal text in pieces, a header a piece, decoded from an exactly-sized
 * heap copy, so that a read outside it is seen under ASan. */
#ifndef TCPSTATE_TEST_HEX_PACKETS_H
#define TCPSTATE_TEST_HEX_PACKETS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/decode.h"
#include "tcpstate/packets.h"

enum {
	NULL_ = 0,
	EN10MB = 1,
	PPP = 9,
	RAW = 12,
	RAW_OPENBSD = 14,
	PPP_SERIAL = 50,
	PPP_ETHER = 51,
	RAW_FILE = 101,
	C_HDLC = 104,
	LOOP = 108,
	SLL = 113,
	IPV4 = 228,
	IPV6 = 229,
	NFLOG = 239,
	PKTAP = 258,
	SLL2 = 276
};

#define ZEROS_16 "00000000000000000000000000000000"
/* 192.0.2.1 > 198.51.100.2, id 0x1a2b, don't fragment, TTL 64, TCP, total length 60, checksum right
 */
#define IPV4_TCP_60 "4500003c 1a2b4000 4006 345a c0000201 c6336402"
/* ports 12345 > 22535, seq 0x01020304, ack 0, data offset 10, SYN, window 64240 */
#define TCP_SYN_40 "3039 5807 01020304 00000000 a002 faf0 1234 0000"
/* MSS 1460, SACK permitted, timestamps 0x0a0b0c0d/0, NOP, window scale 7 */
#define SYN_OPTIONS "020405b4 0402 080a 0a0b0c0d 00000000 01 030307"
#define IPV4_SYN IPV4_TCP_60 TCP_SYN_40 SYN_OPTIONS
/* 2001:db8::1 > 2001:db8::2, hop limit 63; payload length and next header stand between */
#define IPV6_HEAD "60000000"
#define IPV6_ENDS "3f 20010db8000000000000000000000001 20010db8000000000000000000000002"
/* ports 80 > 1025, seq 1, ack 2, PSH ACK, window 512, no options; and 4 bytes of data */
#define TCP_DATA_24 "0050 0401 00000001 00000002 5018 0200 0000 0000 64617461"
/* Ethernet addresses */
#define MAC "020000000002 020000000001"

static inline int nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static inline size_t bytes_from_hex(const char *hex, uint8_t *out, size_t size)
{
	size_t digits = 0;

	memset(out, 0, size);
	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		assert_true(nibble(*hex) >= 0);
		assert_true(digits / 2 < size);
		out[digits / 2] = (uint8_t)(out[digits / 2] << 4 | nibble(*hex));
		digits++;
	}
	assert_int_equal(digits % 2, 0);
	return digits / 2;
}

static inline bool decode_bytes(int linktype, const uint8_t *data, size_t captured, size_t length,
	struct segment *out, const char **why)
{
	uint8_t *copy = malloc(captured > 0 ? captured : 1);

	assert_non_null(copy);
	memcpy(copy, data, captured);
	bool decoded = segment_decode(linktype, copy, captured, length, out, why);
	free(copy);
	if (decoded) {
		assert_null(*why);
		assert_in_range(out->kind, SEGMENT_TCP, SEGMENT_FRAGMENT);
		assert_true(out->key.family == AF_INET || out->key.family == AF_INET6);
	} else {
		assert_non_null(*why);
		assert_int_equal(out->kind, SEGMENT_NONE);
	}
	return decoded;
}

static inline struct segment decoded(int linktype, const char *hex)
{
	uint8_t data[512];
	struct segment segment;
	const char *why;
	size_t length = bytes_from_hex(hex, data, sizeof(data));

	if (!decode_bytes(linktype, data, length, length, &segment, &why))
		fail_msg("not decoded: %s", why);
	return segment;
}

static inline struct segment refused(int linktype, const char *hex, const char *reason)
{
	uint8_t data[512];
	struct segment segment;
	const char *why;
	size_t length = bytes_from_hex(hex, data, sizeof(data));

	assert_false(decode_bytes(linktype, data, length, length, &segment, &why));
	assert_string_equal(why, reason);
	return segment;
}

static inline void check_ends(
	const struct segment *segment, const char *source, const char *destination)
{
	char text[FLOW_END_TEXT];

	assert_string_equal(flow_end_text(&segment->key, 0, text), source);
	assert_string_equal(flow_end_text(&segment->key, 1, text), destination);
}

static inline void check_syn(const struct segment *segment)
{
	assert_int_equal(segment->kind, SEGMENT_TCP);
	check_ends(segment, "192.0.2.1:12345", "198.51.100.2:22535");
	assert_int_equal(segment->flags, TCP_SYN);
	assert_int_equal(segment->seq, 0x01020304);
	assert_int_equal(segment->len, 0);
	assert_int_equal(segment->mss, 1460);
}

static inline void check_data6(const struct segment *segment)
{
	assert_int_equal(segment->kind, SEGMENT_TCP);
	check_ends(segment, "[2001:db8::1]:80", "[2001:db8::2]:1025");
	assert_int_equal(segment->flags, TCP_PSH | TCP_ACK);
	assert_int_equal(segment->seq, 1);
	assert_int_equal(segment->ack, 2);
	assert_int_equal(segment->window, 512);
	assert_int_equal(segment->len, 4);
	assert_int_equal(segment->wscale, -1);
	assert_int_equal(segment->hop_limit, 63);
	assert_false(segment->truncated);
	assert_false(segment->fragment);
}

#endif
