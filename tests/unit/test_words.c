/* The words that reports and scripts know things by: every code has one of its own, and a number
 * that is no code, as a damaged recording may bring it, is never looked up outside a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/call.h"
#include "tcpstate/columns.h"
#include "tcpstate/finding.h"
#include "tcpstate/flow.h"
#include "tcpstate/reason.h"
#include "tcpstate/state.h"

static void every_finding_has_a_word_and_no_other_number_has(void **state)
{
	(void)state;
	for (unsigned code = 0; code < FINDING_MAX; code++) {
		assert_true(strlen(finding_word(code)) > 0);
		assert_true(finding_weight(code) > 0);
		for (unsigned other = 0; other < code; other++)
			assert_string_not_equal(finding_word(code), finding_word(other));
	}
	assert_string_equal(finding_word(FINDING_MAX), "none");
	assert_string_equal(finding_word(UINT_MAX), "none");
	assert_int_equal(finding_weight(FINDING_MAX), 0);
	assert_string_equal(finding_page(FINDING_MAX), "");
	assert_string_equal(finding_argument(FINDING_MAX, 0), "");
	assert_string_equal(finding_text(FINDING_MAX, 0), "");
	assert_string_equal(finding_argument(0, -1), "");
	assert_string_equal(finding_argument(0, FINDING_ARGS), "");
	assert_string_equal(finding_text(0, -1), "");
	assert_string_equal(finding_text(0, FINDING_TEXTS), "");
}

/* There are more kinds than a word has bits. */
static void a_set_of_findings_tells_every_kind_apart(void **state)
{
	(void)state;
	for (unsigned code = 0; code < FINDING_MAX; code++) {
		struct finding_set one = {{0}}, all = {{0}}, rest;

		finding_set_add(&one, code);
		for (unsigned other = 0; other < FINDING_MAX; other++) {
			struct finding_set two = {{0}};

			finding_set_add(&two, other);
			finding_set_join(&all, &two);
			assert_int_equal(finding_set_has(&one, other), other == code);
			assert_int_equal(finding_sets_meet(&one, &two), other == code);
		}
		rest = finding_set_less(all, &one);
		assert_false(finding_sets_meet(&rest, &one));
		finding_set_join(&rest, &one);
		assert_memory_equal(&rest, &all, sizeof(all));
		rest = finding_set_less(one, &all);
		assert_true(finding_set_empty(&rest));
	}
}

static void every_reason_has_a_word_and_no_other_number_has(void **state)
{
	(void)state;
	for (unsigned code = 0; code < REASON_MAX; code++)
		for (unsigned other = 0; other < code; other++)
			assert_string_not_equal(reason_word(code), reason_word(other));
	assert_string_equal(reason_word(REASON_MAX), reason_word(REASON_NONE));
	assert_string_equal(reason_argument(REASON_MAX, 0), "");
	assert_string_equal(reason_argument(REASON_ACCEPT_QUEUE_FULL, -1), "");
	assert_string_equal(reason_argument(REASON_ACCEPT_QUEUE_FULL, 3), "");
	assert_true(strlen(reason_argument(REASON_ACCEPT_QUEUE_FULL, 0)) > 0);
	assert_string_equal(cause_name(CAUSE_CALL), "call");
	assert_string_equal(cause_name(CAUSE_MAX), "unknown");
}

static void every_call_is_found_by_its_name(void **state)
{
	(void)state;
	for (unsigned what = 0; what < CALLED_MAX; what++)
		assert_int_equal(call_number(call_name(what)), what);
	assert_string_equal(call_name(CALLED_MAX), "unknown");
	assert_int_equal(call_number("unknown"), CALLED_MAX);
	assert_int_equal(call_class(CALLED_MAX), CALL_LIFE);
	assert_int_equal(call_signal_number(call_signal_name(SIGKILL)), SIGKILL);
	assert_string_equal(call_signal_name(0), "");
	assert_string_equal(call_signal_name(-1), "");
	assert_string_equal(call_signal_name(1000), "");
	assert_int_equal(call_signal_number("SIGNOTHING"), 0);
	assert_string_equal(call_errno_name(100000), "");
	assert_string_equal(call_errno_words(100000), "");
	assert_int_equal(call_errno_number("ENOTHING"), 0);
}

