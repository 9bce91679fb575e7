/* The comparison of a report whose recording has lost packets. */
#ifndef TESTS_NETNS_ORACLE_LOSSES_H
#define TESTS_NETNS_ORACLE_LOSSES_H

#include "oracle_edges.h"

extern struct losses {
	size_t edges, found;   /* of the kernel's */
	size_t seen, inferred; /* told, and none of the kernel's, by evidence */
	size_t midway;         /* lives out of UNKNOWN, and said to be met midway */
} losses;

/* False: an edge that is none is said to have been seen. Both in order of time. */
bool losses_compare(const struct edges *trace, const struct edges *report);
void losses_print(void);

#endif
