/* What the files of the live model share. Private to src/report/live*.c. */
#ifndef TCPSTATE_REPORT_LIVE_H
#define TCPSTATE_REPORT_LIVE_H

#include "tcpstate/live.h"

enum { LIVE_CLOSED = 64, LIVE_LINES = 1024, LIVE_SEGMENTS = 4096, LIVE_POINTS = 16384 };

struct live_owner { /* all who hold a socket; the lowest pid first */
	uint32_t inode, pid;
	char program[32];
	uint32_t also_count;
	struct live_holder also[LIVE_ALSO];
};

struct live_closed { /* an end that was told to be gone, and when */
	struct flow_key key;
	int64_t t_ns;
};

struct live {
	/* open addressing, room a power of two; a free place has family 0 */
	struct live_socket *sockets;
	size_t count, room;
	struct live_owner *owners; /* likewise; inode 0 is free */
	size_t owner_count, owner_room;
	struct live_totals totals;
	int64_t edge_ns[STATE_MAX][STATE_MAX], entered_ns[STATE_MAX];
	struct live_line lines[LIVE_LINES];          /* number % LIVE_LINES */
	struct live_segment segments[LIVE_SEGMENTS]; /* rings: the n-th at n % size */
	uint64_t segment_count;
	struct live_closed closed[LIVE_CLOSED];
	uint64_t closed_count;
	struct live_point points[LIVE_POINTS];
	uint64_t point_count;
	uint64_t version; /* moves with whatever is shown otherwise */
	bool out_of_memory;
};

/* One more holds it, or is another program now; holds it no more (live_owners.c). */
void live_holder_add(struct live_owner *place, const struct owner *owner);
void live_holder_drop(struct live_owner *place, uint32_t pid);

#endif
