/* Two machines beside each other: the engine, which sees packets, and two plain endpoints, which
 * send them. Bytes decide what the programs call, what the network loses, and when. */
#ifndef TCPSTATE_TEST_MACHINES_H
#define TCPSTATE_TEST_MACHINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: they disagree; out then has what was sent, and both paths. */
bool machines_agree(const uint8_t *bytes, size_t size, char *out, size_t out_size);
/* Of all calls so far: connections, and edges of the plain machine. */
void machines_counts(uint64_t *connections, uint64_t *edges);

#endif
