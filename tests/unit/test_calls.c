/* calls.jsonl: every call comes back as it was written, what is damaged is counted; the sentences;
 * and which connection, listener or conversation a call is told to be about. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/model.h"
#include "tcpstate/prose.h"
#include "tcpstate/source.h"

static const int64_t t0 = INT64_C(1795367880000000000);

static struct flow_key key_of(uint8_t protocol, uint16_t local, uint16_t remote)
{
	struct flow_key key = {.family = AF_INET, .protocol = protocol};

	key.addr[0][0] = 127;
	key.addr[0][3] = 1;
	if (remote != 0)
		memcpy(key.addr[1], key.addr[0], 4);
	key.port_be[0] = htons(local);
	key.port_be[1] = htons(remote);
	return key;
}

static struct call a_call(enum call_what what, int fd, uint32_t inode)
{
	return (struct call){.entered_ns = t0,
		.returned_ns = t0 + 1000,
		.pid = 7,
		.host_pid = 4711,
		.tid = 8,
		.program = "server",
		.what = (uint8_t)what,
		.fd = fd,
		.new_fd = -1,
		.inode = inode,
		.asked = -1,
		.unread = -1,
		.arguments = ""};
}

/* ---- the file ---- */

struct heard {
	struct event event[8];
	char program[8][64], arguments[8][128];
	uint8_t data[8][16];
	size_t count, bad;
	bool torn;
};

static void hear(void *context, const struct event *event)
{
	struct heard *heard = context;
	size_t at = heard->count++;

	assert_true(at < 8);
	heard->event[at] = *event;
	if (event->kind != EVENT_CALL)
		return;
	snprintf(heard->program[at], sizeof(heard->program[at]), "%s", event->u.call.program);
	snprintf(heard->arguments[at], sizeof(heard->arguments[at]), "%s", event->u.call.arguments);
	assert_true(event->u.call.data_size <= sizeof(heard->data[at]));
	memcpy(heard->data[at], event->u.call.data, event->u.call.data_size);
}

static void read_back(const char *text, struct heard *heard)
{
	char path[] = "/tmp/test_calls.XXXXXX";
	int fd = mkstemp(path);
	struct error error;
	struct calls *calls;

	memset(heard, 0, sizeof(*heard));
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	calls = calls_open_file(path, &error);
	unlink(path);
	assert_non_null(calls);
	while (calls_next(calls, hear, heard, &error) > 0)
		;
	heard->bad = calls_bad_lines(calls);
	heard->torn = calls_torn(calls);
	calls_close(calls);
}

static void read_line(const struct call *call, struct heard *heard)
{
	char *line = calls_line(call), *text = malloc(strlen(line) + 2);

	sprintf(text, "%s\n", line);
	read_back(text, heard);
	free(line);
	free(text);
}

static void test_every_member_comes_back(void **state)
{
	static const uint8_t data[] = {0, 0x7f, 0xff};
	struct call call = a_call(CALLED_ACCEPT4, 3, 100);
	struct heard heard;

	(void)state;
	call.program = "se\"r\\v\x01\xffr";
	call.arguments = "127.0.0.1:40000";
	call.new_fd = 5;
	call.new_inode = 101;
	call.cookie = 17;
	call.key = key_of(IPPROTO_TCP, 80, 40000);
	call.result = 5;
	call.asked = 4096;
	call.unread = 39;
	call.effect = CALL_OPENS;
	call.last = true;
	call.part = 2;
	call.data = data;
	call.data_size = sizeof(data);
	read_line(&call, &heard);
	assert_int_equal(heard.bad, 0);
	assert_int_equal(heard.count, 1);
	const struct call *read = &heard.event[0].u.call;
	assert_int_equal(heard.event[0].kind, EVENT_CALL);
	assert_int_equal(heard.event[0].t_ns, t0 + 1000);
	assert_int_equal(heard.event[0].number, 1);
	assert_string_equal(heard.program[0], "se\"r\\v\x01\xef\xbf\xbdr");
	assert_string_equal(heard.arguments[0], "127.0.0.1:40000");
	assert_memory_equal(heard.data[0], data, sizeof(data));
	assert_true(read->entered_ns == t0 && read->returned_ns == t0 + 1000);
	assert_true(read->pid == 7 && read->host_pid == 4711 && read->tid == 8);
	assert_true(read->what == CALLED_ACCEPT4 && read->fd == 3 && read->inode == 100);
	assert_true(read->new_fd == 5 && read->new_inode == 101 && read->cookie == 17);
	assert_true(flow_key_equal(&read->key, &call.key));
	assert_true(read->result == 5 && read->error == 0 && read->asked == 4096);
	assert_true(read->unread == 39 && read->effect == CALL_OPENS && read->last);
	assert_true(read->part == 2);
}

