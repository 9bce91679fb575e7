/* See contents.h. */
#include "tcpstate/contents.h"

#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "tcpstate/libarchive.h"

static bool written(int fd, const uint8_t *data, size_t count)
{
	for (size_t done = 0; done < count;) {
		ssize_t put = write(fd, data + done, count - done);

		if (put <= 0)
			return false;
		done += (size_t)put;
	}
	return true;
}

enum contents contents_take(struct archive *archive, int fd, int64_t *bytes)
{
	uint8_t block[CONTENTS_BLOCK];
	la_ssize_t got;

	while ((got = libarchive.read_data(archive, block, sizeof(block))) > 0) {
		*bytes += got;
		if (*bytes > CONTENTS_MOST)
			return CONTENTS_TOO_MUCH;
		if (!written(fd, block, (size_t)got))
			return CONTENTS_UNWRITTEN;
	}
	return got < 0 ? CONTENTS_DAMAGED : CONTENTS_WHOLE;
}
