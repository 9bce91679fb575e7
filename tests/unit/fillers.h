/* For tests that compare what a core tells of the same segments in two ways: SYNs of others, and a
 * record as a line of text. */
#ifndef TCPSTATE_TEST_FILLERS_H
#define TCPSTATE_TEST_FILLERS_H

#include "tcpstate/core.h"

/* The SYN of the n-th of others, from 10.9.0.0 on, to port 7 of 10.200.0.1: no two have the same
 * ends. */
void filler_feed(struct core *core, unsigned n, int64_t t_ns);
bool filler_is(const struct record *record);
/* All of it but its number and that of its connection, with a newline: its length, or -1. */
int record_line(const struct record *record, char *line, size_t size);

#endif
