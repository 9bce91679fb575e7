/* The tiles of a classroom's wall: what each sender said last, in the few fields that a tile has.
 * What senders write is hostile: it is read field by field, cut, escaped, and counted. No I/O. */
#ifndef TCPSTATE_WALL_TILES_H
#define TCPSTATE_WALL_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TILES_MAX = 200,         /* senders; further ones are refused */
	TILE_MESSAGE_MAX = 4096, /* bytes of one message */
	TILE_RATE = 8            /* messages a second that one sender may send */
};

enum tile_verdict {
	TILE_TAKEN,
	TILE_MALFORMED,
	TILE_TOO_OFTEN,
	TILE_FULL,   /* there are TILES_MAX already */
	TILE_REMOVED /* whoever started the wall took this sender off it */
};

struct tiles;
struct tiles *tiles_new(void); /* NULL: out of memory */
void tiles_free(struct tiles *tiles);

/* One message: a JSON object {"id":S,"name":S, and the members of a digest (docs/wall.md)}. id: of
 * the sender, 8 to 64 letters and digits that it chose itself. */
enum tile_verdict tiles_take(struct tiles *tiles, const char *text, size_t size, int64_t now_ns);
/* Take the tile with this number off, for good. false: there is none. */
bool tiles_remove(struct tiles *tiles, unsigned number);

/* A number that grows with each change. */
uint64_t tiles_version(const struct tiles *tiles);
/* What changed after `since`: {"now":MS,"tiles":[...],"gone":[...]}, malloc'd; NULL: out of memory.
 * Times are milliseconds since the wall was opened. */
char *tiles_json(const struct tiles *tiles, uint64_t since, int64_t now_ns);

#endif
