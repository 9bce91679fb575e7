/* A pcap or pcapng file being read, record by record: what wire.c and diag.c have in common.
 * Private to src/source/. */
#ifndef TCPSTATE_CAPTURE_FILE_H
#define TCPSTATE_CAPTURE_FILE_H

#include "savefile.h"
#include "tcpstate/libpcap.h"
#include "tcpstate/source.h"

struct capture_file {
	pcap_t *pcap;             /* NULL: it is ordinary */
	FILE *stream;             /* that either reads */
	struct savefile ordinary; /* is read without copies, and without libpcap */
	int linktype;             /* as libpcap numbers them */
	char *name;               /* as shown in errors: the path, or "standard input" */
	uint64_t number;          /* of the record last read, from 1 */
	uint64_t blank;           /* records passed over that are nothing but zeros */
	bool ended, torn;         /* torn: the file ends within a record */
	bool damaged;             /* its compressed contents break off */
};

/* path "-" is standard input. 0, or -1 with the file named in *error; *file needs no closing then.
 */
int capture_file_open(struct capture_file *file, const char *path, struct error *error);
/* The same of an open descriptor, which is taken over in any case; name: as shown in errors. */
int capture_file_attach(struct capture_file *file, int fd, const char *name, struct error *error);
/* Passes over (and numbers, as other readers do) records whose header is all zeros: no packet, but
 * what a file system leaves where data did not reach the disk.
 * 1: *header, *data (borrowed until the next call) and *t_ns are set; 0: the end, maybe torn; -1:
 * what follows cannot be read. */
int capture_file_next(struct capture_file *file, struct pcap_pkthdr **header, const uint8_t **data,
	int64_t *t_ns, struct error *error);
void capture_file_close(struct capture_file *file);

#endif
