/* `tcpstate lab NAME --help`: the experiment's own options, as its script describes them. */
#ifndef TCPSTATE_LAB_HELP_H
#define TCPSTATE_LAB_HELP_H

#include "tcpstate/error.h"

/* command: the script and its interpreter, NULL-terminated. Printed in the user's language, within
 * 79 columns. -1: the script described nothing, and error says so. */
int lab_help_print(
	const char *name, const char *summary, char *const *command, struct error *error);

#endif
