/* What programs wrote beside their calls (model_said.c): lines of pieces, on the timeline of what
 * their newest call was about; and whose calls a lane's are (model_calls_fold.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tcpstate/model.h"
#include "tcpstate/prose.h"

static const int64_t t0 = 1795367880000000000;

static struct flow_key key_of(uint16_t own, uint16_t other)
{
	struct flow_key key = {.family = AF_INET, .protocol = IPPROTO_TCP};

	memcpy(key.addr[0], "\x7f\0\0\1", 4);
	memcpy(key.addr[1], "\x7f\0\0\1", 4);
	key.port_be[0] = htons(own);
	key.port_be[1] = htons(other);
	return key;
}

static void take_edge(struct model *model, uint32_t serial, int64_t t_ns, struct flow_key key)
{
	struct record record = {.id = serial,
		.t_ns = t_ns,
		.key = key,
		.serial = serial,
		.kind = RECORD_TRANSITION,
		.from = STATE_CLOSED,
		.to = STATE_SYN_SENT};

	record.side = (uint8_t)flow_key_canonical(&record.key);
	model_take(model, &record);
}

/* A call of this process on the socket of the client with this port. */
static void take_call(struct model *model, uint32_t pid, enum call_what what, uint16_t port,
	int64_t at_ns, uint64_t number)
{
	struct event event = {.t_ns = at_ns, .kind = EVENT_CALL, .number = number};
	struct record record = {.kind = RECORD_CALL, .t_ns = at_ns, .event = &event};

	event.u.call = (struct call){.entered_ns = at_ns,
		.returned_ns = at_ns + 1000,
		.pid = pid,
		.host_pid = pid,
		.tid = pid,
		.program = "client",
		.what = (uint8_t)what,
		.fd = 3,
		.new_fd = -1,
		.inode = 100u + port,
		.key = key_of(port, 80),
		.asked = -1,
		.unread = -1,
		.last = true,
		.arguments = ""};
	model_take(model, &record);
}

static void write_as(struct model *model, uint32_t pid, int stream, const char *text, int64_t t_ns)
{
	struct owner owner = {.pid = pid, .program = "client"};

	model_says(model, &owner, stream, text, t_ns);
}

/* Two connections, of ports 40000 and 40001. */
static struct model *two_connections(void)
{
	struct model *model = model_new();

	assert_int_equal(model_run(model, "run", ""), 0);
	take_edge(model, 1, t0, key_of(40000, 80));
	take_edge(model, 2, t0 + 10, key_of(40001, 80));
	return model;
}

/* The lines of a connection's lane as they are told, one after another. */
static void tells(const struct model *model, size_t connection, const char *expected)
{
	const struct connection *at = &model->connections[connection];
	char got[1024] = "", text[256];

	for (size_t i = 0; i < at->call_count; i++) {
		const struct model_call *did = &model->calls[model->call_order[at->first_call + i]];
		size_t used = strlen(got);

		if (!did->folded)
			snprintf(got + used, sizeof(got) - used, "%s\n",
				prose_did(did, true, NULL, text, sizeof(text)));
	}
	assert_string_equal(got, expected);
}

static void a_line_stands_with_the_newest_call_of_its_process(void **state)
{
	struct model *model = two_connections();

	(void)state;
	write_as(model, 7, 1, "too early\n", t0 - 5);
	take_call(model, 7, CALLED_CONNECT, 40000, t0 + 1000, 1);
	take_call(model, 8, CALLED_CONNECT, 40001, t0 + 2000, 2);
	write_as(model, 7, 1, "conn", t0 + 3000);
	write_as(model, 8, 2, "refused\n", t0 + 3500);
	write_as(model, 7, 1, "ected\nsent", t0 + 4000);
	write_as(model, 0, 1, "nobody's\n", t0 + 4500);
	take_call(model, 7, CALLED_CONNECT, 40001, t0 + 5000, 3);
	write_as(model, 7, 1, "\nnow here\n", t0 + 6000);
	assert_int_equal(model_finish(model), 0);
	tells(model, 0, "connect(3)\nprints \"connected\"\nprints \"sent\"\n");
	tells(model, 1,
		"client[8]  connect(3)\nclient[8]  prints \"refused\" on standard error\n"
		"client[7]  connect(3)\nclient[7]  prints \"now here\"\n");
	model_free(model);
}

static void of_many_lines_the_first_and_the_last_are_told(void **state)
{
	struct model *model = two_connections();

	(void)state;
	take_call(model, 7, CALLED_CONNECT, 40000, t0 + 1000, 1);
	write_as(model, 7, 2, "Traceback\n  one\n  two\n  three\nOSError\n", t0 + 2000);
	write_as(model, 7, 1, "out\n", t0 + 3000);
	take_call(model, 7, CALLED_CLOSE, 40000, t0 + 4000, 2);
	write_as(model, 7, 1, "a\nb\n", t0 + 5000);
	assert_int_equal(model_finish(model), 0);
	tells(model, 0,
		"connect(3)\nprints \"Traceback\" on standard error, then 3 more lines\n"
		"prints \"OSError\" on standard error\nprints \"out\"\nclose(3)\n"
		"prints \"a\"\nprints \"b\"\n");
	model_free(model);
}

static void what_it_writes_is_made_safe_and_cut(void **state)
{
	struct model *model = two_connections();
	char line[1000];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	take_call(model, 7, CALLED_CONNECT, 40000, t0 + 1000, 1);
	write_as(model, 7, 1, "\033[31mred\n", t0 + 2000);
	write_as(model, 7, 1, line, t0 + 3000);
	write_as(model, 7, 1, line, t0 + 4000);
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->connections[0].call_count, 3);
	assert_string_equal(model->calls[1].said, "\\x1b[31mred");
	assert_in_range(strlen(model->calls[2].said), 100, 200);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_stands_with_the_newest_call_of_its_process),
		cmocka_unit_test(of_many_lines_the_first_and_the_last_are_told),
		cmocka_unit_test(what_it_writes_is_made_safe_and_cut)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
