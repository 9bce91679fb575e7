/* A member of the chat room: reads the keyboard and the network at once, by poll(). The first line
 * typed is the nickname (unless --nick), `exit` or the end of standard input leaves. Its UDP socket
 * is connect()ed: that sends nothing, but the kernel now takes datagrams from the server only, and
 * hands on the ICMP error that answers a datagram to a server that is gone: ECONNREFUSED, once, at
 * the next call. With --unconnected the same error finds nobody to tell. Prints "ready LOCAL
 * REMOTE", then "name: text", and "* text" for what server and client have to say. */
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"

struct client {
	struct lab_options options;
	int fd;
	enum stage {
		NAMELESS,   /* the next line typed is the nickname */
		LOGGING_IN, /* until the server says hello, or refuses */
		TALKING,
		AWAY,    /* there was no server: ECONNREFUSED */
		LEAVING, /* until the server says bye */
		GONE
	} stage;
	char nick[CHAT_NAME_MAX + 1];
	char held[CHAT_TEXT_MAX]; /* a message typed while AWAY: sent at the next hello */
	size_t held_length;
	int64_t due_ms; /* of the next sign of life, login or goodbye */
	int tries;
	bool told_gone; /* that there is no server: said once */
	uint32_t drops; /* already told */
	int input;      /* standard input; -1 after its end */
	struct lab_lines lines;
	int status;
};

enum { RETRY_MS = 1000, GOODBYE_TRIES = 4, TURN = 256 };

