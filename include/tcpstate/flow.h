/* Who talks to whom: the two ends of a connection or datagram flow. */
#ifndef TCPSTATE_FLOW_H
#define TCPSTATE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>

/* Addresses in network byte order; IPv4 in the first 4 bytes, the rest zero. IPv4-mapped IPv6 is
 * stored as IPv4 (AF_INET). Which end is [0] depends on the holder: a segment has its source, a
 * socket row its local end, the flow table the smaller. */
struct flow_key {
	uint8_t addr[2][16];
	uint16_t port_be[2];
	uint8_t family;   /* AF_INET, AF_INET6; 0: none */
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP, ... */
	/* scope: 0, or the low 16 bits of the interface index for link-local addresses */
	uint16_t zone;
};

/* Turn the v4-mapped addresses of an AF_INET6 key into AF_INET when both ends allow it (a wildcard
 * end counts). True if it did. */
bool flow_key_unmap(struct flow_key *key);
/* The same key with its ends swapped. */
struct flow_key flow_key_swap(const struct flow_key *key);
/* Put the smaller end first; returns 1 when it swapped (so that "our" end is now [1]), else 0. */
int flow_key_canonical(struct flow_key *key);
/* What it would return, of a key that stays as it is. */
static inline int flow_key_order(const struct flow_key *key)
{
	uint32_t four[2];
	int order;

	if (key->family == AF_INET) { /* as memcmp() has it */
		memcpy(&four[0], key->addr[0], sizeof(four[0]));
		memcpy(&four[1], key->addr[1], sizeof(four[1]));
		if (four[0] != four[1])
			return ntohl(four[0]) > ntohl(four[1]);
	} else if ((order = memcmp(key->addr[0], key->addr[1], sizeof(key->addr[0]))) != 0) {
		return order > 0;
	}
	return ntohs(key->port_be[0]) > ntohs(key->port_be[1]);
}
/* Is one end link-local (fe80::/10), so that the zone belongs to the flow? */
bool flow_key_link_local(const struct flow_key *key);
/* Is that end's address a group's: multicast, or IPv4's broadcast? */
bool flow_key_is_group(const struct flow_key *key, int end);
bool flow_key_equal(const struct flow_key *a, const struct flow_key *b);

/* "[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535" fits */
enum { FLOW_END_TEXT = 64 };
/* "192.0.2.1:80", "[::1]:80", "*:*" when the port is 0 and the address the wildcard. buffer of
 * FLOW_END_TEXT bytes; returns it. */
char *flow_end_text(const struct flow_key *key, int end, char *buffer);

#endif
