/* Who had the port that a program wanted: told of a bind() that failed, by the calls, the sockets
 * and what programs wrote. */
#include "deeds.h"

#include <errno.h>
#include <stdio.h>

enum { WANTED_MS = 500, PORT = 80 };

static void edge_of(
	struct feed *feed, uint32_t serial, int side, int64_t t_ms, uint8_t from, uint8_t to)
{
	take(feed, (struct record){.kind = RECORD_TRANSITION,
			   .t_ns = t_ms * MS,
			   .key = key_of((uint16_t)(1000 + serial)),
			   .serial = serial,
			   .side = (uint8_t)side,
			   .local_sides = (uint8_t)(1 << side),
			   .from = from,
			   .to = to,
			   .cause = CAUSE_SEGMENT,
			   .evidence = EVIDENCE_WIRE,
			   .reason = {.code = REASON_SYN_RECEIVED}});
}

static void local_edge(struct feed *feed, uint32_t serial, int64_t t_ms, uint8_t from, uint8_t to)
{
	edge_of(feed, serial, SERVER, t_ms, from, to);
}

/* ---- a bind() that failed ---- */

#define OTHERS(t, call)                                                                            \
	{                                                                                          \
		.t_ms = t, .what = CALLED_##call, .fd = 5, .inode = 9, .port = PORT, .pid = OTHER  \
	}
#define OPTION(t, says, number)                                                                    \
	{                                                                                          \
		.t_ms = t, .what = CALLED_SETSOCKOPT, .fd = 3, .inode = 7, .words = says,          \
		.error = number                                                                    \
	}
/* A socket of its own before: bound, then the option, then closed. */
#define SET_LATE_ON(address)                                                                       \
	{.t_ms = 1, .what = CALLED_BIND, .fd = 3, .inode = 6, .words = address},                   \
		{.t_ms = 2,                                                                        \
			.what = CALLED_SETSOCKOPT,                                                 \
			.fd = 3,                                                                   \
			.inode = 6,                                                                \
			.words = "SO_REUSEADDR = 1"},                                              \
	{                                                                                          \
		.t_ms = 3, .what = CALLED_CLOSE, .fd = 3, .inode = 6                               \
	}

