/* See attempt.h. What becomes a connection after all is worked out as if its segments had come just
 * now: nothing else has touched it since, and they depend on nothing but each other. */
#include "attempt.h"

#include <netinet/in.h>
#include <string.h>

enum {
	FIRST_NUMBER = 4096, /* where there are fewer connections, memory does not matter */
	/* where nine of ten are answered it costs more than it saves: one of so many is tried */
	WINDOW = 1024,
	TRIED = 16
};

void attempts_begin(struct core *core)
{
	core->attempts = (struct arena){.item = sizeof(struct attempt), .shift = FLOWS_A_BLOCK};
}

static bool may_wait(const struct core *core)
{
	return core->next_serial >= FIRST_NUMBER && core->listener_count == 0 &&
	       flows_may_be_short(core, &core->attempts);
}

static bool is_worth_it(const struct core *core)
{
	return !core->attempts_vain || core->next_serial % TRIED == 0;
}

static void note_begun(struct core *core)
{
	if (++core->attempts_begun < WINDOW)
		return;
	core->attempts_vain = core->attempts_grown >= WINDOW / 10 * 9;
	core->attempts_begun = core->attempts_grown = 0;
}

enum { BEGINS = TCP_SYN, ANSWERS = TCP_SYN | TCP_ACK };

static bool is_plain(const struct packet *packet, uint8_t flags)
{
	const struct segment *segment = packet->segment;

	return (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == flags &&
	       segment->kind == SEGMENT_TCP && segment->len == 0 && !segment->truncated &&
	       !segment->fragment && !segment->copy && segment->interface < UINT16_MAX &&
	       packet->frame <= UINT32_MAX;
}

static bool may_begin(const struct packet *packet)
{
	const struct flow_key *key = &packet->segment->key;

	return is_plain(packet, BEGINS) && packet->segment->ack == 0 && key->family == AF_INET &&
	       (key->port_be[0] != key->port_be[1] || memcmp(key->addr[0], key->addr[1], 4) != 0);
}

/* Whoever listens wants segments when they come, unless it is content to be told later. */
static bool may_be_told_later(const struct core *core, uint32_t serial)
{
	return core->limits.brief_later != NULL &&
	       core->limits.brief_later(core->emit.context, serial);
}

static void segment_put(struct attempt *attempt, int nth, const struct segment *segment)
{
	attempt->seq[nth] = segment->seq;
	attempt->ts_val[nth] = segment->ts_val;
	attempt->window[nth] = segment->window;
	attempt->flags[nth] = segment->flags;
	attempt->wscale[nth] = segment->wscale;
	attempt->hop_limit[nth] = segment->hop_limit;
}

bool attempt_begins(const struct packet *packet, const struct event *event, uint64_t hash)
{
	struct core *core = packet->core;
	const struct segment *segment = packet->segment;
	int sender = packet->sender;

	if (!is_worth_it(core) || !may_wait(core) || !may_begin(packet))
		return false;
	uint32_t place = arena_get(core, &core->attempts);
	if (place == UINT32_MAX)
		return false;
	struct attempt *attempt = attempt_at(core, place);
	*attempt = (struct attempt){
		.port_be = {segment->key.port_be[sender], segment->key.port_be[!sender]},
		.zone = segment->key.zone,
		.gaps = core->gaps,
		.forgotten = core->evicted < UINT16_MAX ? (uint16_t)core->evicted : UINT16_MAX,
		.device = (uint16_t)segment->interface,
		.serial = ++core->next_serial,
		.frame = (uint32_t)packet->frame,
		.t_ns = packet->t_ns,
		.side = sender != 0,
		.has_ts = segment->has_ts,
		.used = true};
	memcpy(&attempt->addr[0], segment->key.addr[sender], sizeof(attempt->addr[0]));
	memcpy(&attempt->addr[1], segment->key.addr[!sender], sizeof(attempt->addr[1]));
	segment_put(attempt, 0, segment);
	flow_place(core, hash, place | ATTEMPT_BIT);
	attempt->told = !may_be_told_later(core, attempt->serial);
	if (attempt->told)
		emit_attempt(packet, event, attempt->serial);
	note_begun(core);
	return true;
}

bool attempt_is_answered(const struct packet *packet, const struct event *event, uint32_t place)
{
	struct core *core = packet->core;
	struct attempt *attempt = attempt_at(core, place);
	const struct segment *segment = packet->segment;
	int64_t after_ns = packet->t_ns - attempt->t_ns;
	uint64_t after_frames = packet->frame - attempt->frame;

	if (!is_plain(packet, ANSWERS) || packet->sender == attempt->side ||
		attempt->answer_ns != 0 || segment->ack != attempt->seq[0] + 1 ||
		segment->interface != attempt->device || after_ns <= 0 || after_ns > UINT32_MAX ||
		after_frames > UINT32_MAX ||
		(segment->has_ts && (!attempt->has_ts || segment->ts_ecr != attempt->ts_val[0])))
		return false;
	attempt->answer_ns = (uint32_t)after_ns;
	attempt->answer_frames = (uint32_t)after_frames;
	attempt->answer_has_ts = segment->has_ts;
	segment_put(attempt, 1, segment);
	if (attempt->told)
		emit_attempt(packet, event, attempt->serial);
	return true;
}

static struct flow_key key_of(const struct attempt *attempt)
{
	struct flow_key key = {.family = AF_INET,
		.protocol = IPPROTO_TCP,
		.zone = attempt->zone,
		.port_be = {attempt->port_be[0], attempt->port_be[1]}};

	memcpy(key.addr[0], &attempt->addr[0], sizeof(attempt->addr[0]));
	memcpy(key.addr[1], &attempt->addr[1], sizeof(attempt->addr[1]));
	return key;
}

/* One of its segments as it was. */
struct kept {
	struct segment segment;
	struct packet packet;
};

static void kept_fill(struct kept *kept, struct core *core, const struct attempt *attempt, int nth)
{
	struct flow_key key = key_of(attempt);
	bool answer = nth > 0, sender = attempt->side != answer;

	kept->segment = (struct segment){.kind = SEGMENT_TCP,
		.key = sender ? flow_key_swap(&key) : key,
		.flags = attempt->flags[nth],
		.seq = attempt->seq[nth],
		.ack = answer ? attempt->seq[0] + 1 : 0,
		.window = attempt->window[nth],
		.wscale = attempt->wscale[nth],
		.hop_limit = attempt->hop_limit[nth],
		.has_ts = answer ? attempt->answer_has_ts : attempt->has_ts,
		.ts_val = attempt->ts_val[nth],
		.ts_ecr = answer && attempt->answer_has_ts ? attempt->ts_val[0] : 0,
		.interface = attempt->device};
	kept->packet = (struct packet){.core = core,
		.segment = &kept->segment,
		.t_ns = attempt->t_ns + (answer ? attempt->answer_ns : 0),
		.frame = attempt->frame + (answer ? attempt->answer_frames : 0),
		.sender = sender,
		.peer = !sender};
}

static int segments_of(const struct attempt *attempt)
{
	return attempt->answer_ns != 0 ? 2 : 1;
}

/* A connection of its own, that no place of the table leads to; the attempt is over. */
static uint32_t flow_from(struct core *core, uint32_t place)
{
	struct attempt attempt = *attempt_at(core, place);
	struct flow_key key = key_of(&attempt);
	uint32_t index = flow_make(core, &key, attempt.t_ns, attempt.serial);

	attempt_at(core, place)->used = false;
	arena_put(&core->attempts, place & ~ATTEMPT_BIT);
	if (index == UINT32_MAX)
		return index;
	struct flow *flow = flow_at(core, index);
	flow->gaps = attempt.gaps;
	flow->forgotten = attempt.forgotten;
	for (int nth = 0; nth < segments_of(&attempt); nth++) {
		struct kept kept;
		struct packet *packet = &kept.packet;

		kept_fill(&kept, core, &attempt, nth);
		packet->sends = packet->receives = index;
		packet->from = packet->to = flow;
		flow->end[packet->peer].device = attempt.device;
		if (!attempt.told)
			emit_attempt(packet, NULL, attempt.serial);
		sequence_packet(packet, NULL);
	}
	return index;
}

uint32_t attempt_grows(struct core *core, uint32_t place, uint64_t hash)
{
	uint32_t index = flow_from(core, place);

	core->attempts_grown++;
	flow_replace(core, hash, place, index);
	return index;
}

void attempts_grow(struct core *core)
{
	for (uint32_t i = 0; i < core->attempts.top; i++) {
		const struct attempt *attempt = attempt_at(core, i);
		struct flow_key key = key_of(attempt);

		if (attempt->used)
			attempt_grows(core, i | ATTEMPT_BIT, flow_hash(&key, 0));
	}
}

/* That its likeness was told suffices. */
static bool is_like_others(struct core *core, struct attempt *attempt, struct alike *alike)
{
	if (alike->shape == 0 || core->kernels.top > 0)
		return false;
	for (int nth = 0; nth < segments_of(attempt) && !attempt->told; nth++) {
		struct kept kept;

		kept_fill(&kept, core, attempt, nth);
		emit_attempt(&kept.packet, NULL, attempt->serial);
	}
	attempt->told = true;
	return core->limits.alike(core->emit.context, alike);
}

void attempt_settle(struct core *core, uint32_t place)
{
	struct attempt *attempt = attempt_at(core, place);
	int count = segments_of(attempt);
	uint64_t *shape = &core->attempt_shape[attempt->side][count - 1];
	struct alike alike = {.shape = *shape,
		.key = key_of(attempt),
		.serial = attempt->serial,
		.count = (uint8_t)count,
		.t_ns = {attempt->t_ns, attempt->t_ns + attempt->answer_ns},
		.frame = {attempt->frame, attempt->frame + attempt->answer_frames}};

	alike.local_sides = core_local_ends(core, &alike.key);
	if (is_like_others(core, attempt, &alike)) {
		attempt->used = false;
		return;
	}
	uint32_t index = flow_from(core, place);
	if (index == UINT32_MAX)
		return;
	if (*shape == 0 && alike_of(core, index, &alike))
		*shape = alike.shape; /* of all of them */
	flow_settle(core, index, core->now_ns);
	flow_drop(core, index);
}
