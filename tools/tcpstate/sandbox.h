/* Work on what strangers wrote, in a process of its own that may read what it was given and write
 * to what is open, and nothing else: no other file, no program, no network, no other process. */
#ifndef TCPSTATE_SANDBOX_H
#define TCPSTATE_SANDBOX_H

#include <stddef.h>

#include "tcpstate/error.h"

/* 0, or -1 with *error */
typedef int sandbox_work(void *context, struct error *error);

/* Fork, lock the child up and let it work; the result of work, or -1 when the child was stopped.
 * paths: files and directories that it may read (count of them; a path beginning with '/' or in the
 * current directory). Whatever else is to be started (a pager, a browser) the caller starts. A
 * build with sanitizers, or with -DTCPSTATE_NO_SANDBOX, works in the process itself. */
int sandbox_run(sandbox_work *work, void *context, const char *const *paths, size_t count,
	struct error *error);

#endif
