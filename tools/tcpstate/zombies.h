/* Children that have ended and that nobody has waited for: zombies of the processes that hold
 * sockets. */
#ifndef TCPSTATE_ZOMBIES_H
#define TCPSTATE_ZOMBIES_H

#include "process.h"
#include "tcpstate/source.h"

struct zombies;
struct zombies *zombies_new(void); /* NULL: out of memory */
void zombies_free(struct zombies *zombies);
/* The processes of /proc now, sorted by pid. An EVENT_ZOMBIES for each holder of a socket that has
 * children who have been zombies for a second, and again when one has been it for twice as long as
 * when it was told: count, asked_ns: since when the oldest was seen to be one. */
void zombies_look(struct zombies *zombies, const struct process *list, size_t count,
	const struct owners *owners, int64_t now, event_emit *emit, void *context);
/* When one that was seen will have been a zombie for a second; INT64_MAX: there is none. */
int64_t zombies_due(const struct zombies *zombies);
/* How often there were more than are kept. */
uint64_t zombies_passed(const struct zombies *zombies);

#endif
