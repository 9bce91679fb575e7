/* The table of sockets behind `top`: one place for each socket that is known now, found by its key.
 * What is shown of it and told of it comes from live_rows.c and live_records.c. */
#include "live.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"

struct live *live_new(void)
{
	return calloc(1, sizeof(struct live));
}

void live_free(struct live *live)
{
	if (live == NULL)
		return;
	free(live->sockets);
	free(live->owners);
	free(live);
}

bool live_out_of_memory(const struct live *live)
{
	return live->out_of_memory;
}

uint64_t live_version(const struct live *live)
{
	return live->version;
}

/* Listeners that share a port (SO_REUSEPORT) differ by their cookie alone. */
static uint64_t place_cookie(const struct flow_key *key, uint64_t cookie)
{
	return key->port_be[1] == 0 ? cookie : 0;
}

static size_t place_of(const struct flow_key *key, uint64_t cookie, size_t room)
{
	uint64_t words[6] = {0};

	memcpy(words, key->addr, sizeof(key->addr));
	words[4] = (uint64_t)key->port_be[0] << 16 | key->port_be[1];
	words[5] = place_cookie(key, cookie);
	return (size_t)hash_words(words, 6) & (room - 1);
}

static bool is_at(const struct live_socket *socket, const struct flow_key *key, uint64_t cookie)
{
	return memcmp(&socket->row.key, key, sizeof(*key)) == 0 &&
	       (key->port_be[1] != 0 || cookie == 0 || socket->row.cookie == cookie);
}

struct live_socket *live_find(const struct live *live, const struct flow_key *key, uint64_t cookie)
{
	if (live->room == 0)
		return NULL;
	for (size_t at = place_of(key, cookie, live->room);; at = (at + 1) & (live->room - 1)) {
		struct live_socket *socket = &live->sockets[at];

		if (socket->row.key.family == 0)
			return NULL;
		if (is_at(socket, key, cookie))
			return socket;
	}
}

static struct live_socket *free_place(
	struct live_socket *sockets, size_t room, const struct flow_key *key, uint64_t cookie)
{
	size_t at = place_of(key, cookie, room);

	while (sockets[at].row.key.family != 0)
		at = (at + 1) & (room - 1);
	return &sockets[at];
}

static bool room_make(struct live *live)
{
	size_t room = live->room == 0 ? LIVE_FIRST_ROOM : 2 * live->room;
	struct live_socket *more;

	if (live->room > 0 && live->count < live->room - live->room / 4)
		return true;
	more = calloc(room, sizeof(*more));
	if (more == NULL) {
		live->out_of_memory = true;
		return false;
	}
	for (size_t i = 0; i < live->room; i++) {
		const struct live_socket *socket = &live->sockets[i];

		if (socket->row.key.family != 0)
			*free_place(more, room, &socket->row.key, socket->row.cookie) = *socket;
	}
	free(live->sockets);
	live->sockets = more;
	live->room = room;
	return true;
}

struct live_socket *live_add(struct live *live, const struct flow_key *key, uint64_t cookie)
{
	struct live_socket *socket;

	if (!room_make(live))
		return NULL;
	socket = free_place(live->sockets, live->room, key, cookie);
	*socket = (struct live_socket){.row = {.key = *key, .cookie = cookie}, .half_open = -1};
	live->count++;
	return socket;
}

/* Those behind it that it had pushed away move up. */
void live_take_out(struct live *live, struct live_socket *socket)
{
	size_t hole = (size_t)(socket - live->sockets), mask = live->room - 1;

	live->version++;
	live->count--;
	for (size_t at = (hole + 1) & mask; live->sockets[at].row.key.family != 0;
		at = (at + 1) & mask) {
		const struct live_socket *other = &live->sockets[at];
		size_t home = place_of(&other->row.key, other->row.cookie, live->room);

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			live->sockets[hole] = *other;
			hole = at;
		}
	}
	live->sockets[hole].row.key.family = 0;
}
