/* What a scenario's findings say of an end that waits: for an acknowledgement, or for a window
 * (findings.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "script.h"

#define FOUND(name, lines, expected)                                                               \
	static void name(void **state)                                                             \
	{                                                                                          \
		(void)state;                                                                       \
		findings_expect(lines, expected);                                                  \
	}
/* "S zero_window_held(4000,0,0) ": the end it is said of, and the arguments; "- " of no end. */
static void findings_expect(const char *const *lines, const char *expected)
{
	struct script script;
	char got[1024] = "";

	script_read(&script, lines);
	struct model *model = script_model(&script);
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];
		size_t used = strlen(got);
		char end = finding->about == FINDING_OF_RUN           ? '-'
			   : finding->key.addr[finding->side][3] == 1 ? 'C'
								      : 'S';

		snprintf(got + used, sizeof(got) - used, "%c %s(%d,%d,%d) ", end,
			finding_word(finding->code), (int)finding->arg[0], (int)finding->arg[1],
			(int)finding->arg[2]);
	}
	model_free(model);
	assert_string_equal(got, expected);
}

#define AGAIN                                                                                      \
	"0.2 C>S PA 101 301 len 5", "0.4 C>S PA 101 301 len 5", "0.8 C>S PA 101 301 len 5",        \
		"1.6 C>S PA 101 301 len 5"

FOUND(data_never_acknowledged_is_told_of_the_end_that_should_have_it,
	LINES(HANDSHAKE, AGAIN, "3.2 tick"), "S peer_silent(1,3099,0) ")
FOUND(data_acknowledged_late_was_not_for_so_long,
	LINES(HANDSHAKE, AGAIN, "1.7 S>C A 301 106", "9 tick"), "S data_unacknowledged(3,1300,1) ")
FOUND(an_acknowledgement_that_is_not_taken_ends_nothing,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106",
		"0.4 C>S PA 101 301 len 5", "0.401 S>C A 301 106", "0.8 C>S PA 101 301 len 5",
		"0.801 S>C A 301 106", "1.6 C>S PA 101 301 len 5", "1.601 S>C A 301 106", "9 tick"),
	"S data_unacknowledged(3,1201,1) ")
FOUND(two_copies_are_an_ordinary_loss,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.4 C>S PA 101 301 len 5",
		"3.8 C>S PA 101 301 len 5", "3.9 S>C A 301 106", "9 tick"),
	"")
FOUND(the_end_of_the_connection_ends_the_waiting,
	LINES(HANDSHAKE, AGAIN, "1.9 C>S RA 106 301", "9 tick"), "S peer_silent(1,1799,0) ")
FOUND(a_window_closed_for_long_is_told_of_its_end,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106 win 0",
		"0.5 C>S A 105 301", "0.501 S>C A 301 106 win 0", "4.201 S>C A 301 106", "9 tick"),
	"S zero_window_held(4000,0,0) ")
FOUND(a_window_that_stays_closed_is_told,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106 win 0", "3.201 tick"),
	"S zero_window_held(3000,0,0) ")
FOUND(a_window_closed_for_a_moment_is_not_told,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 106 win 0",
		"0.3 S>C A 301 106", "9 tick"),
	"")
FOUND(probes_of_a_closed_window_are_no_lost_data,
	LINES(HANDSHAKE, "0.2 C>S PA 101 301 len 5", "0.201 S>C A 301 101 win 0",
		"0.4 C>S PA 101 301 len 5", "0.401 S>C A 301 101 win 0", "0.8 C>S PA 101 301 len 5",
		"0.801 S>C A 301 101 win 0", "2 C>S PA 101 301 len 5", "2.001 S>C A 301 101 win 0",
		"2.201 S>C A 301 106"),
	"S zero_window_held(2000,0,0) ")
FOUND(an_rst_with_a_window_of_zero_closes_none,
	LINES(HANDSHAKE, "0.2 S>C RA 301 101 win 0", "9 tick"), "")

/* ---- who is told, and how often ---- */

#define COOKIE                                                                                     \
	"0.1 C>S S 100 0", "0.101 S>C SA 300 101", "0.1015 absent S listener",                     \
		"0.115 absent S listener"

FOUND(a_client_whose_cookie_was_not_taken_is_a_ghost,
	LINES(COOKIE, "0.2 C>S A 101 301", "0.23 absent S listener", "0.25 absent S listener",
		"1 tick"),
	"C ghost(0,0,0) ")
FOUND(a_cookie_that_was_taken_leaves_no_ghost,
	LINES(COOKIE, "0.2 C>S A 101 301", "0.22 row S ESTABLISHED", "1 tick"), "")
FOUND(a_connection_that_was_reset_leaves_no_ghost, LINES(HANDSHAKE, "0.2 S>C RA 301 101", "1 tick"),
	"")

