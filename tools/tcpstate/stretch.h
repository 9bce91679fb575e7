/* For how long the threads of a process have been in the same, look after look. */
#ifndef TCPSTATE_STRETCH_H
#define TCPSTATE_STRETCH_H

#include "activity.h"
#include "tcpstate/source.h"

struct stretch {
	struct doing doing;        /* with how many looks met it */
	int64_t since_ns, last_ns; /* its first and its last such look; 0: none yet */
	int64_t told_ns;           /* for so long; 0: not yet */
	uint32_t misses;           /* looks since then that met something else */
};

/* What every thread of the process is in; *first: its first thread. trouble: sockets on which
 * something lies, of which those that the process holds are asked for. */
struct doing stretch_look(pid_t pid, int threads, struct activity *first,
	const struct owners *owners, const uint32_t *trouble, size_t count);
/* One look more. An EVENT_DOING when the same has been met for a while, when it goes on, and at its
 * end. true: look again soon. */
bool stretch_take(struct stretch *stretch, const struct doing *doing, int64_t t_ns,
	const struct owner *owner, event_emit *emit, void *context);
/* It has ended: what was not told of it is. */
void stretch_end(
	struct stretch *stretch, const struct owner *owner, event_emit *emit, void *context);

#endif
