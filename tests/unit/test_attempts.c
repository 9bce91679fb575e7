/* A SYN, and its answer, are kept in a short form once there are many connections, and told later
 * if that will do. What comes for them then finds the connection that it would have found: the same
 * segments are fed to a core that has just begun, and to one that has seen thousands of SYNs
 * before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "fillers.h"
#include "script.h"
#include "tcpstate/core.h"

enum { FILLERS = 5000, ENOUGH = 1 << 16 };

struct text {
	char line[ENOUGH];
	size_t used;
};
struct told {
	struct text records, segments; /* segments: those told in brief */
	size_t fillers, settled, late;
};

/* Every record of the others, but its number and that of its connection. */
static void take(void *context, const struct record *record)
{
	struct told *told = context;

	if (filler_is(record)) {
		told->fillers += record->kind == RECORD_TRANSITION;
		told->settled += record->kind == RECORD_SETTLED;
		return;
	}
	struct text *text = &told->records;
	int written = record_line(record, text->line + text->used, ENOUGH - text->used);
	assert_true(written > 0);
	text->used += (size_t)written;
}

/* All that a listener may want of a segment. */
static bool take_brief(void *context, const struct brief *brief)
{
	struct told *told = context;
	struct text *text = &told->segments;
	const struct segment *segment = brief->segment;
	struct record of = {.key = segment->key};

	if (filler_is(&of))
		return true;
	told->late += brief->late;
	int written = snprintf(text->line + text->used, ENOUGH - text->used,
		"%" PRId64 " frame %" PRIu64
		" side %d local %d again %d port %d flags %d seq %" PRIu32 " ack %" PRIu32
		" len %" PRIu32 " window %d scale %d hops %d ts %d %" PRIu32 " %" PRIu32
		" interface %" PRIu32 "\n",
		brief->t_ns, brief->frame, brief->side, brief->local_sides, brief->retransmission,
		segment->key.port_be[0], segment->flags, segment->seq, segment->ack, segment->len,
		segment->window, segment->wscale, segment->hop_limit, segment->has_ts,
		segment->ts_val, segment->ts_ecr, segment->interface);
	assert_in_range(written, 1, ENOUGH - text->used - 1);
	text->used += (size_t)written;
	return true;
}

static bool always(void *context, uint32_t serial)
{
	(void)context, (void)serial;
	return true;
}

static struct told *told_after(const char *const *lines, unsigned fillers, bool in_brief)
{
	const struct core_limits limits = {.at_settle = true,
		.brief = in_brief ? take_brief : NULL,
		.brief_later = in_brief ? always : NULL};
	struct told *told = calloc(1, sizeof(*told));
	struct script script = {0};
	struct core *core = core_new(&limits, (struct emit){.call = take, .context = told});

	assert_non_null(told);
	assert_non_null(core);
	script_read(&script, lines);
	for (unsigned i = 0; i < fillers; i++)
		filler_feed(core, i, script.event[0].t_ns);
	for (size_t i = 0; i < script.count; i++) {
		script.event[i].number = i + 1;
		core_feed(core, &script.event[i]);
	}
	core_finish(core, script.event[script.count - 1].t_ns);
	core_free(core);
	return told;
}

/* Does it begin as one? */
static bool is_attempt(const char *const *lines)
{
	struct script script = {0};

	script_read(&script, lines);
	return script.event[0].u.segment.len == 0;
}

static void same(const char *const *lines, bool in_brief)
{
	struct told *few = told_after(lines, 0, in_brief),
		    *many = told_after(lines, FILLERS, in_brief);

	assert_true(few->records.used > 0);
	assert_string_equal(many->records.line, few->records.line);
	assert_string_equal(many->segments.line, few->segments.line);
	assert_int_equal(few->segments.used > 0, in_brief);
	assert_int_equal(few->late, 0);
	assert_int_equal(many->late > 0, in_brief && is_attempt(lines));
	assert_int_equal(many->fillers, FILLERS); /* CLOSED > SYN_SENT: the other end is nobody */
	assert_int_equal(many->settled, FILLERS);
	free(few);
	free(many);
}

