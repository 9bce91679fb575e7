/* QUERYs: what `expect` measures, answered on the recorder's side from one look. */
#ifndef TCPSTATE_QUERY_H
#define TCPSTATE_QUERY_H

#include "command.h"
#include "observer.h"

struct query_context {
	struct observer *observer;
	const struct observer_look *look;
	bool since_mark; /* counters, packets and transitions count from the last mark on */
	/* whose descendants `zombies` looks through, and whose pids `descriptors` names; NULL:
	 * ourselves, those here */
	const struct command *command;
};

/* Is the first word that of a query (and not a formula)? */
bool query_known(const char *text);
/* Measure; the answer as malloc'd text ("2"; words of `text`). NULL: *error says why. */
char *query_measure(const struct query_context *context, const char *text, struct error *error);
/* The queries, one a line, for --help. */
const char *query_help(void);

#endif
