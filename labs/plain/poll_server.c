/* A TCP server that serves all its clients in one process: poll() says who has sent something.
 *      poll_server PORT [BACKLOG [no-htons]]       for example: poll_server 12345 5 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>

#include "answer.h"

enum { MOST = 100 };

int main(int argc, char **argv)
{
	static char text[MOST][LINE]; /* of each client, its unfinished line */
	static size_t have[MOST], lines;
	struct pollfd fds[MOST] = {{.events = POLLIN}}; /* the listener, then the clients */
	struct sockaddr_in here = {.sin_family = AF_INET};
	uint16_t port = (uint16_t)atoi(argc > 1 ? argv[1] : "12345");
	int backlog = atoi(argc > 2 ? argv[2] : "5"), yes = 1, count = 1;
	ssize_t got;

	here.sin_port = htons(port);
	if (argc > 3 && strcmp(argv[3], "no-htons") == 0)
		here.sin_port = port;
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
				have[i] += (size_t)got;
				lines = reverse_lines(text[i], have[i]);
				if (lines > 0 && send(fds[i].fd, text[i], lines, MSG_NOSIGNAL) < 0)
					warn("send");
				have[i] = keep_rest(text[i], lines, have[i]);
				continue;
			} /* 0: its FIN had come, CLOSE_WAIT; less: an RST */
			if (close(fds[i].fd) < 0) /* our FIN: LAST_ACK */
				warn("close");
			fds[i] = fds[--count]; /* the last client takes this place */
			have[i] = have[count];
			memcpy(text[i], text[count], have[i]);
		}
		if (fds[0].revents != 0) { /* a client is in the accept queue */
			if ((fds[count].fd = accept(fds[0].fd, NULL, NULL)) < 0) /* ESTABLISHED */
				err(1, "accept");
			fds[count].events = POLLIN;
			have[count++] = 0;
		}
		fds[0].events = count < MOST ? POLLIN : 0; /* else they wait in the accept queue */
	}
	err(1, "poll");
}
