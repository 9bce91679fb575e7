/* Every way to make, copy, hand on, move and close a descriptor, in one program whose descriptors
 * are the same numbers in each run: threads take turns, parents wait for their children. What
 * record --calls tells of it is compared with strace (calls_agree_with_strace.sh). */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.h"

enum { PORT = 22543, ROUNDS = 12 };

static char *self;
static int listener;
static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static void listening(void)
{
	struct sockaddr_in at = address(PORT);
	int on = 1;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 16) == 0);
}

static void pair_made(int ends[2])
{
	struct sockaddr_in at = address(PORT);

	must((ends[0] = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
	must(connect(ends[0], (struct sockaddr *)&at, sizeof(at)) == 0);
	must((ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0);
}

/* ---- copies and ranges ---- */

static void copies(int round)
{
	int ends[2], high = 40 + round;

	pair_made(ends);
	must(dup3(ends[0], high, O_CLOEXEC) == high && dup3(high, high, 0) < 0);
	must(fcntl(ends[1], F_DUPFD_CLOEXEC, 60) == 60 && dup2(ends[1], 61) == 61);
	must(write(high, text, 10) == 10 && close(ends[0]) == 0);
	must(recv(61, (char[10]){0}, 10, MSG_WAITALL) == 10);
	must(syscall(SYS_close_range, 60, 61, 0) == 0 && close(60) < 0 && errno == EBADF);
	must(syscall(SYS_close_range, 60, 61, 4 /* CLOSE_RANGE_CLOEXEC */) == 0);
	close(high);
	close(ends[1]);
}

/* ---- moving bytes ---- */

static void moves(int round)
{
	struct iovec part[2] = {{(void *)(uintptr_t)text, 5}, {(void *)(uintptr_t)text, 3}};
	char got[64];
	off_t from = 0;
	int ends[2], pipes[2], file = open(self, O_RDONLY | O_CLOEXEC);

	pair_made(ends);
	must(file >= 0 && pipe2(pipes, O_CLOEXEC) == 0);
	must(sendfile(ends[0], file, &from, 20) == 20 && writev(ends[0], part, 2) == 8);
	must(splice(ends[1], NULL, pipes[1], NULL, 20, 0) == 20);
	must(splice(pipes[0], NULL, ends[1], NULL, 20, 0) == 20);
	must(read(ends[0], got, 12) == 12 && recv(ends[0], got, 8, 0) == 8);
	must(pread(ends[1], got, 1, 0) < 0 && errno == ESPIPE);
	must(send(ends[1], text, 4 + (size_t)round, MSG_MORE) == 4 + round);
	must(shutdown(ends[1], SHUT_WR) == 0);
	must(recv(ends[0], got, sizeof(got), MSG_WAITALL) == 4 + round);
	must(read(ends[0], got, 1) == 0);
	for (int *fd = (int[]){ends[0], ends[1], pipes[0], pipes[1], file, -1}; *fd >= 0; fd++)
		close(*fd);
}

/* ---- who does not wait ---- */

static void polls(void)
{
	struct sockaddr_in at = address(PORT);
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = epoll_create1(EPOLL_CLOEXEC), one, other, count = 0;
	socklen_t size = sizeof(count);

	must(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);
	must(accept4(listener, NULL, NULL, 0) < 0 && errno == EAGAIN);
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
	one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	count = connect(one, (struct sockaddr *)&at, sizeof(at));
	must(count == 0 || errno == EINPROGRESS);
	must(epoll_wait(epoll, &event, 1, -1) == 1);
	must((other = accept(listener, NULL, NULL)) >= 0);
	must(getsockopt(one, SOL_SOCKET, SO_ERROR, &count, &size) == 0 && count == 0);
	must(recv(one, &count, 1, 0) < 0 && errno == EAGAIN);
	must(connect(one, (struct sockaddr *)&at, sizeof(at)) == 0); /* it has */
	must(connect(one, (struct sockaddr *)&at, sizeof(at)) < 0 && errno == EISCONN);
	must(fcntl(listener, F_SETFL, 0) == 0);
	close(other);
	close(one);
	close(epoll);
}

/* ---- other processes: each ends before its parent goes on ---- */

static void ended(pid_t pid)
{
	int status = -1;

	must(pid > 0 && waitpid(pid, &status, __WALL) == pid && WIFEXITED(status));
	must(WEXITSTATUS(status) == 0);
}

/* What a child that is another program does with the descriptor it was left. */
static void child(int fd)
{
	must(write(fd, text, 7) == 7);
	must(shutdown(fd, SHUT_WR) == 0);
	_exit(0);
}

static void *executes(void *context)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", *(int *)context);
	execl(self, self, "child", number, (char *)NULL);
	_exit(9);
}

/* exec by a thread that is not the first; by vfork(); by posix_spawn(). */
static void programs(int way)
{
	static char number[16];
	static char word[] = "child", *arguments[] = {NULL, word, number, NULL};
	int ends[2];
	pid_t pid = -1;

	arguments[0] = self;
	pair_made(ends);
	snprintf(number, sizeof(number), "%d", ends[0]);
	if (way == 0 && (pid = fork()) == 0) {
		pthread_t thread;

		must(pthread_create(&thread, NULL, executes, &ends[0]) == 0);
		pthread_join(thread, NULL);
		_exit(9);
	} else if (way == 1 && (pid = vfork()) == 0) {
		execv(self, arguments);
		_exit(9);
	} else if (way == 2) {
		must(posix_spawn(&pid, self, NULL, NULL, arguments, (char *[]){NULL}) == 0);
	}
	close(ends[0]);
	must(recv(ends[1], (char[8]){0}, 8, MSG_WAITALL) == 7);
	ended(pid);
	close(ends[1]);
}

static char stack[3][65536];

static int shares(void *context)
{
	int *ends = context;

	must(read(ends[1], (char[4]){0}, 4) == 4);
	must(close(ends[1]) == 0 && (ends[1] = dup(ends[0])) >= 0);
	return 0;
}

/* A child that shares memory, and one that shares descriptors, too: what it closes is closed. */
static void clones(void)
{
	static int ends[2];
	pid_t pid;

	pair_made(ends);
	must(write(ends[0], text, 8) == 8);
	pid = clone(shares, stack[0] + sizeof(stack[0]), CLONE_VM | SIGCHLD, ends);
	ended(pid);
	ends[1] = ends[0] + 1; /* its dup() was its own alone */
	pid = clone(shares, stack[1] + sizeof(stack[1]), CLONE_VM | CLONE_FILES | SIGCHLD, ends);
	ended(pid);
	must(close(ends[1]) == 0 && close(ends[0]) == 0);
}

static void passes(void)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {(char[]){'x'}, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control};
	int ends[2], way[2];
	pid_t pid;

	pair_made(ends);
	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, way) == 0);
	message.msg_controllen = sizeof(control);
	if ((pid = fork()) == 0) {
		close(ends[1]);
		close(ends[0]);
		must(recvmsg(way[1], &message, MSG_CMSG_CLOEXEC) == 1);
		must(write(ends[0], "y", 1) == 1); /* the lowest number that was free */
		_exit(0);
	}
	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS};
	memcpy(CMSG_DATA(&control.header), &ends[1], sizeof(int));
	must(sendmsg(way[0], &message, 0) == 1 && close(ends[1]) == 0);
	ended(pid);
	must(recv(ends[0], (char[4]){0}, 4, 0) == 1);
	close(ends[0]);
	close(way[0]);
	close(way[1]);
}

