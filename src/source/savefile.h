/* The records of an ordinary pcap file where they lie in a large buffer: most captures are that,
 * and a copy of each packet costs more than what a report does with it. Private to src/source/. */
#ifndef TCPSTATE_SAVEFILE_H
#define TCPSTATE_SAVEFILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "tcpstate/libpcap.h"

struct savefile {
	uint8_t *buffer;
	size_t at, end;   /* of the buffer: the next record, maybe beyond it, and what was read */
	off_t begins;     /* where the buffer begins in the file */
	off_t size;       /* of the file, when it was last looked at */
	size_t wanted;    /* of each packet so many bytes are read; SIZE_MAX: all */
	bool sparse;      /* most of this one is not */
	int fd, linktype; /* as libpcap numbers them */
	uint32_t captured_most;
	long fraction_ns; /* what one unit of a record's second half of time is */
	struct pcap_pkthdr header;
	int64_t t_ns; /* of that record */
	bool torn;    /* the file ends within a record */
	char reason[128];
};

/* An ordinary file is a regular one in the format of libpcap 0.4 (draft-ietf-opsawg-pcap), written
 * in this machine's byte order, of a link type that libpcap and the file number alike (or raw IP).
 * Is it one, from the beginning on? */
bool savefile_is_ordinary(int fd);
/* 1: it is one, of which nothing has been read yet, and is read by this file to the end; 0: libpcap
 * is to read it; -1: out of memory. */
int savefile_begin(struct savefile *file, FILE *stream);
/* The next record, as libpcap would tell it; *data is borrowed until the next call: all of the
 * packet, or its first `wanted` bytes. 1; 0: the end, maybe torn; -1: what follows cannot be read,
 * `reason` says why. */
int savefile_next(struct savefile *file, const uint8_t **data);
void savefile_end(struct savefile *file);

#endif
