/* A verb's command line: parsed by argp, with --help, --usage, --version and every complaint in the
 * user's language and wrapped by the width of its characters, which argp's own are not. */
#ifndef TCPSTATE_HELP_H
#define TCPSTATE_HELP_H

#include <argp.h>

/* As argp_parse(): a wrong command line is told on stderr and ends the program with STATUS_USAGE,
 * --help, --usage and --version end it with 0. argp->doc: what follows an empty line is printed
 * behind the options. argp->help_filter is asked for ARGP_KEY_HELP_EXTRA alone: a text of finished
 * lines, malloc'd, that is printed last. argv[0] is "tcpstate VERB". */
void verb_parse(const struct argp *argp, int argc, char **argv, void *input);

/* The help text of `argp` for `name`, the options that every verb has among it. */
void help_print(const char *name, const struct argp *argp);
void usage_print(const char *name, const struct argp *argp);

/* "Try `NAME --help' ...", on stderr */
void help_hint(const char *name);

#endif
