/* Why nobody listened where a connection was refused: never, not yet, no more, elsewhere, or on the
 * port with its bytes swapped. */
#include "deeds.h"

#include <stdio.h>

enum { REFUSED_MS = 500, SWAPPED = 0x5000 /* 80 is 0x0050 */ };

/* 10.0.0.2 asks 10.0.0.1:80, both of this namespace unless `elsewhere`, and is refused. */
static void refuse(struct feed *feed, uint32_t serial, int64_t t_ms, bool elsewhere)
{
	static const struct {
		uint8_t from, to, code;
		int after_ms;
	} edges[] = {{STATE_CLOSED, STATE_SYN_SENT, REASON_SYN_SENT, 0},
		{STATE_SYN_SENT, STATE_CLOSED, REASON_CONNECTION_REFUSED, 1}};
	struct flow_key key = key_of((uint16_t)(1000 + serial));

	for (size_t i = 0; i < 2; i++)
		take(feed, (struct record){.kind = RECORD_TRANSITION,
				   .t_ns = (t_ms + edges[i].after_ms - 1) * MS,
				   .frame = serial,
				   .key = key,
				   .serial = serial,
				   .side = CLIENT,
				   .local_sides = elsewhere ? 1 << CLIENT : 3,
				   .from = edges[i].from,
				   .to = edges[i].to,
				   .cause = CAUSE_SEGMENT,
				   .evidence = EVIDENCE_WIRE,
				   .reason = {.code = edges[i].code}});
}

/* The finding of refusals; there is one and no other. */
static const struct finding *found(const struct model *model)
{
	const struct finding *finding = NULL;

	for (size_t i = 0; i < model->finding_count; i++)
		switch (model->findings[i].code) {
		case FINDING_REFUSED_THOUGH_LISTENING:
		case FINDING_REFUSED_OTHER_ADDRESS:
		case FINDING_REFUSED_BYTE_SWAPPED:
		case FINDING_REFUSED_AFTER_CLOSE:
		case FINDING_REFUSED_BEFORE_LISTEN:
		case FINDING_CONNECTION_REFUSED_SEEN:
			assert_null(finding);
			finding = &model->findings[i];
		}
	assert_non_null(finding);
	return finding;
}

/* ---- listeners that the kernel showed ---- */

static const struct {
	const char *name;
	struct {
		uint16_t port;
		int64_t from_ms, to_ms;
		uint32_t pid;
	} listener[3];
	enum finding_code code;
	int64_t arg; /* arg[2] */
	const char *who;
} listeners[] = {
	{"nobody ever", {{0}}, FINDING_CONNECTION_REFUSED_SEEN, 0, ""},
	{"another port", {{81, 100, 0, 7}}, FINDING_CONNECTION_REFUSED_SEEN, 0, ""},
	{"it had closed", {{80, 100, 200, 7}}, FINDING_REFUSED_AFTER_CLOSE, 300, "daemon[7]"},
	{"it had closed, of nobody known", {{80, 100, 200, 0}}, FINDING_REFUSED_AFTER_CLOSE, 300,
		""},
	{"it came later", {{80, 600, 0, 7}}, FINDING_REFUSED_BEFORE_LISTEN, 100, "daemon[7]"},
	{"it was there", {{80, 100, 0, 7}}, FINDING_REFUSED_THOUGH_LISTENING, 0, "daemon[7]"},
	{"one there with the bytes swapped", {{SWAPPED, 100, 0, 7}}, FINDING_REFUSED_BYTE_SWAPPED,
		SWAPPED, "daemon[7]"},
	{"one that had closed explains more than one swapped that had",
		{{SWAPPED, 100, 200, 7}, {80, 100, 300, 8}}, FINDING_REFUSED_AFTER_CLOSE, 200,
		"daemon[8]"},
	{"one swapped that is there explains more than one that had closed",
		{{SWAPPED, 100, 0, 7}, {80, 100, 300, 8}}, FINDING_REFUSED_BYTE_SWAPPED, SWAPPED,
		"daemon[7]"},
	{"one swapped that had closed, alone", {{SWAPPED, 100, 200, 7}},
		FINDING_REFUSED_BYTE_SWAPPED, SWAPPED, "daemon[7]"},
	{"one that had closed listens again later", {{80, 100, 200, 7}, {80, 700, 0, 7}},
		FINDING_REFUSED_AFTER_CLOSE, 300, "daemon[7]"},
	{"one that closed twice", {{80, 100, 200, 7}, {80, 300, 400, 7}},
		FINDING_REFUSED_AFTER_CLOSE, 100, "daemon[7]"},
	{"one that listens again", {{80, 100, 200, 7}, {80, 300, 0, 7}},
		FINDING_REFUSED_THOUGH_LISTENING, 0, "daemon[7]"},
};