static void test_a_call_that_never_returned_and_one_that_failed(void **state)
{
	struct call call = a_call(CALLED_ACCEPT, 3, 100);
	struct heard heard;

	(void)state;
	call.returned_ns = 0;
	read_line(&call, &heard);
	assert_true(heard.event[0].u.call.returned_ns == 0 && heard.event[0].t_ns == t0);
	call = a_call(CALLED_BIND, 3, 100);
	call.result = -1;
	call.error = EADDRINUSE;
	read_line(&call, &heard);
	assert_true(heard.event[0].u.call.error == EADDRINUSE);
	call.error = 523; /* one without a name */
	read_line(&call, &heard);
	assert_true(heard.event[0].u.call.error == 523);
}

static void test_ends_of_processes(void **state)
{
	struct exit exit = {
		.pid = 3, .host_pid = 99, .program = "server", .known = true, .signal = 9};
	char *line = facts_exit(t0, t0 - 7, &exit), text[512];
	struct heard heard;

	(void)state;
	snprintf(text, sizeof(text), "%s\n", line);
	free(line);
	read_back(text, &heard);
	assert_int_equal(heard.event[0].kind, EVENT_EXIT);
	assert_true(heard.event[0].u.exit.known && heard.event[0].u.exit.signal == 9);
	assert_int_equal(heard.event[0].asked_ns, t0 - 7);
	exit = (struct exit){.pid = 3, .program = "x", .known = true, .status = 3};
	line = facts_exit(t0, t0, &exit);
	snprintf(text, sizeof(text), "%s\n", line);
	free(line);
	read_back(text, &heard);
	assert_true(heard.event[0].u.exit.known && heard.event[0].u.exit.status == 3);
	assert_int_equal(heard.event[0].asked_ns, t0);
	assert_int_equal(heard.event[0].u.exit.signal, 0);
}

static void test_damaged_lines_are_counted(void **state)
{
	static const char head[] = "{\"type\":\"call\",\"t\":\"1795367880.000000000\",\"pid\":1,"
				   "\"program\":\"x\",\"call\":\"close\"";
	static const char *const bad[] = {"", "[]", "{}", "{\"type\":\"call\"}",
		"{\"type\":\"call\",\"t\":\"1795367880.000000000\",\"pid\":-1,\"program\":\"x\","
		"\"call\":\"close\"}",
		"{\"type\":\"call\",\"t\":\"1795367880.000000000\",\"pid\":1,\"program\":\"x\","
		"\"call\":\"explode\"}"};
	static const char *const tails[] = {"\"fd\":-3", "\"fd\":4294967296", "\"inode\":-1",
		"\"data\":\"0\"", "\"data\":\"0g\"", "\"returned\":\"1\"",
		"\"returned\":\"1795367879.000000000\"", "\"local\":\"1.2.3.4\",\"remote\":\"*:*\"",
		"\"local\":\"1.2.3.4:99999\",\"remote\":\"*:*\"",
		"\"local\":\"1.2.3.4:1\",\"remote\":\"[::1]:2\"", "\"local\":\"1.2.3:1\"",
		"\"fd\":\"3\""};
	char text[512];
	struct heard heard;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%s\n", bad[i]);
		read_back(text, &heard);
		assert_true(heard.count == 0 && heard.bad == 1);
	}
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		snprintf(text, sizeof(text), "%s,%s}\n", head, tails[i]);
		read_back(text, &heard);
		if (heard.count != 0 || heard.bad != 1)
			print_error("%s\n", text);
		assert_true(heard.count == 0 && heard.bad == 1);
	}
	snprintf(text, sizeof(text), "%s,\"new\":{\"x\":1}}\n%s", head, head);
	read_back(text, &heard); /* what is not known is passed over; a torn line is no bad one */
	assert_true(heard.count == 1 && heard.bad == 0 && heard.torn);
}

/* ---- sentences ---- */

static void says(const struct call *call, const char *sentence)
{
	char text[256];

	assert_string_equal(prose_call(call, true, text, sizeof(text)), sentence);
}

