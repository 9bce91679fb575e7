/* Tunnels that UDP carries: VXLAN (RFC 7348) with its generic extension
 * (draft-ietf-nvo3-vxlan-gpe), GENEVE (RFC 8926), GTP-U (3GPP TS 29.281). Known by the port and by
 * a header that fits: anything else on that port is a datagram like others. */
#include <netinet/in.h>

#include "decode.h"

enum { UDP_BYTES = 8, VXLAN_BYTES = 8, GENEVE_BYTES = 8, GTP_BYTES = 8 };
enum {
	PORT_GTP_U = 2152,
	PORT_VXLAN = 4789,
	PORT_VXLAN_GPE = 4790,
	PORT_GENEVE = 6081,
	PORT_VXLAN_LINUX = 8472 /* Linux's before the IANA gave one */
};
enum { GPE_IPV4 = 1, GPE_IPV6 = 2, GPE_ETHERNET = 3 };
enum { GTP_DATA = 255, GTP_OPTIONS = 0x07, GTP_EXTENDED = 0x04 };
enum { ETHERNET_IN_GENEVE = 0x6558 };

/* The UDP header and this much of the payload go; NULL: not captured. */
static const uint8_t *payload_take(struct packet *packet, size_t count)
{
	const uint8_t *header = packet_take(packet, UDP_BYTES + count);

	return header != NULL ? header + UDP_BYTES : NULL;
}

static bool vxlan_decode(struct packet *packet, bool generic)
{
	/* flags, reserved[2], next protocol; VNI[3], reserved */
	const uint8_t *header = payload_take(packet, VXLAN_BYTES);
	unsigned next = generic && (header[0] & 4) != 0 ? header[3] : GPE_ETHERNET;

	if (!tunnel_enter(packet, TUNNEL_VXLAN, be32_at(header + 4) >> 8))
		return false;
	if (next == GPE_IPV4)
		return ip_decode(packet, ETHERTYPE_IPV4);
	if (next == GPE_IPV6)
		return ip_decode(packet, ETHERTYPE_IPV6);
	return next == GPE_ETHERNET ? ethernet_decode(packet)
				    : packet_unread(packet, UNDECODED_OTHER, 0, "not IP");
}

static bool geneve_decode(struct packet *packet)
{
	/* version and options' length, flags, type[2], VNI[3], reserved */
	const uint8_t *header = payload_take(packet, GENEVE_BYTES);
	size_t options = (header[0] & 0x3fu) * 4u;
	uint16_t type = be16_at(header + 2);

	if (!tunnel_enter(packet, TUNNEL_GENEVE, be32_at(header + 4) >> 8))
		return false;
	if (options > 0 && packet_take(packet, options) == NULL)
		return packet_fail(packet, "GENEVE options truncated");
	return type == ETHERNET_IN_GENEVE ? ethernet_decode(packet)
					  : ethertype_decode(packet, type);
}

static bool gtp_decode(struct packet *packet)
{
	/* version and flags, type, length[2], tunnel endpoint[4] */
	const uint8_t *header = payload_take(packet, GTP_BYTES), *more;
	bool extended = (header[0] & GTP_EXTENDED) != 0;

	if (!tunnel_enter(packet, TUNNEL_GTP_U, be32_at(header + 4)))
		return false;
	if ((header[0] & GTP_OPTIONS) == 0)
		return raw_decode(packet);
	/* sequence[2], N-PDU, next extension; each extension: length in fours, content, next */
	more = packet_take(packet, 4);
	for (uint8_t next = more != NULL ? more[3] : 0; more != NULL && extended && next != 0;) {
		size_t length = packet->bytes.left > 0 ? packet->bytes.at[0] * 4u : 0;

		more = length > 0 ? packet_take(packet, length) : NULL;
		next = more != NULL ? more[length - 1] : 0;
	}
	if (more == NULL)
		return packet_fail(packet, "GTP header truncated");
	return raw_decode(packet);
}

bool udp_tunnel_decode(struct packet *packet, bool *decoded)
{
	struct bytes peek = packet->bytes;
	const uint8_t *header = bytes_take(&peek, UDP_BYTES + VXLAN_BYTES);

	/* its first fragment would tell, but the packet inside would not be whole */
	if (header == NULL || packet->out->fragment)
		return false;
	unsigned port = be16_at(header + 2);
	const uint8_t *inner = header + UDP_BYTES;
	bool vxlan = (inner[0] & 0xfb) == 0x08 && inner[1] == 0 && inner[2] == 0 && inner[7] == 0;

	if ((port == PORT_VXLAN || port == PORT_VXLAN_LINUX) && vxlan && inner[0] == 0x08 &&
		inner[3] == 0)
		*decoded = vxlan_decode(packet, false);
	else if (port == PORT_VXLAN_GPE && vxlan)
		*decoded = vxlan_decode(packet, true);
	else if (port == PORT_GENEVE && inner[0] >> 6 == 0 && (inner[1] & 0x3f) == 0 &&
		 inner[7] == 0)
		*decoded = geneve_decode(packet);
	else if (port == PORT_GTP_U && inner[0] >> 4 == 3 && inner[1] == GTP_DATA)
		*decoded = gtp_decode(packet);
	else
		return false;
	return true;
}
