/* Link layers: finds the IP packet behind the header of a pcap link type, and what that header
 * tells about direction and interface. Source: https://www.tcpdump.org/linktypes.html, IEEE 802.1Q,
 * RFC 1042 (SNAP), 1661 and 1662 (PPP), 2516 (PPPoE), 3032 (MPLS), linux/netfilter/nfnetlink_log.h,
 * Apple's bsd/net/pktap.h. */
#include "decode.h"

/* As in pcap/dlt.h, which core must not need. 14 is DLT_RAW on OpenBSD, 101 LINKTYPE_RAW as it
 * stands in files. */
enum {
	LINK_NULL = 0,
	LINK_EN10MB = 1,
	LINK_PPP = 9,
	LINK_RAW = 12,
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_SERIAL = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW_FILE = 101,
	LINK_C_HDLC = 104,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_PKTAP = 258,
	LINK_DSA_BRCM = 281,
	LINK_DSA_BRCM_PREPEND = 282,
	LINK_DSA = 284,
	LINK_DSA_EDSA = 285,
	LINK_LINUX_SLL2 = 276
};
enum {
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	ETHERTYPE_QINQ_OLD = 0x9100,
	ETHERTYPE_MPLS = 0x8847,
	ETHERTYPE_MPLS_UPSTREAM = 0x8848,
	ETHERTYPE_PPPOE = 0x8864,
	ETHERTYPE_PBB = 0x88e7,
	ETHERTYPE_FABRICPATH = 0x8903,
	ETHERTYPE_NSH = 0x894f,
	ETHERTYPE_MACSEC = 0x88e5,
	ETHERTYPE_MIN = 0x0600
};
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_UPSTREAM = 0x0283 };
enum { PPP_ADDRESS = 0xff, PPP_CONTROL = 0x03, HDLC_UNICAST = 0x0f, HDLC_BROADCAST = 0x8f };
enum { NFLOG_FAMILY_IPV4 = 2, NFLOG_FAMILY_IPV6 = 10, NFLOG_PAYLOAD = 9 };
enum { PKTAP_HEADER_LEAST = 44, PKTAP_PACKET = 1, PKTAP_IN = 1, PKTAP_OUT = 2 };

bool raw_decode(struct packet *packet)
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

/* Labels do not say what they carry: behind the last one, IP is known by its version (RFC 4928), a
 * pseudowire's Ethernet by its control word (RFC 4385, 4448), which begins with four zero bits. */
static bool mpls_decode(struct packet *packet)
{
	const uint8_t *label;

	do {
		/* label, class, bottom of stack (bit 8), TTL */
		label = packet_take(packet, 4);
		if (label == NULL)
			return packet_fail(packet, "MPLS label truncated");
	} while ((label[2] & 1) == 0);
	if (packet->bytes.left > 4 && packet->bytes.at[0] >> 4 == 0 && !packet->quoted) {
		packet_take(packet, 4);
		return ethernet_decode(packet);
	}
	return raw_decode(packet);
}

/* Address and control may be left out; the protocol's first byte too, when it is 0 (its last byte
 * is odd, the others even). */
bool ppp_decode(struct packet *packet)
{
	struct bytes peek = packet->bytes;
	const uint8_t *framing = bytes_take(&peek, 2);

	if (framing != NULL && framing[0] == PPP_ADDRESS && framing[1] == PPP_CONTROL)
		packet_take(packet, 2);
	const uint8_t *byte = packet_take(packet, 1);
	unsigned protocol = byte != NULL ? *byte : 0;
	if (byte != NULL && (protocol & 1) == 0) {
		byte = packet_take(packet, 1);
		protocol = byte != NULL ? protocol << 8 | *byte : 0;
	}
	if (byte == NULL)
		return packet_fail(packet, "PPP header truncated");
	switch (protocol) {
	case PPP_IPV4:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case PPP_IPV6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	case PPP_MPLS:
	case PPP_MPLS_UPSTREAM:
		return mpls_decode(packet);
	}
	return packet_fail(packet, "not IP");
}

static bool pppoe_decode(struct packet *packet)
{
	/* version/type, code, session, length */
	const uint8_t *header = packet_take(packet, 6);

	if (header == NULL)
		return packet_fail(packet, "PPPoE header truncated");
	if (header[0] != 0x11 || header[1] != 0)
		return packet_fail(packet, "not PPPoE session data");
	return ppp_decode(packet);
}

/* An 802.3 length instead of a type: IP only behind a SNAP header. Returns the type, 0 for none. */
static uint16_t snap_type(struct packet *packet)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
	const uint8_t *header = packet_take(packet, 8);

	return header != NULL && memcmp(header, snap, sizeof(snap)) == 0 ? be16_at(header + 6) : 0;
}

