/* A record of a capture file, as it is. */
#ifndef TCPSTATE_RAW_PACKET_H
#define TCPSTATE_RAW_PACKET_H

#include <stddef.h>
#include <stdint.h>

struct raw_packet {
	int64_t t_ns;
	uint64_t number;         /* in its file, from 1 */
	const uint8_t *data;     /* until the next is read */
	size_t captured, length; /* length: on the wire */
};

#endif
