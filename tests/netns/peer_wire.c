/* See peer_wire.h. RFC 791, 8200, 9293, 792, 4443; RFC 7323 and 7413 for the two options. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "peer_wire.h"

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint32_t sum(const uint8_t *data, size_t length, uint32_t start)
{
	for (size_t i = 0; i < length; i++)
		start += i & 1 ? data[i] : (uint32_t)data[i] << 8;
	return start;
}

static uint16_t fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xffff) + (value >> 16);
	return (uint16_t)~value;
}

/* The IP header before `length` bytes of payload; returns its size. *pseudo: sum over the
 * pseudo-header. */
static size_t ip_header(
	const struct wire *wire, uint8_t *at, uint8_t protocol, size_t length, uint32_t *pseudo)
{
	static uint16_t id;
	size_t address = wire->v6 ? 16 : 4, header = wire->v6 ? 40 : 20;
	memset(at, 0, header);
	if (wire->v6) {
		at[0] = 0x60;
		put16(at + 4, (unsigned)length);
		at[6] = protocol;
		at[7] = 64;
		memcpy(at + 8, &wire->peer, 16);
		memcpy(at + 24, &wire->kernel, 16);
	} else {
		at[0] = 0x45;
		put16(at + 2, (unsigned)(header + length));
		put16(at + 4, ++id);
		at[8] = 64;
		at[9] = protocol;
		memcpy(at + 12, &wire->peer, 4);
		memcpy(at + 16, &wire->kernel, 4);
		put16(at + 10, fold(sum(at, header, 0)));
	}
	*pseudo = sum((const uint8_t *)&wire->kernel, address,
		sum((const uint8_t *)&wire->peer, address, protocol + (uint32_t)length));
	return header;
}

/* A new device drops packets until the kernel has noticed its carrier and the address is ready:
 * ping it until it answers. */
static bool wire_answers(const struct wire *wire)
{
	uint8_t echo[8] = {wire->v6 ? 128 : 8, [5] = 1}, packet[2048], reply = wire->v6 ? 129 : 0;
	size_t header, at = wire->v6 ? 40 : 20;
	uint32_t pseudo;
	for (int tries = 0; tries < 250; tries++) {
		header = ip_header(wire, packet, wire->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
			sizeof(echo), &pseudo);
		put16(echo + 2, 0);
		put16(echo + 2, fold(sum(echo, sizeof(echo), wire->v6 ? pseudo : 0)));
		memcpy(packet + header, echo, sizeof(echo));
		if (write(wire->fd, packet, header + sizeof(echo)) < 0)
			return false;
		poll(&(struct pollfd){.fd = wire->fd, .events = POLLIN}, 1, 20);
		for (ssize_t size; (size = read(wire->fd, packet, sizeof(packet))) > 0;)
			if ((size_t)size >= at + 8 &&
				packet[wire->v6 ? 6 : 9] ==
					(wire->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) &&
				packet[at] == reply)
				return true;
	}
	errno = ENETUNREACH;
	return false;
}

bool wire_open(struct wire *wire, const char *name, const char *kernel, const char *peer)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	memset(wire, 0, sizeof(*wire));
	wire->v6 = strchr(kernel, ':') != NULL;
	int family = wire->v6 ? AF_INET6 : AF_INET;
	errno = EINVAL;
	if (inet_pton(family, kernel, &wire->kernel) != 1 ||
		inet_pton(family, peer, &wire->peer) != 1)
		return false;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	wire->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (wire->fd < 0 || ioctl(wire->fd, TUNSETIFF, &request) < 0)
		return false;
	int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_flags = IFF_UP;
	bool up = control >= 0 && ioctl(control, SIOCSIFFLAGS, &request) == 0;
	close(control);
	return up && wire_answers(wire);
}

static size_t put_options(uint8_t *at, const struct segment *segment)
{
	size_t n = 0;
	if (segment->flags & FLAG_SYN) {
		memcpy(at, "\x02\x04\x05\xb4", 4); /* MSS 1460 */
		n = 4;
	}
	if (segment->has_ts) {
		memcpy(at + n, "\x01\x01\x08\x0a", 4);
		put32(at + n + 4, segment->ts_val);
		put32(at + n + 8, segment->ts_ecr);
		n += 12;
	}
	if (segment->has_cookie) {
		at[n] = 34;
		at[n + 1] = (uint8_t)(2 + segment->cookie_length);
		memcpy(at + n + 2, segment->cookie, segment->cookie_length);
		n += 2U + segment->cookie_length;
	}
	while (n % 4)
		at[n++] = 1;
	return n;
}

