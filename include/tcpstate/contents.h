/* What an archive or a compressed file contains, taken out by libarchive (src/source/contents.c).
 * It comes from a stranger: neither the size that it states nor its end is believed. */
#ifndef TCPSTATE_CONTENTS_H
#define TCPSTATE_CONTENTS_H

#include <stdbool.h>
#include <stdint.h>

struct archive;

/* Of all that is taken out of one file, in bytes: it is held in memory. A recorded lab is a few
 * MiB. */
#define CONTENTS_MOST (INT64_C(256) << 20)
enum { CONTENTS_MOST_MIB = CONTENTS_MOST >> 20, CONTENTS_BLOCK = 65536 };

enum contents {
	CONTENTS_WHOLE,
	CONTENTS_DAMAGED,   /* error_string() says why; what came before that is written */
	CONTENTS_TOO_MUCH,  /* with this, more than CONTENTS_MOST */
	CONTENTS_UNWRITTEN, /* errno says why */
};
/* The data of the archive's current entry, written to fd; *bytes grows by as many as came. */
enum contents contents_take(struct archive *archive, int fd, int64_t *bytes);

/* Does this (regular) file begin as one that gzip, zstd, xz, lz4 or bzip2 has compressed? */
bool contents_compressed(int fd);

#endif
