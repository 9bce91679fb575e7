/* tcp_server with a mistake: it takes what one read() returns for one message. Which client does it
 * answer wrongly, and which not? Predict, then run it; then answers.md.
 *      diff tcp_server.c tcp_server_read_is_message.c */
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>

#include "answer.h"

int main(int argc, char **argv)
{
	uint16_t port = (uint16_t)atoi(argc > 1 ? argv[1] : "12345");
	int backlog = atoi(argc > 2 ? argv[2] : "5"), yes = 1;
	struct sockaddr_in here = {.sin_family = AF_INET}; /* address 0.0.0.0: any of ours */

	if (port == 0)
		errx(2, "usage: tcp_server PORT [BACKLOG [no-htons]]");
	here.sin_port = htons(port);
	if (argc > 3 && strcmp(argv[3], "no-htons") == 0)
		here.sin_port = port;
	signal(SIGPIPE, SIG_IGN); /* write() to a client that is gone fails, and that is all */

	int listener = socket(AF_INET, SOCK_STREAM, 0); /* CLOSED */
	if (listener < 0)
		err(1, "socket");
	if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) < 0)
		err(1, "setsockopt"); /* without it a TIME_WAIT of this port forbids bind() */
	if (bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0) /* CLOSED still */
		err(1, "bind");
	if (listen(listener, backlog) < 0) /* LISTEN */
		err(1, "listen");

	for (;;) {
		char text[LINE];
		size_t lines;
		ssize_t got;
		int fd = accept(listener, NULL, NULL); /* ESTABLISHED, perhaps long since */

		if (fd < 0)
			err(1, "accept");
		while ((got = read(fd, text, sizeof(text) - 1)) > 0) {
			if (text[got - 1] != '\n')
				text[got++] = '\n'; /* mistake: it may be half a line */
			lines = reverse_lines(text, (size_t)got);
			if (lines > 0 && write(fd, text, lines) < 0)
				warn("write"); /* EPIPE, ECONNRESET: the client is gone */
		}
		if (got < 0)
			warn("read"); /* ECONNRESET: an RST came, CLOSED */
		/* read() gave 0: the client's FIN has come. CLOSE_WAIT, until we close as well. */
		if (close(fd) < 0) /* our FIN: LAST_ACK, and CLOSED with its ACK */
			warn("close");
	}
}
