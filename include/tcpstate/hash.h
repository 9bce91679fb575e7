/* Keyed hashes: whoever writes a capture cannot choose 4-tuples that all fall into one place of a
 * table. Of bytes SipHash-2-4 (Aumasson and Bernstein 2012); of words, for tables that are asked
 * with every packet, a multiplication of 64 by 64 bits a word, both halves of which count. The key
 * decides about places in tables only: nothing that is reported depends on it. */
#ifndef TCPSTATE_HASH_H
#define TCPSTATE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Once, before the first table; without it the key is zero. */
void hash_key_set(const uint64_t key[2]);
/* seed: 0, or the hash so far */
uint64_t hash_bytes(const void *bytes, size_t length, uint64_t seed);

extern uint64_t hash_key[2];

static inline uint64_t hash_multiply(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Of whole words. The multipliers are odd, and other ones with each key. */
static inline uint64_t hash_words(const uint64_t *word, size_t count)
{
	uint64_t by = (hash_key[0] ^ 0x9e3779b97f4a7c15u) | 1, hash = hash_key[1] ^ count;

	for (size_t i = 0; i < count; i++)
		hash = hash_multiply(hash ^ word[i], by);
	return hash_multiply(hash ^ by, (hash_key[1] ^ 0xd6e8feb86659fd93u) | 1);
}

#endif