static void test_sentences(void **state)
{
	struct call call = a_call(CALLED_ACCEPT4, 3, 100);
	char text[128];

	(void)state;
	call.result = call.new_fd = 5;
	says(&call, "server  accept4() = 5");
	call = a_call(CALLED_READ, 5, 101);
	call.asked = 4096;
	call.result = 43;
	call.key = key_of(IPPROTO_TCP, 80, 40000);
	says(&call, "server  read(5, 4096) = 43");
	call.result = 0;
	says(&call, "server  read(5, 4096) = 0: end of data");
	call = a_call(CALLED_CLOSE, 5, 101);
	call.effect = CALL_CLOSES;
	call.last = true;
	call.unread = 39;
	says(&call, "server  close(5): 39 bytes unread");
	call.unread = 0;
	says(&call, "server  close(5)");
	call.last = false;
	says(&call, "server  close(5): the socket is still held elsewhere");
	call = a_call(CALLED_BIND, 4, 102);
	call.program = "client";
	call.arguments = "127.0.0.1:22535";
	call.result = -1;
	call.error = EADDRINUSE;
	says(&call, "client  bind 127.0.0.1:22535 → EADDRINUSE (Address already in use)");
	call = a_call(CALLED_ACCEPT, 3, 100);
	call.returned_ns = 0;
	says(&call, "server  accept(): did not return");
	call = a_call(CALLED_FORK, 5, 101);
	call.effect = CALL_OPENS;
	call.pid = 12;
	says(&call, "server  fork(): process 12 holds 5 too");
	call = a_call(CALLED_LISTEN, 3, 100);
	call.asked = 5;
	says(&call, "server  listen(3, 5)");
	call = a_call(CALLED_SOCKET, 3, 100);
	call.result = 3;
	says(&call, "server  socket() = 3");
	struct exit exit = {.known = true, .signal = 9, .by_recorder = true};
	assert_string_equal(prose_exit(&exit, text, sizeof(text)),
		"the process ended (SIGKILL by tcpstate at the end of the recording)");
}

/* ---- whose calls they are ---- */

static void take_edge(struct model *model, uint32_t serial, int64_t t_ns, struct flow_key key,
	uint8_t from, uint8_t to, bool listener)
{
	struct record record = {.id = serial,
		.t_ns = t_ns,
		.key = key,
		.serial = listener ? 0 : serial,
		.kind = RECORD_TRANSITION,
		.from = from,
		.to = to,
		.listener = listener};

	record.side = listener ? 0 : (uint8_t)flow_key_canonical(&record.key);
	model_take(model, &record);
}

static void take_call(struct model *model, const struct call *call, uint64_t number)
{
	struct event event = {.t_ns = call->returned_ns, .kind = EVENT_CALL, .number = number};
	struct record record = {.kind = RECORD_CALL, .t_ns = event.t_ns, .event = &event};

	event.u.call = *call;
	model_take(model, &record);
}

/* A listener on 80; a client 40000 that connects twice from the same socket pair of ports. */
static void test_calls_find_their_connection(void **state)
{
	struct model *model = model_new();
	struct flow_key client = key_of(IPPROTO_TCP, 40000, 80);
	struct call call;

	(void)state;
	assert_int_equal(model_run(model, "run", ""), 0);
	take_edge(model, 1, t0, key_of(IPPROTO_TCP, 80, 0), STATE_CLOSED, STATE_LISTEN, true);
	take_edge(model, 2, t0 + 1000000000, client, STATE_CLOSED, STATE_SYN_SENT, false);
	take_edge(model, 3, t0 + 9000000000, client, STATE_CLOSED, STATE_SYN_SENT, false);

	call = a_call(CALLED_LISTEN, 3, 100);
	call.key = key_of(IPPROTO_TCP, 80, 0);
	take_call(model, &call, 1);
	call = a_call(CALLED_SOCKET, 4, 102); /* before it has a flow */
	call.entered_ns = t0 + 900000000;
	call.returned_ns = t0 + 900001000;
	take_call(model, &call, 2);
	call = a_call(CALLED_CONNECT, 4, 102);
	call.entered_ns = t0 + 999990000;
	call.returned_ns = t0 + 1000100000;
	call.key = client;
	take_call(model, &call, 3);
	call = a_call(CALLED_ACCEPT, 3, 100);
	call.entered_ns = t0 + 500;
	call.returned_ns = t0 + 1000200000;
	call.new_fd = 5;
	call.new_inode = 101;
	call.key = key_of(IPPROTO_TCP, 80, 40000);
	take_call(model, &call, 4);
	call = a_call(CALLED_CONNECT, 4, 103); /* the second connection of these ends */
	call.entered_ns = t0 + 8999990000;
	call.returned_ns = t0 + 9000100000;
	call.key = client;
	take_call(model, &call, 5);
	call = a_call(CALLED_SOCKET, 9, 999); /* about nothing that was seen */
	take_call(model, &call, 6);
	assert_int_equal(model_finish(model), 0);

	assert_int_equal(model->call_count, 6);
	assert_int_equal(model->connection_count, 2);
	for (size_t i = 1; i < model->call_count; i++)
		assert_true(model->calls[i - 1].at_ns <= model->calls[i].at_ns);
	const struct connection *first = &model->connections[0];
	assert_int_equal(first->call_count, 3);
	const uint64_t numbers[] = {2, 3, 4};
	const bool by_client[] = {true, true, false};
	for (size_t i = 0; i < 3; i++) {
		const struct model_call *made =
			&model->calls[model->call_order[first->first_call + i]];
		assert_int_equal(made->number, numbers[i]);
		assert_int_equal(made->side == first->client, by_client[i]);
	}
	assert_int_equal(model->connections[1].call_count, 1);
	assert_int_equal(model->listeners[0].call_count, 2); /* listen and accept */
	model_free(model);
}

