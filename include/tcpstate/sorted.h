/* Binary search beside bsearch(), which finds an equal item, and of several any: where equal ones
 * begin and end, and what stands before a place that nothing equals. */
#ifndef TCPSTATE_SORTED_H
#define TCPSTATE_SORTED_H

#include <stddef.h>

/* Of `count` items of `size` bytes that qsort() has sorted by this comparison: how many come before
 * the wanted one, and how many before it or equal to it. items may be NULL if there are none. */
size_t sorted_before(const void *wanted, const void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *));
size_t sorted_upto(const void *wanted, const void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *));

#endif
