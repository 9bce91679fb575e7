/* Connections of mixed ends at a given rate, all on loopback: paced ADDRESS RATE COUNT HELD
 * [THREADS]. Of four in turn the client closes first, the server does, the client aborts (RST), and
 * nobody listens. With THREADS, so many clients and servers at a time, there are four more: both
 * ends close at once, one closes and the other goes on for a while, nobody accepts the connection
 * before the listener is closed, and an abort in place of the last segment. Each has a source port
 * of its own, so that no TIME_WAIT is in the way; where ports run out, with THREADS, the next
 * address (ADDRESS + 1 ...) follows. What the kernel holds in the end (/proc/net/tcp) is written to
 * the file HELD. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "held.h"

enum {
	BACKLOG = 4096,
	PORT = 5000,
	CLOSED_PORT = 5001,
	UNACCEPTED_PORT = 5002,
	FIRST_PORT = 20000
};
enum { PORTS = 25000, ADDRESSES = 40, MAX_THREADS = 8, OPEN = 64, UNACCEPTED = 1024 };
enum ending {
	CLIENT_FIRST,
	SERVER_FIRST,
	ABORTED,
	REFUSED,
	PLAIN_ENDINGS,
	AT_ONCE = PLAIN_ENDINGS,
	HALF_CLOSED,
	UNHEARD,
	BROKEN_OFF,
	ENDINGS
};
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

/* Half-closed connections, which stay open until so many others have come, at a server half as
 * many. */
struct kept {
	int fd[OPEN];
	uint64_t count, room;
	bool server;
};

static void kept_end(const struct kept *kept, int fd)
{
	char buffer[64];

	if (kept->server)
		send(fd, "more", 4, MSG_NOSIGNAL);
	else
		while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
			;
	close(fd);
}

static void keep(struct kept *kept, int fd)
{
	int *place = &kept->fd[kept->count++ % kept->room];

	if (kept->count > kept->room)
		kept_end(kept, *place);
	*place = fd;
}

static void kept_end_all(const struct kept *kept)
{
	for (uint64_t i = kept->count > kept->room ? kept->count - kept->room : 0; i < kept->count;
		i++)
		kept_end(kept, kept->fd[i % kept->room]);
}

/* Its first byte says what the client wants the server to do. */
static void *serve(void *argument)
{
	int listener = *(int *)argument, fd;
	struct kept kept = {.room = OPEN / 2, .server = true};
	char word;

	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		bool told = read(fd, &word, 1) == 1;
		if (told && word == '0' + HALF_CLOSED) {
			keep(&kept, fd);
			continue;
		}
		if (told && (word == '0' + SERVER_FIRST || word == '0' + AT_ONCE))
			shutdown(fd, SHUT_WR);
		if (told && word == '0' + BROKEN_OFF && write(fd, &word, 1) != 1)
			fail("write");
		drain(fd);
		close(fd);
	}
	kept_end_all(&kept);
	return NULL;
}

static int listen_at(in_addr_t address, uint16_t port)
{
	struct sockaddr_in own = end_of(address, port);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&own, sizeof(own)) != 0 ||
		listen(listener, BACKLOG) != 0)
		fail("listen");
	return listener;
}

static struct {
	in_addr_t address;
	double rate;
	uint64_t count, threads;
	int64_t began_ns;
} work;
struct client {
	uint64_t first, unheard;
	struct kept kept;
	int unaccepted; /* its own listener that never accepts, or -1 */
	pthread_t thread;
};

/* Waits without sleeping: a sleep takes 50 us at least. */
static void spin(int64_t ns)
{
	int64_t until = now_ns() + ns;

	while (now_ns() < until)
		;
}

/* With its connections that nobody accepted the listener goes from time to time. */
static void unaccepted_anew(struct client *client)
{
	if (client->unheard++ % UNACCEPTED != 0)
		return;
	if (client->unaccepted >= 0)
		close(client->unaccepted);
	client->unaccepted = listen_at(work.address, (uint16_t)(UNACCEPTED_PORT + client->first));
}

