/* Findings about data that waited: segments too large for the path, small writes that waited for a
 * delayed ACK. What single segments show of it is kept in the watch. */
#include "findings.h"

#include <string.h>

enum {
	DELAYED_LEAST_MS = 25, /* a delayed ACK comes after 40 ms on Linux, 200 ms elsewhere */
	DELAYED_MOST_MS = 500,
	AT_ONCE_MS = 3 /* after the ACK: the segment had only waited for it */
};

static bool seq_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

/* ---- while the segments come ---- */

static void sizes_sent(struct sizes *sizes, const struct segment *segment)
{
	uint32_t *oldest = &sizes->out[sizes->next].len;

	if (*oldest > sizes->arrived)
		sizes->arrived = *oldest; /* followed no more: let it have arrived */
	sizes->out[sizes->next].end = segment->seq + segment->len;
	*oldest = segment->len;
	sizes->next = (uint8_t)((sizes->next + 1) % FLIGHT);
}

static void sizes_acked(struct sizes *sizes, uint32_t ack)
{
	for (int i = 0; i < FLIGHT; i++) {
		if (sizes->out[i].len == 0 || seq_after(sizes->out[i].end, ack))
			continue;
		if (sizes->out[i].len > sizes->arrived)
			sizes->arrived = sizes->out[i].len;
		sizes->out[i].len = 0;
	}
}

static void take_sizes(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct watched_end *own = &watch->end[side], *other = &watch->end[!side];

	if (segment->len > 0 && record->retransmission) {
		/* of the same segment the stall goes on */
		own->sizes.alive &= own->stall.again > 1;
		own->sizes.stalled = segment->len;
	} else if (segment->len > 0) {
		sizes_sent(&own->sizes, segment);
	}
	if ((segment->flags & TCP_ACK) == 0)
		return;
	sizes_acked(&other->sizes, segment->ack);
	if (other->stall.again > 0 && !seq_after(segment->ack, other->stall.again_seq))
		other->sizes.alive = true;
}

static void take_pauses(struct watch *watch, int side, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct nagle *own = &watch->end[side].nagle, *other = &watch->end[!side].nagle;
	const struct sent *asked = &watch->end[!side].last;

	if (segment->len > 0) {
		bool small = segment->len < SMALL_MOST && !record->retransmission;

		if (small && own->acked_ns != 0 &&
			record->t_ns - own->acked_ns < AT_ONCE_MS * (int64_t)WATCH_NS_PER_MS) {
			own->count++;
			own->waited_ns += own->acked_ns - own->small_ns;
		}
		own->small_ns = small ? record->t_ns : 0;
		own->acked_ns = 0;
		other->small_ns = other->acked_ns = 0;
	} else if (other->small_ns != 0 && other->acked_ns == 0 &&
		   segment->ack == asked->seq + asked->len) {
		int64_t waited_ms = ms_of(record->t_ns - other->small_ns);

		if (waited_ms >= DELAYED_LEAST_MS && waited_ms <= DELAYED_MOST_MS)
			other->acked_ns = record->t_ns;
		else
			other->small_ns = 0;
	}
}

void watch_stalls(struct watch *watch, int side, const struct record *record)
{
	if (record->event->u.segment.flags & (TCP_SYN | TCP_RST))
		return;
	take_sizes(watch, side, record);
	take_pauses(watch, side, record);
}

/* ---- afterwards ---- */

static void tell_sizes(struct model *model, uint32_t index, int side)
{
	const struct watched_end *end = &findings_watch(model, index)->end[side];
	const struct sizes *sizes = &end->sizes;

	if (end->stall.again_longest_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS ||
		!sizes->alive || sizes->arrived == 0 || sizes->stalled <= sizes->arrived ||
		sizes->stalled < SMALL_MOST || end->stall.acked_ns != 0)
		return;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_SEGMENTS_TOO_LARGE, end->stall.again_first_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = sizes->stalled;
	finding->arg[1] = sizes->arrived;
	finding->arg[2] = ms_of(end->stall.again_longest_ns);
	finding->arg[3] = end->stall.again_most;
	finding_cite_frame(finding, end->stall.again_frame);
}

static void tell_pauses(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct nagle *nagle = &findings_watch(model, index)->end[side].nagle;

	if (nagle->count < NAGLE_OFTEN)
		return;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_NAGLE_STALLS, connection->last_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = nagle->count;
	finding->arg[1] = ms_of(nagle->waited_ns);
	finding_name_end(finding, 0, connection, side);
}

bool findings_of_stalls(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; findings_watch(model, i) != NULL && side < 2; side++) {
			tell_sizes(model, i, side);
			tell_pauses(model, i, side);
		}
	return !model->build->failed;
}
