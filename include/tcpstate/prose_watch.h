/* The sentences of `watch` (src/prose/watch.c). Each writes one line into buffer, cut to its size,
 * and returns it. */
#ifndef TCPSTATE_PROSE_WATCH_H
#define TCPSTATE_PROSE_WATCH_H

#include <stdbool.h>

#include "tcpstate/record.h"

/* Beside the edge of a TRANSITION, CONFIRMATION or CORRECTION. */
char *prose_watch(const struct record *record, char *buffer, size_t size);
/* Behind that: "; server[12], server[15]", who hold the end: ended by pid 0. */
char *prose_watch_by(const struct owner *owners, char *buffer, size_t size);
/* "held by server[12]": of an end that was shown before. */
char *prose_watch_owner(const struct owner *owners, char *buffer, size_t size);
/* "server[12]  accept4() = 5" */
char *prose_watch_call(const struct call *call, bool utf8, char *buffer, size_t size);
/* Since the last such line. */
char *prose_watch_loss(enum lost_of lost_of, uint64_t count, char *buffer, size_t size);

struct watch_sums {
	/* lines shown */
	uint64_t transitions, confirmations, corrections;
	/* of everything that was watched */
	uint64_t packets, dropped, lost_rows, shed, forgotten;
};
char *prose_watch_end(const struct watch_sums *sums, char *buffer, size_t size);

#endif
