/* The room of the chat server: its members by address, and the socket that serves them all. A
 * member is an address that has logged in; it is out when it says so, or has been silent for too
 * long. Nothing here reads a datagram: chat_server.c does. */
#ifndef CHAT_ROOM_H
#define CHAT_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "chat.h"
#include "lab.h"

struct chat_member {
	struct lab_address address; /* who it is: the name is only what the others see */
	char name[CHAT_NAME_MAX + 1];
	int64_t heard_ms;
};

struct chat_room {
	int fd;                      /* UDP, not connected */
	struct chat_member *members; /* in the order in which they came */
	size_t count, places;
	int64_t timeout_ms;     /* of silence; 0: members stay for ever */
	int64_t silence_due_ms; /* nobody can have been silent for so long before */
	uint64_t refused, delivered, undelivered;
};

enum { CHAT_NOBODY = -1 };

/* An empty room. The members' memory stays until the program ends. */
void chat_room_open(struct chat_room *room, int fd, size_t places, int64_t timeout_ms);
/* The index of the member at this address, or CHAT_NOBODY. */
ssize_t chat_room_find(const struct chat_room *room, const struct lab_address *address);
/* NAME|login from an address, that of the member index or of CHAT_NOBODY: greet it or refuse it. */
void chat_room_login(struct chat_room *room, ssize_t index, struct lab_address *address,
	const struct chat_message *message);
/* A member is out; how begins with "has ", as in "has left". */
void chat_room_leave(struct chat_room *room, size_t index, const char *how);
/* Those who have been silent for too long are out. */
void chat_room_expire(struct chat_room *room);
/* The same datagram to every member but one (an index, or CHAT_NOBODY). */
void chat_room_tell(
	struct chat_room *room, ssize_t but, const char *name, const char *text, size_t length);
/* The server's own words to every member. */
void chat_room_announce(struct chat_room *room, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "refused WHAT: WHY" to an address, and the same on standard error. */
void chat_room_refuse(struct chat_room *room, struct lab_address *address, const char *what,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Is that the name of a message? */
bool chat_name_is(const struct chat_message *message, const char *name);

#endif
