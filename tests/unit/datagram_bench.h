/* A model of datagrams: events fed to a core as a capture and the kernel would give them. A is
 * 127.0.0.1:40000, B 127.0.0.2:53: both this namespace's own. */
#ifndef TCPSTATE_TEST_DATAGRAM_BENCH_H
#define TCPSTATE_TEST_DATAGRAM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/feed.h"
#include "tcpstate/model.h"

enum { MS = 1000000, A_PORT = 40000, B_PORT = 53 };

struct bench {
	struct core *core;
	struct feed *feed;
	struct model *model;
	uint64_t frame, diag;
};

static inline struct bench bench_new(void)
{
	struct bench bench = {.model = model_new()};

	assert_non_null(bench.model);
	bench.core = core_new(
		&(struct core_limits){.flows = 64}, (struct emit){model_take, bench.model});
	bench.feed = feed_new(&(struct feed_options){.core = bench.core});
	assert_non_null(bench.feed);
	assert_int_equal(model_run(bench.model, "run", ""), 0);
	return bench;
}

static inline struct flow_key a_to_b(void)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_UDP,
		.port_be = {htons(A_PORT), htons(B_PORT)}};

	inet_pton(AF_INET, "127.0.0.1", key.addr[0]);
	inet_pton(AF_INET, "127.0.0.2", key.addr[1]);
	return key;
}

static inline struct segment datagram(bool from_b, uint32_t bytes, uint16_t id)
{
	struct flow_key key = a_to_b();

	return (struct segment){.kind = SEGMENT_UDP,
		.key = from_b ? flow_key_swap(&key) : key,
		.len = bytes,
		.datagram_len = bytes,
		.ip_id = id,
		.checksum = (uint16_t)(bytes * 7 + 1),
		.hop_limit = 64};
}

static inline struct segment icmp(uint8_t type, uint8_t code, uint32_t bytes, uint16_t id)
{
	return (struct segment){.kind = SEGMENT_ICMP,
		.key = a_to_b(),
		.icmp_family = AF_INET,
		.icmp_type = type,
		.icmp_code = code,
		.datagram_len = bytes,
		.quoted_id = id,
		.checksum = (uint16_t)(bytes * 7 + 1),
		.icmp_from = {127, 0, 0, 2}};
}

static inline uint64_t feed(struct bench *bench, int64_t t_ms, struct segment segment)
{
	struct event event = {.t_ns = t_ms * MS,
		.kind = EVENT_SEGMENT,
		.number = ++bench->frame,
		.u.segment = segment};

	feed_event(bench->feed, &event);
	return bench->frame;
}

/* A dump shows this socket. */
static inline uint64_t shown(struct bench *bench, int64_t t_ms, struct sockrow row)
{
	struct event event = {.t_ns = t_ms * MS,
		.asked_ns = t_ms * MS,
		.kind = EVENT_ROW,
		.number = ++bench->diag,
		.u.diag.row = row};

	feed_event(bench->feed, &event);
	return bench->diag;
}

/* A's socket as a dump shows it. */
static inline uint64_t row(
	struct bench *bench, int64_t t_ms, uint64_t cookie, bool connected, uint32_t drops)
{
	struct sockrow row = {.key = a_to_b(),
		.state = connected ? STATE_ESTABLISHED : STATE_CLOSED,
		.cookie = cookie,
		.has_mem = true,
		.drops = drops};

	if (!connected) {
		/* bound to the wildcard */
		memset(row.key.addr, 0, sizeof(row.key.addr));
		row.key.port_be[1] = 0;
	}
	return shown(bench, t_ms, row);
}

static inline const struct model *finish(struct bench *bench)
{
	core_finish(bench->core, 100000 * (int64_t)MS);
	assert_int_equal(model_finish(bench->model), 0);
	return bench->model;
}

static inline void bench_free(struct bench *bench)
{
	feed_free(bench->feed);
	core_free(bench->core);
	model_free(bench->model);
}

#endif
