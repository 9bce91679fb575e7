/* The server of a chat room over UDP. One unconnected socket serves everybody: there is no
 * connection to accept, to lose or to close, so a member is an address that has logged in, and is
 * gone when it says so or has been silent for too long. Standard output carries "ready ADDR PORT
 * MEMBERS", one "ok ..." or "error ..." for each line of standard input (see obey()), and what
 * happens in the room. The datagrams are those of chat.h. */
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "chat.h"

struct member {
	struct lab_address address; /* who it is: the name is only what the others see */
	char name[CHAT_NAME_MAX + 1];
	int64_t heard_ms;
};

struct server {
	struct lab_options options;
	int fd;
	struct member *members; /* in the order in which they came */
	size_t count;
	int64_t silence_due_ms; /* nobody can have been silent for --timeout before */
	uint64_t received, malformed, refused, delivered, undelivered;
	uint32_t drops; /* already told */
	int input;      /* standard input; -1 after its end */
	struct lab_lines lines;
};

/* sendmmsg() takes at most 1024 messages. A turn of the loop reads so many datagrams, then looks at
 * standard input. */
enum { BATCH = 1024, TURN = 1024, NOBODY = -1 };

/* ---- sending ---- */

/* One system call for up to 1024 datagrams. It stops at the first that fails and tells why only if
 * that is the first of all: leave it out, go on. */
static void send_batch(struct server *server, struct mmsghdr *batch, unsigned count)
{
	struct pollfd writable = {.fd = server->fd, .events = POLLOUT};
	unsigned done = 0;

	while (done < count) {
		int sent = sendmmsg(server->fd, batch + done, count - done, 0);
		struct lab_address address = {.length = batch[done].msg_hdr.msg_namelen};
		char text[LAB_ADDRESS_TEXT];

		if (sent > 0) {
			done += (unsigned)sent;
			server->delivered += (unsigned)sent;
			continue;
		}
		if (errno == EINTR || (errno == EAGAIN && poll(&writable, 1, 1000) > 0))
			continue;
		memcpy(&address.sa, batch[done].msg_hdr.msg_name, address.length);
		lab_warn("sendmmsg to %s: %s", lab_address_text(&address, text), lab_error(errno));
		server->undelivered++;
		done++;
	}
}

/* To every member but one (an index, or NOBODY): the same bytes to each address. */
static void send_to_all(
	struct server *server, ssize_t but, const char *name, const char *text, size_t length)
{
	static struct mmsghdr batch[BATCH];
	char datagram[CHAT_MAX];
	struct iovec bytes = {
		.iov_base = datagram, .iov_len = chat_compose(datagram, name, text, length)};
	unsigned filled = 0;

	for (size_t i = 0; i < server->count; i++) {
		struct lab_address *address = &server->members[i].address;

		if ((ssize_t)i == but)
			continue;
		batch[filled++].msg_hdr = (struct msghdr){.msg_name = &address->sa,
			.msg_namelen = address->length,
			.msg_iov = &bytes,
			.msg_iovlen = 1};
		if (filled == BATCH) {
			send_batch(server, batch, filled);
			filled = 0;
		}
	}
	send_batch(server, batch, filled);
}

