/* What all these servers do with what a client has sent: every complete line goes back reversed.
 * TCP carries bytes, not messages: one read() may bring half a line, or three. */
#ifndef ANSWER_H
#define ANSWER_H

#include <err.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 4096 }; /* the longest line, with its '\n' */

/* Answers the lines in text[0..length) and moves an unfinished one to the front. Returns the length
 * of that one: the next read() goes behind it. */
static inline size_t answer(int fd, char *text, size_t length)
{
	char *end;

	while ((end = memchr(text, '\n', length)) != NULL) {
		size_t line = (size_t)(end - text) + 1;

		for (char *a = text, *b = end - 1; a < b; a++, b--) {
			char other = *a;
			*a = *b;
			*b = other;
		}
		if (write(fd, text, line) < 0)
			warn("write"); /* EPIPE, ECONNRESET: the client is gone */
		length -= line;
		memmove(text, end + 1, length);
	}
	return length == LINE ? 0 : length; /* a line that is too long is dropped */
}

#endif
