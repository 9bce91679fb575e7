/* The model of `top`, fed with rows and records typed by hand: sockets of 127.0.0.1. */
#ifndef TCPSTATE_TEST_LIVE_BENCH_H
#define TCPSTATE_TEST_LIVE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tcpstate/live.h"

#define MS INT64_C(1000000)
static const struct live_order by_local = {.sort = LIVE_BY_LOCAL};

static inline struct flow_key key_of(uint16_t local, uint16_t remote)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.port_be = {htons(local), htons(remote)}};

	key.addr[0][0] = 127;
	key.addr[0][3] = 1;
	if (remote != 0)
		memcpy(key.addr[1], key.addr[0], 16);
	return key;
}

static inline struct sockrow row_of(
	uint16_t local, uint16_t remote, enum tcp_state state, uint64_t cookie)
{
	return (struct sockrow){
		.key = key_of(local, remote), .state = (uint8_t)state, .cookie = cookie};
}

static inline struct record edge_of(
	uint16_t local, uint16_t remote, enum tcp_state from, enum tcp_state to, int64_t t_ns)
{
	static uint64_t id;
	struct record record = {.id = ++id,
		.kind = RECORD_TRANSITION,
		.t_ns = t_ns,
		.edge_t_ns = t_ns,
		.key = key_of(local, remote),
		.from = (uint8_t)from,
		.to = (uint8_t)to,
		.local_sides = 3,
		.evidence = EVIDENCE_WIRE};

	record.side = (uint8_t)flow_key_canonical(&record.key);
	return record;
}

static inline struct live_frame frame_at(const struct live *live, int64_t t_ns)
{
	struct live_frame frame = {.t_ns = 0};

	assert_int_equal(live_frame_take(live, t_ns, &by_local, &frame), 0);
	return frame;
}

/* A process holds the socket of this inode now, or no longer. */
static inline void tell_owner(
	struct live *live, uint32_t inode, uint32_t pid, const char *program, bool gone)
{
	struct event event = {.kind = EVENT_OWNER, .u.fact.gone = gone};

	event.u.fact.owner = (struct owner){.inode = inode, .pid = pid};
	snprintf(event.u.fact.owner.program, sizeof(event.u.fact.owner.program), "%s", program);
	live_event(live, &event);
}

#endif
