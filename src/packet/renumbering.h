/* A connection captured before and after a firewall that chooses other sequence numbers. Private to
 * src/packet/. */
#ifndef TCPSTATE_PACKET_RENUMBERING_H
#define TCPSTATE_PACKET_RENUMBERING_H

#include "tcpstate/event.h"

struct renumbering;
struct renumbering *renumbering_new(void); /* NULL: out of memory */
void renumbering_free(struct renumbering *renumbering);
/* Is there a connection with other numbers, so that more than SYNs have to be looked at? */
bool renumbering_active(const struct renumbering *renumbering);
uint64_t renumbering_count(const struct renumbering *renumbering); /* segments translated */
/* Learn from a SYN or SYN-ACK and its twin among the events that follow; translate a TCP segment.
 * there, back: hashes of its flow as seen from its sender, from the other end. */
void renumbering_look(struct renumbering *renumbering, struct event *event, uint64_t there,
	uint64_t back, const struct event *ahead, size_t count);

#endif
