/* Findings: what an engineer would point at after reading the whole timeline. They are derived from
 * the records alone, as they go out. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/inside.h"

struct stall { /* of one end's sending, and of its reading */
	/* since its oldest unacknowledged segment was first sent again; longest so far */
	int64_t again_ns, again_longest_ns;
	/* it was acknowledged; 0 not. Sent again all the same: the acknowledgement was not taken */
	int64_t acked_ns;
	/* since it advertised a window of 0; 0: it does not */
	int64_t zero_ns, zero_longest_ns;
	uint32_t again_seq;
	uint16_t again, again_most; /* times that segment was sent again; at most so far */
};

struct watched { /* one connection, by its serial number */
	uint32_t serial;
	struct flow_key key;
	int64_t close_wait_ns[2]; /* since when; 0 not */
	int64_t closed_ns;        /* an end was closed */
	uint32_t syn_acks_again;
	/* of the opener: SYNs since the last answer; those before it that a later one made up for
	 */
	uint16_t syns, syns_dropped;
	uint8_t state[2], local, syn_side;
	/* the end has spoken since it is in CLOSE_WAIT, or the kernel shows it there */
	bool took_fin[2];
	bool cookie;
	struct stall stall[2];
};

struct refused_by {
	struct flow_key key;
	int server;
	int64_t queue, backlog, count;
};
/* SYN-ACKs sent again, by server */
struct repeated_by {
	struct flow_key key;
	int server;
	int64_t count, connections;
};

struct stalled {
	struct flow_key key;
	int receiver;
	bool server;
	int64_t times, longest_ms, connections;
};

/* a UDP port that nobody had bound */
struct unreachable {
	uint16_t port_be;
	int64_t count;
};

struct findings {
	struct watched *watched;
	size_t size;
	struct refused_by full[64];
	size_t full_count;
	struct repeated_by repeats[64];
	size_t repeat_count;
	struct stalled stalled[64];
	size_t stalled_count;
	int64_t connections_refused, connections_unreachable, unanswered, unanswered_connections;
	struct unreachable unreachable[64];
	size_t unreachable_count;
};

enum { HELD_LONG_MS = 1000, SAID_MAX = 256, AGAIN_OFTEN = 3 };

int findings_new(struct core *core)
{
	core->findings = calloc(1, sizeof(*core->findings));
	if (core->findings == NULL)
		return -1;
	core->findings->size = core->limits.flows;
	core->findings->watched = calloc(core->findings->size, sizeof(*core->findings->watched));
	return core->findings->watched ? 0 : -1;
}

void findings_free(struct core *core)
{
	if (core->findings != NULL)
		free(core->findings->watched);
	free(core->findings);
}

static void repeats_add(struct findings *findings, const struct watched *watched)
{
	int server = 1 - watched->syn_side;

	for (size_t i = 0; i < sizeof(findings->repeats) / sizeof(findings->repeats[0]); i++) {
		struct repeated_by *by = &findings->repeats[i];
		if (i == findings->repeat_count)
			findings->repeats[findings->repeat_count++] =
				(struct repeated_by){.key = watched->key, .server = server};
		if (by->key.port_be[by->server] != watched->key.port_be[server] ||
			memcmp(by->key.addr[by->server], watched->key.addr[server], 16) != 0)
			continue;
		by->count += watched->syn_acks_again;
		by->connections++;
		return;
	}
}

static void again_over(struct stall *stall, int64_t t_ns)
{
	int64_t until_ns = stall->acked_ns ? stall->acked_ns : t_ns;

	if (stall->again >= AGAIN_OFTEN && until_ns - stall->again_ns > stall->again_longest_ns) {
		stall->again_longest_ns = until_ns - stall->again_ns;
		stall->again_most = stall->again;
	}
	stall->again = 0;
}

static void zero_over(struct stall *stall, int64_t t_ns)
{
	if (stall->zero_ns && t_ns - stall->zero_ns > stall->zero_longest_ns)
		stall->zero_longest_ns = t_ns - stall->zero_ns;
	stall->zero_ns = 0;
}

