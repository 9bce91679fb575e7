/* What a connection is like: the same symbols in the same order give the same edges, for the same
 * reasons. So of a million connections like one that was told, only that they are like it and
 * their times need to be told. */
#include "engine.h"
#include "tcpstate/hash.h"

enum { HEAD_WORDS = 1 };
_Static_assert((int)ALIKE_SYMBOLS < (int)RING_EASY, "a row of equal symbols is cut beyond that");
_Static_assert(OWNS <= 24 && GOTS <= 18, "symbol_word()");

/* Nobody but its segments has anything to say. */
static bool is_plain(const struct core *core, const struct flow *flow)
{
	const uint16_t odd = FLOW_CONFLICT | FLOW_CONFLICT << 1 | FLOW_SELF | FLOW_ANCHORED;

	return core->address_count == 0 && core->kernels.top == 0 && !(flow->flags & odd) &&
	       flow->end[0].told == 0 && flow->end[1].told == 0 && flow->count > 0 &&
	       flow->count <= ALIKE_SYMBOLS;
}

/* All of a symbol that edges and reasons depend on, but its time and frame. */
static uint64_t symbol_word(const struct symbol *symbol, bool at_once)
{
	return (uint64_t)symbol->own | (uint64_t)symbol->got << 24 | (uint64_t)symbol->side << 42 |
	       (uint64_t)symbol->bare << 43 | (uint64_t)symbol->answers << 44 |
	       (uint64_t)at_once << 45;
}

static uint64_t head_word(const struct flow *flow)
{
	uint64_t word = flow->flags & FLOW_MIDWAY ? 1 : 0;

	for (int side = 0; side < 2; side++) {
		word = word << 1 | ((flow->end[side].flags & END_USED) != 0);
		word = word << 1 | ((flow->end[side].flags & END_PASSIVE) != 0);
		word = word << 8 | flow->anchor[side];
	}
	return word << 8 | flow->count;
}

bool alike_of(const struct core *core, uint32_t index, struct alike *out)
{
	const struct flow *flow = flow_at(core, index);
	uint64_t word[HEAD_WORDS + ALIKE_SYMBOLS];

	if (core->limits.alike == NULL || !is_plain(core, flow))
		return false;
	const struct symbol *ring = ring_of(core, flow);
	word[0] = head_word(flow);
	for (int i = 0; i < flow->count; i++) {
		int64_t before_ns = i > 0 ? ring[i - 1].t_ns : INT64_MIN;

		if (ring[i].kernel || ring[i].icmp_version != 0 || ring[i].t_ns < before_ns)
			return false;
		word[HEAD_WORDS + i] = symbol_word(&ring[i], ring[i].t_ns == before_ns);
		out->t_ns[i] = ring[i].t_ns;
		out->frame[i] = ring[i].frame;
	}
	out->shape = hash_words(word, HEAD_WORDS + flow->count);
	out->serial = flow->serial;
	out->count = flow->count;
	flow_key_put(core, index, &out->key);
	out->local_sides = core_local_sides(core, index, &out->key);
	return true;
}
