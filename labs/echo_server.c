/* A TCP server that sends every line back reversed, to one client at a time: while it serves one,
 * the others wait in the accept queue, which holds at most backlog + 1 of them. Standard input
 * tells it to accept, read, listen again ...: see obey(). Standard output carries "ready ADDR PORT
 * BACKLOG", one "ok ..." or "error ..." for each line of standard input, and the messages. */
#include "faults.h"
#include "lab.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct client {
	int fd;
	char name[LAB_ADDRESS_TEXT];
	enum stage { TALKING, GOODBYE /* we wait for its FIN */, ENDED /* close() is due */ } stage;
	int64_t due_ms; /* TALKING: no read() before; else: close() then */
	struct lab_lines lines;
	struct client *next;
};

struct server {
	struct lab_options options;
	int listener; /* -1: closed, by --serve-one */
	/* the one being served; those after it are accepted and wait */
	struct client *first;
	long unasked;         /* accept() calls left from --accept */
	long told, told_left; /* the line `accept N`: N, and how many are still to come */
	int64_t accept_due_ms;
	int input; /* standard input; -1 after its end */
	struct lab_lines lines;
};

enum { GOODBYE_MS = 1000 }; /* how long a client that said `bye` may take to close first */

static void serve_first(struct server *server)
{
	server->first->due_ms = lab_after_ms(server->options.pause_before_read_ms);
}

static void accept_client(struct server *server)
{
	struct lab_address peer = {.length = sizeof(peer.sa)};
	struct client *client, **last = &server->first;
	int fd = accept4(server->listener, (struct sockaddr *)&peer.sa, &peer.length,
		SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return; /* it left between poll() and accept() */
		if (server->told_left)
			printf("error accept %ld: %s\n", server->told, lab_error(errno));
		else
			lab_warn("accept: %s; trying again in a second", lab_error(errno));
		server->told_left = 0;
		/* EMFILE leaves the connection queued: asking at once would spin */
		server->accept_due_ms = lab_after_ms(1000);
		return;
	}
	client = calloc(1, sizeof(*client));
	if (!client)
		lab_fatal("calloc");
	client->fd = fd;
	lab_address_text_with(server->options.faults, &peer, client->name);
	while (*last)
		last = &(*last)->next;
	*last = client;
	if (server->first == client)
		serve_first(server);
	if (server->options.serve_one) {
		/* clients in the accept queue get RST, later ones are refused */
		close(server->listener);
		server->listener = -1;
	}
	fprintf(stderr, "%s accepted\n", client->name);
	if (!server->told_left)
		server->unasked -= server->unasked != LAB_ALL;
	else if (--server->told_left == 0)
		printf("ok accept %ld: %s\n", server->told, client->name);
}

/* The conversation is over; close() follows after wait_ms. */
static void end_client(struct client *client, const char *why, enum stage stage, long wait_ms)
{
	fprintf(stderr, "%s %s\n", client->name, why);
	client->stage = stage;
	client->due_ms = lab_after_ms(wait_ms);
}

static void close_client(struct server *server)
{
	struct client *client = server->first;

	/* FIN: FIN_WAIT1 if we are the first to close, LAST_ACK from CLOSE_WAIT. RST with linger 0
	 * or unread data */
	close(client->fd);
	server->first = client->next;
	free(client);
	if (server->first)
		serve_first(server);
	else
		server->accept_due_ms = lab_after_ms(server->options.pause_before_accept_ms);
}

static int answer(struct client *client, unsigned faults, const char *text, size_t length)
{
	char line[LAB_LINE_MAX + 1];

	lab_reverse_with(faults, text, length, line);
	line[length] = '\n';
	/* one write(): text and line end leave in one segment */
	return lab_write_all(client->fd, line, length + 1);
}

/* One read() from the client being served, and what its lines ask for. Returns what read() did. */
static ssize_t serve(struct server *server, struct client *client)
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
		end_client(client, lab_error(error), ENDED, 0);
		errno = error;
		return got;
	}
	if (got == 0 && server->options.faults & FAULT_IGNORE_EOF) {
		/* CLOSE_WAIT for as long as we live, and nobody else is served */
		fault_ignore_eof(client->fd);
		end_client(client, "ended the stream, unnoticed", ENDED, LAB_FOREVER);
		return got;
	}
	if (got == 0) { /* FIN received: we are in CLOSE_WAIT until close() */
		end_client(client, "ended the stream", ENDED, pause_ms);
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
			end_client(client, "said bye, we close first", ENDED, pause_ms);
		} else {
			/* its FIN goes first: CLOSE_WAIT, LAST_ACK here, TIME_WAIT there */
			end_client(client, "said bye", GOODBYE, GOODBYE_MS);
			sent = lab_write_all(client->fd, "bye\n", 4);
		}
	}
	if (sent < 0)
		end_client(client, lab_error(errno), ENDED, 0);
	else if (client->stage != TALKING)
		/* nobody will read what came after `bye` */
		client->lines = (struct lab_lines){0};
	return got;
}

/* One line of standard input: do it and answer, `accept N` not before the Nth accept() has
 * returned. */
