/* IEEE 802.11 frames, and the headers that capturing machines put before them: radiotap, PPI,
 * Prism's and AVS's. IP is found in data frames that are not encrypted. Source: IEEE 802.11-2020
 * 9.2 and 9.3.2, radiotap.org, https://www.tcpdump.org/linktypes.html. */
#include "decode.h"

enum { TYPE_DATA = 2, SUBTYPE_NO_DATA = 4, SUBTYPE_QOS = 8 };
enum { TO_DS = 1, FROM_DS = 2, PROTECTED = 0x40, ORDER = 0x80 };
enum { HEADER_BYTES = 24, ADDRESS_BYTES = 6, QOS_BYTES = 2, HT_CONTROL_BYTES = 4 };
enum { QOS_AGGREGATE = 0x80, FRAGMENT_NUMBER = 0x0f };
enum { PRESENT_TSFT = 0, PRESENT_FLAGS = 1, PRESENT_MORE = 31, FLAG_DATAPAD = 0x20 };
enum { RADIOTAP_LEAST = 8, PPI_LEAST = 8, PRISM_BYTES = 144, AVS_LEAST = 64 };
static const uint32_t AVS_MAGIC = 0x80211000;

/* What stands before the QoS control: three addresses, or four from one access point to another. */
static size_t addresses_length(const uint8_t *control)
{
	return HEADER_BYTES +
	       ((control[1] & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS) ? (size_t)ADDRESS_BYTES : 0);
}

static size_t header_length(const uint8_t *control)
{
	size_t length = addresses_length(control);

	if ((control[0] >> 4 & SUBTYPE_QOS) != 0)
		length += QOS_BYTES + ((control[1] & ORDER) != 0 ? (size_t)HT_CONTROL_BYTES : 0);
	return length;
}

/* padded: the header is filled up to a multiple of four */
static bool mac_decode(struct packet *packet, bool padded)
{
	struct bytes peek = packet->bytes;
	const uint8_t *control = bytes_take(&peek, 2);

	if (control == NULL)
		return packet_fail(packet, "802.11 header truncated");
	unsigned subtype = control[0] >> 4;
	if ((control[0] & 3) != 0 || (control[0] >> 2 & 3) != TYPE_DATA ||
		(subtype & SUBTYPE_NO_DATA) != 0)
		return packet_unread(packet, UNDECODED_WIRELESS, WIRELESS_NO_DATA, "no data");
	if ((control[1] & PROTECTED) != 0)
		return packet_unread(
			packet, UNDECODED_WIRELESS, WIRELESS_ENCRYPTED, "encrypted (IEEE 802.11)");
	size_t length = header_length(control);
	const uint8_t *header = packet_take(packet, length);
	if (header == NULL || (padded && packet_take(packet, -length & 3) == NULL))
		return packet_fail(packet, "802.11 header truncated");
	if ((header[22] & FRAGMENT_NUMBER) != 0)
		return packet_unread(packet, UNDECODED_FRAGMENT, 0, "second fragment");
	if ((subtype & SUBTYPE_QOS) != 0 &&
		(header[addresses_length(control)] & QOS_AGGREGATE) != 0)
		return packet_unread(packet, UNDECODED_WIRELESS, WIRELESS_AGGREGATE,
			"several packets in one frame (A-MSDU)");
	/* the receiver: address 1, or 3 on the way to an access point */
	packet->out->group = (header[(control[1] & TO_DS) != 0 ? 16 : 4] & 1) != 0;
	return llc_decode(packet);
}

/* Are the flags, the second field, there, and do they say so? */
static bool is_padded(const uint8_t *header, size_t length)
{
	uint32_t present = le32_at(header + 4);
	size_t at = RADIOTAP_LEAST;

	if ((present >> PRESENT_FLAGS & 1) == 0)
		return false;
	for (uint32_t more = present; (more >> PRESENT_MORE) != 0; at += 4) {
		if (at + 4 > length)
			return false;
		more = le32_at(header + at);
	}
	if ((present >> PRESENT_TSFT & 1) != 0)
		at = ((at + 7) & ~(size_t)7) + 8;
	return at < length && (header[at] & FLAG_DATAPAD) != 0;
}

static bool radiotap_decode(struct packet *packet)
{
	struct bytes peek = packet->bytes;
	/* version, 0, length, fields present */
	const uint8_t *header = bytes_take(&peek, RADIOTAP_LEAST);
	size_t length = header != NULL ? le16_at(header + 2) : 0;

	if (length < RADIOTAP_LEAST || (header = packet_take(packet, length)) == NULL)
		return packet_fail(packet, "radiotap header truncated");
	return mac_decode(packet, is_padded(header, length));
}

static bool ppi_decode(struct packet *packet)
{
	struct bytes peek = packet->bytes;
	/* version, flags, length, link type */
	const uint8_t *header = bytes_take(&peek, PPI_LEAST);
	size_t length = header != NULL ? le16_at(header + 2) : 0;

	if (length < PPI_LEAST || (header = packet_take(packet, length)) == NULL)
		return packet_fail(packet, "PPI header truncated");
	uint32_t linktype = le32_at(header + 4);
	if (++packet->tunnels > FRAMES_MAX)
		return packet_fail(packet, "tunnels in tunnels");
	return linktype == LINK_PPI || linktype > INT32_MAX
		       ? packet_fail(packet, "not a PPI packet")
		       : link_decode(packet, (int)linktype);
}

/* AVS's has its length in it, and may stand where Prism's is announced. */
static bool prism_decode(struct packet *packet)
{
	struct bytes peek = packet->bytes;
	const uint8_t *header = bytes_take(&peek, 8);
	size_t length = PRISM_BYTES;

	if (header != NULL && (be32_at(header) & 0xfffff000) == AVS_MAGIC)
		length = be32_at(header + 4);
	if (header == NULL || length < AVS_LEAST || packet_take(packet, length) == NULL)
		return packet_fail(packet, "Prism header truncated");
	return mac_decode(packet, false);
}

bool wireless_known(int linktype)
{
	return linktype == LINK_IEEE802_11 || linktype == LINK_RADIOTAP || linktype == LINK_PPI ||
	       linktype == LINK_PRISM || linktype == LINK_AVS;
}

bool wireless_decode(struct packet *packet, int linktype)
{
	switch (linktype) {
	case LINK_RADIOTAP:
		return radiotap_decode(packet);
	case LINK_PPI:
		return ppi_decode(packet);
	case LINK_PRISM:
	case LINK_AVS:
		return prism_decode(packet);
	}
	return mac_decode(packet, false);
}
