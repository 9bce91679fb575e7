/* The files of a recording being written: wire.pcap, diag.pcap, facts.jsonl, calls.jsonl. Each is
 * buffered in whole records, so that a kill tears at most the last one; a full disk is reported
 * once and the file cut back to its last whole record. */
#include "tcpstate/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pieces.h"
#include "recording_parts.h"

enum { BUFFER_BYTES = 256 * 1024, RECORD_HEADER_BYTES = 16, DIAG_HEADER_BYTES = 16 };
/* the one link type read here whose number in files is not its DLT_* number */
enum { LINKTYPE_RAW_IP = 101 };
enum {
	ARPHRD_NETLINK_ = 824,
	NETLINK_SOCK_DIAG_FAMILY = 4,
	PACKET_TYPE_IN = 0,
	PACKET_TYPE_OUT = 4
};

struct record_header {
	uint32_t seconds, nanoseconds, captured, length;
};
_Static_assert(sizeof(struct record_header) == RECORD_HEADER_BYTES, "pcap record header");

/* How many of the first `limit` bytes of the buffer are whole records. */
static size_t whole_records(const struct output *file, size_t limit)
{
	size_t end = 0;

	if (file->index >= FILE_FACTS) {
		const uint8_t *newline = memrchr(file->buffer, '\n', limit);

		return newline == NULL ? 0 : (size_t)(newline - file->buffer) + 1;
	}
	while (limit - end >= RECORD_HEADER_BYTES) {
		struct record_header header;

		memcpy(&header, file->buffer + end, sizeof(header));
		if (limit - end - RECORD_HEADER_BYTES < header.captured)
			break;
		end += RECORD_HEADER_BYTES + header.captured;
	}
	return end;
}

static int output_error(const struct recording *recording, struct output *file, struct error *error)
{
	file->reported = true;
	return error_set(error, "%s/%s: %s; what was recorded until then is kept",
		recording->directory, recording_files[file->index], strerror(file->cause));
}

static int output_flush(const struct recording *recording, struct output *file, struct error *error)
{
	size_t done = 0;

	if (file->failed)
		return output_error(recording, file, error);
	while (done < file->used) {
		ssize_t n = write(file->fd, file->buffer + done, file->used - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			size_t whole = whole_records(file, done);

			file->failed = true;
			file->cause = n == 0 ? ENOSPC : errno;
			file->used = 0;
			file->written += (off_t)whole;
			/* Shrinking needs no space; if it fails all the same, readers skip the torn
			 * record. */
			if (ftruncate(file->fd, file->written) == 0)
				lseek(file->fd, file->written, SEEK_SET);
			return output_error(recording, file, error);
		}
		done += (size_t)n;
	}
	file->written += (off_t)done;
	file->used = 0;
	return 0;
}

/* Room for one whole record of `size` bytes at the end of the buffer; NULL: *error is set. */
static uint8_t *output_room(
	struct recording *recording, struct output *file, size_t size, struct error *error)
{
	if (recording->turn_due && file->index <= FILE_DIAG &&
		recording_ring_turn(recording, error) != 0)
		return NULL;
	if (file->failed) {
		output_error(recording, file, error);
		return NULL;
	}
	if (file->size - file->used < size && output_flush(recording, file, error) != 0)
		return NULL;
	if (file->size < size) {
		uint8_t *larger = realloc(file->buffer, size);

		if (larger == NULL) {
			error_set(error, "%s/%s: out of memory", recording->directory,
				recording_files[file->index]);
			return NULL;
		}
		file->buffer = larger;
		file->size = size;
	}
	uint8_t *room = file->buffer + file->used;
	file->used += size;
	file->records++;
	return room;
}

static int open_directory(struct recording *recording, struct error *error)
{
	const char *directory = recording->directory;
	struct stat status;

	if (*directory == '\0')
		return error_set(error, "the recording's directory has no name");
	recording->made_directory = mkdir(directory, 0700) == 0;
	if (!recording->made_directory && errno != EEXIST)
		return error_set(
			error, "%s: cannot create the directory: %s", directory, strerror(errno));
	recording->directory_fd = open(directory,
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | (recording->made_directory ? O_NOFOLLOW : 0));
	if (recording->directory_fd < 0)
		return error_set(error, "%s: %s", directory, strerror(errno));
	for (size_t i = 0; i < FILE_COUNT; i++)
		if (fstatat(recording->directory_fd, recording_files[i], &status,
			    AT_SYMLINK_NOFOLLOW) == 0)
			return error_set(error,
				"%s: holds a recording already (%s); choose another directory or "
				"remove it",
				directory, recording_files[i]);
	return 0;
}

static int open_file(struct recording *recording, size_t index, struct error *error)
{
	struct output *file = &recording->files[index];

	file->buffer = malloc(BUFFER_BYTES);
	if (file->buffer == NULL)
		return error_set(error, "out of memory");
	file->size = BUFFER_BYTES;
	file->fd = openat(recording->directory_fd, recording_files[index],
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file->fd < 0)
		return error_set(error, "%s/%s: %s", recording->directory, recording_files[index],
			strerror(errno));
	return 0;
}

