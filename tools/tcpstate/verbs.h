/* The verbs of tcpstate: one file and one function each; main.c's table of them is the only list.
 * A verb gets argv[0] = "tcpstate VERB", parses the rest with argp and returns the exit status. */
#ifndef TCPSTATE_VERBS_H
#define TCPSTATE_VERBS_H

#include "tcpstate/error.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_TOO_SLOW = 3 };

int verb_list(int argc, char **argv);
int verb_watch(int argc, char **argv);
int verb_top(int argc, char **argv);
int verb_record(int argc, char **argv);
int verb_enter(int argc, char **argv);
int verb_report(int argc, char **argv);
int verb_wall(int argc, char **argv);
int verb_pack(int argc, char **argv);
int verb_lab(int argc, char **argv);
int verb_wait(int argc, char **argv);
int verb_mark(int argc, char **argv);
int verb_expect(int argc, char **argv);
int verb_explain(int argc, char **argv);

/* Print "NAME: text" on stderr, NAME being argv[0] of the verb; returns STATUS_FAILED. */
int verb_failed(const char *name, const struct error *error);
/* The same for a mistake on the command line; returns STATUS_USAGE. */
int verb_misused(const char *name, const struct error *error);
/* The words joined by blanks, malloc'd: a FILTER given without quotes. NULL when there are none. */
char *verb_words(int count, char **words);

#endif
