/* The packet decoder on annotated bytes: link types, tags and tunnels. */
#include "hex_packets.h"

static void a_syn_shows_every_field(void **state)
{
	(void)state;
	struct segment syn = decoded(RAW, IPV4_SYN);

	check_syn(&syn);
	assert_int_equal(syn.key.family, AF_INET);
	assert_int_equal(syn.key.protocol, IPPROTO_TCP);
	assert_int_equal(syn.ack, 0);
	assert_int_equal(syn.window, 64240);
	assert_int_equal(syn.wscale, 7);
	assert_true(syn.has_ts);
	assert_int_equal(syn.ts_val, 0x0a0b0c0d);
	assert_int_equal(syn.ts_ecr, 0);
	assert_int_equal(syn.ip_id, 0x1a2b);
	assert_int_equal(syn.hop_limit, 64);
	assert_false(syn.bad_checksum);
	assert_false(syn.fast_open);
	assert_false(syn.truncated);
	assert_false(syn.fragment);
	assert_int_equal(syn.direction, DIRECTION_UNKNOWN);
	assert_int_equal(segment_space(&syn), 1);
}

static void every_link_type_finds_the_same_packet(void **state)
{
	static const struct {
		int linktype;
		const char *header;
	} links[] = {
		{RAW, ""},
		{RAW_OPENBSD, ""},
		{RAW_FILE, ""},
		{IPV4, ""},
		{EN10MB, MAC "0800"},
		{EN10MB, MAC "8100 2064 0800"},           /* 802.1Q: priority 1, VLAN 100 */
		{EN10MB, MAC "88a8 0001 8100 0002 0800"}, /* QinQ */
		/* older QinQ, three deep */
		{EN10MB, MAC "9100 0001 9100 0002 8100 0003 0800"},
		{EN10MB, MAC "0044 aaaa03000000 0800"},    /* 802.3 length, SNAP */
		{EN10MB, MAC "8864 11 00 0001 003e 0021"}, /* PPPoE session */
		{EN10MB, MAC "8100 0005 8864 11 00 0001 003e 0021"},
		{SLL, "0000 0001 0006 0200000000010000 0800"},
		{SLL, "0004 0001 0006 0200000000010000 8100 0064 0800"},
		{SLL2, "0800 0000 00000002 0001 00 06 0200000000010000"},
		{NULL_, "02000000"},
		{NULL_, "00000002"},
		{LOOP, "00000002"},
		{EN10MB, MAC "8847 00010040 00011140"}, /* two MPLS labels */
		{EN10MB, MAC "8100 0001 8848 00011140"},
		{PPP, "0021"},
		{PPP, "21"}, /* the protocol's first byte left out */
		{PPP, "ff03 0021"},
		{PPP, "ff03 21"},
		{PPP, "0281 00011140"},
		{PPP_SERIAL, "ff03 0021"},
		{PPP_SERIAL, "0f00 0800"},
		{PPP_ETHER, "11 00 0001 003e 0021"},
		{C_HDLC, "0f00 0800"},
		{C_HDLC, "8f00 8847 00011140"},
		{C_HDLC, "ff03 0021"},
	};
	char hex[512];
	(void)state;

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		assert_true(segment_linktype_known(links[i].linktype));
		strcpy(hex, links[i].header);
		strcat(hex, IPV4_SYN);
		struct segment syn = decoded(links[i].linktype, hex);
		check_syn(&syn);
		assert_false(syn.bad_checksum);
	}
	assert_false(segment_linktype_known(253)); /* netlink */
	assert_false(segment_linktype_known(-1));
	refused(195, IPV4_SYN, "link type not supported");
}

static void every_link_type_finds_ipv6(void **state)
{
	static const struct {
		int linktype;
		const char *header;
	} links[] = {
		{RAW, ""},
		{IPV6, ""},
		{EN10MB, MAC "86dd"},
		{EN10MB, MAC "8864 11 00 0001 0042 0057"},
		{SLL2, "86dd 0000 00000002 0001 00 06 0200000000010000"},
		{NULL_, "1e000000"},
		{NULL_, "1c000000"},
		{NULL_, "18000000"},
		{NULL_, "0a000000"}, /* macOS, FreeBSD, OpenBSD, Linux */
		{NULL_, "0000001e"},
		{LOOP, "00000018"},
		{EN10MB, MAC "8847 00011140"},
		{PPP, "0057"},
		{PPP, "57"},
		{C_HDLC, "0f00 86dd"},
		{PPP_ETHER, "11 00 0001 0042 0057"},
		/* 6in4 */
		{EN10MB, MAC "0800 45000054 00010000 4029 0000 c0000201 c6336402"},
		/* GRE */
		{EN10MB, MAC "0800 45000058 00010000 402f 0000 c0000201 c6336402 0000 86dd"},
	};
	char hex[512];
	(void)state;

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		strcpy(hex, links[i].header);
		strcat(hex, IPV6_HEAD "0018 06" IPV6_ENDS TCP_DATA_24);
		struct segment data = decoded(links[i].linktype, hex);
		check_data6(&data);
	}
}