static int open_files(struct recording *recording, struct error *error)
{
	for (size_t i = 0; i < FILE_CALLS; i++)
		if (open_file(recording, i, error) != 0)
			return -1;
	/* A recording is readable from its first moment: a provisional header, until the link type
	 * is known. */
	if (recording_capture_header(recording, &recording->files[FILE_WIRE], DLT_LINUX_SLL2,
		    DEFAULT_SNAPLEN, error) != 0)
		return -1;
	return recording_capture_header(
		recording, &recording->files[FILE_DIAG], DLT_NETLINK, DEFAULT_SNAPLEN, error);
}

int recording_add_calls(struct recording *recording, struct error *error)
{
	return open_file(recording, FILE_CALLS, error);
}

/* ---- the end ---- */

static void recording_free(struct recording *recording)
{
	for (size_t i = 0; i < FILE_COUNT; i++) {
		recording_pieces_close(recording, &recording->files[i]);
		if (recording->files[i].fd >= 0)
			close(recording->files[i].fd);
		free(recording->files[i].buffer);
	}
	if (recording->directory_fd >= 0)
		close(recording->directory_fd);
	free(recording->directory);
	free(recording);
}

struct recording *recording_create(const char *directory, struct error *error)
{
	struct recording *recording = calloc(1, sizeof(*recording));

	if (recording == NULL || (recording->directory = strdup(directory)) == NULL) {
		free(recording);
		error_set(error, "out of memory");
		return NULL;
	}
	recording->directory_fd = -1;
	for (size_t i = 0; i < FILE_COUNT; i++)
		recording->files[i] = (struct output){.fd = -1, .index = (enum file_index)i};
	if (open_directory(recording, error) == 0 && open_files(recording, error) == 0)
		return recording;
	recording_discard(recording);
	return NULL;
}

void recording_discard(struct recording *recording)
{
	if (recording == NULL)
		return;
	for (size_t i = 0; i < FILE_COUNT; i++) {
		recording_pieces_unlink(recording, &recording->files[i]);
		if (recording->files[i].fd >= 0)
			unlinkat(recording->directory_fd, recording_files[i], 0);
	}
	if (recording->made_directory)
		rmdir(recording->directory);
	recording_free(recording);
}

int recording_directory_fd(const struct recording *recording)
{
	return recording->directory_fd;
}

static int pieces_chown(
	const struct recording *recording, const struct output *file, uid_t uid, gid_t gid)
{
	for (unsigned piece = 1; file->pieces != NULL && piece < recording->ring_pieces; piece++)
		if (fchown(file->pieces[piece].fd, uid, gid) != 0)
			return -1;
	return 0;
}

int recording_chown(struct recording *recording, uid_t uid, gid_t gid, struct error *error)
{
	for (size_t i = 0; i < FILE_COUNT; i++)
		if (recording->files[i].fd >= 0 &&
			(fchown(recording->files[i].fd, uid, gid) != 0 ||
				pieces_chown(recording, &recording->files[i], uid, gid) != 0))
			return error_set(error, "%s/%s: cannot hand it over: %s",
				recording->directory, recording_files[i], strerror(errno));
	/* A directory that was there before keeps its owner. */
	if (recording->made_directory && fchown(recording->directory_fd, uid, gid) != 0)
		return error_set(error, "%s: cannot hand it over: %s", recording->directory,
			strerror(errno));
	return 0;
}

int recording_wire_header(
	struct recording *recording, int linktype, int snaplen, struct error *error)
{
	struct output *file = &recording->files[FILE_WIRE];

	if (file->records > 0)
		return error_set(error, "%s/%s: holds packets of another link type",
			recording->directory, recording_files[FILE_WIRE]);
	recording->linktype = linktype == DLT_RAW ? LINKTYPE_RAW_IP : (uint32_t)linktype;
	recording->snaplen = snaplen > 0 ? (uint32_t)snaplen : DEFAULT_SNAPLEN;
	return recording_capture_header(
		recording, file, recording->linktype, recording->snaplen, error);
}

static struct record_header record_header(int64_t t_ns, size_t captured, size_t length)
{
	if (t_ns < 0)
		t_ns = 0;
	return (struct record_header){.seconds = (uint32_t)(t_ns / 1000000000),
		.nanoseconds = (uint32_t)(t_ns % 1000000000),
		.captured = (uint32_t)captured,
		.length = (uint32_t)length};
}

int recording_packet(struct recording *recording, int64_t t_ns, const void *data, size_t captured,
	size_t length, struct error *error)
{
	struct record_header header;
	uint8_t *room;

	/* readers refuse more than the file's snap length */
	if (captured > DEFAULT_SNAPLEN)
		captured = DEFAULT_SNAPLEN;
	room = output_room(
		recording, &recording->files[FILE_WIRE], sizeof(header) + captured, error);
	if (room == NULL)
		return -1;
	header = record_header(t_ns, captured, length);
	memcpy(room, &header, sizeof(header));
	memcpy(room + sizeof(header), data, captured);
	return 0;
}

