/* One captured packet, decoded by value. Source: RFC 791, 8200, 9293, 792, 4443, 768; link types as
 * in pcap/dlt.h. */
#ifndef TCPSTATE_SEGMENT_H
#define TCPSTATE_SEGMENT_H

#include "tcpstate/flow.h"
#include "tcpstate/speech.h"

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80
};

enum segment_kind {
	SEGMENT_NONE,
	SEGMENT_TCP,
	SEGMENT_UDP,
	SEGMENT_ICMP /* an error quoting the TCP or UDP packet of `key` */,
	SEGMENT_FRAGMENT /* a later fragment of a UDP datagram: ports 0, fragment_id tells whose */
};

/* from the SLL/SLL2 packet type, else unknown */
enum packet_direction { DIRECTION_UNKNOWN, DIRECTION_IN, DIRECTION_OUT };

/* What a packet had come in, innermost first read; the connection told is the one inside. */
enum tunnel {
	TUNNEL_NONE,
	TUNNEL_IP, /* IP in IP, of either version */
	TUNNEL_GRE,
	TUNNEL_ERSPAN, /* a mirror port's copies */
	TUNNEL_VXLAN,
	TUNNEL_GENEVE,
	TUNNEL_GTP_U,
	TUNNEL_MAX
};
const char *tunnel_name(unsigned tunnel); /* "VXLAN"; "" out of range */

/* Why a packet is not decoded: what its number names. */
enum undecoded {
	UNDECODED_DAMAGED, /* cut off, or lengths that cannot be: no number */
	UNDECODED_ETHERTYPE,
	UNDECODED_LLC,      /* IEEE 802.3 without an Ethernet type: spanning tree and its kin */
	UNDECODED_PROTOCOL, /* of IP */
	UNDECODED_FRAGMENT, /* a later one of TCP or ICMP */
	UNDECODED_WIRELESS, /* IEEE 802.11: enum undecoded_wireless */
	UNDECODED_OTHER
};

enum undecoded_wireless { WIRELESS_NO_DATA, WIRELESS_ENCRYPTED, WIRELESS_AGGREGATE };

struct segment {
	/* [0] = source, [1] = destination; for an ICMP error those of the QUOTED packet */
	struct flow_key key;
	uint8_t kind, flags, direction;
	/* icmp_family: AF_INET or AF_INET6 numbering of type and code */
	uint8_t icmp_type, icmp_code, icmp_family;
	uint32_t seq, ack; /* host byte order; of an ICMP error: the quoted seq, ack 0 */
	/* payload bytes by the IP length (not the captured length); SYN and FIN not counted */
	uint32_t len;
	uint16_t window; /* as on the wire, not scaled */
	int8_t wscale;   /* window scale option of a SYN; -1: option absent */
	bool has_ts;
	/* the capture lacks bytes of the TCP header or its options; flags 0 then: not captured */
	bool truncated;
	bool fragment; /* not the whole datagram */
	/* an IPv4 header checksum that is neither right nor 0 (offloaded) */
	bool bad_checksum;
	/* it had been captured before, on another interface or by a mirror (copies.h) */
	bool copy;
	bool fast_open; /* TCP Fast Open option present (RFC 7413) */
	uint32_t ts_val, ts_ecr;
	uint16_t mss;       /* of a SYN; 0: option absent */
	uint32_t interface; /* SLL2 interface index, else 0 */
	/* IPv4 identification, else 0: with seq tells one routed packet seen twice from a
	 * retransmission */
	uint16_t ip_id;
	uint8_t hop_limit; /* IPv4 TTL or IPv6 hop limit */
	bool group;        /* the link layer says broadcast or multicast */
	bool more_fragments;
	/* of a fragment: which datagram's; where its bytes belong behind the IP header */
	uint32_t fragment_id, fragment_offset;
	/* UDP: payload of the whole datagram, by its own header; of an ICMP error: of the quoted
	 * one */
	uint32_t datagram_len;
	/* UDP: as on the wire; of an ICMP error: of the quoted datagram */
	uint16_t checksum;
	/* of an ICMP error: the IPv4 identification of the quoted packet */
	uint16_t quoted_id;
	/* fragmentation needed, packet too big: what would pass; 0 unknown */
	uint32_t icmp_mtu;
	/* enum tunnel; its network: VNI, GRE key, ERSPAN session, TEID; 0 none */
	uint8_t tunnel;
	/* where segment_decode() returned false: enum undecoded, ethertype or protocol */
	uint8_t undecoded;
	uint16_t undecoded_number;
	uint32_t tunnel_id;
	uint8_t icmp_from[16]; /* who sent the error: as in key.addr, of icmp_family */
	struct speech speech;  /* of a TCP segment with data: how they begin */
};

/* Decode `captured` bytes of a packet that had `length` on the wire, of a pcap link type (DLT_*).
 * Never reads outside data[0..captured). Returns true when *out is a TCP segment, a UDP datagram, a
 * later fragment of one or an ICMP(v6) error quoting TCP or UDP; false for anything else, with *why
 * (if not NULL) naming the reason in a static string ("not IP", "IPv4 header truncated", "second
 * fragment", ...). */
bool segment_decode(int linktype, const uint8_t *data, size_t captured, size_t length,
	struct segment *out, const char **why);
/* What was captured of the payload of a TCP segment or UDP datagram: its length, 0 for none;
 * *payload is inside data. */
size_t segment_payload(
	int linktype, const uint8_t *data, size_t captured, size_t length, const uint8_t **payload);
/* True for the link types segment_decode() reads. */
bool segment_linktype_known(int linktype);
/* Sequence space the segment takes: len + SYN + FIN. */
uint32_t segment_space(const struct segment *segment);
/* "S", "SA", "FA", "R"... in tcpdump's letters, '.' for ACK: "S", "S.", "F.", "R.", "P.", ".".
 * buffer of 9 bytes; returns it. */
char *segment_flags_text(uint8_t flags, char *buffer);

#endif
