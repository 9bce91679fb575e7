/* When the sweep looks at a flow again: what the table (flows.c) and the sweep (sweep.c) must both
 * know of it. Beside each flow is a tick, before which a look at it is in vain; what changes
 * something else of it says so by flow_look(). */
#ifndef TCPSTATE_EVIDENCE_SWEEP_H
#define TCPSTATE_EVIDENCE_SWEEP_H

#include "engine.h"

enum { TICK = 24 }; /* log2 of its ns: 17 ms; 31 bits of them are a year */
/* over, and silent for so long: late segments may still contradict it */
static const int64_t LINGER_NS = 3 * SECOND_NS;
/* TIME_WAIT, and what answers may still tell of */
static const int64_t LINGER_LONG_NS = 61 * SECOND_NS;
/* what is open, seen midway, and has nothing to say but keepalives: one in two hours
 * (net.ipv4.tcp_keepalive_time), and nine probes 75 s apart */
static const int64_t KEEPALIVE_NS = (7200 + 9 * 75) * SECOND_NS;

static inline int32_t tick_of(const struct core *core, int64_t t_ns)
{
	/* unsigned: what is far before the beginning may not overflow */
	int64_t ticks = (int64_t)((uint64_t)t_ns - (uint64_t)core->began_ns) >> TICK;

	return ticks < 0 ? 0 : ticks < INT32_MAX ? (int32_t)ticks : INT32_MAX;
}

static inline bool flow_is_unknown(const struct flow *flow)
{
	return flow->end[0].state == STATE_UNKNOWN && flow->end[1].state == STATE_UNKNOWN;
}

static inline bool flow_is_over(const struct flow *flow)
{
	for (int side = 0; side < 2; side++)
		if (!state_is_over(flow->end[side].state) && flow->end[side].state != STATE_UNKNOWN)
			return false;
	return true;
}

#endif
