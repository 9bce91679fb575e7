/* What the processes that hold sockets are in, look after look: known without their calls, as far
 * as /proc may be read. Who is in a read of a socket waits for what only the other end can send. */
#ifndef TCPSTATE_WAITING_H
#define TCPSTATE_WAITING_H

#include "process.h"
#include "tcpstate/source.h"

struct waiting;
struct waiting *waiting_new(void); /* NULL: out of memory */
void waiting_free(struct waiting *waiting);
/* The processes of /proc now, and the pids that hold sockets of interest; both sorted by pid. */
struct holding {
	const struct process *list;
	size_t count;
	const pid_t *pids;
	size_t pid_count;
};
/* Which to look at from now on. */
void waiting_begin(struct waiting *waiting, const struct holding *holding,
	const struct owners *owners, event_emit *emit, void *context);
/* Look at them. An EVENT_DOING for each whose threads were in the same at several looks, and an
 * EVENT_WAITS for each that has not left its read between two looks at least; asked_ns: since when;
 * told again as it goes on, and at its end. trouble: inodes of sockets on which something lies. */
void waiting_look(struct waiting *waiting, const struct owners *owners, const uint32_t *trouble,
	size_t trouble_count, event_emit *emit, void *context);
/* When to do so; INT64_MAX: there are none. */
int64_t waiting_due(const struct waiting *waiting);

#endif
