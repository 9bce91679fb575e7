/* A line of `watch` that is never folded is put together in another way: it is the same line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tcpstate/sink.h"

enum { FAR = 1 << 19 /* columns: the other way, and never folded either */ };

static struct record record_of(unsigned seed)
{
	static const uint8_t kinds[] = {RECORD_TRANSITION, RECORD_CONFIRMATION, RECORD_CORRECTION};
	struct record record = {.kind = kinds[seed % 3],
		.t_ns = INT64_C(1795706710055771000) + (int64_t)seed * 333333333,
		.not_before_ns = seed % 5 == 0 ? INT64_C(1795706710000000000) : 0,
		.of = seed % 2,
		.key = {.family = seed % 4 == 0 ? AF_INET6 : AF_INET,
			.protocol = IPPROTO_TCP,
			.port_be = {htons((uint16_t)(1 + seed * 37)), htons(80)}},
		.side = seed & 1,
		.listener = seed % 7 == 0,
		.from = (uint8_t)(1 + seed % (STATE_MAX - 1)),
		.to = (uint8_t)(1 + seed * 5 % (STATE_MAX - 1)),
		.cause = (uint8_t)(seed % CAUSE_MAX),
		.evidence = (uint8_t)(seed % EVIDENCE_MAX),
		.reason = {.code = (uint16_t)(seed % REASON_MAX)}};

	memset(record.key.addr[0], (int)(seed % 251), 16);
	record.key.addr[1][0] = 10;
	record.reason.arg[0] = seed % 3 == 0 ? (int64_t)seed : 0;
	return record;
}

static char *lines_of(int width)
{
	struct sink_options options = {.utf8 = true, .width = width};
	const struct owner owners[] = {{.pid = 12, .program = "server"}, {.pid = 0}};
	struct sink_live *live = calloc(1, sizeof(*live));
	char *text = NULL;
	size_t size;

	assert_non_null(live);
	live->options = &options;
	live->out = open_memstream(&text, &size);
	for (unsigned seed = 0; seed < 2000; seed++) {
		struct record record = record_of(seed % 1000);

		sink_live_text(live, &record, seed % 2 == 0 ? owners : NULL);
	}
	fclose(live->out);
	free(live);
	return text;
}

static void both_ways_are_the_same(void **state)
{
	char *folded = lines_of(FAR), *whole = lines_of(0);

	(void)state;
	assert_true(strlen(whole) > 2000 * 40);
	assert_string_equal(folded, whole);
	free(folded);
	free(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_ways_are_the_same)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
