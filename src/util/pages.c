/* See pages.h. MADV_HUGEPAGE is a hint: a kernel without such pages refuses it, and nothing is
 * lost. */
#include "tcpstate/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { LINE_BYTES = 64, PAGE_BYTES = 4096, HUGE_BYTES = 2 << 20, SHARED_FROM = 8 * HUGE_BYTES };

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

/* All its pages get the advice, the first and the last too: a mapping of two kinds cannot be moved
 * by mremap(), and would be copied when it grows. */
void pages_share(void *room, size_t bytes)
{
	uintptr_t unit = PAGE_BYTES, from = (uintptr_t)room / unit * unit,
		  to = ((uintptr_t)room + bytes + unit - 1) / unit * unit;

	if (bytes >= SHARED_FROM)
		madvise((void *)from, to - from, MADV_HUGEPAGE);
}
