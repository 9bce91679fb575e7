/* Members of one line of facts.jsonl or calls.jsonl, read with the checks that a stranger's file
 * needs. Private to src/source/. */
#ifndef TCPSTATE_JSON_LINE_H
#define TCPSTATE_JSON_LINE_H

#include <jansson.h>

#include "tcpstate/event.h"

/* Each false: the member is missing or of another kind. */
/* "SECONDS.NNNNNNNNN" of a member "t", or of another */
bool time_of(const json_t *object, int64_t *t_ns);
bool time_member(const json_t *object, const char *key, int64_t *t_ns);
bool text_of(const json_t *object, const char *key, const char **text);
bool integer_of(const json_t *object, const char *key, int64_t *value);
/* The line of a process's end; texts point into the object. */
bool json_line_exit(const json_t *object, struct event *event);

/* Length of the UTF-8 sequence at s, 0 when there is none (RFC 3629: no surrogates, no overlong
 * forms, up to U+10FFFF). */
size_t utf8_length(const unsigned char *s);

#endif
