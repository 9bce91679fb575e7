/* Memory that was refused. A report without a line for which there was no memory looks like one of
 * a run in which less happened: whoever allocates goes on as well as it can, and the verb fails. */
#ifndef TCPSTATE_MEMORY_H
#define TCPSTATE_MEMORY_H

#include "tcpstate/error.h"

enum { MEMORY_STATUS = 70 };

/* From here on an allocation of jansson's that fails ends the process: jansson 2.14 overwrites its
 * heap when its reader gets none. Flushes what was written and says so. */
void memory_begin(void);
/* In a child whose parent says so: end with MEMORY_STATUS and without a word instead. */
void memory_parent_tells(void);
/* 0, or -1 with *error: an allocation of this process, or of its parent before the fork, failed. */
int memory_check(struct error *error);

#endif
