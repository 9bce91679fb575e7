/* The packet decoder on annotated bytes: headers of IPv4 and IPv6, their options, fragments, and
 * what an ICMP error quotes. */
#include "hex_packets.h"

static void ipv4_lengths_and_options(void **state)
{
	(void)state;
	/* router alert option: header of 24 bytes; total length 48, so 4 bytes of data */
	struct segment segment = decoded(RAW, "46000030 00010000 4006"
					      "f98b"
					      "c0000201 c6336402 94040000" TCP_DATA_24);
	assert_int_equal(segment.len, 4);
	assert_int_equal(segment.seq, 1);
	assert_false(segment.bad_checksum); /* which covers the option */
	/* an ACK of 40 bytes padded to Ethernet's 60 */
	segment = decoded(EN10MB, MAC "0800"
				      "45000028 00010000 4006 0000 c0000201 c6336402"
				      "0050 0401 00000001 00000002 5010 0200 0000 0000"
				      "000000000000");
	assert_int_equal(segment.len, 0);
	assert_false(segment.truncated);
	/* segmentation offload: total length 0, the wire length counts */
	segment = decoded(RAW, "45000000 00010000 4006 0000 c0000201 c6336402" TCP_DATA_24);
	assert_int_equal(segment.len, 4);
	refused(RAW, "4500003c 0001", "IPv4 header truncated");
	refused(RAW, "4600002c 00010000 4006 0000 c0000201 c6336402", "IPv4 header truncated");
	refused(RAW, "44000028 00010000 4006 0000 c0000201 c6336402" TCP_DATA_24,
		"IPv4 header length below 20");
	refused(RAW, "46000017 00010000 4006 0000 c0000201 c6336402" TCP_DATA_24,
		"IPv4 total length shorter than its header");
	refused(RAW, "45000027 00010000 4006 0000 c0000201 c6336402" TCP_DATA_24,
		"IP payload too short for a TCP header");
}

static void a_wrong_ipv4_checksum_is_marked(void **state)
{
	(void)state;
	struct segment segment = decoded(
		RAW, "4500003c 1a2b4000 4006 345b c0000201 c6336402" TCP_SYN_40 SYN_OPTIONS);

	check_syn(&segment);
	assert_true(segment.bad_checksum);
	/* offloaded */
	segment = decoded(
		RAW, "4500003c 1a2b4000 4006 0000 c0000201 c6336402" TCP_SYN_40 SYN_OPTIONS);
	assert_false(segment.bad_checksum);
}

static void ipv4_fragments(void **state)
{
	(void)state;
	/* more fragments, offset 0: the first 24 bytes of TCP */
	struct segment segment =
		decoded(RAW, "4500002c 00072000 4006 0000 c0000201 c6336402" TCP_DATA_24);
	assert_true(segment.fragment);
	assert_int_equal(segment.len, 4);
	assert_int_equal(segment.ip_id, 7);
	/* a tiny first fragment: ports and sequence number, the flags are elsewhere */
	segment = decoded(RAW, "4500001c 00072000 4006 0000 c0000201 c6336402"
			       "0050 0401 00000001");
	assert_true(segment.fragment);
	assert_true(segment.truncated);
	assert_int_equal(segment.seq, 1);
	assert_int_equal(segment.flags, 0);
	assert_int_equal(segment.len, 0);
	/* offset 8 and the last */
	refused(RAW, "4500002c 00072001 4006 0000 c0000201 c6336402" TCP_DATA_24,
		"second fragment");
	refused(RAW, "4500002c 00070001 4006 0000 c0000201 c6336402" TCP_DATA_24,
		"second fragment");
	/* a UDP datagram of 1,008 bytes, of which this fragment has 16: length by the IP header */
	segment = decoded(RAW, "45000024 00072000 4011 0000 c0000201 c6336402"
			       "0035 0400 03f0 0000"
			       "6161616162626262");
	assert_int_equal(segment.kind, SEGMENT_UDP);
	assert_int_equal(segment.len, 8);
	assert_int_equal(segment.datagram_len, 1000);
	assert_true(segment.fragment);
	assert_true(segment.more_fragments);
	assert_int_equal(segment.fragment_id, 7);
	/* the one behind it, and the last: no ports, but whose they are */
	segment = decoded(RAW, "45000024 00072002 4011 0000 c0000201 c6336402"
			       "63636363636363636464646464646464");
	assert_int_equal(segment.kind, SEGMENT_FRAGMENT);
	assert_int_equal(segment.key.protocol, IPPROTO_UDP);
	check_ends(&segment, "192.0.2.1:0", "198.51.100.2:0");
	assert_int_equal(segment.fragment_id, 7);
	assert_int_equal(segment.fragment_offset, 16);
	assert_int_equal(segment.len, 16);
	assert_true(segment.more_fragments);
	segment = decoded(RAW, "4500001c 00070004 4011 0000 c0000201 c6336402"
			       "6565656565656565");
	assert_int_equal(segment.fragment_offset, 32);
	assert_false(segment.more_fragments);
	/* a length field above the datagram's end, or zero, is no datagram's length */
	segment = decoded(RAW, "45000024 00070000 4011 0000 c0000201 c6336402"
			       "0035 0400 0000 abcd"
			       "6161616162626262");
	assert_int_equal(segment.datagram_len, 8);
	assert_int_equal(segment.checksum, 0xabcd);
}

