/* What `top` remembers of the last moments, in rings of a fixed size: lines, segments, points of a
 * connection's course, ends that have closed. */
#include "live.h"

#include <string.h>

enum { READ_LATE_NS = 50000000 /* so long after its answer a row may be dated */ };

bool live_same_ends(const struct flow_key *a, const struct flow_key *b)
{
	struct flow_key swapped = flow_key_swap(b);

	return flow_key_equal(a, b) || flow_key_equal(a, &swapped);
}

void live_line_keep(struct live *live, const struct record *record)
{
	uint64_t number = live->totals.transitions + live->totals.corrections + 1;
	struct live_line *line = &live->lines[number % LIVE_LINES];

	*line = (struct live_line){.number = number, .record = *record};
	line->record.event = NULL;
	if (record->kind == RECORD_TRANSITION)
		live->totals.transitions++;
	else
		live->totals.corrections++;
}

struct live_line *live_line_of(struct live *live, uint64_t id)
{
	uint64_t newest = live->totals.transitions + live->totals.corrections;

	for (uint64_t n = newest; n > 0 && newest - n < LIVE_LINES; n--) {
		struct live_line *line = &live->lines[n % LIVE_LINES];

		if (line->record.id == id && line->record.kind == RECORD_TRANSITION)
			return line;
	}
	return NULL;
}

void live_segment_keep(struct live *live, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;

	if (segment->kind != SEGMENT_TCP || segment->copy)
		return;
	live->segments[live->segment_count++ % LIVE_SEGMENTS] =
		(struct live_segment){.t_ns = record->event->t_ns,
			.key = segment->key,
			.seq = segment->seq,
			.ack = segment->ack,
			.len = segment->len,
			.flags = segment->flags,
			.again = record->retransmission};
}

void live_point_keep(struct live *live, const struct sockrow *row, int64_t t_ns)
{
	if (!row->has_info || row->state == STATE_LISTEN || row->cookie == 0)
		return;
	live->points[live->point_count++ % LIVE_POINTS] = (struct live_point){.t_ns = t_ns,
		.cookie = row->cookie,
		.rtt_us = row->rtt_us,
		.cwnd = row->snd_cwnd,
		.unacked = row->unacked,
		.retransmits = row->retransmits_total};
}

/* A row that the kernel gave just before its end was told comes after it. */
bool live_closed_by_then(const struct live *live, const struct flow_key *key, int64_t t_ns)
{
	for (uint64_t n = live->closed_count; n > 0 && live->closed_count - n < LIVE_CLOSED; n--) {
		const struct live_closed *closed = &live->closed[(n - 1) % LIVE_CLOSED];

		if (t_ns - closed->t_ns < READ_LATE_NS &&
			memcmp(&closed->key, key, sizeof(*key)) == 0)
			return true;
	}
	return false;
}

const struct live_line *live_line(const struct live *live, uint64_t number)
{
	const struct live_line *line = &live->lines[number % LIVE_LINES];

	return number > 0 && line->number == number ? line : NULL;
}

size_t live_segments(const struct live *live, const struct flow_key *key, int64_t until_ns,
	struct live_segment *out, size_t max)
{
	uint64_t first =
		live->segment_count > LIVE_SEGMENTS ? live->segment_count - LIVE_SEGMENTS : 0;
	size_t found = 0;

	for (uint64_t n = live->segment_count; n > first && found < max; n--) {
		const struct live_segment *segment = &live->segments[(n - 1) % LIVE_SEGMENTS];

		if (segment->t_ns <= until_ns && live_same_ends(&segment->key, key))
			out[max - ++found] = *segment; /* the newest first, from the end on */
	}
	memmove(out, out + max - found, found * sizeof(*out));
	return found;
}

size_t live_points(const struct live *live, uint64_t cookie, int64_t until_ns,
	struct live_point *out, size_t max)
{
	uint64_t first = live->point_count > LIVE_POINTS ? live->point_count - LIVE_POINTS : 0;
	size_t found = 0;

	for (uint64_t n = live->point_count; n > first && found < max; n--) {
		const struct live_point *point = &live->points[(n - 1) % LIVE_POINTS];

		if (point->cookie == cookie && point->t_ns <= until_ns)
			out[max - ++found] = *point;
	}
	memmove(out, out + max - found, found * sizeof(*out));
	return found;
}