static void end_it(struct client *client, int fd, enum ending ending, uint64_t n)
{
	static const struct linger abort_it = {.l_onoff = 1};
	char word = (char)('0' + ending);

	if (write(fd, &word, 1) != 1)
		fail("write");
	if (ending == AT_ONCE)
		spin((int64_t)(n / ENDINGS / work.threads % 32) * 1000);
	if (ending == CLIENT_FIRST || ending == AT_ONCE || ending == HALF_CLOSED)
		shutdown(fd, SHUT_WR);
	if (ending == BROKEN_OFF && read(fd, &word, 1) != 1)
		fail("read");
	if (ending == HALF_CLOSED) {
		keep(&client->kept, fd);
		return;
	}
	if (ending == ABORTED || ending == BROKEN_OFF)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &abort_it, sizeof(abort_it));
	else if (ending != UNHEARD)
		drain(fd);
	close(fd);
}

static void connect_once(struct client *client, uint64_t n)
{
	enum ending ending = work.threads > 0 ? (enum ending)(n / work.threads % ENDINGS)
					      : (enum ending)(n % PLAIN_ENDINGS);
	struct sockaddr_in to = end_of(work.address, ending == REFUSED ? CLOSED_PORT : PORT);
	struct sockaddr_in from = end_of(htonl(ntohl(work.address) + (uint32_t)(n / PORTS)),
		(uint16_t)(FIRST_PORT + n % PORTS));
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		fail("socket");
	if (ending == UNHEARD) {
		unaccepted_anew(client);
		to.sin_port = htons((uint16_t)(UNACCEPTED_PORT + client->first));
	}
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		fail("bind");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		end_it(client, fd, ending, n);
		return;
	}
	if (ending != REFUSED)
		fail("connect");
	close(fd);
}

static void *connect_all(void *argument)
{
	struct client *client = argument;
	uint64_t step = work.threads > 0 ? work.threads : 1;

	for (uint64_t n = client->first; n < work.count; n += step) {
		int64_t ahead = work.began_ns + (int64_t)((double)n / work.rate * 1e9) - now_ns();

		if (ahead > 0)
			nanosleep(&(struct timespec){ahead / second_ns, ahead % second_ns}, NULL);
		connect_once(client, n);
	}
	return NULL;
}

static void held_write(const char *path)
{
	FILE *out = fopen(path, "w");

	if (out == NULL)
		fail(path);
	if (work.threads > 0)
		held_print_lasting(out);
	else
		held_print(out, 1, 65535, true);
	if (fclose(out) != 0)
		fail(path);
}

int main(int argc, char **argv)
{
	static struct client clients[MAX_THREADS];
	pthread_t servers[MAX_THREADS];
	uint64_t number;
	int listener;

	work.address = argc >= 5 ? inet_addr(argv[1]) : INADDR_NONE;
	work.rate = argc >= 5 ? atof(argv[2]) : 0;
	work.count = argc >= 5 ? strtoull(argv[3], NULL, 10) : 0;
	work.threads = argc == 6 ? strtoull(argv[5], NULL, 10) : 0;
	number = work.threads > 0 ? work.threads : 1;
	if (work.address == INADDR_NONE || !(work.rate > 0) || work.count == 0 ||
		work.threads > MAX_THREADS ||
		work.count > (work.threads > 0 ? (uint64_t)ADDRESSES * PORTS : PORTS)) {
		fprintf(stderr,
			"usage: paced ADDRESS RATE COUNT HELD [THREADS] (COUNT at most %d, with "
			"THREADS %d)\n",
			PORTS, ADDRESSES * PORTS);
		return 2;
	}
	listener = listen_at(work.address, PORT);
	for (uint64_t i = 0; i < number; i++)
		if (pthread_create(&servers[i], NULL, serve, &listener) != 0)
			fail("pthread_create");
	usleep(200000); /* a listener is seen by looking, 20 times a second */
	work.began_ns = now_ns();
	for (uint64_t i = 0; i < number; i++) {
		clients[i].first = i;
		clients[i].unaccepted = -1;
		clients[i].kept.room = OPEN;
		if (pthread_create(&clients[i].thread, NULL, connect_all, &clients[i]) != 0)
			fail("pthread_create");
	}
	for (uint64_t i = 0; i < number; i++)
		pthread_join(clients[i].thread, NULL);
	printf("%llu connections, %.0f/s\n", (unsigned long long)work.count,
		(double)work.count / ((double)(now_ns() - work.began_ns) / 1e9));
	shutdown(listener, SHUT_RDWR);
	for (uint64_t i = 0; i < number; i++)
		pthread_join(servers[i], NULL);
	for (uint64_t i = 0; i < number; i++) {
		kept_end_all(&clients[i].kept);
		if (clients[i].unaccepted >= 0)
			close(clients[i].unaccepted);
	}
	close(listener);
	held_write(argv[4]);
	return 0;
}