/* Every connection counts, also those of which nothing is told one by one any more. */
static void findings_sum_up_all_connections(void **state)
{
	enum { CONNECTIONS = 300 };
	struct script script;
	struct model *model = model_new();
	struct core *core = core_new(NULL, (struct emit){model_take, model});
	int64_t last = 0;
	size_t held = 0, repeated = 0;

	(void)state;
	assert_non_null(core);
	assert_int_equal(model_run(model, "many", ""), 0);
	script_read(
		&script, LINES("0.1 C>S S 100 0", "0.11 S>C SA 300 101", "1.1 S>C SA 300 101",
				 "1.11 C>S A 101 301", "1.2 C>S FA 101 301", "1.21 S>C A 301 102"));
	for (uint16_t port = 0; port < CONNECTIONS; port++)
		for (size_t at = 0; at < script.count; at++) {
			struct event event = script.event[at];
			bool from_client = event.u.segment.key.addr[0][3] == 1;

			event.t_ns += port * INT64_C(10000000000);
			event.u.segment.key.port_be[!from_client] = port;
			core_feed(core, &event);
			last = event.t_ns;
		}
	model_current(model)->last_ns = last + INT64_C(10000000000);
	core_finish(core, last + INT64_C(10000000000));
	core_free(core);
	assert_int_equal(model_finish(model), 0);
	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *finding = &model->findings[i];

		held += finding->code == FINDING_CLOSE_WAIT_HELD;
		if (finding->code != FINDING_SYN_ACK_RETRANSMITTED)
			continue;
		repeated++;
		assert_int_equal(finding->about, FINDING_OF_END);
		assert_int_equal(finding->arg[0], CONNECTIONS);
		assert_int_equal(finding->arg[1], CONNECTIONS);
		assert_int_equal(finding->key.addr[finding->side][3], 2);
	}
	assert_int_equal(held, FINDINGS_KEPT);
	assert_int_equal(repeated, 1);
	assert_int_equal(model->findings[0].code, FINDING_CLOSE_WAIT_HELD);
	assert_int_equal(model->findings[0].more, CONNECTIONS - 1);
	assert_int_equal(model->finding_total, CONNECTIONS + 1);
	assert_int_equal(model->verdict_count, 2);
	model_free(model);
}

static void datagrams_to_a_port_that_nobody_has_are_counted_by_port(void **state)
{
	static const struct {
		uint8_t family, type, code, protocol;
		uint16_t port;
	} errors[] = {{AF_INET, 3, 3, IPPROTO_UDP, 5000}, {AF_INET, 3, 3, IPPROTO_UDP, 5001},
		{AF_INET6, 1, 4, IPPROTO_UDP, 5000}, {AF_INET, 3, 3, IPPROTO_UDP, 5000},
		{AF_INET, 3, 1, IPPROTO_UDP, 5000}, {AF_INET, 11, 3, IPPROTO_UDP, 5001},
		{AF_INET6, 1, 3, IPPROTO_UDP, 5001}, {AF_INET6, 3, 3, IPPROTO_UDP, 5001},
		{AF_INET, 3, 3, IPPROTO_TCP, 5001}};
	struct script script = {.count = sizeof(errors) / sizeof(errors[0])};
	int64_t count[2] = {0};

	(void)state;
	for (size_t i = 0; i < script.count; i++) {
		struct event *event = &script.event[i];

		*event = (struct event){.t_ns = (int64_t)i + 1,
			.kind = EVENT_SEGMENT,
			.u.segment = {.kind = SEGMENT_ICMP,
				.icmp_family = errors[i].family,
				.icmp_type = errors[i].type,
				.icmp_code = errors[i].code}};
		event->u.segment.key = (struct flow_key){.family = errors[i].family,
			.protocol = errors[i].protocol,
			.port_be = {htons(40000), htons(errors[i].port)}};
	}
	struct model *model = script_model(&script);
	for (size_t i = 0; i < model->finding_count; i++) {
		assert_int_equal(model->findings[i].code, FINDING_DATAGRAMS_UNREACHABLE);
		assert_in_range(model->findings[i].arg[1], 5000, 5001);
		count[model->findings[i].arg[1] - 5000] += model->findings[i].arg[0];
	}
	model_free(model);
	assert_int_equal(count[0], 3);
	assert_int_equal(count[1], 1);
}

static void each_kind_has_a_bit_of_its_own_however_many_there_are(void **state)
{
	(void)state;
	for (unsigned code = 0; code <= FINDING_MAX; code++) {
		struct finding_set set = {0};

		assert_true(finding_set_empty(&set));
		finding_set_add(&set, code);
		assert_false(finding_set_empty(&set));
		for (unsigned other = 0; other <= FINDING_MAX; other++)
			assert_int_equal(finding_set_has(&set, other), other == code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_never_acknowledged_is_told_of_the_end_that_should_have_it),
		cmocka_unit_test(data_acknowledged_late_was_not_for_so_long),
		cmocka_unit_test(an_acknowledgement_that_is_not_taken_ends_nothing),
		cmocka_unit_test(two_copies_are_an_ordinary_loss),
		cmocka_unit_test(the_end_of_the_connection_ends_the_waiting),
		cmocka_unit_test(a_window_closed_for_long_is_told_of_its_end),
		cmocka_unit_test(a_window_that_stays_closed_is_told),
		cmocka_unit_test(a_window_closed_for_a_moment_is_not_told),
		cmocka_unit_test(probes_of_a_closed_window_are_no_lost_data),
		cmocka_unit_test(an_rst_with_a_window_of_zero_closes_none),
		cmocka_unit_test(a_client_whose_cookie_was_not_taken_is_a_ghost),
		cmocka_unit_test(a_cookie_that_was_taken_leaves_no_ghost),
		cmocka_unit_test(a_connection_that_was_reset_leaves_no_ghost),
		cmocka_unit_test(findings_sum_up_all_connections),
		cmocka_unit_test(datagrams_to_a_port_that_nobody_has_are_counted_by_port),
		cmocka_unit_test(each_kind_has_a_bit_of_its_own_however_many_there_are)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