static void same_behind_many(const char *const *lines)
{
	same(lines, false);
	same(lines, true);
}

#define SAME(name, ...)                                                                            \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		same_behind_many(LINES(__VA_ARGS__));                                              \
	}

SAME(nothing_comes, "0.100 C>S S 100 0")
SAME(answered, HANDSHAKE, "0.200 C>S FA 101 301", "0.201 S>C FA 301 102", "0.202 C>S A 102 302")
SAME(answered_after_long, "0.100 C>S S 100 0", "9.101 S>C SA 300 101", "9.102 C>S A 101 301")
/* ISNs 100 and 300 */
#define ANSWERED "0.100 C>S S 100 0 ts 5 0", "0.101 S>C SA 300 101 ts 9 5"
SAME(answered_and_no_more, ANSWERED)
SAME(answered_twice, ANSWERED, "1.101 S>C SA 300 101 ts 9 5", "3.101 S>C SA 300 101 ts 9 5")
SAME(answered_in_the_same_moment, "0.100 C>S S 100 0", "0.100 S>C SA 300 101")
SAME(answered_by_another, ANSWERED, "0.102 S>C SA 900 101 ts 7 5", "0.103 C>S A 101 301")
SAME(answered_without_timestamps, "0.100 C>S S 100 0 ts 5 0", "0.101 S>C SA 300 101",
	"0.102 C>S A 101 301")
SAME(timestamps_nobody_offered, "0.100 C>S S 100 0", "0.101 S>C SA 300 101 ts 9 0",
	"0.102 C>S A 101 301")
SAME(answered_with_another_number, "0.100 C>S S 100 0", "0.101 S>C SA 300 77", "0.102 C>S R 77 0",
	"1.100 C>S S 100 0", "1.101 S>C SA 300 101")
SAME(answered_with_a_fin, "0.100 C>S S 100 0", "0.101 S>C SAF 300 101", "0.102 C>S A 101 302")
SAME(answered_and_reset, ANSWERED, "0.102 C>S R 101 0")
SAME(answered_and_reset_by_the_server, ANSWERED, "5.102 S>C RA 301 101")
SAME(answered_and_unreachable, ANSWERED, "0.150 icmp C 3 1 300")
SAME(answered_and_sent_again, ANSWERED, "1.100 C>S S 100 0 ts 1005 0")
SAME(answered_and_another_on_its_ports, ANSWERED, "5.100 C>S S 7000 0 ts 5005 0",
	"5.101 S>C SA 900 7001 ts 5009 5005")
SAME(answered_and_an_address_comes, ANSWERED, "0.150 address S", "0.200 C>S A 101 301 ts 6 9",
	"0.300 S>C FA 301 101 ts 10 6")
SAME(answered_and_the_clients_address_comes, ANSWERED, "0.150 address C",
	"0.151 S>C SA 300 101 ts 9 5", "0.200 C>S A 101 301 ts 6 9")
SAME(answered_and_the_kernel_shows_it, ANSWERED, "0.150 row S SYN_RECV cookie 5",
	"0.200 C>S A 101 301 ts 6 9", "0.220 row S ESTABLISHED cookie 6")
SAME(sent_again, "0.100 C>S S 100 0", "1.100 C>S S 100 0", "3.100 C>S S 100 0",
	"3.101 S>C SA 300 101")
SAME(refused, "0.100 C>S S 100 0", "0.101 S>C RA 0 101")
SAME(unreachable, "0.100 C>S S 100 0", "0.101 icmp C 3 1 100")
SAME(another_one_on_the_same_ports, "0.100 C>S S 100 0", "5.100 C>S S 7000 0",
	"5.101 S>C SA 300 7001")
SAME(both_open, "0.100 C>S S 100 0", "0.101 S>C S 300 0", "0.102 C>S SA 100 301",
	"0.103 S>C SA 300 101")
