/* All who hold a socket now, for `top`: the lowest pid first, for that is a server, and not the
 * child that inherited. Beyond some they are only counted. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OWNERS_MOST = 1 << 18 };

static size_t named(const struct live_owner *place)
{
	size_t count = 0;

	while (count < LIVE_ALSO && place->also[count].pid != 0)
		count++;
	return count;
}

/* Cut, but not within a character. */
static void name_cut(struct live_holder *holder, const char *program)
{
	size_t length = strnlen(program, sizeof(holder->program) - 1);

	while (length > 0 && ((unsigned char)program[length] & 0xc0) == 0x80)
		length--;
	memset(holder->program, 0, sizeof(holder->program));
	memcpy(holder->program, program, length);
}

static void also_add(struct live_owner *place, uint32_t pid, const char *program)
{
	size_t count = named(place), at = 0;

	while (at < count && place->also[at].pid < pid)
		at++;
	if (at < count && place->also[at].pid == pid) {
		name_cut(&place->also[at], program);
		return;
	}
	place->also_count++;
	if (at == LIVE_ALSO)
		return;
	count += count < LIVE_ALSO;
	memmove(&place->also[at + 1], &place->also[at], (count - at - 1) * sizeof(place->also[0]));
	place->also[at].pid = pid;
	name_cut(&place->also[at], program);
}

static void holder_add(struct live_owner *place, const struct owner *owner)
{
	if (place->pid != 0 && place->pid < owner->pid) {
		also_add(place, owner->pid, owner->program);
		return;
	}
	if (place->pid != 0 && place->pid != owner->pid)
		also_add(place, place->pid, place->program);
	place->pid = owner->pid;
	memcpy(place->program, owner->program, sizeof(place->program));
}

/* Of those that are only counted nobody knows which: the last of them are forgotten first. */
static void holder_drop(struct live_owner *place, uint32_t pid)
{
	size_t count = named(place), at = 0;

	if (place->pid == pid) {
		if (count == 0)
			return; /* it was the last one known */
		place->pid = place->also[0].pid;
		snprintf(place->program, sizeof(place->program), "%s", place->also[0].program);
	} else {
		while (at < count && place->also[at].pid != pid)
			at++;
		if (at == count && place->also_count <= count)
			return; /* never told of */
	}
	if (at < count) {
		memmove(&place->also[at], &place->also[at + 1],
			(count - at - 1) * sizeof(place->also[0]));
		place->also[count - 1] = (struct live_holder){0};
	}
	place->also_count -= place->also_count > 0;
}

/* ---- by inode ---- */

static struct live_owner *owner_place(struct live_owner *owners, size_t room, uint32_t inode)
{
	size_t at = (inode * 0x9e3779b1u) & (room - 1);

	while (owners[at].inode != 0 && owners[at].inode != inode)
		at = (at + 1) & (room - 1);
	return &owners[at];
}

void live_owner_keep(struct live *live, const struct owner *owner)
{
	size_t room = live->owner_room == 0 ? LIVE_FIRST_ROOM : 2 * live->owner_room;
	struct live_owner *place;

	if (live->owner_count >= OWNERS_MOST) {
		memset(live->owners, 0, live->owner_room * sizeof(*live->owners));
		live->owner_count = 0;
	}
	if (live->owner_count >= live->owner_room - live->owner_room / 4) {
		struct live_owner *more = calloc(room, sizeof(*more));

		if (more == NULL) {
			live->out_of_memory = true;
			return;
		}
		for (size_t i = 0; i < live->owner_room; i++)
			if (live->owners[i].inode != 0)
				*owner_place(more, room, live->owners[i].inode) = live->owners[i];
		free(live->owners);
		live->owners = more;
		live->owner_room = room;
	}
	place = owner_place(live->owners, live->owner_room, owner->inode);
	live->owner_count += place->inode == 0;
	place->inode = owner->inode;
	holder_add(place, owner);
}

void live_owner_drop(struct live *live, const struct owner *owner)
{
	struct live_owner *place =
		live->owner_room > 0 ? owner_place(live->owners, live->owner_room, owner->inode)
				     : NULL;

	if (place != NULL && place->inode != 0)
		holder_drop(place, owner->pid);
}

void live_owner_find(const struct live *live, struct live_socket *socket)
{
	const struct live_owner *owner;

	if (socket->row.inode == 0 || live->owner_room == 0)
		return;
	owner = owner_place(live->owners, live->owner_room, socket->row.inode);
	if (owner->inode == 0)
		return;
	socket->pid = owner->pid;
	memcpy(socket->program, owner->program, sizeof(socket->program));
	socket->also_count = owner->also_count;
	memcpy(socket->also, owner->also, sizeof(socket->also));
}
