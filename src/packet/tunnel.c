/* Packets in packets: IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890) and PPTP's form of it
 * (RFC 2637). The connection is that of the innermost. What UDP carries (VXLAN, GENEVE, GTP) stays
 * a datagram. */
#include <netinet/in.h>

#include "decode.h"

enum { TUNNELS_MAX = 4 };
enum {
	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_ACK = 0x0080,
	GRE_VERSION = 7
};
enum { GRE_ETHERNET = 0x6558, GRE_PPP = 0x880b };

static bool gre_decode(struct packet *packet)
{
	/* flags and version; type of what follows */
	const uint8_t *header = packet_take(packet, 4);

	if (header == NULL)
		return packet_fail(packet, "GRE header truncated");
	unsigned flags = be16_at(header);
	uint16_t type = be16_at(header + 2);
	bool pptp = (flags & GRE_VERSION) == 1;
	if ((flags & GRE_VERSION) > 1 || (flags & GRE_ROUTING) != 0 || (pptp && type != GRE_PPP))
		return packet_fail(packet, "a kind of GRE that is not read");
	size_t options = (size_t)((flags & GRE_CHECKSUM) != 0) + ((flags & GRE_KEY) != 0) +
			 ((flags & GRE_SEQUENCE) != 0) + (pptp && (flags & GRE_ACK) != 0);
	if (options > 0 && packet_take(packet, 4 * options) == NULL)
		return packet_fail(packet, "GRE header truncated");
	if (pptp)
		return ppp_decode(packet);
	return type == GRE_ETHERNET ? ethernet_decode(packet) : ethertype_decode(packet, type);
}

bool tunnel_decode(struct packet *packet, uint8_t protocol)
{
	bool tunnel =
		protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6 || protocol == IPPROTO_GRE;

	if (packet->quoted || !tunnel)
		return transport_decode(packet, protocol);
	if (++packet->tunnels > TUNNELS_MAX)
		return packet_fail(packet, "tunnels in tunnels");
	packet->out->ip_id = 0;
	packet->out->bad_checksum = false;
	switch (protocol) {
	case IPPROTO_IPIP:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case IPPROTO_IPV6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	}
	return gre_decode(packet);
}