static void a_refusal_is_told_with_who_listened_when(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(listeners) / sizeof(listeners[0]); i++) {
		struct feed feed = feed_new();

		for (size_t k = 0; k < 3 && listeners[i].listener[k].port != 0; k++)
			listens(&feed, listeners[i].listener[k].port,
				listeners[i].listener[k].from_ms, listeners[i].listener[k].to_ms,
				listeners[i].listener[k].pid);
		for (uint32_t serial = 1; serial <= 2; serial++)
			refuse(&feed, serial, REFUSED_MS, false);
		const struct finding *finding = found(finish(&feed));

		if (finding->code != listeners[i].code)
			fail_msg("%s: %s", listeners[i].name, finding_word(finding->code));
		assert_int_equal(finding->arg[0], 2); /* both of them */
		assert_int_equal(finding->arg[1], 80);
		if (finding->arg[2] != listeners[i].arg ||
			(listeners[i].who[0] != '\0' || finding->phrase[0] == 0
					? strcmp(finding->text[0], listeners[i].who) != 0
					: false))
			fail_msg("%s: %d, %s", listeners[i].name, (int)finding->arg[2],
				finding->text[0]);
		model_free(feed.model);
	}
}

/* ---- a listener that does not take it ---- */

static void a_listener_elsewhere_is_told_with_its_end(void **state)
{
	static const struct {
		uint8_t family;
		uint8_t address; /* the last byte; the rest is 10.0.0, or 0 of IPv6 */
		bool v6only, elsewhere;
		enum finding_code code;
		enum finding_phrase phrase;
		const char *end;
	} cases[] = {{AF_INET, 9, false, false, FINDING_REFUSED_OTHER_ADDRESS, 0, "10.0.0.9:80"},
		{AF_INET6, 0, true, false, FINDING_REFUSED_OTHER_ADDRESS, PHRASE_V6ONLY, "[::]:80"},
		{AF_INET6, 1, false, false, FINDING_REFUSED_OTHER_ADDRESS, 0, "[::1]:80"},
		/* what listens on this host says nothing of another */
		{AF_INET, 9, false, true, FINDING_CONNECTION_REFUSED_SEEN, 0, ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();
		struct sockrow row = {.key = {.family = cases[i].family, .port_be = {htons(80)}},
			.has_v6only = cases[i].family == AF_INET6,
			.v6only = cases[i].v6only};

		if (cases[i].family == AF_INET)
			memcpy(row.key.addr[0], (uint8_t[]){10, 0, 0, cases[i].address}, 4);
		else
			row.key.addr[0][15] = cases[i].address;
		listens_as(&feed, row, 100, 0, 7);
		refuse(&feed, 1, REFUSED_MS, cases[i].elsewhere);
		const struct finding *finding = found(finish(&feed));

		assert_int_equal(finding->code, cases[i].code);
		assert_string_equal(finding->text[1], cases[i].end);
		assert_int_equal(finding->phrase[1], cases[i].phrase);
		model_free(feed.model);
	}
}

/* ---- a listener that only its calls tell of ---- */

#define BOUND(t, port_)                                                                            \
	{                                                                                          \
		.t_ms = t, .what = CALLED_BIND, .fd = 3, .inode = 7, .port = port_                 \
	}
#define LISTENED(t, number)                                                                        \
	{                                                                                          \
		.t_ms = t, .what = CALLED_LISTEN, .fd = 3, .inode = 7, .error = number             \
	}

static void a_port_with_its_bytes_swapped_is_known_from_calls(void **state)
{
	static const struct {
		struct deed deeds[DEEDS];
		bool swapped;
	} cases[] = {{{BOUND(1, SWAPPED), LISTENED(2, 0)}, true}, {{BOUND(1, SWAPPED)}, false},
		{{BOUND(1, 81), LISTENED(2, 0)}, false},
		{{BOUND(1, SWAPPED), LISTENED(2, 98)}, false},
		{{BOUND(1, SWAPPED), LISTENED(600, 0)}, false},
		{{BOUND(600, SWAPPED), LISTENED(601, 0)}, false},
		{{{.t_ms = 1,
			  .what = CALLED_BIND,
			  .fd = 3,
			  .inode = 7,
			  .port = SWAPPED,
			  .error = 98},
			 LISTENED(2, 0)},
			false},
		{{{.t_ms = 1, .what = CALLED_BIND, .fd = 3, .port = SWAPPED}, LISTENED(2, 0)},
			false},
		{{{.t_ms = 1,
			  .what = CALLED_BIND,
			  .fd = 3,
			  .inode = 7,
			  .port = SWAPPED,
			  .protocol = IPPROTO_UDP},
			 LISTENED(2, 0)},
			false},
		{{BOUND(1, SWAPPED), {.t_ms = 2, .what = CALLED_LISTEN, .fd = 4, .inode = 8}},
			false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();

		do_all(&feed, cases[i].deeds);
		refuse(&feed, 1, REFUSED_MS, false);
		const struct finding *finding = found(finish(&feed));

		assert_int_equal(finding->code, cases[i].swapped ? FINDING_REFUSED_BYTE_SWAPPED
								 : FINDING_CONNECTION_REFUSED_SEEN);
		assert_int_equal(finding->arg[2], cases[i].swapped ? SWAPPED : 0);
		assert_string_equal(finding->text[0], cases[i].swapped ? "server[12]" : "");
		model_free(feed.model);
	}
}

/* ---- a listener that nobody asked yet ---- */

/* The port that was meant stands in the command, or in a check that failed. */
static void a_port_that_was_meant_is_known_from_the_command(void **state)
{
	static const struct {
		const char *manifest;
		bool told;
	} cases[] = {{"\"command\":[\"server\",\"80\"]", true},
		{"\"command\":[\"server\",\"--port=80\"]", true},
		{"\"command\":[\"server\",\"a ] b\",\"80\"]", true},
		{"\"command\":[\"say \\\"hi\\\"\",\"80\"]", true},
		{"\"command\":[\"server\",\"8080\"]", false},
		{"\"command\":[\"server\",\"180\"]", false},
		{"\"command\":[\"server\",\"10.80.0.1\"]", false},
		{"\"command\":[\"server\"],\"after\":80", false},
		{"\"lab\":\"byte-order\",\"command\":[\"server\",\"80\"]", false}, {"", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = {model_new(), 0};
		const struct finding *finding = NULL;
		char manifest[128];

		snprintf(manifest, sizeof(manifest), "{%s}", cases[i].manifest);
		assert_int_equal(model_run(feed.model, "run", manifest), 0);
		listens(&feed, SWAPPED, 100, 0, 7);
		const struct model *model = finish(&feed);

		for (size_t k = 0; k < model->finding_count; k++)
			if (model->findings[k].code == FINDING_LISTENS_BYTE_SWAPPED)
				finding = &model->findings[k];
		if ((finding != NULL) != cases[i].told)
			fail_msg("%s", cases[i].manifest);
		if (finding != NULL) {
			assert_int_equal(finding->arg[0], SWAPPED);
			assert_int_equal(finding->arg[1], 80);
			assert_string_equal(finding->text[0], "daemon[7]");
		}
		model_free(feed.model);
	}
}

static void a_check_that_failed_names_the_port_that_was_meant(void **state)
{
	static const struct {
		const char *port, *measured;
		bool told;
	} cases[] = {{"80", "0", true}, {"80", "1", false}, {"81", "0", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cell cell = {"server_port", (char *)(uintptr_t)cases[i].port};
		struct check one = {.t_ns = 1,
			.name = "listening",
			.cells = &cell,
			.cell_count = 1,
			.formula = "1",
			.predicted = "1",
			.query = "count LISTEN",
			.measured = (char *)(uintptr_t)cases[i].measured,
			.problem = "",
			.match = strcmp(cases[i].measured, "1") == 0};
		struct feed feed = feed_new();
		size_t told = 0;

		listens(&feed, SWAPPED, 100, 0, 7);
		fact(&feed, RECORD_CHECK, 200, (struct fact){.check = &one});
		const struct model *model = finish(&feed);

		for (size_t k = 0; k < model->finding_count; k++)
			told += model->findings[k].code == FINDING_LISTENS_BYTE_SWAPPED;
		assert_int_equal(told, cases[i].told);
		model_free(feed.model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refusal_is_told_with_who_listened_when),
		cmocka_unit_test(a_listener_elsewhere_is_told_with_its_end),
		cmocka_unit_test(a_port_with_its_bytes_swapped_is_known_from_calls),
		cmocka_unit_test(a_port_that_was_meant_is_known_from_the_command),
		cmocka_unit_test(a_check_that_failed_names_the_port_that_was_meant)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
