/* The engine beside a second state machine that knows nothing of it (tests/fuzz/plain_machine.c):
 * programs, losses and delays drawn by lot; both must tell the same states, end by end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../fuzz/machines.h"

/* Under the sanitizers, which look for other faults, a tenth; the fuzz target fuzz_machine has a
 * minute of them (make check-long). */
#ifdef __SANITIZE_ADDRESS__
enum { RUNS = 200 };
#else
enum { RUNS = 2000 };
#endif

static uint32_t lot = 1;

static uint8_t byte_drawn(void)
{
	lot = lot * 1664525u + 1013904223u;
	return (uint8_t)(lot >> 24);
}

/* network: of machines.c; known: so many differ today (docs/testing.md says why). */
static void agree(uint8_t network, unsigned runs, unsigned known)
{
	static char out[5][16384];
	unsigned bad = 0;

	lot = network + 1u;
	for (unsigned run = 0; run < runs; run++) {
		uint8_t bytes[40];
		size_t size = 4 + byte_drawn() % 36;
		for (size_t i = 0; i < size; i++)
			bytes[i] = byte_drawn();
		bytes[0] = (uint8_t)((bytes[0] & 0x70) / 3 * 3 + network);
		if (bytes[0] % 3 == network &&
			!machines_agree(bytes, size, out[bad < 4 ? bad : 4], sizeof(out[0])))
			bad++;
	}
	for (unsigned i = 0; bad > known && i < 4 && i < bad; i++)
		fprintf(stderr, "---\n%s", out[i]);
	if (bad > known)
		fail_msg("%u of %u differ, not %u", bad, runs, known);
}

static void engine_and_plain_machine_agree_without_delay(void **state)
{
	(void)state;
	agree(0, RUNS, 0);
}

static void engine_and_plain_machine_agree_with_delays_between_hosts(void **state)
{
	(void)state;
	agree(1, RUNS, 5);
}

static void engine_and_plain_machine_agree_with_losses_and_answers(void **state)
{
	(void)state;
	agree(2, RUNS, 6);
}

static void they_went_through_most_edges(void **state)
{
	uint64_t connections, edges;

	(void)state;
	machines_counts(&connections, &edges);
	assert_true(connections > 2 * RUNS);
	assert_true(edges > 4 * connections);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engine_and_plain_machine_agree_without_delay),
		cmocka_unit_test(engine_and_plain_machine_agree_with_delays_between_hosts),
		cmocka_unit_test(engine_and_plain_machine_agree_with_losses_and_answers),
		cmocka_unit_test(they_went_through_most_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
