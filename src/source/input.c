/* Files of a recording, opened for reading. A recording may come from a stranger, or change while
 * it is read: nothing in its directory is followed to elsewhere, and only regular files are read,
 * so that neither a pipe, a device nor a link can stop the report or show it other people's files.
 */
#include "tcpstate/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int input_directory(int parent_fd, const char *name, struct error *error)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (parent_fd >= 0 ? O_NOFOLLOW : 0);
	int fd = openat(parent_fd >= 0 ? parent_fd : AT_FDCWD, name, flags);

	return fd >= 0 ? fd : error_set(error, "%s: %s", name, strerror(errno));
}

static const char *kind_of(mode_t mode)
{
	return S_ISLNK(mode)    ? "a symbolic link"
	       : S_ISDIR(mode)  ? "a directory"
	       : S_ISFIFO(mode) ? "a pipe"
	       : S_ISSOCK(mode) ? "a socket"
				: "a device";
}

int input_beneath(
	int directory_fd, const char *directory, const char *name, off_t *size, struct error *error)
{
	struct stat status;
	int fd;

	*size = 0;
	if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return INPUT_MISSING;
		return error_set(error, "%s/%s: %s", directory, name, strerror(errno));
	}
	/* asked beforehand, since to open a device may have consequences */
	if (S_ISREG(status.st_mode)) {
		fd = openat(directory_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			return error_set(error, "%s/%s: %s", directory, name, strerror(errno));
		if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
			*size = status.st_size;
			return fd;
		}
		close(fd);
	}
	return error_set(error,
		"%s/%s: is %s; the files of a recording are regular files, copy it there itself",
		directory, name, kind_of(status.st_mode));
}
