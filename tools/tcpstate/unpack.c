/* See unpack.h. An archive comes from a stranger: whoever calls this is locked up, only files with
 * the names of a recording's are read, only regular ones, each once, and not more than the budget
 * of bytes, files and recordings. */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcpstate/contents.h"
#include "tcpstate/libarchive.h"
#include "tcpstate/source.h"

enum { ENTRIES_MAX = 4096, RECORDINGS_MAX = 64, NAME_MAX_BYTES = 255 };

struct unpacking {
	const char *path;
	struct unpacked *list;
	char *folders[RECORDINGS_MAX]; /* of the recordings, in the archive */
	size_t count;
	int64_t bytes;
};

bool unpack_is_archive(const char *path)
{
	static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd}, zip[] = {'P', 'K', 3, 4},
			     gzip[] = {0x1f, 0x8b, 8};
	uint8_t head[512] = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t size = fd >= 0 ? read(fd, head, sizeof(head)) : -1;

	if (fd >= 0)
		close(fd);
	return size > 4 &&
	       (memcmp(head, zstd, sizeof(zstd)) == 0 || memcmp(head, zip, sizeof(zip)) == 0 ||
		       memcmp(head, gzip, sizeof(gzip)) == 0 ||
		       memcmp(head + 257, "ustar", 5) == 0);
}

/* Not an archive, but one capture that is compressed? */
static bool holds_capture(const char *path)
{
	static const uint8_t magics[][4] = {{0xa1, 0xb2, 0xc3, 0xd4}, {0xd4, 0xc3, 0xb2, 0xa1},
		{0xa1, 0xb2, 0x3c, 0x4d}, {0x4d, 0x3c, 0xb2, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a}};
	struct archive *archive = libarchive.read_new();
	struct archive_entry *entry;
	uint8_t head[4];
	bool found = false;

	if (archive == NULL)
		return false;
	libarchive.read_support_filter_zstd(archive);
	libarchive.read_support_filter_gzip(archive);
	libarchive.read_support_format_raw(archive);
	if (libarchive.read_open_filename(archive, path, CONTENTS_BLOCK) == ARCHIVE_OK &&
		libarchive.read_next_header(archive, &entry) == ARCHIVE_OK &&
		libarchive.read_data(archive, head, sizeof(head)) == sizeof(head))
		for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
			found |= memcmp(head, magics[i], sizeof(head)) == 0;
	libarchive.read_free(archive);
	return found;
}

static int damaged(const struct unpacking *unpacking, struct archive *archive, struct error *error)
{
	const char *why = libarchive.error_string(archive);

	return error_set(error, "%s: not an archive that can be read: %s", unpacking->path,
		why != NULL ? why : "damaged");
}

/* The recording of this folder; NULL: there are too many. */
static struct unpacked *recording_of(
	struct unpacking *unpacking, const char *folder, size_t length, struct error *error)
{
	struct unpacked *unpacked;

	for (size_t i = 0; i < unpacking->count; i++)
		if (strlen(unpacking->folders[i]) == length &&
			memcmp(unpacking->folders[i], folder, length) == 0)
			return &unpacking->list[i];
	if (unpacking->count == RECORDINGS_MAX || length > NAME_MAX_BYTES) {
		error_set(error, "%s: holds more than %d recordings, or folders nested too deep",
			unpacking->path, RECORDINGS_MAX);
		return NULL;
	}
	unpacking->folders[unpacking->count] = strndup(folder, length);
	if (unpacking->folders[unpacking->count] == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	unpacked = &unpacking->list[unpacking->count++];
	for (size_t i = 0; i < REPLAY_FILES; i++)
		unpacked->memory[i] = -1;
	return unpacked;
}

/* One file's bytes into memory. */
static int file_take(
	struct unpacking *unpacking, struct archive *archive, int fd, struct error *error)
{
	switch (contents_take(archive, fd, &unpacking->bytes)) {
	case CONTENTS_TOO_MUCH:
		return error_set(error,
			"%s: holds more than %d MiB; unpack it yourself and report on the "
			"directory",
			unpacking->path, CONTENTS_MOST_MIB);
	case CONTENTS_UNWRITTEN:
		return error_set(error, "%s: %s", unpacking->path, strerror(errno));
	case CONTENTS_DAMAGED:
		return damaged(unpacking, archive, error);
	case CONTENTS_WHOLE:
		break;
	}
	return 0;
}

static int entry_take(struct unpacking *unpacking, struct archive *archive,
	struct archive_entry *entry, struct error *error)
{
	const char *path = libarchive.entry_pathname(entry), *name;
	struct unpacked *unpacked;

