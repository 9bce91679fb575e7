/* Times one kind of call: connections within one process, open and close of a file, writes of one
 * byte to a file. What --calls makes of them is the ratio. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void connections(int listener, int count)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(12345),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger abort = {1, 0}; /* no TIME_WAIT */

	for (int i = 0; i < count; i++) {
		int client = socket(AF_INET, SOCK_STREAM, 0), server;

		if (connect(client, (struct sockaddr *)&at, sizeof(at)) != 0)
			exit(1);
		server = accept(listener, NULL, NULL);
		setsockopt(client, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
		close(client);
		close(server);
	}
}

static int listening(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons(12345),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 5) != 0)
		exit(1);
	return fd;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int count = argc > 2 ? atoi(argv[2]) : 1000;
	int fd = strcmp(what, "connections") == 0 ? listening()
		 : strcmp(what, "writes") == 0    ? open("written", O_WRONLY | O_CREAT, 0600)
						  : 0;
	double begun = seconds();

	if (strcmp(what, "connections") == 0)
		connections(fd, count);
	for (int i = 0; i < count && strcmp(what, "files") == 0; i++)
		close(open("/proc/self/exe", O_RDONLY));
	for (int i = 0; i < count && strcmp(what, "writes") == 0; i++)
		if (write(fd, "x", 1) != 1)
			return 1;
	printf("%.2f\n", (seconds() - begun) / count * 1e6);
	return 0;
}
