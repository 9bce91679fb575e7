/* Final ACKs that a full accept queue answers by an RST: net.ipv4.tcp_abort_on_overflow
 * (tcp_check_req()). The RST looks like that of a closed port; the listener's rows and the sysctl
 * in force tell the two apart. */
#include <stdio.h>
#include <string.h>

#include "findings.h"

enum { ROW_LATE_MS = 5 /* a row may have been asked for before the RST, and answered after it */ };

static bool aborts_on_overflow(const struct run *run)
{
	return strstr(run->manifest, "\"net.ipv4.tcp_abort_on_overflow\":\"1\"") != NULL;
}

/* What the listener's accept queue held at t_ns; NULL: not shown. */
static const struct queue_point *queue_at(const struct listener *listener, int64_t t_ns)
{
	const struct queue_point *found = NULL;

	for (size_t i = 0; i < listener->queue_count; i++)
		if (listener->queue[i].t_ns <= t_ns + ROW_LATE_MS * (int64_t)WATCH_NS_PER_MS)
			found = &listener->queue[i];
	return found;
}

/* The ACK was withdrawn: for the same reason. */
static void acks_told(struct model *model, const struct transition *reset)
{
	for (size_t i = 0; i < model->correction_count; i++) {
		struct correction *at = &model->corrections[i];
		bool refuted = false;

		for (uint32_t k = 0; k < at->count; k++)
			refuted |= at->refuting_frames[k] == reset->record.frame;
		if (refuted && at->run == reset->run && at->index == reset->index &&
			at->record.to == STATE_ESTABLISHED &&
			(at->record.side & 1) == (reset->record.side & 1))
			at->record.reason = reset->record.reason;
	}
}

bool refused_by_full_queue(struct model *model, struct transition *transition)
{
	struct record *record = &transition->record;
	const struct connection *connection = &model->connections[transition->index];
	const struct watch *watch = findings_watch(model, transition->index);
	int side = record->side & 1;

	if (record->from != STATE_SYN_RECV || record->frame == 0 || connection->client != !side ||
		watch == NULL || watch->end[side].rst.frame != record->frame ||
		(watch->end[side].rst.flags & TCP_ACK) != 0 ||
		!aborts_on_overflow(&model->runs[transition->run]))
		return false;
	uint32_t met = listener_met(model, transition->run, &connection->key, side, record->t_ns);
	const struct queue_point *queue =
		met != INDEX_NONE ? queue_at(&model->listeners[met], record->t_ns) : NULL;
	if (queue == NULL || queue->queue <= queue->backlog)
		return false;
	record->cause = CAUSE_SEGMENT;
	record->reason = (struct reason){
		REASON_QUEUE_FULL_RESET, {(int64_t)queue->queue, (int64_t)queue->backlog, 0}};
	acks_told(model, transition);
	return true;
}
