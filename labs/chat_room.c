/* The room's members, and what they are told: who comes and goes, one sendmmsg() for up to 1024
 * members, and the end of those who have been silent for too long. */
#include "chat_room.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 1024 }; /* what sendmmsg() takes at most */

/* ---- sending ---- */

/* One system call for up to 1024 datagrams. It stops at the first that fails and tells why only if
 * that is the first of all: leave it out, go on. */
static void send_batch(struct chat_room *room, struct mmsghdr *batch, unsigned count)
{
	struct pollfd writable = {.fd = room->fd, .events = POLLOUT};
	unsigned done = 0;

	while (done < count) {
		int sent = sendmmsg(room->fd, batch + done, count - done, 0);
		struct lab_address address = {.length = batch[done].msg_hdr.msg_namelen};
		char text[LAB_ADDRESS_TEXT];

		if (sent > 0) {
			done += (unsigned)sent;
			room->delivered += (unsigned)sent;
			continue;
		}
		if (errno == EINTR || (errno == EAGAIN && poll(&writable, 1, 1000) > 0))
			continue;
		memcpy(&address.sa, batch[done].msg_hdr.msg_name, address.length);
		lab_warn("sendmmsg to %s: %s", lab_address_text(&address, text), lab_error(errno));
		room->undelivered++;
		done++;
	}
}

void chat_room_tell(
	struct chat_room *room, ssize_t but, const char *name, const char *text, size_t length)
{
	static struct mmsghdr batch[BATCH];
	char datagram[CHAT_MAX];
	struct iovec bytes = {
		.iov_base = datagram, .iov_len = chat_compose(datagram, name, text, length)};
	unsigned filled = 0;

	for (size_t i = 0; i < room->count; i++) {
		struct lab_address *address = &room->members[i].address;

		if ((ssize_t)i == but)
			continue;
		batch[filled++].msg_hdr = (struct msghdr){.msg_name = &address->sa,
			.msg_namelen = address->length,
			.msg_iov = &bytes,
			.msg_iovlen = 1};
		if (filled == BATCH) {
			send_batch(room, batch, filled);
			filled = 0;
		}
	}
	send_batch(room, batch, filled);
}

__attribute__((format(printf, 2, 3))) void chat_room_announce(
	struct chat_room *room, const char *format, ...)
{
	char text[CHAT_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	chat_room_tell(room, CHAT_NOBODY, CHAT_SERVER_NAME, text, strlen(text));
}

/* To one address, member or not. */
__attribute__((format(printf, 3, 4))) static void answer(
	struct chat_room *room, struct lab_address *address, const char *format, ...)
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
	send_batch(room, &one, 1);
}

__attribute__((format(printf, 4, 5))) void chat_room_refuse(struct chat_room *room,
	struct lab_address *address, const char *what, const char *format, ...)
{
	char why[256], from[LAB_ADDRESS_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	room->refused++;
	answer(room, address, "refused %s: %s", what, why);
	fprintf(stderr, "%s refused %s: ", lab_address_text(address, from), what);
	lab_print(stderr, why, strlen(why));
	fputs("\n", stderr);
}

/* ---- who comes and goes ---- */

void chat_room_open(struct chat_room *room, int fd, size_t places, int64_t timeout_ms)
{
	*room = (struct chat_room){.fd = fd,
		.places = places,
		.timeout_ms = timeout_ms,
		.silence_due_ms = INT64_MAX,
		.members = calloc(places, sizeof(*room->members))};
	if (room->members == NULL)
		lab_fatal("calloc");
}

ssize_t chat_room_find(const struct chat_room *room, const struct lab_address *address)
{
	for (size_t i = 0; i < room->count; i++)
		if (room->members[i].address.length == address->length &&
			!memcmp(&room->members[i].address.sa, &address->sa, address->length))
			return (ssize_t)i;
	return CHAT_NOBODY;
}

bool chat_name_is(const struct chat_message *message, const char *name)
{
	return lab_line_is(message->name, message->name_length, name);
}

static bool name_taken(const struct chat_room *room, const struct chat_message *message)
{
	for (size_t i = 0; i < room->count; i++)
		if (chat_name_is(message, room->members[i].name))
			return true;
	return chat_name_is(message, CHAT_SERVER_NAME);
}

static void greet(struct chat_room *room, struct chat_member *member)
{
	answer(room, &member->address, "hello %s: %zu in the room, `exit` leaves", member->name,
		room->count);
}

void chat_room_login(struct chat_room *room, ssize_t index, struct lab_address *address,
	const struct chat_message *message)
{
	const char *problem = chat_name_problem(message->name, message->name_length);
	struct chat_member *member;
	char from[LAB_ADDRESS_TEXT];

	if (index != CHAT_NOBODY && chat_name_is(message, room->members[index].name))
		/* our first hello was lost, or its login came twice */
		greet(room, &room->members[index]);
	else if (index != CHAT_NOBODY)
		chat_room_refuse(room, address, "nickname", "you are %s here; `exit` first",
			room->members[index].name);
	else if (problem != NULL)
		chat_room_refuse(room, address, "nickname", "%s", problem);
	else if (name_taken(room, message))
		chat_room_refuse(room, address, "nickname", "%.*s is taken, try another",
			(int)message->name_length, message->name);
	else if (room->count == room->places)
		chat_room_refuse(
			room, address, "nickname", "the room is full (%zu members)", room->places);
	else {
		member = &room->members[room->count++];
		*member = (struct chat_member){.address = *address, .heard_ms = lab_now_ms()};
		memcpy(member->name, message->name, message->name_length);
		printf("%s joined from %s\n", member->name, lab_address_text(address, from));
		greet(room, member);
		chat_room_announce(room, "welcome %s", member->name);
		if (room->timeout_ms > 0 &&
			member->heard_ms + room->timeout_ms < room->silence_due_ms)
			room->silence_due_ms = member->heard_ms + room->timeout_ms;
	}
}

void chat_room_leave(struct chat_room *room, size_t index, const char *how)
{
	struct chat_member gone = room->members[index];

	memmove(room->members + index, room->members + index + 1,
		(--room->count - index) * sizeof(gone));
	printf("%s %s\n", gone.name, how);
	answer(room, &gone.address, "bye %s: you have %s", gone.name, how + strlen("has "));
	chat_room_announce(room, "%s %s", gone.name, how);
}

/* Without connections nobody tells us that a program has ended: an unconnected socket is not even
 * told of ICMP errors. Silence is all there is. */
void chat_room_expire(struct chat_room *room)
{
	int64_t now_ms = lab_now_ms();
	size_t i = 0;

	room->silence_due_ms = INT64_MAX;
	while (room->timeout_ms > 0 && i < room->count) {
		int64_t due_ms = room->members[i].heard_ms + room->timeout_ms;

		if (due_ms <= now_ms) {
			chat_room_leave(room, i, "has been silent for too long");
			continue;
		}
		if (due_ms < room->silence_due_ms)
			room->silence_due_ms = due_ms;
		i++;
	}
}
