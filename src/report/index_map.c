/* From a hash to an index: what keeps the model's look-ups constant-time. */
#include "index_map.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/hash.h"

uint32_t index_map_find(const struct index_map *map, uint64_t hash, index_equal *equal,
	const void *context, const void *wanted)
{
	if (map->capacity == 0)
		return INDEX_NONE;
	for (size_t at = hash & (map->capacity - 1); map->entry[at].used;
		at = (at + 1) & (map->capacity - 1))
		if (map->entry[at].hash == hash && equal(context, map->entry[at].index, wanted))
			return map->entry[at].index;
	return INDEX_NONE;
}

static void entry_place(struct index_map *map, uint64_t hash, uint32_t index)
{
	size_t at = hash & (map->capacity - 1);

	while (map->entry[at].used)
		at = (at + 1) & (map->capacity - 1);
	map->entry[at] = (struct index_entry){hash, index, true};
}

bool index_map_put(struct index_map *map, uint64_t hash, uint32_t index)
{
	if (map->count * 2 >= map->capacity) {
		struct index_map bigger = {.capacity = map->capacity > 0 ? map->capacity * 2 : 64};

		bigger.entry = calloc(bigger.capacity, sizeof(*bigger.entry));
		if (bigger.entry == NULL)
			return false;
		for (size_t i = 0; i < map->capacity; i++)
			if (map->entry[i].used)
				entry_place(&bigger, map->entry[i].hash, map->entry[i].index);
		bigger.count = map->count;
		free(map->entry);
		*map = bigger;
	}
	entry_place(map, hash, index);
	map->count++;
	return true;
}

bool index_map_replace(struct index_map *map, uint64_t hash, index_equal *equal,
	const void *context, const void *wanted, uint32_t index)
{
	for (size_t at = hash & (map->capacity - 1); map->capacity > 0 && map->entry[at].used;
		at = (at + 1) & (map->capacity - 1))
		if (map->entry[at].hash == hash && equal(context, map->entry[at].index, wanted)) {
			map->entry[at].index = index;
			return true;
		}
	return index_map_put(map, hash, index);
}

void index_map_free(struct index_map *map)
{
	free(map->entry);
	*map = (struct index_map){0};
}

/* Words at a time, for most are a key or two. */
uint64_t index_hash(const void *bytes, size_t length, uint64_t seed)
{
	enum { WORDS = 8 };
	uint64_t word[1 + WORDS];
	const char *at = bytes;

	seed ^= (uint64_t)length << 32;
	do {
		size_t piece = length < sizeof(*word) * WORDS ? length : sizeof(*word) * WORDS;
		size_t words = (piece + sizeof(*word) - 1) / sizeof(*word);

		word[words] = 0; /* behind the last byte */
		word[0] = seed;
		memcpy(&word[1], at, piece);
		seed = hash_words(word, 1 + words);
		at += piece;
		length -= piece;
	} while (length > 0);
	return seed;
}
