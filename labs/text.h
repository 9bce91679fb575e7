/* Lines put together from a stream, and text: UTF-8 checked, reversed, printed. */
#ifndef LAB_TEXT_H
#define LAB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* ---- lines from a stream ---- */
/* TCP delivers bytes: two messages may come in one read(), one message in two. A line ends with LF
 * (a CR before it is dropped). */
enum { LAB_LINE_MAX = 4096 }; /* bytes, without the line's end */
struct lab_lines {
	size_t taken, used;
	bool skipping;
	char data[LAB_LINE_MAX + 2];
};
enum lab_line {
	LAB_LINE_NONE, /* nothing complete: read more */
	LAB_LINE_TEXT,
	/* told once; the rest of that line is skipped, the next one is whole again */
	LAB_LINE_TOO_LONG,
	LAB_LINE_ESCAPE, /* ESC, byte 27, has come; what follows it is dropped */
};
/* One read() into the free space, after lab_lines_next() has said LAB_LINE_NONE. Returns what
 * read() did. */
ssize_t lab_lines_read(struct lab_lines *lines, int fd);
/* The next line: text is not NUL-terminated, and good until the next read. */
enum lab_line lab_lines_next(struct lab_lines *lines, const char **text, size_t *length);
/* At the end of the stream: true if an unfinished line is left; then it counts as finished. */
bool lab_lines_finish(struct lab_lines *lines);
/* The same of standard input: one read() from *fd, which becomes -1 at its end (started with
 * </dev/null, or in the background). */
void lab_input_read(struct lab_lines *lines, int *fd);
/* The next of its lines, NUL-terminated; one that is too long or has an ESC in it is told as an
 * error and skipped. False: none for now. */
bool lab_input_next(struct lab_lines *lines, char line[LAB_LINE_MAX + 1]);
bool lab_line_is(const char *text, size_t length, const char *word);

/* ---- text ---- */
bool lab_utf8(const char *text, size_t length); /* is all of it valid UTF-8 (RFC 3629)? */
/* Reverse by code point into out, of the same length. Every byte that is not part of valid UTF-8
 * (RFC 3629) is a character of its own and is kept. A combining mark is a code point too: it comes
 * out before its letter, and so is drawn on the letter that preceded it. */
void lab_reverse(const char *text, size_t length, char *out);
/* Is there nothing in it that lab_print() shows otherwise? */
bool lab_printable(const char *text, size_t length);
/* Print what came from outside: control characters, those of writing direction too, what is not
 * drawn, and bytes that are no UTF-8 as \xNN or \uNNNN, since a terminal obeys the ones and is
 * confused by the others; as tcpstate prints it. No line end. */
void lab_print(FILE *stream, const char *text, size_t length);
/* write() until all is written, waiting at most 10 s for the peer to take it: 0, or -1 with errno
 * (ETIMEDOUT: the peer does not read). */
int lab_write_all(int fd, const char *data, size_t length);

#endif
