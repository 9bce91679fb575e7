/* Events in, records out: takes each event to the part that understands it, and every record to the
 * one who listens. */
#include "tcpstate/core.h"

#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include "inside.h"

struct core *core_new(const struct core_limits *limits, struct emit emit)
{
	static const struct core_limits defaults = {.flows = 131072,
		.kernel_sides = 262144,
		.claims = 1048576,
		.listeners = 256,
		.held_rows = 65536,
		.ranges = 65536};
	struct core *core = calloc(1, sizeof(*core));

	if (core == NULL)
		return NULL;
	core->emit = emit;
	core->limits = defaults;
#define LIMIT(field)                                                                               \
	if (limits != NULL && limits->field)                                                       \
	core->limits.field = limits->field
	LIMIT(flows);
	LIMIT(kernel_sides);
	LIMIT(claims);
	LIMIT(listeners);
	LIMIT(held_rows);
	LIMIT(ranges);
#undef LIMIT
	core->held = calloc(core->limits.held_rows, sizeof(*core->held));
	core->listeners = calloc(core->limits.listeners, sizeof(*core->listeners));
	if (flows_new(core) < 0 || wishes_new(core) < 0 || core->held == NULL ||
		core->listeners == NULL) {
		core_free(core);
		return NULL;
	}
	return core;
}

void core_free(struct core *core)
{
	if (core == NULL)
		return;
	flows_free(core);
	wishes_free(core);
	free(core->held);
	free(core->listeners);
	free(core);
}

bool core_is_local(const struct core *core, uint8_t family, const uint8_t addr[16])
{
	static const uint8_t loopback6[16] = {[15] = 1};

	if (family == AF_INET ? addr[0] == 127 : memcmp(addr, loopback6, sizeof(loopback6)) == 0)
		return true;
	for (size_t i = 0; i < core->address_count; i++)
		if (core->addresses[i].family == family &&
			memcmp(core->addresses[i].addr, addr, family == AF_INET ? 4 : 16) == 0)
			return true;
	return false;
}

static void address_event(struct core *core, const struct fact *fact)
{
	size_t size = fact->family == AF_INET ? 4 : 16, at = 0;

	while (at < core->address_count &&
		!(core->addresses[at].family == fact->family &&
			memcmp(core->addresses[at].addr, fact->addr, size) == 0))
		at++;
	if (fact->gone) {
		if (at < core->address_count)
			core->addresses[at] = core->addresses[--core->address_count];
	} else if (at == core->address_count &&
		   at < sizeof(core->addresses) / sizeof(core->addresses[0])) {
		core->addresses[at].family = fact->family;
		memcpy(core->addresses[at].addr, fact->addr, sizeof(fact->addr));
		core->address_count++;
		/* its first packets may have been faster than this news */
		for (uint32_t i = 0; i < core->flow_top; i++)
			for (int side = 0; side < 2; side++)
				if (core->flows[i].serial &&
					core->flows[i].key.family == fact->family &&
					core->flows[i].kernel[side] == 0 &&
					memcmp(core->flows[i].key.addr[side], fact->addr, size) ==
						0)
					wish_segment(core, i, side, core->now_ns, true, true);
	}
}

struct record core_record(
	const struct core *core, uint32_t index, int side, enum record_kind kind, int64_t t_ns)
{
	const struct flow *flow = &core->flows[index];
	struct record record = {.kind = (uint8_t)kind,
		.t_ns = t_ns,
		.key = flow->key,
		.side = (uint8_t)side,
		.serial = core->details[index].serial[side]};

	for (int i = 0; i < 2; i++)
		if (flow->kernel[i] && core->sides[flow->kernel[i] - 1].shown)
			record.local_sides |= (uint8_t)(1u << i);
		else if (core_is_local(core, flow->key.family, flow->key.addr[i]))
			record.local_sides |= (uint8_t)(1u << i);
	if (flow->kernel[side])
		record.cookie = core->sides[flow->kernel[side] - 1].cookie;
	return record;
}

uint64_t core_emit(struct core *core, struct record *record)
{
	record->id = ++core->next_id;
	core->emit.call(core->emit.context, record);
	return record->id;
}

static void emit_fact(struct core *core, const struct event *event, enum record_kind kind)
{
	struct record record = {.kind = (uint8_t)kind,
		.t_ns = event->t_ns,
		.sample_of = core->marks,
		.event = event};

	core_emit(core, &record);
}

static void emit_sample(struct core *core, const struct event *event)
{
	struct record record = {.kind = RECORD_SAMPLE,
		.t_ns = event->t_ns,
		.diag_frame = event->number,
		.sample_of = core->marks,
		.key = event->u.diag.row.key,
		.of_dump = !event->exact,
		.cookie = event->u.diag.row.cookie,
		.event = event,
		.local_sides = 1};

	core_emit(core, &record);
}

