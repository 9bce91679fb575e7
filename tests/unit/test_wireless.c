/* The same packet in frames of IEEE 802.11 and of older link layers; what is in a frame, but cannot
 * be read, is told as such. */
#include "hex_packets.h"

#define LLC "aaaa03 000000 0800 "
/* to the access point, from it, between two of them */
#define TO_AP "0801 0000 020000000001 020000000002 020000000003 2030 "
#define FROM_AP "0802 0000 020000000001 020000000002 020000000003 2030 "
#define BETWEEN "0803 0000 020000000001 020000000002 020000000003 2030 020000000004 "
#define QOS_TO_AP "8801 0000 020000000001 020000000002 020000000003 2030 0000 "
#define PRISM_REST ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
#define SLIP_HEAD "00 45 00000000 00000000 00000000 0000 "

#define NESTED "0000 0800 02010000 2c000000 01000000 c0000000 " ZEROS_16 ZEROS_16

static const struct {
	int linktype;
	const char *header;
} frames[] = {
	{LINK_IEEE802_11, TO_AP LLC}, {LINK_IEEE802_11, FROM_AP LLC},
	{LINK_IEEE802_11, BETWEEN LLC}, {LINK_IEEE802_11, QOS_TO_AP LLC},
	/* order: four bytes of HT control follow */
	{LINK_IEEE802_11,
		"8881 0000 020000000001 020000000002 020000000003 2030 0000 00000000" LLC},
	{LINK_RADIOTAP, "0000 0800 00000000" TO_AP LLC},
	/* time and flags, 0x20: the header of 26 bytes is filled up to 28 */
	{LINK_RADIOTAP, "0000 1200 03000000 0000000000000000 20 00" QOS_TO_AP "0000" LLC},
	{LINK_RADIOTAP, "0000 1200 03000000 0000000000000000 00 00" QOS_TO_AP LLC},
	/* a second word of fields present, then the flags */
	{LINK_RADIOTAP, "0000 0e00 02000080 00000000 20 00" QOS_TO_AP "0000" LLC},
	{LINK_PPI, "0000 0800 69000000" TO_AP LLC},
	{LINK_PPI, "0000 0800 01000000 020000000001020000000002 0800"},
	{LINK_PRISM, "44000000 90000000 0000000000000000" PRISM_REST TO_AP LLC},
	{LINK_PRISM, "80211001 00000040 0000000000000000" ZEROS_16 ZEROS_16 ZEROS_16 TO_AP LLC},
	{LINK_AVS, "80211001 00000040 0000000000000000" ZEROS_16 ZEROS_16 ZEROS_16 TO_AP LLC},
	{LINK_TOKEN_RING, "1040 020000000001 020000000002" LLC},
	{LINK_TOKEN_RING, "1040 020000000001 820000000002 0620 00110012" LLC},
	{LINK_FDDI, "50 020000000001 020000000002" LLC}, {LINK_ATM_RFC1483, LLC},
	{LINK_FRAME_RELAY, "1841 03 cc"}, {LINK_FRAME_RELAY, "1840 0041 0300 80 000000 0800"},
	{LINK_FRAME_RELAY, "1841 0800"}, {LINK_SLIP, SLIP_HEAD},
	{LINK_IPOIB, ZEROS_16 ZEROS_16 "0000000000000000 0800 0000"},
	{PPP, "0f00 0800"}, /* Cisco's HDLC under the name of PPP */
};

static void the_same_packet_is_found_in_each(void **state)
{
	char hex[1024];
	(void)state;

	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		assert_true(segment_linktype_known(frames[i].linktype));
		strcpy(hex, frames[i].header);
		strcat(hex, IPV4_SYN);
		struct segment syn = decoded(frames[i].linktype, hex);
		syn.direction = DIRECTION_UNKNOWN; /* which SLIP tells */
		check_syn(&syn);
	}
}

static void what_cannot_be_read_has_its_name(void **state)
{
	static const struct {
		const char *frame;
		const char *why;
		int undecoded, number;
	} unread[] = {
		{"8000 0000 ffffffffffff 020000000002 020000000002 2030", "no data",
			UNDECODED_WIRELESS, WIRELESS_NO_DATA}, /* beacon */
		{"d400 0000 020000000001", "no data", UNDECODED_WIRELESS, WIRELESS_NO_DATA},
		{"4801 0000 020000000001 020000000002 020000000003 2030", "no data",
			UNDECODED_WIRELESS, WIRELESS_NO_DATA}, /* null function */
		{"0841 0000 020000000001 020000000002 020000000003 2030 00000000",
			"encrypted (IEEE 802.11)", UNDECODED_WIRELESS, WIRELESS_ENCRYPTED},
		{"8801 0000 020000000001 020000000002 020000000003 2030 8000",
			"several packets in one frame (A-MSDU)", UNDECODED_WIRELESS,
			WIRELESS_AGGREGATE},
		{"0801 0000 020000000001 020000000002 020000000003 2030 424203", "not IP",
			UNDECODED_LLC, 0},
		{"0801 0000 020000000001 020000000002 020000000003 2130", "second fragment",
			UNDECODED_FRAGMENT, 0},
		{"0801 0000 020000000001", "802.11 header truncated", UNDECODED_DAMAGED, 0},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(unread) / sizeof(unread[0]); i++) {
		struct segment out = refused(LINK_IEEE802_11, unread[i].frame, unread[i].why);

		assert_int_equal(out.undecoded, unread[i].undecoded);
		assert_int_equal(out.undecoded_number, unread[i].number);
	}
}

static void headers_that_are_cut_off_are_refused(void **state)
{
	(void)state;

	refused(LINK_RADIOTAP, "0000 0800", "radiotap header truncated");
	refused(LINK_RADIOTAP, "0000 0700 00000000" TO_AP LLC, "radiotap header truncated");
	/* it says that more words of fields follow than the header has room for */
	refused(LINK_RADIOTAP, "0000 0c00 02000080 00000080", "802.11 header truncated");
	refused(LINK_PPI, "0000 0800 c0000000" TO_AP LLC, "not a PPI packet");
	refused(LINK_PPI, "0000 0800 ffffffff" TO_AP LLC, "not a PPI packet");
	/* PKTAP in PPI in PKTAP, and so on */
	refused(LINK_PPI, NESTED NESTED NESTED NESTED "0000 0800 01000000", "tunnels in tunnels");
	refused(LINK_PRISM, "80211001 00000020" ZEROS_16 ZEROS_16, "Prism header truncated");
	refused(LINK_TOKEN_RING, "1040 020000000001 820000000002 0020",
		"token ring header truncated");
	refused(LINK_TOKEN_RING, "1000 020000000001 020000000002" LLC, "not IP");
	refused(LINK_FDDI, "50 0200", "FDDI header truncated");
	refused(LINK_FRAME_RELAY, "1840 40", "frame relay header truncated");
	refused(LINK_FRAME_RELAY, "1841 03 81", "not IP");
	refused(LINK_SLIP, "00 45", "SLIP header truncated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_packet_is_found_in_each),
		cmocka_unit_test(what_cannot_be_read_has_its_name),
		cmocka_unit_test(headers_that_are_cut_off_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
