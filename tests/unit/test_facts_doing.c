/* What threads were in, as a fact: it comes back as it was written; what is damaged is counted. */
#include "facts_trip.h"

static void what_threads_were_in_comes_back(void **state)
{
	const struct owner owner = {.inode = 4294967295U, .pid = 4321, .program = "echo_server"};
	const struct doing doing = {.threads = 4,
		.looks = 8,
		.of = 9,
		.count = 2,
		.in = {{.kind = DOING_LOCK, .threads = 3},
			{.kind = DOING_READ_SOCKET, .threads = 1, .inode = UINT32_MAX}},
		.watched_count = 1,
		.watched = {{.inode = 77, .how = WATCH_EDGE}}};

	(void)state;
	struct outcome outcome = round_trip(facts_doing(t_ns, t_ns - 9, &owner, &doing),
		"{\"type\":\"doing\",\"t\":\"1795367880.000000009\",\"since\":"
		"\"1795367880.000000000\",\"threads\":4,\"looks\":8,\"of\":9,\"in\":[{\"kind\":"
		"\"lock\",\"threads\":3},{\"kind\":\"read_socket\",\"inode\":4294967295,"
		"\"threads\":1}],\"watch\":[{\"inode\":77,\"how\":\"edge\"}],\"pid\":4321,"
		"\"program\":\"echo_server\"}");
	assert_int_equal(outcome.heard.events[0].kind, EVENT_DOING);
	assert_int_equal(outcome.heard.events[0].asked_ns, t_ns - 9);
	assert_int_equal(outcome.heard.events[0].u.fact.owner.pid, 4321);
	assert_true(doing_same(&outcome.heard.events[0].u.fact.doing, &doing));
	assert_int_equal(outcome.heard.events[0].u.fact.doing.looks, 8);
	assert_int_equal(outcome.heard.events[0].u.fact.doing.of, 9);
}

static void what_threads_were_in_is_read_with_care(void **state)
{
	static const struct {
		const char *members; /* behind "threads" */
		bool good;
		size_t count;
		unsigned kind; /* of the first */
	} cases[] = {
		{"\"looks\":1,\"of\":1,\"in\":[{\"kind\":\"sleep\",\"threads\":1}]", true, 1,
			DOING_SLEEP},
		/* a kind of a later version; one member more */
		{"\"looks\":1,\"of\":1,\"in\":[{\"kind\":\"dream\",\"threads\":1,\"x\":2}]", true,
			1, DOING_OTHER},
		{"\"looks\":1,\"of\":1,\"in\":[]", true, 0, 0},
		{"\"looks\":2,\"of\":1,\"in\":[]", false, 0, 0},
		{"\"looks\":-1,\"of\":1,\"in\":[]", false, 0, 0},
		{"\"looks\":1,\"of\":1", false, 0, 0},
		{"\"looks\":1,\"of\":1,\"in\":[7]", false, 0, 0},
		{"\"looks\":1,\"of\":1,\"in\":[{\"kind\":\"run\",\"threads\":65536}]", false, 0, 0},
		{"\"looks\":1,\"of\":1,\"in\":[{\"kind\":3,\"threads\":1}]", false, 0, 0},
		{"\"looks\":1,\"of\":1,\"in\":[],\"watch\":{}", false, 0, 0},
		{"\"looks\":1,\"of\":1,\"in\":[],\"watch\":[{\"inode\":-1,\"how\":\"not\"}]", false,
			0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char line[512];

		snprintf(line, sizeof(line),
			"{\"type\":\"doing\",\"t\":\"5.000000000\",\"since\":\"4.000000000\","
			"\"pid\":7,\"program\":\"p\",\"threads\":1,%s}\n",
			cases[i].members);
		struct outcome outcome = read_lines(line);

		assert_int_equal(outcome.bad, !cases[i].good);
		assert_int_equal(outcome.heard.count, cases[i].good);
		if (!cases[i].good)
			continue;
		assert_int_equal(outcome.heard.events[0].u.fact.doing.count, cases[i].count);
		assert_int_equal(outcome.heard.events[0].u.fact.doing.in[0].kind, cases[i].kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_threads_were_in_comes_back),
		cmocka_unit_test(what_threads_were_in_is_read_with_care),
	};

	return cmocka_run_group_tests_name("facts of threads", tests, NULL, NULL);
}
