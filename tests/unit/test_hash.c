/* The keyed hash against the vectors of its authors, and that the key decides about the places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tcpstate/hash.h"

static const uint64_t authors_key[2] = {0x0706050403020100u, 0x0f0e0d0c0b0a0908u};

static void siphash_2_4_is_as_published(void **state)
{
	(void)state;
	uint8_t bytes[15];

	for (uint8_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i;
	hash_key_set(authors_key);
	/* "SipHash: a fast short-input PRF", appendix A */
	assert_true(hash_bytes(bytes, 15, 0) == 0xa129ca6149be45e5u);
	assert_true(hash_bytes(bytes, 0, 0) == 0x726fdb47dd0e0e31u);
	assert_true(hash_bytes(bytes, 8, 0) == 0x93f5f5799a932462u);
}

static void another_key_gives_other_places(void **state)
{
	(void)state;
	unsigned same = 0;

	for (uint32_t i = 0; i < 4096; i++) {
		hash_key_set(authors_key);
		uint64_t one = hash_bytes(&i, sizeof(i), 0);
		hash_key_set((const uint64_t[2]){1, 2});
		same += (one & 4095) == (hash_bytes(&i, sizeof(i), 0) & 4095);
	}
	assert_in_range(same, 0, 16);
}

static void the_seed_continues_a_hash(void **state)
{
	(void)state;
	uint32_t i = 7;

	assert_true(hash_bytes(&i, sizeof(i), 1) != hash_bytes(&i, sizeof(i), 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(siphash_2_4_is_as_published),
		cmocka_unit_test(another_key_gives_other_places),
		cmocka_unit_test(the_seed_continues_a_hash)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