/* UDP: not the socket asked for, but the one that would get the datagram. */
static void emit_other(struct core *core, const struct event *event)
{
	struct event shown = *event;

	shown.kind = EVENT_ROW;
	shown.u.diag.row = event->u.diag.found;
	emit_sample(core, &shown);
}

static void gap_event(struct core *core, const struct event *event)
{
	struct record record = {.kind = RECORD_FINDING,
		.t_ns = event->t_ns,
		.reason = {.code = event->u.fact.lost_of == LOST_ROWS ? REASON_DIAG_LOST
								      : REASON_CAPTURE_LOST,
			.arg = {event->u.fact.count}}};

	/* told in one sum at the end: load lasts */
	if (event->u.fact.lost_of == LOST_LOOKUPS) {
		core->lookups_shed += event->u.fact.count > 0 ? (uint64_t)event->u.fact.count : 0;
		return;
	}
	if (event->u.fact.lost_of == LOST_PACKETS)
		core->gaps++;
	core->dump_wish_ns = event->t_ns;
	core_emit(core, &record);
}

/* A full socket was freed: the cookie names it, for an aborted one has lost its remote port. Gone,
 * or handed over to a mini-socket. */
static void destroyed_event(struct core *core, const struct event *event)
{
	const struct kernel_side *side = flow_by_cookie(core, event->u.diag.row.cookie);
	const struct listener *listener =
		side == NULL ? listener_by_cookie(core, event->u.diag.row.cookie) : NULL;
	struct event destroyed = *event;

	if (side != NULL) {
		const struct flow *flow = &core->flows[side->flow];
		destroyed.u.diag.row.key = side->side ? flow_key_swap(&flow->key) : flow->key;
		/* first: to hold an answer may judge another, and evict this flow */
		wish_segment(core, side->flow, side->side, event->t_ns, true, true);
	} else if (listener != NULL) {
		destroyed.u.diag.row.key = listener->key;
	} else {
		return;
	}
	ledger_hold(core, &destroyed);
}

void core_feed(struct core *core, const struct event *event)
{
	if (event->t_ns > core->now_ns)
		core->now_ns = event->t_ns;
	ledger_deadlines(core, core->now_ns);
	switch (event->kind) {
	case EVENT_SEGMENT:
		machine_segment(core, event);
		break;
	case EVENT_ROW:
		emit_sample(core, event);
		if (event->u.diag.row.key.protocol == IPPROTO_TCP)
			ledger_hold(core, event);
		break;
	case EVENT_ABSENT:
		if (event->u.diag.row.key.protocol == IPPROTO_TCP)
			ledger_hold(core, event);
		else if (event->u.diag.other)
			emit_other(core, event);
		break;
	case EVENT_DUMP_END:
		if (core->dumps++ == 0)
			core->first_dump_ns = event->t_ns;
		listener_dump_end(
			core, event->asked_ns ? event->asked_ns : event->t_ns, event->t_ns);
		break;
	case EVENT_DESTROYED:
		destroyed_event(core, event);
		break;
	case EVENT_GAP:
		gap_event(core, event);
		break;
	case EVENT_MARK:
		core->marks++;
		emit_fact(core, event, RECORD_MARK);
		break;
	case EVENT_CHECK:
		emit_fact(core, event, RECORD_CHECK);
		break;
	case EVENT_COUNTER:
		emit_fact(core, event, RECORD_COUNTER);
		break;
	case EVENT_ADDRESS:
		address_event(core, &event->u.fact);
		break;
	case EVENT_CALL:
		emit_fact(core, event, RECORD_CALL);
		break;
	case EVENT_EXIT:
		emit_fact(core, event, RECORD_EXIT);
		break;
	case EVENT_NOTE:
	case EVENT_OWNER: /* of interest to the model only */
	case EVENT_TICK:
		break;
	}
}

/* What the recording lacks, told in one sum. */
static void emit_sum(struct core *core, uint16_t code, uint64_t count)
{
	struct record record = {.kind = RECORD_FINDING,
		.t_ns = core->now_ns,
		.reason = {.code = code, .arg = {count < INT64_MAX ? (int64_t)count : INT64_MAX}}};

	if (count > 0)
		core_emit(core, &record);
}

void core_finish(struct core *core, int64_t t_ns)
{
	if (core->finished)
		return;
	core->finished = true;
	if (t_ns > core->now_ns)
		core->now_ns = t_ns;
	ledger_deadlines(core, INT64_MAX - HOLD_NS);
	judge_missing(core);
	emit_sum(core, REASON_LOOKUPS_SHED, core->lookups_shed);
	emit_sum(core, REASON_FLOWS_EVICTED, core->evicted);
	for (uint32_t i = 0; i < core->flow_top; i++)
		if (core->flows[i].serial)
			flow_settle(core, i, core->now_ns);
}
