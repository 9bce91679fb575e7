/* The packet decoder on annotated bytes: TCP options and flags, what is cut off or lies, ICMP
 * quotes. */
#include "hex_packets.h"

/* Data offset and flags as hexadecimal text, then the options. */
static struct segment with_options(const char *offset_flags, const char *options)
{
	char hex[512] = "45000000 00010000 4006 0000 c0000201 c6336402"
			"0050 0401 00000001 00000002";

	strcat(hex, offset_flags);
	strcat(hex, "0200 0000 0000");
	strcat(hex, options);
	return decoded(RAW, hex);
}

static void tcp_options_of_a_syn(void **state)
{
	(void)state;
	assert_int_equal(with_options("6002", "01 03 03 00").wscale, 0);
	assert_int_equal(with_options("6002", "01 03 03 0e").wscale, 14);
	/* RFC 7323: more counts as 14 */
	assert_int_equal(with_options("6002", "01 03 03 0f").wscale, 14);
	assert_int_equal(with_options("6002", "01 03 03 ff").wscale, 14);
	assert_int_equal(with_options("6012", "02 04 0218").mss, 0x0218);
	/* only a SYN has them */
	assert_int_equal(with_options("6010", "02 04 0218").mss, 0);
	assert_int_equal(with_options("6010", "01 03 03 07").wscale, -1);
	assert_int_equal(with_options("5002", "").wscale, -1);
	assert_int_equal(with_options("5002", "02040218").mss, 0); /* that is data */
	/* after the end of the list */
	assert_int_equal(with_options("6002", "00 03 03 07").wscale, -1);
	assert_int_equal(with_options("7002", "01 01 01 01 01 03 03 07").wscale, 7);
	/* an unknown option is passed */
	assert_int_equal(with_options("7002", "fc 05 010203 03 03 07").wscale, 7);
}

static void malformed_tcp_options_end_the_list(void **state)
{
	(void)state;
	/* length 0 */
	assert_int_equal(with_options("7002", "02 04 0218 fc 00 03 03").mss, 0x0218);
	/* length 1 */
	assert_int_equal(with_options("7002", "fc 01 02 04 0218 01 01").mss, 0);
	/* longer than the list */
	assert_int_equal(with_options("7002", "02 04 0218 01 03 09 07").wscale, -1);
	assert_int_equal(with_options("6002", "01 01 01 03").wscale, -1); /* no length */
	assert_int_equal(with_options("6002", "02 03 02 01").mss, 0);     /* wrong size */
	assert_false(with_options("8010", "08 09 00000001 00000002 01 0101").has_ts);
}

static void fast_open_and_timestamps_are_seen(void **state)
{
	(void)state;
	struct segment segment = with_options("8010", "01 01 08 0a 01020304 05060708");

	assert_true(segment.has_ts);
	assert_int_equal(segment.ts_val, 0x01020304);
	assert_int_equal(segment.ts_ecr, 0x05060708);
	assert_true(with_options("6002", "22 02 01 01").fast_open); /* cookie request */
	assert_true(with_options("6002", "01 01 22 02").fast_open); /* at the very end */
	assert_true(with_options("8002", "22 0a 0102030405060708 01 01").fast_open);
	assert_true(with_options("6002", "fe 04 f989").fast_open); /* experimental */
	assert_true(with_options("8002", "fe 0c f989 0102030405060708").fast_open);
	assert_false(with_options("6002", "fe 04 f990").fast_open);
	assert_false(with_options("6002", "fe 02 f9 89").fast_open);
}

static void malformed_tcp_headers_are_refused(void **state)
{
	(void)state;
	refused(RAW,
		"45000028 00010000 4006 0000 c0000201 c6336402"
		"0050 0401 00000001 00000002 4010 0200 0000 0000",
		"TCP data offset below 5");
	refused(RAW,
		"45000028 00010000 4006 0000 c0000201 c6336402"
		"0050 0401 00000001 00000002 0010 0200 0000 0000",
		"TCP data offset below 5");
	refused(RAW,
		"45000028 00010000 4006 0000 c0000201 c6336402"
		"0050 0401 00000001 00000002 6010 0200 0000 0000",
		"TCP header longer than the packet");
	refused(RAW,
		"45000028 00010000 4006 0000 c0000201 c6336402"
		"0050 04",
		"TCP header truncated");
}