static void obey(struct server *server, char *line)
{
	char *verb = strtok(line, " \t"), *argument = strtok(NULL, " \t"),
	     said[LAB_ADDRESS_TEXT] = "";
	const char *refusal = NULL;
	struct client *client = server->first;
	long number = 0;
	ssize_t done = 0;

	if (!verb)
		return;
#define IS(word) (!strcmp(verb, word))
	if (IS("accept") || IS("listen") || IS("defer")) {
		if (!argument || !lab_number(argument, IS("accept"), INT_MAX, &number))
			refusal = "needs a number";
	} else if (IS("hold")) {
		if (!argument || (strcmp(argument, "on") && strcmp(argument, "off")))
			refusal = "on or off?";
	} else if (IS("read") || IS("close")) {
		if (!client || (IS("read") && client->stage == ENDED))
			refusal = client ? "the conversation is over" : "no client";
	} else if (!IS("quit")) {
		refusal = "not one of accept N, listen N, defer S, hold on|off, read, close, quit";
	}
	if (!refusal && server->listener < 0 &&
		(IS("accept") || IS("listen") || IS("defer") || IS("hold")))
		refusal = "the listening socket is closed";
	if (!refusal && IS("accept") && server->told_left)
		refusal = "the one before is not finished";
	if (refusal) {
		printf("error %s%s%s: %s\n", verb, argument ? " " : "", argument ? argument : "",
			refusal);
		return;
	}
	if (argument)
		snprintf(said, sizeof(said), " %s", argument);
	if (IS("accept")) {
		server->told = server->told_left = number;
		return; /* answered by accept_client() */
	} else if (IS("listen")) {
		/* on a listening socket: sets a new backlog */
		done = listen(server->listener, (int)number);
	} else if (IS("defer")) {
		done = lab_defer_accept(server->listener, number);
	} else if (IS("hold")) {
		done = lab_hold_acks(server->listener, !strcmp(argument, "on"));
	} else if (IS("read")) {
		/* ends --pause-before-read */
		client->due_ms = client->stage == TALKING ? lab_now_ms() : client->due_ms;
		done = serve(server, client);
		snprintf(said, sizeof(said),
			done < 0 && errno == EAGAIN ? " nothing: no data there"
			: done                      ? " %zd bytes"
						    : " end of stream",
			done);
		done = done < 0 && errno == EAGAIN ? 0 : done;
	} else if (IS("close")) {
		snprintf(said, sizeof(said), " %.64s", client->name);
		close_client(server);
	} else {
		/* half-open requests vanish, connections in the accept queue get RST */
		close(server->listener);
		while (server->first)
			close_client(server);
	}
	if (done < 0)
		printf("error %s%s%s: %s%s\n", verb, argument ? " " : "", argument ? argument : "",
			lab_error(errno), errno == EPERM ? "; " LAB_CAP_NET_ADMIN : "");
	else
		printf("ok %s%s\n", verb, said);
	if (IS("quit"))
		exit(EXIT_SUCCESS);
#undef IS
}

static void obey_input(struct server *server)
{
	char line[LAB_LINE_MAX + 1];

	lab_input_read(&server->lines, &server->input);
	while (lab_input_next(&server->lines, line))
		obey(server, line);
}

int main(int argc, char **argv)
{
	struct server server = {.listener = -1};
	struct lab_options *options = &server.options;

	lab_options_read(options, LAB_ECHO_SERVER,
		"Send every line back reversed, to one client at a time.", argc, argv);

	server.listener = lab_socket(options, SOCK_STREAM);
	lab_bind(server.listener, &options->local);
	if (options->defer_accept_s &&
		lab_defer_accept(server.listener, options->defer_accept_s) < 0)
		lab_fatal("setsockopt TCP_DEFER_ACCEPT");
	if (options->hold_acks && lab_hold_acks(server.listener, true) < 0)
		lab_fatal("setsockopt SO_ATTACH_FILTER (--hold-acks %s)", LAB_CAP_NET_ADMIN);
	if (options->pause_before_listen_ms)
		/* bound, CLOSED: a client gets RST */
		poll(NULL, 0, (int)options->pause_before_listen_ms);
	/* LISTEN: from here on clients connect without our doing anything */
	lab_listen(server.listener, options->backlog);

	lab_say_ready(server.listener, options);

	server.unasked = options->accept;
	server.accept_due_ms = lab_after_ms(options->pause_before_accept_ms);
	/* --serve-one closes the listening socket */
	while (server.listener >= 0 || server.first) {
		struct client *client = server.first;
		bool idle =
			server.listener >= 0 && !client && server.unasked != 0 && !server.told_left;
		bool accepting = server.told_left || (idle && lab_now_ms() >= server.accept_due_ms);
		bool reading =
			client &&
			(client->stage == GOODBYE ||
				(client->stage == TALKING && lab_now_ms() >= client->due_ms));
		int64_t due_ms = INT64_MAX;
		struct pollfd fds[] = {
			{.fd = server.input, .events = POLLIN},
			{.fd = accepting ? server.listener : -1, .events = POLLIN},
			{.fd = -1, .events = POLLIN},
		};

		if (idle && !accepting)
			due_ms = server.accept_due_ms;
		if (reading)
			fds[2].fd = client->fd;
		if (client && (client->stage != TALKING || !reading))
			due_ms = client->due_ms;
		if (poll(fds, 3, lab_poll_timeout(due_ms)) < 0 && errno != EINTR)
			lab_fatal("poll");

		/* first, so that what was said before a client came is obeyed before */
		if (fds[0].revents) {
			obey_input(&server);
			continue;
		}
		if (fds[2].revents)
			serve(&server, client);
		else if (client && client->stage == GOODBYE && lab_now_ms() >= client->due_ms)
			end_client(client, "has not closed: we do", ENDED,
				options->pause_before_close_ms);
		else if (client && client->stage == ENDED && lab_now_ms() >= client->due_ms)
			close_client(&server);
		if (fds[1].revents)
			accept_client(&server);
	}
	return EXIT_SUCCESS;
}
