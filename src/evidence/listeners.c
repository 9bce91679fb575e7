/* The LISTEN sockets: which there are, and how full their accept queues were. Dumps show them at
 * negligible cost; that one is gone is proven by an exact look-up that would have found it, by its
 * DESTROY notice, or by another in its place. */
#include <string.h>
#include <sys/socket.h>

#include "engine.h"

/* an answer may be lost, a look-up left out under load */
static const int64_t ASK_AGAIN_NS = 1000 * (int64_t)MS;

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

static bool listener_takes(const struct listener *listener, const struct flow_key *key, int end)
{
	const struct flow_key *own = &listener->key;

	if (own->port_be[0] != key->port_be[end] || own->protocol != key->protocol)
		return false;
	if (is_zero(own->addr[0], sizeof(own->addr[0])))
		return own->family == key->family || (own->family == AF_INET6 && !listener->v6only);
	return own->family == key->family &&
	       memcmp(own->addr[0], key->addr[end], sizeof(own->addr[0])) == 0;
}

struct listener *listener_of(struct core *core, const struct flow_key *key, int end)
{
	struct listener *best = NULL;

	for (size_t i = 0; i < core->listener_count; i++) {
		struct listener *listener = &core->listeners[i];
		if (!listener_takes(listener, key, end))
			continue;
		if (best == NULL ||
			(listener->state == STATE_LISTEN && best->state != STATE_LISTEN) ||
			(listener->state == best->state && listener->seen_ns > best->seen_ns))
			best = listener;
	}
	return best;
}

struct listener *listener_at(struct core *core, const struct flow_key *key, int end, int64_t t_ns)
{
	struct listener *best = NULL;

	for (size_t i = 0; i < core->listener_count; i++) {
		struct listener *listener = &core->listeners[i];
		if (listener_takes(listener, key, end) && listener->first_ns <= t_ns &&
			(listener->state == STATE_LISTEN || listener->closed_ns >= t_ns) &&
			(best == NULL || listener->first_ns > best->first_ns))
			best = listener;
	}
	return best != NULL ? best : listener_of(core, key, end);
}

static void listener_emit(struct core *core, const struct listener *listener, uint8_t from,
	enum reason_code reason, int64_t t_ns, int64_t not_before_ns, uint64_t diag_frame,
	int64_t backlog)
{
	struct record record = {.kind = RECORD_TRANSITION,
		.t_ns = t_ns,
		.edge_t_ns = t_ns,
		.not_before_ns = not_before_ns,
		.diag_frame = diag_frame,
		.key = listener->key,
		.listener = true,
		.local_sides = 1,
		.from = from,
		.to = listener->state,
		.cause = reason_cause(reason),
		.evidence = EVIDENCE_KERNEL,
		.reason = {.code = (uint16_t)reason, .arg = {backlog}},
		.cookie = listener->cookie};

	core_emit(core, &record);
}

static void reading_add(struct listener *listener, const struct held *held)
{
	struct listener_reading *last =
		listener->reading_count ? &listener->readings[listener->reading_count - 1] : NULL;

	if (listener->reading_count > 1 && last->queue == held->answer.recv_q &&
		last->backlog == held->send_q && last[-1].queue == last->queue &&
		/* of equal readings keep the first and the newest */
		last[-1].backlog == last->backlog) {
		last->t_ns = held->answer.answered_ns;
		last->record = held->answer.number;
		return;
	}
	if (listener->reading_count == LISTENER_READINGS)
		memmove(listener->readings, listener->readings + 1,
			--listener->reading_count * sizeof(listener->readings[0]));
	listener->readings[listener->reading_count++] =
		(struct listener_reading){.t_ns = held->answer.answered_ns,
			.queue = held->answer.recv_q,
			.backlog = held->send_q,
			.record = held->answer.number};
}

/* When the newest dump that had ended before this answer was asked for; 0: there was none. By the
 * time an answer is judged, later dumps have ended too. */
static int64_t dump_before(const struct core *core, int64_t t_ns)
{
	for (size_t i = 0; i < DUMPS_KEPT; i++)
		if (core->dumps_ended[i].ended_ns < t_ns)
			return core->dumps_ended[i].asked_ns;
	return 0;
}

void listener_answers(struct core *core, uint32_t index, int side)
{
	const struct flow_key key = flow_key_of(core, index);
	const struct flow *flow = flow_at(core, index);
	const struct symbol *ring = ring_of(core, flow);
	struct flow_key own = {.family = key.family, .protocol = key.protocol, .zone = key.zone};
	int64_t syn_ns = 0;

	if (!core_is_local(core, key.family, key.addr[side]))
		return;
	const struct listener *known = listener_of(core, &key, side);
	if (known != NULL && known->state == STATE_LISTEN)
		return;
	memcpy(own.addr[0], key.addr[side], sizeof(own.addr[0]));
	own.port_be[0] = key.port_be[side];
	for (int i = flow->count - 1; i >= 0 && syn_ns == 0; i--)
		if (ring[i].side != side && (ring[i].got & 1u << GOT_SYN))
			syn_ns = ring[i].t_ns;
	for (size_t i = 0; i < ANSWERED_KEPT; i++) { /* the first one counts */
		if (core->answered[i].t_ns == 0 || !flow_key_equal(&core->answered[i].key, &own))
			continue;
		if (known == NULL || core->answered[i].t_ns > known->closed_ns)
			return;
		core->answered[i].t_ns = 0;
	}
	core->answered[core->answered_next].key = own;
	core->answered[core->answered_next].t_ns = syn_ns;
	core->answered_next = (core->answered_next + 1) % ANSWERED_KEPT;
}

