/* Ladders: the segments of each connection while they come in, and in order once all is in. Long
 * ladders keep their ends and what is not plain. */
#include "model_build.h"
#include "tcpstate/pages.h"

#include <stdlib.h>
#include <string.h>

static struct rung_chunk *chunk_new(struct model *model, uint32_t *number)
{
	struct model_build *build = model->build;

	if (build->chunks_free != 0) {
		*number = build->chunks_free;
		build->chunks_free = build->chunks[*number - 1].next;
	} else {
		if (PUSH_UNSET(model, build->chunks, build->chunk_count) == NULL)
			return NULL;
		*number = (uint32_t)++build->chunk_count;
	}
	build->chunks[*number - 1].next = 0;
	return &build->chunks[*number - 1];
}

static bool is_plain(const struct record *record)
{
	return (record->event->u.segment.flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0 &&
	       !record->retransmission;
}

/* Where the next rung goes: for good, or into the ring of the newest. NULL: out of memory. */
static struct rung_seen *rung_place(struct model *model, struct rung_list *list, bool plain)
{
	struct model_build *build = model->build;
	struct rung_chunk *chunk;
	uint32_t number;

	if (list->kept < RUNGS_FIRST || (!plain && list->kept < RUNGS_FIRST + RUNGS_NOTABLE)) {
		if (list->kept % RUNG_CHUNK == 0) {
			chunk = chunk_new(model, &number);
			if (chunk == NULL)
				return NULL;
			chunk->next = list->head;
			list->head = number;
		}
		return &build->chunks[list->head - 1].rung[list->kept++ % RUNG_CHUNK];
	}
	if (list->ring == 0) {
		if (chunk_new(model, &number) == NULL)
			return NULL;
		list->ring = number;
	}
	return &build->chunks[list->ring - 1].rung[list->newest++ % RUNGS_LAST];
}

/* Before connection_segment(), which counts this one. */
void model_rung(struct model *model, uint32_t index, const struct record *record)
{
	const struct segment *segment = &record->event->u.segment;
	struct connection *connection = &model->connections[index];
	struct rung_seen *rung = segment->kind == SEGMENT_TCP
					 ? rung_place(model, &connection->ladder, is_plain(record))
					 : NULL;

	if (rung == NULL)
		return;
	*rung = (struct rung_seen){.t_ns = record->t_ns,
		.frame = record->frame,
		.before = {(uint32_t)connection->ends[0].sent.segments,
			(uint32_t)connection->ends[1].sent.segments},
		.bytes_before = {(uint32_t)connection->ends[0].sent.bytes,
			(uint32_t)connection->ends[1].sent.bytes},
		.seq = segment->seq,
		.ack = segment->ack,
		.len = segment->len,
		.side = record->side & 1,
		.flags = segment->flags,
		.retransmission = record->retransmission};
}

static void chunk_release(struct model_build *build, uint32_t number)
{
	build->chunks[number - 1].next = build->chunks_free;
	build->chunks_free = number;
}

void model_rungs_forget(struct model *model, struct connection *connection)
{
	struct model_build *build = model->build;
	struct rung_list *list = &connection->ladder;

	while (list->head != 0) {
		uint32_t number = list->head;

		list->head = build->chunks[number - 1].next;
		chunk_release(build, number);
	}
	if (list->ring != 0)
		chunk_release(build, list->ring);
	*list = (struct rung_list){0};
}

/* ---- once all is in ---- */

static uint32_t ordinal(const struct rung *rung)
{
	return rung->before[0] + rung->before[1];
}

static int compare_rungs(const void *left, const void *right)
{
	uint32_t a = ordinal(left), b = ordinal(right);

	return (a > b) - (a < b);
}

static size_t rungs_copy(const struct rung_seen *seen, size_t count, struct rung *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (struct rung){.t_ns = seen[i].t_ns,
			.frame = seen[i].frame,
			.before = {seen[i].before[0], seen[i].before[1]},
			.bytes_before = {seen[i].bytes_before[0], seen[i].bytes_before[1]},
			.seq = seen[i].seq,
			.ack = seen[i].ack,
			.len = seen[i].len,
			.side = seen[i].side,
			.flags = seen[i].flags,
			.retransmission = seen[i].retransmission};
	return count;
}

static size_t rungs_gather(
	const struct model_build *build, const struct rung_list *list, struct rung *out)
{
	size_t count = 0, in_chunk = list->kept % RUNG_CHUNK;

	for (uint32_t at = list->head; at != 0; at = build->chunks[at - 1].next) {
		size_t held = at == list->head && in_chunk > 0 ? in_chunk : RUNG_CHUNK;

		count += rungs_copy(build->chunks[at - 1].rung, held, out + count);
	}
	size_t last = list->newest < RUNGS_LAST ? list->newest : RUNGS_LAST;
	if (list->ring != 0)
		count += rungs_copy(build->chunks[list->ring - 1].rung, last, out + count);
	qsort(out, count, sizeof(*out), compare_rungs);
	return count;
}

/* Numbers count from the SYN; of a connection met midway, from what was seen first. */
static void numbers_relate(const struct connection *connection, struct rung *rungs, size_t count)
{
	uint32_t base[2] = {connection->ends[0].isn, connection->ends[1].isn};
	bool known[2] = {connection->ends[0].has_isn, connection->ends[1].has_isn};

	for (size_t i = 0; i < count; i++) {
		struct rung *rung = &rungs[i];
		int side = rung->side;

		if (!known[side] && (rung->flags & TCP_RST) == 0) {
			base[side] = rung->seq - ((rung->flags & TCP_SYN) == 0);
			known[side] = true;
		}
		if (!known[!side] && (rung->flags & (TCP_ACK | TCP_RST)) == TCP_ACK) {
			base[!side] = rung->ack - 1;
			known[!side] = true;
		}
		rung->absolute = !known[side];
		rung->seq -= known[side] ? base[side] : 0;
		rung->ack = (rung->flags & TCP_ACK) == 0 ? 0
			    : known[!side]               ? rung->ack - base[!side]
							 : rung->ack;
	}
}

static bool same_content(const struct rung *a, const struct rung *b)
{
	return a->side == b->side && a->seq == b->seq &&
	       (a->flags & TCP_SYN) == (b->flags & TCP_SYN) &&
	       (a->len > 0 || (a->flags & (TCP_SYN | TCP_FIN)) != 0) &&
	       (a->len > 0) == (b->len > 0);
}

static void repeats_find(struct rung *rungs, size_t count)
{
	for (size_t i = 1; i < count; i++)
		for (size_t k = i; rungs[i].retransmission && k-- > 0;)
			if (same_content(&rungs[i], &rungs[k])) {
				rungs[i].again = rungs[k].frame;
				break;
			}
}

static uint32_t space(const struct rung *rung)
{
	return rung->len + ((rung->flags & TCP_SYN) != 0) + ((rung->flags & TCP_FIN) != 0);
}

/* What takes numbers was taken when the other end acknowledged it later. */
static void acknowledged_find(struct rung *rungs, size_t count)
{
	uint32_t highest[2] = {0, 0};
	bool any[2] = {false, false};

	for (size_t i = count; i-- > 0;) {
		struct rung *rung = &rungs[i];

		if (space(rung) > 0 && any[!rung->side] &&
			(int32_t)(highest[!rung->side] - rung->seq - space(rung)) >= 0)
			rung->taken = TAKEN_YES;
		if ((rung->flags & (TCP_ACK | TCP_RST)) == TCP_ACK &&
			(!any[rung->side] || (int32_t)(rung->ack - highest[rung->side]) > 0)) {
			highest[rung->side] = rung->ack;
			any[rung->side] = true;
		}
	}
}

/* Of the client's SYNs, the last one before an answer was answered. */
static void unanswered_find(const struct connection *connection, struct rung *rungs, size_t count)
{
	struct rung *pending = NULL;
	bool answered = connection->syn_acked > 0; /* by an ACK of an older connection */

	for (size_t i = 0; i < count; i++) {
		struct rung *rung = &rungs[i];
		bool ends = rung->side != connection->client;

		if (ends && (rung->flags & (TCP_RST | TCP_ACK | TCP_SYN)) != 0) {
			answered = true;
			pending = NULL;
		} else if (!ends && !answered && (rung->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
			if (pending != NULL)
				pending->taken = TAKEN_UNANSWERED;
			pending = rung;
		} else if (!ends && (rung->flags & (TCP_SYN | TCP_ACK)) == TCP_ACK) {
			pending = NULL; /* of which only this end was captured */
		}
	}
	if (pending != NULL && connection->unseen == -1 && connection->syn_unanswered > 0)
		pending->taken = TAKEN_UNANSWERED;
}

/* Does this withdrawal say that the segment was not acted on? */
static bool says_ignored(unsigned code)
{
	return code == REASON_ACCEPT_QUEUE_FULL || code == REASON_FINAL_ACK_IGNORED ||
	       code == REASON_ACCEPT_DEFERRED || code == REASON_FINAL_ACK_FILTERED ||
	       code == REASON_SEGMENT_IGNORED || code == REASON_NO_SOCKET ||
	       code == REASON_QUEUE_FULL_RESET;
}

static void ignored_find(
	const struct model *model, const struct connection *connection, struct rung *rungs)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		if (step->kind != STEP_CORRECTION)
			continue;
		const struct correction *correction = &model->corrections[step->index];
		for (uint32_t k = 0;
			says_ignored(correction->record.reason.code) && k < correction->count; k++)
			for (size_t r = 0; r < connection->rung_count; r++)
				if (rungs[r].frame == correction->frames[k] && rungs[r].frame > 0 &&
					rungs[r].side != (correction->record.side & 1))
					rungs[r].taken = TAKEN_IGNORED;
	}
}