bool llc_decode(struct packet *packet)
{
	uint16_t type = snap_type(packet);

	return type != 0 ? ethertype_decode(packet, type)
			 : packet_unread(packet, UNDECODED_LLC, 0, "not IP");
}

/* A whole frame in a frame: provider backbone bridges (IEEE 802.1ah: flags and service identifier),
 * FabricPath (forwarding tag). */
static bool frame_decode(struct packet *packet, uint16_t type)
{
	if (packet_take(packet, type == ETHERTYPE_PBB ? 4 : 2) == NULL)
		return packet_fail(packet, "frame tag truncated");
	if (++packet->tunnels > FRAMES_MAX)
		return packet_fail(packet, "tunnels in tunnels");
	return ethernet_decode(packet);
}

/* RFC 8300: version, TTL and length in fours, metadata type, next protocol; the rest */
static bool nsh_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 4);
	size_t length = header != NULL ? (header[1] & 0x3fu) * 4u : 0;

	if (length < 8 || packet_take(packet, length - 4) == NULL)
		return packet_fail(packet, "NSH header truncated");
	if (header[3] == 3)
		return ethernet_decode(packet);
	return header[3] == 1 || header[3] == 2
		       ? ip_decode(packet, header[3] == 1 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6)
		       : packet_unread(packet, UNDECODED_ETHERTYPE, ETHERTYPE_NSH, "not IP");
}

bool ethertype_decode(struct packet *packet, uint16_t type)
{
	for (;;) {
		if (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ ||
			type == ETHERTYPE_QINQ_OLD) {
			/* priority and VLAN; the next type */
			const uint8_t *tag = packet_take(packet, 4);

			if (tag == NULL)
				return packet_fail(packet, "VLAN tag truncated");
			type = be16_at(tag + 2);
		} else if (!tag_decode(packet, &type)) {
			break;
		}
	}
	if (packet->why != NULL)
		return false;
	bool llc = type < ETHERTYPE_MIN;
	if (llc)
		type = snap_type(packet);
	if (type == ETHERTYPE_PPPOE)
		return pppoe_decode(packet);
	if (type == ETHERTYPE_MPLS || type == ETHERTYPE_MPLS_UPSTREAM)
		return mpls_decode(packet);
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		return ip_decode(packet, type);
	if (type == ETHERTYPE_NSH)
		return nsh_decode(packet);
	if (type == ETHERTYPE_PBB || type == ETHERTYPE_FABRICPATH)
		return frame_decode(packet, type);
	return packet_unread(packet, llc && type == 0 ? UNDECODED_LLC : UNDECODED_ETHERTYPE, type,
		type == ETHERTYPE_MACSEC ? "encrypted (MACsec)" : "not IP");
}

bool ethernet_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 14);

	if (header == NULL)
		return packet_fail(packet, "Ethernet header truncated");
	packet->out->group = (header[0] & 1) != 0;
	return ethertype_decode(packet, be16_at(header + 12));
}

static bool sll_group(unsigned packet_type)
{
	return packet_type == 1 || packet_type == 2;
}

static uint8_t sll_direction(unsigned packet_type)
{
	/* Linux if_packet.h: 0 to us, 1 broadcast, 2 multicast, 3 to another host (promiscuous), 4
	 * sent by us */
	return packet_type <= 2   ? DIRECTION_IN
	       : packet_type == 4 ? DIRECTION_OUT
				  : DIRECTION_UNKNOWN;
}

void link_packet_type(unsigned packet_type, struct segment *out)
{
	out->direction = sll_direction(packet_type);
	out->group = sll_group(packet_type);
}

static bool sll_decode(struct packet *packet)
{
	/* packet type, ARPHRD, address length, address[8], protocol */
	const uint8_t *header = packet_take(packet, 16);

	if (header == NULL)
		return packet_fail(packet, "SLL header truncated");
	link_packet_type(be16_at(header), packet->out);
	return ethertype_decode(packet, be16_at(header + 14));
}

static bool sll2_decode(struct packet *packet)
{
	/* protocol, 0, interface[4], ARPHRD, packet type[1], ... */
	const uint8_t *header = packet_take(packet, 20);

	if (header == NULL)
		return packet_fail(packet, "SLL2 header truncated");
	packet->out->interface = be32_at(header + 4);
	link_packet_type(header[10], packet->out);
	return ethertype_decode(packet, be16_at(header));
}

/* DLT_NULL: the address family as the capturing machine numbers and stores it. DLT_LOOP:
 * big-endian. Families are below 256, so the byte that is not zero tells the order. */
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

static bool is_hdlc(uint8_t address)
{
	return address == HDLC_UNICAST || address == HDLC_BROADCAST;
}

