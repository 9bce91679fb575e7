/* The table of connections: slots of tag and index, open addressing by a keyed hash. A place leads
 * to a flow, to an attempt or to a packed one. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "packed.h"
#include "tcpstate/hash.h"
#include "tcpstate/pages.h"

size_t flow_key_hash(const struct flow_key *key)
{
	return (size_t)hash_bytes(key, sizeof(*key), 0);
}

uint64_t flow_hash(const struct flow_key *key, int first)
{
	uint64_t word[5] = {0, 0, 0, 0,
		(uint64_t)key->port_be[first] << 16 | key->port_be[!first] |
			(uint64_t)key->zone << 32};
	uint32_t four[2];

	if (key->family != AF_INET) {
		memcpy(&word[0], key->addr[first], sizeof(key->addr[0]));
		memcpy(&word[2], key->addr[!first], sizeof(key->addr[0]));
		return hash_words(word, 5);
	}
	memcpy(&four[0], key->addr[first], sizeof(four[0]));
	memcpy(&four[1], key->addr[!first], sizeof(four[1]));
	word[3] = (uint64_t)four[0] << 32 | four[1];
	return hash_words(word + 3, 2);
}

static bool is_it(
	const struct core *core, const struct flow *flow, const struct flow_key *key, int first)
{
	uint32_t addr[2];

	if (flow->port_be[0] != key->port_be[first] || flow->port_be[1] != key->port_be[!first] ||
		flow->zone != key->zone ||
		((flow->flags & FLOW_SIX) != 0) != (key->family != AF_INET))
		return false;
	if (flow->flags & FLOW_SIX) {
		const char *six = arena_at(&core->pool, flow->addr[0]);

		return memcmp(six, key->addr[first], sizeof(key->addr[0])) == 0 &&
		       memcmp(six + sizeof(key->addr[0]), key->addr[!first],
			       sizeof(key->addr[0])) == 0;
	}
	memcpy(&addr[0], key->addr[first], sizeof(addr[0]));
	memcpy(&addr[1], key->addr[!first], sizeof(addr[1]));
	return flow->addr[0] == addr[0] && flow->addr[1] == addr[1];
}

static bool is_attempt_of(const struct attempt *attempt, const struct flow_key *key, int first)
{
	return attempt->port_be[0] == key->port_be[first] &&
	       attempt->port_be[1] == key->port_be[!first] && attempt->zone == key->zone &&
	       key->family == AF_INET &&
	       memcmp(&attempt->addr[0], key->addr[first], sizeof(attempt->addr[0])) == 0 &&
	       memcmp(&attempt->addr[1], key->addr[!first], sizeof(attempt->addr[1])) == 0;
}

/* Is that place the connection of this key? */
static bool is_place_of(
	const struct core *core, uint32_t place, const struct flow_key *key, int first)
{
	if (attempt_is(place))
		return is_attempt_of(attempt_at(core, place), key, first);
	if (packed_is(place)) {
		struct flow head = packed_head(packed_at(core, place));

		return is_it(core, &head, key, first);
	}
	return is_it(core, flow_at(core, place), key, first);
}

uint32_t flow_find(const struct core *core, const struct flow_key *key, int first, uint64_t hash)
{
	for (uint64_t at = hash >> core->slot_shift; core->slots[at] != 0;
		at = (at + 1) & core->slot_mask) {
		uint32_t index = (uint32_t)core->slots[at] - 1;

		if (core->slots[at] >> 32 == hash >> 32 && is_place_of(core, index, key, first))
			return index;
	}
	return UINT32_MAX;
}

static void key_put(const struct core *core, const struct flow *flow, struct flow_key *key)
{
	memset(key, 0, sizeof(*key));
	key->family = flow->flags & FLOW_SIX ? AF_INET6 : AF_INET;
	key->protocol = IPPROTO_TCP;
	key->zone = flow->zone;
	key->port_be[0] = flow->port_be[0];
	key->port_be[1] = flow->port_be[1];
	if (flow->flags & FLOW_SIX) {
		memcpy(key->addr, arena_at(&core->pool, flow->addr[0]), sizeof(key->addr));
	} else {
		memcpy(key->addr[0], &flow->addr[0], 4);
		memcpy(key->addr[1], &flow->addr[1], 4);
	}
}

void flow_key_put(const struct core *core, uint32_t index, struct flow_key *key)
{
	key_put(core, flow_at(core, index), key);
}

struct flow_key flow_key_in(const struct core *core, const struct flow *flow)
{
	struct flow_key key;

	key_put(core, flow, &key);
	return key;
}

struct flow_key flow_key_of(const struct core *core, uint32_t index)
{
	struct flow_key key;

	flow_key_put(core, index, &key);
	return key;
}

static void slot_put(struct core *core, uint64_t slot)
{
	uint64_t at = slot >> core->slot_shift;

	while (core->slots[at] != 0)
		at = (at + 1) & core->slot_mask;
	core->slots[at] = slot;
}

/* From front to back in both: the order of the places stays. */
static bool slots_grow(struct core *core)
{
	uint64_t *old = core->slots, count = core->slot_mask + 1;
	uint64_t *slots = pages_new(count * 2 * sizeof(*slots));

	if (slots == NULL)
		return false;
	memset(slots, 0, count * 2 * sizeof(*slots));
	core->slots = slots;
	core->slot_mask = count * 2 - 1;
	core->slot_shift--;
	core->memory += count * sizeof(*slots);
	for (uint64_t i = 0; i < count; i++)
		if (old[i] != 0)
			slot_put(core, old[i]);
	free(old);
	return true;
}

void flow_place(struct core *core, uint64_t hash, uint32_t index)
{
	if (++core->slots_used * 2 > core->slot_mask)
		slots_grow(core);
	slot_put(core, hash >> 32 << 32 | (index + 1));
}

static void slot_remove(struct core *core, uint64_t hash, uint32_t index)
{
	uint64_t mask = core->slot_mask, hole = hash >> core->slot_shift;

	while (core->slots[hole] != 0 && (uint32_t)core->slots[hole] - 1 != index)
		hole = (hole + 1) & mask;
	if (core->slots[hole] == 0)
		return;
	for (uint64_t at = (hole + 1) & mask; core->slots[at] != 0; at = (at + 1) & mask) {
		uint64_t home = core->slots[at] >> core->slot_shift;
		if (((at - home) & mask) >= ((at - hole) & mask)) {
			core->slots[hole] = core->slots[at];
			hole = at;
		}
	}
	core->slots[hole] = 0;
	core->slots_used--;
}

void flow_replace(struct core *core, uint64_t hash, uint32_t before, uint32_t index)
{
	uint64_t at = hash >> core->slot_shift;

	if (index == UINT32_MAX) {
		slot_remove(core, hash, before);
		return;
	}
	while ((uint32_t)core->slots[at] != before + 1)
		at = (at + 1) & core->slot_mask;
	core->slots[at] = hash >> 32 << 32 | (index + 1);
}
