/* Formulas of predictions: values, ranges, words, and every way in which a formula has no value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "tcpstate/formula.h"
#include "tcpstate/state.h"
#include "tcpstate/states_arg.h"

static const struct formula_name cell[] = {{"b", 1}, {"n", 4}, {"somaxconn", 4096}, {"min", 7},
	{"b_2", -3}, {"big", INT64_MAX}, {"least", INT64_MIN}};
static const struct formula_names names = {cell, sizeof(cell) / sizeof(cell[0])};

static void values(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} rows[] = {
		{"0", 0},
		{" 42 ", 42},
		{"007", 7},
		{"n", 4},
		{"n-b", 3},
		{"n - b - 2", 1},
		{"n \xe2\x88\x92 b", 3},
		{"2 + 3 * 4", 14},
		{"(2 + 3) * 4", 20},
		{"12 - 3 - 4", 5},
		{"100 / 5 / 2", 10},
		{"2 * 7 / 3", 4},
		{"7 / 2", 3},
		{"-7 / 2", -3},
		{"7 / -2", -3},
		{"-7 / -2", 3},
		{"-n", -4},
		{"--n", 4},
		{"-(-n)", 4},
		{"+n", 4},
		{"3 - -2", 5},
		{"-2 * -3", 6},
		{"min(n - 1, b + 1)", 2},
		{"max(0, n - b - 2)", 1},
		{"min(b, somaxconn)", 1},
		{"min(5)", 5},
		{"min(3, 1, 2)", 1},
		{"max(3, 9, -2)", 9},
		{"max(min(n, b + 2), min(b, n))", 3},
		{"min ( 1 , 2 )", 1},
		{"min + 1", 8},
		{"min(min, 9)", 7},
		{"b_2", -3},
		{"9223372036854775807", INT64_MAX},
		{"-9223372036854775807 - 1", INT64_MIN},
		{"big + least", -1},
		{"least + 0", INT64_MIN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error error = {""};
		int64_t value = -12345;

		if (formula_evaluate(rows[i].text, &names, &value, &error) != 0)
			fail_msg("%s: %s", rows[i].text, error.text);
		if (value != rows[i].value)
			fail_msg("%s = %lld, expected %lld", rows[i].text, (long long)value,
				(long long)rows[i].value);
	}
}

static void htons_is_that_of_this_machine(void **state)
{
	int64_t value;

	(void)state;
	assert_int_equal(formula_evaluate("htons(12345)", NULL, &value, NULL), 0);
	assert_int_equal(value, htons(12345));
	assert_int_equal(formula_evaluate("htons(htons(22535))", NULL, &value, NULL), 0);
	assert_int_equal(value, 22535);
	assert_int_equal(formula_evaluate("htons(65535) + htons(0)", NULL, &value, NULL), 0);
	assert_int_equal(value, 65535);
}

/* Text, and what the error must mention. */
static void no_value(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "missing"},
		{"1 +", "missing"},
		{"(1", "missing"},
		{"1 2", "operator expected before \"2\""},
		{"1)", "before \")\""},
		{"min()", "number or name"},
		{"min(1,)", "number or name"},
		{"htons(1, 2)", "before \", 2)\""},
		{"*3", "number or name"},
		{"2b", "operator"},
		{"1..2", "operator"},
		{"a.b", "operator"},
		{"x", "\"x\""},
		{"x", "known: b, n, somaxconn"},
		{"n + bb", "\"bb\""},
		{"foo(1)", "operator"},
		{"1 / 0", "zero"},
		{"n / (b - 1)", "zero"},
		{"9223372036854775808", "64 bits"},
		{"99999999999999999999999999", "64 bits"},
		{"big + 1", "64 bits"},
		{"least - 1", "64 bits"},
		{"big * 2", "64 bits"},
		{"-least", "64 bits"},
		{"least / -1", "64 bits"},
		{"0 * (1 / 0)", "zero"},
		{"htons(65536)", "65535"},
		{"htons(-1)", "65535"},
		{"min(1, x)", "\"x\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error error = {""};
		int64_t value = 77;

		if (formula_evaluate(rows[i].text, &names, &value, &error) != -1)
			fail_msg("%s was accepted", rows[i].text);
		if (strstr(error.text, rows[i].says) == NULL)
			fail_msg("%s: \"%s\" does not mention %s", rows[i].text, error.text,
				rows[i].says);
		assert_int_equal(value, 77);
	}
}

