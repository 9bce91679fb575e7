/* See attempt.h. What becomes a connection after all is worked out as if its SYN had come just now:
 * nothing else has touched it since, and a SYN depends on nothing but itself. */
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

static bool is_plain(const struct packet *packet)
{
	const struct segment *segment = packet->segment;
	const struct flow_key *key = &segment->key;

	return (segment->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN &&
	       segment->kind == SEGMENT_TCP && segment->len == 0 && segment->ack == 0 &&
	       key->family == AF_INET && !segment->truncated && !segment->fragment &&
	       !segment->copy && segment->interface < UINT16_MAX && packet->frame <= UINT32_MAX &&
	       (key->port_be[0] != key->port_be[1] || memcmp(key->addr[0], key->addr[1], 4) != 0);
}

bool attempt_begins(const struct packet *packet, const struct event *event, uint64_t hash)
{
	struct core *core = packet->core;
	const struct segment *segment = packet->segment;
	int sender = packet->sender;

	if (!is_worth_it(core) || !may_wait(core) || !is_plain(packet))
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
		.window = segment->window,
		.device = (uint16_t)segment->interface,
		.flags = segment->flags,
		.wscale = segment->wscale,
		.serial = ++core->next_serial,
		.frame = (uint32_t)packet->frame,
		.seq = segment->seq,
		.ts_val = segment->ts_val,
		.t_ns = packet->t_ns,
		.side = (uint8_t)sender,
		.has_ts = segment->has_ts,
		.used = true};
	memcpy(&attempt->addr[0], segment->key.addr[sender], sizeof(attempt->addr[0]));
	memcpy(&attempt->addr[1], segment->key.addr[!sender], sizeof(attempt->addr[1]));
	flow_place(core, hash, place | ATTEMPT_BIT);
	emit_attempt(packet, event, attempt->serial);
	note_begun(core);
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
	struct segment segment = {.kind = SEGMENT_TCP,
		.key = attempt.side != 0 ? flow_key_swap(&key) : key,
		.flags = attempt.flags,
		.seq = attempt.seq,
		.window = attempt.window,
		.wscale = attempt.wscale,
		.has_ts = attempt.has_ts,
		.ts_val = attempt.ts_val,
		.interface = attempt.device};
	struct packet packet = {.core = core,
		.segment = &segment,
		.t_ns = attempt.t_ns,
		.frame = attempt.frame,
		.sends = index,
		.receives = index,
		.from = flow,
		.to = flow,
		.sender = attempt.side,
		.peer = !attempt.side};

	flow->gaps = attempt.gaps;
	flow->forgotten = attempt.forgotten;
	flow->end[packet.peer].device = attempt.device;
	sequence_untold(&packet);
	return index;
}

uint32_t attempt_grows(struct core *core, uint32_t place, uint64_t hash)
{
	uint32_t index = flow_from(core, place);

	core->attempts_grown++;
	flow_replace(core, hash, place, index);
	return index;
}

void attempt_settle(struct core *core, uint32_t place)
{
	const struct attempt *attempt = attempt_at(core, place);
	int side = attempt->side;
	struct alike alike = {.shape = core->attempt_shape[side],
		.key = key_of(attempt),
		.serial = attempt->serial,
		.count = 1,
		.t_ns = {attempt->t_ns},
		.frame = {attempt->frame}};

	alike.local_sides = core_local_ends(core, &alike.key);
	if (alike.shape != 0 && core->address_count == 0 && core->kernels.top == 0 &&
		core->limits.alike(core->emit.context, &alike)) {
		attempt_at(core, place)->used = false;
		return;
	}
	uint32_t index = flow_from(core, place);
	if (index == UINT32_MAX)
		return;
	if (alike.shape == 0 && alike_of(core, index, &alike))
		core->attempt_shape[side] = alike.shape; /* of all of them */
	flow_settle(core, index, core->now_ns);
	flow_drop(core, index);
}
