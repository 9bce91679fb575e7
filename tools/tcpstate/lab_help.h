/* The experiment's own options, as its script describes them: `tcpstate lab NAME --help`, and what
 * is said of one that cannot be taken. */
#ifndef TCPSTATE_LAB_HELP_H
#define TCPSTATE_LAB_HELP_H

#include <stdbool.h>

#include "tcpstate/error.h"

/* command: the script and its interpreter, NULL-terminated. Printed in the user's language, within
 * 79 columns. -1: the script described nothing, and error says so. */
int lab_help_print(
	const char *name, const char *summary, char *const *command, struct error *error);

/* Does the script take the options of its command? Else what is wrong with the first that it does
 * not take has been said on stderr: by the script, or here for it. */
bool lab_options_taken(const char *name, char *const *command);

#endif
