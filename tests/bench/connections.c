/* Short connections over loopback at a given rate: connections PORT RATE SECONDS. RATE 0: as many
 * as go, in a closed loop. A line at the end: connections, seconds, the median and the 99th
 * percentile of what one took, in µs. One process with two threads: the server accepts, reads to
 * the end and closes; the client connects, sends, closes and reads to the end. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 4096, ADDRESSES = 200, FIRST_PORT = 20000, PORTS = 25000, MOST = 4000000 };
static const int64_t second_ns = INT64_C(1000000000);

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * second_ns + now.tv_nsec;
}

static struct sockaddr_in address(uint32_t host, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(host)};
}

static void *serve(void *argument)
{
	int listener = *(int *)argument;
	char buffer[64];

	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			return NULL;
		while (read(fd, buffer, sizeof(buffer)) > 0)
			;
		close(fd);
	}
}

/* The n-th connection: each has its own source address and port for a long while, so that no
 * TIME_WAIT is in the way. */
static void connect_once(uint64_t n, uint16_t port)
{
	struct sockaddr_in from = address(INADDR_LOOPBACK + 1 + (uint32_t)(n / PORTS % ADDRESSES),
		(uint16_t)(FIRST_PORT + n % PORTS));
	struct sockaddr_in to = address(INADDR_LOOPBACK, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char buffer[64];

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		fail("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		fail("connect");
	if (write(fd, "x", 1) != 1)
		fail("write");
	shutdown(fd, SHUT_WR);
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	uint16_t port = argc == 4 ? (uint16_t)atoi(argv[1]) : 0;
	double rate = argc == 4 ? atof(argv[2]) : 0, seconds = argc == 4 ? atof(argv[3]) : 0;
	struct sockaddr_in own = address(INADDR_LOOPBACK, port);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	uint32_t *took_us = calloc(MOST, sizeof(*took_us));
	int64_t began = now_ns(), end = began + (int64_t)(seconds * 1e9);
	pthread_t server;
	uint64_t n = 0;

	if (port == 0 || !(seconds > 0) || took_us == NULL) {
		fprintf(stderr, "usage: connections PORT RATE SECONDS\n");
		return 2;
	}
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&own, sizeof(own)) != 0 ||
		listen(listener, BACKLOG) != 0)
		fail("listen");
	if (pthread_create(&server, NULL, serve, &listener) != 0)
		fail("pthread_create");
	for (; n < MOST; n++) {
		int64_t due = rate > 0 ? began + (int64_t)((double)n / rate * 1e9) : 0,
			now = now_ns();

		if (due >= end || now >= end)
			break;
		if (due > now) {
			struct timespec pause = {(due - now) / second_ns, (due - now) % second_ns};

			nanosleep(&pause, NULL);
		}
		now = now_ns();
		connect_once(n, port);
		took_us[n] = (uint32_t)((now_ns() - now) / 1000);
	}
	double passed = (double)(now_ns() - began) / 1e9;

	qsort(took_us, n, sizeof(*took_us), compare);
	printf("%llu connections in %.2f s, %.0f/s, median %u us, p99 %u us\n",
		(unsigned long long)n, passed, (double)n / passed, n > 0 ? took_us[n / 2] : 0,
		n > 0 ? took_us[n * 99 / 100] : 0);
	return 0;
}
