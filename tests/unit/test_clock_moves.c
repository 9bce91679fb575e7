/* Two recordings of the same moments by clocks that are five seconds apart: everything that one of
 * them holds moves with its clock, and by the same time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "tcpstate/core.h"
#include "tcpstate/feed.h"
#include "tcpstate/model.h"

enum { US = 1000, MS = 1000000 };
static const int64_t base_ns = 1700000000000000000, apart_ns = -5000000000;

struct recorder {
	struct feed *feed;
	int64_t off_ns;
	uint64_t number;
	bool is_server;
};

static void feed_at(struct recorder *at, int64_t t_us, struct event event)
{
	event.t_ns = base_ns + t_us * US + at->off_ns;
	event.asked_ns = event.t_ns - 10 * US;
	event.number = ++at->number;
	feed_event(at->feed, &event);
}

static struct flow_key ends(uint8_t protocol, uint16_t from, uint16_t to)
{
	struct flow_key key = {
		.family = AF_INET, .protocol = protocol, .port_be = {htons(from), htons(to)}};

	inet_pton(AF_INET, "10.1.0.2", key.addr[0]);
	inet_pton(AF_INET, "10.2.0.2", key.addr[1]);
	return key;
}

static void tcp(
	struct recorder *at, bool back, int64_t t_us, uint8_t flags, uint32_t seq, uint32_t ack)
{
	struct flow_key key = ends(IPPROTO_TCP, 22535, 12345);
	struct event event = {.kind = EVENT_SEGMENT,
		.u.segment = {.kind = SEGMENT_TCP,
			.flags = flags,
			.seq = seq,
			.ack = ack,
			.hop_limit = 64,
			.wscale = -1,
			.window = 1000}};

	/* each way takes 200 us, and its sender has it first */
	t_us += back == at->is_server ? 0 : 200;
	event.u.segment.key = back ? flow_key_swap(&key) : key;
	feed_at(at, t_us, event);
}

static void row(
	struct recorder *at, int64_t t_us, struct flow_key key, uint8_t state, uint32_t drops)
{
	feed_at(at, t_us,
		(struct event){.kind = EVENT_ROW,
			.u.diag.row = {.key = key,
				.state = state,
				.cookie = 5 + state,
				.inode = 7,
				.has_mem = true,
				.drops = drops}});
}

/* A handshake, a datagram that an ICMP error answers, drops at its socket, a mark with a dump, a
 * counter, a check; what the kernel did not take is a correction. */
