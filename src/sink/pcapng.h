/* Blocks of a pcapng file, written (draft-ietf-opsawg-pcapng). Little-endian, times in ns. Private
 * to src/sink/. */
#ifndef TCPSTATE_PCAPNG_H
#define TCPSTATE_PCAPNG_H

#include <stdio.h>

#include "tcpstate/raw_packet.h"

void pcapng_section(FILE *out, const char *application);
/* Interfaces are numbered from 0, in the order they are written. */
void pcapng_interface(FILE *out, int linktype, const char *name, const char *description);
/* comments: NULL, or texts that each end with NUL, the last one is empty. */
void pcapng_packet(
	FILE *out, uint32_t interface, const struct raw_packet *packet, const char *comments);

#endif