__attribute__((format(printf, 2, 3))) static void announce(
	struct server *server, const char *format, ...)
{
	char text[CHAT_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	send_to_all(server, NOBODY, CHAT_SERVER_NAME, text, strlen(text));
}

/* To one address, member or not. */
__attribute__((format(printf, 3, 4))) static void answer(
	struct server *server, struct lab_address *address, const char *format, ...)
{
	char text[CHAT_TEXT_MAX], datagram[CHAT_MAX];
	struct iovec bytes = {.iov_base = datagram};
	struct mmsghdr one = {.msg_hdr = {.msg_name = &address->sa,
				      .msg_namelen = address->length,
				      .msg_iov = &bytes,
				      .msg_iovlen = 1}};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	bytes.iov_len = chat_compose(datagram, CHAT_SERVER_NAME, text, strlen(text));
	send_batch(server, &one, 1);
}

__attribute__((format(printf, 4, 5))) static void refuse(struct server *server,
	struct lab_address *address, const char *what, const char *format, ...)
{
	char why[256], from[LAB_ADDRESS_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	server->refused++;
	answer(server, address, "refused %s: %s", what, why);
	fprintf(stderr, "%s refused %s: ", lab_address_text(address, from), what);
	lab_print(stderr, why, strlen(why));
	fputs("\n", stderr);
}

/* ---- who comes and goes ---- */

static ssize_t find_address(const struct server *server, const struct lab_address *address)
{
	for (size_t i = 0; i < server->count; i++)
		if (server->members[i].address.length == address->length &&
			!memcmp(&server->members[i].address.sa, &address->sa, address->length))
			return (ssize_t)i;
	return NOBODY;
}

static bool name_is(const struct chat_message *message, const char *name)
{
	return lab_line_is(message->name, message->name_length, name);
}

static bool name_taken(const struct server *server, const struct chat_message *message)
{
	for (size_t i = 0; i < server->count; i++)
		if (name_is(message, server->members[i].name))
			return true;
	return name_is(message, CHAT_SERVER_NAME);
}

static void greet(struct server *server, struct member *member)
{
	answer(server, &member->address, "hello %s: %zu in the room, `exit` leaves", member->name,
		server->count);
}

static void login(struct server *server, ssize_t index, struct lab_address *address,
	const struct chat_message *message)
{
	const char *problem = chat_name_problem(message->name, message->name_length);
	struct member *member;
	char from[LAB_ADDRESS_TEXT];

	if (index != NOBODY && name_is(message, server->members[index].name))
		/* our first hello was lost, or its login came twice */
		greet(server, &server->members[index]);
	else if (index != NOBODY)
		refuse(server, address, "nickname", "you are %s here; `exit` first",
			server->members[index].name);
	else if (problem)
		refuse(server, address, "nickname", "%s", problem);
	else if (name_taken(server, message))
		refuse(server, address, "nickname", "%.*s is taken, try another",
			(int)message->name_length, message->name);
	else if (server->count == (size_t)server->options.members)
		refuse(server, address, "nickname", "the room is full (%ld members)",
			server->options.members);
	else {
		member = &server->members[server->count++];
		*member = (struct member){.address = *address, .heard_ms = lab_now_ms()};
		memcpy(member->name, message->name, message->name_length);
		printf("%s joined from %s\n", member->name, lab_address_text(address, from));
		greet(server, member);
		announce(server, "welcome %s", member->name);
		if (server->options.timeout_s &&
			member->heard_ms + server->options.timeout_s * 1000 <
				server->silence_due_ms)
			server->silence_due_ms =
				member->heard_ms + server->options.timeout_s * 1000;
	}
}

static void leave(struct server *server, size_t index, const char *how)
{
	struct member gone = server->members[index];

	memmove(server->members + index, server->members + index + 1,
		(--server->count - index) * sizeof(gone));
	printf("%s %s\n", gone.name, how);
	answer(server, &gone.address, "bye %s: you have %s", gone.name, how + strlen("has "));
	announce(server, "%s %s", gone.name, how);
}

/* Without connections nobody tells us that a program has ended: an unconnected socket is not even
 * told of ICMP errors. Silence is all there is. */
static void expire_silent(struct server *server)
{
	int64_t now_ms = lab_now_ms(), timeout_ms = server->options.timeout_s * 1000;
	size_t i = 0;

	server->silence_due_ms = INT64_MAX;
	while (timeout_ms && i < server->count) {
		int64_t due_ms = server->members[i].heard_ms + timeout_ms;

		if (due_ms <= now_ms) {
			leave(server, i, "has been silent for too long");
			continue;
		}
		if (due_ms < server->silence_due_ms)
			server->silence_due_ms = due_ms;
		i++;
	}
}

/* ---- datagrams ---- */

/* A datagram that is not name|text. A stranger's that could be a nickname is a login in the manner
 * of the 2020 report, the name alone: it is told how to log in here. Nothing else is answered: the
 * address may be forged, and two programs could answer each other for ever. */
static void malformed(struct server *server, const struct member *member,
	struct lab_address *address, const char *datagram, size_t length)
{
	server->malformed++;
	while (length && length <= CHAT_NAME_MAX && strchr("\r\n", datagram[length - 1]))
		length--;
	if (member == NULL && chat_name_problem(datagram, length) == NULL)
		refuse(server, address, "login", "it is NAME|login here, not %.*s alone",
			(int)length, datagram);
}

static void handle(
	struct server *server, struct lab_address *address, const char *datagram, size_t length)
{
	ssize_t index = find_address(server, address);
	struct member *member = index == NOBODY ? NULL : &server->members[index];
	struct chat_message message;

