/* Which recordings are running: found by the processes that they started and by the recorders
 * themselves, for nothing of a recording is kept outside of its directory. */
#ifndef TCPSTATE_RUNNING_H
#define TCPSTATE_RUNNING_H

#include <stdint.h>
#include <stdio.h>

#include "tcpstate/error.h"

/* Those that /proc lets us see, one a line, on OUT: directory, and what its recorder says of it.
 * Returns how many. */
size_t running_list(FILE *out);

#endif
