/* What was probably meant by a word that is none of those wanted. */
#ifndef TCPSTATE_NEAREST_H
#define TCPSTATE_NEAREST_H

#include <stddef.h>

/* The word of COUNT that differs from TEXT by one or two letters only (left out, put in, replaced,
 * two exchanged, case aside); NULL: none. */
const char *nearest(const char *text, const char *const *words, size_t count);

#endif