/* A segment sent by `side`: what its end waits for, and what it makes the other wait for. */
static void take_stalls(struct watched *watched, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct stall *own = &watched->stall[side], *other = &watched->stall[1 - side];

	if (segment->flags & TCP_RST) {
		zero_over(own, record->t_ns);
		zero_over(other, record->t_ns);
		return;
	}
	if (segment->flags & TCP_SYN)
		return;
	/* else a probe of a closed window */
	if (record->retransmission && other->zero_ns == 0) {
		if (own->again == 0 || own->again_seq != segment->seq) {
			again_over(own, record->t_ns);
			own->again_ns = record->t_ns;
			own->again_seq = segment->seq;
		}
		if (own->again < UINT16_MAX)
			own->again++;
		own->acked_ns = 0;
	}
	if (other->again > 0 && other->acked_ns == 0 && (segment->flags & TCP_ACK) &&
		seq_after(segment->ack, other->again_seq))
		other->acked_ns = record->t_ns;
	if (segment->window > 0)
		zero_over(own, record->t_ns);
	else if (own->zero_ns == 0)
		own->zero_ns = record->t_ns;
}

static void stalled_add(struct findings *findings, const struct watched *watched, int receiver)
{
	const struct stall *stall = &watched->stall[1 - receiver];

	for (size_t i = 0; i < sizeof(findings->stalled) / sizeof(findings->stalled[0]); i++) {
		struct stalled *by = &findings->stalled[i];
		if (i == findings->stalled_count)
			findings->stalled[findings->stalled_count++] =
				(struct stalled){.key = watched->key,
					.receiver = receiver,
					.server = receiver != watched->syn_side};
		/* of clients, one line a host */
		bool server = receiver != watched->syn_side;
		if ((server && by->key.port_be[by->receiver] != watched->key.port_be[receiver]) ||
			server != by->server ||
			memcmp(by->key.addr[by->receiver], watched->key.addr[receiver], 16) != 0)
			continue;
		by->connections++;
		if (stall->again_longest_ns / MS > by->longest_ms) {
			by->longest_ms = stall->again_longest_ns / MS;
			by->times = stall->again_most;
		}
		return;
	}
}

/* Add a connection to the sums, at the end or when another takes its place. */
static void watched_sum(struct findings *findings, const struct watched *watched)
{
	findings->unanswered += watched->syns + watched->syns_dropped;
	findings->unanswered_connections += watched->syns + watched->syns_dropped > 0;
	if (watched->syn_acks_again > 0)
		repeats_add(findings, watched);
	for (int side = 0; side < 2; side++)
		if (watched->stall[1 - side].again_longest_ns >= HELD_LONG_MS * (int64_t)MS)
			stalled_add(findings, watched, side);
}

static struct watched *watched_of(struct findings *findings, const struct record *record)
{
	struct watched *watched = &findings->watched[record->serial % findings->size];

	if (watched->serial != record->serial && watched->serial != 0)
		watched_sum(findings, watched);
	if (watched->serial != record->serial)
		*watched = (struct watched){.serial = record->serial,
			.key = record->key,
			.state = {STATE_CLOSED, STATE_CLOSED}};
	watched->local |= record->local_sides;
	return watched;
}

static void take_transition(struct findings *findings, const struct record *record)
{
	struct watched *watched = watched_of(findings, record);

	watched->state[record->side] = record->to;
	if (record->to == STATE_CLOSED)
		watched->closed_ns = record->t_ns;
	watched->close_wait_ns[record->side] = record->to == STATE_CLOSE_WAIT ? record->t_ns : 0;
	watched->took_fin[record->side] = (record->evidence & EVIDENCE_KERNEL) != 0;
	if (record->reason.code == REASON_CONNECTION_REFUSED)
		findings->connections_refused++;
}

