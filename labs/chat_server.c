/* The server of a chat room over UDP. One unconnected socket serves everybody: there is no
 * connection to accept, to lose or to close, so a member is an address that has logged in, and is
 * gone when it says so or has been silent for too long (chat_room.h). Standard output carries
 * "ready ADDR PORT MEMBERS", one "ok ..." or "error ..." for each line of standard input (see
 * obey()), and what happens in the room. The datagrams are those of chat.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat.h"
#include "chat_room.h"
#include "lab.h"

struct server {
	struct chat_room room;
	uint64_t received, malformed;
	uint32_t drops; /* already told */
	int input;      /* standard input; -1 after its end */
	struct lab_lines lines;
};

enum { TURN = 1024 }; /* a turn of the loop reads so many datagrams, then looks at its input */

/* ---- datagrams ---- */

/* A datagram that is not name|text. A stranger's that could be a nickname is a login in the manner
 * of the 2020 report, the name alone: it is told how to log in here. Nothing else is answered: the
 * address may be forged, and two programs could answer each other for ever. */
static void malformed(struct server *server, const struct chat_member *member,
	struct lab_address *address, const char *datagram, size_t length)
{
	server->malformed++;
	while (length && length <= CHAT_NAME_MAX && strchr("\r\n", datagram[length - 1]) != NULL)
		length--;
	if (member == NULL && chat_name_problem(datagram, length) == NULL)
		chat_room_refuse(&server->room, address, "login",
			"it is NAME|login here, not %.*s alone", (int)length, datagram);
}

static void handle(
	struct server *server, struct lab_address *address, const char *datagram, size_t length)
{
	ssize_t index = chat_room_find(&server->room, address);
	struct chat_member *member = index == CHAT_NOBODY ? NULL : &server->room.members[index];
	struct chat_message message;

	if (!chat_parse(&message, datagram, length)) {
		malformed(server, member, address, datagram, length);
		return;
	}
	if (member != NULL)
		member->heard_ms = lab_now_ms();
	if (lab_line_is(message.text, message.text_length, "login"))
		chat_room_login(&server->room, index, address, &message);
	else if (member == NULL && lab_line_is(message.name, message.name_length, CHAT_SERVER_NAME))
		server->malformed++; /* the answer of a server, which would answer ours */
	else if (member == NULL && lab_line_is(message.name, message.name_length, "login"))
		chat_room_refuse(
			&server->room, address, "login", "it is NAME|login here, not login|NAME");
	else if (member == NULL)
		chat_room_refuse(&server->room, address, "message", "you are not logged in");
	else if (!chat_name_is(&message, member->name))
		chat_room_refuse(&server->room, address, "message",
			"you are %s, and cannot speak or leave for another", member->name);
	else if (lab_line_is(message.text, message.text_length, "exit"))
		chat_room_leave(&server->room, (size_t)index, "has left");
	else if (message.text_length) { /* else it was a sign of life */
		printf("%s: ", member->name);
		lab_print(stdout, message.text, message.text_length);
		printf("\n");
		chat_room_tell(
			&server->room, index, member->name, message.text, message.text_length);
	}
}

/* One datagram. False: there is none. */
static bool receive(struct server *server)
{
	char datagram[CHAT_MAX];
	struct lab_address from = {.length = sizeof(from.sa)};
	ssize_t got = recvfrom(server->room.fd, datagram, sizeof(datagram), MSG_TRUNC,
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
	uint32_t drops = chat_drops(server->room.fd);

	if (drops != server->drops)
		fprintf(stderr, "%" PRIu32 " datagrams dropped: the receive buffer was full\n",
			drops - server->drops);
	server->drops = drops;
}

/* ---- standard input ---- */

static void obey(struct server *server, const char *text, size_t length)
{
	if (lab_line_is(text, length, "members")) {
		printf("ok members %zu", server->room.count);
		for (size_t i = 0; i < server->room.count; i++)
			printf("%s%s", i ? "|" : " ", server->room.members[i].name);
		printf("\n");
	} else if (lab_line_is(text, length, "drops")) {
		printf("ok drops %" PRIu32 "\n", chat_drops(server->room.fd));
	} else if (lab_line_is(text, length, "counts")) {
		printf("ok counts received %" PRIu64 " malformed %" PRIu64 " refused %" PRIu64
		       " delivered %" PRIu64 " undelivered %" PRIu64 " dropped %" PRIu32 "\n",
			server->received, server->malformed, server->room.refused,
			server->room.delivered, server->room.undelivered,
			chat_drops(server->room.fd));
	} else if (lab_line_is(text, length, "quit")) {
		chat_room_announce(&server->room, "bye everybody: the room is closed");
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
	struct server server = {.input = STDIN_FILENO};
	struct lab_options options;
	struct lab_address address;
	char text[LAB_ADDRESS_TEXT];
	int port;

	lab_options_read(&options, LAB_CHAT_SERVER,
		"A chat room over UDP: what a member says goes to all the others.\n"
		"It obeys lines of standard input while it runs: members, drops, counts, quit.",
		argc, argv);
	/* one write() for all that a turn of the loop has to say */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);

	chat_room_open(&server.room, lab_socket(&options, SOCK_DGRAM), (size_t)options.members,
		options.timeout_s * 1000);
	lab_port_set(&options.local, htons(options.bind_port));
	lab_bind(server.room.fd, &options.local); /* UNCONN, and that is all it will ever be */
	address = lab_local(server.room.fd);
	port = lab_address_parts(&address, text);
	printf("ready %s %d %ld\n", text, port, options.members);

	for (;;) {
		struct pollfd fds[] = {
			{.fd = server.room.fd, .events = POLLIN},
			{.fd = server.input, .events = POLLIN},
		};

		fflush(stdout);
		if (poll(fds, 2, lab_poll_timeout(server.room.silence_due_ms)) < 0 &&
			errno != EINTR)
			lab_fatal("poll");
		/* first what came before we were told something */
		for (int i = 0; i < TURN && receive(&server); i++)
			;
		if (lab_now_ms() >= server.room.silence_due_ms)
			chat_room_expire(&server.room);
		tell_drops(&server);
		if (fds[1].revents)
			obey_input(&server);
	}
}
