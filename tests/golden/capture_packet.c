/* See capture_packet.h. */
#include "capture_packet.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

void packet_put(struct packet *packet, const void *bytes, size_t length)
{
	memcpy(packet->byte + packet->length, bytes, length);
	packet->length += length;
}

void packet_put8(struct packet *packet, unsigned value)
{
	packet->byte[packet->length++] = (uint8_t)value;
}

void packet_put16(struct packet *packet, unsigned value)
{
	packet_put8(packet, value >> 8 & 0xff);
	packet_put8(packet, value & 0xff);
}

void packet_put32(struct packet *packet, uint32_t value)
{
	packet_put16(packet, value >> 16);
	packet_put16(packet, value & 0xffff);
}

uint32_t packet_sum(uint32_t so_far, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		so_far += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	return so_far;
}

void packet_set_checksum(struct packet *packet, size_t at, uint32_t value)
{
	while (value >> 16 != 0)
		value = (value & 0xffff) + (value >> 16);
	value = ~value & 0xffff;
	packet->byte[at] = (uint8_t)(value >> 8);
	packet->byte[at + 1] = (uint8_t)value;
}

unsigned packet_ip_id = 1, packet_ip_fragment = 0x4000;

void packet_put_ip(struct packet *packet, const struct end *from, const struct end *to,
	uint8_t protocol, unsigned ttl, const struct packet *payload, size_t checksum_at)
{
	size_t begin = packet->length, size = from->family == AF_INET ? 4 : 16;
	uint32_t pseudo = protocol == IPPROTO_ICMP ? 0 : (uint32_t)payload->length + protocol;

	if (from->family == AF_INET) {
		packet_put16(packet, 0x4500);
		packet_put16(packet, (unsigned)(IP_HEADER + payload->length));
		packet_put16(packet, packet_ip_id);
		packet_put16(packet, packet_ip_fragment);
		packet_put8(packet, ttl);
		packet_put8(packet, protocol);
		packet_put16(packet, 0);
	} else {
		packet_put32(packet, 0x60000000);
		packet_put16(packet, (unsigned)payload->length);
		packet_put8(packet, protocol);
		packet_put8(packet, ttl);
	}
	packet_put(packet, from->addr, size);
	packet_put(packet, to->addr, size);
	if (from->family == AF_INET)
		packet_set_checksum(
			packet, begin + 10, packet_sum(0, packet->byte + begin, IP_HEADER));
	size_t start = packet->length;
	packet_put(packet, payload->byte, payload->length);
	if (protocol != IPPROTO_ICMP)
		pseudo = packet_sum(packet_sum(pseudo, from->addr, size), to->addr, size);
	if ((packet_ip_fragment & 0x3fff) == 0)
		packet_set_checksum(packet, start + checksum_at,
			packet_sum(pseudo, payload->byte, payload->length));
}
