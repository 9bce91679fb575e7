/* fork_server with a mistake: the parent does not close its copy of the accepted socket. So the
 * child's close() sends nothing: CLOSE_WAIT here, FIN_WAIT2 at the client, no timer for either.
 *      diff fork_server.c fork_server_keeps_descriptor.c */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>

#include "answer.h"

int main(int argc, char **argv)
{
	uint16_t port = (uint16_t)atoi(argc > 1 ? argv[1] : "12345");
	int backlog = atoi(argc > 2 ? argv[2] : "5"), yes = 1;
	struct sockaddr_in here = {.sin_family = AF_INET};

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
		int fd = accept(listener, NULL, NULL); /* ESTABLISHED */
		pid_t child;

		if (fd < 0)
			err(1, "accept");
		if ((child = fork()) < 0)
			warn("fork"); /* close() below turns this client away */
		if (child == 0) {
			char text[LINE];
			size_t have = 0;
			ssize_t got;

			close(listener); /* listening is up to the parent */
			while ((got = read(fd, text + have, sizeof(text) - have)) > 0)
				have = answer(fd, text, have + (size_t)got);
			if (got < 0)
				err(1, "read");
			close(fd); /* from CLOSE_WAIT to LAST_ACK, if this was the last copy */
			exit(0);
		}
		/* mistake: the parent keeps its copy */
	}
}
