/* Text from outside, made safe to print: a mark, a command line, a program's name or a folder may
 * hold anything, and a terminal obeys what it is told. Shown as "\x1b", "\u202e" instead are
 * control characters (C0, with the line's end and the tabulator, DEL and C1), the controls of
 * writing direction, line and paragraph separators, and bytes that are no UTF-8. The rest stays as
 * it is. */
#ifndef TCPSTATE_ESCAPE_H
#define TCPSTATE_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* how much longer text can become: a byte is shown as four */
enum { ESCAPE_GROWTH = 4 };

/* Length of the UTF-8 sequence that starts at text, of which `left` bytes are there; 0: it is none
 * (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF). */
size_t utf8_length(const char *text, size_t left);
/* Does it hold anything that would be shown otherwise? */
bool escape_needed(const char *text, size_t length);
/* Escape into out, cut off at a whole character where size bytes do not hold it; always ends with
 * NUL (size > 0). Returns the length. out and text may not overlap. */
size_t escape_text(char *out, size_t size, const char *text, size_t length);
/* The same, malloc'd; NULL: out of memory, or text is NULL. */
char *escape_new(const char *text);

#endif
