/* Code points of UTF-8 text, one at a time. Private to src/sink/. */
#ifndef TCPSTATE_UTF8_H
#define TCPSTATE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_BROKEN = 0x110000 }; /* added to a byte that is part of no code point */
/* Bytes of the next code point; 0 at the end. A byte that is no UTF-8 (overlong forms, surrogates)
 * counts by itself as UTF8_BROKEN + byte. */
size_t utf8_next(const char *text, uint32_t *point);
bool utf8_wide(uint32_t point);      /* two columns: ideographs and the like */
bool utf8_combining(uint32_t point); /* drawn onto the one before */
bool utf8_hidden(uint32_t point);    /* would change how the text around it looks, or be unseen */

#endif
