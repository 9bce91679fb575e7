/* A recording into a ring: several files of each capture, of which the oldest are written anew when
 * the newest are full. Who reads them: pieces.c. */
#include "recording_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pieces.h"

int recording_ring(
	struct recording *recording, uint64_t bytes, unsigned pieces, struct error *error)
{
	char name[PIECE_NAME];

	for (size_t i = FILE_WIRE; i <= FILE_DIAG; i++) {
		struct output *file = &recording->files[i];

		file->pieces = calloc(pieces, sizeof(*file->pieces));
		if (file->pieces == NULL)
			return error_set(error, "out of memory");
		recording->ring_pieces = pieces;
		for (unsigned piece = 0; piece < pieces; piece++)
			file->pieces[piece].fd = piece == 0 ? file->fd : -1;
		for (unsigned piece = 1; piece < pieces; piece++) {
			piece_name(recording_files[i], piece, name);
			file->pieces[piece].fd = openat(recording->directory_fd, name,
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
			if (file->pieces[piece].fd < 0)
				return error_set(error, "%s/%s: %s", recording->directory, name,
					strerror(errno));
		}
	}
	recording->ring_bytes = bytes;
	return 0;
}

uint32_t recording_turns(const struct recording *recording)
{
	return recording->turns;
}

void recording_ring_end(struct recording *recording)
{
	recording->ring_bytes = 0;
	recording->turn_due = false;
}

/* Both captures go on in their oldest files, so that they tell of the same time. */
int recording_ring_turn(struct recording *recording, struct error *error)
{
	unsigned now = recording->turns % recording->ring_pieces,
		 next = (recording->turns + 1) % recording->ring_pieces;

	recording->turn_due = false;
	recording->turns++;
	for (size_t i = FILE_WIRE; i <= FILE_DIAG; i++) {
		struct output *file = &recording->files[i];

		file->pieces[now].records = file->records;
		file->records = 0;
		file->pieces[next].records = 0;
		file->fd = file->pieces[next].fd;
		if (ftruncate(file->fd, 0) != 0)
			return error_set(error, "%s/%s: %s", recording->directory,
				recording_files[i], strerror(errno));
		if (recording_capture_header(recording, file,
			    i == FILE_WIRE ? recording->linktype : DLT_NETLINK,
			    i == FILE_WIRE ? recording->snaplen : DEFAULT_SNAPLEN, error) != 0)
			return -1;
	}
	return 0;
}

bool recording_ring_is_full(const struct recording *recording)
{
	const struct output *wire = &recording->files[FILE_WIRE],
			    *diag = &recording->files[FILE_DIAG];

	return recording->ring_bytes > 0 && !wire->failed && !diag->failed &&
	       (uint64_t)(wire->written + diag->written) >= recording->ring_bytes;
}

/* Records that are there: those of the other pieces, too. */
uint64_t recording_records_kept(const struct recording *recording, const struct output *file)
{
	unsigned now = recording->turns % (recording->ring_pieces + (file->pieces == NULL));
	uint64_t kept = file->records;

	for (unsigned piece = 0; file->pieces != NULL && piece < recording->ring_pieces; piece++)
		kept += piece != now ? file->pieces[piece].records : 0;
	return kept;
}

void recording_pieces_close(const struct recording *recording, struct output *file)
{
	for (unsigned piece = 0; file->pieces != NULL && piece < recording->ring_pieces; piece++)
		if (file->pieces[piece].fd >= 0 && file->pieces[piece].fd != file->fd)
			close(file->pieces[piece].fd);
	free(file->pieces);
	file->pieces = NULL;
}

void recording_pieces_unlink(const struct recording *recording, const struct output *file)
{
	char name[PIECE_NAME];

	for (unsigned piece = 1; file->pieces != NULL && piece < recording->ring_pieces; piece++) {
		piece_name(recording_files[file->index], piece, name);
		if (file->pieces[piece].fd >= 0)
			unlinkat(recording->directory_fd, name, 0);
	}
}
