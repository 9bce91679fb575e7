/* A connection that has settled is packed for a minute. What comes for it then finds it as it was:
 * the same segments are fed to a core that packs, and to one that is told to keep fewer connections
 * and does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fillers.h"
#include "packed_count.h"
#include "script.h"
#include "tcpstate/core.h"

enum { OTHERS = 40, ENOUGH = 1 << 16, FEW = 1000 };

struct told {
	char text[ENOUGH];
	size_t used, packed;
};

static void take(void *context, const struct record *record)
{
	struct told *told = context;

	if (filler_is(record))
		return;
	char line[400];

	assert_true(record_line(record, line, sizeof(line)) > 0);
	int written = snprintf(told->text + told->used, sizeof(told->text) - told->used,
		"connection %" PRIu32 " %s", record->serial, line);
	assert_true(written > 0 && (size_t)written < sizeof(told->text) - told->used);
	told->used += (size_t)written;
}

/* Connections are looked at while packets come: SYNs of others, up to that event. */
static void feed_others(struct core *core, const struct event *before)
{
	for (unsigned i = 0; i < OTHERS; i++)
		filler_feed(core, i, before->t_ns - OTHERS + i);
}

static struct told *told_with(const char *const *lines, size_t flows)
{
	const struct core_limits limits = {.at_settle = true, .flows = flows};
	struct told *told = calloc(1, sizeof(*told));
	struct script script = {0};
	struct core *core = core_new(&limits, (struct emit){.call = take, .context = told});

	assert_non_null(told);
	assert_non_null(core);
	script_read(&script, lines);
	for (size_t i = 0; i < script.count; i++) {
		feed_others(core, &script.event[i]);
		told->packed += packed_count(core);
		script.event[i].number = i + 1;
		core_feed(core, &script.event[i]);
	}
	core_finish(core, script.event[script.count - 1].t_ns);
	core_free(core);
	return told;
}

static void same_when_packed(const char *const *lines, bool is_packed)
{
	struct told *kept = told_with(lines, FEW), *packed = told_with(lines, 0);

	assert_true(kept->used > 0);
	assert_string_equal(packed->text, kept->text);
	assert_int_equal(kept->packed, 0);
	assert_int_equal(packed->packed > 0, is_packed);
	free(kept);
	free(packed);
}

#define TEST(name, is_packed, ...)                                                                 \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		same_when_packed(LINES(__VA_ARGS__), is_packed);                                   \
	}
#define PACKED(name, ...) TEST(name, true, __VA_ARGS__)
#define KEPT(name, ...) TEST(name, false, __VA_ARGS__)

#define CLOSED HANDSHAKE, "0.2 C>S FA 101 301", "0.201 S>C FA 301 102", "0.202 C>S A 102 302"
#define WITH_DATA                                                                                  \
	"0.100 C>S S 100 0 ts 5 0", "0.101 S>C SA 300 101 ts 9 5", "0.102 C>S A 101 301 ts 6 9",   \
		"0.103 C>S A 101 301 len 10 ts 7 9", "0.104 S>C A 301 111 len 500 ts 12 7",        \
		"0.2 C>S FA 111 801 ts 13 12", "0.201 S>C FA 801 112 ts 14 13",                    \
		"0.202 C>S A 112 802 ts 15 14"

PACKED(nothing_comes, CLOSED, "10 C>S A 102 302")
PACKED(the_fin_comes_again, CLOSED, "10 S>C FA 301 102", "10.1 C>S A 102 302")
PACKED(with_data_and_timestamps, WITH_DATA, "10 S>C FA 801 112 ts 900 13",
	"10.1 C>S A 112 802 ts 901 900", "20 S>C FA 801 112 ts 1900 13")
PACKED(the_ports_again, CLOSED, "10 C>S S 7000 0", "10.1 S>C SA 9000 7001", "10.2 C>S A 7001 9001",
	"11 C>S FA 7001 9001", "11.1 S>C FA 9001 7002", "11.2 C>S A 7002 9002", "20 C>S S 70000 0")
PACKED(the_ports_again_in_time_wait, CLOSED, "10 C>S S 50 0", "10.1 S>C A 302 102",
	"10.2 C>S R 102 0", "11 C>S S 50 0", "11.1 S>C SA 900 51")
PACKED(a_stray_reset, CLOSED, "10 S>C R 302 0", "12 C>S R 102 0")
PACKED(refused, "0.1 C>S S 100 0", "0.101 S>C RA 0 101", "10 C>S S 200 0", "10.1 S>C RA 0 201")
PACKED(midway, "0.1 C>S A 101 301 len 5", "0.2 C>S FA 106 301", "0.201 S>C FA 301 107",
	"0.202 C>S A 107 302", "10 S>C FA 301 107")
PACKED(gone_after_a_minute, CLOSED, "40 S>C FA 301 102", "130 S>C FA 301 102", "131 C>S S 7000 0")
PACKED(an_address_comes_later, CLOSED, "10 address S", "11 S>C FA 301 102", "12 C>S A 102 302")
PACKED(the_kernel_shows_another, CLOSED, "10 row S ESTABLISHED cookie 5", "11 S>C A 900 800")
PACKED(unreachable, CLOSED, "10 icmp C 3 1 102", "11 C>S A 102 302")
KEPT(still_open, HANDSHAKE, "10 C>S A 101 301", "20 C>S FA 101 301")
KEPT(the_kernel_has_shown_it, HANDSHAKE, "0.15 row S ESTABLISHED", "0.2 C>S FA 101 301",
	"0.3 S>C FA 301 102", "0.301 C>S A 102 302", "10 S>C FA 301 102")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_comes),
		cmocka_unit_test(the_fin_comes_again),
		cmocka_unit_test(with_data_and_timestamps),
		cmocka_unit_test(the_ports_again),
		cmocka_unit_test(the_ports_again_in_time_wait),
		cmocka_unit_test(a_stray_reset),
		cmocka_unit_test(refused),
		cmocka_unit_test(midway),
		cmocka_unit_test(gone_after_a_minute),
		cmocka_unit_test(an_address_comes_later),
		cmocka_unit_test(the_kernel_shows_another),
		cmocka_unit_test(unreachable),
		cmocka_unit_test(still_open),
		cmocka_unit_test(the_kernel_has_shown_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