bool wire_send(const struct wire *wire, const struct segment *segment)
{
	uint8_t packet[40 + 60 + DATA_MAX], tcp[60 + DATA_MAX] = {0};
	uint32_t pseudo;
	size_t options = put_options(tcp + 20, segment), length = 20 + options + segment->length,
	       header;
	put16(tcp, segment->peer_port);
	put16(tcp + 2, segment->kernel_port);
	put32(tcp + 4, segment->seq);
	put32(tcp + 8, segment->ack);
	tcp[12] = (uint8_t)((20 + options) / 4 << 4);
	tcp[13] = segment->flags;
	put16(tcp + 14, segment->window);
	memset(tcp + 20 + options, 'x', segment->length);
	header = ip_header(wire, packet, IPPROTO_TCP, length, &pseudo);
	put16(tcp + 16, fold(sum(tcp, length, pseudo)));
	memcpy(packet + header, tcp, length);
	return write(wire->fd, packet, header + length) == (ssize_t)(header + length);
}

static bool parse_options(const uint8_t *at, size_t size, struct segment *out)
{
	for (size_t i = 0; i < size && at[i] != 0;) {
		if (at[i] == 1) {
			i++;
			continue;
		}
		if (i + 1 >= size || at[i + 1] < 2 || i + at[i + 1] > size)
			return false;
		if (at[i] == 8 && at[i + 1] == 10) {
			out->has_ts = true;
			out->ts_val = get32(at + i + 2);
			out->ts_ecr = get32(at + i + 6);
		} else if (at[i] == 34 && at[i + 1] <= 2 + COOKIE_MAX) {
			out->has_cookie = true;
			out->cookie_length = (uint8_t)(at[i + 1] - 2);
			memcpy(out->cookie, at + i + 2, out->cookie_length);
		}
		i += at[i + 1];
	}
	return true;
}

static bool parse(const struct wire *wire, const uint8_t *packet, size_t size, struct segment *out)
{
	size_t header = wire->v6 ? 40 : 20, address = wire->v6 ? 16 : 4;
	memset(out, 0, sizeof(*out));
	if (size < header + 20 || packet[0] >> 4 != (wire->v6 ? 6 : 4) ||
		(!wire->v6 && (packet[0] & 15) != 5) || packet[wire->v6 ? 6 : 9] != IPPROTO_TCP ||
		memcmp(packet + (wire->v6 ? 24 : 16), &wire->peer, address))
		return false;
	const uint8_t *tcp = packet + header;
	size_t offset = (size_t)(tcp[12] >> 4) * 4;
	if (offset < 20 || header + offset > size || !parse_options(tcp + 20, offset - 20, out))
		return false;
	out->kernel_port = get16(tcp);
	out->peer_port = get16(tcp + 2);
	out->seq = get32(tcp + 4);
	out->ack = get32(tcp + 8);
	out->flags = tcp[13] & 31;
	out->window = get16(tcp + 14);
	out->length = size - header - offset;
	out->quote_header = header;
	out->quote_length = size < QUOTE_MAX ? size : QUOTE_MAX;
	memcpy(out->quote, packet, out->quote_length);
	return true;
}

int wire_receive(const struct wire *wire, int timeout_ms, struct segment *out)
{
	struct timespec now, end;
	uint8_t packet[65536];
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += timeout_ms % 1000 * 1000000L;
	for (;;) {
		ssize_t size = read(wire->fd, packet, sizeof(packet));
		if (size > 0 && parse(wire, packet, (size_t)size, out))
			return 1;
		if (size > 0)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &now);
		int64_t left = (end.tv_sec - now.tv_sec) * INT64_C(1000) +
			       (end.tv_nsec - now.tv_nsec) / 1000000;
		if (left <= 0)
			return 0;
		poll(&(struct pollfd){.fd = wire->fd, .events = POLLIN}, 1, (int)left);
	}
}

bool wire_icmp(const struct wire *wire, uint8_t type, uint8_t code, uint32_t mtu,
	const struct segment *about, int32_t seq_offset)
{
	uint8_t packet[40 + 8 + QUOTE_MAX], icmp[8 + QUOTE_MAX] = {type, code};
	uint32_t pseudo;
	size_t length = 8 + about->quote_length, header;
	put32(icmp + 4, mtu);
	memcpy(icmp + 8, about->quote, about->quote_length);
	put32(icmp + 8 + about->quote_header + 4, about->seq + (uint32_t)seq_offset);
	header = ip_header(wire, packet, wire->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, length, &pseudo);
	put16(icmp + 2, fold(sum(icmp, length, wire->v6 ? pseudo : 0)));
	memcpy(packet + header, icmp, length);
	return write(wire->fd, packet, header + length) == (ssize_t)(header + length);
}
