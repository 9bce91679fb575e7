/* One captured packet to one struct segment: in one go (ordinary.c), or by the layers in
 * linklayer.c, ip.c, tunnel.c, transport.c, icmp_quote.c, where every read of captured bytes goes
 * through bytes.h.
 */
#include "tcpstate/segment.h"

#include <string.h>

#include "decode.h"

bool segment_decode(int linktype, const uint8_t *data, size_t captured, size_t length,
	struct segment *out, const char **why)
{
	if (!ordinary_decode(linktype, data, captured, out))
		return layers_decode(linktype, data, captured, length, out, why);
	if (why != NULL)
		*why = NULL;
	return true;
}

/* A VNI as a zone: above the interface numbers of link-local flows. GTP's identifiers differ by
 * direction, those of ERSPAN say who mirrored: no zone. */
static uint16_t tunnel_zone(const struct segment *segment)
{
	uint32_t id = segment->tunnel_id;

	return (uint16_t)(0x8000u | ((id ^ id >> 15) & 0x7fffu));
}

bool layers_decode(int linktype, const uint8_t *data, size_t captured, size_t length,
	struct segment *out, const char **why)
{
	struct packet packet = {.bytes = bytes_of(data, captured), .out = out};

	*out = (struct segment){.wscale = -1};
	packet.wire = length > packet.bytes.left ? length : packet.bytes.left;
	bool decoded = link_decode(&packet, linktype);
	if (!decoded)
		*out = (struct segment){.wscale = -1,
			.undecoded = packet.undecoded,
			.undecoded_number = packet.undecoded_number};
	else if (out->tunnel == TUNNEL_VXLAN || out->tunnel == TUNNEL_GENEVE)
		/* the same addresses in another overlay are others */
		out->key.zone = tunnel_zone(out);
	if (decoded && out->kind == SEGMENT_TCP && out->len > 0)
		out->speech = speech_of(packet.payload.at, packet.payload.left, out->len);
	if (why != NULL)
		*why = packet.why;
	return decoded;
}

const char *tunnel_name(unsigned tunnel)
{
	static const char *const names[TUNNEL_MAX] = {[TUNNEL_NONE] = "",
		[TUNNEL_IP] = "IP in IP",
		[TUNNEL_GRE] = "GRE",
		[TUNNEL_ERSPAN] = "ERSPAN",
		[TUNNEL_VXLAN] = "VXLAN",
		[TUNNEL_GENEVE] = "GENEVE",
		[TUNNEL_GTP_U] = "GTP-U"};

	return tunnel < TUNNEL_MAX ? names[tunnel] : "";
}

size_t segment_payload(
	int linktype, const uint8_t *data, size_t captured, size_t length, const uint8_t **payload)
{
	struct segment segment = {.wscale = -1};
	struct packet packet = {.bytes = bytes_of(data, captured), .out = &segment};

	packet.wire = length > packet.bytes.left ? length : packet.bytes.left;
	if (!link_decode(&packet, linktype) || packet.quoted)
		return 0;
	*payload = packet.payload.at;
	return packet.payload.left;
}

bool segment_linktype_known(int linktype)
{
	return link_known(linktype);
}

uint32_t segment_space(const struct segment *segment)
{
	return segment->len + ((segment->flags & TCP_SYN) != 0) + ((segment->flags & TCP_FIN) != 0);
}

char *segment_flags_text(uint8_t flags, char *buffer)
{
	static const struct {
		uint8_t flag;
		char letter;
	} letters[] = {/* tcpdump's order */
		{TCP_FIN, 'F'}, {TCP_SYN, 'S'}, {TCP_RST, 'R'}, {TCP_PSH, 'P'}, {TCP_ACK, '.'},
		{TCP_URG, 'U'}, {TCP_ECE, 'E'}, {TCP_CWR, 'W'}};
	size_t used = 0;

	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (flags & letters[i].flag)
			buffer[used++] = letters[i].letter;
	}
	buffer[used] = '\0';
	return buffer;
}
