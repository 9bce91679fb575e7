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

/* ---- the table (live.c) ---- */
enum { LIVE_FIRST_ROOM = 256 }; /* of a table when it is first needed */
/* Listeners that share a port differ by their cookie alone; NULL: it is not there. */
struct live_socket *live_find(const struct live *live, const struct flow_key *key, uint64_t cookie);
/* NULL: out of memory. Pointers into the table are no longer valid. */
struct live_socket *live_add(struct live *live, const struct flow_key *key, uint64_t cookie);
/* Another may have moved to its place then. */
void live_take_out(struct live *live, struct live_socket *socket);

/* ---- who holds what (live_owners.c) ---- */
/* One more holds the socket of this inode, or is another program now. */
void live_owner_keep(struct live *live, const struct owner *owner);
void live_owner_drop(struct live *live, const struct owner *owner);        /* it holds it no more */
void live_owner_find(const struct live *live, struct live_socket *socket); /* into its row */

/* ---- rings (live_rings.c) ---- */
void live_line_keep(struct live *live, const struct record *record);
/* The line of a transition that is confirmed or withdrawn now; NULL: it is no longer kept. */
struct live_line *live_line_of(struct live *live, uint64_t id);
void live_segment_keep(struct live *live, const struct record *record);
void live_point_keep(struct live *live, const struct sockrow *row, int64_t t_ns);
bool live_closed_by_then(const struct live *live, const struct flow_key *key, int64_t t_ns);

#endif
