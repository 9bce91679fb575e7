/* When all of net.ipv4.ip_local_port_range is in use at once towards one server, and by what. */
#include "deeds.h"

#include <errno.h>
#include <stdio.h>

enum { LOW = 1001, PORTS = 3, STORIES = 6, FOREVER = 0 };

static struct feed feed_with(const char *range)
{
	struct feed feed = {model_new(), 0};
	char manifest[128];

	assert_non_null(feed.model);
	snprintf(manifest, sizeof(manifest), "{%s}", range);
	assert_int_equal(model_run(feed.model, "run", manifest), 0);
	return feed;
}

static void told(struct feed *feed, uint32_t serial, const struct flow_key *key, int side,
	int64_t t_ms, uint8_t from, uint8_t to)
{
	take(feed, (struct record){.kind = RECORD_TRANSITION,
			   .t_ns = t_ms * MS,
			   .key = *key,
			   .serial = serial,
			   .side = (uint8_t)side,
			   .local_sides = 1 << CLIENT,
			   .from = from,
			   .to = to,
			   .cause = CAUSE_SEGMENT,
			   .evidence = EVIDENCE_WIRE,
			   .reason = {.code = REASON_SYN_SENT}});
}

/* A connection from this port to server 10.0.0.`server`: open from, waiting in TIME_WAIT from, and
 * over at these times; FOREVER: not at all. */
struct stay {
	uint16_t port;
	uint8_t server;
	int64_t open_ms, waits_ms, over_ms;
};

static void stays(struct feed *feed, uint32_t serial, const struct stay *stay)
{
	struct flow_key key = key_of(stay->port);
	struct event syn = {.t_ns = stay->open_ms * MS,
		.kind = EVENT_SEGMENT,
		.u.segment = {.kind = SEGMENT_TCP, .flags = TCP_SYN, .seq = serial}};

	key.addr[SERVER][3] = stay->server;
	take(feed, (struct record){.kind = RECORD_SEGMENT,
			   .t_ns = syn.t_ns,
			   .key = key,
			   .serial = serial,
			   .side = CLIENT,
			   .local_sides = 1 << CLIENT,
			   .event = &syn});
	told(feed, serial, &key, CLIENT, stay->open_ms, STATE_CLOSED, STATE_SYN_SENT);
	told(feed, serial, &key, SERVER, stay->open_ms, STATE_LISTEN, STATE_SYN_RECV);
	told(feed, serial, &key, CLIENT, stay->open_ms + 1, STATE_SYN_SENT, STATE_ESTABLISHED);
	if (stay->waits_ms != FOREVER) {
		told(feed, serial, &key, CLIENT, stay->waits_ms, STATE_ESTABLISHED,
			STATE_TIME_WAIT);
		told(feed, serial, &key, SERVER, stay->waits_ms, STATE_SYN_RECV, STATE_CLOSED);
	}
	if (stay->over_ms != FOREVER)
		told(feed, serial, &key, CLIENT, stay->over_ms, STATE_TIME_WAIT, STATE_CLOSED);
}

static const struct finding *found(const struct model *model)
{
	for (size_t i = 0; i < model->finding_count; i++)
		if (model->findings[i].code == FINDING_PORTS_EXHAUSTED)
			return &model->findings[i];
	return NULL;
}

static const struct {
	const char *name;
	struct stay stays[STORIES];
	int64_t from_ms, waiting; /* when the last port was taken (0: never); in TIME_WAIT then */
} stories[] = {
	{"all are open at once", {{1001, 1, 10, 0, 0}, {1002, 1, 20, 0, 0}, {1003, 1, 30, 0, 0}},
		30, 0},
	{"all wait in TIME_WAIT",
		{{1001, 1, 10, 15, 0}, {1002, 1, 20, 25, 0}, {1003, 1, 30, 35, 0}}, 30, 3},
	{"one is open, two wait", {{1001, 1, 10, 15, 0}, {1002, 1, 20, 25, 0}, {1003, 1, 30, 0, 0}},
		30, 2},
	{"one was given back before the last was taken",
		{{1001, 1, 10, 15, 25}, {1002, 1, 20, 0, 0}, {1003, 1, 30, 0, 0}}, 0, 0},
	{"one was given back and taken again",
		{{1001, 1, 10, 15, 25}, {1002, 1, 20, 0, 0}, {1003, 1, 30, 0, 0},
			{1001, 1, 40, 0, 0}},
		40, 0},
	{"two servers", {{1001, 1, 10, 0, 0}, {1002, 1, 20, 0, 0}, {1003, 9, 30, 0, 0}}, 0, 0},
	{"three ports are as good as used, though one to another server as well",
		{{1001, 1, 10, 0, 0}, {1002, 1, 20, 0, 0}, {1002, 9, 25, 0, 0},
			{1003, 1, 30, 0, 0}},
		30, 0},
	{"a port out of the range", {{1001, 1, 10, 0, 0}, {1002, 1, 20, 0, 0}, {2003, 1, 30, 0, 0}},
		0, 0},
	{"all were in use for a moment",
		{{1001, 1, 10, 40, 50}, {1002, 1, 20, 0, 0}, {1003, 1, 30, 0, 0}}, 30, 1},
};

