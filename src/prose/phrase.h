/* Sentences put together from clauses, in a buffer of the caller's. Private to src/prose/. */
#ifndef TCPSTATE_PROSE_PHRASE_H
#define TCPSTATE_PROSE_PHRASE_H

#include <stddef.h>

#include "tcpstate/lang.h"

struct phrase {
	char *text; /* always terminated; what does not fit is cut, never within a character */
	size_t size, used;
};
struct phrase phrase_begin(char *buffer, size_t size); /* "" */
void phrase_add(struct phrase *phrase, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, after a comma or a semicolon of the language when something stands there already. */
void phrase_item(struct phrase *phrase, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* a member of a list of numbers */
void phrase_number(struct phrase *phrase, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void phrase_clause(struct phrase *phrase, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
