/* How wide text is on a terminal, and where a line of it may be broken: East Asian characters take
 * two columns and may be parted from one another, words are never broken. UTF-8; pure. */
#ifndef TCPSTATE_COLUMNS_H
#define TCPSTATE_COLUMNS_H

#include <stddef.h>

/* Columns that the text takes; a byte that is no UTF-8 takes one. */
size_t columns_of(const char *text);
size_t columns_of_bytes(const char *text, size_t bytes);

/* A blank at which no line is broken, U+00A0; printed as a blank. */
#define COLUMNS_GLUE "\xc2\xa0"

/* The longest beginning of TEXT that fits into ROOM columns and may end a line: its bytes, without
 * the blanks at its end. *next is where the next line begins. A word wider than ROOM is taken
 * whole. */
size_t columns_line(const char *text, size_t room, const char **next);

#endif
