/* facts.c and facts_write.c: every fact comes back as it was written; what is damaged is counted,
 * never trusted. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts_trip.h"
#include "tcpstate/model.h"

static const char t_text[] = "1795367880.000000009";

static void a_trial_is_one_and_a_sysctl_comes_back(void **state)
{
	struct outcome trial = round_trip(facts_mark(t_ns, "probe", true),
		"{\"type\":\"mark\",\"t\":\"1795367880.000000009\",\"text\":\"probe\","
		"\"trial\":true}");

	(void)state;
	assert_int_equal(trial.heard.events[0].kind, EVENT_MARK);
	assert_true(trial.heard.events[0].u.fact.trial);
	struct outcome sysctl =
		round_trip(facts_sysctl(t_ns, "net.ipv4.tcp_fin_timeout", "60", "3"),
			"{\"type\":\"sysctl\",\"t\":\"1795367880.000000009\",\"name\":"
			"\"net.ipv4.tcp_fin_timeout\",\"from\":\"60\",\"to\":\"3\"}");
	assert_int_equal(sysctl.heard.count, 1);
	assert_int_equal(sysctl.heard.events[0].kind, EVENT_SYSCTL);
	assert_string_equal(sysctl.heard.text[0], "net.ipv4.tcp_fin_timeout");
}

static void a_mark_comes_back(void **state)
{
	struct outcome outcome =
		round_trip(facts_mark(t_ns, "four \"connected\"\n\xe5\x9b\x9b", false),
			"{\"type\":\"mark\",\"t\":\"1795367880.000000009\",\"text\":\"four "
			"\\\"connected\\\"\\n\xe5\x9b\x9b\"}");

	(void)state;
	assert_int_equal(outcome.heard.count, 1);
	assert_int_equal(outcome.heard.events[0].kind, EVENT_MARK);
	assert_int_equal(outcome.heard.events[0].t_ns, t_ns);
	assert_int_equal(outcome.heard.events[0].asked_ns, t_ns);
	assert_string_equal(outcome.heard.text[0], "four \"connected\"\n\xe5\x9b\x9b");
	assert_int_equal(outcome.bad, 0);
	assert_false(outcome.torn);
}

static void text_that_is_no_utf8_is_mended(void **state)
{
	static const struct {
		const char *given, *kept;
	} cases[] = {{"caf\xe9", "caf\xef\xbf\xbd"}, {"\xc0\x80x", "\xef\xbf\xbd\xef\xbf\xbdx"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}, {"\xe4\xb8", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			round_trip(facts_mark(t_ns, cases[i].given, false), NULL).heard.text[0],
			cases[i].kept);
}

static void counters_owners_addresses_and_gaps_come_back(void **state)
{
	const struct owner owner = {.inode = 4294967295U, .pid = 4321, .program = "echo_server"};
	uint8_t addr[16] = {0};
	struct outcome outcome;

	(void)state;
	outcome = round_trip(facts_counter(t_ns, "TcpExtListenOverflows", 12, -3),
		"{\"type\":\"counter\",\"t\":\"1795367880.000000009\",\"name\":"
		"\"TcpExtListenOverflows\",\"value\":12,\"delta\":-"
		"3}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_COUNTER);
	assert_string_equal(outcome.heard.text[0], "TcpExtListenOverflows");
	assert_int_equal(outcome.heard.events[0].u.fact.count, 12);
	assert_int_equal(outcome.heard.events[0].u.fact.delta, -3);

	outcome = round_trip(facts_owner(t_ns, &owner), NULL);
	assert_int_equal(outcome.heard.events[0].kind, EVENT_OWNER);
	assert_int_equal(outcome.heard.events[0].u.fact.owner.inode, 4294967295U);
	assert_int_equal(outcome.heard.events[0].u.fact.owner.pid, 4321);
	assert_string_equal(outcome.heard.events[0].u.fact.owner.program, "echo_server");

	outcome = round_trip(facts_let_go(t_ns, t_ns - 9, &owner),
		"{\"type\":\"let_go\",\"t\":\"1795367880.000000009\",\"not_before\":"
		"\"1795367880.000000000\",\"inode\":4294967295,\"pid\":4321,\"program\":"
		"\"echo_server\"}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_OWNER);
	assert_true(outcome.heard.events[0].u.fact.gone);
	assert_int_equal(outcome.heard.events[0].asked_ns, t_ns - 9);
	assert_int_equal(outcome.heard.events[0].u.fact.owner.pid, 4321);

	outcome = round_trip(facts_stopped(t_ns, t_ns - 9, &owner),
		"{\"type\":\"stopped\",\"t\":\"1795367880.000000009\",\"since\":"
		"\"1795367880.000000000\",\"pid\":4321,\"program\":\"echo_server\"}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_STOPPED);
	assert_int_equal(outcome.heard.events[0].asked_ns, t_ns - 9);
	assert_string_equal(outcome.heard.events[0].u.fact.owner.program, "echo_server");

	outcome = round_trip(facts_waits(t_ns, t_ns - 9, &owner),
		"{\"type\":\"waits\",\"t\":\"1795367880.000000009\",\"since\":"
		"\"1795367880.000000000\",\"inode\":4294967295,\"pid\":4321,\"program\":"
		"\"echo_server\"}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_WAITS);
	assert_int_equal(outcome.heard.events[0].asked_ns, t_ns - 9);
	assert_int_equal(outcome.heard.events[0].u.fact.owner.inode, UINT32_MAX);

	outcome = round_trip(facts_zombies(t_ns, t_ns - 9, 3, &owner),
		"{\"type\":\"zombies\",\"t\":\"1795367880.000000009\",\"since\":"
		"\"1795367880.000000000\",\"count\":3,\"pid\":4321,\"program\":"
		"\"echo_server\"}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_ZOMBIES);
	assert_int_equal(outcome.heard.events[0].u.fact.count, 3);
	assert_int_equal(outcome.heard.events[0].asked_ns, t_ns - 9);
	assert_string_equal(outcome.heard.events[0].u.fact.owner.program, "echo_server");

	inet_pton(AF_INET6, "fe80::1", addr);
	outcome = round_trip(facts_address(t_ns, AF_INET6, addr, true),
		"{\"type\":\"address\",\"t\":\"1795367880.000000009\",\"address\":\"fe80::1\","
		"\"gone\":true}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_ADDRESS);
	assert_int_equal(outcome.heard.events[0].u.fact.family, AF_INET6);
	assert_memory_equal(outcome.heard.events[0].u.fact.addr, addr, 16);
	assert_true(outcome.heard.events[0].u.fact.gone);

	for (int of = LOST_PACKETS; of <= LOST_LOOKUPS; of++) {
		outcome = round_trip(facts_gap(t_ns, (enum lost_of)of, 17), NULL);
		assert_int_equal(outcome.heard.events[0].kind, EVENT_GAP);
		assert_int_equal(outcome.heard.events[0].u.fact.lost_of, of);
		assert_int_equal(outcome.heard.events[0].u.fact.count, 17);
	}
}

static void a_check_comes_back_with_its_cells_in_order(void **state)
{
	/* neither alphabetical nor by length: only the order given can give this order back */
	struct cell cells[] = {{"n", "3"}, {"b", "1"}, {"family", "IPv6"}, {"a", ""}},
		    lets[] = {{"somaxconn", "2"}, {"b", "1"}};
	const struct check check = {.name = "listen_recv_q",
		.cells = cells,
		.cell_count = 4,
		.lets = lets,
		.let_count = 2,
		.formula = "min(n - 1, b + 1)",
		.predicted = "2",
		.query = "recv_q LISTEN tcp port 12345",
		.measured = "3",
		.problem = "",
		.match = false};
	struct outcome outcome = round_trip(facts_check(t_ns, &check), NULL);

	(void)state;
	assert_int_equal(outcome.heard.count, 1);
	assert_int_equal(outcome.heard.events[0].kind, EVENT_CHECK);
	assert_int_equal(outcome.heard.events[0].t_ns, t_ns);
	assert_string_equal(outcome.heard.check,
		"listen_recv_q|min(n - 1, b + 1)|2|recv_q LISTEN tcp port "
		"12345|3||0|n=3|b=1|family=IPv6|a=|let somaxconn=2|let b=1");
}

