/* A flow keeps so many segments: what leaves its ring is summed up in the states it led to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "script.h"

/* Both close, and repeat themselves for so many rounds: each FIN, and what answers it. */
static void repeat_themselves(unsigned rounds, char *out, size_t size)
{
	static const char *const said[] = {
		"C>S FA 101 301", "S>C A 301 102", "S>C FA 301 102", "C>S A 102 302"};
	char text[SCRIPT_EVENTS_MAX][64];
	const char *lines[SCRIPT_EVENTS_MAX] = {HANDSHAKE, "0.1025 row S ESTABLISHED"};
	size_t count = 4;
	struct script script;

	for (unsigned i = 0; i < 4 * rounds; i++, count++) {
		snprintf(text[count], sizeof(text[0]), "0.%u %s", 2000 + 10 * i, said[i % 4]);
		lines[count] = text[count];
	}
	script_read(&script, lines);
	script_run(&script, NULL, out, size);
}

/* The edges of one end that stand lead from one to the next, to this state. */
static void leads_to(char *edges, char end, const char *last)
{
	char copy[8192], state[32] = "", *rest = NULL;

	snprintf(copy, sizeof(copy), "%s", edges);
	for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		char from[32], to[32], side;

		assert_int_equal(sscanf(line, "%*s %c %31[^>]>%31s", &side, from, to), 3);
		if (side != end || strstr(line, "withdrawn") != NULL)
			continue;
		assert_string_equal(
			from, state[0] == '\0' ? end == 'C' ? "CLOSED" : "LISTEN" : state);
		snprintf(state, sizeof(state), "%s", to);
	}
	assert_string_equal(state, last);
}

/* Of more segments than are kept the older are summed up in the states they led to: what comes
 * after them goes on from there, as it does where all are kept. */
static void what_is_summed_up_goes_on(void **state)
{
	char edges[8192];

	(void)state;
	for (unsigned rounds = 1; rounds <= 30; rounds += 29) {
		repeat_themselves(rounds, edges, sizeof(edges));
		assert_non_null(strstr(edges, "0.1020 S SYN_RECV>ESTABLISHED both"));
		leads_to(edges, 'C', "TIME_WAIT");
		leads_to(edges, 'S', "CLOSED");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_summed_up_goes_on)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
