/* A server in one of several manners, and its clients, in one program: threads that share
 * descriptors, a process for each client, one that hands its clients to another by many messages at
 * once, one that moves bytes without reading them. Built static too:
 * calls_of_any_program_are_told.sh has by hand what is to be told of it. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loopback.h"

enum { CLIENTS = 3, PORT = 22537 };

static int listener, client[CLIENTS], served[CLIENTS];

static void listening(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int on = 1;

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 8) == 0);
}

static void connecting(int index)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	client[index] = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(client[index], (struct sockaddr *)&at, sizeof(at)) == 0);
}

static void connecting_all(void)
{
	for (int i = 0; i < CLIENTS; i++) {
		connecting(i);
		served[i] = accept(listener, NULL, NULL);
		must(served[i] >= 0);
	}
}

/* ---- threads: one accepts, one reads, one closes ---- */

static void *accepts(void *context)
{
	must((served[0] = accept(listener, NULL, NULL)) >= 0);
	return context;
}

static void *reads(void *context)
{
	char text[8];

	must(read(served[0], text, sizeof(text)) == 5);
	return context;
}

static void *closes(void *context)
{
	must(close(served[0]) == 0);
	return context;
}

static void threads(void)
{
	static void *(*const turn[])(void *) = {accepts, reads, closes};

	listening();
	connecting(0);
	must(write(client[0], "hello", 5) == 5);
	for (int i = 0; i < 3; i++) {
		pthread_t thread;

		must(pthread_create(&thread, NULL, turn[i], NULL) == 0);
		pthread_join(thread, NULL);
	}
}

/* ---- a process for each client; forgetful: the parent keeps its copy ---- */

static void forks(int forgetful)
{
	int gate[2];
	char byte;

	listening();
	must(pipe(gate) == 0);
	for (int i = 0; i < 2; i++) {
		connecting(i);
		served[i] = accept(listener, NULL, NULL);
		if (fork() == 0) {
			must(read(gate[0], &byte, 1) == 1 && write(served[i], "x", 1) == 1);
			_exit(i);
		}
		if (!forgetful)
			close(served[i]);
		must(write(gate[1], "", 1) == 1);
		must(read(client[i], &byte, 1) == 1 && wait(NULL) > 0);
	}
}

/* ---- handed over: two messages, one with two descriptors, and one that is never sent ---- */

static void hand_over(struct mmsghdr *message, char *room, size_t size, const int *fds, int count)
{
	static char byte = 'x';
	static struct iovec part = {&byte, 1};
	struct cmsghdr *header;

	memset(room, 0, size);
	*message = (struct mmsghdr){
		.msg_hdr = {.msg_iov = &part,
			.msg_iovlen = 1,
			.msg_control = room,
			.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))}};
	header = CMSG_FIRSTHDR(&message->msg_hdr);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
	memcpy(CMSG_DATA(header), fds, (size_t)count * sizeof(int));
}

static void worker(int way)
{
	_Alignas(struct cmsghdr) char room[2][256];
	struct mmsghdr message[2];
	int none[2] = {-1, -1};

	close(listener);
	hand_over(&message[0], room[0], sizeof(room[0]), none, 2);
	hand_over(&message[1], room[1], sizeof(room[1]), none, 1);
	must(recvmmsg(way, message, 2, MSG_WAITFORONE, NULL) == 2);
	must(write(3, "y", 1) == 1);
	_exit(0);
}

static void passing(void)
{
	_Alignas(struct cmsghdr) char room[3][256];
	struct mmsghdr message[3];
	int way[2], bad[2];

	listening();
	connecting_all();
	must(socketpair(AF_UNIX, SOCK_DGRAM, 0, way) == 0);
	hand_over(&message[0], room[0], sizeof(room[0]), served, 2);
	hand_over(&message[1], room[1], sizeof(room[1]), served + 2, 1);
	bad[0] = listener;
	bad[1] = 999; /* EBADF: the third message goes nowhere */
	hand_over(&message[2], room[2], sizeof(room[2]), bad, 2);
	must(sendmmsg(way[0], message, 3, 0) == 2);
	for (int i = 0; i < CLIENTS; i++)
		close(served[i]); /* nobody has them but the messages */
	if (fork() == 0)
		worker(way[1]);
	must(wait(NULL) > 0);
}

/* ---- bytes that the program never sees ---- */

static void moving(void)
{
	struct iovec part[2];
	char text[16];
	int pipes[2];

	part[0] = part[1] = (struct iovec){text, 3};
	listening();
	connecting_all();
	must(pipe(pipes) == 0);
	must(write(client[0], "0123456789", 10) == 10);
	must(splice(served[0], NULL, pipes[1], NULL, 10, 0) == 10);
	must(splice(pipes[0], NULL, served[1], NULL, 10, 0) == 10);
	must(preadv(served[1], part, 2, 0) < 0); /* ESPIPE */
	must(readv(client[1], part, 2) == 6 && recv(client[1], text, 4, MSG_PEEK) == 4);
	must(fcntl(client[1], F_DUPFD, 40) == 40 && close(client[1]) == 0);
	must(syscall(SYS_close_range, 40, 50, 0) == 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	alarm(20);
	syscall(SYS_close_range, 3, ~0U, 0); /* what a shell left open: descriptors are counted */
	if (strcmp(what, "threads") == 0)
		threads();
	else if (strcmp(what, "forks") == 0)
		forks(0);
	else if (strcmp(what, "forgetful") == 0)
		forks(1);
	else if (strcmp(what, "passing") == 0)
		passing();
	else if (strcmp(what, "moving") == 0)
		moving();
	return 0;
}