static void ladder_finish(struct model *model, uint32_t index)
{
	struct connection *connection = &model->connections[index];
	const struct rung_list *list = &connection->ladder;
	struct rung *rungs = model->rungs + model->rung_count;

	connection->first_rung = model->rung_count;
	if (list->kept == 0)
		return;
	connection->rung_count = rungs_gather(model->build, list, rungs);
	model->rung_count += connection->rung_count;
	for (size_t i = 0; i < connection->rung_count; i++) {
		rungs[i].connection = index;
	}
	numbers_relate(connection, rungs, connection->rung_count);
	repeats_find(rungs, connection->rung_count);
	acknowledged_find(rungs, connection->rung_count);
	unanswered_find(connection, rungs, connection->rung_count);
	ignored_find(model, connection, rungs);
	model_older_answer(model, index);
}

bool model_rungs(struct model *model)
{
	size_t total = 1;

	for (size_t i = 0; i < model->connection_count; i++)
		total += (model->connections[i].syn_acked > 0) + model->connections[i].ladder.kept +
			 (model->connections[i].ladder.newest < RUNGS_LAST
					 ? model->connections[i].ladder.newest
					 : RUNGS_LAST);
	model->rungs = pages_new(total * sizeof(*model->rungs));
	if (model->rungs == NULL)
		return false;
	for (uint32_t i = 0; i < model->connection_count; i++)
		ladder_finish(model, i);
	return true;
}

struct fold model_fold(const struct model *model, const struct connection *connection, size_t i)
{
	const struct rung *rungs = model->rungs + connection->first_rung,
			  *before = i > 0 ? &rungs[i - 1] : NULL;
	struct fold fold = {0};

	for (int side = 0; side < 2; side++) {
		bool sent = before != NULL && before->side == side &&
			    &model->connections[before->connection] == connection;
		bool more = i < connection->rung_count;
		uint32_t from = before != NULL ? before->before[side] + sent : 0,
			 bytes = before != NULL
					 ? before->bytes_before[side] + (sent ? before->len : 0)
					 : 0;

		fold.segments[side] = (more ? rungs[i].before[side]
					    : (uint32_t)connection->ends[side].sent.segments) -
				      from;
		fold.bytes[side] = (more ? rungs[i].bytes_before[side]
					 : (uint32_t)connection->ends[side].sent.bytes) -
				   bytes;
	}
	return fold;
}