static void udp_datagrams(void **state)
{
	(void)state;
	struct segment segment = decoded(RAW, "45000020 00010000 4011 0000 c0000201 c6336402"
					      "0035 0400 000c 0000"
					      "61626364");

	assert_int_equal(segment.kind, SEGMENT_UDP);
	assert_int_equal(segment.key.protocol, IPPROTO_UDP);
	check_ends(&segment, "192.0.2.1:53", "198.51.100.2:1024");
	assert_int_equal(segment.len, 4);
	assert_int_equal(segment.flags, 0);
	/* shorter than the IP payload */
	assert_int_equal(decoded(RAW, "45000020 00010000 4011 0000 c0000201 c6336402"
				      "0035 0400 000a 0000"
				      "61626364")
				 .len,
		2);
	/* empty */
	assert_int_equal(decoded(RAW, "4500001c 00010000 4011 0000 c0000201 c6336402"
				      "0035 0400 0008 0000")
				 .len,
		0);
	refused(RAW,
		"45000020 00010000 4011 0000 c0000201 c6336402"
		"0035 0400 0007 0000"
		"61626364",
		"UDP length below 8");
	refused(RAW,
		"4500001b 00010000 4011 0000 c0000201 c6336402"
		"0035 0400 0007 00",
		"IP payload too short for a UDP header");
	assert_true(decoded(RAW, "45000020 00010000 4011 0000 c0000201 c6336402"
				 "0035 0400")
			    .truncated);
}

static void icmp_errors_carry_the_quoted_flow(void **state)
{
	static const struct {
		const char *type_code;
		uint8_t type, code;
	} errors[] = {{"0301", 3, 1}, {"0303", 3, 3}, {"0304", 3, 4}, {"0400", 4, 0},
		{"0b00", 11, 0}, {"0c00", 12, 0}};
	char hex[512];
	(void)state;

	/* from the router 203.0.113.9; quoted: 192.0.2.1:12345 > 198.51.100.2:22535, 8 bytes of TCP
	 */
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		strcpy(hex, "45000038 00020000 ff01 0000 cb007109 c0000201");
		strcat(hex, errors[i].type_code);
		strcat(hex, "0000 00000000"
			    "4500003c 1a2b4000 0106 0000 c0000201 c6336402"
			    "3039 5807 01020304");
		struct segment segment = decoded(RAW, hex);
		assert_int_equal(segment.kind, SEGMENT_ICMP);
		check_ends(&segment, "192.0.2.1:12345", "198.51.100.2:22535");
		assert_int_equal(segment.key.protocol, IPPROTO_TCP);
		assert_int_equal(segment.seq, 0x01020304);
		assert_int_equal(segment.ack, 0);
		assert_int_equal(segment.len, 0);
		assert_int_equal(segment.icmp_type, errors[i].type);
		assert_int_equal(segment.icmp_code, errors[i].code);
		assert_int_equal(segment.icmp_family, AF_INET);
		assert_int_equal(segment.ip_id, 2); /* of the error itself */
		assert_int_equal(segment.hop_limit, 255);
		assert_false(segment.fragment);
	}
}

