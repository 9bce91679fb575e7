/* Edges in short, of which the natural moments of a recording are made. Private to src/report/. */
#ifndef TCPSTATE_MODEL_MOVES_H
#define TCPSTATE_MODEL_MOVES_H

#include "model_build.h"

enum { MOVE_OTHER, MOVE_LISTENS, MOVE_OPENS, MOVE_CLOSES };
enum { MOVE_ROLE_UNKNOWN = 2 }; /* 0: of the client, 1: of the server */

/* Is an end in this state a socket that a table shows? */
static inline bool move_is_shown(uint8_t state)
{
	return state != STATE_UNKNOWN && state != STATE_CLOSED && state != STATE_LISTEN &&
	       state < STATE_MAX;
}

struct move { /* an edge of an end, in short */
	int64_t t_ns;
	uint16_t port_be; /* the end's own */
	uint8_t from, to;
	uint8_t what, role;
	bool local;
};
/* The edges of a connection that is folded; its steps are in order, by role. */
void moves_take(struct model *model, const struct connection *connection, const struct told *told,
	size_t count);
void moves_forget(struct model_build *build);
/* The edges of one run, those of connections that were folded too, in order of time; to be freed.
 * NULL: out of memory. After the timelines. */
struct move *moves_of_run(const struct model *model, uint16_t run, size_t *count);
/* The ends of folded connections by side (0 server, 1 client) and state, at that time. After
 * moves_of_run(). */
void moves_count(
	const struct model *model, uint16_t run, int64_t t_ns, size_t counts[2][STATE_MAX]);

#endif
