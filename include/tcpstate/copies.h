/* One packet captured more than once: routed or bridged it passes several interfaces, and a mirror
 * port sees it come and go. That is no retransmission: those are packets of their own. Decided here
 * for all kinds of packet, before anybody else looks at them. */
#ifndef TCPSTATE_COPIES_H
#define TCPSTATE_COPIES_H

#include "tcpstate/event.h"

struct copies;
struct copies *copies_new(void); /* NULL: out of memory */
void copies_free(struct copies *copies);
/* Set segment->copy of a SEGMENT event, in the order of capture. One with the same header (apart
 * from hop limit and IP checksum) is a copy
 * - on another interface, with another hop limit or direction: within a second, which a relay may
 *   need;
 * - with nothing to tell them apart, and `mirrored` (whose interfaces these are nobody knows, so
 *   that a mirror port is likelier than a sender who repeats himself): with the same IPv4
 *   identification within 20 ms, or TCP within 1 ms while nothing came that could have asked for
 *   it.
 * A firewall may choose other sequence numbers (its handshakes come twice, with one
 * identification): such a connection is told in the numbers that its ends agree on, the others are
 * translated into them, and then their packets are copies like any. ahead: the `count` events that
 * follow in the same capture, as far as they were read. */
void copies_look(struct copies *copies, struct event *event, bool mirrored,
	const struct event *ahead, size_t count);
uint64_t copies_count(const struct copies *copies);
/* Segments whose sequence numbers were translated. */
uint64_t copies_renumbered(const struct copies *copies);

#endif
