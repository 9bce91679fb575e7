/* A capture that gzip, zstd, xz, bzip2 or lz4 has compressed, as public ones often are: read into
 * memory. Private to src/source/. */
#ifndef TCPSTATE_COMPRESSED_H
#define TCPSTATE_COMPRESSED_H

#include <stdbool.h>
#include <stdio.h>

#include "tcpstate/error.h"

/* The contents of a compressed file as a stream of its own (an unnamed file in memory), which
 * takes the place of `*stream`; one that is not compressed, or no regular file, stays as it is.
 * *torn: the file ends too early, or is damaged; what came before that is there, but for the
 * last 64 KiB. 0, or -1 with *error: nothing of it can be read, or it is larger than a
 * stranger's file may become (256 MiB); *stream stays open. */
int compressed_open(FILE **stream, const char *name, bool *torn, struct error *error);

/* What a pipe holds can be read once only: the program that would take the compression off what
 * comes next on it ("zcat"); NULL: that is not compressed. Nothing is taken from the stream. */
const char *stream_opener(FILE *stream);

#endif
