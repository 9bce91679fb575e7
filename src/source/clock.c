/* The one clock of the sources: packets, answers and facts are stamped alike, and what is due is
 * waited for by it. It starts as the wall clock and goes on by CLOCK_MONOTONIC: somebody who sets
 * the wall clock back by an hour neither stops a deadline nor reorders a recording. */
#include "tcpstate/source.h"

#include <time.h>

enum { TRIES = 50, CLOSE_NS = 500 };

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Between two readings of the other clock, so that a pause in the middle is seen and it is read
 * again. */
static int64_t wall_offset(void)
{
	int64_t best = 0, least = INT64_MAX;

	for (int tries = 0; tries < TRIES && least > CLOSE_NS; tries++) {
		int64_t before = read_clock(CLOCK_MONOTONIC), wall = read_clock(CLOCK_REALTIME),
			after = read_clock(CLOCK_MONOTONIC);

		if (after - before >= least)
			continue;
		least = after - before;
		best = wall - (before + least / 2);
	}
	return best;
}

static int64_t first_offset(void)
{
	static bool known;
	static int64_t offset;

	if (!known)
		offset = wall_offset();
	known = true;
	return offset;
}

int64_t now_ns(void)
{
	int64_t offset = first_offset();

	return read_clock(CLOCK_MONOTONIC) + offset;
}

int64_t clock_ahead_ns(void)
{
	int64_t offset = first_offset();

	return wall_offset() - offset;
}