static void take_correction(struct findings *findings, const struct record *record)
{
	struct watched *watched = watched_of(findings, record);

	/* the end is where the first one of them has put it */
	if (record->reason.code == REASON_FALLS_WITH)
		return;
	watched->state[record->side] = record->from;
	watched->close_wait_ns[record->side] =
		record->from == STATE_CLOSE_WAIT ? record->edge_t_ns : 0;
	if (record->reason.code == REASON_SYN_COOKIE || record->from == STATE_LISTEN) {
		watched->cookie = true;
		watched->state[record->side] = STATE_CLOSED;
	}
	if (record->reason.code != REASON_ACCEPT_QUEUE_FULL)
		return;
	for (size_t i = 0; i < sizeof(findings->full) / sizeof(findings->full[0]); i++) {
		struct refused_by *full = &findings->full[i];
		if (i == findings->full_count)
			findings->full[findings->full_count++] =
				(struct refused_by){.key = record->key, .server = record->side};
		if (full->server != record->side ||
			full->key.port_be[full->server] != record->key.port_be[record->side] ||
			memcmp(full->key.addr[full->server], record->key.addr[record->side], 16) !=
				0)
			continue;
		full->count++;
		full->queue = record->reason.arg[0];
		full->backlog = record->reason.arg[1];
		return;
	}
}

/* An ICMP error about a UDP datagram: its key is that of the datagram. Port unreachable: RFC 792
 * type 3 code 3, RFC 4443 type 1 code 4. */
static void take_icmp(struct findings *findings, const struct segment *segment)
{
	bool port_unreachable = segment->icmp_family == AF_INET6
					? segment->icmp_type == 1 && segment->icmp_code == 4
					: segment->icmp_type == 3 && segment->icmp_code == 3;
	size_t i = 0;

	if (segment->key.protocol != IPPROTO_UDP || !port_unreachable)
		return;
	while (i < findings->unreachable_count &&
		findings->unreachable[i].port_be != segment->key.port_be[1])
		i++;
	if (i == sizeof(findings->unreachable) / sizeof(findings->unreachable[0]))
		return;
	findings->unreachable_count += i == findings->unreachable_count;
	findings->unreachable[i].port_be = segment->key.port_be[1];
	findings->unreachable[i].count++;
}

/* An error that ends a connection attempt answers its SYN. */
static void take_unreachable(struct findings *findings, const struct record *record)
{
	struct watched *watched = watched_of(findings, record);

	if (record->icmp_effect != ICMP_EDGE || record->from != STATE_SYN_SENT)
		return;
	findings->connections_unreachable++;
	if (watched->syns > 0)
		watched->syns--;
}

static void take_segment(struct findings *findings, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	if (segment->kind == SEGMENT_ICMP)
		take_icmp(findings, segment);
	if (segment->kind == SEGMENT_ICMP && record->serial != 0)
		take_unreachable(findings, record);
	if (record->serial == 0 || segment->kind != SEGMENT_TCP)
		return;
	struct watched *watched = watched_of(findings, record);
	take_stalls(watched, record->side, record);
	uint8_t flags = segment->flags & (TCP_SYN | TCP_ACK | TCP_RST);
	bool answered = (segment->flags & (TCP_SYN | TCP_RST))
				? record->side != watched->syn_side
				: record->side == watched->syn_side && flags == TCP_ACK;
	watched->took_fin[record->side] |=
		flags == TCP_ACK && watched->close_wait_ns[record->side] != 0;
	if (flags == TCP_SYN) {
		watched->syn_side = record->side;
		if (watched->syns < UINT16_MAX)
			watched->syns++;
	} else if (answered) { /* also where only the client was captured: it goes on */
		if (watched->syns > 1)
			watched->syns_dropped =
				(uint16_t)(watched->syns_dropped + watched->syns - 1);
		if (flags == (TCP_SYN | TCP_ACK) && record->retransmission)
			watched->syn_acks_again++;
		watched->syns = 0;
	}
}

void findings_take(struct core *core, const struct record *record)
{
	struct findings *findings = core->findings;

	if (record->listener)
		return;
	switch (record->kind) {
	case RECORD_TRANSITION:
		take_transition(findings, record);
		break;
	case RECORD_CORRECTION:
		take_correction(findings, record);
		break;
	case RECORD_CONFIRMATION:
		watched_of(findings, record)->took_fin[record->side] |=
			record->to == STATE_CLOSE_WAIT;
		break;
	case RECORD_SEGMENT:
		take_segment(findings, record);
		break;
	default:
		break;
	}
}

static void say(struct core *core, const struct watched *watched, int side, int64_t t_ns,
	uint16_t code, int64_t a, int64_t b, int64_t c)
{
	struct record record = {.kind = RECORD_FINDING,
		.t_ns = t_ns,
		.reason = {.code = code, .arg = {a, b, c}},
		.side = (uint8_t)side};

	if (watched != NULL) {
		record.key = watched->key;
		record.serial = watched->serial;
		record.local_sides = watched->local;
	}
	core_emit(core, &record);
}

