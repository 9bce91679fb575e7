/* A library that hardly any run of the program needs, loaded by the run that does
 * (src/source/library.c): with all that they need in turn, libarchive and libmicrohttpd took half
 * of the time of each start. */
#ifndef TCPSTATE_LIBRARY_H
#define TCPSTATE_LIBRARY_H

#include <stddef.h>

#include "tcpstate/error.h"

/* soname: as found when the program was built; name and packages: what the library is called, and
 * by Debian. functions: a struct of `count` (at most 64) function pointers, which become those of
 * names[]; the library stays loaded. 0, or -1 with *error: it is not installed, or lacks one. */
int library_load(const char *soname, const char *name, const char *packages,
	const char *const *names, void *functions, size_t count, struct error *error);

#endif
