/* Events in: takes each to the part that understands it. */
#include "tcpstate/core.h"

#include <stdlib.h>
#include <string.h>
#include <netinet/in.h>

#include "attempt.h"
#include "packed.h"

struct core *core_new(const struct core_limits *limits, struct emit emit)
{
	static const struct core_limits defaults = {
		.flows = UINT32_MAX - 1, .memory = (size_t)1 << 30, .listeners = 256};
	struct core *core = calloc(1, sizeof(*core));

	if (core == NULL)
		return NULL;
	core->emit = emit;
	core->defer_drops = -1;
	core->limits = defaults;
#define LIMIT(field)                                                                               \
	if (limits != NULL && limits->field)                                                       \
	core->limits.field = limits->field
	LIMIT(flows);
	LIMIT(memory);
	LIMIT(listeners);
#undef LIMIT
	if (limits != NULL && limits->at_settle) {
		core->limits.at_settle = true;
		core->limits.brief = limits->brief;
		core->limits.brief_later = limits->brief_later;
		core->limits.alike = limits->alike;
	}
	core->listeners = calloc(core->limits.listeners, sizeof(*core->listeners));
	core->path = calloc(2, sizeof(*core->path)); /* of both ends */
	core->solver = solver_new();
	rules_prepare();
	attempts_begin(core);
	packed_begin(core);
	if (flows_new(core) < 0 || wishes_new(core) < 0 || core->listeners == NULL ||
		core->path == NULL || core->solver == NULL) {
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
	heard_ends_free(core);
	free(core->held);
	free(core->listeners);
	free(core->path);
	free(core->solver);
	free(core->losses.item);
	free(core);
}

static void address_news(struct core *core, uint32_t index, int side, const struct fact *fact)
{
	const struct flow *flow = flow_at(core, index);

	if (!(flow->flags & FLOW_USED) || flow->end[side].kernel != 0)
		return;
	struct flow_key key = flow_key_of(core, index);
	if (key.family == fact->family &&
		memcmp(key.addr[side], fact->addr, fact->family == AF_INET ? 4 : 16) == 0)
		wish_segment(core, index, side, core->now_ns, true, true);
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
		if (core->address_count == 0)
			attempts_grow(core);
		core->addresses[at].family = fact->family;
		memcpy(core->addresses[at].addr, fact->addr, sizeof(fact->addr));
		core->address_count++;
		/* its first packets may have been faster than this news */
		for (uint32_t i = 0; i < core->flows.top; i++)
			for (int side = 0; side < 2; side++)
				address_news(core, i, side, fact);
	}
}

static void emit_fact(struct core *core, const struct event *event, enum record_kind kind)
{
	struct record record = {.kind = (uint8_t)kind,
		.t_ns = event->t_ns,
		.sample_of = core->marks,
		.event = event};

	core_emit(core, &record);
}

/* Which connection is a row about, for those who have seen its segments? */
static void sample_about(struct core *core, struct record *record)
{
	struct flow_key key = record->key;

	if (!core->limits.at_settle || key.protocol != IPPROTO_TCP || key.port_be[1] == 0)
		return;
	flow_key_canonical(&key);
	uint32_t index = sequence_find(core, &key, 0, flow_hash(&key, 0));
	if (index == UINT32_MAX)
		return;
	const struct flow *flow = flow_at(core, index);
	record->reused = flow->previous != 0 || (flow->flags & FLOW_RENEWED);
	while (flow->previous != 0 && !((flow->end[0].flags | flow->end[1].flags) & END_USED))
		flow = flow_at(core, flow->previous - 1);
	record->about = flow->serial;
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

	sample_about(core, &record);
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

	if (event->u.fact.lost_of == LOST_PROCESSES) /* none of a connection's evidence */
		return;
	/* told in one sum at the end: load lasts */
	if (event->u.fact.lost_of == LOST_LOOKUPS) {
		core->lookups_shed += event->u.fact.count > 0 ? (uint64_t)event->u.fact.count : 0;
		return;
	}
	if (event->u.fact.lost_of == LOST_PACKETS)
		core_gap(core);
	if (event->u.fact.lost_of == LOST_PACKETS &&
		event->u.fact.count == 0) /* where a loss ends */
		return;
	if (event->u.fact.lost_of == LOST_PACKETS)
		loss_add(core, event->t_ns);
	core->dump_wish_ns = event->t_ns;
	core_emit(core, &record);
}

/* A full socket was freed: the cookie names it, for an aborted one has lost its remote port. Gone,
 * or handed over to a mini-socket. */
static void destroyed_event(struct core *core, const struct event *event)
{
	uint64_t cookie = event->u.diag.row.cookie;
	const struct kernel *kernel = kernel_by_cookie(core, cookie);
	const struct listener *listener = kernel == NULL ? listener_by_cookie(core, cookie) : NULL;
	struct event destroyed = *event;

	if (kernel != NULL) {
		struct flow_key key = flow_key_of(core, kernel->flow);
		destroyed.u.diag.row.key = kernel->side != 0 ? flow_key_swap(&key) : key;
		wish_segment(core, kernel->flow, kernel->side, event->t_ns, true, true);
	} else if (listener != NULL) {
		destroyed.u.diag.row.key = listener->key;
	} else {
		return;
	}
	answer_hold(core, &destroyed);
}

