/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers with options and extension headers, down to the first
 * transport header. Lengths come from the headers; where offloading left them 0 (TSO, BIG TCP) from
 * the wire. */
#include <netinet/in.h>

#include "decode.h"

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_ESP = 50,
	NEXT_AH = 51,
	NEXT_NONE = 59,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140
};
enum { ROUTING_SOURCE = 0, ROUTING_MOBILE = 2, ROUTING_SEGMENTS = 4 };
enum { OPTION_PAD1 = 0, OPTION_JUMBO = 0xc2 };

static bool checksum_bad(const uint8_t *header, size_t length)
{
	uint32_t sum = 0;

	if (be16_at(header + 10) == 0) /* offloaded */
		return false;
	for (size_t at = 0; at + 1 < length; at += 2)
		sum += be16_at(header + at);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum != 0xffff;
}

static void fragment_note(struct segment *out, uint32_t id, uint32_t offset, bool more)
{
	if (!more && offset == 0) /* whole, though what it came in may be a fragment */
		return;
	out->fragment = true;
	out->more_fragments = more;
	out->fragment_id = id;
	out->fragment_offset = offset;
}

/* Behind the first: bytes without ports. */
static bool fragment_decode(struct packet *packet, uint8_t protocol)
{
	struct segment *out = packet->out;

	out->kind = SEGMENT_FRAGMENT;
	out->key.protocol = protocol;
	out->len = packet->wire > UINT32_MAX ? UINT32_MAX : (uint32_t)packet->wire;
	return true;
}

static bool ipv4_decode(struct packet *packet)
{
	struct segment *out = packet->out;
	struct bytes peek = packet->bytes;
	const uint8_t *header = bytes_take(&peek, 20);

	if (packet->bytes.left > 0 && packet->bytes.at[0] >> 4 != 4)
		return packet_fail(packet, "not IP version 4");
	if (header == NULL)
		return packet_fail(packet, "IPv4 header truncated");
	size_t header_length = (size_t)(header[0] & 15) * 4, total = be16_at(header + 2);
	if (header_length < 20)
		return packet_fail(packet, "IPv4 header length below 20");
	if (total == 0)
		total = packet->wire;
	if (total < header_length)
		return packet_fail(packet, "IPv4 total length shorter than its header");
	packet_limit(packet, total);
	header = packet_take(packet, header_length);
	if (header == NULL)
		return packet_fail(packet, "IPv4 header truncated");
	unsigned fragment = be16_at(header + 6), offset = fragment & 0x1fff;
	if (offset != 0 && (packet->quoted || header[9] != IPPROTO_UDP))
		return packet_unread(packet, UNDECODED_FRAGMENT, 0, "second fragment");
	out->key.family = AF_INET;
	memset(out->key.addr, 0, sizeof(out->key.addr));
	memcpy(out->key.addr[0], header + 12, 4);
	memcpy(out->key.addr[1], header + 16, 4);
	if (packet->quoted) {
		out->quoted_id = be16_at(header + 4);
	} else {
		fragment_note(out, be16_at(header + 4), offset * 8, (fragment & 0x2000) != 0);
		out->bad_checksum = checksum_bad(header, header_length);
		out->ip_id = be16_at(header + 4);
		out->hop_limit = header[8];
	}
	return offset == 0 ? tunnel_decode(packet, header[9]) : fragment_decode(packet, header[9]);
}

/* RFC 2675: the payload length is 0 and the hop-by-hop options tell it. */
static bool jumbo_length(struct bytes options, uint32_t *length)
{
	uint8_t type, size;

	while (bytes_u8(&options, &type)) {
		if (type == OPTION_PAD1)
			continue;
		if (!bytes_u8(&options, &size))
			return false;
		if (size == 0)
			continue;
		const uint8_t *value = bytes_take(&options, size);
		if (value == NULL)
			return false;
		if (type == OPTION_JUMBO && size == 4) {
			*length = be32_at(value);
			return true;
		}
	}
	return false;
}

/* While addresses are left to visit, the connection's destination is the last of them, not the one
 * in the IPv6 header. */
