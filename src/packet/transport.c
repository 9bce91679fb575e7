/* TCP (RFC 9293) and UDP (RFC 768) headers. A header cut off by the capture length gives what was
 * captured of it. */
#include <netinet/in.h>

#include "decode.h"

static uint32_t length_clamped(size_t length)
{
	return length > UINT32_MAX ? UINT32_MAX : (uint32_t)length;
}

static bool tcp_decode(struct packet *packet)
{
	struct segment *out = packet->out;
	uint8_t header[20];
	size_t captured = bytes_copy(&packet->bytes, header, sizeof(header));

	if (packet->wire < sizeof(header) && !out->fragment)
		return packet_fail(packet, "IP payload too short for a TCP header");
	if (captured < 4)
		return packet_fail(packet, "TCP header truncated");
	out->kind = SEGMENT_TCP;
	memcpy(out->key.port_be, header, 4);
	if (captured >= 8)
		out->seq = be32_at(header + 4);
	if (captured >= 12)
		out->ack = be32_at(header + 8);
	out->truncated = true;
	if (captured < 14)
		return captured < 13 || header[12] >> 4 >= 5 ||
		       packet_fail(packet, "TCP data offset below 5");
	size_t header_length = (size_t)(header[12] >> 4) * 4;
	if (header_length < sizeof(header))
		return packet_fail(packet, "TCP data offset below 5");
	if (header_length > packet->wire && !out->fragment)
		return packet_fail(packet, "TCP header longer than the packet");
	out->flags = header[13];
	if (captured >= 16)
		out->window = be16_at(header + 14);
	if (packet->wire > header_length)
		out->len = length_clamped(packet->wire - header_length);
	packet->payload = packet->bytes;
	if (bytes_take(&packet->payload, header_length) == NULL)
		packet->payload.left = 0;
	out->truncated = packet->bytes.left < header_length;
	struct bytes options = bytes_head(&packet->bytes, header_length);
	if (bytes_take(&options, sizeof(header)) != NULL)
		tcp_options_decode(options, out);
	return true;
}

static bool udp_decode(struct packet *packet)
{
	struct segment *out = packet->out;
	uint8_t header[8];
	size_t captured = bytes_copy(&packet->bytes, header, sizeof(header));

	if (packet->wire < sizeof(header) && !out->fragment)
		return packet_fail(packet, "IP payload too short for a UDP header");
	if (captured < 4)
		return packet_fail(packet, "UDP header truncated");
	out->kind = SEGMENT_UDP;
	memcpy(out->key.port_be, header, 4);
	out->truncated = captured < sizeof(header);
	size_t length = packet->wire;
	if (captured >= 6 && be16_at(header + 4) != 0) { /* 0: a jumbogram (RFC 2675) */
		if (be16_at(header + 4) < sizeof(header))
			return packet_fail(packet, "UDP length below 8");
		if (be16_at(header + 4) < length)
			length = be16_at(header + 4);
	}
	if (length > sizeof(header))
		out->len = length_clamped(length - sizeof(header));
	out->datagram_len = out->fragment && captured >= 6 && be16_at(header + 4) != 0
				    ? be16_at(header + 4) - 8u
				    : out->len;
	if (captured >= sizeof(header))
		out->checksum = be16_at(header + 6);
	packet->payload = packet->bytes;
	if (bytes_take(&packet->payload, sizeof(header)) == NULL)
		packet->payload.left = 0;
	packet->payload = bytes_head(&packet->payload, out->len);
	return true;
}

bool transport_decode(struct packet *packet, uint8_t protocol)
{
	packet->out->key.protocol = protocol;
	if (packet->quoted)
		return quote_decode(packet, protocol);
	if (protocol == IPPROTO_TCP)
		return tcp_decode(packet);
	bool decoded;
	if (protocol == IPPROTO_UDP)
		return udp_tunnel_decode(packet, &decoded) ? decoded : udp_decode(packet);
	if (protocol == (packet->out->key.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return icmp_decode(packet, packet->out->key.family);
	return packet_unread(packet, UNDECODED_PROTOCOL, protocol, "neither TCP, UDP nor ICMP");
}
