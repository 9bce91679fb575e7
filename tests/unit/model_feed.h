/* A model of a report, fed with records typed by hand: a connection of port 80 each. */
#ifndef TCPSTATE_TEST_MODEL_FEED_H
#define TCPSTATE_TEST_MODEL_FEED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/model.h"
#include "tcpstate/prose_report.h"

/* sides of the keys below: port 80 sorts first */
enum { MS = 1000000, SERVER = 0, CLIENT = 1 };

static inline struct flow_key key_of(uint16_t client_port)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.port_be = {htons(80), htons(client_port)}};

	inet_pton(AF_INET, "10.0.0.1", key.addr[SERVER]);
	inet_pton(AF_INET, "10.0.0.2", key.addr[CLIENT]);
	return key;
}

/* One report being fed: ids count up as the core's do. */
struct feed {
	struct model *model;
	uint64_t id;
};

static inline struct feed feed_new(void)
{
	struct feed feed = {model_new(), 0};

	assert_non_null(feed.model);
	assert_int_equal(model_run(feed.model, "run", ""), 0);
	return feed;
}

static inline uint64_t take(struct feed *feed, struct record record)
{
	record.id = ++feed->id;
	model_take(feed->model, &record);
	return record.id;
}

static inline uint64_t edge(struct feed *feed, uint32_t serial, int side, int64_t t_ms,
	uint8_t from, uint8_t to, uint64_t frame)
{
	return take(feed, (struct record){.kind = RECORD_TRANSITION,
				  .t_ns = t_ms * MS,
				  .frame = frame,
				  .key = key_of((uint16_t)(1000 + serial)),
				  .serial = serial,
				  .side = (uint8_t)side,
				  .from = from,
				  .to = to,
				  .cause = CAUSE_SEGMENT,
				  .evidence = EVIDENCE_WIRE,
				  .reason = {.code = REASON_SYN_RECEIVED}});
}

static inline void withdraw(struct feed *feed, uint64_t of, uint32_t serial, int64_t edge_ms,
	int64_t t_ms, uint64_t frame, uint64_t refuting, uint64_t diag)
{
	take(feed, (struct record){.kind = RECORD_CORRECTION,
			   .of = of,
			   .t_ns = t_ms * MS,
			   .edge_t_ns = edge_ms * MS,
			   .frame = frame,
			   .refuting_frame = refuting,
			   .diag_frame = diag,
			   .key = key_of((uint16_t)(1000 + serial)),
			   .serial = serial,
			   .side = SERVER,
			   .from = STATE_SYN_RECV,
			   .to = STATE_ESTABLISHED,
			   .reason = {REASON_ACCEPT_QUEUE_FULL, {2, 1, 0}}});
}

static inline void segment(struct feed *feed, uint32_t serial, int side, int64_t t_ms,
	uint8_t flags, uint32_t length, bool again)
{
	struct event event = {.t_ns = t_ms * MS,
		.kind = EVENT_SEGMENT,
		.u.segment = {.kind = SEGMENT_TCP, .flags = flags, .len = length}};

	take(feed, (struct record){.kind = RECORD_SEGMENT,
			   .t_ns = t_ms * MS,
			   .key = key_of((uint16_t)(1000 + serial)),
			   .serial = serial,
			   .side = (uint8_t)side,
			   .retransmission = again,
			   .event = &event});
}

static inline void fact(struct feed *feed, int kind, int64_t t_ms, struct fact fact)
{
	struct event event = {.t_ns = t_ms * MS, .u.fact = fact};

	event.kind = kind == RECORD_MARK    ? EVENT_MARK
		     : kind == RECORD_CHECK ? EVENT_CHECK
					    : EVENT_COUNTER;
	take(feed, (struct record){.kind = (uint8_t)kind, .t_ns = t_ms * MS, .event = &event});
}

static inline void sample(struct feed *feed, uint32_t marks, int64_t asked_ms, struct sockrow row)
{
	struct event event = {.t_ns = asked_ms * MS + 1,
		.asked_ns = asked_ms * MS,
		.number = 7,
		.kind = EVENT_ROW,
		.u.diag.row = row};

	take(feed, (struct record){.kind = RECORD_SAMPLE,
			   .t_ns = event.t_ns,
			   .key = row.key,
			   .sample_of = marks,
			   .of_dump = true,
			   .event = &event});
}

static inline void check(struct feed *feed, const char *name, const char *b, const char *n,
	const char *formula, const char *predicted, const char *measured)
{
	struct cell cells[2] = {{"b", (char *)b}, {"n", (char *)n}};
	struct check one = {.t_ns = 1,
		.name = (char *)name,
		.cells = cells,
		.cell_count = n != NULL   ? 2
			      : b != NULL ? 1
					  : 0,
		.formula = (char *)formula,
		.predicted = (char *)predicted,
		.query = "count LISTEN",
		.measured = (char *)measured,
		.problem = "",
		.match = strcmp(predicted, measured) == 0};

	fact(feed, RECORD_CHECK, 1, (struct fact){.check = &one});
}

static inline struct model *finish(struct feed *feed)
{
	struct run *run = model_current(feed->model);

	run->first_ns = 1;
	run->last_ns = 1000000 * (int64_t)MS;
	assert_int_equal(model_finish(feed->model), 0);
	return feed->model;
}

#endif
