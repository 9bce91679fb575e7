/* What senders write to a classroom's wall: messages with a zero between them, each behind a byte
 * that says how much later it comes, or that the tile of that number is taken off. What the wall
 * tells its pages stays JSON, within the limits of its senders. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/tcpstate/wall_tiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything that a page gets: valid JSON without a control character, no more tiles than senders
 * may be, no number twice. */
static void look(const struct tiles *tiles, uint64_t since, int64_t now_ns)
{
	bool seen[TILES_MAX + 1] = {false};
	char *text = tiles_json(tiles, since, now_ns);
	json_t *all = text != NULL ? json_loads(text, 0, NULL) : NULL, *tile;
	size_t index;

	if (all == NULL)
		abort();
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			abort();
	if (json_array_size(json_object_get(all, "tiles")) > TILES_MAX)
		abort();
	json_array_foreach (json_object_get(all, "tiles"), index, tile) {
		json_int_t number = json_integer_value(json_object_get(tile, "number"));

		if (number < 1 || number > TILES_MAX || seen[number])
			abort();
		seen[number] = true;
	}
	json_decref(all);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tiles *tiles = tiles_new();
	int64_t now_ns = 0;
	uint64_t version = 0;

	if (tiles == NULL)
		return 0;
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(data + at + 1, '\0', size - at - 1);
		size_t length = end != NULL ? (size_t)(end - data) - at : size - at;
		const char *message = (const char *)data + at + 1;

		now_ns += data[at] * INT64_C(10000000);
		if (data[at] == UINT8_MAX)
			tiles_remove(tiles, length > 1 ? (unsigned char)message[0] : 0);
		else if (tiles_take(tiles, message, length - 1, now_ns) == TILE_TAKEN &&
			 tiles_version(tiles) <= version)
			abort(); /* what was taken is news */
		if (tiles_version(tiles) < version)
			abort();
		look(tiles, version, now_ns);
		version = tiles_version(tiles);
		at += length + 1;
	}
	look(tiles, 0, now_ns);
	tiles_free(tiles);
	return 0;
}