SAME(a_stray_ack, "0.100 C>S S 100 0", "0.101 S>C A 900 77", "0.102 C>S R 77 0")
SAME(with_options, "0.100 C>S S 100 0 ts 5 0", "0.101 S>C SA 300 101 ts 9 5",
	"0.102 C>S A 101 301 ts 6 9", "0.103 S>C A 301 101 len 10 ts 10 6")
SAME(echoes_what_was_never_sent, "0.100 C>S S 100 0 ts 5 0", "0.101 S>C SA 300 101 ts 9 77",
	"0.102 S>C SA 300 101 ts 9 5")
SAME(unscaled, "0.100 C>S S 100 0 unscaled win 500", "0.101 S>C SA 300 101 win 400",
	"0.102 C>S A 101 301 win 300", "0.103 S>C A 301 101 len 450")
/* A FIN behind 5,000 bytes that come later: in the client's window of 100 if that is scaled, as its
 * SYN had offered; not in the server's of 400 if the client's SYN had offered nothing. */
SAME(scaled, "0.100 C>S S 100 0", "0.101 S>C SA 300 101", "0.102 C>S A 101 301 win 100",
	"0.150 S>C FA 5301 101", "0.160 S>C A 301 101 len 5000")
SAME(not_offered, "0.100 C>S S 100 0 unscaled", "0.101 S>C SA 300 101 win 400",
	"0.102 C>S A 101 301", "0.103 S>C A 301 101 win 400", "0.150 C>S FA 5101 301",
	"0.160 C>S A 101 301 len 5000")
SAME(from_the_smaller_address_or_not, "0.100 S>C S 100 0", "0.101 C>S SA 300 101",
	"0.102 S>C A 101 301")
SAME(data_in_the_syn, "0.100 C>S S 100 0 len 20 tfo", "0.101 S>C SA 300 121")
SAME(an_address_comes_later, "0.100 C>S S 100 0", "0.150 address S", "0.200 S>C SA 300 101",
	"0.201 C>S A 101 301")
SAME(the_kernel_shows_it, "0.100 C>S S 100 0", "0.150 row C SYN_SENT cookie 5",
	"0.200 S>C SA 300 101", "0.220 row C ESTABLISHED cookie 5")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_comes),
		cmocka_unit_test(answered),
		cmocka_unit_test(answered_after_long),
		cmocka_unit_test(answered_and_no_more),
		cmocka_unit_test(answered_twice),
		cmocka_unit_test(answered_in_the_same_moment),
		cmocka_unit_test(answered_by_another),
		cmocka_unit_test(answered_without_timestamps),
		cmocka_unit_test(timestamps_nobody_offered),
		cmocka_unit_test(answered_with_another_number),
		cmocka_unit_test(answered_with_a_fin),
		cmocka_unit_test(answered_and_reset),
		cmocka_unit_test(answered_and_reset_by_the_server),
		cmocka_unit_test(answered_and_unreachable),
		cmocka_unit_test(answered_and_sent_again),
		cmocka_unit_test(answered_and_another_on_its_ports),
		cmocka_unit_test(answered_and_an_address_comes),
		cmocka_unit_test(answered_and_the_clients_address_comes),
		cmocka_unit_test(answered_and_the_kernel_shows_it),
		cmocka_unit_test(sent_again),
		cmocka_unit_test(refused),
		cmocka_unit_test(unreachable),
		cmocka_unit_test(another_one_on_the_same_ports),
		cmocka_unit_test(both_open),
		cmocka_unit_test(a_stray_ack),
		cmocka_unit_test(with_options),
		cmocka_unit_test(echoes_what_was_never_sent),
		cmocka_unit_test(unscaled),
		cmocka_unit_test(scaled),
		cmocka_unit_test(not_offered),
		cmocka_unit_test(from_the_smaller_address_or_not),
		cmocka_unit_test(data_in_the_syn),
		cmocka_unit_test(an_address_comes_later),
		cmocka_unit_test(the_kernel_shows_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
