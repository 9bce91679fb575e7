/* What hostile input could make of the process that reads it: confined ATTACK [PID], once under the
 * sandbox of tools/tcpstate/sandbox.c; prints "done" where the attack was let through. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "../../tools/tcpstate/sandbox.c"

struct attack {
	const char *name;
	int victim, terminal;
};

/* The program's own memory.c counts allocations that fail; none does here. */
int memory_check(struct error *error)
{
	(void)error;
	return 0;
}

void memory_parent_tells(void)
{
}

static int attempt(const struct attack *attack)
{
	char letter = '#';

	if (strcmp(attack->name, "type") == 0)
		return ioctl(attack->terminal, TIOCSTI, &letter);
	if (strcmp(attack->name, "console") == 0) {
		letter = 11;
		return ioctl(attack->terminal, TIOCLINUX, &letter) == 0 || errno != EPERM ? 0 : -1;
	}
	if (strcmp(attack->name, "own") == 0)
		return fcntl(attack->terminal, F_SETOWN, attack->victim);
	if (strcmp(attack->name, "signal") == 0)
		return (int)syscall(SYS_tgkill, attack->victim, attack->victim, SIGTERM);
	if (strcmp(attack->name, "write") == 0)
		return open("/dev/null", O_WRONLY);
	if (strcmp(attack->name, "read") == 0) {
		struct winsize size;
		int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

		return fd < 0 || fcntl(fd, F_GETFL) < 0
			       ? -1
			       : ioctl(attack->terminal, TIOCGWINSZ, &size);
	}
	return -1;
}

static int work(void *context, struct error *error)
{
	if (attempt(context) == 0)
		puts("done");
	fflush(stdout);
	(void)error;
	return 0;
}

int main(int argc, char **argv)
{
	struct attack attack = {argc > 1 ? argv[1] : "", argc > 2 ? atoi(argv[2]) : 0,
		open("/dev/tty", O_RDWR | O_CLOEXEC)};
	struct error error;

	return sandbox_run(work, &attack, NULL, 0, &error) == 0 ? 0 : 1;
}