static const struct {
	const char *name;
	struct deed deeds[DEEDS];
	uint8_t state; /* of a connection on that port; UNKNOWN: there is none */
	size_t connections;
	const char *who;
	enum finding_phrase phrase;
	uint32_t number;
	enum finding_reuse reuse;
} holders[] = {
	{"nobody is known", {{0}}, STATE_UNKNOWN, 0, "", 0, 0, REUSE_NOT_KNOWN},
	{"a socket that listens", {OTHERS(1, BIND), OTHERS(2, LISTEN)}, STATE_UNKNOWN, 0,
		"other[13]", PHRASE_LISTENS, 0, REUSE_NO_HELP},
	{"a socket that is bound", {OTHERS(1, BIND)}, STATE_UNKNOWN, 0, "other[13]", PHRASE_NAMES,
		0, REUSE_NEW_LACKS},
	{"one that was closed", {OTHERS(1, BIND), OTHERS(2, LISTEN), OTHERS(3, CLOSE)},
		STATE_UNKNOWN, 0, "", 0, 0, REUSE_NOT_KNOWN},
	{"one that was bound later", {OTHERS(WANTED_MS + 1, BIND)}, STATE_UNKNOWN, 0, "", 0, 0,
		REUSE_NOT_KNOWN},
	{"one that was closed later", {OTHERS(1, BIND), OTHERS(WANTED_MS + 1, CLOSE)},
		STATE_UNKNOWN, 0, "other[13]", PHRASE_NAMES, 0, REUSE_NEW_LACKS},
	{"a bind() that failed, too",
		{{.t_ms = 1,
			.what = CALLED_BIND,
			.inode = 9,
			.port = PORT,
			.pid = OTHER,
			.error = EACCES}},
		STATE_UNKNOWN, 0, "", 0, 0, REUSE_NOT_KNOWN},
	{"another port",
		{{.t_ms = 1, .what = CALLED_BIND, .inode = 9, .port = PORT + 1, .pid = OTHER}},
		STATE_UNKNOWN, 0, "", 0, 0, REUSE_NOT_KNOWN},
	{"a port of UDP",
		{{.t_ms = 1,
			.what = CALLED_BIND,
			.inode = 9,
			.port = PORT,
			.pid = OTHER,
			.protocol = IPPROTO_UDP}},
		STATE_UNKNOWN, 0, "", 0, 0, REUSE_NOT_KNOWN},
	{"a socket that is not known",
		{{.t_ms = 1, .what = CALLED_BIND, .port = PORT, .pid = OTHER}}, STATE_UNKNOWN, 0,
		"", 0, 0, REUSE_NOT_KNOWN},
	{"an open connection", {{0}}, STATE_CLOSE_WAIT, 1, "", PHRASE_IN_STATE, 1, REUSE_NEW_LACKS},
	{"an open connection, whose socket did not have it", {OPTION(1, "SO_REUSEADDR = 1", 0)},
		STATE_FIN_WAIT2, 1, "", PHRASE_IN_STATE, 1, REUSE_OLD_LACKS},
	{"a connection that is over", {{0}}, STATE_CLOSED, 1, "", 0, 0, REUSE_NOT_KNOWN},
	{"TIME_WAITs, and SO_REUSEADDR not set", {{0}}, STATE_TIME_WAIT, 2, "", PHRASE_TIME_WAITS,
		2, REUSE_NEW_LACKS},
	{"TIME_WAITs whose own sockets did not have it", {OPTION(1, "SO_REUSEADDR = 1", 0)},
		STATE_TIME_WAIT, 3, "", PHRASE_TIME_WAITS, 3, REUSE_OLD_LACKS},
	{"setsockopt() failed", {OPTION(1, "SO_REUSEADDR = 1", EBADF)}, STATE_TIME_WAIT, 1, "",
		PHRASE_TIME_WAITS, 1, REUSE_NEW_LACKS},
	{"it was set too late", {OPTION(WANTED_MS + 1, "SO_REUSEADDR = 1", 0)}, STATE_TIME_WAIT, 1,
		"", PHRASE_TIME_WAITS, 1, REUSE_LATE},
	{"it was set to 0", {OPTION(1, "SO_REUSEADDR = 0", 0)}, STATE_TIME_WAIT, 1, "",
		PHRASE_TIME_WAITS, 1, REUSE_NEW_LACKS},
	{"another option", {OPTION(1, "SO_KEEPALIVE = 1", 0)}, STATE_TIME_WAIT, 1, "",
		PHRASE_TIME_WAITS, 1, REUSE_NEW_LACKS},
	{"TIME_WAITs, and one that is bound", {OTHERS(1, BIND)}, STATE_TIME_WAIT, 1, "other[13]",
		PHRASE_NAMES, 0, REUSE_NEW_LACKS},
	{"its program sets it too late, on a socket that had the port before",
		{SET_LATE_ON("10.0.0.1:80")}, STATE_TIME_WAIT, 1, "", PHRASE_TIME_WAITS, 1,
		REUSE_LATE},
	{"another port of its program was set too late", {SET_LATE_ON("10.0.0.1:81")},
		STATE_TIME_WAIT, 1, "", PHRASE_TIME_WAITS, 1, REUSE_NEW_LACKS},
};

static void a_port_in_use_is_told_with_its_holder(void **state)
{
	static const struct deed wanted = {.t_ms = WANTED_MS,
		.what = CALLED_BIND,
		.fd = 3,
		.inode = 7,
		.error = EADDRINUSE,
		.words = "10.0.0.1:80",
		.port = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(holders) / sizeof(holders[0]); i++) {
		struct feed feed = feed_new();

		for (uint32_t serial = 1; serial <= holders[i].connections; serial++) {
			local_edge(&feed, serial, 1, STATE_LISTEN, STATE_ESTABLISHED);
			local_edge(&feed, serial, 2, STATE_ESTABLISHED, holders[i].state);
		}
		do_all(&feed, holders[i].deeds);
		do_as(&feed, &wanted, "server");
		const struct model *model = finish(&feed);
		const struct finding *finding = NULL;

		for (size_t k = 0; k < model->finding_count; k++)
			if (model->findings[k].code == FINDING_BIND_FAILED &&
				model->findings[k].arg[2] == EADDRINUSE)
				finding = &model->findings[k];
		assert_non_null(finding);
		if (strcmp(finding->text[1], holders[i].who) != 0 ||
			finding->phrase[1] != holders[i].phrase)
			fail_msg("%s: \"%s\", phrase %u", holders[i].name, finding->text[1],
				finding->phrase[1]);
		if (finding->reuse != holders[i].reuse)
			fail_msg("%s: reuse %u", holders[i].name, finding->reuse);
		assert_int_equal(finding->arg[1], PORT);
		if (holders[i].number != 0)
			assert_int_equal(finding->phrase_number, holders[i].number);
		model_free(feed.model);
	}
}

