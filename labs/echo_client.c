/* The client of the reverse echo: sends lines, prints what comes back. Its connections are
 * non-blocking, so that with --count one process holds several of them, in whatever state each one
 * is. Prints "connecting LOCAL REMOTE" when connect() has been issued and "ready LOCAL REMOTE" when
 * the connection is ESTABLISHED; then the answers. Lines of standard input are messages, and go to
 * every connection. */
#include "faults.h"
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct connection {
	int fd;
	enum {
		CONNECTING,
		TALKING,
		GOODBYE /* waiting for the server's `bye` or FIN */,
		ENDED /* close() is due */,
		CLOSED
	} stage;
	int64_t due_ms; /* CONNECTING: give up then; ENDED: close() then */
	int64_t read_due_ms, write_due_ms;
	size_t message, offset; /* next to send: byte `offset` of that message */
	size_t answers;
	struct lab_lines lines;
};

struct message {
	char *text;
	size_t length;
	bool bye;
};

struct client {
	struct lab_options options;
	struct connection *connections;
	size_t opened, wanted; /* connect() issued so far; --count */
	/* all that was ever said: each connection sends them in order */
	struct message *messages;
	size_t message_count;
	int input; /* standard input; -1 after its end */
	struct lab_lines lines;
	int status;
};

static void add_message(struct client *client, const char *text, size_t length)
{
	struct message *message;

	client->messages =
		realloc(client->messages, (client->message_count + 1) * sizeof(*message));
	if (client->messages == NULL)
		lab_fatal("realloc");
	message = &client->messages[client->message_count++];
	message->length = length + 1;
	message->text = malloc(message->length);
	if (message->text == NULL)
		lab_fatal("malloc");
	memcpy(message->text, text, length);
	message->text[length] = '\n';
	message->bye = lab_line_is(text, length, "bye") || memchr(text, 27, length) != NULL;
}

/* Any failure of one connection: say which call, close it, let the others go on. */
static void fail(
	struct client *client, struct connection *connection, const char *call, const char *why)
{
	char text[LAB_ADDRESS_TEXT];

	lab_warn("%s %s: %s", call, lab_address_text(&client->options.remote, text), why);
	close(connection->fd);
	connection->stage = CLOSED;
	client->status = EXIT_FAILURE;
}

static void say(const char *word, struct client *client, int fd)
{
	char here[LAB_ADDRESS_TEXT], there[LAB_ADDRESS_TEXT];
	struct lab_address local = lab_local(fd);

	printf("%s %s %s\n", word, lab_address_text_with(client->options.faults, &local, here),
		lab_address_text_with(client->options.faults, &client->options.remote, there));
}

static void open_connection(struct client *client)
{
	struct connection *connection = &client->connections[client->opened++];
	struct lab_options *options = &client->options;

	connection->fd = lab_socket(options, SOCK_STREAM);
	/* the addresses are read by the network: their ports in network byte order, by htons() */
	if (options->bind_text != NULL) {
		uint16_t port = options->bind_port;

		if (port)
			port = (uint16_t)(port + client->opened - 1);
		lab_port_set(&options->local, options->no_htons ? lab_no_htons(port) : htons(port));
		lab_bind(connection->fd, &options->local);
	}
	if (client->opened == 1)
		lab_port_set(&options->remote, options->no_htons
						       ? lab_no_htons(options->connect_port)
						       : htons(options->connect_port));
	if (options->pause_before_connect_ms)
		poll(NULL, 0, (int)options->pause_before_connect_ms); /* bound, CLOSED */
	if (connect(connection->fd, (struct sockaddr *)&options->remote.sa,
		    options->remote.length) < 0 &&
		errno != EINPROGRESS) {
		fail(client, connection, "connect", lab_error(errno));
		return;
	}
	connection->stage = CONNECTING; /* SYN_SENT, until the SYN-ACK comes */
	connection->due_ms =
		options->connect_timeout_ms ? lab_after_ms(options->connect_timeout_ms) : INT64_MAX;
	say("connecting", client, connection->fd);
}

