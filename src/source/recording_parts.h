/* What recording.c and recording_ring.c share: the recording and its files. */
#ifndef TCPSTATE_RECORDING_PARTS_H
#define TCPSTATE_RECORDING_PARTS_H

#include "tcpstate/source.h"

enum { DEFAULT_SNAPLEN = 262144 };
enum file_index { FILE_WIRE, FILE_DIAG, FILE_FACTS, FILE_CALLS, FILE_COUNT };
extern const char *const recording_files[FILE_COUNT]; /* their names */

struct output {
	int fd;
	enum file_index index;
	uint8_t *buffer;
	size_t used, size;
	off_t written; /* bytes in the file: always whole records */
	uint64_t records;
	/* a failed file takes no more; its error was returned once */
	bool failed, reported;
	int cause; /* errno of the failure */
	struct piece_out {
		int fd;
		uint64_t records;
	} * pieces; /* of a ring, the fd in use among them; NULL: none */
};

struct recording {
	char *directory;
	int directory_fd;
	bool made_directory;
	uint64_t ring_bytes; /* of both captures together; 0: no ring */
	unsigned ring_pieces;
	uint32_t turns;
	bool turn_due;              /* with the next record: nothing is buffered before it */
	uint32_t linktype, snaplen; /* of wire.pcap, for the next file */
	struct output files[FILE_COUNT];
};

/* Begin a capture file, of a ring with its turn. 0, or -1 */
int recording_capture_header(const struct recording *recording, struct output *file,
	uint32_t linktype, uint32_t snaplen, struct error *error);
/* Both captures go on in their oldest files, so that they tell of the same time. 0, or -1 */
int recording_ring_turn(struct recording *recording, struct error *error);
bool recording_ring_is_full(const struct recording *recording);
/* Records that are there: those of the other pieces, too. */
uint64_t recording_records_kept(const struct recording *recording, const struct output *file);
void recording_pieces_close(const struct recording *recording, struct output *file);
void recording_pieces_unlink(const struct recording *recording, const struct output *file);

#endif
