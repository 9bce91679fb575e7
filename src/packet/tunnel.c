/* Packets in packets: IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890), PPTP's form of it (RFC
 * 2637), ERSPAN (draft-foschiano-erspan), WCCP's redirection. The connection is that of the
 * innermost. What UDP carries is in udp_tunnel.c. */
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
enum {
	GRE_ETHERNET = 0x6558,
	GRE_PPP = 0x880b,
	GRE_WCCP = 0x883e,
	GRE_ERSPAN = 0x88be,
	GRE_ERSPAN_3 = 0x22eb
};

bool tunnel_enter(struct packet *packet, enum tunnel tunnel, uint32_t id)
{
	if (++packet->tunnels > TUNNELS_MAX)
		return packet_fail(packet, "tunnels in tunnels");
	packet->out->tunnel = (uint8_t)tunnel;
	packet->out->tunnel_id = id;
	packet->out->ip_id = 0;
	packet->out->bad_checksum = false;
	return true;
}

/* Type I has no header of its own, type II one of 8 bytes, type III one of 12 and perhaps 8 more; a
 * sequence number in the GRE header tells I from II. */
static bool erspan_decode(struct packet *packet, uint16_t type, bool sequenced)
{
	const uint8_t *header = NULL;

	packet->out->tunnel = TUNNEL_ERSPAN;
	packet->out->tunnel_id = 0;
	if (type == GRE_ERSPAN && !sequenced)
		return ethernet_decode(packet);
	header = packet_take(packet, type == GRE_ERSPAN ? 8 : 12);
	if (header == NULL)
		return packet_fail(packet, "ERSPAN header truncated");
	packet->out->tunnel_id = be16_at(header + 2) & 0x3ff; /* the session */
	if (type == GRE_ERSPAN_3 && (header[11] & 1) != 0 && packet_take(packet, 8) == NULL)
		return packet_fail(packet, "ERSPAN header truncated");
	return ethernet_decode(packet);
}

static bool gre_decode(struct packet *packet)
{
	/* flags and version; type of what follows */
	const uint8_t *header = packet_take(packet, 4), *key;

	if (header == NULL)
		return packet_fail(packet, "GRE header truncated");
	unsigned flags = be16_at(header);
	uint16_t type = be16_at(header + 2);
	bool pptp = (flags & GRE_VERSION) == 1;
	if ((flags & GRE_VERSION) > 1 || (flags & GRE_ROUTING) != 0 || (pptp && type != GRE_PPP))
		return packet_fail(packet, "a kind of GRE that is not read");
	if ((flags & GRE_CHECKSUM) != 0 && packet_take(packet, 4) == NULL)
		return packet_fail(packet, "GRE header truncated");
	if ((flags & GRE_KEY) != 0) {
		key = packet_take(packet, 4);
		if (key == NULL)
			return packet_fail(packet, "GRE header truncated");
		packet->out->tunnel_id = pptp ? 0 : be32_at(key);
	}
	size_t rest = (size_t)((flags & GRE_SEQUENCE) != 0) + (pptp && (flags & GRE_ACK) != 0);
	if (rest > 0 && packet_take(packet, 4 * rest) == NULL)
		return packet_fail(packet, "GRE header truncated");
	if (pptp)
		return ppp_decode(packet);
	if (type == GRE_ERSPAN || type == GRE_ERSPAN_3)
		return erspan_decode(packet, type, (flags & GRE_SEQUENCE) != 0);
	if (type == GRE_WCCP) {
		/* version 2 puts four bytes before the packet */
		if (packet->bytes.left > 0 && packet->bytes.at[0] >> 4 != 4)
			packet_take(packet, 4);
		return raw_decode(packet);
	}
	return type == GRE_ETHERNET ? ethernet_decode(packet) : ethertype_decode(packet, type);
}

bool tunnel_decode(struct packet *packet, uint8_t protocol)
{
	bool tunnel =
		protocol == IPPROTO_IPIP || protocol == IPPROTO_IPV6 || protocol == IPPROTO_GRE;

	if (packet->quoted || !tunnel)
		return transport_decode(packet, protocol);
	if (!tunnel_enter(packet, protocol == IPPROTO_GRE ? TUNNEL_GRE : TUNNEL_IP, 0))
		return false;
	switch (protocol) {
	case IPPROTO_IPIP:
		return ip_decode(packet, ETHERTYPE_IPV4);
	case IPPROTO_IPV6:
		return ip_decode(packet, ETHERTYPE_IPV6);
	}
	return gre_decode(packet);
}
