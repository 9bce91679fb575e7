/* The packet that most packets are: TCP in IPv4 without options or fragments, behind Ethernet,
 * Linux cooked or no link header, its headers captured whole. Taken apart in one go; everything
 * else, and everything odd, is left to the layers, which give the same for this one (a test
 * compares). */
#include <netinet/in.h>

#include "decode.h"

enum { LINK_BYTES_MAX = 20, IP_BYTES = 20, TCP_BYTES = 20 };
enum { LINK_EN10MB = 1, LINK_RAW = 12, LINK_RAW_FILE = 101, LINK_SLL = 113, LINK_SLL2 = 276 };

/* Bytes before the IP header, with what they tell; -1: not so ordinary. */
static int link_take(int linktype, const uint8_t *data, struct segment *out)
{
	switch (linktype) {
	case LINK_EN10MB:
		out->group = (data[0] & 1) != 0;
		return be16_at(data + 12) == ETHERTYPE_IPV4 ? 14 : -1;
	case LINK_SLL:
		if (be16_at(data + 14) != ETHERTYPE_IPV4)
			return -1;
		link_packet_type(be16_at(data), out);
		return 16;
	case LINK_SLL2:
		out->interface = be32_at(data + 4);
		link_packet_type(data[10], out);
		return be16_at(data) == ETHERTYPE_IPV4 ? 20 : -1;
	case LINK_RAW:
	case LINK_RAW_FILE:
		return 0;
	}
	return -1;
}

/* A sum of ones' complement does not depend on the order of bytes (RFC 1071, 2 B). */
static bool checksum_bad(const uint8_t *ip)
{
	uint32_t word[IP_BYTES / 4];
	uint64_t sum = 0;

	memcpy(word, ip, sizeof(word));
	for (int i = 0; i < IP_BYTES / 4; i++)
		sum += word[i];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum != 0xffff && (ip[10] | ip[11]) != 0; /* 0: offloaded */
}

static void options_take(const uint8_t *tcp, size_t header, struct segment *out)
{
	/* as almost always: two NOPs and the timestamps */
	if (header == TCP_BYTES + 12 && be32_at(tcp + TCP_BYTES) == 0x0101080a) {
		out->has_ts = true;
		out->ts_val = be32_at(tcp + TCP_BYTES + 4);
		out->ts_ecr = be32_at(tcp + TCP_BYTES + 8);
	} else if (header > TCP_BYTES) {
		tcp_options_decode(bytes_of(tcp + TCP_BYTES, header - TCP_BYTES), out);
	}
}

bool ordinary_decode(int linktype, const uint8_t *data, size_t captured, struct segment *out)
{
	if (captured < LINK_BYTES_MAX)
		return false;
	*out = (struct segment){.wscale = -1};
	int link = link_take(linktype, data, out);
	if (link < 0 || captured - (size_t)link < IP_BYTES + TCP_BYTES)
		return false;
	const uint8_t *ip = data + link, *tcp = ip + IP_BYTES;
	size_t total = be16_at(ip + 2), header = (size_t)(tcp[12] >> 4) * 4;
	/* version 4, no options; neither an offset nor more fragments; all of the headers captured
	 */
	if (ip[0] != 0x45 || (be16_at(ip + 6) & 0x3fff) != 0 || ip[9] != IPPROTO_TCP ||
		header < TCP_BYTES || total < IP_BYTES + header ||
		captured - (size_t)link < IP_BYTES + header)
		return false;
	out->key.family = AF_INET;
	out->key.protocol = IPPROTO_TCP;
	memcpy(out->key.addr[0], ip + 12, 4);
	memcpy(out->key.addr[1], ip + 16, 4);
	memcpy(out->key.port_be, tcp, 4);
	out->bad_checksum = checksum_bad(ip);
	out->ip_id = be16_at(ip + 4);
	out->hop_limit = ip[8];
	out->kind = SEGMENT_TCP;
	out->seq = be32_at(tcp + 4);
	out->ack = be32_at(tcp + 8);
	out->flags = tcp[13];
	out->window = be16_at(tcp + 14);
	out->len = (uint32_t)(total - IP_BYTES - header);
	options_take(tcp, header, out);
	if (out->len > 0)
		out->speech = speech_of(
			tcp + header, captured - (size_t)link - IP_BYTES - header, out->len);
	return true;
}
