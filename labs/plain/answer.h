/* What these servers do with what a client has sent: every complete line goes back reversed. TCP
 * carries bytes, not messages: one read() may bring half a line, or three. */
#ifndef ANSWER_H
#define ANSWER_H

#include <err.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 4096 }; /* the longest line, with its '\n' */

/* Reverses each complete line in text[0..length), all but its '\n', where it stands. Returns how
 * many bytes these lines are; an unfinished one behind them is left alone. */
static inline size_t reverse_lines(char *text, size_t length)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', length - (size_t)(line - text))) != NULL) {
		for (char *a = line, *b = end - 1; a < b; a++, b--) {
			char other = *a;
			*a = *b;
			*b = other;
		}
		line = end + 1;
	}
	return (size_t)(line - text);
}

/* Moves what is behind the first `done` of `length` bytes, an unfinished line, to the front.
 * Returns its length: the next read() goes behind it. */
static inline size_t keep_rest(char *text, size_t done, size_t length)
{
	memmove(text, text + done, length - done);
	return length - done == LINE ? 0 : length - done; /* a line that is too long is dropped */
}

#endif