static void cooked_captures_tell_direction_and_interface(void **state)
{
	(void)state;
	struct segment segment = decoded(SLL, "0004 0001 0006 0200000000010000 0800" IPV4_SYN);

	assert_int_equal(segment.direction, DIRECTION_OUT);
	/* broadcast */
	segment = decoded(SLL, "0001 0001 0006 0200000000010000 0800" IPV4_SYN);
	assert_int_equal(segment.direction, DIRECTION_IN);
	segment = decoded(SLL2, "0800 0000 00000007 0001 00 06 0200000000010000" IPV4_SYN);
	assert_int_equal(segment.direction, DIRECTION_IN);
	assert_int_equal(segment.interface, 7);
	assert_int_equal(segment.key.zone, 0);
	segment = decoded(SLL2, "0800 0000 00010007 0001 04 06 0200000000010000" IPV4_SYN);
	assert_int_equal(segment.direction, DIRECTION_OUT);
	assert_int_equal(segment.interface, 0x10007);
	/* to another host */
	segment = decoded(SLL2, "0800 0000 00000007 0001 03 06 0200000000010000" IPV4_SYN);
	assert_int_equal(segment.direction, DIRECTION_UNKNOWN);
	segment = decoded(SLL2,
		"86dd 0000 00000007 0001 00 06 0200000000010000" IPV6_HEAD "0018 06 01"
		"fe800000000000000000000000000001 fe800000000000000000000000000002" TCP_DATA_24);
	assert_int_equal(segment.key.zone, 7);
	check_ends(&segment, "[fe80::1%7]:80", "[fe80::2%7]:1025");
}

/* The attributes are in the byte order of the host that reads. */
static void a_packet_that_the_firewall_logged_is_found(void **state)
{
	const uint16_t prefix[] = {7, 10}, payload[] = {64, 9}, little[] = {3, 9};
	uint8_t packet[128] = {2, 0, 0, 5}; /* IPv4, version 0, group */
	struct segment segment;
	const char *why;
	size_t used = 4;
	(void)state;

	memcpy(packet + used, prefix, 4); /* "up", padded to 4 */
	memcpy(packet + used + 4, "up", 3);
	used += 8;
	memcpy(packet + used, payload, 4);
	used += 4 + bytes_from_hex(IPV4_SYN, packet + used + 4, sizeof(packet) - used - 4);
	assert_int_equal(used, 76);
	assert_true(segment_linktype_known(NFLOG));
	assert_true(decode_bytes(NFLOG, packet, used, used, &segment, &why));
	check_syn(&segment);
	for (size_t cut = 0; cut < 12 + 24; cut++)
		assert_false(decode_bytes(NFLOG, packet, cut, cut, &segment, &why));
	memcpy(packet + 12, little, 4);
	assert_false(decode_bytes(NFLOG, packet, used, used, &segment, &why));
	assert_string_equal(why, "NFLOG attribute shorter than its head");
	packet[0] = 7;
	assert_false(decode_bytes(NFLOG, packet, used, used, &segment, &why));
	assert_string_equal(why, "not IP");
}

/* macOS: length 108, a packet, link type, "en0", flags; zeros, then the packet as it is on that
 * interface. */
#define PKTAP_HEAD(link, flags)                                                                    \
	"6c000000 01000000" link                                                                   \
	"656e3000 0000000000000000 0000000000000000 00000000" flags ZEROS_16 ZEROS_16 ZEROS_16     \
		ZEROS_16 "00000000"

