/* The options of a verb, those of its children among them. Private to help*.c. */
#ifndef TCPSTATE_HELP_OPTIONS_H
#define TCPSTATE_HELP_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>

enum { HELP_OPTIONS = 64 };

struct help_options {
	const struct argp_option *item[HELP_OPTIONS];
	size_t count;
};

/* In the order of their letters; --help, --usage and --version come last. */
void help_options_gather(const struct argp *argp, struct help_options *options);
/* Has it a letter for itself? */
bool help_option_short(const struct argp_option *option);

#endif
