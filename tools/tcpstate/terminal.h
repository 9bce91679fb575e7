/* The terminal that a person reads on: how wide it is, and text folded to that width between words. */
#ifndef TCPSTATE_TERMINAL_H
#define TCPSTATE_TERMINAL_H

#include <stddef.h>
#include <stdio.h>

/* Columns of a report's page. On a terminal of fewer, what is wider is laid out anew; from here on lines stay as they were
 * written. */
enum { TERMINAL_PAGE = 100 };

/* 0: OUT is no terminal, or one that does not say. */
size_t terminal_columns(FILE *out);
/* The same when they are fewer than a page's, else 0. */
size_t terminal_narrow(FILE *out);
/* Words from column AT on, folded before column WIDTH (0: never), continued at column INDENT; ends the line. */
void terminal_fold(FILE *out, size_t width, size_t at, size_t indent, const char *text);

#endif