static void record_all(struct model *model, const char *name, bool is_server, int64_t off_ns)
{
	struct core *core = core_new(NULL, (struct emit){model_take, model});
	struct recorder at = {.off_ns = off_ns, .is_server = is_server};
	struct flow_key udp = ends(IPPROTO_UDP, 40000, 53), bound = udp;
	static struct cell cell = {"b", "1"};
	struct check check = {.name = "check",
		.cells = &cell,
		.cell_count = 1,
		.formula = "1",
		.predicted = "1",
		.query = "count LISTEN",
		.measured = "1",
		.problem = "",
		.match = true};
	struct event address = {.kind = EVENT_ADDRESS, .u.fact.family = AF_INET};
	struct flow_key listener = {
		.family = AF_INET, .protocol = IPPROTO_TCP, .port_be = {htons(12345)}};

	at.feed = feed_new(&(struct feed_options){.core = core});
	assert_non_null(at.feed);
	assert_int_equal(model_run(model, name, ""), 0);
	memcpy(address.u.fact.addr, udp.addr[is_server], sizeof(address.u.fact.addr));
	feed_at(&at, 0, address);
	tcp(&at, false, 1000, TCP_SYN, 100, 0);
	tcp(&at, true, 1300, TCP_SYN | TCP_ACK, 300, 101);
	tcp(&at, false, 1600, TCP_ACK, 101, 301);
	memset(bound.addr[1], 0, sizeof(bound.addr[1]));
	bound.port_be[1] = 0;
	row(&at, 3000, is_server ? flow_key_swap(&udp) : udp, STATE_ESTABLISHED, 0);
	feed_at(&at, 4000,
		(struct event){.kind = EVENT_SEGMENT,
			.u.segment = {.kind = SEGMENT_UDP,
				.key = udp,
				.len = 10,
				.datagram_len = 10,
				.ip_id = 1}});
	feed_at(&at, 5000,
		(struct event){.kind = EVENT_SEGMENT,
			.u.segment = {.kind = SEGMENT_ICMP,
				.key = udp,
				.icmp_family = AF_INET,
				.icmp_type = 3,
				.icmp_code = 3,
				.datagram_len = 10,
				.quoted_id = 1}});
	row(&at, 6000, is_server ? flow_key_swap(&udp) : udp, STATE_ESTABLISHED, 4);
	feed_at(&at, 7000, (struct event){.kind = EVENT_MARK, .u.fact.text = (char *)"mark"});
	row(&at, 7100, listener, STATE_LISTEN, 0);
	feed_at(&at, 7200,
		(struct event){.kind = EVENT_COUNTER,
			.u.fact = {.text = (char *)"TcpExtListenDrops", .delta = 1}});
	check.t_ns = base_ns + 8000 * US + off_ns;
	feed_at(&at, 8000, (struct event){.kind = EVENT_CHECK, .u.fact.check = &check});
	model_current(model)->first_ns = base_ns + off_ns;
	model_current(model)->last_ns = base_ns + 9000 * US + off_ns;
	core_finish(core, base_ns + 9000 * US + off_ns);
	feed_free(at.feed);
	core_free(core);
}

/* The times that the two runs have for the same thing. */
#define MOVED(array, count, run_of, member)                                                        \
	do {                                                                                       \
		int64_t time[2] = {0, 0};                                                          \
		for (size_t i = 0; i < model->count; i++)                                          \
			time[run_of] = model->array[i] member;                                     \
		assert_int_not_equal(time[0], 0);                                                  \
		assert_int_equal(time[1] - time[0], apart_ns + by);                                \
	} while (0)

static void all_that_a_recording_holds_moves_with_its_clock(void **state)
{
	struct model *model = model_new();

	(void)state;
	assert_non_null(model);
	model_several(model);
	record_all(model, "client", false, 0);
	record_all(model, "server", true, apart_ns);
	assert_int_equal(model_finish(model), 0);
	int64_t by = model->runs[1].clock.shift_ns;

	assert_in_range(by + apart_ns + 200 * US, 0, 400 * US);
	assert_int_equal(model->path_count, 1);
	MOVED(marks, mark_count, model->marks[i].run, .t_ns);
	MOVED(counters, counter_count, model->counters[i].run, .t_ns);
	MOVED(samples, sample_count, model->samples[i].run, .t_ns);
	MOVED(samples, sample_count, model->samples[i].run, .asked_ns);
	MOVED(checks, check_count, model->check_runs[i], ->t_ns);
	MOVED(listeners, listener_count, model->listeners[i].run, .first_ns);
	MOVED(conversations, conversation_count, model->conversations[i].run, .first_ns);
	MOVED(conversations, conversation_count, model->conversations[i].run, .last_ns);
	MOVED(datagrams, datagram_count, model->conversations[model->datagrams[i].conversation].run,
		.t_ns);
	MOVED(errors, error_count, model->errors[i].run, .t_ns);
	MOVED(udp_sockets, udp_socket_count, model->udp_sockets[i].run, .first_ns);
	MOVED(losses, loss_count, model->udp_sockets[model->losses[i].socket].run, .t_ns);
	MOVED(runs, run_count, i, .first_ns);
	MOVED(runs, run_count, i, .last_ns);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_a_recording_holds_moves_with_its_clock)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