/* ---- a signal in the midst of a call ---- */

static void rings(int number)
{
	(void)number;
}

static void signals(int restart)
{
	struct sigaction action = {.sa_handler = rings, .sa_flags = restart ? SA_RESTART : 0};
	struct itimerspec often = {{0, 20000000}, {0, 20000000}};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	timer_t timer;
	pid_t pid = -1;
	int ends[2];

	pair_made(ends);
	must(sigaction(SIGUSR1, &action, NULL) == 0);
	must(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	if (restart && (pid = fork()) == 0) {
		usleep(200000); /* the signal comes while the parent waits for this */
		must(write(ends[0], "late", 4) == 4);
		_exit(0);
	}
	must(timer_settime(timer, 0, &often, NULL) == 0);
	if (restart) {
		must(read(ends[1], (char[4]){0}, 4) == 4);
		ended(pid);
	} else {
		must(read(ends[1], (char[4]){0}, 4) < 0 && errno == EINTR);
	}
	timer_delete(timer);
	close(ends[0]);
	close(ends[1]);
}

/* ---- datagrams, IPv6, errors ---- */

static void others(void)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in at = address(PORT + 1);
	socklen_t size = sizeof(six);
	int one = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), more;

	must(bind(one, (struct sockaddr *)&at, sizeof(at)) == 0);
	must(sendto(other, text, 9, 0, (struct sockaddr *)&at, sizeof(at)) == 9);
	must(recvfrom(one, (char[9]){0}, 9, 0, NULL, NULL) == 9);
	must(listen(one, 1) < 0 && errno == EOPNOTSUPP);
	must(bind(other, (struct sockaddr *)&at, sizeof(at)) < 0);
	close(one);
	close(other);
	one = socket(AF_INET6, SOCK_STREAM, 0);
	must(bind(one, (struct sockaddr *)&six, sizeof(six)) == 0 && listen(one, 2) == 0);
	must(getsockname(one, (struct sockaddr *)&six, &size) == 0);
	other = socket(AF_INET6, SOCK_STREAM, 0);
	must(connect(other, (struct sockaddr *)&six, sizeof(six)) == 0);
	must((more = accept(one, NULL, NULL)) >= 0);
	must(setsockopt(more, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
		     sizeof(struct linger)) == 0);
	close(more);
	must(read(other, (char[1]){0}, 1) < 0 && errno == ECONNRESET);
	close(other);
	close(one);
}

/* ---- threads, one after the other, on descriptors they share ---- */

static void *turns(void *context)
{
	int *ends = context, given[2];

	must(write(ends[0], text, 6) == 6 && read(ends[1], (char[6]){0}, 6) == 6);
	pair_made(given);
	must(dup2(given[0], ends[0]) == ends[0]);
	close(given[0]);
	must(dup2(given[1], ends[1]) == ends[1]);
	close(given[1]);
	return NULL;
}

static void threads(void)
{
	int ends[2];

	pair_made(ends);
	for (int i = 0; i < ROUNDS; i++) {
		pthread_t thread;

		must(pthread_create(&thread, NULL, turns, ends) == 0);
		pthread_join(thread, NULL);
	}
	close(ends[0]);
	close(ends[1]);
}

int main(int argc, char **argv)
{
	self = argv[0];
	alarm(300);
	if (argc > 2 && strcmp(argv[1], "child") == 0)
		child(atoi(argv[2]));
	syscall(SYS_close_range, 3, ~0U, 0); /* what a shell left open: descriptors are counted */
	listening();
	for (int round = 0; round < ROUNDS; round++) {
		copies(round);
		moves(round);
		polls();
		programs(round % 3);
		clones();
		passes();
		others();
	}
	signals(0);
	signals(1);
	threads();
	return 0;
}