	if (path == NULL || libarchive.entry_filetype(entry) != AE_IFREG ||
		libarchive.entry_hardlink(entry) != NULL)
		return 0;
	while (strncmp(path, "./", 2) == 0)
		path += 2;
	name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	for (size_t file = 0; file < REPLAY_FILES; file++) {
		if (strcmp(name, replay_names[file]) != 0)
			continue;
		unpacked =
			recording_of(unpacking, path, (size_t)(name - path) - (name > path), error);
		if (unpacked == NULL)
			return -1;
		if (unpacked->memory[file] >= 0)
			return error_set(error, "%s: holds two files of one name, %s",
				unpacking->path, replay_names[file]);
		unpacked->memory[file] = memfd_create(replay_names[file], MFD_CLOEXEC);
		if (unpacked->memory[file] < 0)
			return error_set(error, "%s: %s", unpacking->path, strerror(errno));
		return file_take(unpacking, archive, unpacked->memory[file], error);
	}
	return 0;
}

static int entries_read(struct unpacking *unpacking, struct archive *archive, struct error *error)
{
	struct archive_entry *entry;
	int result, entries = 0;

	while ((result = libarchive.read_next_header(archive, &entry)) == ARCHIVE_OK ||
		result == ARCHIVE_WARN) {
		if (++entries > ENTRIES_MAX)
			return error_set(error, "%s: holds more than %d files", unpacking->path,
				ENTRIES_MAX);
		if (entry_take(unpacking, archive, entry, error) != 0)
			return -1;
	}
	if (result != ARCHIVE_EOF)
		return damaged(unpacking, archive, error);
	return unpacking->count > 0
		       ? 0
		       : error_set(error,
				 "%s: holds no recording (none of wire.pcap, diag.pcap, "
				 "facts.jsonl); make one with tcpstate pack DIR",
				 unpacking->path);
}

static int named_entries_read(
	struct unpacking *unpacking, struct archive *archive, struct error *error)
{
	locale_t before = libarchive_names_begin();
	int result = entries_read(unpacking, archive, error);

	libarchive_names_end(before);
	return result;
}

/* The name of a recording below the first one tells where in the archive it is. */
static int names_give(struct unpacking *unpacking, struct error *error)
{
	size_t first = 0;

	for (size_t i = 1; i < unpacking->count; i++)
		if (strlen(unpacking->folders[i]) < strlen(unpacking->folders[first]))
			first = i;
	if (first != 0) {
		struct unpacked top = unpacking->list[first];
		char *folder = unpacking->folders[first];

		unpacking->list[first] = unpacking->list[0];
		unpacking->folders[first] = unpacking->folders[0];
		unpacking->list[0] = top;
		unpacking->folders[0] = folder;
	}
	for (size_t i = 0; i < unpacking->count; i++) {
		const char *slash = strrchr(unpacking->folders[i], '/');
		const char *folder = slash != NULL ? slash + 1 : unpacking->folders[i];

		if (asprintf(&unpacking->list[i].name, i == 0 ? "%s" : "%s/%s", unpacking->path,
			    folder) < 0) {
			unpacking->list[i].name = NULL;
			return error_set(error, "out of memory");
		}
	}
	return 0;
}

int unpack(const char *path, struct unpacked **list, size_t *count, struct error *error)
{
	struct unpacking unpacking = {
		.path = path, .list = calloc(RECORDINGS_MAX, sizeof(struct unpacked))};
	struct archive *archive = NULL;
	int status = -1;

	*list = unpacking.list;
	*count = 0;
	if (libarchive_load(error) != 0)
		return error_context(error, "%s: is compressed, or an archive", path);
	archive = libarchive.read_new();
	if (unpacking.list != NULL && holds_capture(path)) {
		status = 0;
		goto out;
	}
	if (unpacking.list == NULL || archive == NULL) {
		error_set(error, "out of memory");
		goto out;
	}
	libarchive.read_support_filter_zstd(archive);
	libarchive.read_support_filter_gzip(archive);
	libarchive.read_support_format_tar(archive);
	libarchive.read_support_format_zip(archive);
	if (libarchive.read_open_filename(archive, path, CONTENTS_BLOCK) != ARCHIVE_OK)
		damaged(&unpacking, archive, error);
	else if (named_entries_read(&unpacking, archive, error) == 0)
		status = names_give(&unpacking, error);
	*count = unpacking.count;
out:
	for (size_t i = 0; i < unpacking.count; i++)
		free(unpacking.folders[i]);
	libarchive.read_free(archive);
	return status;
}
