/* ICMP (RFC 792) and ICMPv6 (RFC 4443) errors: what they say, and about which TCP or UDP packet. Of
 * the quoted transport header only the first 8 bytes are promised. */
#include <netinet/in.h>

#include "decode.h"

static bool icmp_is_error(uint8_t family, uint8_t type)
{
	/* unreachable, source quench, time exceeded, parameter problem */
	if (family == AF_INET)
		return type == 3 || type == 4 || type == 11 || type == 12;
	/* unreachable, too big, time exceeded, parameter problem */
	return type >= 1 && type <= 4;
}

bool icmp_decode(struct packet *packet, uint8_t family)
{
	struct segment *out = packet->out;
	const uint8_t *header = packet_take(packet, 8);
	uint16_t protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	if (header == NULL)
		return packet_fail(packet, "ICMP header truncated");
	if (!icmp_is_error(family, header[0])) /* echo, neighbour discovery */
		return packet_unread(packet, UNDECODED_PROTOCOL, protocol, "not an ICMP error");
	out->kind = SEGMENT_ICMP;
	out->icmp_type = header[0];
	out->icmp_code = header[1];
	out->icmp_family = family;
	memcpy(out->icmp_from, out->key.addr[0], sizeof(out->icmp_from));
	if (family == AF_INET6 && header[0] == 2)
		out->icmp_mtu = be32_at(header + 4);
	else if (family == AF_INET && header[0] == 3 && header[1] == 4) /* RFC 1191 */
		out->icmp_mtu = be16_at(header + 6);
	struct packet quote = {
		.bytes = packet->bytes, .wire = packet->wire, .out = out, .quoted = true};
	bool decoded = ip_decode(&quote, family == AF_INET ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
	packet->why = quote.why;
	if (!decoded && quote.undecoded != UNDECODED_DAMAGED) /* an error about a ping */
		return packet_unread(packet, UNDECODED_PROTOCOL, protocol, quote.why);
	return decoded;
}

bool quote_decode(struct packet *packet, uint8_t protocol)
{
	const uint8_t *header = packet_take(packet, 8);

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP)
		return packet_unread(packet, UNDECODED_PROTOCOL, protocol,
			"ICMP error about neither TCP nor UDP");
	if (header == NULL)
		return packet_fail(packet, "quoted packet truncated");
	memcpy(packet->out->key.port_be, header, 4);
	if (protocol == IPPROTO_TCP) {
		packet->out->seq = be32_at(header + 4);
		return true;
	}
	packet->out->datagram_len = be16_at(header + 4) >= 8 ? be16_at(header + 4) - 8u : 0;
	packet->out->checksum = be16_at(header + 6);
	return true;
}
