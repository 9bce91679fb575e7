/* A recording or a capture file, read back into the core in time order. */
#ifndef TCPSTATE_REPLAY_H
#define TCPSTATE_REPLAY_H

#include "tcpstate/error.h"
#include "tcpstate/model.h"

/* Read `path` (a recording's directory, a capture file, "-" for standard input) as one more run of
 * the model. filter: a pcap-filter expression or NULL. What is missing or cut off becomes a note of
 * the run. 0, or -1 with *error when nothing can be read. */
int replay_run(struct model *model, const char *path, const char *filter, struct error *error);

struct filter;
/* For replay_run(): what of `path` is to be told, by `expression` (or NULL) and by the filter under
 * which it was recorded; *filter is NULL when that is everything. */
int replay_filter(
	const char *path, const char *expression, struct filter **filter, struct error *error);

#endif
