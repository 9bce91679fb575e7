/* A TCP server that sends every line back reversed, to one client at a time: while it serves one,
 * the others wait in the accept queue, which holds at most backlog + 1 of them. Standard input
 * tells it to accept, read, listen again ...: see echo_orders.c. Standard output carries "ready
 * ADDR PORT BACKLOG", one "ok ..." or "error ..." for each order, and the messages. This file sets
 * up, accepts, and decides what is due; echo_dialogue.c talks with the client. */
#include "echo_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "faults.h"

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
	if (client == NULL)
		lab_fatal("calloc");
	client->fd = fd;
	lab_address_text_with(server->options.faults, &peer, client->name);
	while (*last != NULL)
		last = &(*last)->next;
	*last = client;
	if (server->first == client)
		dialogue_begin(server);
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

int main(int argc, char **argv)
{
	struct server server = {.listener = -1};
	struct lab_options *options = &server.options;

	lab_options_read(options, LAB_ECHO_SERVER,
		"Send every line back reversed, to one client at a time.\n"
		"It obeys lines of standard input while it runs: accept N, listen N (another "
		"backlog without a restart: listen 7), defer S, hold on|off, read, close, quit.",
		argc, argv);

	server.listener = lab_socket(options, SOCK_STREAM);
	/* the address is read by the network: its port in network byte order, by htons() */
	lab_port_set(&options->local,
		options->no_htons ? lab_no_htons(options->bind_port) : htons(options->bind_port));
	lab_bind(server.listener, &options->local); /* CLOSED still */
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
	while (server.listener >= 0 || server.first != NULL) {
		struct client *client = server.first;
		bool idle = server.listener >= 0 && client == NULL && server.unasked != 0 &&
			    !server.told_left;
		bool accepting = server.told_left || (idle && lab_now_ms() >= server.accept_due_ms);
		bool reading =
			client != NULL &&
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
		if (client != NULL && (client->stage != TALKING || !reading))
			due_ms = client->due_ms;
		if (poll(fds, 3, lab_poll_timeout(due_ms)) < 0 && errno != EINTR)
			lab_fatal("poll");

		/* first, so that what was said before a client came is obeyed before */
		if (fds[0].revents) {
			orders_obey(&server);
			continue;
		}
		if (fds[2].revents)
			dialogue_go_on(&server, client);
		else if (client != NULL && client->stage == GOODBYE &&
			 lab_now_ms() >= client->due_ms)
			dialogue_end(client, "has not closed: we do", ENDED,
				options->pause_before_close_ms);
		else if (client != NULL && client->stage == ENDED && lab_now_ms() >= client->due_ms)
			dialogue_close(&server);
		if (fds[1].revents)
			accept_client(&server);
	}
	return EXIT_SUCCESS;
}
