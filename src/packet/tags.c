/* Tags that switches put between a frame's addresses and its type, for themselves or each other; a
 * mirror port hands them on. Cisco MetaData and VN-Tag, 802.1BR E-Tag, HSR (IEC 62439-3), Marvell's
 * EtherType DSA, Realtek's (linux/net/dsa/), NSH (RFC 8300), MACsec without encryption (802.1AE).
 */
#include "decode.h"

enum {
	TAG_CMD = 0x8909,
	TAG_VN = 0x8926,
	TAG_E = 0x893f,
	TAG_HSR = 0x892f,
	TAG_EDSA = 0xdada,
	TAG_REALTEK = 0x8899,
	TAG_MACSEC = 0x88e5
};
enum { MACSEC_SCI = 0x20, MACSEC_ENCRYPTED = 0x0c };
enum { REALTEK_4 = 0xa };

/* Bytes of the tag behind its type, the next type included; 0: not one, or not to be read. */
static size_t tag_length(const struct packet *packet, uint16_t type)
{
	const uint8_t *at = packet->bytes.at;
	size_t left = packet->bytes.left;

	switch (type) {
	case TAG_CMD: /* version, length in fours, options */
		return left >= 2 ? 2 + at[1] * 4u + 2 : 4;
	case TAG_VN:
		return 4 + 2;
	case TAG_E:
	case TAG_EDSA: /* reserved[2], tag[4] */
		return 6 + 2;
	case TAG_HSR: /* path and size, sequence */
		return 4 + 2;
	case TAG_REALTEK: /* protocol in the upper half byte: 0xa two bytes, else six */
		return left >= 1 && at[0] >> 4 == REALTEK_4 ? 2 + 2 : 6 + 2;
	case TAG_MACSEC: /* control, short length, packet number[4], channel[8] */
		if (left < 1 || (at[0] & MACSEC_ENCRYPTED) != 0)
			return 0;
		return (at[0] & MACSEC_SCI ? 14u : 6u) + 2;
	}
	return 0;
}

bool tag_decode(struct packet *packet, uint16_t *type)
{
	size_t length = tag_length(packet, *type);

	if (length == 0)
		return false;
	const uint8_t *tag = packet_take(packet, length);
	if (tag == NULL)
		return packet_fail(packet, "tag truncated");
	*type = be16_at(tag + length - 2);
	return true;
}
