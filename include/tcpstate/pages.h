/* Room for large tables that are touched all over: in huge pages where the kernel has them, for
 * otherwise each access waits for the page tables as well. Of a million connections that is a
 * tenth of the time. */
#ifndef TCPSTATE_PAGES_H
#define TCPSTATE_PAGES_H

#include <stddef.h>

/* Not cleared, aligned to a cache line at least; free() gives it back. NULL: out of memory. What is
 * never touched costs nothing but address space. */
void *pages_new(size_t bytes);
/* Room that malloc() or realloc() gave, if it is so large that a huge page more does not matter. */
void pages_share(void *room, size_t bytes);

#endif