__attribute__((format(printf, 1, 2))) static void notice(const char *format, ...)
{
	char text[2 * CHAT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	printf("* ");
	lab_print(stdout, text, strlen(text));
	printf("\n");
}

/* ---- the stages ---- */

static void wait_for_silence(struct client *client)
{
	client->due_ms = client->options.keepalive_s
				 ? lab_after_ms(client->options.keepalive_s * 1000)
				 : INT64_MAX;
}

/* A call has failed: ECONNREFUSED is the answer to something sent before, a datagram that has
 * reached nobody. */
static void network_failed(struct client *client, const char *call)
{
	char server[LAB_ADDRESS_TEXT];

	lab_address_text(&client->options.remote, server);
	if (errno == EAGAIN || errno == EINTR)
		return;
	if (errno != ECONNREFUSED) {
		notice("%s %s: %s", call, server, lab_error(errno));
		return;
	}
	if (!client->told_gone) {
		notice("the server is gone: %s %s: %s", call, server, lab_error(errno));
		notice("what was sent last has reached nobody");
	}
	client->told_gone = true;
	client->status = EXIT_FAILURE;
	if (client->stage == LEAVING || (client->input < 0 && client->stage == TALKING)) {
		client->stage = GONE;
		return;
	}
	client->stage = AWAY;
	client->due_ms = client->options.keepalive_s || client->held_length ? lab_after_ms(RETRY_MS)
									    : INT64_MAX;
}

/* One datagram. That send() succeeds says nothing about the server: only that it has left. */
static bool send_text(struct client *client, const char *name, const char *text, size_t text_length)
{
	const struct sockaddr *server = (const struct sockaddr *)&client->options.remote.sa;
	char datagram[CHAT_MAX];
	size_t length = chat_compose(datagram, name, text, text_length);
	ssize_t sent;

	if (client->options.unconnected)
		sent = sendto(
			client->fd, datagram, length, 0, server, client->options.remote.length);
	else
		sent = send(client->fd, datagram, length, 0);
	if (sent < 0)
		network_failed(client, client->options.unconnected ? "sendto" : "send");
	return sent >= 0;
}

static void log_in(struct client *client)
{
	client->stage = LOGGING_IN;
	client->due_ms = lab_after_ms(RETRY_MS);
	send_text(client, client->nick, "login", strlen("login"));
}

static void say(struct client *client, const char *text, size_t length)
{
	wait_for_silence(client);
	if (!send_text(client,
		    client->options.speak_as != NULL ? client->options.speak_as : client->nick,
		    text, length))
		notice("not sent: %.*s", (int)length, text);
}

static void leave(struct client *client)
{
	client->stage = LEAVING;
	client->tries = 0;
	client->due_ms = lab_now_ms();
}

/* Time is up: whatever we waited for has not come, or we have been silent for long. */
static void remind(struct client *client)
{
	switch (client->stage) {
	case TALKING:
		wait_for_silence(client);
		send_text(client, client->nick, "", 0);
		break;
	case LOGGING_IN:
		if (++client->tries == 3)
			notice("no answer from the server yet, trying on");
		log_in(client);
		break;
	case AWAY:
		log_in(client);
		break;
	case LEAVING:
		if (client->tries++ == GOODBYE_TRIES) {
			notice("no goodbye from the server: the others may not know that you have "
			       "left");
			client->status = EXIT_FAILURE;
			client->stage = GONE;
			break;
		}
		client->due_ms = lab_after_ms(RETRY_MS / 2);
		send_text(client, client->nick, "exit", strlen("exit"));
		break;
	case NAMELESS:
	case GONE:
		client->due_ms = INT64_MAX;
		break;
	}
}

/* ---- the network ---- */

static void server_said(struct client *client, const struct chat_message *message)
{
	char text[CHAT_TEXT_MAX + 1];

	memcpy(text, message->text, message->text_length);
	text[message->text_length] = '\0';
	notice("%s", text);
#define IS(words) (!strncmp(text, words, strlen(words))) /* its first words */
	if (IS("hello ") && client->stage == LOGGING_IN) {
		client->stage = TALKING;
		client->told_gone = false;
		client->tries = 0;
		client->status = EXIT_SUCCESS;
		wait_for_silence(client);
		if (client->held_length)
			say(client, client->held, client->held_length);
		client->held_length = 0;
	} else if (client->stage == LEAVING && (IS("bye ") || IS("refused message:"))) {
		/* refused: we are no member any more, so an earlier goodbye was lost */
		client->stage = GONE;
	} else if (IS("bye ") && client->stage == TALKING) {
		client->stage = AWAY;
		client->due_ms = INT64_MAX;
	} else if (IS("refused nickname:") && client->stage == LOGGING_IN) {
		notice("which nickname instead?");
		client->stage = NAMELESS;
		client->due_ms = INT64_MAX;
	} else if (IS("refused message: you are not logged in") && client->stage == TALKING) {
		/* another server than the one that said hello, or it did not hear us for long */
		log_in(client);
	}
#undef IS
}

/* One datagram. False: there is none. */
static bool receive(struct client *client)
{
	char datagram[CHAT_MAX], text[LAB_ADDRESS_TEXT];
	struct lab_address *server = &client->options.remote, from = {.length = sizeof(from.sa)};
	struct chat_message message;
	ssize_t got = recvfrom(client->fd, datagram, sizeof(datagram), MSG_TRUNC,
		(struct sockaddr *)&from.sa, &from.length);

	if (got < 0) {
		network_failed(client, "recvfrom");
		return false;
	}
	if (from.length != server->length || memcmp(&from.sa, &server->sa, from.length)) {
		/* an unconnected socket takes all */
		notice("ignored: a datagram from %s, which is not the server",
			lab_address_text(&from, text));
	} else if (!chat_parse(&message, datagram, (size_t)got)) {
		notice("ignored: a datagram that is not name|text");
	} else if (lab_line_is(message.name, message.name_length, CHAT_SERVER_NAME)) {
		server_said(client, &message);
	} else {
		lab_print(stdout, message.name, message.name_length);
		printf(": ");
		lab_print(stdout, message.text, message.text_length);
		printf("\n");
	}
	return true;
}

static void tell_drops(struct client *client)
{
	uint32_t drops = chat_drops(client->fd);

	if (drops != client->drops)
		notice("%" PRIu32 " datagrams were lost here: the receive buffer was full",
			drops - client->drops);
	client->drops = drops;
}

/* ---- the keyboard ---- */

static void name_typed(struct client *client, const char *text, size_t length)
{
	const char *problem = chat_name_problem(text, length);

	if (problem != NULL) {
		notice("not a nickname, %s; which one instead?", problem);
		return;
	}
	memcpy(client->nick, text, length);
	client->nick[length] = '\0';
	client->tries = 0;
	log_in(client);
}

static void line_typed(struct client *client, const char *text, size_t length)
{
	if (lab_line_is(text, length, "exit")) {
		if (client->stage == TALKING)
			leave(client);
		else
			client->stage = GONE;
	} else if (client->stage == NAMELESS) {
		name_typed(client, text, length);
	} else if (!length) {
		return; /* as a datagram it would be a mere sign of life */
	} else if (length > CHAT_TEXT_MAX || !lab_utf8(text, length)) {
		notice("not sent: %s",
			length > CHAT_TEXT_MAX ? "longer than 1024 bytes" : "not valid UTF-8");
	} else if (lab_line_is(text, length, "login")) {
		notice("not sent: `login' alone is a word of the protocol");
	} else if (client->stage == TALKING) {
		say(client, text, length);
	} else if (client->held_length) {
		notice("not sent, still no server: %.*s", (int)length, text);
	} else {
		memcpy(client->held, text, client->held_length = length);
		log_in(client);
	}
}

/* Lines are taken when somebody can do something with them: what is typed (or piped in) before the
 * hello waits. */
static bool takes_lines(const struct client *client)
{
	return client->stage == NAMELESS || client->stage == TALKING || client->stage == AWAY;
}

static void take_lines(struct client *client)
{
	enum lab_line kind = LAB_LINE_TEXT;
	const char *text;
	size_t length;

	while (takes_lines(client) &&
		(kind = lab_lines_next(&client->lines, &text, &length)) != LAB_LINE_NONE) {
		if (kind == LAB_LINE_TEXT)
			line_typed(client, text, length);
		else
			notice("not sent: a line %s",
				kind == LAB_LINE_ESCAPE ? "with ESC in it" : "too long");
	}
	if (client->input >= 0 || kind != LAB_LINE_NONE)
		return;
	if (client->stage == TALKING) {
		leave(client); /* the end of standard input, and all is said */
	} else if (takes_lines(client)) {
		if (client->held_length)
			notice("not sent: %.*s", (int)client->held_length, client->held);
		client->stage = GONE;
	}
}

int main(int argc, char **argv)
{
	struct client client = {.due_ms = INT64_MAX};
	struct lab_options *options = &client.options;
	struct lab_address local;
	char here[LAB_ADDRESS_TEXT], there[LAB_ADDRESS_TEXT];
	const char *problem;

	lab_options_read(options, LAB_CHAT_CLIENT,
		"Join the chat room: lines of standard input go to all the others.", argc, argv);
	problem = options->nick != NULL ? chat_name_problem(options->nick, strlen(options->nick))
					: NULL;
	if (problem != NULL) {
		lab_warn("--nick '%s': %s", options->nick, problem);
		return 2;
	}

	client.fd = lab_socket(options, SOCK_DGRAM);
	if (options->bind_text != NULL) {
		/* else the first datagram binds it to any free port */
		lab_port_set(&options->local, htons(options->bind_port));
		lab_bind(client.fd, &options->local);
	}
	lab_port_set(&options->remote, htons(options->connect_port));
	if (!options->unconnected && connect(client.fd, (struct sockaddr *)&options->remote.sa,
					     options->remote.length) < 0)
		/* ESTABLISHED, and the server knows nothing of it */
		lab_fatal("connect %s", lab_address_text(&options->remote, there));
	local = lab_local(client.fd);
	printf("ready %s %s\n", lab_address_text(&local, here),
		lab_address_text(&options->remote, there));

	if (options->nick != NULL)
		name_typed(&client, options->nick, strlen(options->nick));
	else
		notice("which nickname?");
	while (client.stage != GONE) {
		struct pollfd fds[] = {
			{.fd = client.fd, .events = POLLIN},
			{.fd = takes_lines(&client) ? client.input : -1, .events = POLLIN},
		};

		if (poll(fds, 2, lab_poll_timeout(client.due_ms)) < 0 && errno != EINTR)
			lab_fatal("poll");
		for (int i = 0; i < TURN && fds[0].revents && receive(&client); i++)
			;
		tell_drops(&client);
		if (lab_now_ms() >= client.due_ms)
			remind(&client);
		if (fds[1].revents)
			lab_input_read(&client.lines, &client.input);
		take_lines(&client);
	}
	return client.status;
}
