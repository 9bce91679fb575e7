/* Connections of mixed ends at a given rate, all on one loopback address: paced ADDRESS RATE COUNT
 * HELD. Of four in turn the client closes first, the server does, the client aborts (RST), and
 * nobody listens. Each has a source port of its own, so that no TIME_WAIT is in the way. What the
 * kernel holds in the end (/proc/net/tcp) is written to the file HELD. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "held.h"

enum { BACKLOG = 4096, PORT = 5000, CLOSED_PORT = 5001, FIRST_PORT = 20000, PORTS = 25000 };
enum ending { CLIENT_FIRST, SERVER_FIRST, ABORTED, REFUSED, ENDINGS };
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

static struct sockaddr_in end_of(in_addr_t address, uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address};
}

static void drain(int fd)
{
	char buffer[64];

	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

/* Its first byte says whether the client wants the server to close first. */
static void *serve(void *argument)
{
	int listener = *(int *)argument, fd;
	char word;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (read(fd, &word, 1) == 1 && word == '0' + SERVER_FIRST)
			shutdown(fd, SHUT_WR);
		drain(fd);
		close(fd);
	}
	return NULL;
}

static void connect_once(uint64_t n, in_addr_t address)
{
	enum ending ending = (enum ending)(n % ENDINGS);
	struct sockaddr_in to = end_of(address, ending == REFUSED ? CLOSED_PORT : PORT);
	struct sockaddr_in from = end_of(address, (uint16_t)(FIRST_PORT + n % PORTS));
	struct linger abort_it = {.l_onoff = 1};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	char word = (char)('0' + ending);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		fail("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		if (write(fd, &word, 1) != 1)
			fail("write");
		if (ending == CLIENT_FIRST)
			shutdown(fd, SHUT_WR);
		if (ending == ABORTED)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
		else
			drain(fd);
	} else if (ending != REFUSED) {
		fail("connect");
	}
	close(fd);
}

static void held_write(const char *path)
{
	FILE *out = fopen(path, "w");

	if (out == NULL)
		fail(path);
	held_print(out, 1, 65535, true);
	if (fclose(out) != 0)
		fail(path);
}

int main(int argc, char **argv)
{
	in_addr_t address = argc == 5 ? inet_addr(argv[1]) : INADDR_NONE;
	double rate = argc == 5 ? atof(argv[2]) : 0;
	uint64_t count = argc == 5 ? strtoull(argv[3], NULL, 10) : 0;
	struct sockaddr_in own = end_of(address, PORT);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	pthread_t server;
	int64_t began;

	if (address == INADDR_NONE || !(rate > 0) || count == 0 || count > PORTS) {
		fprintf(stderr, "usage: paced ADDRESS RATE COUNT HELD (COUNT at most %d)\n", PORTS);
		return 2;
	}
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&own, sizeof(own)) != 0 ||
		listen(listener, BACKLOG) != 0)
		fail("listen");
	if (pthread_create(&server, NULL, serve, &listener) != 0)
		fail("pthread_create");
	usleep(200000); /* a listener is seen by looking, 20 times a second */
	began = now_ns();
	for (uint64_t n = 0; n < count; n++) {
		int64_t ahead = began + (int64_t)((double)n / rate * 1e9) - now_ns();

		if (ahead > 0)
			nanosleep(&(struct timespec){ahead / second_ns, ahead % second_ns}, NULL);
		connect_once(n, address);
	}
	printf("%llu connections, %.0f/s\n", (unsigned long long)count,
		(double)count / ((double)(now_ns() - began) / 1e9));
	shutdown(listener, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listener);
	held_write(argv[4]);
	return 0;
}
