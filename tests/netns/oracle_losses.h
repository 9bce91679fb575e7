/* The comparison of a report whose recording has lost packets. */
#ifndef TESTS_NETNS_ORACLE_LOSSES_H
#define TESTS_NETNS_ORACLE_LOSSES_H

#include "oracle_edges.h"

extern struct losses {
	size_t edges, found;   /* of the kernel's */
	size_t seen, inferred; /* told, and none of the kernel's, by evidence */
	size_t midway;         /* lives out of UNKNOWN, and said to be met midway */
	/* of the rows: in another state in the report, for nobody saw it, or what it had seen of it
	 * was not all; and what the report has and no row shows */
	size_t unheld, outlived;
} losses;

/* False: an edge that is none is said to have been seen. Both in order of time. */
bool losses_compare(const struct edges *trace, const struct edges *report);
/* A row shows another state than the report has then. False: nothing that the report said to have
 * been seen is disproved by it. */
bool losses_held(const struct endpoint *endpoint, int64_t t_ns, uint8_t got);
void losses_print(size_t rows);

#endif
