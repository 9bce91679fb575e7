/* See savefile.h. Only whole records with nothing odd about them are taken here; what is odd (cut
 * off, longer than the file says, a time before 1970) libpcap reads, with its own words for it. */
#include "savefile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUFFER_BYTES = 512 * 1024,
	SPARSE_BYTES = 8 * 1024, /* read at a time, where most of a packet is passed over */
	SPARSE_LEAST = 4,        /* times of what is wanted */
	CAPTURED_MOST = 262144,  /* libpcap: MAXIMUM_SNAPLEN */
	HEADER_BYTES = 24,
	RECORD_BYTES = 16,
	VERSION_MAJOR = 2,
	VERSION_MINOR = 4
};
static const uint32_t MAGIC_MICROSECONDS = 0xa1b2c3d4, MAGIC_NANOSECONDS = 0xa1b23c4d;
_Static_assert((int)BUFFER_BYTES >= (int)CAPTURED_MOST + RECORD_BYTES, "a record fits");

struct savefile_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t reserved[2], snaplen, linktype;
};
struct savefile_record {
	uint32_t seconds, fraction, captured, length;
};
_Static_assert(sizeof(struct savefile_header) == HEADER_BYTES, "as in the file");
_Static_assert(sizeof(struct savefile_record) == RECORD_BYTES, "as in the file");

static long fraction_of(const struct savefile_header *header)
{
	if (header->major != VERSION_MAJOR || header->minor != VERSION_MINOR)
		return 0;
	return header->magic == MAGIC_NANOSECONDS    ? 1
	       : header->magic == MAGIC_MICROSECONDS ? 1000
						     : 0;
}

void savefile_begin(struct savefile *file, pcap_t *pcap, FILE *stream)
{
	struct savefile_header header;
	struct stat status;
	int snaplen = pcap_snapshot(pcap);

	*file = (struct savefile){.fd = fileno(stream), .begins = HEADER_BYTES, .wanted = SIZE_MAX};
	if (fstat(file->fd, &status) != 0 || !S_ISREG(status.st_mode) ||
		ftello(stream) != HEADER_BYTES ||
		pread(file->fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header))
		return;
	file->fraction_ns = fraction_of(&header);
	file->captured_most =
		snaplen > 0 && snaplen < CAPTURED_MOST ? (uint32_t)snaplen : CAPTURED_MOST;
	if (file->fraction_ns != 0)
		file->buffer = malloc(BUFFER_BYTES);
}

void savefile_end(struct savefile *file)
{
	free(file->buffer);
	file->buffer = NULL;
}

static bool reads(struct savefile *file, size_t needed)
{
	size_t most = file->sparse && needed < SPARSE_BYTES ? SPARSE_BYTES : BUFFER_BYTES;

	size_t left = file->at < file->end ? file->end - file->at : 0;
	memmove(file->buffer, file->buffer + file->end - left, left);
	file->begins += (off_t)file->at;
	file->at = 0;
	file->end = left;
	while (file->end < needed) {
		ssize_t got = pread(file->fd, file->buffer + file->end, most - file->end,
			file->begins + (off_t)file->end);
		if (got <= 0)
			return false;
		file->end += (size_t)got;
	}
	return true;
}

/* So many bytes from the next record on; false: they are not there. */
static inline bool holds(struct savefile *file, size_t needed)
{
	return file->at + needed <= file->end || reads(file, needed);
}

/* Is all of it in the file, also what is not read? */
static inline bool is_whole(struct savefile *file, size_t bytes)
{
	off_t end = file->begins + (off_t)(file->at + bytes);
	struct stat status;

	if (file->at + bytes <= file->end)
		return true;
	if (end > file->size && fstat(file->fd, &status) == 0)
		file->size = status.st_size; /* it may grow */
	return end <= file->size;
}

bool savefile_next(struct savefile *file, FILE *stream, const uint8_t **data)
{
	struct savefile_record record;

	if (file->buffer == NULL)
		return false;
	if (!holds(file, sizeof(record)))
		goto hand_over;
	memcpy(&record, file->buffer + file->at, sizeof(record));
	file->sparse = record.captured / SPARSE_LEAST > file->wanted;
	size_t read = record.captured < file->wanted ? record.captured : file->wanted;
	if (record.seconds > INT32_MAX || record.fraction > INT32_MAX ||
		record.captured > file->captured_most || !holds(file, sizeof(record) + read) ||
		!is_whole(file, sizeof(record) + record.captured))
		goto hand_over;
	file->header.ts.tv_sec = (time_t)record.seconds;
	file->header.ts.tv_usec = (suseconds_t)record.fraction * file->fraction_ns;
	file->t_ns = (int64_t)record.seconds * 1000000000 + file->header.ts.tv_usec; /* fits */
	file->header.caplen = record.captured;
	file->header.len = record.length;
	*data = file->buffer + file->at + sizeof(record);
	file->at += sizeof(record) + record.captured;
	return true;

hand_over:
	/* cannot fail in a regular file; if it did, libpcap would begin with the first record */
	if (fseeko(stream, file->begins + (off_t)file->at, SEEK_SET) != 0)
		fseeko(stream, 0, SEEK_END);
	savefile_end(file);
	return false;
}