static void the_ports_of_the_range_are_used_up_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct feed feed = feed_with("\"net.ipv4.ip_local_port_range\":\"1001 1003\"");

		for (uint32_t k = 0; k < STORIES && stories[i].stays[k].port != 0; k++)
			stays(&feed, k + 1, &stories[i].stays[k]);
		const struct finding *finding = found(finish(&feed));

		if ((finding != NULL) != (stories[i].from_ms != 0))
			fail_msg("%s: %s", stories[i].name, finding != NULL ? "told" : "not told");
		if (finding != NULL) {
			assert_int_equal(finding->t_ns, stories[i].from_ms * MS);
			assert_int_equal(finding->arg[0], PORTS);
			assert_int_equal(finding->arg[2], LOW);
			assert_int_equal(finding->arg[3], LOW + PORTS - 1);
			assert_string_equal(finding->text[0], "10.0.0.1:80");
			if (finding->arg[1] != stories[i].waiting)
				fail_msg("%s: %d in TIME_WAIT", stories[i].name,
					(int)finding->arg[1]);
		}
		model_free(feed.model);
	}
}

/* As the kernel writes it, as a person does, and what is no range. */
static void a_range_is_read_from_the_manifest(void **state)
{
#define RANGE "\"net.ipv4.ip_local_port_range\": "
	static const struct {
		const char *range;
		bool used_up;
	} cases[] = {{RANGE "\"1001 1003\"", true}, {RANGE "\"1001\\t1003\"", true},
		{RANGE "\"1001-1003\"", true}, {RANGE "\"1002 1002\"", true},
		{RANGE "\"1001 1004\"", false}, {RANGE "\"1003 1001\"", false},
		{RANGE "\"0 0\"", false}, {RANGE "\"1001 70000\"", false},
		{RANGE "\"1001\"", false}, {RANGE "\"all\"", false},
		{RANGE "\"1001 60999\"", false}, {"", false},
		/* what was in force at last */
		{RANGE "\"1001 1003\", " RANGE "\"1001 1004\"", false},
		{RANGE "\"1001 1004\", " RANGE "\"1001 1003\"", true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_with(cases[i].range);

		for (uint32_t k = 0; k < PORTS; k++)
			stays(&feed, k + 1, &(struct stay){(uint16_t)(LOW + k), 1, 10 + k, 0, 0});
		assert_int_equal(found(finish(&feed)) != NULL, cases[i].used_up);
		model_free(feed.model);
	}
}

/* What held the ports is told of the time when connect() failed: by its call, else by what the
 * program wrote, else in the middle. One port waits from 100 to 200 ms, another from 300 on. */
static void what_held_them_is_told_of_when_connect_failed(void **state)
{
	static const struct {
		int64_t call_ms, said_ms; /* 0: none */
		int error;
		int64_t waiting;
	} cases[] = {{50, 0, EADDRNOTAVAIL, 0}, {150, 0, EADDRNOTAVAIL, 1},
		{350, 0, EADDRNOTAVAIL, 2}, {0, 150, 0, 1}, {50, 350, EADDRNOTAVAIL, 0},
		{150, 350, ECONNREFUSED, 2}, {5, 150, EADDRNOTAVAIL, 1}, {0, 5, 0, 2},
		{0, 0, 0, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed feed = feed_with("\"net.ipv4.ip_local_port_range\":\"1001 1003\"");
		static const struct stay held[PORTS] = {
			{1001, 1, 10, 100, 0}, {1002, 1, 20, 300, 0}, {1003, 1, 30, 0, 0}};

		for (uint32_t k = 0; k < PORTS; k++)
			stays(&feed, k + 1, &held[k]);
		if (cases[i].call_ms != 0)
			do_as(&feed,
				&(struct deed){.t_ms = cases[i].call_ms,
					.what = CALLED_CONNECT,
					.fd = 3,
					.inode = 7,
					.error = cases[i].error},
				"client");
		if (cases[i].said_ms != 0)
			model_output(feed.model, 2, "connect: Cannot assign requested address\n",
				cases[i].said_ms * MS);
		const struct finding *finding = found(finish(&feed));

		assert_non_null(finding);
		assert_int_equal(finding->arg[1], cases[i].waiting);
		model_free(feed.model);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ports_of_the_range_are_used_up_or_not),
		cmocka_unit_test(a_range_is_read_from_the_manifest),
		cmocka_unit_test(what_held_them_is_told_of_when_connect_failed)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
