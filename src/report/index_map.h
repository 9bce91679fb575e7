/* From a hash to an index in somebody's array: open addressing, grown by halves full. The owner of
 * the array compares. */
#ifndef TCPSTATE_INDEX_MAP_H
#define TCPSTATE_INDEX_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_entry {
	uint64_t hash;
	uint32_t index;
	bool used;
};
struct index_map {
	struct index_entry *entry;
	size_t capacity, count;
};

enum { INDEX_NONE = UINT32_MAX };
typedef bool index_equal(const void *context, uint32_t index, const void *wanted);

/* The index stored under this hash for which equal() says yes; INDEX_NONE: none. */
uint32_t index_map_find(const struct index_map *map, uint64_t hash, index_equal *equal,
	const void *context, const void *wanted);
/* Store an index that is not there yet. false: out of memory. */
bool index_map_put(struct index_map *map, uint64_t hash, uint32_t index);
/* Store it in the place of the one for which equal() says yes, if there is one. */
bool index_map_replace(struct index_map *map, uint64_t hash, index_equal *equal,
	const void *context, const void *wanted, uint32_t index);
void index_map_free(struct index_map *map);
/* By the keyed hash of words (hash.h); seed 0 to begin, else the hash so far */
uint64_t index_hash(const void *bytes, size_t length, uint64_t seed);

#endif
