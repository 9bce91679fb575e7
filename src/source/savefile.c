/* See savefile.h. What is odd about a record (cut off, longer than the file says, a time before
 * 1970) is taken as libpcap takes it:
 * tests/golden/a_capture_is_read_in_place_as_libpcap_reads_it.sh. */
#include "savefile.h"

#include <errno.h>
#include <stdio.h>
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
	LINKTYPE_RAW = 101, /* DLT_RAW, elsewhere */
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

/* -1: libpcap is to say what it is. */
static int linktype_of(uint32_t linktype)
{
	switch (linktype) {
	case DLT_NULL:
	case DLT_EN10MB:
	case DLT_PPP:
	case DLT_IEEE802_11:
	case DLT_LINUX_SLL:
	case DLT_IEEE802_11_RADIO:
	case DLT_IPV4:
	case DLT_IPV6:
	case DLT_NETLINK:
	case DLT_LINUX_SLL2:
		return (int)linktype;
	case LINKTYPE_RAW:
		return DLT_RAW;
	default:
		return -1;
	}
}

static bool header_read(int fd, struct savefile_header *header)
{
	struct stat status;

	return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       pread(fd, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
	       fraction_of(header) != 0 && linktype_of(header->linktype) >= 0;
}

bool savefile_is_ordinary(int fd)
{
	struct savefile_header header;

	return header_read(fd, &header) && lseek(fd, 0, SEEK_CUR) == 0;
}

int savefile_begin(struct savefile *file, FILE *stream)
{
	struct savefile_header header;

	*file = (struct savefile){.fd = fileno(stream), .begins = HEADER_BYTES, .wanted = SIZE_MAX};
	if (!header_read(file->fd, &header) || ftello(stream) != 0)
		return 0;
	file->fraction_ns = fraction_of(&header);
	file->linktype = linktype_of(header.linktype);
	file->captured_most = header.snaplen > 0 && header.snaplen < CAPTURED_MOST ? header.snaplen
										   : CAPTURED_MOST;
	file->buffer = malloc(BUFFER_BYTES);
	return file->buffer != NULL ? 1 : -1;
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
		if (got < 0)
			snprintf(file->reason, sizeof(file->reason), "error reading dump file: %s",
				strerror(errno));
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

/* No more of it is there: the end, or an error of reading. */
static int over(const struct savefile *file)
{
	return file->reason[0] != '\0' ? -1 : 0;
}

int savefile_next(struct savefile *file, const uint8_t **data)
{
	struct savefile_record record;

	if (!holds(file, sizeof(record))) {
		file->torn = file->at < file->end;
		return over(file);
	}
	memcpy(&record, file->buffer + file->at, sizeof(record));
	if (record.captured > CAPTURED_MOST) {
		snprintf(file->reason, sizeof(file->reason),
			"invalid packet capture length %u, bigger than snaplen of %u",
			record.captured, file->captured_most);
		return -1;
	}
	uint32_t captured =
		record.captured < file->captured_most ? record.captured : file->captured_most;
	file->sparse = captured / SPARSE_LEAST > file->wanted;
	size_t read = captured < file->wanted ? captured : file->wanted;
	if (!holds(file, sizeof(record) + read) ||
		!is_whole(file, sizeof(record) + record.captured)) {
		file->torn = true;
		return over(file);
	}
	file->header.ts.tv_sec = (int32_t)record.seconds;
	file->header.ts.tv_usec = (int32_t)record.fraction * file->fraction_ns;
	file->t_ns = (int32_t)record.seconds * INT64_C(1000000000) + file->header.ts.tv_usec;
	file->header.caplen = captured;
	file->header.len = record.length;
	*data = file->buffer + file->at + sizeof(record);
	file->at += sizeof(record) + record.captured;
	return 1;
}
