/* The manifest line of a recording, as text for a header. Private to src/sink/. */
#ifndef TCPSTATE_MANIFEST_H
#define TCPSTATE_MANIFEST_H

#include <jansson.h>

json_t *manifest_parse(const char *text); /* an object, or NULL; json_decref() it */
/* A member in words, malloc'd: a string as it is, a list joined by blanks, a number; NULL when
 * absent or empty. */
char *manifest_text(const json_t *manifest, const char *member);

#endif
