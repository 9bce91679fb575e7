/* See sorted.h. Both are one search: for the first item whose comparison with the wanted one is
 * above a bound. */
#include "tcpstate/sorted.h"

static size_t count_below(const void *wanted, const char *items, size_t count, size_t size,
	int (*compare)(const void *, const void *), int bound)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(items + middle * size, wanted) < bound)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t sorted_before(const void *wanted, const void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *))
{
	return count_below(wanted, items, count, size, compare, 0);
}

size_t sorted_upto(const void *wanted, const void *items, size_t count, size_t size,
	int (*compare)(const void *, const void *))
{
	return count_below(wanted, items, count, size, compare, 1);
}