/* Serial lines: PPP in HDLC framing, or Cisco's, which has an Ethernet type. */
static bool hdlc_decode(struct packet *packet)
{
	if (packet->bytes.left > 0 && packet->bytes.at[0] == PPP_ADDRESS)
		return ppp_decode(packet);
	const uint8_t *header = packet_take(packet, 4); /* address, control, type */
	if (header == NULL)
		return packet_fail(packet, "HDLC header truncated");
	if (!is_hdlc(header[0]))
		return packet_fail(packet, "not IP");
	return ethertype_decode(packet, be16_at(header + 2));
}

/* Attributes in the byte order of this host (libpcap turns them), the packet in one of them. */
static bool nflog_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, 4); /* family, version, group */
	const uint8_t *attribute;
	uint16_t head[2]; /* length with this head, type */

	if (header == NULL)
		return packet_fail(packet, "NFLOG header truncated");
	if (header[0] != NFLOG_FAMILY_IPV4 && header[0] != NFLOG_FAMILY_IPV6)
		return packet_fail(packet, "not IP");
	while ((attribute = packet_take(packet, sizeof(head))) != NULL) {
		memcpy(head, attribute, sizeof(head));
		if (head[0] < sizeof(head))
			return packet_fail(packet, "NFLOG attribute shorter than its head");
		size_t length = head[0] - sizeof(head);
		if (head[1] == NFLOG_PAYLOAD) {
			if (length < packet->wire)
				packet_limit(packet, length);
			return ip_decode(packet,
				header[0] == NFLOG_FAMILY_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
		}
		if (packet_take(packet, (length + 3) & ~(size_t)3) == NULL)
			break;
	}
	return packet_fail(packet, "NFLOG attributes truncated");
}

/* What "any" gives on macOS: a header that names the interface, its link type and the direction;
 * then the packet as there. */
static bool pktap_decode(struct packet *packet)
{
	struct bytes peek = packet->bytes;
	/* length, kind, link type, interface name[24], flags, ... */
	const uint8_t *header = bytes_take(&peek, PKTAP_HEADER_LEAST);

	if (header == NULL)
		return packet_fail(packet, "PKTAP header truncated");
	uint32_t length = le32_at(header), linktype = le32_at(header + 8),
		 flags = le32_at(header + 36);
	if (length < PKTAP_HEADER_LEAST || packet_take(packet, length) == NULL)
		return packet_fail(packet, "PKTAP header truncated");
	if (le32_at(header + 4) != PKTAP_PACKET || linktype == LINK_PKTAP || linktype > INT32_MAX)
		return packet_fail(packet, "not a PKTAP packet");
	packet->out->direction = (flags & PKTAP_OUT) != 0  ? DIRECTION_OUT
				 : (flags & PKTAP_IN) != 0 ? DIRECTION_IN
							   : DIRECTION_UNKNOWN;
	return link_decode(packet, (int)linktype);
}

/* What a switch hands its host: a tag of its own between the addresses and the type. */
static bool switch_decode(struct packet *packet, size_t tag)
{
	const uint8_t *header = packet_take(packet, 12), *type;

	if (header == NULL || packet_take(packet, tag) == NULL ||
		(type = packet_take(packet, 2)) == NULL)
		return packet_fail(packet, "tag truncated");
	packet->out->group = (header[0] & 1) != 0;
	return ethertype_decode(packet, be16_at(type));
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
	case LINK_PPP:
	case LINK_PPP_SERIAL:
	case LINK_PPP_ETHER:
	case LINK_C_HDLC:
	case LINK_NFLOG:
	case LINK_PKTAP:
	case LINK_DSA_BRCM:
	case LINK_DSA_BRCM_PREPEND:
	case LINK_DSA:
	case LINK_DSA_EDSA:
		return true;
	}
	return wireless_known(linktype) || old_link_known(linktype);
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
	case LINK_PPP: /* said of Cisco's HDLC, too */
		return packet->bytes.left > 0 && is_hdlc(packet->bytes.at[0]) ? hdlc_decode(packet)
									      : ppp_decode(packet);
	case LINK_PPP_ETHER:
		return pppoe_decode(packet);
	case LINK_PPP_SERIAL:
	case LINK_C_HDLC:
		return hdlc_decode(packet);
	case LINK_NFLOG:
		return nflog_decode(packet);
	case LINK_PKTAP:
		return pktap_decode(packet);
	case LINK_DSA_BRCM_PREPEND:
		return packet_take(packet, 4) != NULL ? ethernet_decode(packet)
						      : packet_fail(packet, "tag truncated");
	case LINK_DSA_BRCM:
	case LINK_DSA:
		return switch_decode(packet, 4);
	case LINK_DSA_EDSA:
		return switch_decode(packet, 8);
	}
	if (wireless_known(linktype))
		return wireless_decode(packet, linktype);
	if (old_link_known(linktype))
		return old_link_decode(packet, linktype);
	return packet_fail(packet, "link type not supported");
}
