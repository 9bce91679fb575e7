/* Members of one line of facts.jsonl or calls.jsonl, read with the checks that a stranger's file
 * needs. Private to src/source/. */
#ifndef TCPSTATE_JSON_LINE_H
#define TCPSTATE_JSON_LINE_H

#include <jansson.h>
#include <stdio.h>

#include "tcpstate/event.h"
#include "tcpstate/source.h"

/* Each false: the member is missing or of another kind. */
/* "SECONDS.NNNNNNNNN" of a member "t", or of another */
bool time_of(const json_t *object, int64_t *t_ns);
bool time_member(const json_t *object, const char *key, int64_t *t_ns);
bool text_of(const json_t *object, const char *key, const char **text);
bool integer_of(const json_t *object, const char *key, int64_t *value);
/* The line of a process's end; texts point into the object. */
bool json_line_exit(const json_t *object, struct event *event);
/* "end": how the recording ended; one that is not understood leaves *end as it is. */
void json_line_recording_end(const json_t *object, struct recording_end *end);

/* What the threads of a process were in; kinds that are not known count as others. */
bool json_line_doing(const json_t *object, struct doing *doing);

extern const char *const lost_words[LOST_ENDS]; /* of a "gap" */

/* ---- lines ---- */

/* No line that we write is longer (a request to the recorder holds 160 KiB), nor nested deeper. */
enum { JSON_LINE_MAX = 1 << 20, JSON_LINE_DEPTH = 16 };

enum json_line {
	JSON_LINE_END,   /* of the file, or an error: ferror() */
	JSON_LINE_TEXT,  /* a whole line, now in text, without its end */
	JSON_LINE_TORN,  /* the last one, without an end: the writer was cut off */
	JSON_LINE_REFUSE /* longer than JSON_LINE_MAX, or with a NUL in it; skipped */
};
struct json_lines {
	FILE *stream;
	char *text; /* free() it at the end */
	size_t length;
	bool out_of_memory;
};
enum json_line json_line_read(struct json_lines *lines);
/* The object of a line, NULL for anything else. */
json_t *json_line_parse(const char *text, size_t length);
/* A new reference to it, or to a copy in which what its texts and names would do to a terminal is
 * escaped (escape.h). NULL: out of memory. */
json_t *json_line_safe(json_t *object);

#endif
