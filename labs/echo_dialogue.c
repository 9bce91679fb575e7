/* The dialogue of echo_server with the client being served: every line goes back reversed, until
 * `bye`, ESC, or the end of the stream. */
#include "echo_server.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "faults.h"

enum { GOODBYE_MS = 1000 }; /* how long a client that said `bye` may take to close first */

void dialogue_begin(struct server *server)
{
	server->first->due_ms = lab_after_ms(server->options.pause_before_read_ms);
}

void dialogue_end(struct client *client, const char *why, enum stage stage, long wait_ms)
{
	fprintf(stderr, "%s %s\n", client->name, why);
	client->stage = stage;
	client->due_ms = lab_after_ms(wait_ms);
}

void dialogue_close(struct server *server)
{
	struct client *client = server->first;

	/* FIN: FIN_WAIT1 if we are the first to close, LAST_ACK from CLOSE_WAIT. RST with linger 0
	 * or unread data */
	close(client->fd);
	server->first = client->next;
	free(client);
	if (server->first != NULL)
		dialogue_begin(server);
	else
		server->accept_due_ms = lab_after_ms(server->options.pause_before_accept_ms);
}

/* TCP has no messages: the stream may end in the middle of a line. Said once: a client that never
 * ends its lines is one mistake, not a thousand. */
static void tell_unfinished(struct server *server, struct client *client)
{
	if (server->told_unfinished || client->stage != TALKING ||
		!lab_lines_finish(&client->lines))
		return;
	server->told_unfinished = true;
	lab_warn("%s left an unfinished line, which got no answer: a line ends with \\n (said only "
		 "once)",
		client->name);
}

static int answer(struct client *client, unsigned faults, const char *text, size_t length)
{
	char line[LAB_LINE_MAX + 1];

	lab_reverse_with(faults, text, length, line);
	line[length] = '\n';
	/* one write(): text and line end leave in one segment */
	return lab_write_all(client->fd, line, length + 1);
}

ssize_t dialogue_go_on(struct server *server, struct client *client)
{
	static const char too_long[] = "error: line too long, ignored; at most 4096 bytes\n";
	long pause_ms = server->options.pause_before_close_ms;
	ssize_t got = lab_lines_read(&client->lines, client->fd);
	const char *text;
	size_t length;
	int sent = 0, error = errno;

	_Static_assert(LAB_LINE_MAX == 4096, "too_long names it");
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return got;
	if (got < 0) { /* ECONNRESET: the socket is CLOSED already */
		dialogue_end(client, lab_error(error), ENDED, 0);
		errno = error;
		return got;
	}
	if (got == 0)
		tell_unfinished(server, client);
	if (got == 0 && server->options.faults & FAULT_IGNORE_EOF) {
		/* CLOSE_WAIT for as long as we live, and nobody else is served */
		fault_ignore_eof(client->fd);
		dialogue_end(client, "ended the stream, unnoticed", ENDED, LAB_FOREVER);
		return got;
	}
	if (got == 0) { /* FIN received: we are in CLOSE_WAIT until close() */
		dialogue_end(client, "ended the stream", ENDED, pause_ms);
		return got;
	}
	while (client->stage == TALKING && sent == 0) {
		switch (lab_lines_next(&client->lines, &text, &length)) {
		case LAB_LINE_NONE:
			return got;
		case LAB_LINE_TOO_LONG:
			sent = lab_write_all(client->fd, too_long, sizeof(too_long) - 1);
			continue;
		case LAB_LINE_TEXT:
			if (server->options.faults & FAULT_UNBOUNDED_LINE)
				length = fault_unbounded_line(length);
			printf("%s: ", client->name);
			lab_print(stdout, text, length);
			printf("\n");
			if (!lab_line_is(text, length, "bye")) {
				sent = answer(client, server->options.faults, text, length);
				continue;
			}
			break;
		case LAB_LINE_ESCAPE:
			printf("%s: ESC\n", client->name);
			break;
		}
		/* our FIN goes first: FIN_WAIT1, FIN_WAIT2, TIME_WAIT here */
		if (server->options.close_first) {
			dialogue_end(client, "said bye, we close first", ENDED, pause_ms);
		} else {
			/* its FIN goes first: CLOSE_WAIT, LAST_ACK here, TIME_WAIT there */
			dialogue_end(client, "said bye", GOODBYE, GOODBYE_MS);
			sent = lab_write_all(client->fd, "bye\n", 4);
		}
	}
	if (sent < 0)
		dialogue_end(client, lab_error(errno), ENDED, 0);
	else if (client->stage != TALKING)
		/* nobody will read what came after `bye` */
		client->lines = (struct lab_lines){0};
	return got;
}
