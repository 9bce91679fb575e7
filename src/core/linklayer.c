/* Link layers: finds the IP packet behind the header of a pcap link type, and what that header tells about direction and
 * interface. Source: https://www.tcpdump.org/linktypes.html, IEEE 802.1Q, RFC 1042 (SNAP), RFC 2516 (PPPoE). */
#include "decode.h"

/* As in pcap/dlt.h, which core must not need. 14 is DLT_RAW on OpenBSD, 101 LINKTYPE_RAW as it stands in files. */
enum {
	LINK_NULL = 0,
	LINK_EN10MB = 1,
	LINK_RAW = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_RAW_FILE = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276
};
enum {
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_MIN = 0x0600
};
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057 };

static bool pppoe_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 8); /* version/type, code, session, length; PPP protocol */

	if (header == NULL)
		return packet_fail(packet, "PPPoE header truncated");
	if (header[0] != 0x11 || header[1] != 0)
		return packet_fail(packet, "not PPPoE session data");
	switch (be16_at(header + 6)) {
	case PPP_IPV4:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case PPP_IPV6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	}
	return packet_fail(packet, "not IP");
}

/* An 802.3 length instead of a type: IP only behind a SNAP header. Returns the type, 0 for none. */
static uint16_t snap_type(struct packet *packet)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
	const uint8_t *header = packet_take(packet, 8);

	return header != NULL && memcmp(header, snap, sizeof(snap)) == 0 ? be16_at(header + 6) : 0;
}

static bool ethertype_decode(struct packet *packet, uint16_t type)
{
	while (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ || type == ETHERTYPE_QINQ_OLD) {
		const uint8_t *tag = packet_take(packet, 4); /* priority and VLAN; the next type */

		if (tag == NULL)
			return packet_fail(packet, "VLAN tag truncated");
		type = be16_at(tag + 2);
	}
	if (type < ETHERTYPE_MIN)
		type = snap_type(packet);
	if (type == ETHERTYPE_PPPOE)
		return pppoe_decode(packet);
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		return ip_decode(packet, type);
	return packet_fail(packet, "not IP");
}

static bool ethernet_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 14);

	if (header == NULL)
		return packet_fail(packet, "Ethernet header truncated");
	return ethertype_decode(packet, be16_at(header + 12));
}

static uint8_t sll_direction(unsigned packet_type)
{
	/* Linux if_packet.h: 0 to us, 1 broadcast, 2 multicast, 3 to another host (promiscuous), 4 sent by us */
	return packet_type <= 2 ? DIRECTION_IN : packet_type == 4 ? DIRECTION_OUT : DIRECTION_UNKNOWN;
}

static bool sll_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 16); /* packet type, ARPHRD, address length, address[8], protocol */

	if (header == NULL)
		return packet_fail(packet, "SLL header truncated");
	packet->out->direction = sll_direction(be16_at(header));
	return ethertype_decode(packet, be16_at(header + 14));
}

static bool sll2_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 20); /* protocol, 0, interface[4], ARPHRD, packet type[1], ... */

	if (header == NULL)
		return packet_fail(packet, "SLL2 header truncated");
	packet->out->interface = be32_at(header + 4);
	packet->out->direction = sll_direction(header[10]);
	return ethertype_decode(packet, be16_at(header));
}

/* DLT_NULL: the address family as the capturing machine numbers and stores it. DLT_LOOP: big-endian. Families are below 256, so
 * the byte that is not zero tells the order. */
static bool family_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 4);

	if (header == NULL)
		return packet_fail(packet, "loopback header truncated");
	if (header[1] != 0 || header[2] != 0 || (header[0] != 0 && header[3] != 0))
		return packet_fail(packet, "not IP");
	switch (header[0] | header[3]) {
	case 2:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case 10: /* Linux */
	case 23: /* Windows */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		return ip_decode(packet, ETHERTYPE_IPV6);
	}
	return packet_fail(packet, "not IP");
}

static bool raw_decode(struct packet *packet)
{
	if (packet->bytes.left == 0)
		return packet_fail(packet, "empty packet");
	switch (packet->bytes.at[0] >> 4) {
	case 4:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case 6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	}
	return packet_fail(packet, "not IP");
}

bool link_known(int linktype)
{
	switch (linktype) {
	case LINK_NULL:
	case LINK_EN10MB:
	case LINK_RAW:
	case LINK_RAW_OPENBSD:
	case LINK_RAW_FILE:
	case LINK_LOOP:
	case LINK_LINUX_SLL:
	case LINK_LINUX_SLL2:
	case LINK_IPV4:
	case LINK_IPV6:
		return true;
	}
	return false;
}

bool link_decode(struct packet *packet, int linktype)
{
	switch (linktype) {
	case LINK_EN10MB:
		return ethernet_decode(packet);
	case LINK_LINUX_SLL:
		return sll_decode(packet);
	case LINK_LINUX_SLL2:
		return sll2_decode(packet);
	case LINK_NULL:
	case LINK_LOOP:
		return family_decode(packet);
	case LINK_RAW:
	case LINK_RAW_OPENBSD:
	case LINK_RAW_FILE:
		return raw_decode(packet);
	case LINK_IPV4:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case LINK_IPV6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	}
	return packet_fail(packet, "link type not supported");
}