/* By its program's other calls; where there are none, by which end had the port. */
static void a_client_is_told_that_it_needs_no_port(void **state)
{
	static const struct {
		struct deed deeds[DEEDS];
		uint16_t port; /* of the client, 1001, or of the server */
		bool client;
	} cases[] = {{{{0}}, PORT, false}, {{{0}}, 1001, true},
		{{{.t_ms = 1, .what = CALLED_CONNECT, .inode = 6}}, PORT, true},
		{{{.t_ms = 1, .what = CALLED_LISTEN, .inode = 6}}, 1001, false},
		{{{.t_ms = 1, .what = CALLED_CONNECT, .inode = 6},
			 {.t_ms = 2, .what = CALLED_LISTEN, .inode = 8}},
			PORT, false},
		{{{.t_ms = 1, .what = CALLED_CONNECT, .inode = 6, .pid = OTHER}}, PORT, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();
		struct deed wanted = {.t_ms = WANTED_MS,
			.what = CALLED_BIND,
			.fd = 3,
			.inode = 7,
			.error = EADDRINUSE,
			.words = cases[i].port == PORT ? "10.0.0.1:80" : "10.0.0.2:1001"};

		edge_of(&feed, 1, CLIENT, 1, STATE_CLOSED, STATE_SYN_SENT);
		local_edge(&feed, 1, 2, STATE_LISTEN, STATE_ESTABLISHED);
		do_all(&feed, cases[i].deeds);
		do_as(&feed, &wanted, "server");
		const struct model *model = finish(&feed);

		for (size_t k = 0; k < model->finding_count; k++)
			if (model->findings[k].code == FINDING_BIND_FAILED &&
				model->findings[k].by_client != cases[i].client)
				fail_msg("case %zu", i);
		model_free(feed.model);
	}
}

static void a_listener_that_the_kernel_showed_has_the_port(void **state)
{
	static const struct {
		uint16_t port;
		int64_t from_ms, to_ms;
		uint32_t pid;
		const char *who;
		enum finding_phrase phrase;
	} cases[] = {{PORT, 100, 0, 77, "daemon[77]", PHRASE_LISTENS},
		{PORT, 100, 0, 0, "", PHRASE_A_LISTENER}, {PORT, 100, 200, 77, "", 0},
		{PORT + 1, 100, 0, 77, "", 0},
		{PORT, WANTED_MS + LOOKED_BEFORE_MS - 10, 0, 77, "daemon[77]", PHRASE_LISTENS},
		{PORT, WANTED_MS + LOOKED_BEFORE_MS + 10, 0, 77, "", 0},
		{PORT, WANTED_MS + 5000, 0, 77, "", 0}};
	static const struct deed wanted = {.t_ms = WANTED_MS,
		.what = CALLED_BIND,
		.fd = 3,
		.inode = 7,
		.error = EADDRINUSE,
		.words = "10.0.0.1:80"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();

		listens(&feed, cases[i].port, cases[i].from_ms, cases[i].to_ms, cases[i].pid);
		do_as(&feed, &wanted, "server");
		const struct model *model = finish(&feed);

		assert_int_equal(model->finding_count, 1);
		assert_string_equal(model->findings[0].text[1], cases[i].who);
		assert_int_equal(model->findings[0].phrase[1], cases[i].phrase);
		model_free(feed.model);
	}
}

/* ---- what a program wrote ---- */

#define IN_USE "bind: Address already in use"

static const struct model *said(struct feed *feed, const char *const *pieces)
{
	for (; *pieces != NULL; pieces++)
		model_output(feed->model, 2, *pieces, WANTED_MS * MS);
	return finish(feed);
}

/* The port is that of the message if something had it; else all are named that a program chose. */
static void a_message_of_a_port_in_use_names_who_had_it(void **state)
{
	static const struct {
		const char *pieces[4];
		int64_t port, several, count;
		const char *who;
	} cases[] = {
		{{"port 80: Address already in use\n"}, 80, 0, 1, "10.0.0.1:80 LISTEN daemon[77]"},
		{{"port 81: Address already in use\n"}, 0, 1, 1,
			"10.0.0.1:80 LISTEN daemon[77], 10.0.0.1:90 LISTEN"},
		{{IN_USE "\n"}, 0, 1, 1, "10.0.0.1:80 LISTEN daemon[77], 10.0.0.1:90 LISTEN"},
		{{IN_USE "\n", IN_USE "\n", IN_USE "\n"}, 0, 1, 3,
			"10.0.0.1:80 LISTEN daemon[77], 10.0.0.1:90 LISTEN"},
		{{"port 9", "0: address already", " in use\n"}, 90, 0, 1, "10.0.0.1:90 LISTEN"},
		{{"0 of 70000 and 90: address already in use"}, 90, 0, 1, "10.0.0.1:90 LISTEN"},
		{{"nothing is in use\n"}, 0, 0, 0, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();

		listens(&feed, 80, 100, 0, 77);
		listens(&feed, 90, 100, 0, 0);
		listens(&feed, 91, 100, 200, 0); /* gone by then */
		const struct model *model = said(&feed, cases[i].pieces);
		const struct finding *finding = model->findings;

		assert_int_equal(model->finding_count, cases[i].who != NULL);
		if (cases[i].who != NULL) {
			assert_int_equal(finding->code, FINDING_ADDRESS_IN_USE);
			assert_int_equal(finding->arg[0], cases[i].count);
			assert_int_equal(finding->arg[1], cases[i].port);
			assert_int_equal(finding->arg[2], cases[i].count - 1);
			assert_int_equal(finding->arg[3], cases[i].several);
			assert_string_equal(finding->text[1], cases[i].who);
		}
		model_free(feed.model);
	}
}

/* A connection has a port as well, unless its listener is named already, or it is over. */
static void a_connection_holds_its_port_too(void **state)
{
	static const struct {
		uint8_t state;
		bool listens;
		const char *who;
	} cases[] = {{STATE_TIME_WAIT, false, "10.0.0.1:80 TIME_WAIT"},
		{STATE_CLOSE_WAIT, false, "10.0.0.1:80 CLOSE_WAIT"},
		{STATE_CLOSE_WAIT, true, "10.0.0.1:80 LISTEN"}, {STATE_CLOSED, false, ""}};
	static const char *const pieces[] = {IN_USE "\n", NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_new();

		if (cases[i].listens)
			listens(&feed, 80, 100, 0, 0);
		for (uint32_t serial = 1; serial <= 2; serial++) {
			local_edge(&feed, serial, 150, STATE_LISTEN, STATE_ESTABLISHED);
			local_edge(&feed, serial, 160, STATE_ESTABLISHED, cases[i].state);
		}
		const struct model *model = said(&feed, pieces);
		const struct finding *finding = NULL;

		for (size_t k = 0; k < model->finding_count; k++)
			if (model->findings[k].code == FINDING_ADDRESS_IN_USE)
				finding = &model->findings[k];
		assert_non_null(finding);
		assert_string_equal(finding->text[1], cases[i].who); /* two alike are one */
		model_free(feed.model);
	}
}

static void other_errors_are_quoted_with_what_they_mean(void **state)
{
	static const struct {
		const char *pieces[4];
		enum finding_phrase phrase;
		int64_t count;
	} cases[] = {{{"connect: Cannot assign requested address\n"}, PHRASE_SAID_NO_ADDRESS, 1},
		{{"OSError: [Errno 99] EADDRNOTAVAIL\n"}, PHRASE_SAID_NO_ADDRESS, 1},
		{{"accept: Too many open files\n"}, PHRASE_SAID_NO_DESCRIPTOR, 1},
		{{"EMFILE\n", "EMFILE\n"}, PHRASE_SAID_NO_DESCRIPTOR, 2},
		{{"Network is unreachable\n"}, PHRASE_SAID_NO_ROUTE, 1},
		{{"No route to host\n"}, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int with_calls = 0; with_calls < 2; with_calls++) {
			struct feed feed = feed_new();

			/* with their calls programs need not be believed */
			model_current(feed.model)->has_calls = with_calls;
			const struct model *model = said(&feed, cases[i].pieces);

			assert_int_equal(model->finding_count, cases[i].count > 0 && !with_calls);
			if (model->finding_count > 0) {
				assert_int_equal(model->findings[0].code, FINDING_PROGRAM_SAID);
				assert_int_equal(model->findings[0].phrase[1], cases[i].phrase);
				assert_int_equal(model->findings[0].arg[0], cases[i].count);
				assert_int_equal(model->findings[0].arg[1], cases[i].count - 1);
			}
			model_free(feed.model);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_port_in_use_is_told_with_its_holder),
		cmocka_unit_test(a_client_is_told_that_it_needs_no_port),
		cmocka_unit_test(a_listener_that_the_kernel_showed_has_the_port),
		cmocka_unit_test(a_message_of_a_port_in_use_names_who_had_it),
		cmocka_unit_test(a_connection_holds_its_port_too),
		cmocka_unit_test(other_errors_are_quoted_with_what_they_mean)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
