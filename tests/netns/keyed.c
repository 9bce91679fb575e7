/* How soon a program in a terminal answers: keyed CONNECTIONS PRESSES SECONDS COMMAND... It holds
 * that many connections over loopback (two sockets each), runs COMMAND on a terminal of 120x40,
 * presses h so often at odd times, waits until the screen is another, then presses nothing for so
 * long. A line at the end: first screen, the median and the slowest answers in ms, processor time
 * of COMMAND while nothing was pressed, in per cent. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORTS = 25000, FIRST_PORT = 20000, ANSWER_BYTES = 600, PRESSES_MOST = 1000 };

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

/* ---- connections ---- */

static int listener_open(void)
{
	struct sockaddr_in server = {.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&server, sizeof(server)) != 0 ||
		listen(listener, 64) != 0)
		fail("listener");
	return listener;
}

static void connection_make(int listener, int number)
{
	struct sockaddr_in client = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)(FIRST_PORT + number % PORTS)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(number / PORTS))};
	struct sockaddr_in server = {.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(one, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (one < 0 || bind(one, (struct sockaddr *)&client, sizeof(client)) != 0 ||
		connect(one, (struct sockaddr *)&server, sizeof(server)) != 0 ||
		accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0)
		fail("connection");
}

/* By as many processes as the limit of descriptors takes; they end with this one. */
static void hold(int count)
{
	struct rlimit limit;
	int listener = listener_open(), ready[2], each;
	char byte = 0;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	each = limit.rlim_max > 40000 ? 20000 : (int)limit.rlim_max / 2 - 32;
	for (int first = 0; first < count; first += each) {
		int last = first + each < count ? first + each : count;
		pid_t parent = getpid();

		if (pipe(ready) != 0)
			fail("pipe");
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			for (int i = first; i < last; i++)
				connection_make(listener, i);
			if (write(ready[1], &byte, 1) == 1)
				while (getppid() == parent)
					pause();
			_exit(1);
		}
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			fail("connections");
		close(ready[0]);
	}
}

/* ---- the terminal ---- */

/* Reads until so many bytes have come, or for the time; how many. */
static size_t answer(int terminal, size_t bytes, int64_t until_us)
{
	size_t got = 0;
	char data[65536];

	while (got < bytes && now_us() < until_us) {
		struct pollfd fd = {terminal, POLLIN, 0};
		int wait_ms = (int)((until_us - now_us()) / 1000) + 1;
		ssize_t more = poll(&fd, 1, wait_ms) > 0 ? read(terminal, data, sizeof(data)) : 0;

		if (more < 0 && errno == EIO)
			break; /* COMMAND has ended */
		got += more > 0 ? (size_t)more : 0;
	}
	return got;
}

static int by_time(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Of all its threads, so far. */
static int64_t processor_us(pid_t child)
{
	clockid_t clock;
	struct timespec used;

	if (clock_getcpuclockid(child, &clock) != 0 || clock_gettime(clock, &used) != 0)
		return 0;
	return used.tv_sec * INT64_C(1000000) + used.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	struct winsize size = {.ws_col = 120, .ws_row = 40};
	int64_t took[PRESSES_MOST], began, first, used, since;
	int presses = argc > 4 ? atoi(argv[2]) : 0, terminal;
	pid_t child;

	if (presses <= 0 || presses > PRESSES_MOST)
		return 2;
	hold(atoi(argv[1]));
	began = now_us();
	child = forkpty(&terminal, NULL, NULL, &size);
	if (child == 0) {
		execvp(argv[4], argv + 4);
		_exit(127);
	}
	if (answer(terminal, ANSWER_BYTES, began + 30000000) < ANSWER_BYTES)
		fail("no screen");
	first = now_us() - began;
	answer(terminal, SIZE_MAX, now_us() + 3000000);
	for (int i = 0; i < presses; i++) {
		int64_t pressed = now_us();

		if (write(terminal, "h", 1) != 1 ||
			answer(terminal, ANSWER_BYTES, pressed + 10000000) < ANSWER_BYTES)
			fail("no answer to a key");
		took[i] = now_us() - pressed;
		answer(terminal, SIZE_MAX, now_us() + 60000 + i * 37 % 97 * 1000);
	}
	used = processor_us(child);
	since = now_us();
	answer(terminal, SIZE_MAX, since + atoi(argv[3]) * INT64_C(1000000));
	used = processor_us(child) - used;
	since = now_us() - since;
	if (write(terminal, "q", 1) != 1)
		fail("q");
	answer(terminal, SIZE_MAX, now_us() + 500000);
	qsort(took, (size_t)presses, sizeof(*took), by_time);
	printf("first %.1f median %.1f p95 %.1f most %.1f cpu %.1f\n", (double)first / 1e3,
		(double)took[presses / 2] / 1e3, (double)took[presses * 95 / 100] / 1e3,
		(double)took[presses - 1] / 1e3, 100.0 * (double)used / (double)since);
	return 0;
}
