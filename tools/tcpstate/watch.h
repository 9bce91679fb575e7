/* Watching: a live observer whose transitions go to a stream instead of into a recording. */
#ifndef TCPSTATE_WATCH_H
#define TCPSTATE_WATCH_H

#include "ends.h"
#include "shared_options.h"

#include "tcpstate/finding.h"

struct watch_options {
	struct where_options where;
	struct around_options around; /* COMMAND */
	const char *filter;           /* may be NULL */
	uint32_t states;              /* 1 << enum tcp_state; 0: all */
	int64_t for_ns;               /* 0: until a signal, or COMMAND's end */
	bool jsonl;
	bool findings;              /* told as they arise */
	struct finding_set fail_on; /* these end it */
};

/* To standard output, until it is over; what COMMAND writes to its own goes to standard error. 0,
 * or -1 with *error. *status: 1 when a finding of fail_on was made, else COMMAND's, else 0. A
 * reader that leaves is no error. */
int watch_run(const struct watch_options *options, int *status, struct error *error);

#endif