static void icmp_errors_about_udp_and_ipv6(void **state)
{
	(void)state;
	/* port unreachable, quoting a whole UDP datagram of 4 bytes */
	struct segment segment = decoded(RAW, "4500003c 00020000 4001 0000 c6336402 c0000201"
					      "0303 0000 00000000"
					      "45000020 00010000 4011 0000 c0000201 c6336402"
					      "0035 0400 000c 0000 61626364");
	assert_int_equal(segment.kind, SEGMENT_ICMP);
	assert_int_equal(segment.key.protocol, IPPROTO_UDP);
	check_ends(&segment, "192.0.2.1:53", "198.51.100.2:1024");
	assert_int_equal(segment.seq, 0);
	/* ICMPv6 1/4, quoting TCP behind a hop-by-hop header */
	segment = decoded(RAW, IPV6_HEAD
		"0050 3a 40 20010db8000000000000000000000099 20010db8000000000000000000000001"
		"0104 0000 00000000" IPV6_HEAD "0020 00" IPV6_ENDS
		"06 00 010400000000" TCP_DATA_24);
	assert_int_equal(segment.kind, SEGMENT_ICMP);
	assert_int_equal(segment.icmp_family, AF_INET6);
	assert_int_equal(segment.icmp_type, 1);
	assert_int_equal(segment.icmp_code, 4);
	assert_int_equal(segment.hop_limit, 64);
	check_ends(&segment, "[2001:db8::1]:80", "[2001:db8::2]:1025");
	assert_int_equal(segment.seq, 1);
	assert_int_equal(segment.flags, 0);
	/* packet too big, a first fragment quoted: the error itself is none */
	segment = decoded(RAW, IPV6_HEAD
		"0040 3a 40 20010db8000000000000000000000099 20010db8000000000000000000000001"
		"0200 0000 00000500" IPV6_HEAD "0020 2c" IPV6_ENDS "06 00 0001 00000009"
		"0050 0401 00000001");
	assert_int_equal(segment.icmp_type, 2);
	assert_false(segment.fragment);
}

static void icmp_that_tells_nothing_is_refused(void **state)
{
#define ICMP_FROM_ROUTER "45000038 00020000 ff01 0000 cb007109 c0000201"
	(void)state;
	refused(RAW, ICMP_FROM_ROUTER "0800 0000 00000000 0000", "not an ICMP error");
	/* redirect */
	refused(RAW, ICMP_FROM_ROUTER "0501 0000 00000000 0000", "not an ICMP error");
	refused(RAW, ICMP_FROM_ROUTER "0301 0000", "ICMP header truncated");
	refused(RAW, ICMP_FROM_ROUTER "0301 0000 00000000 4500003c 1a2b", "IPv4 header truncated");
	refused(RAW,
		ICMP_FROM_ROUTER
		"0301 0000 00000000 4500003c 1a2b4000 0106 0000 c0000201 c6336402 3039 5807",
		"quoted packet truncated");
	refused(RAW,
		ICMP_FROM_ROUTER "0301 0000 00000000 4500003c 1a2b0001 0106 0000 c0000201 c6336402 "
				 "3039 5807 01020304",
		"second fragment");
	refused(RAW,
		ICMP_FROM_ROUTER "0301 0000 00000000 4500003c 1a2b4000 0101 0000 c0000201 c6336402 "
				 "0800 0000 01020304",
		"ICMP error about neither TCP nor UDP");
	refused(RAW, IPV6_HEAD "0010 3a" IPV6_ENDS "8700 0000 00000000 00000000",
		"not an ICMP error"); /* neighbour solicitation */
}

static void a_short_capture_gives_what_it_has(void **state)
{
	uint8_t data[512];
	struct segment segment;
	const char *why;
	size_t length = bytes_from_hex(IPV4_SYN, data, sizeof(data));
	(void)state;

	for (size_t captured = 0; captured <= length; captured++) {
		bool decodes = decode_bytes(RAW, data, captured, length, &segment, &why);
		assert_int_equal(decodes, captured >= 24);
		if (!decodes)
			continue;
		check_ends(&segment, "192.0.2.1:12345", "198.51.100.2:22535");
		assert_int_equal(segment.truncated, captured < length);
		assert_int_equal(segment.seq, captured >= 28 ? 0x01020304 : 0);
		assert_int_equal(segment.flags, captured >= 34 ? TCP_SYN : 0);
		assert_int_equal(segment.window, captured >= 36 ? 64240 : 0);
		assert_int_equal(segment.mss, captured >= 44 ? 1460 : 0);
		assert_int_equal(segment.has_ts, captured >= 56);
		assert_int_equal(segment.wscale, captured >= 60 ? 7 : -1);
		assert_int_equal(segment.len, 0);
	}
	/* data cut off is not a truncated header, and its length is that of the IP header */
	length = bytes_from_hex(
		"4500042c 00010000 4006 0000 c0000201 c6336402" TCP_DATA_24, data, sizeof(data));
	assert_true(decode_bytes(RAW, data, length, 1068, &segment, &why));
	assert_int_equal(segment.len, 1028);
	assert_false(segment.truncated);
}

