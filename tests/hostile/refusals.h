/* Memory that is refused, at one allocation after another, while a recording or capture is reported
 * on in this process. */
#ifndef TESTS_REFUSALS_H
#define TESTS_REFUSALS_H

#include "whole.h"

/* The recording or capture of this path is reported on whole, then with every step-th allocation
 * refused, once that one alone and once all from there on, and whole again. Returns how many
 * allocations the whole one made; -1: it could not be made, before or after. */
long refusals(const char *path, unsigned long step);

#endif