static void a_packet_of_any_on_macos_is_found(void **state)
{
	(void)state;
	assert_true(segment_linktype_known(PKTAP));
	struct segment segment =
		decoded(PKTAP, PKTAP_HEAD("01000000", "02000000") MAC "0800" IPV4_SYN);
	check_syn(&segment);
	assert_int_equal(segment.direction, DIRECTION_OUT);
	segment = decoded(PKTAP, PKTAP_HEAD("00000000", "01000000") "02000000" IPV4_SYN);
	check_syn(&segment);
	assert_int_equal(segment.direction, DIRECTION_IN);
	/* in itself */
	refused(PKTAP, PKTAP_HEAD("02010000", "01000000") IPV4_SYN, "not a PKTAP packet");
	refused(PKTAP, PKTAP_HEAD("c3000000", "01000000") IPV4_SYN, "link type not supported");
	refused(PKTAP, "6c000000 01000000 01000000", "PKTAP header truncated");
	refused(PKTAP, "08000000 01000000 01000000" ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16,
		"PKTAP header truncated");
}

#define OUTER(length, protocol) "4500" length "00010000 40" protocol "0000 cb007101 cb007102"

static void the_connection_inside_a_tunnel_is_told(void **state)
{
	static const char *const tunnels[] = {
		OUTER("0050", "04"),             /* IP in IP */
		OUTER("0054", "2f") "0000 0800", /* GRE */
		/* with checksum, key and sequence number */
		OUTER("0060", "2f") "b000 0800 00000000 00000001 00000002",
		OUTER("0062", "2f") "0000 6558" MAC "0800", /* Ethernet in GRE */
		OUTER("0058", "2f") "0000 8847 00011140",
		OUTER("0062", "2f") "3081 880b 003e0001 00000001 00000002 0021", /* PPTP */
		IPV6_HEAD "0040 2f" IPV6_ENDS "0000 0800",
	};
	char hex[1024] = "";
	(void)state;

	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++) {
		strcpy(hex, tunnels[i]);
		strcat(hex, IPV4_SYN);
		struct segment syn = decoded(RAW, hex);
		check_syn(&syn);
	}
	struct segment syn = decoded(RAW, "45000050 00012000 4004 0000 cb007101 cb007102" IPV4_SYN);
	assert_true(syn.fragment); /* its tunnel's packet is one */
	refused(RAW, OUTER("0054", "2f") "0000", "GRE header truncated");
	refused(RAW, OUTER("0054", "2f") "2000 0800", "GRE header truncated");
	refused(RAW, OUTER("0054", "2f") "4000 0800" IPV4_SYN, "a kind of GRE that is not read");
	refused(RAW, OUTER("0054", "2f") "0002 0800" IPV4_SYN, "a kind of GRE that is not read");
	refused(RAW, OUTER("0054", "2f") "0000 0806" IPV4_SYN, "not IP");
	hex[0] = '\0';
	for (int depth = 0; depth < 5; depth++)
		strcat(hex, OUTER("0000", "04"));
	strcat(hex, IPV4_SYN);
	refused(RAW, hex, "tunnels in tunnels");
}

#define UDP_TO(port) "d903" port "0000 0000"
#define SYN_FRAME MAC "0800" IPV4_SYN

static void what_udp_carries_is_told(void **state)
{
	static const struct {
		const char *hex;
		uint8_t tunnel;
		uint32_t id;
	} tunnels[] = {
		{OUTER("0000", "11") UDP_TO("12b5") "08000000 00000700" SYN_FRAME, TUNNEL_VXLAN, 7},
		{OUTER("0000", "11") UDP_TO("2118") "08000000 00000100" SYN_FRAME, TUNNEL_VXLAN, 1},
		{OUTER("0000", "11") UDP_TO("12b6") "0c000001 00000900" IPV4_SYN, TUNNEL_VXLAN, 9},
		{OUTER("0000", "11") UDP_TO("17c1") "00006558 00001100" SYN_FRAME, TUNNEL_GENEVE,
			17},
		/* with an option of eight bytes, IP at once */
		{OUTER("0000", "11") UDP_TO("17c1") "02000800 00001100 01020001 deadbeef" IPV4_SYN,
			TUNNEL_GENEVE, 17},
		{OUTER("0000", "11") UDP_TO("0868") "30ff003c 00000abc" IPV4_SYN, TUNNEL_GTP_U,
			0xabc},
		/* sequence number, and one extension header (PDU session container) */
		{OUTER("0000", "11") UDP_TO("0868") "36ff0044 00000abc 00010085 01100900" IPV4_SYN,
			TUNNEL_GTP_U, 0xabc},
	};
	char hex[1024];
	(void)state;

	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++) {
		struct segment syn = decoded(RAW, tunnels[i].hex);

		assert_int_equal(syn.tunnel, tunnels[i].tunnel);
		assert_int_equal(syn.tunnel_id, tunnels[i].id);
		assert_int_equal(syn.key.zone != 0, tunnels[i].tunnel != TUNNEL_GTP_U);
		assert_int_equal(syn.kind, SEGMENT_TCP);
		assert_int_equal(syn.flags, TCP_SYN);
	}
	/* on the same port, but none of these: a datagram */
	strcpy(hex, OUTER("002c", "11") "d90312b5 00180000 18000000 00000700 68656c6c 6f000000");
	struct segment datagram = decoded(RAW, hex);
	assert_int_equal(datagram.kind, SEGMENT_UDP);
	assert_int_equal(datagram.tunnel, TUNNEL_NONE);
	strcpy(hex, OUTER("0024", "11") "d9030868 00100000 32010000 00000000"); /* GTP echo */
	assert_int_equal(decoded(RAW, hex).kind, SEGMENT_UDP);
	refused(RAW, OUTER("0000", "11") UDP_TO("12b5") "08000000 00000700" MAC "0806 0001",
		"not IP");
}