/* The socket has become writable or has failed: connect() is decided. */
static void connected(struct client *client, struct connection *connection)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		lab_fatal("getsockopt SO_ERROR");
	if (error) {
		fail(client, connection, "connect", lab_error(error));
		return;
	}
	/* ESTABLISHED here; the server may not even know of it */
	connection->stage = TALKING;
	connection->due_ms = INT64_MAX;
	connection->read_due_ms = lab_after_ms(client->options.pause_before_read_ms);
	connection->write_due_ms = lab_after_ms(client->options.pause_before_write_ms);
	say("ready", client, connection->fd);
}

/* Our FIN: FIN_WAIT1, FIN_WAIT2 until the server's FIN, TIME_WAIT. Reading goes on. */
static void end_sending(struct connection *connection)
{
	shutdown(connection->fd, SHUT_WR);
	connection->stage = GOODBYE;
}

static void end(struct client *client, struct connection *connection)
{
	connection->stage = ENDED;
	connection->due_ms = lab_after_ms(client->options.pause_before_close_ms);
}

static void send_next(struct client *client, struct connection *connection)
{
	const struct message *message = &client->messages[connection->message];
	ssize_t sent = write(connection->fd, message->text + connection->offset,
		message->length - connection->offset);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (sent < 0) {
		fail(client, connection, "write to", lab_error(errno));
		return;
	}
	connection->offset += (size_t)sent;
	if (connection->offset < message->length)
		return;
	connection->offset = 0;
	connection->message++;
	if (!message->bye)
		return;
	connection->stage = GOODBYE;
	if (client->options.close_first || client->options.half_close)
		end_sending(connection);
}

static void receive(struct client *client, struct connection *connection)
{
	ssize_t got = lab_lines_read(&connection->lines, connection->fd);
	enum lab_line kind;
	const char *text;
	size_t length;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0) {
		fail(client, connection, "read from", lab_error(errno));
		return;
	}
	while (connection->stage != ENDED &&
		(kind = lab_lines_next(&connection->lines, &text, &length)) != LAB_LINE_NONE) {
		if (kind == LAB_LINE_TOO_LONG) {
			lab_warn("an answer longer than %d bytes, ignored", LAB_LINE_MAX);
		} else if (kind == LAB_LINE_TEXT && !lab_line_is(text, length, "bye")) {
			if (isatty(STDOUT_FILENO))
				lab_print(stdout, text, length);
			else /* byte for byte, for whoever compares them */
				fwrite(text, 1, length, stdout);
			putchar('\n');
		} else if (connection->stage == TALKING ||
			   !(client->options.close_first || client->options.half_close)) {
			/* the server's goodbye; it leaves the first FIN to us */
			end(client, connection);
		}
		connection->answers++;
	}
	if (got == 0 && client->options.faults & FAULT_IGNORE_EOF) {
		fault_ignore_eof(connection->fd); /* CLOSE_WAIT for as long as we live */
		connection->stage = ENDED;
		connection->due_ms = INT64_MAX;
		return;
	}
	/* the server's FIN: CLOSE_WAIT here, or TIME_WAIT if ours went first */
	if (got == 0) {
		if (connection->stage == TALKING)
			lab_warn("the server has ended the conversation");
		end(client, connection);
	}
}

static void read_input(struct client *client)
{
	enum lab_line kind;
	const char *text;
	size_t length;

	lab_input_read(&client->lines, &client->input);
	while ((kind = lab_lines_next(&client->lines, &text, &length)) != LAB_LINE_NONE) {
		if (kind == LAB_LINE_TEXT)
			add_message(client, text, length);
		else if (kind == LAB_LINE_ESCAPE)
			add_message(client, "\033", 1);
		else
			lab_warn("a line longer than %d bytes, not sent", LAB_LINE_MAX);
	}
}

static void forget(struct client *client)
{
	for (size_t i = 0; i < client->message_count; i++)
		free(client->messages[i].text);
	free(client->messages);
	free(client->connections);
	free(client->options.send.text);
}

/* Has it something to send? */
static bool has_more(const struct client *client, const struct connection *connection)
{
	return connection->stage == TALKING && connection->message < client->message_count;
}