	if (!chat_parse(&message, datagram, length)) {
		malformed(server, member, address, datagram, length);
		return;
	}
	if (member)
		member->heard_ms = lab_now_ms();
	if (lab_line_is(message.text, message.text_length, "login"))
		login(server, index, address, &message);
	else if (!member && lab_line_is(message.name, message.name_length, CHAT_SERVER_NAME))
		server->malformed++; /* the answer of a server, which would answer ours */
	else if (!member && lab_line_is(message.name, message.name_length, "login"))
		refuse(server, address, "login", "it is NAME|login here, not login|NAME");
	else if (!member)
		refuse(server, address, "message", "you are not logged in");
	else if (!name_is(&message, member->name))
		refuse(server, address, "message",
			"you are %s, and cannot speak or leave for another", member->name);
	else if (lab_line_is(message.text, message.text_length, "exit"))
		leave(server, (size_t)index, "has left");
	else if (message.text_length) { /* else it was a sign of life */
		printf("%s: ", member->name);
		lab_print(stdout, message.text, message.text_length);
		printf("\n");
		send_to_all(server, index, member->name, message.text, message.text_length);
	}
}

/* One datagram. False: there is none. */
static bool receive(struct server *server)
{
	char datagram[CHAT_MAX];
	struct lab_address from = {.length = sizeof(from.sa)};
	ssize_t got = recvfrom(server->fd, datagram, sizeof(datagram), MSG_TRUNC,
		(struct sockaddr *)&from.sa, &from.length);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got < 0)
		lab_fatal("recvfrom");
	server->received++;
	/* MSG_TRUNC: got is its length as sent, even beyond our buffer */
	handle(server, &from, datagram, (size_t)got);
	return true;
}

static void tell_drops(struct server *server)
{
	uint32_t drops = chat_drops(server->fd);

	if (drops != server->drops)
		fprintf(stderr, "%" PRIu32 " datagrams dropped: the receive buffer was full\n",
			drops - server->drops);
	server->drops = drops;
}

/* ---- standard input ---- */

static void obey(struct server *server, const char *text, size_t length)
{
	if (lab_line_is(text, length, "members")) {
		printf("ok members %zu", server->count);
		for (size_t i = 0; i < server->count; i++)
			printf("%s%s", i ? "|" : " ", server->members[i].name);
		printf("\n");
	} else if (lab_line_is(text, length, "drops")) {
		printf("ok drops %" PRIu32 "\n", chat_drops(server->fd));
	} else if (lab_line_is(text, length, "counts")) {
		printf("ok counts received %" PRIu64 " malformed %" PRIu64 " refused %" PRIu64
		       " delivered %" PRIu64 " undelivered %" PRIu64 " dropped %" PRIu32 "\n",
			server->received, server->malformed, server->refused, server->delivered,
			server->undelivered, chat_drops(server->fd));
	} else if (lab_line_is(text, length, "quit")) {
		announce(server, "bye everybody: the room is closed");
		printf("ok quit\n");
		exit(EXIT_SUCCESS);
	} else if (length) {
		printf("error ");
		lab_print(stdout, text, length);
		printf(": not one of members, drops, counts, quit\n");
	}
}

static void obey_input(struct server *server)
{
	enum lab_line kind;
	const char *text;
	size_t length;

	lab_input_read(&server->lines, &server->input);
	while ((kind = lab_lines_next(&server->lines, &text, &length)) != LAB_LINE_NONE) {
		if (kind == LAB_LINE_TEXT)
			obey(server, text, length);
		else
			printf("error: a line too long, or with ESC in it\n");
	}
}

int main(int argc, char **argv)
{
	struct server server = {.silence_due_ms = INT64_MAX};
	struct lab_options *options = &server.options;
	struct lab_address address;
	char text[LAB_ADDRESS_TEXT];
	int port;

	lab_options_read(options, LAB_CHAT_SERVER,
		"A chat room over UDP: what a member says goes to all the others.\n"
		"It obeys lines of standard input while it runs: members, drops, counts, quit.",
		argc, argv);
	/* one write() for all that a turn of the loop has to say */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	server.members = calloc((size_t)options->members, sizeof(*server.members));
	if (!server.members)
		lab_fatal("calloc");

	server.fd = lab_socket(options, SOCK_DGRAM);
	lab_port_set(&options->local, htons(options->bind_port));
	lab_bind(server.fd, &options->local); /* UNCONN, and that is all it will ever be */
	address = lab_local(server.fd);
	port = lab_address_parts(&address, text);
	printf("ready %s %d %ld\n", text, port, options->members);

	for (;;) {
		struct pollfd fds[] = {
			{.fd = server.fd, .events = POLLIN},
			{.fd = server.input, .events = POLLIN},
		};

		fflush(stdout);
		if (poll(fds, 2, lab_poll_timeout(server.silence_due_ms)) < 0 && errno != EINTR)
			lab_fatal("poll");
		/* first what came before we were told something */
		for (int i = 0; i < TURN && receive(&server); i++)
			;
		if (lab_now_ms() >= server.silence_due_ms)
			expire_silent(&server);
		tell_drops(&server);
		if (fds[1].revents)
			obey_input(&server);
	}
}
