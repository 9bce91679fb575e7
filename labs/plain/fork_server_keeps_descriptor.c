/* fork_server with a mistake: the parent does not close its copy of the accepted socket. A client
 * leaves and its child ends: in which state is each end? Predict, then run it; then answers.md.
 *      diff fork_server.c fork_server_keeps_descriptor.c */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>

#include "answer.h"

int main(int argc, char **argv)
{
	uint16_t port = (uint16_t)atoi(argc > 1 ? argv[1] : "12345");
	int backlog = atoi(argc > 2 ? argv[2] : "5"), yes = 1, fd;
	struct sockaddr_in here = {.sin_family = AF_INET};
	char text[LINE];
	size_t have = 0, lines; /* bytes in text; those of them that are complete lines */
	ssize_t got;
	pid_t child;

	if (port == 0)
		errx(2, "usage: fork_server PORT [BACKLOG [no-htons]]");
	here.sin_port = htons(port);
	if (argc > 3 && strcmp(argv[3], "no-htons") == 0)
		here.sin_port = port;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_IGN); /* children that have ended leave no zombie */

	int listener = socket(AF_INET, SOCK_STREAM, 0); /* CLOSED */
	if (listener < 0)
		err(1, "socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		err(1, "setsockopt");
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0)
		err(1, "bind");
	if (listen(listener, backlog) < 0) /* LISTEN */
		err(1, "listen");

	for (;;) {
		if ((fd = accept(listener, NULL, NULL)) < 0) /* ESTABLISHED */
			err(1, "accept");
		if ((child = fork()) < 0)
			warn("fork"); /* close() below turns this client away */
		if (child == 0) {
			if (close(listener) < 0) /* listening is up to the parent */
				err(1, "close");
			while ((got = read(fd, text + have, sizeof(text) - have)) > 0) {
				have += (size_t)got;
				lines = reverse_lines(text, have);
				if (lines > 0 && write(fd, text, lines) < 0)
					err(1, "write"); /* EPIPE, ECONNRESET: the client is gone */
				have = keep_rest(text, lines, have);
			}
			if (got < 0)
				err(1, "read");
			exit(close(fd) < 0); /* CLOSE_WAIT to LAST_ACK, if this was the last copy */
		}
		/* mistake: the parent keeps its copy */
	}
}
