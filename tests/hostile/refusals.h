/* Memory that is refused, at one allocation after another, while a recording or capture is reported
 * on in this process. */
#ifndef TESTS_REFUSALS_H
#define TESTS_REFUSALS_H

#include "whole.h"

/* The recording or capture of this path is reported on whole, then with every step-th allocation
 * refused, once that one alone and once all from there on, and whole again. Returns how many
 * allocations the whole one made; -1: it could not be made, before or after.
 * step 0: each place of the program that asks for memory is refused it once, in the first report
 * that comes there; returns how many places were new. A place is told by those that called it. */
long refusals(const char *path, unsigned long step);

#endif