/* What comes with time alone: the end of our input, a time-out, close(). */
static void tend(struct client *client, struct connection *connection)
{
	const struct lab_options *options = &client->options;
	/* At the end of standard input one client that has said something leaves when it has all
	 * its answers; --count holds, as does silence. */
	bool leaving = client->input < 0 && !options->count && client->message_count;

	if (leaving && connection->stage == TALKING && !has_more(client, connection)) {
		if (options->half_close)
			end_sending(connection); /* the answers still come */
		else if (connection->answers >= connection->message)
			end(client, connection);
	}
	if (connection->stage == CONNECTING && lab_now_ms() >= connection->due_ms)
		fail(client, connection, "connect",
			"no answer within --connect-timeout, still SYN_SENT");
	if (connection->stage == ENDED && lab_now_ms() >= connection->due_ms) {
		close(connection->fd); /* our FIN, if it has not gone; RST with linger 0 */
		connection->stage = CLOSED;
	}
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
	return a_ms < b_ms ? a_ms : b_ms;
}

/* What poll() is to wait for; returns until when. */
static int64_t watch(
	const struct client *client, const struct connection *connection, struct pollfd *fd)
{
	int64_t now_ms = lab_now_ms(),
		due_ms = connection->stage != CLOSED ? connection->due_ms : INT64_MAX;

	*fd = (struct pollfd){.fd = connection->fd};
	if (connection->stage == CONNECTING ||
		(has_more(client, connection) && now_ms >= connection->write_due_ms))
		fd->events |= POLLOUT;
	else if (has_more(client, connection))
		due_ms = earlier(due_ms, connection->write_due_ms);
	if ((connection->stage == TALKING || connection->stage == GOODBYE) &&
		now_ms >= connection->read_due_ms)
		fd->events |= POLLIN;
	else if (connection->stage == TALKING)
		due_ms = earlier(due_ms, connection->read_due_ms);
	if (!fd->events)
		fd->fd = -1; /* else poll() would report POLLHUP without end */
	return due_ms;
}

static void act(struct client *client, struct connection *connection, const struct pollfd *fd)
{
	if (!fd->revents)
		return;
	if (connection->stage == CONNECTING)
		connected(client, connection);
	else if (fd->revents & POLLOUT)
		send_next(client, connection);
	if (fd->revents & (POLLIN | POLLHUP | POLLERR) && fd->events & POLLIN &&
		connection->stage != CLOSED)
		receive(client, connection);
}

int main(int argc, char **argv)
{
	struct client client = {0};
	struct lab_options *options = &client.options;
	int64_t open_due_ms = 0;
	struct pollfd *fds;

	lab_options_read(options, LAB_ECHO_CLIENT,
		"Send lines to the reverse-echo server and print its answers.", argc, argv);
	client.wanted = options->count ? (size_t)options->count : 1;
	client.connections = calloc(client.wanted, sizeof(*client.connections));
	fds = calloc(client.wanted + 1, sizeof(*fds));
	if (client.connections == NULL || fds == NULL)
		lab_fatal("calloc");
	for (size_t i = 0; i < options->send.count; i++)
		add_message(&client, options->send.text[i], strlen(options->send.text[i]));

	for (;;) {
		int64_t due_ms = INT64_MAX;
		size_t closed = 0;

		if (client.opened < client.wanted && lab_now_ms() >= open_due_ms) {
			open_connection(&client);
			open_due_ms = lab_after_ms(options->gap_ms);
		}
		if (client.opened < client.wanted)
			due_ms = open_due_ms;
		for (size_t i = 0; i < client.opened; i++) {
			tend(&client, &client.connections[i]);
			due_ms = earlier(due_ms, watch(&client, &client.connections[i], &fds[i]));
			closed += client.connections[i].stage == CLOSED;
		}
		if (closed == client.wanted)
			break;
		fds[client.opened] = (struct pollfd){.fd = client.input, .events = POLLIN};
		if (poll(fds, client.opened + 1, lab_poll_timeout(due_ms)) < 0 && errno != EINTR)
			lab_fatal("poll");
		for (size_t i = 0; i < client.opened; i++)
			act(&client, &client.connections[i], &fds[i]);
		if (fds[client.opened].revents)
			read_input(&client);
	}
	forget(&client);
	free(fds);
	return client.status;
}
