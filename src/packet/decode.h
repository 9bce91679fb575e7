/* Between the layers of the packet decoder (segment.c, linklayer.c, ipdecode.c, tunnel.c,
 * transport.c, icmpquote.c): a packet while its headers are taken off, outermost first. Not for
 * anyone else. */
#ifndef TCPSTATE_DECODE_H
#define TCPSTATE_DECODE_H

#include "bytes.h"
#include "tcpstate/segment.h"

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };
enum { FRAMES_MAX = 4 }; /* frames in frames, of whatever kind */
/* As in pcap/dlt.h, for wireless.c and oldlinks.c; linklayer.c has the others. */
enum {
	LINK_TOKEN_RING = 6,
	LINK_SLIP = 8,
	LINK_FDDI = 10,
	LINK_ATM_RFC1483 = 11,
	LINK_IEEE802_11 = 105,
	LINK_FRAME_RELAY = 107,
	LINK_PRISM = 119,
	LINK_RADIOTAP = 127,
	LINK_AVS = 163,
	LINK_PPI = 192,
	LINK_IPOIB = 242
};

struct packet {
	struct bytes bytes; /* captured and not yet taken; never more than `wire` */
	/* how much of it there was on the wire, by the innermost length read so far */
	size_t wire;
	struct segment *out;
	const char *why; /* set by packet_fail() */
	/* inside an ICMP error: only the flow and the sequence number are of interest */
	bool quoted;
	uint8_t tunnels; /* that it was taken out of */
	uint8_t undecoded;
	uint16_t undecoded_number;
	struct bytes payload; /* of TCP or UDP, what was captured of it */
};

static inline bool packet_fail(struct packet *packet, const char *why)
{
	packet->why = why;
	return false;
}

/* What it is, is known, but not read. */
static inline bool packet_unread(
	struct packet *packet, enum undecoded undecoded, uint16_t number, const char *why)
{
	packet->undecoded = (uint8_t)undecoded;
	packet->undecoded_number = number;
	return packet_fail(packet, why);
}

/* Take a header of `count` bytes; NULL when it was not captured. */
static inline const uint8_t *packet_take(struct packet *packet, size_t count)
{
	const uint8_t *header = bytes_take(&packet->bytes, count);

	if (header != NULL)
		packet->wire -= count;
	return header;
}

/* A length field says that `wire` bytes are left: what is captured beyond is padding. */
static inline void packet_limit(struct packet *packet, size_t wire)
{
	packet->bytes = bytes_head(&packet->bytes, wire);
	packet->wire = wire;
}

/* The ordinary packet, all at once; false: take it layer by layer, *out means nothing. */
bool ordinary_decode(int linktype, const uint8_t *data, size_t captured, struct segment *out);
/* Layer by layer, whatever it is: as segment_decode(). */
bool layers_decode(int linktype, const uint8_t *data, size_t captured, size_t length,
	struct segment *out, const char **why);
/* What a packet type of Linux cooked captures says. */
void link_packet_type(unsigned packet_type, struct segment *out);

/* Each takes its header off, fills packet->out and hands on to the next layer; false with
 * packet->why set. */
bool link_known(int linktype);
bool link_decode(struct packet *packet, int linktype);
bool ethernet_decode(struct packet *packet);
bool llc_decode(struct packet *packet); /* IEEE 802.2: IP only behind a SNAP header */
bool wireless_known(int linktype);
bool wireless_decode(struct packet *packet, int linktype);
bool old_link_known(int linktype);
bool old_link_decode(struct packet *packet, int linktype);
bool raw_decode(struct packet *packet); /* IP of either version */
/* A tag between the addresses and the type of a frame, other than 802.1Q's: takes it off and gives
 * the type behind it. False: `type` is no such tag, or it was cut off (packet->why). */
bool tag_decode(struct packet *packet, uint16_t *type);
/* Does this datagram carry a tunnel (by its port and header)? Then it is taken off, and what is
 * inside decoded: *decoded. */
bool udp_tunnel_decode(struct packet *packet, bool *decoded);
/* Note the tunnel; false: too many in each other. */
bool tunnel_enter(struct packet *packet, enum tunnel tunnel, uint32_t id);
bool ethertype_decode(struct packet *packet, uint16_t type);
bool ppp_decode(struct packet *packet);
bool ip_decode(struct packet *packet, uint16_t ethertype);
/* IP or GRE in IP; else on to transport_decode() */
bool tunnel_decode(struct packet *packet, uint8_t protocol);
bool transport_decode(struct packet *packet, uint8_t protocol);
bool icmp_decode(struct packet *packet, uint8_t family);
/* the transport header inside an ICMP error */
bool quote_decode(struct packet *packet, uint8_t protocol);
void tcp_options_decode(struct bytes options, struct segment *out);

#endif
