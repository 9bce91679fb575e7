/* Watching: a live observer whose transitions go to a stream instead of into a recording. */
#ifndef TCPSTATE_WATCH_H
#define TCPSTATE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "tcpstate/error.h"

struct watch_options {
	const char *interface, *netns, *filter; /* each may be NULL */
	uint32_t states;                        /* 1 << enum tcp_state; 0: all */
	int64_t for_ns;                         /* 0: until a signal */
	bool jsonl;
	bool findings;    /* told as they arise */
	uint64_t fail_on; /* 1 << enum finding_code: these end it */
};

/* To standard output, until it is over. 0, or -1 with *error. A reader that leaves is no error. */
/* 1: a finding of fail_on was made. */
int watch_run(const struct watch_options *options, struct error *error);

#endif
