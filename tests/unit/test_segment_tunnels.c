/* The packet decoder on tunnels and tags, bit by bit: what fits a header is read, and what does not
 * is what it is without, or refused by name. */
#include "hex_packets.h"

/* IPv4 with this protocol around what follows; the length is that of the frame. */
#define OUTER(protocol) "45000000 00014000 40" protocol "0000 cb007101 cb007102"
#define UDP_TO(port) OUTER("11") "d903" port "0000 0000"
#define SYN_FRAME MAC "0800" IPV4_SYN
#define IPV6_DATA IPV6_HEAD "0018 06" IPV6_ENDS TCP_DATA_24

/* A datagram to a tunnel's port whose bytes are no such header stays a datagram. */
static void a_datagram_that_is_no_tunnel_stays_one(void **state)
{
	static const char *const datagrams[] = {
		/* VXLAN (RFC 7348 5): I alone is set, and what is reserved is zero */
		UDP_TO("12b5") "00000000 00000700" SYN_FRAME,
		UDP_TO("12b5") "09000000 00000700" SYN_FRAME,
		UDP_TO("12b5") "08010000 00000700" SYN_FRAME,
		UDP_TO("12b5") "08000100 00000700" SYN_FRAME,
		UDP_TO("12b5") "08000001 00000700" SYN_FRAME,
		UDP_TO("12b5") "08000000 00000701" SYN_FRAME,
		UDP_TO("12b5") "0c000000 00000700" SYN_FRAME, /* the generic one has its own port */
		UDP_TO("2118") "08000000 00000701" SYN_FRAME,
		UDP_TO("12b6") "0d000001 00000900" IPV4_SYN,
		/* GENEVE (RFC 8926 3.4): version 0, reserved bits zero */
		UDP_TO("17c1") "40006558 00001100" SYN_FRAME,
		UDP_TO("17c1") "00016558 00001100" SYN_FRAME,
		UDP_TO("17c1") "00006558 00001101" SYN_FRAME,
		/* GTP-U (3GPP TS 29.281 5.1): version 1, protocol type GTP, a G-PDU */
		UDP_TO("0868") "20ff003c 00000abc" IPV4_SYN,
		UDP_TO("0868") "50ff003c 00000abc" IPV4_SYN,
		UDP_TO("0868") "30fe003c 00000abc" IPV4_SYN,
		/* other ports, and too little for any header */
		UDP_TO("0035") "08000000 00000700" SYN_FRAME,
		UDP_TO("12b5") "0800 0000",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(datagrams) / sizeof(datagrams[0]); i++) {
		struct segment datagram = decoded(RAW, datagrams[i]);

		assert_int_equal(datagram.kind, SEGMENT_UDP);
		assert_int_equal(datagram.tunnel, TUNNEL_NONE);
		assert_int_equal(datagram.key.zone, 0);
	}
}

static void what_a_tunnels_header_names_is_read(void **state)
{
	static const struct {
		const char *hex;
		uint8_t tunnel;
		uint32_t id;
	} tunnels[] = {
		/* VXLAN-GPE: without P it is Ethernet; next protocol 1 IPv4, 2 IPv6, 3 Ethernet */
		{UDP_TO("12b6") "08000000 00000900" SYN_FRAME, TUNNEL_VXLAN, 9},
		{UDP_TO("12b6") "0c000002 00000900" IPV6_DATA, TUNNEL_VXLAN, 9},
		{UDP_TO("12b6") "0c000003 00000900" SYN_FRAME, TUNNEL_VXLAN, 9},
		{UDP_TO("17c1") "000086dd 00001100" IPV6_DATA, TUNNEL_GENEVE, 17},
		/* GTP-U: a sequence number; an N-PDU number, no extension; two extensions */
		{UDP_TO("0868") "32ff0040 00000abc 00010000" IPV4_SYN, TUNNEL_GTP_U, 0xabc},
		{UDP_TO("0868") "31ff0040 00000abc 00000500" IPV4_SYN, TUNNEL_GTP_U, 0xabc},
		{UDP_TO("0868") "34ff0048 00000abc 00000085 01110985 01110900" IPV4_SYN,
			TUNNEL_GTP_U, 0xabc},
		/* without E the fourth byte names no extension */
		{UDP_TO("0868") "32ff0040 00000abc 00010085" IPV4_SYN, TUNNEL_GTP_U, 0xabc},
		{UDP_TO("0868") "30ff0040 00000abc" IPV6_DATA, TUNNEL_GTP_U, 0xabc},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tunnels) / sizeof(tunnels[0]); i++) {
		struct segment inside = decoded(RAW, tunnels[i].hex);

		assert_int_equal(inside.kind, SEGMENT_TCP);
		assert_int_equal(inside.tunnel, tunnels[i].tunnel);
		assert_int_equal(inside.tunnel_id, tunnels[i].id);
	}
}

