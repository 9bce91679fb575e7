/* Makes edges that no segment dates: a FIN that waits behind a full window, a SYN that a firewall
 * drops, a close() while another thread reads. a_call_dates_the_edge_it_made.sh says what is to be
 * told of it. Where it waits, it is for the kernel's state, never for time to pass. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loopback.h"

enum { PORT = 22540, LOST = 22549 };

static int listener, client, served;

static void pair_made(void)
{
	struct sockaddr_in at = address(PORT);
	int on = 1, small = 4096;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
	must(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)) == 0);
	must(bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(listener, 4) == 0);
	client = socket(AF_INET, SOCK_STREAM, 0);
	must(setsockopt(client, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)) == 0);
	must(connect(client, (struct sockaddr *)&at, sizeof(at)) == 0);
	must((served = accept(listener, NULL, NULL)) >= 0);
}

/* Whoever started us says when to go on. */
static void told_to_go_on(const char *where)
{
	char byte;

	printf("%s\n", where);
	fflush(stdout);
	must(read(STDIN_FILENO, &byte, 1) == 1);
}

/* The server does not read: the window is full when the client closes. */
static void window(void)
{
	static char bytes[65536];

	pair_made();
	must(fcntl(client, F_SETFL, O_NONBLOCK) == 0);
	while (write(client, bytes, sizeof(bytes)) > 0)
		;
	told_to_go_on("full");
	must(shutdown(client, SHUT_WR) == 0);
	close(client);
	told_to_go_on("closed");
	while (read(served, bytes, sizeof(bytes)) > 0)
		;
	close(served);
}

/* Its SYN goes nowhere; then it gives up. */
static void lost(void)
{
	struct sockaddr_in at = address(LOST);

	client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	must(connect(client, (struct sockaddr *)&at, sizeof(at)) != 0 && errno == EINPROGRESS);
	told_to_go_on("connecting");
	close(client);
	told_to_go_on("closed");
}

static _Atomic pid_t reading_tid;

static void *reading(void *context)
{
	char byte;

	reading_tid = (pid_t)syscall(SYS_gettid);
	must(read(served, &byte, 1) == 1);
	return context;
}

/* One thread reads, the other closes: the socket stays until the read() returns. */
static void beside(void)
{
	pthread_t thread;
	char path[64], state = 0;

	pair_made();
	must(pthread_create(&thread, NULL, reading, NULL) == 0);
	while (reading_tid == 0)
		;
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)reading_tid);
	while (state != 'S') {
		FILE *file = fopen(path, "re");

		must(file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) == 1);
		fclose(file);
	}
	close(served);
	told_to_go_on("closed");
	must(write(client, "x", 1) == 1);
	pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	alarm(60);
	if (strcmp(what, "window") == 0)
		window();
	else if (strcmp(what, "lost") == 0)
		lost();
	else if (strcmp(what, "beside") == 0)
		beside();
	return 0;
}
