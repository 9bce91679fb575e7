/* Makes socket calls that a recording with --calls must tell exactly: each scenario is a few lines,
 * and a_call_is_told_as_it_was_made.sh has by hand what is to be said of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

static int listening(int port)
{
	struct sockaddr_in at = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 5) != 0)
		exit(9);
	return fd;
}

static int connected(int port)
{
	struct sockaddr_in at = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0 ? fd : -1;
}

/* Both ends in one process: 3 listens, 4 is the client's, 5 the server's. */
static void pair_made(void)
{
	listening(22535);
	connected(22535);
	if (accept4(3, NULL, NULL, 0) != 5)
		exit(9);
}

static void unread(void)
{
	char byte[4];

	pair_made();
	if (write(4, "0123456789012345678901234567890123456789012", 43) != 43 ||
		read(5, byte, sizeof(byte)) != 4)
		exit(9);
	close(5);
	if (read(4, byte, 1) >= 0 || errno != ECONNRESET)
		exit(9);
}

static void refused(void)
{
	struct sockaddr_in at = address(22535);

	listening(22535);
	bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&at, sizeof(at));
	connected(22536);
}

/* fork, exec with close-on-exec, exit: who holds 5 until when? */
static void closers(char *self)
{
	pair_made();
	if (fcntl(5, F_DUPFD_CLOEXEC, 50) != 50 || dup(5) != 6 || dup2(4, 6) != 6)
		exit(9);
	syscall(SYS_close_range, 6, 9, 0);
	if (fork() == 0) {
		execl(self, self, "nothing", (char *)NULL);
		_exit(9);
	}
	wait(NULL);
	close(50);
	close(5);
}

static void passing(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 'x';
	struct iovec part = {&byte, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	int way[2], fd = 5;

	pair_made();
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, way) != 0)
		exit(9);
	if (fork() == 0) {
		close(5);
		close(way[0]);
		if (recvmsg(way[1], &message, 0) != 1)
			_exit(9);
		/* the other has closed its own */
		if (read(way[1], &byte, 1) != 0)
			_exit(9);
		if (write(5, "y", 1) != 1)
			_exit(9);
		_exit(0);
	}
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	if (sendmsg(way[0], &message, 0) != 1)
		exit(9);
	close(5);
	close(way[0]);
	wait(NULL);
}

static _Atomic pid_t accepting_tid;

static void *accepting(void *context)
{
	(void)context;
	accepting_tid = (pid_t)syscall(SYS_gettid);
	accept(3, NULL, NULL);
	return NULL;
}

/* A thread that waits in accept() when the process is killed. */
static void killed(void)
{
	pthread_t thread;
	char path[64], state = 0;

	listening(22535);
	pthread_create(&thread, NULL, accepting, NULL);
	while (accepting_tid == 0)
		;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)accepting_tid);
	while (state != 'S') {
		FILE *file = fopen(path, "re");

		if (file == NULL || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		if (file != NULL)
			fclose(file);
	}
	raise(SIGKILL);
}

static void vectors(void)
{
	char a[3], b[40];
	struct iovec two[2] = {{a, sizeof(a)}, {b, sizeof(b)}};
	struct mmsghdr messages[2] = {{.msg_hdr = {.msg_iov = two, .msg_iovlen = 1}},
		{.msg_hdr = {.msg_iov = two, .msg_iovlen = 1}}};
	off_t from = 0;
	int file;

	pair_made();
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (writev(4, two, 2) != 43 || readv(5, two, 2) != 43 || sendmmsg(4, messages, 2, 0) != 2 ||
		recv(5, b, 40, 0) != 6 || sendfile(4, file, &from, 10) != 10 ||
		shutdown(4, SHUT_WR) != 0 || recv(5, b, 40, MSG_WAITALL) != 10 ||
		read(5, b, 1) != 0)
		exit(9);
}

/* Its own filter has listen() fail; ours stays behind it. */
static void filtered(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_listen, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		exit(9);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (listen(fd, 1) == 0 || errno != EXDEV)
		exit(9);
	close(fd);
}

static void tracing(void)
{
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 || errno != EPERM)
		exit(9);
}

/* Out of its own process group, and deaf to whatever asks it to end. */
static void deaf(void)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	alarm(0);
	if (setpgid(0, getpgid(getppid())) != 0)
		exit(9);
	puts("deaf");
	fflush(stdout);
	for (;;)
		pause();
}

/* Each process forks the next and ends: a list of processes is old before it is read. A file shows
 * that the chain lives; left alone it ends by itself. */
static void chain(void)
{
	const time_t until = time(NULL) + 15;

	alarm(0);
	if (fork() == 0)
		for (setsid(); time(NULL) < until; usleep(200)) {
			close(open("beat", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
			if (fork() > 0)
				_exit(0);
		}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	alarm(20);
	if (strcmp(what, "unread") == 0)
		unread();
	else if (strcmp(what, "refused") == 0)
		refused();
	else if (strcmp(what, "closers") == 0)
		closers(argv[0]);
	else if (strcmp(what, "passing") == 0)
		passing();
	else if (strcmp(what, "killed") == 0)
		killed();
	else if (strcmp(what, "vectors") == 0)
		vectors();
	else if (strcmp(what, "filtered") == 0)
		filtered();
	else if (strcmp(what, "tracing") == 0)
		tracing();
	else if (strcmp(what, "deaf") == 0)
		deaf();
	else if (strcmp(what, "chain") == 0)
		chain();
	return 0;
}
