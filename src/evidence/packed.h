/* A connection that has settled: for a minute it waits for late segments, which hardly ever come.
 * It waits as the differences from what such a connection usually looks like, and becomes the same
 * again, to the bit, as soon as anything comes for it. */
#ifndef TCPSTATE_EVIDENCE_PACKED_H
#define TCPSTATE_EVIDENCE_PACKED_H

#include <string.h>

#include "engine.h"

/* This bit of a place in the table of connections says that it is one in that of the packed. */
#define PACKED_BIT (UINT32_C(1) << 30)
enum { FLOW_WORDS = sizeof(struct flow) / 4, PACKED_HEAD = 4, PACKED_ROOM = 24 };

struct packed {
	uint32_t addr[2]; /* from here to flags: as in a flow */
	uint16_t port_be[2];
	uint16_t zone, flags; /* FLOW_USED: nothing has come for it */
	uint64_t differs;     /* bit per word of the flow: the next of rest[] belongs to it */
	int32_t gone;         /* the tick */
	uint32_t next;        /* index + 1: who will be gone after it; 0 none */
	uint32_t rest[PACKED_ROOM];
};
_Static_assert(sizeof(struct packed) == 128, "packed");
_Static_assert(offsetof(struct flow, serial) == PACKED_HEAD * sizeof(uint32_t), "head of a flow");
_Static_assert(
	offsetof(struct packed, differs) == offsetof(struct flow, serial), "and of it packed");

static inline bool packed_is(uint32_t place)
{
	return place != UINT32_MAX && (place & PACKED_BIT) != 0;
}
static inline struct packed *packed_at(const struct core *core, uint32_t place)
{
	return arena_item(&core->packed, place & ~PACKED_BIT, FLOWS_A_BLOCK, sizeof(struct packed));
}
/* Its addresses, ports, zone and flags, as a flow has them; the rest is zero. */
static inline struct flow packed_head(const struct packed *packed)
{
	struct flow head = {0};

	memcpy(&head, packed, offsetof(struct flow, serial));
	return head;
}
void packed_begin(struct core *core);
/* That settled connection is packed from now on, unless it is an odd one. */
void flow_pack(struct core *core, uint32_t index);
/* Something has come for it: the connection that it is again; UINT32_MAX: no memory, and it is
 * gone. */
uint32_t packed_grows(struct core *core, uint32_t place, uint64_t hash);
/* The oldest few are dropped if their time has come. */
void packed_sweep(struct core *core);

#endif
