/* The files of a ring, for who writes it (recording.c) and who reads it (pieces.c). Private to
 * src/source/. */
#ifndef TCPSTATE_PIECES_H
#define TCPSTATE_PIECES_H

#include <fcntl.h>
#include <stdint.h>

#include "tcpstate/source.h"

enum { PIECES_MOST = RING_MOST, PIECE_NAME = 32, PIECE_HEADER = 24 };

/* "wire.pcap" of piece 0, "wire.1.pcap", ... */
void piece_name(const char *file, unsigned piece, char name[PIECE_NAME]);
/* Into a pcap file's header: which turn it is of, from 0. */
void piece_header_mark(void *header, uint32_t sequence);

#endif
