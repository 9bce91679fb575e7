/* Records of the core on their way into the model: each to who keeps it; samples are kept here. */
#include "findings.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* What waits of its connection comes first. */
static void replay_waiting(struct model *model, const struct record *record)
{
	uint32_t *slot =
		!record->listener && record->serial != 0 ? model_slot(model, record->serial) : NULL;

	if (slot != NULL && pending_is(*slot))
		pending_replay(model, slot, record);
}

/* Does this row belong to the dump taken at the current mark, and not to one before or a regular
 * one after it? */
static bool in_marks_dump(const struct model *model, const struct record *record)
{
	const struct event *event = record->event;
	int64_t asked_ns = event->asked_ns > 0 ? event->asked_ns : event->t_ns;

	if (!record->of_dump || model->build->dump_ended ||
		record->sample_of != model->build->marks)
		return false;
	return record->sample_of == 0 || asked_ns >= model->marks[model->mark_count - 1].t_ns;
}

void model_dump_end(struct model *model, int64_t asked_ns)
{
	struct model_build *build = model->build;

	build->dump_ended |=
		build->marks == 0 || asked_ns >= model->marks[model->mark_count - 1].t_ns;
}

static void backlog_seen(struct listener *listener, uint32_t backlog, int64_t t_ns)
{
	uint8_t count = listener->backlog_count;

	listener->backlog = backlog;
	if ((count > 0 && listener->backlogs[count - 1].backlog == backlog) ||
		count == BACKLOGS_KEPT)
		return;
	listener->backlogs[count].t_ns = t_ns;
	listener->backlogs[count].backlog = backlog;
	listener->backlog_count++;
}

static void listener_seen(struct model *model, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	uint32_t index = model_listener(model, &row->key, row->cookie, record->t_ns);

	if (index == INDEX_NONE)
		return;
	struct listener *listener = &model->listeners[index];
	if (row->recv_q > listener->max_queue)
		listener->max_queue = row->recv_q;
	backlog_seen(listener, row->send_q, record->t_ns);
	listener->v6only = row->has_v6only && row->v6only;
	listener->dual_stack = row->has_v6only && !row->v6only;
	listener->device = (uint16_t)row->interface != row->key.zone ? (uint16_t)row->interface : 0;
	listener->state = STATE_LISTEN;
	if (row->recv_q > row->send_q && !listener->overflowed) {
		listener->overflowed = true;
		listener->overflow_diag = record->diag_frame;
	}
	if (row->recv_q > row->send_q && row->recv_q > listener->overflow_queue) {
		listener->overflow_queue = row->recv_q;
		listener->overflow_backlog = row->send_q;
	}
	if (row->inode != 0)
		listener->inode = row->inode;
	model_queue(model, listener, record);
}

static void take_tcp_row(struct model *model, const struct record *record)
{
	if (pending_row(model, record))
		return;
	pending_rows_keep(model);
	model_remember_cookie(model, &record->event->u.diag.row);
	findings_row(model, record);
	model_shown(model, record);
}

static void take_sample(struct model *model, const struct record *record)
{
	const struct sockrow *row = &record->event->u.diag.row;
	bool tcp = row->key.protocol == IPPROTO_TCP;

	if (record->event->kind != EVENT_ROW && record->event->kind != EVENT_DESTROYED)
		return;
	if (!tcp || row->state == STATE_LISTEN)
		model_remember_cookie(model, row);
	if (row->key.protocol == IPPROTO_UDP && record->event->kind == EVENT_ROW)
		model_udp_row(model, record);
	if (tcp && row->state < STATE_MAX)
		model->states[row->state].rows++;
	if (record->serial != 0 && row->cookie != 0) {
		replay_waiting(model, record);
		uint32_t index = model_connection(model, record);
		struct flow_key key = row->key;

		if (index != INDEX_NONE)
			model->connections[index].ends[flow_key_canonical(&key)].cookie =
				row->cookie;
	}
	if (tcp && row->state == STATE_LISTEN)
		listener_seen(model, record);
	else if (tcp)
		take_tcp_row(model, record);
	bool seen = record->event->kind == EVENT_ROW && model->build->marks == 0 &&
		    model_seen_asked(model, record->serial);
	bool marked = in_marks_dump(model, record);
	if (!seen && !marked)
		return;
	struct sample shown = {.row = *row,
		.t_ns = record->event->t_ns,
		.asked_ns = record->event->asked_ns,
		.diag_frame = record->event->number,
		.mark = record->sample_of,
		.run = (uint16_t)(model->run_count - 1)};
	if (seen)
		model_seen(model, &shown);
	if (!marked)
		return;
	struct sample *sample = PUSH(model, model->samples, model->sample_count);
	if (sample == NULL)
		return;
	*sample = shown;
	model->sample_count++;
}

void model_take(void *context, const struct record *record)
{
	struct model *model = context;

	if (model->build->failed || model->run_count == 0)
		return;
	if (model->build->held_count > 0 && record->kind != RECORD_SETTLED &&
		(record->kind != RECORD_TRANSITION ||
			record->serial != model->build->held[0].serial))
		told_release(model);
	switch (record->kind) {
	case RECORD_TRANSITION:
		if (told_hold(model, record))
			break;
		replay_waiting(model, record);
		model_transition(model, record);
		break;
	case RECORD_CONFIRMATION:
		replay_waiting(model, record);
		model_confirmation(model, record);
		break;
	case RECORD_CORRECTION:
		replay_waiting(model, record);
		model_correction(model, record);
		break;
	case RECORD_SEGMENT:
		if (record->event == NULL)
			break;
		if (record->serial == 0) {
			findings_icmp(model, record);
			model_datagram(model, record);
		} else {
			replay_waiting(model, record);
			model_segment(model, record);
		}
		break;
	case RECORD_SETTLED:
		fold_settled(model, record);
		break;
	case RECORD_SAMPLE:
		if (record->event != NULL)
			take_sample(model, record);
		break;
	case RECORD_COUNTER:
	case RECORD_MARK:
	case RECORD_CHECK:
		if (record->event != NULL)
			model_fact(model, record);
		break;
	case RECORD_FINDING:
		model_lacks_of(model, record);
		break;
	case RECORD_CALL:
		model_call(model, record);
		break;
	case RECORD_EXIT:
		model_exit(model, record);
		break;
	default:
		break;
	}
}
