/* A packet of a written capture while it grows: its bytes, an IP header around another. */
#ifndef TESTS_GOLDEN_CAPTURE_PACKET_H
#define TESTS_GOLDEN_CAPTURE_PACKET_H

#include <stddef.h>
#include <stdint.h>

enum { IP_HEADER = 20, IP6_HEADER = 40, PACKET = 70000 };

struct end {
	uint8_t addr[16];
	uint16_t port;
	int family;
};
struct packet {
	uint8_t byte[PACKET];
	size_t length;
};
/* of the next IPv4 header: don't fragment */
extern unsigned packet_ip_id, packet_ip_fragment;

void packet_put(struct packet *packet, const void *bytes, size_t length);
void packet_put8(struct packet *packet, unsigned value);
void packet_put16(struct packet *packet, unsigned value); /* big-endian, as the next */
void packet_put32(struct packet *packet, uint32_t value);
/* the Internet checksum: what it adds up, and its complement at that place */
uint32_t packet_sum(uint32_t so_far, const uint8_t *bytes, size_t length);
void packet_set_checksum(struct packet *packet, size_t at, uint32_t value);
/* IP header and payload; checksum_at: where in the payload its checksum belongs, which covers the
 * pseudo-header (but for ICMP). */
void packet_put_ip(struct packet *packet, const struct end *from, const struct end *to,
	uint8_t protocol, unsigned ttl, const struct packet *payload, size_t checksum_at);

#endif