static void ipv6_fragments_of_a_datagram(void **state)
{
	(void)state;
	struct segment segment = decoded(RAW, IPV6_HEAD "0018 2c" IPV6_ENDS "11 00 0001 0a0b0c0d"
							"0035 0400 03f0 1234 6161616162626262");

	assert_int_equal(segment.kind, SEGMENT_UDP);
	assert_int_equal(segment.datagram_len, 1000);
	assert_int_equal(segment.fragment_id, 0x0a0b0c0d);
	segment = decoded(RAW, IPV6_HEAD "0010 2c" IPV6_ENDS "11 00 0010 0a0b0c0d"
					 "6363636363636363");
	assert_int_equal(segment.kind, SEGMENT_FRAGMENT);
	assert_int_equal(segment.fragment_offset, 16);
	assert_int_equal(segment.len, 8);
	assert_false(segment.more_fragments);
}

static void an_error_says_who_sent_it_and_what_it_quotes(void **state)
{
	(void)state;
	/* fragmentation needed, MTU 1400, from the router 203.0.113.9; quoted: a datagram of 4
	 * bytes, id 0x0201 */
	struct segment segment = decoded(RAW, "4500003c 00020000 4001 0000 cb007109 c0000201"
					      "0304 0000 0000 0578"
					      "45000020 02010000 4011 0000 c0000201 c6336402"
					      "0035 0400 000c beef 61626364");
	static const uint8_t router[16] = {203, 0, 113, 9};

	assert_memory_equal(segment.icmp_from, router, sizeof(router));
	assert_int_equal(segment.icmp_mtu, 1400);
	assert_int_equal(segment.quoted_id, 0x0201);
	assert_int_equal(segment.ip_id, 2);
	assert_int_equal(segment.datagram_len, 4);
	assert_int_equal(segment.checksum, 0xbeef);
}

static void ipv6_extension_headers_are_passed(void **state)
{
	static const char *const packets[] = {
		/* hop-by-hop: router alert, PadN */
		IPV6_HEAD "0020 00" IPV6_ENDS "06 00 05020000 0100" TCP_DATA_24,
		/* destination options of 16 bytes */
		IPV6_HEAD "0028 3c" IPV6_ENDS "06 01 010c000000000000000000000000" TCP_DATA_24,
		/* AH: 24 bytes = (4 + 2) * 4 */
		IPV6_HEAD "0030 33" IPV6_ENDS
			  "06 04 0000 00000001 00000001 000000000000000000000000" TCP_DATA_24,
		/* atomic fragment */
		IPV6_HEAD "0020 2c" IPV6_ENDS "06 00 0000 00000009" TCP_DATA_24,
		/* hop-by-hop, destination options, routing with nothing left to visit (type 0, one
		 * address), destination options
		 */
		IPV6_HEAD "0048 00" IPV6_ENDS "3c 00 010400000000"
			  "2b 00 010400000000"
			  "3c 02 00 00 00000000 20010db8000000000000000000000077"
			  "06 00 010400000000" TCP_DATA_24,
		/* padded by Ethernet: payload length 24, 4 bytes more captured */
		IPV6_HEAD "0018 06" IPV6_ENDS TCP_DATA_24 "00000000",
		/* payload length 0 (BIG TCP): the wire length counts */
		IPV6_HEAD "0000 06" IPV6_ENDS TCP_DATA_24,
		IPV6_HEAD "0000 00" IPV6_ENDS "06 00 010400000000" TCP_DATA_24,
	};
	(void)state;

	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		struct segment segment = decoded(RAW, packets[i]);
		check_data6(&segment);
	}
}

