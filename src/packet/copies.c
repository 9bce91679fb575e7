/* See copies.h: the headers of the last packets, one place a hash, and when each end of a flow was
 * last sent something. */
#include "tcpstate/copies.h"

#include "renumbering.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { PLACES = 4096 /* a power of 2 */ };
static const int64_t MS = 1000000;
static const int64_t RELAY_MS = 1000;
/* less than any retransmission takes, by a sender whose packets all have one identification */
static const int64_t SAME_ID_MS = 20;
/* no sender repeats itself this soon unless an ACK asks it to */
static const int64_t UNASKED_MS = 1;

struct seen {
	uint64_t hash;
	int64_t t_ns;
	uint64_t order; /* among all packets, from 1; 0: free */
	uint32_t interface;
	uint8_t hop, direction;
};
struct copies {
	struct seen seen[PLACES];
	/* the newest packet towards an end, by the hash of that end and its flow */
	struct {
		uint64_t hash, order;
	} heard[PLACES];
	uint64_t order, count;
	struct renumbering *renumbering;
};

struct copies *copies_new(void)
{
	struct copies *copies = calloc(1, sizeof(*copies));

	if (copies != NULL && (copies->renumbering = renumbering_new()) != NULL)
		return copies;
	free(copies);
	return NULL;
}

void copies_free(struct copies *copies)
{
	if (copies != NULL)
		renumbering_free(copies->renumbering);
	free(copies);
}

uint64_t copies_renumbered(const struct copies *copies)
{
	return renumbering_count(copies->renumbering);
}

uint64_t copies_count(const struct copies *copies)
{
	return copies->count;
}

static inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static inline uint64_t end_hash(const struct flow_key *key, int end)
{
	uint64_t word[2];

	memcpy(word, key->addr[end], sizeof(word));
	if (key->family == AF_INET) /* an address and a port are less than a word */
		return mix(0, word[0] << 16 | key->port_be[end]);
	return mix(mix(mix(0, word[0]), word[1]), key->port_be[end]);
}

/* Of a flow as seen from each of its ends. */
static void flow_hashes(const struct flow_key *key, uint64_t hash[2])
{
	uint64_t here = end_hash(key, 0), there = end_hash(key, 1);
	uint64_t seed = (uint64_t)key->protocol << 16 | key->zone;

	hash[0] = mix(here + seed, there);
	hash[1] = mix(there + seed, here);
}

static uint64_t header_hash(const struct segment *segment, uint64_t flow)
{
	uint64_t hash = mix(flow, (uint64_t)segment->seq << 32 | segment->ack);

	hash = mix(hash, (uint64_t)segment->len << 32 | segment->ts_val);
	hash = mix(hash, (uint64_t)segment->ip_id << 32 | (uint64_t)segment->window << 16 |
				 (uint64_t)segment->flags << 8 | segment->kind);
	if (segment->kind == SEGMENT_TCP)
		return hash;
	hash = mix(hash, (uint64_t)segment->checksum << 48 | (uint64_t)segment->quoted_id << 32 |
				 segment->datagram_len);
	hash = mix(hash, (uint64_t)segment->icmp_type << 8 | segment->icmp_code);
	return mix(hash, (uint64_t)segment->fragment_id << 32 | segment->fragment_offset);
}

static bool is_self(const struct flow_key *key)
{
	return key->port_be[0] == key->port_be[1] &&
	       memcmp(key->addr[0], key->addr[1], sizeof(key->addr[0])) == 0;
}

/* Indistinguishable from the one before. A socket connected to itself is sent what it sends. */
static bool is_mirrored(const struct copies *copies, const struct segment *segment,
	const struct seen *seen, int64_t age, uint64_t flow)
{
	if (is_self(&segment->key))
		return false;
	if (segment->ip_id != 0 && age < SAME_ID_MS * MS)
		return true;
	if (segment->kind != SEGMENT_TCP || age >= UNASKED_MS * MS || segment_space(segment) == 0)
		return false;
	return copies->heard[flow % PLACES].hash != flow ||
	       copies->heard[flow % PLACES].order < seen->order;
}

void copies_look(struct copies *copies, struct event *event, bool mirrored,
	const struct event *ahead, size_t count)
{
	struct segment *segment = &event->u.segment;
	uint64_t seen_from[2];

	flow_hashes(&segment->key, seen_from);
	uint64_t flow = seen_from[0];
	if (segment->kind == SEGMENT_TCP &&
		((segment->flags & TCP_SYN) != 0 || renumbering_active(copies->renumbering)))
		renumbering_look(copies->renumbering, event, flow, seen_from[1], ahead, count);
	uint64_t hash = header_hash(segment, flow);
	struct seen *seen = &copies->seen[hash % PLACES];
	int64_t age = event->t_ns - seen->t_ns;
	bool elsewhere = seen->interface != segment->interface || seen->hop != segment->hop_limit ||
			 seen->direction != segment->direction;

	segment->copy = false;
	copies->order++;
	if (seen->order != 0 && seen->hash == hash && age >= 0 && age < RELAY_MS * MS)
		segment->copy =
			elsewhere || (mirrored && is_mirrored(copies, segment, seen, age, flow));
	if (segment->copy) {
		copies->count++;
		return;
	}
	*seen = (struct seen){.hash = hash,
		.t_ns = event->t_ns,
		.order = copies->order,
		.interface = segment->interface,
		.hop = segment->hop_limit,
		.direction = segment->direction};
	if (mirrored) {
		uint64_t back = seen_from[1];

		copies->heard[back % PLACES].hash = back;
		copies->heard[back % PLACES].order = copies->order;
	}
}