static void hostile_nesting_is_an_error(void **state)
{
	static const char openers[] = "(-+";
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(openers) - 1; i++) {
		char *text = malloc(1000001);
		struct error error = {""};

		assert_non_null(text);
		memset(text, openers[i], 1000000);
		text[1000000] = '\0';
		assert_int_equal(formula_evaluate(text, NULL, &value, &error), -1);
		assert_true(strlen(error.text) > 0);
		free(text);
	}
}

static void predictions(void **state)
{
	static const struct {
		const char *text;
		enum prediction_kind kind;
		const char *shown, *holds[3], *fails[4];
	} rows[] = {
		{"min(n - 1, b + 1)", PREDICTION_VALUE, "2", {"2", " 2 ", "02"},
			{"1", "3", "", "two"}},
		{"b - n", PREDICTION_VALUE, "-3", {"-3"}, {"3", "- 3", "-3 s", "2-5"}},
		{"0", PREDICTION_VALUE, "0", {"0", "-0", "+0"}, {"", "-", "0x0", "0 0"}},
		{"1..b + 2", PREDICTION_RANGE, "1..3", {"1", "2", "3"}, {"0", "4", "1..3", ""}},
		{"-2 .. -1", PREDICTION_RANGE, "-2..-1", {"-2", "-1"}, {"0", "-3"}},
		{"n..n", PREDICTION_RANGE, "4..4", {"4"}, {"3", "5"}},
		{"EADDRINUSE", PREDICTION_WORDS, "EADDRINUSE", {"EADDRINUSE", " EADDRINUSE\n"},
			{"", "EADDRINUS", "EADDRINUSEX", "eaddrinuse"}},
		{" connection  refused ", PREDICTION_WORDS, "connection  refused",
			{"connection refused"}, {"connection", "refused connection"}},
		{"time-wait", PREDICTION_WORDS, "time-wait", {"time-wait"}, {"time", "0"}},
		{"127.0.0.1:80", PREDICTION_WORDS, "127.0.0.1:80", {"127.0.0.1:80"}, {"127"}},
		{"10.0.0.1..10.0.0.9", PREDICTION_WORDS, "10.0.0.1..10.0.0.9",
			{"10.0.0.1..10.0.0.9"}, {"10"}},
		{"from..to", PREDICTION_WORDS, "from..to", {"from..to"}, {"from"}},
		{"wait...", PREDICTION_WORDS, "wait...", {"wait..."}, {"wait"}},
		{"ok 3", PREDICTION_WORDS, "ok 3", {"ok  3"}, {"ok", "3", "ok 3 4"}},
		{"", PREDICTION_WORDS, "", {"", "  "}, {"0", "x"}},
		{"h\xc3\xa9llo", PREDICTION_WORDS, "h\xc3\xa9llo", {"h\xc3\xa9llo"}, {"hllo"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prediction prediction;
		struct error error = {""};

		if (prediction_parse(rows[i].text, &names, &prediction, &error) != 0)
			fail_msg("%s: %s", rows[i].text, error.text);
		assert_int_equal(prediction.kind, rows[i].kind);
		char *shown = prediction_text(&prediction);

		assert_string_equal(shown, rows[i].shown);
		free(shown);
		for (size_t j = 0; j < 3 && rows[i].holds[j] != NULL; j++)
			if (!prediction_holds(&prediction, rows[i].holds[j]))
				fail_msg("%s should hold for \"%s\"", rows[i].text,
					rows[i].holds[j]);
		for (size_t j = 0; j < 4 && rows[i].fails[j] != NULL; j++)
			if (prediction_holds(&prediction, rows[i].fails[j]))
				fail_msg("%s should not hold for \"%s\"", rows[i].text,
					rows[i].fails[j]);
		prediction_clear(&prediction);
	}
}

/* A slip in a formula must not become words that merely never match. */
static void a_formula_without_value_is_no_words(void **state)
{
	static const char *const rows[] = {
		"n - bb", "min(x, y)", "x + 1", "foo - bar", "3..1", "1 / 0..3", "0..x", "n..x"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct prediction prediction;
		struct error error = {""};

		if (prediction_parse(rows[i], &names, &prediction, &error) != -1)
			fail_msg("%s was accepted", rows[i]);
		assert_true(strlen(error.text) > 0);
	}
}

static void names_of_formulas(void **state)
{
	(void)state;
	assert_true(formula_name_valid("b") && formula_name_valid("_x9") &&
		    formula_name_valid("max_queue"));
	assert_false(formula_name_valid("") || formula_name_valid("9b") ||
		     formula_name_valid("a-b") || formula_name_valid("a b"));
}

static void state_lists(void **state)
{
	struct states_arg states;
	char text[200];

	(void)state;
	assert_int_equal(states_arg_parse("ESTABLISHED,SYN_SENT=4", &states, NULL), 0);
	assert_int_equal(states.mask, 1u << STATE_ESTABLISHED | 1u << STATE_SYN_SENT);
	assert_int_equal(states.count, 4);
	assert_string_equal(states_text(states.mask, text, sizeof(text)), "ESTABLISHED,SYN_SENT");
	assert_int_equal(states_arg_parse("listen", &states, NULL), 0);
	assert_int_equal(states.mask, 1u << STATE_LISTEN);
	assert_int_equal(states.count, -1);
	assert_int_equal(states_arg_parse("SYN_RECV=0", &states, NULL), 0);
	assert_int_equal(states.count, 0);
	assert_int_equal(states_dump_mask(states.mask), 1u << STATE_SYN_RECV | 1u << 12);
	assert_int_equal(states_dump_mask(1u << STATE_CLOSED), 1u << STATE_CLOSED | 1u << 13);
	assert_int_equal(states_dump_mask(1u << STATE_LISTEN), 1u << STATE_LISTEN);
}

static void bad_state_lists(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {{"", "\"\""}, {"LISTENING", "\"LISTENING\""}, {"LISTEN,", "\"\""},
		{",LISTEN", "\"\""}, {"LISTEN=", "missing"}, {"LISTEN=x", "\"x\""},
		{"LISTEN=-1", "\"-1\""}, {"LISTEN=1.5", "\"1.5\""},
		{"LISTEN=99999999999999999999", "more than"}, {"=3", "\"\""},
		{"LISTEN=1=2", "\"1=2\""}, {"UNKNOWN", "\"UNKNOWN\""},
		{"LISTEN ESTABLISHED", "\"LISTEN ESTABLISHED\""}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct states_arg states;
		struct error error = {""};

		if (states_arg_parse(rows[i].text, &states, &error) != -1)
			fail_msg("%s was accepted", rows[i].text);
		if (strstr(error.text, rows[i].says) == NULL)
			fail_msg("%s: \"%s\" does not mention %s", rows[i].text, error.text,
				rows[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(htons_is_that_of_this_machine),
		cmocka_unit_test(no_value),
		cmocka_unit_test(hostile_nesting_is_an_error),
		cmocka_unit_test(predictions),
		cmocka_unit_test(a_formula_without_value_is_no_words),
		cmocka_unit_test(names_of_formulas),
		cmocka_unit_test(state_lists),
		cmocka_unit_test(bad_state_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
