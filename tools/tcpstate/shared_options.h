/* Options that several verbs have, each declared and parsed once. A verb makes one of these parsers
 * a child of its own and hands it its input at ARGP_KEY_INIT (state->child_inputs). */
#ifndef TCPSTATE_SHARED_OPTIONS_H
#define TCPSTATE_SHARED_OPTIONS_H

#include <argp.h>

/* -C, --control=DIR: whose recording. Input: const char **, set to DIR; borrowed from argv. */
extern const struct argp control_option;

#endif
