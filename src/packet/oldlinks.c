/* Link layers of older captures: token ring and FDDI, frame relay, classical IP over ATM, SLIP,
 * InfiniBand. Source: IEEE 802.5, RFC 1042, 1188, 2427, 2684, 1055, 4391,
 * https://www.tcpdump.org/linktypes.html. */
#include "decode.h"

enum { LLC_FRAME = 0x40, FRAME_KIND = 0xc0, ROUTED = 0x80, ROUTING_LENGTH = 0x1f };
enum { TOKEN_BYTES = 14, FDDI_BYTES = 13 };
enum { NLPID_SNAP = 0x80, NLPID_IPV4 = 0xcc, NLPID_IPV6 = 0x8e, UNNUMBERED = 0x03 };
enum { SLIP_BYTES = 16, IPOIB_BYTES = 44 };

/* Access and frame control, destination, source; the way through the bridges, if it is given. */
static bool token_ring_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, TOKEN_BYTES);

	if (header == NULL)
		return packet_fail(packet, "token ring header truncated");
	packet->out->group = (header[2] & 0x80) != 0;
	if ((header[8] & ROUTED) != 0) {
		struct bytes peek = packet->bytes;
		const uint8_t *control = bytes_take(&peek, 2);
		size_t length = control != NULL ? control[0] & ROUTING_LENGTH : 0;

		if (length < 2 || packet_take(packet, length) == NULL)
			return packet_fail(packet, "token ring header truncated");
	}
	return (header[1] & FRAME_KIND) == LLC_FRAME ? llc_decode(packet)
						     : packet_fail(packet, "not IP");
}

static bool fddi_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, FDDI_BYTES);

	if (header == NULL)
		return packet_fail(packet, "FDDI header truncated");
	return (header[0] & FRAME_KIND) == LLC_FRAME ? llc_decode(packet)
						     : packet_fail(packet, "not IP");
}

/* An address whose last byte has its lowest bit set; then RFC 2427's protocol number, or Cisco's
 * Ethernet type. */
static bool frame_relay_decode(struct packet *packet)
{
	const uint8_t *byte;
	unsigned count = 0;

	do {
		byte = packet_take(packet, 1);
	} while (byte != NULL && (*byte & 1) == 0 && ++count < 4);
	struct bytes peek = packet->bytes;
	const uint8_t *control = bytes_take(&peek, 2);
	if (byte == NULL || control == NULL)
		return packet_fail(packet, "frame relay header truncated");
	if (control[0] != UNNUMBERED) {
		packet_take(packet, 2);
		return ethertype_decode(packet, be16_at(control));
	}
	packet_take(packet, control[1] == 0 ? 2 : 1); /* a byte to fill up */
	byte = packet_take(packet, 1);
	switch (byte != NULL ? *byte : 0) {
	case NLPID_IPV4:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case NLPID_IPV6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	case NLPID_SNAP:
		/* organisation, type */
		byte = packet_take(packet, 5);
		return byte != NULL ? ethertype_decode(packet, be16_at(byte + 3))
				    : packet_fail(packet, "frame relay header truncated");
	}
	return packet_fail(packet, "not IP");
}

/* Direction, and the first bytes as they were compressed, or not (RFC 1144). */
static bool slip_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, SLIP_BYTES);

	if (header == NULL)
		return packet_fail(packet, "SLIP header truncated");
	packet->out->direction = header[0] == 0 ? DIRECTION_IN : DIRECTION_OUT;
	return raw_decode(packet);
}

/* Addresses (IPoIB's own or InfiniBand's global ones), type, 0. */
static bool infiniband_decode(struct packet *packet)
{
	const uint8_t *header = packet_take(packet, IPOIB_BYTES);

	return header != NULL ? ethertype_decode(packet, be16_at(header + 40))
			      : packet_fail(packet, "IPoIB header truncated");
}

bool old_link_known(int linktype)
{
	return linktype == LINK_TOKEN_RING || linktype == LINK_FDDI || linktype == LINK_SLIP ||
	       linktype == LINK_ATM_RFC1483 || linktype == LINK_FRAME_RELAY ||
	       linktype == LINK_IPOIB;
}

bool old_link_decode(struct packet *packet, int linktype)
{
	switch (linktype) {
	case LINK_TOKEN_RING:
		return token_ring_decode(packet);
	case LINK_FDDI:
		return fddi_decode(packet);
	case LINK_FRAME_RELAY:
		return frame_relay_decode(packet);
	case LINK_IPOIB:
		return infiniband_decode(packet);
	case LINK_SLIP:
		return slip_decode(packet);
	}
	return llc_decode(packet); /* LINK_ATM_RFC1483 */
}
