/* A TCP server that serves all its clients in one process: poll() says who has sent something.
 *      poll_server PORT [BACKLOG [no-htons]]       for example: poll_server 12345 5 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "answer.h"

enum { MOST = 100 };

int main(int argc, char **argv)
{
	static char text[MOST][LINE]; /* of each client, its unfinished line */
	static size_t have[MOST];
	struct pollfd fds[MOST] = {{.events = POLLIN}}; /* the listener, then the clients */
	struct sockaddr_in here = {.sin_family = AF_INET};
	uint16_t port = (uint16_t)atoi(argc > 1 ? argv[1] : "12345");
	int backlog = atoi(argc > 2 ? argv[2] : "5"), yes = 1, count = 1, fd;
	ssize_t got;

	here.sin_port = htons(port);
	if (argc > 3 && strcmp(argv[3], "no-htons") == 0)
		here.sin_port = port;
	signal(SIGPIPE, SIG_IGN);
	if ((fds[0].fd = socket(AF_INET, SOCK_STREAM, 0)) < 0) /* CLOSED */
		err(1, "socket");
	if (setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		err(1, "setsockopt");
	if (bind(fds[0].fd, (struct sockaddr *)&here, sizeof(here)) < 0)
		err(1, "bind");
	if (listen(fds[0].fd, backlog) < 0) /* LISTEN */
		err(1, "listen");

	while (poll(fds, (nfds_t)count, -1) > 0) {
		for (int i = count - 1; i > 0; i--) {
			if (fds[i].revents == 0)
				continue;
			got = read(fds[i].fd, text[i] + have[i], LINE - have[i]);
			if (got > 0) {
				have[i] = answer(fds[i].fd, text[i], have[i] + (size_t)got);
				continue;
			}
			close(fds[i].fd);      /* its FIN had come: from CLOSE_WAIT to LAST_ACK */
			fds[i] = fds[--count]; /* the last client takes this place */
			have[i] = have[count];
			memcpy(text[i], text[count], have[i]);
		}
		if (fds[0].revents != 0 && count < MOST) { /* a client is in the accept queue */
			if ((fd = accept(fds[0].fd, NULL, NULL)) < 0) /* ESTABLISHED */
				err(1, "accept");
			have[count] = 0;
			fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
		}
	}
	err(1, "poll");
}
