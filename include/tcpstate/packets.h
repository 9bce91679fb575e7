/* What a capture held besides what was decoded, and what came in tunnels: so that nothing is absent
 * without a word. */
#ifndef TCPSTATE_PACKETS_H
#define TCPSTATE_PACKETS_H

#include "tcpstate/segment.h"

enum { UNDECODED_KINDS = 16, TUNNELS_TOLD = 8 };
struct packets_tally {
	struct {
		uint64_t count;
		uint16_t number;
		uint8_t kind; /* enum undecoded */
	} undecoded[UNDECODED_KINDS];
	struct {
		uint64_t count;
		uint32_t id;
		uint8_t tunnel; /* enum tunnel */
	} tunnel[TUNNELS_TOLD];
	size_t undecoded_count, tunnel_count;
	uint64_t undecoded_rest, tunnel_rest; /* of kinds beyond those kept */
};

/* Count a packet that segment_decode() gave, or did not. */
void packets_count(struct packets_tally *tally, const struct segment *segment, bool decoded);

#endif
