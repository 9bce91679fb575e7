/* Events of one source that were read and wait for their turn. Private to src/source/. */
#ifndef TCPSTATE_LANE_H
#define TCPSTATE_LANE_H

#include "tcpstate/event.h"

struct lane {
	struct event *event; /* copies that own their texts */
	size_t first, count, capacity;
	/* a source's own order stands, also where its times step back: the latest time so far */
	int64_t reached_ns;
	int taken;   /* records read in this round */
	bool live;   /* holds nobody back: what it has now was read */
	bool ended;  /* nothing more will be read */
	bool failed; /* out of memory */
};

void lane_begin(struct lane *lane, bool ended, bool live);
void lane_free(struct lane *lane);
/* Queue a copy; fits event_emit. */
void lane_take(void *lane, const struct event *event);
/* Where the next one goes, to be made there and then taken: it need not be copied. NULL: out of
 * memory. */
struct event *lane_place(struct lane *lane);
/* A segment was made in that place. */
static inline void lane_made(struct lane *lane)
{
	lane->count++;
}
/* What waits moves to the front, so that there is room behind it. */
void lane_gather(struct lane *lane);
/* The first event, NULL: there is none. */
static inline struct event *lane_head(const struct lane *lane)
{
	return lane->first < lane->count ? &lane->event[lane->first] : NULL;
}
/* When the first event is due; there must be one. */
static inline int64_t lane_time(struct lane *lane)
{
	if (lane->event[lane->first].t_ns > lane->reached_ns)
		lane->reached_ns = lane->event[lane->first].t_ns;
	return lane->reached_ns;
}
/* Done with the first event. */
void lane_advance(struct lane *lane);

#endif