/* It is whole, and nothing is wrong with it: what it is, is told by its number. */
static void icmp_that_is_no_error_is_counted_as_icmp(void **state)
{
	static const struct {
		const char *hex;
		uint8_t kind;
		uint16_t number;
	} rows[] = {
		{ICMP_FROM_ROUTER "0800 0000 00000000 0000", UNDECODED_PROTOCOL, 1},
		{ICMP_FROM_ROUTER "0301 0000 00000000 4500003c 1a2b4000 0101 0000 c0000201 "
				  "c6336402 0800 0000 01020304",
			UNDECODED_PROTOCOL, 1},
		{ICMP_FROM_ROUTER "0301 0000", UNDECODED_DAMAGED, 0},
		{IPV6_HEAD "0010 3a" IPV6_ENDS "8700 0000 00000000 00000000", UNDECODED_PROTOCOL,
			58},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[256];
		struct segment segment;
		size_t size = bytes_from_hex(rows[i].hex, bytes, sizeof(bytes));

		assert_false(segment_decode(RAW, bytes, size, size, &segment, NULL));
		assert_int_equal(segment.undecoded, rows[i].kind);
		assert_int_equal(segment.undecoded_number, rows[i].number);
	}
}

static void every_truncation_and_length_is_survived(void **state)
{
	static const struct {
		int linktype;
		const char *hex;
	} packets[] = {
		{EN10MB, MAC "88a8 0001 8100 0002 0800" IPV4_SYN},
		{EN10MB, MAC "8864 11 00 0001 003e 0021" IPV4_SYN},
		{SLL, "0004 0001 0006 0200000000010000 8100 0064 0800" IPV4_SYN},
		{SLL2, "86dd 0000 00000002 0001 00 06 0200000000010000" IPV6_HEAD
		       "0048 00" IPV6_ENDS "3c 00 010400000000"
		       "2b 00 010400000000"
		       "2c 02 00 01 00000000 20010db8000000000000000000000077"
		       "06 00 0000 00000009" TCP_DATA_24},
		{RAW, IPV6_HEAD "0000 00" IPV6_ENDS "06 00 c204 00011000" TCP_DATA_24},
		{RAW, "4500003c 00020000 4001 0000 c6336402 c0000201"
		      "0303 0000 00000000"
		      "45000020 00010000 4011 0000 c0000201 c6336402"
		      "0035 0400 000c 0000 61626364"},
		{NULL_, "1e000000" IPV6_HEAD "0050 3a" IPV6_ENDS "0104 0000 00000000" IPV6_HEAD
			"0020 33" IPV6_ENDS "06 00 0000 00000000" TCP_DATA_24},
	};
	static const size_t lengths[] = {0, 1, 60, 1514, SIZE_MAX};
	uint8_t data[512];
	struct segment segment;
	const char *why;
	(void)state;

	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		size_t whole = bytes_from_hex(packets[i].hex, data, sizeof(data));
		for (size_t captured = 0; captured <= whole; captured++) {
			for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++)
				decode_bytes(packets[i].linktype, data, captured, lengths[j],
					&segment, &why);
		}
		/* every byte all ones, in turn: lengths, offsets and types that lie */
		for (size_t at = 0; at < whole; at++) {
			uint8_t kept = data[at];
			data[at] = 0xff;
			decode_bytes(packets[i].linktype, data, whole, whole, &segment, &why);
			data[at] = kept;
		}
	}
	assert_false(segment_decode(RAW, NULL, 0, 0, &segment, NULL));
}