static void a_tunnel_that_ends_too_soon_is_refused(void **state)
{
	(void)state;
	refused(RAW, UDP_TO("12b6") "0c000004 00000900" IPV4_SYN, "not IP"); /* NSH in VXLAN */
	refused(RAW, UDP_TO("17c1") "02006558 00001100 01020001", "GENEVE options truncated");
	refused(RAW, UDP_TO("0868") "32ff0040 00000abc 0001", "GTP header truncated");
	/* an extension that is not there, is cut, or says that it has no length */
	refused(RAW, UDP_TO("0868") "34ff0040 00000abc 00000085", "GTP header truncated");
	refused(RAW, UDP_TO("0868") "34ff0040 00000abc 00000085 02110900", "GTP header truncated");
	refused(RAW, UDP_TO("0868") "34ff0040 00000abc 00000085 00110900" IPV4_SYN,
		"GTP header truncated");
}

/* RFC 8300 2: length in fours, next protocol 1 IPv4, 2 IPv6, 3 Ethernet. */
static void a_service_header_is_taken_off(void **state)
{
	static const char *const frames[] = {
		MAC "894f 0fc2 0101 00000100" IPV4_SYN,
		MAC "894f 0fc2 0102 00000100" IPV6_DATA,
		MAC "894f 0fc2 0103 00000100" SYN_FRAME,
		MAC "894f 0fc3 0101 00000100 deadbeef" IPV4_SYN,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		assert_int_equal(decoded(EN10MB, frames[i]).kind, SEGMENT_TCP);
	refused(EN10MB, MAC "894f 0fc2 0105 00000100" IPV4_SYN, "not IP");
	refused(EN10MB, MAC "894f 0fc1 0101 00000100" IPV4_SYN, "NSH header truncated");
	refused(EN10MB, MAC "894f 0fc6 0101 00000100", "NSH header truncated");
	refused(EN10MB, MAC "894f 0f", "NSH header truncated");
}

/* Frames in frames end somewhere, however many a capture claims. */
static void frames_in_frames_have_an_end(void **state)
{
	char hex[1024] = "";

	(void)state;
	for (int depth = 0; depth < 12; depth++)
		strcat(hex, MAC "88e7 00000001");
	strcat(hex, SYN_FRAME);
	refused(EN10MB, hex, "tunnels in tunnels");
	refused(EN10MB, MAC "88e7 0000", "frame tag truncated");
	refused(EN10MB, MAC "8903 00", "frame tag truncated");
}

/* What a switch of Broadcom's or Marvell's hands its host: a tag between addresses and type. */
static void a_switchs_tag_stands_before_the_type(void **state)
{
	enum { DSA_BRCM = 281, DSA_BRCM_PREPEND = 282, DSA = 284, EDSA = 285 };
	static const struct {
		int linktype;
		const char *hex;
	} frames[] = {{DSA_BRCM, MAC "00000001 0800" IPV4_SYN},
		{DSA_BRCM_PREPEND, "00000001" SYN_FRAME}, {DSA, MAC "c0010000 0800" IPV4_SYN},
		{EDSA, MAC "dada0000 c0010000 0800" IPV4_SYN}};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct segment syn = decoded(frames[i].linktype, frames[i].hex);

		assert_int_equal(syn.kind, SEGMENT_TCP);
		assert_int_equal(syn.flags, TCP_SYN);
		refused(frames[i].linktype, "0000", "tag truncated");
	}
	refused(DSA, MAC "c001", "tag truncated");
	refused(DSA, MAC "c0010000 08", "tag truncated");
	/* to a group: the first bit of the first address */
	assert_true(decoded(DSA, "010000000002 020000000001 c0010000 0800" IPV4_SYN).group);
	assert_false(decoded(DSA, MAC "c0010000 0800" IPV4_SYN).group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_datagram_that_is_no_tunnel_stays_one),
		cmocka_unit_test(what_a_tunnels_header_names_is_read),
		cmocka_unit_test(a_tunnel_that_ends_too_soon_is_refused),
		cmocka_unit_test(a_service_header_is_taken_off),
		cmocka_unit_test(frames_in_frames_have_an_end),
		cmocka_unit_test(a_switchs_tag_stands_before_the_type)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
