/* One error, gathered on the way up and printed once, by main(). */
#ifndef TCPSTATE_ERROR_H
#define TCPSTATE_ERROR_H

#include <stdarg.h>

/* "wire.pcap: truncated header; remedy" without program name and newline */
struct error {
	char text[768];
};

/* Set the text (printf format, in English; said in the language in use); always returns -1, so that
 * `return error_set(error, ...)` reads well. error may be NULL. */
int error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Put "context: " before the text; returns -1. */
int error_context(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
