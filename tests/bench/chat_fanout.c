/* How many deliveries a second the chat server makes, beside a bare loop of sendmmsg() to the same
 * sockets in the same run: both are told to send so many messages to so many members, and the clock
 * stops when the last member has them all. Every datagram is counted; one that is lost fails the
 * run.
 *   chat_fanout CHAT_SERVER MEMBERS   prints: MEMBERS SERVER_PER_S BARE_PER_S, medians of the
 *                                     rounds
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* MESSAGES of one round fit the 208 KiB that a socket may hold by default (832 bytes each), so that
 * none is lost. */
enum { MESSAGES = 100, ROUNDS = 9, BATCH = 1024, MEMBERS_MAX = 5000 };
static const char text[] = "m0|sixty bytes of text, which is about what people write in a room.";

struct room {
	int members;
	int *fds;
	struct sockaddr_in *addresses; /* of the members */
	struct sockaddr_in server;
	pid_t server_pid, bare_pid;
	int server_input, bare_go;
};

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the two senders ---- */

static void server_start(struct room *room, const char *program)
{
	int in[2], out[2], port;
	char line[128] = "";
	FILE *answers;

	if (pipe(in) < 0 || pipe(out) < 0)
		die("pipe");
	room->server_pid = fork();
	if (room->server_pid < 0)
		die("fork");
	if (!room->server_pid) {
		char members[16];

		snprintf(members, sizeof(members), "%d", room->members);
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		close(out[0]);
		execl(program, program, "--port", "0", "--members", members, (char *)NULL);
		die(program);
	}
	close(in[0]);
	close(out[1]);
	room->server_input = in[1];
	answers = fdopen(out[0], "r");
	if (answers == NULL || fgets(line, sizeof(line), answers) == NULL ||
		sscanf(line, "ready 127.0.0.1 %d", &port) != 1)
		die("chat_server is not ready");
	room->server = (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (fork() == 0) { /* what the server says of the room is read and forgotten */
		while (fgets(line, sizeof(line), answers) != NULL)
			;
		_exit(0);
	}
	fclose(answers);
}

static void bare_loop(const struct room *room, int go)
{
	static struct mmsghdr batch[MEMBERS_MAX];
	struct iovec bytes = {.iov_base = (char *)(uintptr_t)text, .iov_len = sizeof(text) - 1};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), others = room->members - 1;
	char byte;

	for (int i = 0; i < others; i++)
		batch[i].msg_hdr = (struct msghdr){.msg_name = &room->addresses[i + 1],
			.msg_namelen = sizeof(room->addresses[0]),
			.msg_iov = &bytes,
			.msg_iovlen = 1};
	while (read(go, &byte, 1) == 1)
		for (int k = 0; k < MESSAGES; k++)
			for (int done = 0, sent; done < others; done += sent) {
				sent = sendmmsg(fd, batch + done,
					(unsigned)(others - done < BATCH ? others - done : BATCH),
					0);
				if (sent < 0)
					die("sendmmsg");
			}
	_exit(0);
}

static void bare_start(struct room *room)
{
	int go[2];

	if (pipe(go) < 0)
		die("pipe");
	room->bare_pid = fork();
	if (room->bare_pid < 0)
		die("fork");
	if (!room->bare_pid) {
		close(go[1]);
		close(room->server_input);
		bare_loop(room, go[0]);
	}
	close(go[0]);
	room->bare_go = go[1];
}

/* ---- the members ---- */

/* The next datagram at member i, at most 10 s away. */
static ssize_t take(const struct room *room, int i, char *datagram, size_t size)
{
	struct pollfd readable = {.fd = room->fds[i], .events = POLLIN};

	if (poll(&readable, 1, 10000) != 1) {
		fprintf(stderr, "member %d has waited in vain\n", i);
		exit(1);
	}
	return recv(room->fds[i], datagram, size, 0);
}

