/* A SYN that nobody has answered, of a capture that is reported: of a scan or a flood there are
 * millions. It is a record of one cache line in a table of its own, and becomes a connection as
 * soon as anything else comes for it. */
#ifndef TCPSTATE_EVIDENCE_ATTEMPT_H
#define TCPSTATE_EVIDENCE_ATTEMPT_H

#include "sequence.h"

/* This bit of a place in the table of connections says that it is one in that of the attempts. */
#define ATTEMPT_BIT (UINT32_C(1) << 31)
static inline bool attempt_is(uint32_t place)
{
	return place != UINT32_MAX && (place & ATTEMPT_BIT) != 0;
}
struct attempt {
	uint32_t addr[2]; /* like these of a flow: IPv4, canonical */
	uint16_t port_be[2];
	uint16_t zone, gaps, forgotten;
	uint16_t window, device;
	uint8_t flags; /* of TCP */
	int8_t wscale;
	uint32_t serial, frame, seq, ts_val;
	int64_t t_ns;
	uint8_t side; /* who sent it */
	bool has_ts, used;
};
_Static_assert(sizeof(struct attempt) <= 64, "attempt");

static inline struct attempt *attempt_at(const struct core *core, uint32_t place)
{
	return arena_item(
		&core->attempts, place & ~ATTEMPT_BIT, FLOWS_A_BLOCK, sizeof(struct attempt));
}
void attempts_begin(struct core *core);
/* A packet of no known connection: it has become an attempt, and its record is told. False: it is
 * to become a connection at once. Which of both follows from the events alone: connections have the
 * same numbers each time a capture is read. */
bool attempt_begins(const struct packet *packet, const struct event *event, uint64_t hash);
/* Something else has come for it: the connection that it is now; UINT32_MAX: no memory. */
uint32_t attempt_grows(struct core *core, uint32_t place, uint64_t hash);
/* At the end: it is told, by its likeness where that suffices. */
void attempt_settle(struct core *core, uint32_t place);

#endif