/* When the first SYN came that it took, and not one that was there before or beside it; INT64_MAX:
 * none is known. */
static int64_t first_answered(const struct core *core, const struct listener *listener)
{
	int64_t first_ns = INT64_MAX, others_ns = 0;

	for (size_t i = 0; i < core->listener_count; i++) {
		const struct listener *at = &core->listeners[i];
		int64_t last_ns = at->state == STATE_CLOSED ? at->closed_ns : at->seen_ns;
		if (at != listener && last_ns > others_ns && listener_takes(at, &listener->key, 0))
			others_ns = last_ns;
	}
	for (size_t i = 0; i < ANSWERED_KEPT; i++)
		if (core->answered[i].t_ns > others_ns && core->answered[i].t_ns < first_ns &&
			listener_takes(listener, &core->answered[i].key, 0))
			first_ns = core->answered[i].t_ns;
	return first_ns;
}

/* Seen for the first time. */
static void listener_opens(struct core *core, struct listener *listener, const struct held *held)
{
	int64_t unseen_ns = dump_before(core, held->answer.answered_ns);
	struct span when = {unseen_ns, held->answer.answered_ns};
	bool called = heard_listening(
		core, held->answer.cookie, listener->closed_ns, when.until_ns, &when);
	/* nobody had looked before */
	bool was_there = !called && (held->answer.first_dump || unseen_ns == 0);

	int64_t answered_ns = called ? INT64_MAX : first_answered(core, listener);
	if (answered_ns < when.until_ns) { /* what answers exists */
		when = (struct span){dump_before(core, answered_ns), answered_ns};
		listener->first_ns = answered_ns;
	}
	listener->state = STATE_LISTEN;
	if (called && when.from_ns < listener->first_ns)
		listener->first_ns = when.from_ns;
	listener_emit(core, listener, was_there ? STATE_UNKNOWN : STATE_CLOSED,
		REASON_LISTEN_CALLED, when.until_ns, was_there ? 0 : when.from_ns,
		held->answer.number, held->send_q);
}

void listener_row(struct core *core, const struct held *held)
{
	struct listener *listener = NULL, *spare = NULL;

	for (size_t i = 0; i < core->listener_count && listener == NULL; i++) {
		struct listener *at = &core->listeners[i];
		if (flow_key_equal(&at->key, &held->key) && at->cookie == held->answer.cookie)
			listener = at;
		else if (at->state == STATE_CLOSED &&
			 (spare == NULL || at->seen_ns < spare->seen_ns))
			spare = at;
	}
	if (listener == NULL) {
		if (core->listener_count < core->limits.listeners)
			listener = &core->listeners[core->listener_count++];
		else if (spare != NULL)
			listener = spare;
		else
			return;
		*listener = (struct listener){.key = held->key,
			.cookie = held->answer.cookie,
			.state = STATE_CLOSED,
			.first_ns = held->answer.answered_ns,
			.first_record = held->answer.number};
	}
	listener->v6only = held->v6only;
	if (listener->state == STATE_CLOSED)
		listener_opens(core, listener, held);
	if (held->inode && held->inode != listener->inode) {
		listener->inode = held->inode;
		core->owner_wish_ns = held->answer.answered_ns;
	}
	listener->device = (uint16_t)held->interface != held->key.zone ? held->interface : 0;
	listener->seen_ns = held->answer.answered_ns;
	if (held->answer.asked_ns > listener->asked_ns)
		listener->asked_ns = held->answer.asked_ns;
	if (!held->exact)
		listener->dumped_ns = held->answer.answered_ns;
	listener->wished_ns = 0;
	reading_add(listener, held);
}

static void listener_close(
	struct core *core, struct listener *listener, int64_t t_ns, uint64_t record)
{
	struct span when = {listener->asked_ns, t_ns};

	heard_closing(core, listener->cookie, listener->asked_ns, t_ns, &when);
	listener->state = STATE_CLOSED;
	listener->closed_ns = when.until_ns;
	listener_emit(core, listener, STATE_LISTEN, REASON_CLOSED_OR_ENDED, when.until_ns,
		when.from_ns, record, 0);
}

void listener_absent(struct core *core, const struct flow_key *key, uint32_t device,
	int64_t asked_ns, int64_t t_ns, uint64_t record)
{
	for (size_t i = 0; i < core->listener_count; i++) {
		struct listener *listener = &core->listeners[i];
		if (listener->state != STATE_LISTEN || listener->seen_ns > asked_ns ||
			(listener->device && listener->device != device) ||
			!listener_takes(listener, key, 0))
			continue;
		listener_close(core, listener, t_ns, record);
	}
}

