/* Processes that are in a read of a socket, and have been for a while: what they wait for, only the
 * other end can send. Known without their calls, as far as /proc/PID/syscall may be read. */
#ifndef TCPSTATE_WAITING_H
#define TCPSTATE_WAITING_H

#include "process.h"
#include "tcpstate/source.h"

struct waiting;
struct waiting *waiting_new(void); /* NULL: out of memory */
void waiting_free(struct waiting *waiting);
/* The processes of /proc now, sorted by pid: which of them to look at from now on. */
void waiting_begin(struct waiting *waiting, const struct process *list, size_t count,
	const struct owners *owners, event_emit *emit, void *context);
/* Look at them. An EVENT_WAITS for each that has not left its read between two looks at least,
 * asked_ns: since when; told again as it goes on, and at its end. */
void waiting_look(
	struct waiting *waiting, const struct owners *owners, event_emit *emit, void *context);
/* When to do so; INT64_MAX: there are none. */
int64_t waiting_due(const struct waiting *waiting);

#endif
