/* The records of an ordinary pcap file where they lie in a large buffer: most captures are that,
 * and a copy of each packet costs more than what a report does with it. Private to src/source/. */
#ifndef TCPSTATE_SAVEFILE_H
#define TCPSTATE_SAVEFILE_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct savefile {
	uint8_t *buffer; /* NULL: not so ordinary, or libpcap has taken over */
	size_t at, end;  /* of the buffer: the next record, maybe beyond it, and what was read */
	off_t begins;    /* where the buffer begins in the file */
	off_t size;      /* of the file, when it was last looked at */
	size_t wanted;   /* of each packet so many bytes are read; SIZE_MAX: all */
	bool sparse;     /* most of this one is not */
	int fd;
	uint32_t captured_most;
	long fraction_ns; /* what one unit of a record's second half of time is */
	struct pcap_pkthdr header;
	int64_t t_ns; /* of that record */
};

/* libpcap has just opened it on that stream. An ordinary file is a regular one in the format of
 * libpcap 0.4 (draft-ietf-opsawg-pcap), written in this machine's byte order. */
void savefile_begin(struct savefile *file, pcap_t *pcap, FILE *stream);
/* The next record; *data is borrowed until the next call: all of the packet, or its first `wanted`
 * bytes. false: whatever comes there, the end of
 * the file too, is libpcap's to read and to judge: its stream stands there, and this file is over.
 */
bool savefile_next(struct savefile *file, FILE *stream, const uint8_t **data);
void savefile_end(struct savefile *file);

#endif