static void a_mirrored_frame_is_told(void **state)
{
	static const struct {
		const char *hex;
		uint32_t session;
	} mirrored[] = {
		{OUTER("0000", "2f") "0000 88be" SYN_FRAME, 0},
		{OUTER("0000", "2f") "1000 88be 00000001 10000005 00000000" SYN_FRAME, 5},
		{OUTER("0000", "2f") "1000 22eb 00000001 20000006 00000000 00000000" SYN_FRAME, 6},
		{OUTER("0000", "2f") "1000 22eb 00000001 20000006 00000000 00000001"
				     "0000000000000000" SYN_FRAME,
			6},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(mirrored) / sizeof(mirrored[0]); i++) {
		struct segment syn = decoded(RAW, mirrored[i].hex);

		assert_int_equal(syn.tunnel, TUNNEL_ERSPAN);
		assert_int_equal(syn.tunnel_id, mirrored[i].session);
		assert_int_equal(syn.key.zone, 0);
		check_syn(&syn);
	}
}

static void tags_of_switches_are_taken_off(void **state)
{
	static const char *const tagged[] = {
		MAC "8909 0101 00010011 0800",           /* Cisco MetaData */
		MAC "8926 00000000 0800",                /* VN-Tag */
		MAC "893f 000000000000 0800",            /* E-Tag */
		MAC "892f 00000001 0800",                /* HSR */
		MAC "dada 0000 40000000 0800",           /* EtherType DSA */
		MAC "8899 a000 0800",                    /* Realtek, short */
		MAC "8899 040000000000 0800",            /* Realtek, long */
		MAC "88e5 0000 00000001 0800",           /* MACsec that does not encrypt */
		MAC "8100 0001 8909 0101 00010011 0800", /* behind a VLAN tag */
		MAC "894f 0fc6 0101 00000000"
		    "0000000000000000 0000000000000000",
		MAC "88e7 00000001" MAC "0800",          /* provider backbone bridge */
		MAC "8903 0001" MAC "0800",              /* FabricPath */
		MAC "8847 00011140 00000000" MAC "0800", /* a pseudowire's Ethernet */
	};
	char hex[1024];
	(void)state;

	for (size_t i = 0; i < sizeof(tagged) / sizeof(tagged[0]); i++) {
		strcpy(hex, tagged[i]);
		strcat(hex, IPV4_SYN);
		struct segment syn = decoded(EN10MB, hex);
		check_syn(&syn);
	}
	refused(EN10MB, MAC "88e5 2c00 00000001 0102030405060708", "encrypted (MACsec)");
	refused(EN10MB, MAC "8909 0101", "tag truncated");
}

