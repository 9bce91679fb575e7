/* One JSON object per line, member by member. Private to src/sink/. */
#ifndef TCPSTATE_JSONWRITER_H
#define TCPSTATE_JSONWRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { JSONWRITER_BYTES = 4096 };
struct jsonwriter {
	FILE *out;
	bool first;
	size_t used;
	char buffer[JSONWRITER_BYTES]; /* not yet written */
};

void json_begin(struct jsonwriter *writer, FILE *out, const char *type); /* {"type":"..." */
/* The same for many lines, which are written together: lines, then line, members and line_end for
 * each, then lines_end. */
void json_lines(struct jsonwriter *writer, FILE *out);
void json_line(struct jsonwriter *writer, const char *type);
void json_line_end(struct jsonwriter *writer);
void json_lines_end(struct jsonwriter *writer);
/* bytes that are no UTF-8 become U+FFFD */
void json_text(struct jsonwriter *writer, const char *name, const char *value);
void json_number(struct jsonwriter *writer, const char *name, int64_t value);
void json_unsigned(struct jsonwriter *writer, const char *name, uint64_t value);
void json_truth(struct jsonwriter *writer, const char *name, bool value);
/* "1795367880.575009123" */
void json_time(struct jsonwriter *writer, const char *name, int64_t t_ns);
/* '[' or '{'; name NULL inside a list */
void json_open(struct jsonwriter *writer, const char *name, char bracket);
void json_close(struct jsonwriter *writer, char bracket); /* ']' or '}' */
void json_raw(struct jsonwriter *writer, const char *name, const char *json);
void json_end(struct jsonwriter *writer); /* }, newline */

/* Members as they are written, made once for many lines: begin, json_text() and the like (less than
 * JSONWRITER_BYTES in all), then the piece: malloc'd, NULL: out of memory. */
struct jsonpiece {
	size_t length;
	char text[];
};
void json_piece_begin(struct jsonwriter *writer);
struct jsonpiece *json_piece(const struct jsonwriter *writer);
/* The same, made by other means. Not as the first members of a line. */
void json_put_text(struct jsonwriter *writer, const char *text, size_t length);
void json_put(struct jsonwriter *writer, const struct jsonpiece *piece);

#endif