static void a_check_without_cells_or_texts_is_a_check(void **state)
{
	const struct check check = {.match = true};

	(void)state;
	assert_string_equal(round_trip(facts_check(t_ns, &check), NULL).heard.check, "||||||1");
}

static void the_manifest_is_the_first_line_and_gives_addresses(void **state)
{
	static const char manifest[] = "{\"type\":\"manifest\",\"t\":\"1795367880.000000009\","
				       "\"addresses\":[\"127.0.0.1\",\"::"
				       "1\",7,\"no address\",\"10.0.0.1\"]}";
	char text[512];
	struct outcome outcome;

	(void)state;
	snprintf(text, sizeof(text), "%s\n{\"type\":\"mark\",\"t\":\"%s\",\"text\":\"x\"}\n",
		manifest, t_text);
	outcome = read_lines(text);
	assert_string_equal(outcome.manifest, manifest);
	assert_int_equal(outcome.heard.count, 4);
	assert_int_equal(outcome.heard.events[0].kind, EVENT_ADDRESS);
	assert_int_equal(outcome.heard.events[0].t_ns, t_ns);
	assert_int_equal(outcome.heard.events[1].u.fact.family, AF_INET6);
	assert_int_equal(outcome.heard.events[2].u.fact.addr[0], 10);
	assert_int_equal(outcome.heard.events[3].kind, EVENT_MARK);
	assert_int_equal(outcome.bad, 0);
}

