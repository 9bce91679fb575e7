#ifndef TESTS_UNIT_PACKED_COUNT_H
#define TESTS_UNIT_PACKED_COUNT_H

#include <stddef.h>

struct core;
/* How many connections are packed just now. */
size_t packed_count(const struct core *core);

#endif
