/* Processes that hold sockets and are stopped: by SIGSTOP, job control or a debugger. Nothing that
 * they are sent is read meanwhile. */
#ifndef TCPSTATE_STOPPED_H
#define TCPSTATE_STOPPED_H

#include "process.h"
#include "tcpstate/source.h"

struct stopped;
struct stopped *stopped_new(void); /* NULL: out of memory */
void stopped_free(struct stopped *stopped);
/* The processes of /proc now, sorted by pid. An EVENT_STOPPED for each holder of a socket that has
 * not run between two looks at least, asked_ns: since when; told again as it goes on, and at its
 * end. */
void stopped_look(struct stopped *stopped, const struct process *list, size_t count,
	const struct owners *owners, int64_t now, event_emit *emit, void *context);
/* When to look again; INT64_MAX: none that is stopped holds a socket. */
int64_t stopped_due(const struct stopped *stopped);
/* How often there were more than are kept. */
uint64_t stopped_passed(const struct stopped *stopped);

#endif