static void a_missing_manifest_is_no_loss_of_the_first_line(void **state)
{
	struct outcome outcome = read_lines(
		"{\"type\":\"mark\",\"t\":\"1.000000000\",\"text\":\"first\"}\n{\"type\":\"mark\","
		"\"t\":\"2.000000000\",\"text\":\"second\"}\n");

	(void)state;
	assert_string_equal(outcome.manifest, "");
	assert_int_equal(outcome.heard.count, 2);
	assert_string_equal(outcome.heard.text[0], "first");
	assert_string_equal(outcome.heard.text[1], "second");
	outcome = read_lines("");
	assert_int_equal(outcome.heard.count, 0);
	assert_false(outcome.torn);
}

static void damaged_lines_are_counted_and_passed_over(void **state)
{
	static const char *const bad[] = {
		"garbage",
		"",
		"[1]",
		"7",
		"{}",
		"{\"type\":7}",
		"{\"type\":\"mark\"}",
		"{\"type\":\"mark\",\"t\":\"1.5\",\"text\":\"x\"}",
		"{\"type\":\"mark\",\"t\":\"-1.000000000\",\"text\":\"x\"}",
		"{\"type\":\"mark\",\"t\":1.5,\"text\":\"x\"}",
		"{\"type\":\"mark\",\"t\":\"99999999999.000000000\",\"text\":\"x\"}",
		"{\"type\":\"mark\",\"t\":\"9999999999.000000000\",\"text\":\"x\"}",
		"{\"type\":\"mark\",\"t\":\"1.000000000\",\"text\":7}",
		"{\"type\":\"mark\",\"t\":\"1.000000000x\",\"text\":\"x\"}",
		"{\"type\":\"mark\",\"t\":\"1.000000000\",\"text\":\"a\\u0000b\"}",
		"{\"type\":\"mark\",\"t\":\"1.000000000\",\"text\":\"\xff\"}",
		"{\"type\":\"owner\",\"t\":\"1.000000000\",\"inode\":4294967296,\"pid\":1,"
		"\"program\":\"x\"}",
		"{\"type\":\"owner\",\"t\":\"1.000000000\",\"inode\":0,\"pid\":1,\"program\":"
		"\"x\"}",
		"{\"type\":\"owner\",\"t\":\"1.000000000\",\"inode\":1,\"pid\":-1,\"program\":"
		"\"x\"}",
		"{\"type\":\"counter\",\"t\":\"1.000000000\",\"name\":\"x\",\"value\":\"1\","
		"\"delta\":1}",
		"{\"type\":\"counter\",\"t\":\"1.000000000\",\"name\":\"x\",\"value\":"
		"99999999999999999999,\"delta\":1}",
		"{\"type\":\"address\",\"t\":\"1.000000000\",\"address\":\"1.2.3\"}",
		"{\"type\":\"gap\",\"t\":\"1.000000000\",\"of\":\"time\",\"count\":1}",
		"{\"type\":\"gap\",\"t\":\"1.000000000\",\"of\":\"rows\",\"count\":-1}",
		"{\"type\":\"check\",\"t\":\"1.000000000\"}",
		"{\"type\":\"check\",\"t\":\"1.000000000\",\"name\":\"x\",\"cell\":[1]}",
		"{\"type\":\"check\",\"t\":\"1.000000000\",\"name\":\"x\",\"cell\":{\"b\":1}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[512];
		struct outcome outcome;

		snprintf(text, sizeof(text),
			"{\"type\":\"manifest\"}\n%s\n{\"type\":\"mark\",\"t\":\"2.000000000\","
			"\"text\":\"good\"}\n",
			bad[i]);
		outcome = read_lines(text);
		if (outcome.bad != 1 || outcome.heard.count != 1 ||
			strcmp(outcome.heard.text[0], "good") != 0)
			fail_msg("%s: %zu bad lines, %zu events", bad[i], outcome.bad,
				outcome.heard.count);
	}
}