/* RFC 4291 2.5.6: fe80::/10, at either end, of IPv6 alone. */
static void a_link_local_end_is_known_by_its_prefix(void **state)
{
	static const struct {
		uint8_t family, end, first, second;
		bool local;
	} cases[] = {{AF_INET6, 0, 0xfe, 0x80, true}, {AF_INET6, 1, 0xfe, 0x80, true},
		{AF_INET6, 0, 0xfe, 0xbf, true}, {AF_INET6, 0, 0xfe, 0xc0, false},
		{AF_INET6, 0, 0xfe, 0x7f, false}, {AF_INET6, 1, 0xff, 0x80, false},
		{AF_INET, 0, 0xfe, 0x80, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_key key = {.family = cases[i].family};

		key.addr[cases[i].end][0] = cases[i].first;
		key.addr[cases[i].end][1] = cases[i].second;
		assert_int_equal(flow_key_link_local(&key), cases[i].local);
	}
}

/* Both ends IPv4, or one of them nowhere: then it is a connection of IPv4. */
static void only_two_mapped_ends_are_unmapped(void **state)
{
	enum { MAPPED, NOWHERE, OTHER };
	static const struct {
		int end[2];
		bool unmapped;
	} cases[] = {{{MAPPED, MAPPED}, true}, {{MAPPED, NOWHERE}, true}, {{NOWHERE, MAPPED}, true},
		{{NOWHERE, NOWHERE}, false}, {{MAPPED, OTHER}, false}, {{OTHER, MAPPED}, false},
		{{OTHER, OTHER}, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow_key key = {.family = AF_INET6, .zone = 3};

		for (int end = 0; end < 2; end++) {
			if (cases[i].end[end] == MAPPED)
				memcpy(key.addr[end] + 10, (uint8_t[]){0xff, 0xff, 10, 0, 0, 1}, 6);
			else if (cases[i].end[end] == OTHER)
				key.addr[end][0] = 0x20;
		}
		assert_int_equal(flow_key_unmap(&key), cases[i].unmapped);
		assert_int_equal(key.family, cases[i].unmapped ? AF_INET : AF_INET6);
		assert_int_equal(key.zone, cases[i].unmapped ? 0 : 3);
		if (cases[i].unmapped && cases[i].end[0] == MAPPED)
			assert_int_equal(key.addr[0][0], 10);
	}
}

/* UAX #14 in short: no line ends with what opens, none begins with what closes. */
static void brackets_stay_with_what_is_inside(void **state)
{
	static const char opening[] = "（《「『【", closing[] = "）》」』】。，；！";
	const int bytes = 3; /* of each of them */
	char text[32];
	const char *next;

	(void)state;
	for (const char *mark = opening; *mark != '\0'; mark += bytes) {
		snprintf(text, sizeof(text), "中%.*s文字", bytes, mark);
		assert_int_equal(columns_line(text, 4, &next), strlen("中"));
		assert_ptr_equal(next, text + strlen("中"));
	}
	for (const char *mark = closing; *mark != '\0'; mark += bytes) {
		snprintf(text, sizeof(text), "中文%.*s字", bytes, mark);
		assert_int_equal(columns_line(text, 4, &next), strlen("中"));
		assert_int_equal(columns_line(text, 6, &next), strlen("中文。"));
	}
	/* a mark that has no width stays with its letter */
	assert_int_equal(columns_line("中\u0301文", 2, &next), strlen("中\u0301"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_finding_has_a_word_and_no_other_number_has),
		cmocka_unit_test(a_set_of_findings_tells_every_kind_apart),
		cmocka_unit_test(every_reason_has_a_word_and_no_other_number_has),
		cmocka_unit_test(every_call_is_found_by_its_name),
		cmocka_unit_test(a_link_local_end_is_known_by_its_prefix),
		cmocka_unit_test(only_two_mapped_ends_are_unmapped),
		cmocka_unit_test(brackets_stay_with_what_is_inside)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
