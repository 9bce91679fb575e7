/* Calls that a thread makes over and over in vain: the first few are recorded each, of the others
 * one now and then, with how many it stands for. A loop around accept() that finds nobody makes
 * 100,000 of them in a second. */
#ifndef TCPSTATE_REPEATS_H
#define TCPSTATE_REPEATS_H

#include "tcpstate/call.h"

struct repeats;
typedef void repeats_put(void *context, const struct call *call);

/* put: what is to be recorded; NULL: out of memory. */
struct repeats *repeats_new(repeats_put *put, void *context);
void repeats_free(struct repeats *repeats);
void repeats_take(struct repeats *repeats, const struct call *call);
/* What is held back of this process (0: of all) is put now. */
void repeats_flush(struct repeats *repeats, uint32_t pid);

#endif
