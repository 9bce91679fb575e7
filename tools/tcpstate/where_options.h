/* Where something is observed, and around which COMMAND: the options that record, watch, top and
 * list share, each declared and parsed once. A verb makes these parsers children of its own and
 * hands them their input at ARGP_KEY_INIT (state->child_inputs). */
#ifndef TCPSTATE_WHERE_OPTIONS_H
#define TCPSTATE_WHERE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

/* -i, --interface=IF; --netns=NAME|PID; borrowed from argv */
struct where_options {
	const char *interface, *netns; /* NULL: any; this one */
};
extern const struct argp where_argp;
/* --netns alone: input const char ** */
extern const struct argp netns_argp;

/* --here, --calls, --data. argv: what stands behind "--", set beforehand by around_split(). */
struct around_options {
	bool separator; /* there is a "--" */
	char **argv;    /* COMMAND; NULL: none */
	bool here;
	struct calls_options calls;
};
extern const struct argp around_argp;
/* argp would take COMMAND's own options for ours: it sees only what stands before "--". Returns how
 * many words that is. */
int around_split(struct around_options *around, int argc, char **argv);
/* At ARGP_KEY_END: what does not go together ends the program. */
void around_check(const struct around_options *around, const struct where_options *where,
	const struct argp_state *state);

/* --state=STATES, joined by commas; input uint32_t *, a mask of 1 << enum tcp_state */
extern const struct argp states_argp;

#endif
