/* See pty.h. Nothing here waits: what was typed is read when poll() says that it is there, and the
 * inner terminal takes what it has room for. */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { TYPED = 1024 };

struct pty {
	int master, slave;
	struct termios saved;
	bool raw, over; /* over: nobody types any more */
	size_t at, used;
	char typed[TYPED];
};

bool pty_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	       tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static int slave_open(int master)
{
	char name[64];

	if (grantpt(master) != 0 || unlockpt(master) != 0 ||
		ptsname_r(master, name, sizeof(name)) != 0)
		return -1;
	return open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

struct pty *pty_new(uid_t user, struct error *error)
{
	struct pty *pty = calloc(1, sizeof(*pty));

	if (pty == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	pty->slave = -1;
	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (pty->master >= 0)
		pty->slave = slave_open(pty->master);
	if (pty->slave < 0 || tcgetattr(STDIN_FILENO, &pty->saved) != 0 ||
		tcsetattr(pty->slave, TCSANOW, &pty->saved) != 0) {
		error_set(error, "--keep-output: no terminal for COMMAND: %s", strerror(errno));
		pty_free(pty);
		return NULL;
	}
	if (user != (uid_t)-1 && fchown(pty->slave, user, (gid_t)-1) != 0)
		errno = 0; /* it is inherited open */
	pty_resize(pty);
	fcntl(pty->master, F_SETFL, O_RDWR | O_NONBLOCK);
	return pty;
}

void pty_free(struct pty *pty)
{
	if (pty == NULL)
		return;
	pty_raw(pty, false);
	if (pty->slave >= 0)
		close(pty->slave);
	if (pty->master >= 0)
		close(pty->master);
	free(pty);
}

int pty_master(const struct pty *pty)
{
	return pty->master;
}

void pty_restore(const struct pty *pty)
{
	struct termios modes;

	/* a shell that prompts has set what it wants */
	if (tcgetattr(STDIN_FILENO, &modes) == 0 && (modes.c_lflag & ISIG) == 0)
		tcsetattr(STDIN_FILENO, TCSANOW, &pty->saved);
}

void pty_child(const struct pty *pty)
{
	dup2(pty->slave, STDIN_FILENO);
	dup2(pty->slave, STDOUT_FILENO);
	if (isatty(STDERR_FILENO))
		dup2(pty->slave, STDERR_FILENO);
}

void pty_lead(void)
{
	setsid();
	ioctl(STDIN_FILENO, TIOCSCTTY, 0);
}

void pty_begin(struct pty *pty)
{
	close(pty->slave);
	pty->slave = -1;
}

void pty_raw(struct pty *pty, bool raw)
{
	struct termios modes = pty->saved;

	if (raw)
		cfmakeraw(&modes);
	if (raw != pty->raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	pty->raw = raw;
}

void pty_resize(const struct pty *pty)
{
	struct winsize size;

	if (ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		ioctl(pty->master, TIOCSWINSZ, &size);
}

size_t pty_fds(const struct pty *pty, struct pollfd fds[PTY_FDS])
{
	if (!pty->raw || pty->over)
		return 0;
	if (pty->used > 0)
		fds[0] = (struct pollfd){pty->master, POLLOUT, 0};
	else
		fds[0] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
	return 1;
}

static bool typed_read(struct pty *pty)
{
	struct pollfd typed = {STDIN_FILENO, POLLIN, 0};
	ssize_t size;

	if (poll(&typed, 1, 0) <= 0)
		return false;
	size = read(STDIN_FILENO, pty->typed, sizeof(pty->typed));
	if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN))
		pty->over = true; /* hung up */
	pty->at = 0;
	pty->used = size > 0 ? (size_t)size : 0;
	return size > 0;
}

void pty_pump(struct pty *pty)
{
	if (!pty->raw || pty->over)
		return;
	while (pty->used > 0 || typed_read(pty)) {
		ssize_t done = write(pty->master, pty->typed + pty->at, pty->used - pty->at);

		if (done <= 0)
			return;
		pty->at += (size_t)done;
		if (pty->at == pty->used)
			pty->at = pty->used = 0;
	}
}
