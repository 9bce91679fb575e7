/* Recordings in an archive (tar, compressed or not, or zip), as `tcpstate pack` makes them, read
 * into memory. Nothing is written to any directory: a path in it is a label, no more. */
#ifndef TCPSTATE_UNPACK_H
#define TCPSTATE_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

#include "replay.h"

struct unpacked {
	char *name; /* ARCHIVE, or ARCHIVE/FOLDER of a recording in a folder of another; malloc'd */
	int memory[REPLAY_FILES]; /* as in struct replay_input */
};

/* Does it begin like one? No capture file does, unless it is compressed. */
bool unpack_is_archive(const char *path);
/* The recordings in it, the one nearest to the top first; *list is malloc'd, and so are the
 * names in it. Other files are left alone. None: it is a compressed capture. 0, or -1 with
 * *error: damaged, without a recording, or larger than anything that is packed. */
int unpack(const char *path, struct unpacked **list, size_t *count, struct error *error);

#endif