static void a_routing_header_names_the_final_destination(void **state)
{
	(void)state;
	/* type 0, one left, two addresses: the last is the destination */
	struct segment segment = decoded(RAW, IPV6_HEAD
		"0040 2b" IPV6_ENDS "06 04 00 01 00000000 20010db8000000000000000000000077 "
		"20010db8000000000000000000000088" TCP_DATA_24);
	check_ends(&segment, "[2001:db8::1]:80", "[2001:db8::88]:1025");
	/* type 4 (segment routing), one left: the list is in reverse */
	segment = decoded(RAW, IPV6_HEAD "0040 2b" IPV6_ENDS
					 "06 04 04 01 01000000 20010db8000000000000000000000077 "
					 "20010db8000000000000000000000088" TCP_DATA_24);
	check_ends(&segment, "[2001:db8::1]:80", "[2001:db8::77]:1025");
	/* one left, but no address */
	segment = decoded(RAW, IPV6_HEAD "0020 2b" IPV6_ENDS "06 00 00 01 00000000" TCP_DATA_24);
	check_ends(&segment, "[2001:db8::1]:80", "[2001:db8::2]:1025");
}

static void ipv6_fragments_and_dead_ends(void **state)
{
	(void)state;
	struct segment segment =
		decoded(RAW, IPV6_HEAD "0020 2c" IPV6_ENDS "06 00 0001 00000009" TCP_DATA_24);

	assert_true(segment.fragment);
	assert_int_equal(segment.len, 4);
	refused(RAW, IPV6_HEAD "0020 2c" IPV6_ENDS "06 00 0009 00000009" TCP_DATA_24,
		"second fragment");
	refused(RAW, IPV6_HEAD "0000 3b" IPV6_ENDS "000000000000", "no next header");
	refused(RAW, IPV6_HEAD "0008 3c" IPV6_ENDS "3b 00 010400000000", "no next header");
	refused(RAW, IPV6_HEAD "0018 32" IPV6_ENDS TCP_DATA_24, "encrypted (ESP)");
	refused(RAW, IPV6_HEAD "0018 59" IPV6_ENDS TCP_DATA_24, "neither TCP, UDP nor ICMP");
	refused(RAW, IPV6_HEAD "0008 3c" IPV6_ENDS "06 01 010400000000 0000000000000000",
		"IPv6 extension header longer than the packet");
	refused(RAW, IPV6_HEAD "0020 3c" IPV6_ENDS "06", "IPv6 extension header truncated");
	refused(RAW, IPV6_HEAD "0020 3c" IPV6_ENDS "06 01 010400000000",
		"IPv6 extension header truncated");
	refused(RAW, IPV6_HEAD "0018 06 3f 2001", "IPv6 header truncated");
	/* ICMP of the other family */
	refused(RAW, IPV6_HEAD "0018 01" IPV6_ENDS TCP_DATA_24, "neither TCP, UDP nor ICMP");
}

static void a_jumbogram_has_its_length_in_an_option(void **state)
{
	uint8_t data[512];
	struct segment segment;
	const char *why;
	(void)state;

	/* jumbo payload 0x00011000: 8 bytes of hop-by-hop, 20 of TCP, the rest data, of which 4
	 * bytes are captured */
	size_t length =
		bytes_from_hex(IPV6_HEAD "0000 00" IPV6_ENDS "06 00 c204 00011000" TCP_DATA_24,
			data, sizeof(data));
	assert_true(decode_bytes(RAW, data, length, 40 + 0x11000, &segment, &why));
	assert_int_equal(segment.len, 0x11000 - 8 - 20);
	assert_false(segment.truncated);
	refused(RAW, IPV6_HEAD "0000 00" IPV6_ENDS "06 00 c204 00000004" TCP_DATA_24,
		"IPv6 jumbo length too small");
	/* with a payload length the option does not count */
	segment = decoded(RAW, IPV6_HEAD "0020 00" IPV6_ENDS "06 00 c204 00011000" TCP_DATA_24);
	assert_int_equal(segment.len, 4);
}

static void mapped_addresses_on_the_wire_are_unmapped(void **state)
{
	(void)state;
	struct segment segment =
		decoded(RAW, IPV6_HEAD "0018 06 40 00000000000000000000ffffc0000201 "
				       "00000000000000000000ffffc6336402" TCP_DATA_24);

	assert_int_equal(segment.key.family, AF_INET);
	check_ends(&segment, "192.0.2.1:80", "198.51.100.2:1025");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(ipv4_lengths_and_options),
	cmocka_unit_test(a_wrong_ipv4_checksum_is_marked),
	cmocka_unit_test(ipv4_fragments),
	cmocka_unit_test(ipv6_fragments_of_a_datagram),
	cmocka_unit_test(an_error_says_who_sent_it_and_what_it_quotes),
	cmocka_unit_test(ipv6_extension_headers_are_passed),
	cmocka_unit_test(a_routing_header_names_the_final_destination),
	cmocka_unit_test(ipv6_fragments_and_dead_ends),
	cmocka_unit_test(a_jumbogram_has_its_length_in_an_option),
	cmocka_unit_test(mapped_addresses_on_the_wire_are_unmapped),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