/* What is decoded in one go is what the layers give, whatever is changed in it or cut off. */
static void the_ordinary_packet_is_as_the_layers_say(void **state)
{
	static const struct {
		int link;
		const char *head;
	} links[] = {{EN10MB, MAC "0800"}, {SLL, "0004 0001 0006 000000000000 0000 0800"},
		{SLL2, "0800 0000 00000001 0304 00 06 0000000000000000"}, {RAW, ""},
		{RAW_FILE, ""}};
	static const char *const bodies[] = {IPV4_SYN,
		"45000034 1a2b4000 4006 0000 c0000201 c6336402 3039 5807 01020304 05060708 8011 "
		"faf0 1234 0000 0101080a 01020304 05060708",
		"4500002c 1a2b4000 4006 346a c0000201 c6336402" TCP_DATA_24};
	uint8_t packets[15][256], bytes[256], changed[256];
	size_t lengths[15];
	uint32_t draw = 1;
	size_t ordinary = 0;

	(void)state;
	for (size_t i = 0; i < 15; i++) {
		char hex[512];

		snprintf(hex, sizeof(hex), "%s%s", links[i % 5].head, bodies[i / 5]);
		lengths[i] = bytes_from_hex(hex, packets[i], sizeof(packets[i]));
	}
	for (size_t i = 0; i < 15 * 20000; i++) {
		struct segment fast, slow;
		size_t length = lengths[i % 15];

		memcpy(bytes, packets[i % 15], length);
		for (size_t k = draw >> 16 & 3; k > 0; k--) {
			draw = draw * 1664525 + 1013904223;
			bytes[(draw >> 8) % length] ^= (uint8_t)(1u << (draw >> 29));
		}
		draw = draw * 1664525 + 1013904223;
		size_t captured = (draw >> 20 & 1) != 0 ? length : (draw >> 8) % (length + 1);
		memcpy(changed, bytes, length);
		if (!ordinary_decode(links[i % 5].link, changed, captured, &fast))
			continue;
		ordinary++;
		assert_true(
			layers_decode(links[i % 5].link, changed, captured, length, &slow, NULL));
		assert_memory_equal(&fast, &slow, sizeof(fast));
	}
	assert_true(ordinary > 15 * 20000 / 4);
}

static void flags_read_as_tcpdump_writes_them(void **state)
{
	static const struct {
		uint8_t flags;
		const char *text;
	} cases[] = {{TCP_SYN, "S"}, {TCP_SYN | TCP_ACK, "S."}, {TCP_FIN | TCP_ACK, "F."},
		{TCP_RST, "R"}, {TCP_RST | TCP_ACK, "R."}, {TCP_PSH | TCP_ACK, "P."},
		{TCP_ACK, "."}, {0, ""}, {TCP_SYN | TCP_ECE | TCP_CWR, "SEW"}, {0xff, "FSRP.UEW"}};
	char text[9];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(segment_flags_text(cases[i].flags, text), cases[i].text);
}

static void syn_and_fin_take_sequence_space(void **state)
{
	struct segment segment = {.len = 10, .flags = TCP_SYN | TCP_FIN};
	(void)state;

	assert_int_equal(segment_space(&segment), 12);
	segment.flags = TCP_FIN | TCP_ACK;
	assert_int_equal(segment_space(&segment), 11);
	segment.flags = TCP_RST;
	assert_int_equal(segment_space(&segment), 10);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(tcp_options_of_a_syn),
	cmocka_unit_test(malformed_tcp_options_end_the_list),
	cmocka_unit_test(fast_open_and_timestamps_are_seen),
	cmocka_unit_test(malformed_tcp_headers_are_refused),
	cmocka_unit_test(udp_datagrams),
	cmocka_unit_test(icmp_errors_carry_the_quoted_flow),
	cmocka_unit_test(icmp_errors_about_udp_and_ipv6),
	cmocka_unit_test(icmp_that_tells_nothing_is_refused),
	cmocka_unit_test(icmp_that_is_no_error_is_counted_as_icmp),
	cmocka_unit_test(a_short_capture_gives_what_it_has),
	cmocka_unit_test(every_truncation_and_length_is_survived),
	cmocka_unit_test(the_ordinary_packet_is_as_the_layers_say),
	cmocka_unit_test(flags_read_as_tcpdump_writes_them),
	cmocka_unit_test(syn_and_fin_take_sequence_space),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