static void unknown_types_and_members_are_no_damage(void **state)
{
	struct outcome outcome = read_lines(
		"{\"type\":\"manifest\"}\n{\"type\":\"end\",\"packets\":3}\n{\"type\":\"note\"}\n{"
		"\"type\":\"future\",\"t\":7}\n"
		"{\"type\":\"mark\",\"t\":\"1.000000000\",\"text\":\"x\",\"future\":[1,{}]}\n");

	(void)state;
	assert_int_equal(outcome.bad, 0);
	assert_int_equal(outcome.heard.count, 1);
}

static void a_long_program_name_is_cut_between_characters(void **state)
{
	/* 30 letters and one two-byte character: byte 31 would fall within it */
	struct outcome outcome =
		read_lines("{\"type\":\"manifest\"}\n{\"type\":\"owner\",\"t\":\"1.000000000\","
			   "\"inode\":1,\"pid\":1,"
			   "\"program\":\"aaaaaaaaaabbbbbbbbbbcccccccccc\xc3\xa9z\"}\n");

	(void)state;
	assert_string_equal(
		outcome.heard.events[0].u.fact.owner.program, "aaaaaaaaaabbbbbbbbbbcccccccccc");
}

static void a_torn_last_line_is_reported_wherever_it_is_cut(void **state)
{
	static const char whole[] =
		"{\"type\":\"manifest\",\"version\":\"1\"}\n{\"type\":\"mark\",\"t\":\"1."
		"000000000\",\"text\":\"first\"}\n"
		"{\"type\":\"mark\",\"t\":\"2.000000000\",\"text\":\"second\"}\n";
	size_t lines[4] = {0};

	(void)state;
	for (size_t i = 1; i < 4; i++) /* where each line ends, with its newline */
		lines[i] = lines[i - 1] + strcspn(whole + lines[i - 1], "\n") + 1;
	assert_int_equal(lines[3], sizeof(whole) - 1);
	for (size_t size = 0; size < sizeof(whole); size++) {
		struct outcome outcome = read_text(whole, size);
		size_t complete = 0;
		bool at_end = size == lines[0], whole_object;

		/* an object that lacks nothing but its newline is whole */
		whole_object = size > 0 && (size + 1 == lines[1] || size + 1 == lines[2] ||
						   size + 1 == lines[3]);
		for (size_t i = 1; i < 4; i++) {
			complete += size + 1 >= lines[i];
			at_end = at_end || size == lines[i];
		}
		assert_int_equal(outcome.heard.count, complete > 0 ? complete - 1 : 0);
		assert_int_equal(outcome.manifest[0] != '\0', complete > 0);
		assert_int_equal(outcome.torn, !at_end && !whole_object);
		assert_int_equal(outcome.bad, 0);
	}
}

static void binary_rubbish_never_crashes(void **state)
{
	char text[4096];
	uint32_t random = 12345;

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (size_t i = 0; i < sizeof(text); i++) {
			random = random * 1664525 + 1013904223;
			text[i] = (char)(random >> 24);
		}
		assert_int_equal(read_text(text, sizeof(text)).heard.count, 0);
	}
	memset(text, '[', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\n';
	assert_int_equal(read_text(text, sizeof(text)).bad, 1);
}

static void a_missing_file_is_an_error(void **state)
{
	struct error error = {.text = ""};

	(void)state;
	assert_null(facts_open_file("/nowhere/facts.jsonl", &error));
	assert_string_equal(error.text, "/nowhere/facts.jsonl: No such file or directory");
	assert_null(facts_open_file("/tmp", &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_comes_back),
		cmocka_unit_test(a_trial_is_one_and_a_sysctl_comes_back),
		cmocka_unit_test(text_that_is_no_utf8_is_mended),
		cmocka_unit_test(counters_owners_addresses_and_gaps_come_back),
		cmocka_unit_test(a_check_comes_back_with_its_cells_in_order),
		cmocka_unit_test(a_check_without_cells_or_texts_is_a_check),
		cmocka_unit_test(the_manifest_is_the_first_line_and_gives_addresses),
		cmocka_unit_test(a_missing_manifest_is_no_loss_of_the_first_line),
		cmocka_unit_test(damaged_lines_are_counted_and_passed_over),
		cmocka_unit_test(unknown_types_and_members_are_no_damage),
		cmocka_unit_test(a_long_program_name_is_cut_between_characters),
		cmocka_unit_test(a_torn_last_line_is_reported_wherever_it_is_cut),
		cmocka_unit_test(binary_rubbish_never_crashes),
		cmocka_unit_test(a_missing_file_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
