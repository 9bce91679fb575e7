/* See pages.h. MADV_HUGEPAGE is a hint: a kernel without such pages refuses it, and nothing is
 * lost. */
#include "tcpstate/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LINE_BYTES = 64, HUGE_BYTES = 2 << 20 };

void *pages_new(size_t bytes)
{
	size_t unit = bytes < HUGE_BYTES ? LINE_BYTES : HUGE_BYTES;

	if (bytes > SIZE_MAX - unit)
		return NULL;
	bytes = (bytes + unit - 1) / unit * unit;
	void *room = aligned_alloc(unit, bytes);
	if (room != NULL && unit == HUGE_BYTES)
		madvise(room, bytes, MADV_HUGEPAGE);
	return room;
}
