/* A recording into a ring has several files instead of wire.pcap and diag.pcap: wire.pcap,
 * wire.1.pcap, wire.2.pcap ..., of which the oldest is written anew when the newest is full. Each
 * says in its header which turn it is of; put together in that order they are one capture again. */
#include "pieces.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK_BYTES = 256 * 1024 };
/* twice what record --ring takes: a stranger's files shall not fill the memory */
static const off_t JOINED_MOST = INT64_C(2) << 30;
/* libpcap writes 0 there and reads past it, as everybody does (sigfigs) */
enum { SEQUENCE_AT = 12 };

void piece_name(const char *file, unsigned piece, char name[PIECE_NAME])
{
	if (piece == 0)
		snprintf(name, PIECE_NAME, "%s", file);
	else
		snprintf(name, PIECE_NAME, "%.*s.%u%s", (int)strcspn(file, "."), file, piece,
			file + strcspn(file, "."));
}

struct piece {
	int fd;
	uint32_t sequence;
	off_t bytes;
};

static bool sequence_read(int fd, uint32_t *sequence)
{
	uint8_t header[PIECE_HEADER];

	if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return false;
	memcpy(sequence, header + SEQUENCE_AT, sizeof(*sequence));
	return true;
}

void piece_header_mark(void *header, uint32_t sequence)
{
	memcpy((uint8_t *)header + SEQUENCE_AT, &sequence, sizeof(sequence));
}

static int by_sequence(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

/* From `at` to the end of the piece; false: it could not be read or written. */
static bool bytes_copy(int from, off_t at, int to)
{
	static uint8_t block[BLOCK_BYTES];
	ssize_t got;

	while ((got = pread(from, block, sizeof(block), at)) > 0) {
		for (ssize_t done = 0, put; done < got; done += put)
			if ((put = write(to, block + done, (size_t)(got - done))) <= 0)
				return false;
		at += got;
	}
	return got == 0;
}

/* A recorder may have begun to write it anew meanwhile: then it is left out. */
static int piece_append(const struct piece *piece, int to, bool first)
{
	off_t before = lseek(to, 0, SEEK_CUR);
	uint32_t sequence;

	if (!bytes_copy(piece->fd, first ? 0 : PIECE_HEADER, to))
		return -1;
	if (sequence_read(piece->fd, &sequence) && sequence == piece->sequence)
		return 0;
	return ftruncate(to, before) == 0 && lseek(to, before, SEEK_SET) == before ? 0 : -1;
}

/* A file that is in nobody's directory, at its beginning; -1: errno says why. */
static int pieces_join(struct piece *pieces, size_t count)
{
	int fd = memfd_create("ring", MFD_CLOEXEC);
	bool failed = fd < 0;
	off_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += pieces[i].bytes < JOINED_MOST ? pieces[i].bytes : JOINED_MOST;
	if (bytes >= JOINED_MOST) {
		errno = EFBIG;
		failed = true;
	}
	qsort(pieces, count, sizeof(*pieces), by_sequence);
	for (size_t i = 0; i < count && !failed; i++)
		failed = piece_append(&pieces[i], fd, lseek(fd, 0, SEEK_CUR) == 0) != 0;
	if (!failed && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

bool input_overwritten(int fd)
{
	uint32_t sequence;

	return sequence_read(fd, &sequence) && sequence > 0;
}

/* Those that are there: any may be missing. -1: one of them is not to be read. */
static int pieces_open(int directory_fd, const char *directory, const char *file,
	struct piece *pieces, size_t *count, struct error *error)
{
	char name[PIECE_NAME];

	for (unsigned number = 0; number < PIECES_MOST; number++) {
		struct piece piece;

		piece_name(file, number, name);
		piece.fd = input_beneath(directory_fd, directory, name, &piece.bytes, error);
		if (piece.fd == INPUT_MISSING)
			continue;
		if (piece.fd < 0)
			return -1;
		if (sequence_read(piece.fd, &piece.sequence))
			pieces[(*count)++] = piece;
		else
			close(piece.fd); /* its turn had just begun */
	}
	return 0;
}

/* Has it more files than the one of its own name? */
static bool is_ring(int directory_fd, const char *file)
{
	char name[PIECE_NAME];

	for (unsigned number = 1; number < PIECES_MOST; number++) {
		piece_name(file, number, name);
		if (faccessat(directory_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

int input_pieces(
	int directory_fd, const char *directory, const char *file, off_t *size, struct error *error)
{
	struct piece pieces[PIECES_MOST];
	size_t count = 0;
	int result = -1;

	if (!is_ring(directory_fd, file))
		return input_beneath(directory_fd, directory, file, size, error);
	*size = 0;
	if (pieces_open(directory_fd, directory, file, pieces, &count, error) == 0) {
		struct stat status;

		result = pieces_join(pieces, count);
		if (result < 0)
			error_set(error, "%s/%s: putting the ring together: %s", directory, file,
				strerror(errno));
		else if (fstat(result, &status) == 0)
			*size = status.st_size;
	}
	for (size_t i = 0; i < count; i++)
		close(pieces[i].fd);
	return result;
}