static void routing_destination(const uint8_t *header, size_t length, struct flow_key *key)
{
	size_t count = (length - 8) / 16;

	if (header[3] == 0 || count == 0)
		return;
	if (header[2] == ROUTING_SOURCE || header[2] == ROUTING_MOBILE)
		memcpy(key->addr[1], header + 8 + (count - 1) * 16, 16);
	else if (header[2] == ROUTING_SEGMENTS) /* RFC 8754: the list is in reverse */
		memcpy(key->addr[1], header + 8, 16);
}

/* Bytes of the extension header `type` that starts at the packet's head; 0: `type` is not one.
 * *known: its length field was captured. */
static size_t extension_length(const struct packet *packet, unsigned type, bool *known)
{
	*known = packet->bytes.left >= 2;
	unsigned field = *known ? packet->bytes.at[1] : 0;

	switch (type) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return (field + 1) * 8;
	case NEXT_FRAGMENT:
		return 8;
	case NEXT_AH:
		return (field + 2) * 4;
	}
	return 0;
}

/* Take off the extension headers; *next becomes the transport protocol. */
static bool extensions_decode(struct packet *packet, uint8_t *next, bool length_zero)
{
	struct segment *out = packet->out;
	bool known;

	for (;;) {
		size_t length = extension_length(packet, *next, &known);
		if (length == 0)
			return true;
		if (length > packet->wire)
			return packet_fail(packet, "IPv6 extension header longer than the packet");
		const uint8_t *header = known ? packet_take(packet, length) : NULL;
		if (header == NULL)
			return packet_fail(packet, "IPv6 extension header truncated");
		uint32_t jumbo;
		if (*next == NEXT_HOP_BY_HOP && length_zero &&
			jumbo_length(bytes_of(header + 2, length - 2), &jumbo)) {
			if (jumbo < length)
				return packet_fail(packet, "IPv6 jumbo length too small");
			packet_limit(packet, jumbo - length);
		} else if (*next == NEXT_ROUTING) {
			routing_destination(header, length, &out->key);
		} else if (*next == NEXT_FRAGMENT) {
			unsigned fragment = be16_at(header + 2), offset = fragment & 0xfff8;
			if (offset != 0 && (packet->quoted || header[0] != IPPROTO_UDP))
				return packet_unread(
					packet, UNDECODED_FRAGMENT, 0, "second fragment");
			if (!packet->quoted)
				fragment_note(
					out, be32_at(header + 4), offset, (fragment & 1) != 0);
			if (offset != 0) {
				*next = header[0];
				return true;
			}
		}
		*next = header[0];
	}
}

static bool ipv6_decode(struct packet *packet)
{
	struct segment *out = packet->out;

	if (packet->bytes.left > 0 && packet->bytes.at[0] >> 4 != 6)
		return packet_fail(packet, "not IP version 6");
	const uint8_t *header = packet_take(packet, 40);
	if (header == NULL)
		return packet_fail(packet, "IPv6 header truncated");
	size_t length = be16_at(header + 4);
	uint8_t next = header[6];
	if (length > 0 || next == NEXT_NONE)
		packet_limit(packet, length);
	out->key.family = AF_INET6;
	memcpy(out->key.addr[0], header + 8, 16);
	memcpy(out->key.addr[1], header + 24, 16);
	if (!packet->quoted)
		out->hop_limit = header[7];
	if (!extensions_decode(packet, &next, length == 0))
		return false;
	if (next == NEXT_NONE)
		return packet_unread(packet, UNDECODED_PROTOCOL, NEXT_NONE, "no next header");
	if (next == NEXT_ESP)
		return packet_unread(packet, UNDECODED_PROTOCOL, NEXT_ESP, "encrypted (ESP)");
	if (flow_key_link_local(&out->key))
		out->key.zone = (uint16_t)out->interface;
	flow_key_unmap(&out->key);
	return packet->quoted || out->fragment_offset == 0 ? tunnel_decode(packet, next)
							   : fragment_decode(packet, next);
}

bool ip_decode(struct packet *packet, uint16_t ethertype)
{
	return ethertype == ETHERTYPE_IPV4 ? ipv4_decode(packet) : ipv6_decode(packet);
}
