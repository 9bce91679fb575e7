/* A keyed hash: whoever writes a capture cannot choose 4-tuples that all fall into one place of a
 * table (SipHash-2-4, Aumasson and Bernstein 2012). The key decides about places in tables only:
 * nothing that is reported depends on it. */
#ifndef TCPSTATE_HASH_H
#define TCPSTATE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Once, before the first table; without it the key is zero. */
void hash_key_set(const uint64_t key[2]);
/* seed: 0, or the hash so far */
uint64_t hash_bytes(const void *bytes, size_t length, uint64_t seed);
/* SipHash-1-3 over whole words: for tables that are asked with every packet */
uint64_t hash_words(const uint64_t *word, size_t count);

#endif
