/* Where a report goes: standard output, or a file that appears complete or not at all. */
#ifndef TCPSTATE_OUTPUT_H
#define TCPSTATE_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "tcpstate/error.h"

struct output {
	FILE *stream;
	const char *name;
	char *temporary; /* the file as it is written, beside the one that is meant; or NULL */
};

/* name NULL: standard output. -1: it cannot be written; output_close() is due nevertheless. */
int output_open(struct output *output, const char *name, struct error *error);
/* The file takes its name, when it is whole. failed: an error was reported already, only tidy up.
 * print: what was written is a page, and its print is wanted. */
int output_close(struct output *output, bool failed, bool print, struct error *error);

#endif
