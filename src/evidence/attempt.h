/* A SYN, and the SYN-ACK that answers it, of a capture that is reported: of a scan or a flood there
 * are millions, and that is all there ever is of them. Both are one record in a table of its own,
 * which becomes a connection as soon as anything else comes for it. */
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
	uint16_t zone, gaps;
	int64_t t_ns;
	uint32_t serial, frame;
	uint32_t answer_ns, answer_frames; /* how much later the SYN-ACK came; 0: it has not */
	/* of the SYN, of the SYN-ACK */
	uint32_t seq[2], ts_val[2];
	uint16_t window[2];
	uint8_t flags[2]; /* of TCP */
	int8_t wscale[2];
	uint8_t hop_limit[2];
	uint16_t device, forgotten;
	bool side : 1; /* who sent the SYN */
	bool has_ts : 1, answer_has_ts : 1;
	bool told : 1; /* its segments have been told */
	bool used : 1;
};
_Static_assert(sizeof(struct attempt) == 72, "attempt");

static inline struct attempt *attempt_at(const struct core *core, uint32_t place)
{
	return arena_item(
		&core->attempts, place & ~ATTEMPT_BIT, FLOWS_A_BLOCK, sizeof(struct attempt));
}
void attempts_begin(struct core *core);
/* A packet of no known connection: it has become an attempt. False: it is to become a connection at
 * once. Which of both follows from the events alone: connections have the same numbers each time a
 * capture is read. */
bool attempt_begins(const struct packet *packet, const struct event *event, uint64_t hash);
/* A packet of that attempt's connection: it is the answer, and was kept. */
bool attempt_is_answered(const struct packet *packet, const struct event *event, uint32_t place);
/* Something else has come for it: the connection that it is now; UINT32_MAX: no memory. */
uint32_t attempt_grows(struct core *core, uint32_t place, uint64_t hash);
/* All become connections. Whose end is here has just become known: an answer means more from now
 * on, and of those that came before it is not to be told. */
void attempts_grow(struct core *core);
/* At the end: it is told, by its likeness where that suffices. */
void attempt_settle(struct core *core, uint32_t place);

#endif
