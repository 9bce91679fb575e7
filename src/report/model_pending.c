/* Where there are many connections, the segments of each wait in a short form until something else
 * is told of it, or until they are many: a million that are half open then take little, and one
 * that is folded as soon as it settles never gets a place of its own in the model. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "model_build.h"
#include "tcpstate/hash.h"

enum {
	PENDING_MAX = 24, /* segments of a connection */
	TRAIT_SIDE = 1,
	TRAIT_RETRANSMISSION = 2,
	TRAIT_TIMESTAMP = 4,
	TRAIT_LOCAL = 3, /* shift of local_sides */
	PATTERN_BITS = 6
};
/* room of each class: a half-open connection has one or two, an ordinary short one ten */
static const uint8_t rooms[PENDING_CLASSES] = {1, 2, 6, 12, PENDING_MAX};
static const uint32_t SLOT_PENDING = UINT32_C(1) << 31;

bool pending_is(uint32_t slot)
{
	return slot != SERIAL_FOLDED && (slot & SLOT_PENDING) != 0;
}

static struct pending *pending_at(const struct model_build *build, uint32_t slot)
{
	return &build->pending[(slot & ~SLOT_PENDING) - 1];
}

static bool is_syn(const struct segment *segment)
{
	return (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Rows and calls look for connections, and other recordings for segments, in order of time. */
static bool waits(const struct model *model, const struct brief *brief)
{
	const struct run *run = &model->runs[model->run_count - 1];
	const struct segment *segment = brief->segment;
	const struct model_build *build = model->build;

	return !build->several && !run->has_diag && !run->has_calls &&
	       build->kept_first != SIZE_MAX && brief->serial > build->kept_first &&
	       segment->kind == SEGMENT_TCP && brief->frame <= UINT32_MAX &&
	       !(is_syn(segment) && segment->ack != 0);
}

/* Room of that class in one piece: index + 1; 0: out of memory. */
static uint32_t room_take(struct model_build *build, unsigned class)
{
	uint32_t number = build->pending_free[class];
	size_t wanted = rooms[class];

	if (number != 0) {
		build->pending_free[class] = build->pending[number - 1].ack_or_clock;
		return number;
	}
	if (build->pending_count + wanted > build->pending_room) {
		size_t room = build->pending_room > 0 ? build->pending_room * 2 : 1024;
		struct pending *bigger = room < SLOT_PENDING
						 ? realloc(build->pending, room * sizeof(*bigger))
						 : NULL;
		if (bigger == NULL)
			return 0;
		build->pending = bigger;
		build->pending_room = room;
	}
	number = (uint32_t)build->pending_count + 1;
	build->pending_count += wanted;
	return number;
}

static void room_release(struct model_build *build, uint32_t number)
{
	struct pending *first = &build->pending[number - 1];

	first->ack_or_clock = build->pending_free[first->class];
	build->pending_free[first->class] = number;
}

/* Where the next one of that slot goes; NULL: no room. */
static struct pending *pending_place(struct model_build *build, uint32_t *slot)
{
	struct pending *first;
	uint32_t number;

	if (*slot == 0) {
		number = room_take(build, 0);
		if (number == 0)
			return NULL;
		first = &build->pending[number - 1];
		first->count = first->class = 0;
		*slot = number | SLOT_PENDING;
	}
	first = pending_at(build, *slot);
	if (first->count == rooms[first->class]) {
		uint8_t count = first->count, class = (uint8_t)(first->class + 1);

		number = room_take(build, class);
		if (number == 0)
			return NULL;
		first = pending_at(build, *slot); /* it may have moved */
		memcpy(&build->pending[number - 1], first, count * sizeof(*first));
		room_release(build, *slot & ~SLOT_PENDING);
		first = &build->pending[number - 1];
		first->class = class;
		*slot = number | SLOT_PENDING;
	}
	return &first[first->count++];
}

bool model_brief(void *context, const struct brief *brief)
{
	struct model *model = context;
	struct model_build *build = model->build;
	const struct segment *segment = brief->segment;
	uint32_t *slot;

	if (build->failed || model->run_count == 0 || !waits(model, brief))
		return false;
	slot = brief->serial < build->by_serial_size ? &build->by_serial[brief->serial]
						     : model_slot(model, brief->serial);
	if (slot == NULL)
		return false;
	if (*slot != 0 && (!pending_is(*slot) || pending_at(build, *slot)->count == PENDING_MAX))
		return false;
	struct pending *pending = pending_place(build, slot);
	if (pending == NULL)
		return false;
	pending->t_ns = brief->t_ns;
	pending->frame = (uint32_t)brief->frame;
	pending->seq = segment->seq;
	pending->ack_or_clock = is_syn(segment) ? segment->ts_val : segment->ack;
	pending->len = segment->len;
	pending->window = segment->window;
	pending->flags = segment->flags;
	pending->hop_limit = segment->hop_limit;
	pending->traits = (uint8_t)((brief->side & 1 ? TRAIT_SIDE : 0) |
				    (brief->retransmission ? TRAIT_RETRANSMISSION : 0) |
				    (segment->has_ts ? TRAIT_TIMESTAMP : 0) |
				    brief->local_sides << TRAIT_LOCAL);
	return true;
}

/* ---- in sum ---- */

static int server_of(const struct pending *first)
{
	int side = first->traits & TRAIT_SIDE;

	if (!(first->flags & TCP_SYN))
		return 1; /* seen midway */
	return first->flags & TCP_ACK ? side : !side;
}

/* Sender, flags, and whether it has data. */
static uint64_t pattern_of(const struct pending *pending)
{
	uint8_t flags = pending->flags;

	return (uint64_t)((pending->traits & TRAIT_SIDE) | (flags & TCP_FIN) << 1 |
			  (flags & TCP_SYN) << 1 | (flags & TCP_RST) << 1 | (flags & TCP_ACK)) |
	       (uint64_t)(pending->len > 0) << 5;
}

void pending_sum(const struct model_build *build, uint32_t slot, struct pending_sum *sum)
{
	const struct pending *first = pending_at(build, slot);
	/* as many to a word as fit */
	enum { TO_A_WORD = 64 / PATTERN_BITS, WORDS = PENDING_MAX / TO_A_WORD + 1 };
	uint64_t word[WORDS + 1] = {0};

	*sum = (struct pending_sum){.first_ns = first->t_ns,
		.last_ns = first->t_ns,
		.data_ns = INT64_MIN,
		.syn_ack_ns = INT64_MIN,
		.server = server_of(first)};
	for (unsigned i = 0; i < first->count; i++) {
		const struct pending *pending = &first[i];
		int side = pending->traits & TRAIT_SIDE;
		bool steers = (pending->flags & (TCP_SYN | TCP_RST)) != 0;

		if (pending->t_ns < sum->first_ns)
			sum->first_ns = pending->t_ns;
		if (pending->t_ns > sum->last_ns)
			sum->last_ns = pending->t_ns;
		if (pending->len > 0)
			sum->data_ns = pending->t_ns;
		if ((pending->flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) &&
			sum->syn_ack_ns == INT64_MIN)
			sum->syn_ack_ns = pending->t_ns;
		sum->segments[side]++;
		sum->bytes[side] += pending->len;
		sum->odd |= (pending->traits & TRAIT_RETRANSMISSION) != 0 ||
			    (!steers && pending->window == 0);
		word[i / TO_A_WORD] |= pattern_of(pending) << PATTERN_BITS * (i % TO_A_WORD);
	}
	unsigned used = (first->count - 1U) / TO_A_WORD + 1;

	word[used] = first->count;
	sum->pattern = hash_words(word, used + 1);
}

void pending_drop(struct model_build *build, uint32_t slot)
{
	room_release(build, slot & ~SLOT_PENDING);
}

/* ---- into the model ---- */

/* Over the one before it: only what differs between two is written. */
static void restore(struct record *record, struct segment *segment, const struct pending *pending)
{
	record->t_ns = pending->t_ns;
	record->frame = pending->frame;
	record->side = pending->traits & TRAIT_SIDE;
	record->retransmission = (pending->traits & TRAIT_RETRANSMISSION) != 0;
	record->local_sides = pending->traits >> TRAIT_LOCAL;
	segment->flags = pending->flags;
	segment->seq = pending->seq;
	segment->ack = is_syn(segment) ? 0 : pending->ack_or_clock;
	segment->ts_val = is_syn(segment) ? pending->ack_or_clock : 0; /* who else needs it? */
	segment->len = pending->len;
	segment->window = pending->window;
	segment->has_ts = (pending->traits & TRAIT_TIMESTAMP) != 0;
	segment->hop_limit = pending->hop_limit;
}

void pending_replay(struct model *model, uint32_t *slot, const struct record *of)
{
	struct model_build *build = model->build;
	uint32_t number = *slot & ~SLOT_PENDING;
	unsigned count = build->pending[number - 1].count;
	struct event event;
	struct record record = {
		.kind = RECORD_SEGMENT, .key = of->key, .serial = of->serial, .event = &event};

	event.kind = EVENT_SEGMENT; /* an event is large: as far as its kind uses it */
	event.u.segment = (struct segment){.kind = SEGMENT_TCP};

	*slot = 0;
	build->out_of_order = true;
	for (unsigned i = 0; i < count; i++) {
		restore(&record, &event.u.segment, &build->pending[number - 1 + i]);
		model_segment(model, &record);
	}
	room_release(build, number);
}