static void what_is_not_decoded_is_counted_by_kind(void **state)
{
	static const struct {
		const char *hex;
		uint8_t kind;
		uint16_t number;
	} rows[] = {
		{MAC "88cc 0207", UNDECODED_ETHERTYPE, 0x88cc},
		{MAC "0806 0001", UNDECODED_ETHERTYPE, 0x0806},
		{MAC "0026 424203000000", UNDECODED_LLC, 0},
		{MAC "0800 45000018 00000000 4084 0000 0a000001 0a000002 00000000",
			UNDECODED_PROTOCOL, 132},
		{MAC "0800 4500", UNDECODED_DAMAGED, 0},
	};
	struct packets_tally tally = {.undecoded_count = 0};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[256];
		struct segment segment;
		size_t size = bytes_from_hex(rows[i].hex, bytes, sizeof(bytes));

		assert_false(segment_decode(EN10MB, bytes, size, size, &segment, NULL));
		assert_int_equal(segment.undecoded, rows[i].kind);
		assert_int_equal(segment.undecoded_number, rows[i].number);
		for (size_t n = 0; n <= i; n++)
			packets_count(&tally, &segment, false);
	}
	assert_int_equal(tally.undecoded_count, 5);
	assert_int_equal(tally.undecoded[3].count, 4);
	for (uint16_t other = 0; other < 100; other++)
		packets_count(&tally,
			&(struct segment){
				.undecoded = UNDECODED_ETHERTYPE, .undecoded_number = other},
			false);
	assert_int_equal(tally.undecoded_count, UNDECODED_KINDS);
	assert_int_equal(tally.undecoded_rest, 100 - (UNDECODED_KINDS - 5));
}

static void what_is_not_ip_is_named(void **state)
{
	(void)state;
	refused(EN10MB, MAC "0806 0001080006040001", "not IP"); /* ARP */
	refused(EN10MB, MAC "0026 424203000000", "not IP");     /* spanning tree */
	refused(EN10MB, MAC "8100 0001 8100 0002 88cc 0000", "not IP");
	refused(EN10MB, MAC "8864 11 00 0001 000a c021 0101", "not IP"); /* LCP */
	refused(EN10MB, MAC "8864 11 a7 0001 000a 0021 45", "not PPPoE session data");
	refused(EN10MB, "020000000002 02", "Ethernet header truncated");
	refused(EN10MB, MAC "8100 00", "VLAN tag truncated");
	refused(EN10MB, MAC "8864 1100", "PPPoE header truncated");
	refused(EN10MB, MAC "8864 11 00 0001 0002 00", "PPP header truncated");
	refused(EN10MB, MAC "8847 00010040 0001", "MPLS label truncated");
	refused(EN10MB, MAC "8847 00010140 0000 0000", "not IP"); /* a pseudo-wire */
	refused(PPP, "ff03 c021 0101", "not IP");
	refused(PPP, "ff03", "PPP header truncated");
	refused(C_HDLC, "8f00 8035 0000", "not IP"); /* SLARP */
	refused(C_HDLC, "0b00 0800 4500", "not IP");
	refused(C_HDLC, "0f00 08", "HDLC header truncated");
	refused(EN10MB, MAC "0800" IPV6_HEAD "0018 06" IPV6_ENDS TCP_DATA_24, "not IP version 4");
	refused(EN10MB, MAC "86dd" IPV4_SYN, "not IP version 6");
	refused(SLL, "0000 0001 0006 0200000000", "SLL header truncated");
	refused(SLL, "0000 0001 0006 0200000000010000 0004 0000", "not IP");
	refused(SLL2, "0800 0000 00000002 0001 00 06", "SLL2 header truncated");
	refused(NULL_, "0200", "loopback header truncated");
	refused(NULL_, "02000002" IPV4_SYN, "not IP");
	refused(NULL_, "00020000" IPV4_SYN, "not IP");
	refused(NULL_, "07000000" IPV4_SYN, "not IP");
	refused(RAW, "", "empty packet");
	refused(RAW, "50", "not IP");
	refused(IPV4, IPV6_HEAD "0018 06" IPV6_ENDS TCP_DATA_24, "not IP version 4");
	/* OSPF */
	refused(RAW, "45000014 00000000 4059 0000 c0000201 c6336402", "neither TCP, UDP nor ICMP");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_syn_shows_every_field),
	cmocka_unit_test(every_link_type_finds_the_same_packet),
	cmocka_unit_test(every_link_type_finds_ipv6),
	cmocka_unit_test(cooked_captures_tell_direction_and_interface),
	cmocka_unit_test(a_packet_that_the_firewall_logged_is_found),
	cmocka_unit_test(a_packet_of_any_on_macos_is_found),
	cmocka_unit_test(the_connection_inside_a_tunnel_is_told),
	cmocka_unit_test(what_udp_carries_is_told),
	cmocka_unit_test(a_mirrored_frame_is_told),
	cmocka_unit_test(tags_of_switches_are_taken_off),
	cmocka_unit_test(what_is_not_decoded_is_counted_by_kind),
	cmocka_unit_test(what_is_not_ip_is_named),
};

int main(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}