uint64_t recording_diag(struct recording *recording, int64_t t_ns, bool outgoing, const void *data,
	size_t length, struct error *error)
{
	struct output *file = &recording->files[FILE_DIAG];
	/* The pseudo header of LINKTYPE_NETLINK, big-endian: packet type, ARPHRD, address length
	 * and address (10 zero bytes), family. */
	const uint16_t pseudo[8] = {[0] = htons(outgoing ? PACKET_TYPE_OUT : PACKET_TYPE_IN),
		[1] = htons(ARPHRD_NETLINK_),
		[7] = htons(NETLINK_SOCK_DIAG_FAMILY)};
	struct record_header header;
	uint8_t *room;

	_Static_assert(sizeof(pseudo) == DIAG_HEADER_BYTES, "netlink pseudo header");
	if (length > DEFAULT_SNAPLEN - sizeof(pseudo))
		length = DEFAULT_SNAPLEN - sizeof(pseudo);
	room = output_room(recording, file, sizeof(header) + sizeof(pseudo) + length, error);
	if (room == NULL)
		return 0;
	header = record_header(t_ns, sizeof(pseudo) + length, sizeof(pseudo) + length);
	memcpy(room, &header, sizeof(header));
	memcpy(room + sizeof(header), pseudo, sizeof(pseudo));
	memcpy(room + sizeof(header) + sizeof(pseudo), data, length);
	return file->records;
}

static int line_add(
	struct recording *recording, enum file_index index, const char *json, struct error *error)
{
	size_t length;
	uint8_t *room;

	if (json == NULL) /* what a builder of a line returns when out of memory */
		return error_set(error, "%s/%s: out of memory", recording->directory,
			recording_files[index]);
	length = strlen(json);
	if (memchr(json, '\n', length) != NULL)
		return error_set(error, "%s/%s: a record is one line of JSON", recording->directory,
			recording_files[index]);
	room = output_room(recording, &recording->files[index], length + 1, error);
	if (room == NULL)
		return -1;
	memcpy(room, json, length);
	room[length] = '\n';
	return 0;
}

int recording_fact(struct recording *recording, const char *json, struct error *error)
{
	return line_add(recording, FILE_FACTS, json, error);
}

int recording_call(struct recording *recording, const char *json, struct error *error)
{
	return line_add(recording, FILE_CALLS, json, error);
}

/* Without a name in any directory what we write is lost at close. */
static int still_there(const struct recording *recording, struct error *error)
{
	struct stat status;

	for (size_t i = 0; i < FILE_COUNT; i++)
		if (recording->files[i].fd >= 0 && fstat(recording->files[i].fd, &status) == 0 &&
			status.st_nlink == 0)
			return error_set(error,
				"%s/%s: was removed while it was being written, and is lost",
				recording->directory, recording_files[i]);
	return 0;
}

int recording_flush(struct recording *recording, struct error *error)
{
	struct error first = {.text = ""};
	int result = 0;

	if (still_there(recording, error) != 0)
		return -1;
	for (size_t i = 0; i < FILE_COUNT; i++)
		if (output_flush(recording, &recording->files[i], result == 0 ? &first : NULL) != 0)
			result = -1;
	recording->turn_due = result == 0 && recording_ring_is_full(recording);
	return result == 0 ? 0 : error_set(error, "%s", first.text);
}

int recording_end(struct recording *recording, const struct recording_end *end, struct error *error)
{
	struct recording_end told = *end;
	struct error ignored;
	char *json;
	int result;

	recording_flush(recording, &ignored); /* a failure ends in fewer records than were told */
	told.packets = recording_records_kept(recording, &recording->files[FILE_WIRE]);
	told.messages = recording_records_kept(recording, &recording->files[FILE_DIAG]);
	told.calls = recording->files[FILE_CALLS].fd >= 0
			     ? (int64_t)recording->files[FILE_CALLS].records
			     : -1;
	json = facts_end(&told);
	result = recording_fact(recording, json, error);
	free(json);
	return result;
}

int recording_close(struct recording *recording, struct error *error)
{
	/* a full disk stops one file after another: its first error said so */
	bool told = false;
	int result = 0;

	if (recording == NULL)
		return 0;
	for (size_t i = 0; i < FILE_COUNT; i++)
		told = told || recording->files[i].reported;
	for (size_t i = 0; i < FILE_COUNT; i++) {
		struct output *file = &recording->files[i];

		if (!file->reported &&
			output_flush(recording, file, result == 0 && !told ? error : NULL) != 0 &&
			!told)
			result = -1;
		recording_pieces_close(recording, file);
		if (file->fd >= 0 && close(file->fd) != 0 && !file->failed && result == 0 && !told)
			result = error_set(error, "%s/%s: %s", recording->directory,
				recording_files[i], strerror(errno));
		file->fd = -1;
	}
	recording_free(recording);
	return result;
}

const char *recording_directory(const struct recording *recording)
{
	return recording->directory;
}
