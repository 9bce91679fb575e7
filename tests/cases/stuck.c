/* A server that takes a client and its request and is then held up by something else than the
 * network, for longer than its client has patience: stuck KIND [first|to-end]. With "first" it
 * answers and closes before, as it should; with "to-end" it answers, reads to the end of data, and
 * closes only then. Its client is a child. stuck all: each kind, answered first. */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 18800, PATIENCE_MS = 2000, STUCK_MS = 2700 };

static int listener, client;
static volatile sig_atomic_t over;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int check(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");

	check(bind(fd, (struct sockaddr *)&at, sizeof(at)), "bind");
	check(listen(fd, 8), "listen");
	return fd;
}

/* What nothing ends is ended by this. */
static void later(int signal_number)
{
	over = signal_number;
}

static void nap(int ms)
{
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&time, NULL);
}

static void sleeps(void)
{
	nap(STUCK_MS);
}

static void computes(void)
{
	while (!over)
		;
}

static void reads_on(void)
{
	char byte;

	while (!over && read(client, &byte, 1) == 0)
		;
}

static void waits_for_child(void)
{
	pid_t child = check(fork(), "fork");

	if (child == 0) {
		close(listener);
		close(client);
		nap(STUCK_MS);
		_exit(0);
	}
	waitpid(child, NULL, 0);
}

static void *holds(void *unused)
{
	pthread_mutex_lock(&lock);
	nap(STUCK_MS);
	pthread_mutex_unlock(&lock);
	return unused;
}

static void waits_for_lock(void)
{
	pthread_t other;

	pthread_create(&other, NULL, holds, NULL);
	nap(20);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	pthread_join(other, NULL);
}

static void reads_pipe(void)
{
	int ends[2];
	char byte;

	check(pipe(ends), "pipe");
	read(ends[0], &byte, 1);
}

static void reads_input(void)
{
	int ends[2];
	char byte;

	check(pipe(ends), "pipe");
	dup2(ends[0], STDIN_FILENO);
	read(STDIN_FILENO, &byte, 1);
}

static void writes_pipe(void)
{
	static const char bytes[1 << 17];
	int ends[2];

	check(pipe(ends), "pipe");
	write(ends[1], bytes, sizeof(bytes));
}

static void locks_file(void)
{
	char name[] = "/tmp/stuck.XXXXXX";
	int one = check(mkstemp(name), name), other = check(open(name, O_RDWR | O_CLOEXEC), name);

	unlink(name);
	flock(one, LOCK_EX);
	flock(other, LOCK_EX);
	close(one);
	close(other);
}

static void opens_fifo(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/stuck.%d", (int)getpid());
	check(mkfifo(name, 0600), name);
	open(name, O_RDONLY | O_CLOEXEC);
	unlink(name);
}

static void waits_for_signal(void)
{
	pause();
}

static void accepts_next(void)
{
	accept(listener, NULL, NULL);
}

static void accepts_elsewhere(void)
{
	int other = listen_on(PORT + 100);

	accept(other, NULL, NULL);
	close(other);
}

static void epolls(uint32_t events, int fd)
{
	int loop = check(epoll_create1(EPOLL_CLOEXEC), "epoll");
	struct epoll_event event = {.events = events};

	check(epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
	epoll_wait(loop, &event, 1, STUCK_MS);
	/* of what lies there these tell once */
	if ((events & (EPOLLET | EPOLLONESHOT)) != 0)
		epoll_wait(loop, &event, 1, STUCK_MS);
	close(loop);
}

static void waits_for_events(void)
{
	int ends[2];

	check(pipe(ends), "pipe");
	epolls(EPOLLIN, ends[0]);
}

static void selects_listener(void)
{
	struct timeval limit = {.tv_sec = STUCK_MS / 1000, .tv_usec = STUCK_MS % 1000 * 1000};
	fd_set set;

	FD_ZERO(&set);
	FD_SET(listener, &set);
	select(listener + 1, &set, NULL, NULL, &limit);
}

static void epolls_listener(void)
{
	epolls(EPOLLIN, listener);
}

static void epolls_hangup(void)
{
	epolls(EPOLLPRI, client);
}

static void epolls_spent(void)
{
	epolls(EPOLLIN | EPOLLONESHOT, client);
}

static void epolls_edge(void)
{
	epolls(EPOLLIN | EPOLLET, client);
}

static const struct kind {
	const char *name;
	void (*act)(void);
	bool unread; /* the request lies unread meanwhile */
} kinds[] = {{"sleep", sleeps, false}, {"compute", computes, false}, {"read-on", reads_on, false},
	{"child", waits_for_child, false}, {"lock", waits_for_lock, false},
	{"pipe", reads_pipe, false}, {"input", reads_input, false},
	{"full-pipe", writes_pipe, false}, {"file-lock", locks_file, false},
	{"fifo", opens_fifo, false}, {"signal", waits_for_signal, false},
	{"accept", accepts_next, false}, {"other-accept", accepts_elsewhere, false},
	{"events", waits_for_events, false}, {"select-listener", selects_listener, true},
	{"epoll-listener", epolls_listener, true}, {"epoll-hangup", epolls_hangup, true},
	{"epoll-spent", epolls_spent, true}, {"epoll-edge", epolls_edge, true}};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void ask(uint16_t port, bool first)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
	char bytes[16];

	close(listener);
	check(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
	check((int)write(fd, "question?", 9), "write");
	if (first)
		check((int)read(fd, bytes, sizeof(bytes)), "read");
	else
		nap(PATIENCE_MS);
	close(fd);
	exit(0);
}

enum order { ORDER_STUCK, ORDER_FIRST, ORDER_TO_END };

static void serve(const struct kind *kind, uint16_t port, enum order order)
{
	const struct itimerval limit = {
		.it_value = {.tv_sec = STUCK_MS / 1000, .tv_usec = STUCK_MS % 1000 * 1000}};
	char bytes[16];

	const bool first = order != ORDER_STUCK;

	listener = listen_on(port);
	pid_t asks = check(fork(), "fork");
	if (asks == 0)
		ask(port, first);
	client = check(accept(listener, NULL, NULL), "accept");
	if (!kind->unread || first)
		check((int)read(client, bytes, sizeof(bytes)), "read");
	if (first)
		check((int)write(client, "answer", 6), "write");
	if (order == ORDER_FIRST) {
		close(client);
		client = listener;
	}
	if (first)
		waitpid(asks, NULL, 0);
	if (order == ORDER_TO_END)
		check((int)read(client, bytes, sizeof(bytes)), "read");
	setitimer(ITIMER_REAL, &limit, NULL);
	kind->act();
	if (kind->unread && !first)
		read(client, bytes, sizeof(bytes));
	exit(0);
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = later};

	sigaction(SIGALRM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < KINDS && argc > 1; i++) {
		if (strcmp(argv[1], "all") == 0 && check(fork(), "fork") == 0)
			serve(&kinds[i], (uint16_t)(PORT + i), ORDER_FIRST);
		if (strcmp(argv[1], kinds[i].name) == 0)
			serve(&kinds[i], (uint16_t)(PORT + i),
				argc < 3                         ? ORDER_STUCK
				: strcmp(argv[2], "to-end") == 0 ? ORDER_TO_END
								 : ORDER_FIRST);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