/* The kernel shows a socket that listens. */
static void take_listener(struct model *model, int64_t t_ns, uint64_t cookie, uint32_t inode)
{
	struct event event = {.t_ns = t_ns, .kind = EVENT_ROW};
	struct record record = {
		.kind = RECORD_SAMPLE, .t_ns = t_ns, .of_dump = true, .event = &event};

	event.u.diag.row = (struct sockrow){.key = key_of(IPPROTO_TCP, 80, 0),
		.state = STATE_LISTEN,
		.cookie = cookie,
		.inode = inode};
	record.key = event.u.diag.row.key;
	model_take(model, &record);
}

/* A server is started again. The kernel is asked about the new socket only when it has listened for
 * 40 ms: what was called on it before is still told with it, not with the socket of the old one. */
static void test_calls_find_their_listener_of_several(void **state)
{
	static const enum call_what made[] = {CALLED_SOCKET, CALLED_BIND, CALLED_LISTEN};
	struct model *model = model_new();

	(void)state;
	assert_int_equal(model_run(model, "run", ""), 0);
	take_listener(model, t0 + 2000, 1, 100);
	take_listener(model, t0 + 1040000000, 2, 200);
	for (uint64_t i = 0; i < 6; i++) {
		struct call call = a_call(made[i % 3], 3, i < 3 ? 100 : 200);

		call.entered_ns = t0 + (i < 3 ? 0 : 1000000000) + (int64_t)i * 100;
		call.returned_ns = call.entered_ns + 10;
		if (i % 3 > 0)
			call.key = key_of(IPPROTO_TCP, 80, 0);
		take_call(model, &call, i + 1);
	}
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->listener_count, 2);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(model->calls[i].listener, i / 3);
	assert_int_equal(model->listeners[1].call_count, 3);
	model_free(model);
}

/* 5 times nothing to be had, then something, then nothing twice. */
static void test_calls_in_vain_are_folded(void **state)
{
	static const int errors[] = {EAGAIN, EAGAIN, EAGAIN, EAGAIN, EAGAIN, 0, EAGAIN, EAGAIN};
	struct model *model = model_new();
	struct flow_key client = key_of(IPPROTO_TCP, 40000, 80);
	char text[128];

	(void)state;
	assert_int_equal(model_run(model, "run", ""), 0);
	take_edge(model, 1, t0, client, STATE_CLOSED, STATE_SYN_SENT, false);
	for (int i = 0; i < 8; i++) {
		struct call call = a_call(CALLED_READ, 4, 102), wait = a_call(CALLED_POLL, 4, 102);

		call.returned_ns = call.entered_ns = t0 + 1000000 * (2 * i + 1);
		wait.returned_ns = wait.entered_ns = call.entered_ns + 1000000;
		wait.key = call.key = client;
		call.asked = 9;
		call.error = errors[i];
		call.result = errors[i] != 0 ? -1 : 9;
		take_call(model, &call, (uint64_t)(2 * i + 1));
		take_call(model, &wait, (uint64_t)(2 * i + 2));
	}
	assert_int_equal(model_finish(model), 0);
	assert_int_equal(model->call_count, 16);
	assert_int_equal(model->calls[0].again, 4);
	assert_int_equal(model->calls[0].again_ns, t0 + 9000000);
	for (size_t i = 0; i < model->call_count; i++) {
		const struct model_call *call = &model->calls[i];

		assert_int_equal(call->folded, call->call.what == CALLED_READ && i > 0 && i < 10);
		assert_int_equal(call->again, i == 0 ? 4 : 0);
	}
	assert_string_equal(prose_again(9999, "12:00:01.5", text, sizeof(text)),
		", 9,999 times more until 12:00:01.5");
	assert_string_equal(prose_again(12, NULL, text, sizeof(text)), ", 12 times more");
	assert_string_equal(prose_again(0, NULL, text, sizeof(text)), "");
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_member_comes_back),
		cmocka_unit_test(test_a_call_that_never_returned_and_one_that_failed),
		cmocka_unit_test(test_ends_of_processes),
		cmocka_unit_test(test_damaged_lines_are_counted),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_calls_find_their_connection),
		cmocka_unit_test(test_calls_find_their_listener_of_several),
		cmocka_unit_test(test_calls_in_vain_are_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