static int drain(const struct room *room, int i)
{
	char datagram[2048];
	int count = 0;

	while (recv(room->fds[i], datagram, sizeof(datagram), MSG_DONTWAIT) >= 0)
		count++;
	return count;
}

static void join_all(struct room *room)
{
	char datagram[2048], login[32], welcome[64];
	ssize_t got;

	for (int i = 0; i < room->members; i++) {
		socklen_t length = sizeof(room->addresses[i]);

		room->fds[i] = socket(AF_INET, SOCK_DGRAM, 0);
		room->addresses[i] = (struct sockaddr_in){
			.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		if (room->fds[i] < 0 ||
			bind(room->fds[i], (struct sockaddr *)&room->addresses[i], length) < 0 ||
			getsockname(room->fds[i], (struct sockaddr *)&room->addresses[i], &length) <
				0)
			die("a member's socket");
		snprintf(login, sizeof(login), "m%d|login", i);
		snprintf(welcome, sizeof(welcome), "server|welcome m%d", i);
		sendto(room->fds[i], login, strlen(login), 0, (struct sockaddr *)&room->server,
			sizeof(room->server));
		do
			got = take(room, i, datagram, sizeof(datagram));
		while (got < 0 || (size_t)got != strlen(welcome) ||
			memcmp(datagram, welcome, strlen(welcome)));
		for (int k = 0; i % 100 == 0 && k < i; k++)
			drain(room, k);
	}
	for (int i = 0; i < room->members; i++)
		drain(room, i);
}

/* Deliveries a second. */
static double round_run(const struct room *room, bool by_server)
{
	char datagram[2048];
	double began_s = now_s(), took_s;
	int last = room->members - 1, delivered = MESSAGES;

	if (!by_server && write(room->bare_go, "", 1) != 1)
		die("write");
	for (int k = 0; by_server && k < MESSAGES; k++)
		if (sendto(room->fds[0], text, sizeof(text) - 1, 0,
			    (const struct sockaddr *)&room->server, sizeof(room->server)) < 0)
			die("sendto");
	for (int k = 0; k < MESSAGES; k++)
		take(room, last, datagram, sizeof(datagram));
	took_s = now_s() - began_s;
	for (int i = 0; i < room->members; i++)
		delivered += drain(room, i);
	if (delivered != MESSAGES * last) {
		fprintf(stderr, "%s: %d of %d datagrams delivered\n",
			by_server ? "server" : "bare loop", delivered, MESSAGES * last);
		exit(1);
	}
	return delivered / took_s;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
	struct room room = {.members = argc == 3 ? atoi(argv[2]) : 0};
	double server[ROUNDS], bare[ROUNDS];
	struct rlimit files;

	if (room.members < 2 || room.members > MEMBERS_MAX) {
		fprintf(stderr, "usage: chat_fanout CHAT_SERVER MEMBERS (2 to %d)\n", MEMBERS_MAX);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	room.fds = calloc((size_t)room.members, sizeof(*room.fds));
	room.addresses = calloc((size_t)room.members, sizeof(*room.addresses));
	if (room.fds == NULL || room.addresses == NULL)
		die("calloc");
	server_start(&room, argv[1]);
	join_all(&room);
	bare_start(&room);
	for (int i = -1; i < ROUNDS; i++) { /* the first one warms up */
		double of_server = round_run(&room, true), of_bare = round_run(&room, false);

		if (i < 0)
			continue;
		server[i] = of_server;
		bare[i] = of_bare;
	}
	close(room.bare_go);
	if (write(room.server_input, "quit\n", 5) != 5)
		die("write");
	while (wait(NULL) > 0)
		;
	qsort(server, ROUNDS, sizeof(server[0]), by_size);
	qsort(bare, ROUNDS, sizeof(bare[0]), by_size);
	printf("%d %.0f %.0f\n", room.members, server[ROUNDS / 2], bare[ROUNDS / 2]);
	return 0;
}
