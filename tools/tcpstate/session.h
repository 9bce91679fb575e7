/* A whole recording, from the namespace to the last flush: what `record` and `lab` both run. */
#ifndef TCPSTATE_SESSION_H
#define TCPSTATE_SESSION_H

#include "command.h"
#include "ends.h"
#include "push.h"

struct record_options {
	const char *directory, *interface, *netns, *filter;
	const char *const *sysctls; /* "NAME=VALUE" */
	size_t sysctl_count;
	bool here, default_route;
	uint64_t ring_bytes; /* 0: no ring */
	unsigned ring_pieces;
	bool keep_output; /* what COMMAND writes to a terminal, too */
	struct calls_options calls;
	struct ends ends;
	struct push_options wall;
	char **argv; /* COMMAND, NULL-terminated; NULL: none */
	/* name of the experiment and its summary line, for the manifest; or NULL, "" */
	const char *lab, *lab_summary;
};

struct record_result {
	int status; /* COMMAND's, 128 + signal; 0 without COMMAND */
	uint64_t packets, checks, mismatches, planned;
	bool interrupted; /* by a signal */
};

/* 0, or -1 when recording failed; messages of a whole recording go to stderr. */
int record_run(
	const struct record_options *options, struct record_result *result, struct error *error);

/* Remove the files of a recording, and its directory if nothing else is in it. */
void record_discard(const char *directory);

#endif
