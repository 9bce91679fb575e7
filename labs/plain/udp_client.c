/* A client of the chat room: each line typed goes to the server as a datagram, and what comes back
 * is shown. connect() on a UDP socket sends nothing; it only notes the peer, so that the kernel can
 * tell us when the server is gone: the next call fails with ECONNREFUSED.
 *      udp_client ADDRESS PORT [OWN_PORT [no-htons]]       for example: udp_client 127.0.0.1 12345
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

	if (argc < 2 || inet_pton(AF_INET, argv[1], &there.sin_addr) != 1)
		errx(2, "usage: udp_client ADDRESS PORT [OWN_PORT [no-htons]]");
	there.sin_port = htons(port);
	here.sin_port = htons((uint16_t)atoi(argc > 3 ? argv[3] : "0"));
	if (argc > 4 && strcmp(argv[4], "no-htons") == 0)
		there.sin_port = port;

	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) < 0) /* UNCONN */
		err(1, "bind");
	if (connect(fd, (struct sockaddr *)&there, sizeof(there)) < 0)
		err(1, "connect"); /* else ESTABLISHED, which is only a name here */

	struct pollfd wait[2] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}};
	for (;;) {
		char text[1600];
		ssize_t got;

		if (poll(wait, 2, -1) < 0)
			err(1, "poll");
		if (wait[1].revents) {
			if ((got = recv(fd, text, sizeof(text), 0)) < 0)
				err(1, "recv"); /* ECONNREFUSED: ICMP said that nobody is there */
			if (write(STDOUT_FILENO, text, (size_t)got) < 0)
				err(1, "write");
		}
		if (wait[0].revents) {
			if ((got = read(STDIN_FILENO, text, 1500)) < 0)
				err(1, "read");
			if (got == 0)
				return close(fd) < 0; /* the server does not learn of it */
			if (send(fd, text, (size_t)got, 0) < 0)
				err(1, "send");
		}
	}
}
