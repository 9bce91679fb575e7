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

bool layers_decode(int linktype, const uint8_t *data, size_t captured, size_t length,
	struct segment *out, const char **why)
{
	struct packet packet = {.bytes = bytes_of(data, captured), .out = out};

	*out = (struct segment){.wscale = -1};
	packet.wire = length > packet.bytes.left ? length : packet.bytes.left;
	bool decoded = link_decode(&packet, linktype);
	if (!decoded)
		*out = (struct segment){.wscale = -1};
	if (why != NULL)
		*why = packet.why;
	return decoded;
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
