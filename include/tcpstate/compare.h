/* Recordings of the same experiment side by side: each has a model of its own, and compared are
 * their checks, one with the other of the same name and cells. */
#ifndef TCPSTATE_COMPARE_H
#define TCPSTATE_COMPARE_H

#include "tcpstate/model.h"

/* A check that did not come out the same everywhere. */
struct difference {
	const struct check **of; /* by recording; NULL: it has none */
	/* by recording: the first of those where it came out like here */
	size_t *like;
	/* of what more than half of them have; SIZE_MAX: nothing */
	size_t usual;
};
struct comparison {
	const struct model *const *models; /* borrowed */
	size_t count;
	struct difference *differences; /* in the order in which they were made */
	size_t difference_count;
	size_t alike; /* checks that came out the same in all recordings */
};
/* models are borrowed, and finished. 0, or -1: out of memory; comparison_clear() in any case. */
int comparison_make(struct comparison *comparison, const struct model *const *models, size_t count);
void comparison_clear(struct comparison *comparison);
/* The check that names a difference: of the first recording that has it. */
const struct check *difference_check(const struct comparison *comparison, size_t difference);

#endif