void core_feed(struct core *core, const struct event *event)
{
	if (event->t_ns > core->now_ns)
		core->now_ns = event->t_ns;
	if (core->began_ns == 0)
		core->began_ns = event->t_ns;
	if (core->held_count > 0)
		answers_due(core, core->now_ns);
	flow_sweep(core);
	switch (event->kind) {
	case EVENT_SEGMENT:
		sequence_event(core, event);
		break;
	case EVENT_ROW:
		emit_sample(core, event);
		if (event->u.diag.row.key.protocol == IPPROTO_TCP)
			answer_hold(core, event);
		break;
	case EVENT_ABSENT:
		if (event->u.diag.row.key.protocol == IPPROTO_TCP)
			answer_hold(core, event);
		else if (event->u.diag.other)
			emit_other(core, event);
		break;
	case EVENT_DUMP_END:
		if (core->dumps++ == 0)
			core->first_dump_ns =
				event->t_ns + (event->one_request ? NEXT_REQUEST_NS : 0);
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
		if (strcmp(event->u.fact.text, "TcpExtTCPDeferAcceptDrop") == 0)
			core->defer_drops = event->u.fact.count;
		emit_fact(core, event, RECORD_COUNTER);
		break;
	case EVENT_ADDRESS:
		address_event(core, &event->u.fact);
		break;
	case EVENT_CALL:
		heard_call(core, &event->u.call);
		heard_end_call(core, &event->u.call);
		emit_fact(core, event, RECORD_CALL);
		break;
	case EVENT_EXIT:
		heard_exit(core, event->u.exit.pid, event->t_ns);
		heard_end_exit(core, event->u.exit.pid, event->t_ns);
		emit_fact(core, event, RECORD_EXIT);
		break;
	case EVENT_NOTE:
	case EVENT_SYSCTL:
	case EVENT_ZOMBIES:
	case EVENT_STOPPED:
	case EVENT_WAITS:
	case EVENT_DOING:
	case EVENT_OUTPUT:
	case EVENT_OWNER: /* of interest to the model only */
	case EVENT_TICK:
		break;
	}
}

uint64_t core_forgotten(const struct core *core)
{
	return core->evicted;
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

/* What the kernel's answers tell of listeners helps where it was not asked in time. */
static void listeners_learn(struct core *core)
{
	if (!core->limits.at_settle || core->listener_count == 0)
		return;
	for (uint32_t i = 0; i < core->kernels.top; i++) {
		const struct kernel *kernel = arena_at(&core->kernels, i);
		if (!kernel->used || kernel->count == 0 ||
			!(flow_at(core, kernel->flow)->end[kernel->side].flags & END_PASSIVE))
			continue;
		solve_path(core, kernel->flow, kernel->side, core->path);
		listener_learns(core, kernel->flow, kernel->side, core->path);
	}
}

/* In the order of their numbers: attempts are among them, and who came later may have the place of
 * one that was packed. */
static void settle_all(struct core *core)
{
	uint32_t *places = core->attempts.top > 0 || core->packed.top > 0
				   ? calloc((size_t)core->next_serial + 1, sizeof(*places))
				   : NULL;

	for (uint32_t i = 0; places != NULL && i < core->flows.top; i++)
		if (flow_at(core, i)->flags & FLOW_USED)
			places[flow_at(core, i)->serial] = i + 1;
	for (uint32_t i = 0; places != NULL && i < core->attempts.top; i++)
		if (attempt_at(core, i)->used)
			places[attempt_at(core, i)->serial] = (i | ATTEMPT_BIT) + 1;
	for (uint32_t serial = 0; places != NULL && serial <= core->next_serial; serial++) {
		uint32_t place = places[serial];

		if (place != 0 && attempt_is(place - 1))
			attempt_settle(core, place - 1);
		else if (place != 0)
			flow_settle(core, place - 1, core->now_ns);
	}
	free(places);
	/* in that of their places, where there are none, or no memory */
	for (uint32_t i = 0; i < core->attempts.top; i++)
		if (attempt_at(core, i)->used)
			attempt_settle(core, i | ATTEMPT_BIT);
	for (uint32_t i = 0; i < core->flows.top; i++)
		if (flow_at(core, i)->flags & FLOW_USED)
			flow_settle(core, i, core->now_ns);
}

void core_finish(struct core *core, int64_t t_ns)
{
	if (core->finished)
		return;
	core->finished = true;
	if (t_ns > core->now_ns)
		core->now_ns = t_ns;
	answers_due(core, INT64_MAX - HOLD_NS);
	emit_sum(core, REASON_LOOKUPS_SHED, core->lookups_shed);
	emit_sum(core, REASON_FLOWS_EVICTED, core->evicted);
	listeners_learn(core);
	settle_all(core);
}