struct listener *listener_by_cookie(struct core *core, uint64_t cookie)
{
	for (size_t i = 0; i < core->listener_count; i++)
		if (core->listeners[i].cookie == cookie && core->listeners[i].state == STATE_LISTEN)
			return &core->listeners[i];
	return NULL;
}

void listener_destroyed(struct core *core, uint64_t cookie, int64_t t_ns, uint64_t record)
{
	struct listener *listener = listener_by_cookie(core, cookie);

	if (listener != NULL)
		listener_close(core, listener, t_ns, record);
}

/* Two sockets may share an end (SO_REUSEPORT), or one took the other's place: a dump that shows one
 * and not the other tells. */
static const struct listener *listener_rival(
	const struct core *core, const struct listener *listener, int64_t asked_ns)
{
	const struct listener *rival = NULL;

	for (size_t i = 0; i < core->listener_count; i++) {
		const struct listener *at = &core->listeners[i];
		if (at != listener && at->dumped_ns >= asked_ns &&
			at->first_ns > listener->seen_ns &&
			flow_key_equal(&at->key, &listener->key) &&
			(rival == NULL || at->first_ns < rival->first_ns))
			rival = at;
	}
	return rival;
}

static bool listener_is_held(
	const struct core *core, const struct listener *listener, int64_t asked_ns)
{
	for (size_t i = core->held_at; i < core->held_count; i++)
		if (core->held[i].answer.state == STATE_LISTEN &&
			core->held[i].answer.cookie == listener->cookie &&
			core->held[i].answer.answered_ns >= asked_ns)
			return true;
	return false;
}

/* A dump that misses a listener proves nothing, unless it shows another in its place; it makes us
 * ask for it. */
void listener_dump_end(struct core *core, int64_t asked_ns, int64_t t_ns)
{
	for (size_t i = 0; i < core->listener_count; i++) {
		struct listener *listener = &core->listeners[i];
		if (listener->state != STATE_LISTEN || listener->seen_ns >= asked_ns ||
			listener_is_held(core, listener, asked_ns))
			continue;
		const struct listener *rival =
			core->settled_dump_ns && core->settled_dump_end_ns + HOLD_NS <= t_ns &&
					listener->seen_ns < core->settled_dump_ns
				? listener_rival(core, listener, core->settled_dump_ns)
				: NULL;
		if (rival != NULL) {
			listener_close(core, listener, rival->first_ns - 1, rival->first_record);
			continue;
		}
		if (core->listener_wish_count == LISTENER_WISHES ||
			(listener->wished_ns && t_ns - listener->wished_ns < ASK_AGAIN_NS))
			continue;
		listener->wished_ns = t_ns;
		core->listener_wishes[core->listener_wish_count].key = listener->key;
		if (listener->device)
			core->listener_wishes[core->listener_wish_count].key.zone =
				(uint16_t)listener->device;
		core->listener_wishes[core->listener_wish_count++].due_ns = t_ns;
	}
	memmove(core->dumps_ended + 1, core->dumps_ended,
		(DUMPS_KEPT - 1) * sizeof(core->dumps_ended[0]));
	core->dumps_ended[0].asked_ns = core->settled_dump_ns = asked_ns;
	core->dumps_ended[0].ended_ns = t_ns;
	core->settled_dump_end_ns = t_ns;
}

/* The newest reading before t_ns and the first after it; NULL: none. */
static void readings_around(const struct listener *listener, int64_t t_ns,
	const struct listener_reading **before, const struct listener_reading **after)
{
	*before = *after = NULL;
	for (size_t i = 0; listener != NULL && i < listener->reading_count; i++) {
		const struct listener_reading *reading = &listener->readings[i];
		if (reading->t_ns <= t_ns)
			*before = reading;
		else if (*after == NULL)
			*after = reading;
	}
}

static bool is_full(const struct listener_reading *reading)
{
	return reading != NULL && reading->queue > reading->backlog;
}

bool listener_was_full(struct core *core, const struct flow_key *key, int end, int64_t t_ns)
{
	const struct listener_reading *before, *after;

	readings_around(listener_at(core, key, end, t_ns), t_ns, &before, &after);
	return is_full(before) && (after == NULL || is_full(after));
}

bool listener_full(
	struct core *core, const struct flow_key *key, int end, int64_t t_ns, int64_t arg[2])
{
	const struct listener_reading *before, *after, *speaks = NULL;

	readings_around(listener_at(core, key, end, t_ns), t_ns, &before, &after);
	/* full before it and not emptied by the next reading, or full right after it */
	if (is_full(before) && (after == NULL || is_full(after)))
		speaks = before;
	else if (is_full(after) && (before != NULL || after->t_ns - t_ns < NEAR_NS))
		speaks = after;
	if (speaks == NULL)
		return false;
	arg[0] = speaks->queue;
	arg[1] = speaks->backlog;
	return true;
}
