/* A TCP client: it sends what is typed and shows what comes back. It closes first, at the end of
 * its input (Ctrl-D), so the TIME_WAIT is on its side.
 *      tcp_client ADDRESS PORT [OWN_PORT [no-htons]]       for example: tcp_client 127.0.0.1 12345
 */
#include <arpa/inet.h>
#include <err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_in there = {.sin_family = AF_INET}, here = {.sin_family = AF_INET};
	uint16_t port = (uint16_t)atoi(argc > 2 ? argv[2] : "12345");

	if (argc < 2)
		errx(2, "usage: tcp_client ADDRESS PORT [OWN_PORT [no-htons]]");
	if (inet_pton(AF_INET, argv[1], &there.sin_addr) != 1)
		errx(2, "%s: ADDRESS must be a number, such as 127.0.0.1", argv[1]);
	there.sin_port = htons(port);
	here.sin_port = htons((uint16_t)atoi(argc > 3 ? argv[3] : "0"));
	if (argc > 4 && strcmp(argv[4], "no-htons") == 0)
		there.sin_port = port;

	int fd = socket(AF_INET, SOCK_STREAM, 0); /* CLOSED */
	if (fd < 0)
		err(1, "socket");
	/* Needless: the kernel finds a port. And a TIME_WAIT of ours would forbid it for 60 s. */
	if (here.sin_port != 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0)
		err(1, "bind");
	if (connect(fd, (struct sockaddr *)&there, sizeof(there)) < 0) /* SYN_SENT meanwhile */
		err(1, "connect");

	struct pollfd wait[2] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}}; /* ESTABLISHED */
	char text[4096];
	ssize_t got;
	for (;;) {
		if (poll(wait, 2, -1) < 0)
			err(1, "poll");
		if (wait[1].revents) {
			if ((got = read(fd, text, sizeof(text))) < 0)
				err(1, "read"); /* ECONNRESET: an RST came, CLOSED */
			if (got == 0)
				break; /* its FIN: CLOSE_WAIT, or TIME_WAIT after our own */
			if (write(STDOUT_FILENO, text, (size_t)got) < 0)
				err(1, "write");
		}
		if (wait[0].revents) {
			if ((got = read(STDIN_FILENO, text, sizeof(text))) < 0)
				err(1, "read");
			if (got > 0 && send(fd, text, (size_t)got, MSG_NOSIGNAL) < 0)
				err(1, "send"); /* EPIPE, ECONNRESET: the server is gone */
			if (got == 0 && shutdown(fd, SHUT_WR) < 0) /* our FIN: FIN_WAIT1, then 2 */
				err(1, "shutdown");
			wait[0].fd = got > 0 ? STDIN_FILENO : -1; /* at the end only the reply */
		}
	}
	return close(fd) < 0;
}
