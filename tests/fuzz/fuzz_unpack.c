/* An archive that somebody hands in, read into memory: nothing is left open but the files that are
 * handed on, whatever the archive says. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../tools/tcpstate/unpack.c"
#include "tcpstate/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The lowest descriptor that is free. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		abort();
	close(fd);
	return fd;
}

static void unpacked_close(struct unpacked *unpacked)
{
	for (size_t file = 0; file < REPLAY_FILES; file++) {
		struct stat status;

		if (unpacked->memory[file] < 0)
			continue;
		if (fstat(unpacked->memory[file], &status) != 0 || status.st_size > 512 << 20)
			abort();
		close(unpacked->memory[file]);
	}
	free(unpacked->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct unpacked *list = NULL;
	struct error error = {0};
	size_t count = 0;
	char path[64];
	int fd = memfd_create("archive", MFD_CLOEXEC), before;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	before = next_descriptor();
	/* others are not unpacked (inputs.c); something comes of it, or a reason why not */
	if (unpack_is_archive(path) &&
		(unpack(path, &list, &count, &error) != 0 ? error.text[0] == '\0'
							  : count == 0 && !holds_capture(path)))
		abort();
	for (size_t i = 0; i < count; i++)
		unpacked_close(&list[i]);
	free(list);
	if (next_descriptor() != before)
		abort();
	close(fd);
	return 0;
}
