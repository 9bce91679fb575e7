/* A TCP peer's wire: segments and ICMP errors written to and read from a tun device, one packet at
 * a time. No protocol logic. */
#ifndef TESTS_NETNS_PEER_WIRE_H
#define TESTS_NETNS_PEER_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_PSH = 8, FLAG_ACK = 16 };
enum { COOKIE_MAX = 16, QUOTE_MAX = 128, DATA_MAX = 1400 };

struct segment {
	uint16_t peer_port, kernel_port, window;
	uint8_t flags;
	uint32_t seq, ack;
	size_t length;           /* bytes of payload */
	bool has_ts, has_cookie; /* has_cookie with cookie_length 0: asks for one */
	uint32_t ts_val, ts_ecr;
	uint8_t cookie[COOKIE_MAX], cookie_length;
	/* of a segment read: its first bytes, for an ICMP error about it */
	uint8_t quote[QUOTE_MAX];
	size_t quote_length, quote_header; /* quote_header: bytes before the TCP header */
};

/* IPv4 addresses in the first four bytes */
struct wire {
	int fd;
	bool v6;
	struct in6_addr kernel, peer;
};

/* Attaches to the tun device `name`, which must exist and have its addresses, and brings it up.
 * false with errno. */
bool wire_open(struct wire *wire, const char *name, const char *kernel, const char *peer);
bool wire_send(const struct wire *wire, const struct segment *segment);
/* 1: *out is the kernel's next segment to the peer; 0: none within timeout_ms; other packets are
 * passed over. */
int wire_receive(const struct wire *wire, int timeout_ms, struct segment *out);
/* An ICMP (ICMPv6) error from the peer's address about that segment of the kernel's. mtu: of
 * "fragmentation needed", else 0. */
bool wire_icmp(const struct wire *wire, uint8_t type, uint8_t code, uint32_t mtu,
	const struct segment *about, int32_t seq_offset);

#endif
