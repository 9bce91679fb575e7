/* The options that several verbs have, each declared and parsed once. A verb makes these parsers
 * children of its own and hands them their input at ARGP_KEY_INIT (state->child_inputs). What is
 * set from an argument is borrowed from argv. */
#ifndef TCPSTATE_SHARED_OPTIONS_H
#define TCPSTATE_SHARED_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "calls.h"
#include "ends.h"

/* -C, --control=DIR: whose recording. Input: const char **, set to DIR. */
extern const struct argp control_option;

/* -i, --interface=IF; --netns=NAME|PID */
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

/* --for=SECONDS, --until=STATE|FINDING; input struct ends */
extern const struct argp ends_argp;

/* --lang=LANG; no input */
extern const struct argp language_argp;
#define LANGUAGE_CHILD ((const struct argp_child[]){{&language_argp, 0, NULL, 0}, {0}})

#endif