void findings_finish(struct core *core, int64_t t_ns)
{
	struct findings *findings = core->findings;
	size_t said = 0;

	for (size_t i = 0; i < findings->full_count; i++) {
		struct watched server = {.key = findings->full[i].key};
		say(core, &server, findings->full[i].server, t_ns, REASON_ACCEPT_QUEUE_OVERFLOW,
			findings->full[i].queue, findings->full[i].backlog,
			findings->full[i].count);
	}
	for (size_t i = 0; i < findings->size; i++) {
		struct watched *watched = &findings->watched[i];
		if (watched->serial == 0)
			continue;
		for (int side = 0; side < 2; side++) {
			bool over = watched->state[side] == STATE_CLOSED ||
				    watched->state[1 - side] == STATE_CLOSED;
			again_over(&watched->stall[side], over ? watched->closed_ns : t_ns);
			zero_over(&watched->stall[side], over ? watched->closed_ns : t_ns);
		}
		watched_sum(findings, watched);
		if (said >= SAID_MAX)
			continue;
		for (int side = 0; side < 2; side++) {
			if (watched->state[side] == STATE_ESTABLISHED &&
				watched->state[1 - side] == STATE_CLOSED && watched->cookie) {
				say(core, watched, side, t_ns, REASON_GHOST, 0, 0, 0);
				said++;
			}
			int64_t held_ms = watched->close_wait_ns[side]
						  ? (t_ns - watched->close_wait_ns[side]) / MS
						  : 0;
			if (watched->state[side] == STATE_CLOSE_WAIT && watched->took_fin[side] &&
				held_ms >= HELD_LONG_MS) {
				say(core, watched, side, t_ns, REASON_CLOSE_WAIT_HELD, held_ms, 0,
					0);
				said++;
			}
			if (watched->stall[side].zero_longest_ns >= HELD_LONG_MS * (int64_t)MS) {
				say(core, watched, side, t_ns, REASON_ZERO_WINDOW_HELD,
					watched->stall[side].zero_longest_ns / MS, 0, 0);
				said++;
			}
		}
	}
	for (size_t i = 0; i < findings->repeat_count; i++) {
		struct watched server = {.key = findings->repeats[i].key};
		say(core, &server, findings->repeats[i].server, t_ns, REASON_SYN_ACK_RETRANSMITTED,
			findings->repeats[i].count, findings->repeats[i].connections, 0);
	}
	for (size_t i = 0; i < findings->stalled_count; i++) {
		struct watched end = {.key = findings->stalled[i].key};
		say(core, &end, findings->stalled[i].receiver, t_ns, REASON_DATA_UNACKNOWLEDGED,
			findings->stalled[i].times, findings->stalled[i].longest_ms,
			findings->stalled[i].connections);
	}
	if (findings->unanswered > 0)
		say(core, NULL, 0, t_ns, REASON_SYN_UNANSWERED, findings->unanswered,
			findings->unanswered_connections, 0);
	if (findings->connections_refused > 0)
		say(core, NULL, 0, t_ns, REASON_CONNECTION_REFUSED_SEEN,
			findings->connections_refused, 0, 0);
	if (findings->connections_unreachable > 0)
		say(core, NULL, 0, t_ns, REASON_CONNECTIONS_UNREACHABLE,
			findings->connections_unreachable, 0, 0);
	for (size_t i = 0; i < findings->unreachable_count; i++)
		say(core, NULL, 0, t_ns, REASON_DATAGRAMS_UNREACHABLE,
			findings->unreachable[i].count, ntohs(findings->unreachable[i].port_be), 0);
	if (core->lookups_shed > 0)
		say(core, NULL, 0, t_ns, REASON_LOOKUPS_SHED,
			core->lookups_shed < INT64_MAX ? (int64_t)core->lookups_shed : INT64_MAX, 0,
			0);
	if (core->evicted > 0)
		say(core, NULL, 0, t_ns, REASON_FLOWS_EVICTED, (int64_t)core->evicted, 0, 0);
}
