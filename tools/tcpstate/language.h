/* Which language the program speaks: --lang, else TCPSTATE_LANG, else the locale's. */
#ifndef TCPSTATE_LANGUAGE_H
#define TCPSTATE_LANGUAGE_H

#include <argp.h>

#include "tcpstate/error.h"

/* As the environment wishes; English where that names a language that we do not have. */
void language_from_environment(void);
/* "en" or "zh"; the programs started from here on speak it, too. 0, or -1 and why not. */
int language_set(const char *name, struct error *error);
/* Takes --lang LANG and --lang=LANG away from before all else. 0, or -1: no such language. */
int language_first(int *argc, char **argv, struct error *error);
/* A mistake on the command line, told in the language in use: looks `format` up itself. It ends the
 * program with STATUS_USAGE. */
__attribute__((noreturn, format(printf, 2, 3))) void usage_error(
	const struct argp_state *state, const char *format, ...);

#endif
