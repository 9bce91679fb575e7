/* Where there are many connections, the segments of each wait in a short form until something else
 * is told of it, or until they are many: a million that are half open then take little, and one
 * that is folded as soon as it settles always takes the same few places of the model. */
#include <netinet/in.h>

#include "model_build.h"

enum {
	PENDING_MAX = 24, /* segments of a connection */
	TRAIT_SIDE = 1,
	TRAIT_RETRANSMISSION = 2,
	TRAIT_TIMESTAMP = 4,
	TRAIT_LOCAL = 3 /* shift of local_sides */
};
static const uint32_t SLOT_PENDING = UINT32_C(1) << 31;

bool pending_is(uint32_t slot)
{
	return slot != SERIAL_FOLDED && (slot & SLOT_PENDING) != 0;
}

/* Rows and calls look for connections, and other recordings for segments, in order of time. */
static bool waits(struct model *model, const struct record *record)
{
	const struct run *run = model_current(model);
	const struct segment *segment = &record->event->u.segment;
	const struct model_build *build = model->build;

	return !build->several && !run->has_diag && !run->has_calls &&
	       build->kept_first != SIZE_MAX && record->serial > build->kept_first &&
	       segment->kind == SEGMENT_TCP && record->frame <= UINT32_MAX;
}

static struct pending *pending_new(struct model *model, uint32_t *number)
{
	struct model_build *build = model->build;

	if (build->pending_free != 0) {
		*number = build->pending_free;
		build->pending_free = build->pending[*number - 1].next;
	} else {
		if (build->pending_count >= SLOT_PENDING - 2 ||
			PUSH(model, build->pending, build->pending_count) == NULL)
			return NULL;
		*number = (uint32_t)++build->pending_count;
	}
	return &build->pending[*number - 1];
}

bool pending_take(struct model *model, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct model_build *build = model->build;
	uint32_t *slot, number;
	uint8_t before = 0;

	if (!waits(model, record) || (slot = model_slot(model, record->serial)) == NULL)
		return false;
	if (pending_is(*slot))
		before = build->pending[(*slot & ~SLOT_PENDING) - 1].count;
	else if (*slot != 0)
		return false;
	if (before == PENDING_MAX)
		return false;
	struct pending *pending = pending_new(model, &number);
	if (pending == NULL)
		return false;
	*pending = (struct pending){.t_ns = record->t_ns,
		.frame = (uint32_t)record->frame,
		.seq = segment->seq,
		.ack = segment->ack,
		.len = segment->len,
		.ts_val = segment->ts_val,
		.next = *slot & ~SLOT_PENDING,
		.window = segment->window,
		.flags = segment->flags,
		.hop_limit = segment->hop_limit,
		.count = (uint8_t)(before + 1),
		.traits = (uint8_t)((record->side & 1 ? TRAIT_SIDE : 0) |
				    (record->retransmission ? TRAIT_RETRANSMISSION : 0) |
				    (segment->has_ts ? TRAIT_TIMESTAMP : 0) |
				    record->local_sides << TRAIT_LOCAL)};
	*slot = number | SLOT_PENDING;
	build->pending_connections += before == 0;
	return true;
}

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
	segment->ack = pending->ack;
	segment->len = pending->len;
	segment->window = pending->window;
	segment->has_ts = (pending->traits & TRAIT_TIMESTAMP) != 0;
	segment->ts_val = pending->ts_val;
	segment->hop_limit = pending->hop_limit;
}

void pending_replay(struct model *model, uint32_t *slot, const struct record *of)
{
	struct model_build *build = model->build;
	uint32_t order[PENDING_MAX], count = 0;
	struct event event;
	struct record record = {
		.kind = RECORD_SEGMENT, .key = of->key, .serial = of->serial, .event = &event};

	event.kind = EVENT_SEGMENT; /* an event is large: as far as its kind uses it */
	event.u.segment = (struct segment){.kind = SEGMENT_TCP};

	for (uint32_t at = *slot & ~SLOT_PENDING; at != 0; at = build->pending[at - 1].next)
		order[count++] = at;
	*slot = 0;
	build->pending_connections--;
	build->out_of_order = true;
	while (count-- > 0) {
		struct pending *pending = &build->pending[order[count] - 1];

		restore(&record, &event.u.segment, pending);
		model_segment(model, &record);
		pending->next = build->pending_free;
		build->pending_free = order[count];
	}
}
