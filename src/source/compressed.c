/* See compressed.h. libarchive takes the compression off. */
#include "compressed.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcpstate/contents.h"
#include "tcpstate/libarchive.h"

enum { MAGIC_BYTES = 6 };

/* The program that takes the compression off, as zcat does; NULL: not compressed. */
static const char *opener_of(const unsigned char *bytes, size_t count)
{
	static const struct {
		const char *opener;
		size_t count;
		unsigned char bytes[MAGIC_BYTES];
	} magics[] = {{"zcat", 3, {0x1f, 0x8b, 8}},          /* gzip, RFC 1952 */
		{"zstdcat", 4, {0x28, 0xb5, 0x2f, 0xfd}},    /* zstd, RFC 8878 */
		{"xzcat", 6, {0xfd, '7', 'z', 'X', 'Z', 0}}, /* xz */
		{"lz4cat", 4, {0x04, 0x22, 0x4d, 0x18}},     /* lz4 frame */
		{"bzcat", 3, {'B', 'Z', 'h'}}};              /* bzip2 */

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (count >= magics[i].count &&
			memcmp(bytes, magics[i].bytes, magics[i].count) == 0)
			return magics[i].opener;
	return NULL;
}

bool contents_compressed(int fd)
{
	unsigned char magic[MAGIC_BYTES];
	struct stat status;

	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return false;
	ssize_t got = pread(fd, magic, sizeof(magic), 0);
	return got > 0 && opener_of(magic, (size_t)got) != NULL;
}

const char *stream_opener(FILE *stream)
{
	unsigned char magic[MAGIC_BYTES];
	size_t got = 0;
	int byte;

	while (got < sizeof(magic) && (byte = getc(stream)) != EOF)
		magic[got++] = (unsigned char)byte;
	const char *opener = opener_of(magic, got);
	/* what was just read goes back into its buffer */
	while (got > 0 && ungetc(magic[got - 1], stream) != EOF)
		got--;
	return opener;
}

static int damaged(struct archive *archive, const char *name, struct error *error)
{
	const char *why = libarchive.error_string(archive);

	return error_set(error, "%s: compressed, and cannot be read: %s", name,
		why != NULL ? why : "damaged");
}

static int contents_copy(
	struct archive *archive, int fd, const char *name, bool *torn, struct error *error)
{
	struct archive_entry *entry;
	int64_t bytes = 0;

	if (libarchive.read_next_header(archive, &entry) != ARCHIVE_OK)
		return damaged(archive, name, error);
	switch (contents_take(archive, fd, &bytes)) {
	case CONTENTS_TOO_MUCH:
		return error_set(error,
			"%s: holds more than %d MiB; take the compression off and report on the "
			"file, or pipe it in: zcat FILE | tcpstate report -",
			name, CONTENTS_MOST_MIB);
	case CONTENTS_UNWRITTEN:
		return error_set(error, "%s: %s", name, strerror(errno));
	case CONTENTS_DAMAGED:
		if (bytes == 0)
			return damaged(archive, name, error);
		*torn = true;
		return 0;
	case CONTENTS_WHOLE:
		break;
	}
	return 0;
}

int compressed_open(FILE **stream, const char *name, bool *torn, struct error *error)
{
	struct archive *archive;
	FILE *contents = NULL;
	int fd, status = -1;

	*torn = false;
	if (ftello(*stream) != 0 || !contents_compressed(fileno(*stream)))
		return 0;
	if (libarchive_load(error) != 0)
		return error_context(error, "%s: is compressed, or an archive", name);
	archive = libarchive.read_new();
	fd = memfd_create("capture", MFD_CLOEXEC);
	if (archive == NULL || fd < 0) {
		error_set(
			error, "%s: %s", name, archive == NULL ? "out of memory" : strerror(errno));
		goto out;
	}
	libarchive.read_support_filter_gzip(archive);
	libarchive.read_support_filter_zstd(archive);
	libarchive.read_support_filter_xz(archive);
	libarchive.read_support_filter_lz4(archive);
	libarchive.read_support_filter_bzip2(archive);
	libarchive.read_support_format_raw(archive);
	libarchive.read_support_format_empty(archive);
	if (libarchive.read_open_fd(archive, fileno(*stream), CONTENTS_BLOCK) != ARCHIVE_OK)
		damaged(archive, name, error);
	else if (contents_copy(archive, fd, name, torn, error) == 0 &&
		 lseek(fd, 0, SEEK_SET) == 0) {
		contents = fdopen(fd, "r");
		if (contents == NULL)
			error_set(error, "%s: %s", name, strerror(errno));
	}
	if (contents != NULL) {
		fd = -1;
		fclose(*stream);
		*stream = contents;
		status = 0;
	}
out:
	if (fd >= 0)
		close(fd);
	libarchive.read_free(archive);
	return status;
}
