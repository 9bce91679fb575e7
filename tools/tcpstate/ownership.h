/* Which of the sockets seen have an owner that is not yet known, and when it is worth reading /proc
 * for them. */
#ifndef TCPSTATE_OWNERSHIP_H
#define TCPSTATE_OWNERSHIP_H

#include "tcpstate/source.h"

struct ownership;
struct ownership *ownership_new(void);
void ownership_free(struct ownership *ownership);
/* a socket was seen */
void ownership_row(struct ownership *ownership, const struct sockrow *row, int64_t asked_ns);
void ownership_wish(struct ownership *ownership);
/* a socket was seen, or a wish made, since the last scan */
bool ownership_wanted(const struct ownership *ownership);
/* of the next scan, or look at what processes wait for; INT64_MAX: none wanted */
int64_t ownership_due(const struct ownership *ownership);
/* Scan if one is due (or forced): an EVENT_OWNER for each owner of a socket that was seen. */
int ownership_scan(struct ownership *ownership, int64_t now, bool force, event_emit *emit,
	void *context, struct error *error);
/* How often a process was passed over, since a table of it was full. */
uint64_t ownership_passed(const struct ownership *ownership);

#endif
