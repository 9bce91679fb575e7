/* The calls that give memory, by the names that the linker has for them (--wrap in the Makefile):
 * __wrap_NAME is the program's own, __real_NAME the C library's. What a call of the program's own
 * does is decided by who includes this: memory.c, and the tests that refuse memory. */
#ifndef TCPSTATE_MEMORY_CALLS_H
#define TCPSTATE_MEMORY_CALLS_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define MEMORY_CALL(type, name, parameters)                                                        \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters

/* CALL(type, name, parameters, arguments, wanted): wanted is how much is asked for; none may give
 * NULL without a lack of memory. */
#define MEMORY_BLOCKS(CALL)                                                                        \
	CALL(void *, malloc, (size_t size), (size), size)                                          \
	CALL(void *, calloc, (size_t count, size_t size), (count, size), count > 0 ? size : 0)     \
	CALL(void *, realloc, (void *block, size_t size), (block, size), size)                     \
	CALL(void *, reallocarray, (void *block, size_t count, size_t size), (block, count, size), \
		count > 0 ? size : 0)                                                              \
	CALL(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), size)      \
	CALL(char *, strdup, (const char *text), (text), 1)                                        \
	CALL(char *, strndup, (const char *text, size_t most), (text, most), 1)

#define MEMORY_DECLARED(type, name, parameters, arguments, wanted)                                 \
	MEMORY_CALL(type, name, parameters);
MEMORY_BLOCKS(MEMORY_DECLARED)
MEMORY_CALL(FILE *, open_memstream, (char **text, size_t *size));
MEMORY_CALL(int, vasprintf, (char **text, const char *format, va_list arguments));
MEMORY_CALL(int, asprintf, (char **text, const char *format, ...));

/* asprintf() by vasprintf(), whichever that is. */
#define MEMORY_ASPRINTF                                                                            \
	int __wrap_asprintf(char **text, const char *format, ...)                                  \
	{                                                                                          \
		va_list arguments;                                                                 \
		int length;                                                                        \
                                                                                                   \
		va_start(arguments, format);                                                       \
		length = __wrap_vasprintf(text, format, arguments);                                \
		va_end(arguments);                                                                 \
		return length;                                                                     \
	}

#endif
