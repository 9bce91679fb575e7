/* Findings about an end whose data met nobody: closed before, gone, not reading, not answering; and
 * about RSTs that the timeline's causes explain (model_causes.c). */
#include "findings.h"

#include <string.h>

static const struct record *last_edge(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = connection->steps.count; i-- > 0;) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_TRANSITION &&
			(model->transitions[step->index].record.side & 1) == side)
			return &model->transitions[step->index].record;
	}
	return NULL;
}

static void name_end(
	struct finding *finding, int which, const struct connection *connection, int side)
{
	if (connection->has_owner[side])
		finding_name(finding, which, &connection->owner[side]);
}

/* What `side` sent met a socket that its program had closed. */
static void data_after_close(
	struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];

	if (own->late_bytes == 0)
		return;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_DATA_TO_CLOSED_PEER, own->late.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)own->late_bytes;
	finding->arg[1] = (own->late.t_ns - other->fin_ns) / WATCH_NS_PER_MS;
	name_end(finding, 0, connection, side);
	finding_cite_frame(finding, other->fin_frame);
	finding_cite_frame(finding, own->late.frame);
	finding_cite_frame(finding, reset->frame);
	finding_cite_diag(finding, other->shown.orphan_diag);
}

static const struct model_call *newest_read(
	const struct model *model, const struct connection *connection, int side)
{
	const struct model_call *found = NULL;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.result > 0 &&
			call_class(at->call.what) == CALL_TAKE && at->call.asked >= 0 &&
			at->call.what != CALLED_ACCEPT && at->call.what != CALLED_ACCEPT4)
			found = at;
	}
	return found;
}

/* close() with bytes unread sends RST|ACK (tcp_close(), RFC 2525 2.17). */
static void unread_at_close(
	struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int64_t unread = reset->reason.arg[0];
	const struct model_call *read = newest_read(model, connection, side);

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.effect == CALL_CLOSES && at->call.unread > 0)
			unread = at->call.unread;
	}
	if (unread <= 0)
		return;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_UNREAD_AT_CLOSE, reset->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = unread;
	finding->arg[1] = (int64_t)connection->bytes[!side];
	finding->arg[2] = read != NULL ? read->call.asked : 0;
	strcpy(finding->text[0], "the program");
	name_end(finding, 0, connection, side);
	finding_cite_frame(finding, reset->frame);
	finding_cite_diag(finding, watch != NULL ? watch->end[side].shown.open_diag : 0);
	if (read != NULL)
		finding_cite_call(finding, read);
}

static void peer_rebooted(struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *gone = &watch->end[!side];
	int64_t silent_ms = gone->rst.t_ns != 0 && gone->before_rst_own_ns != 0
				    ? (gone->rst.t_ns - gone->before_rst_own_ns) / WATCH_NS_PER_MS
				    : 0;

	if (gone->fin_ns != 0 || silent_ms < FINDING_HELD_MS || reset->from != STATE_ESTABLISHED)
		return;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_PEER_REBOOTED, reset->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = silent_ms;
	finding_cite_frame(finding, gone->before_rst.frame);
	finding_cite_frame(finding, reset->frame);
}

static void rst_forged(struct model *model, uint32_t index, int side, const struct record *reset)
{
	struct finding *finding =
		finding_of_connection(model, index, !side, FINDING_RST_FORGED, reset->t_ns);

	if (finding == NULL)
		return;
	finding->arg[0] = reset->reason.arg[0];
	finding->arg[1] = reset->reason.arg[1];
	if (reset->reason.arg[0] == 0)
		finding->arg[2] = findings_watch(model, index)->end[side].after_rst;
	finding_cite_frame(finding, reset->frame);
	finding_cite_frame(finding, findings_watch(model, index)->end[side].last.frame);
}

static void gave_up(struct model *model, uint32_t index, int side, const struct record *record)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct stall *stall = &watch->end[side].stall;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_GAVE_UP, record->t_ns);

	if (finding == NULL)
		return;
	finding->arg[0] = record->reason.arg[0];
	finding->arg[1] = stall->again_first_ns != 0
				  ? (record->t_ns - stall->again_first_ns) / WATCH_NS_PER_MS
				  : 0;
	name_end(finding, 0, connection, side);
	finding_cite_frame(finding, stall->again_frame);
	finding_cite_frame(finding, record->frame);
	finding_cite_diag(finding, record->diag_frame);
}

/* An end's last edge and what it tells of the other. */
static void tell_reset(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct record *record = last_edge(model, connection, side);

	if (record == NULL || record->to != STATE_CLOSED || findings_watch(model, index) == NULL)
		return;
	switch (record->reason.code) {
	case REASON_DATA_AFTER_CLOSE:
		data_after_close(model, index, !side, record);
		break;
	case REASON_RST_SENT:
		unread_at_close(model, index, side, record);
		break;
	case REASON_NO_SOCKET:
		peer_rebooted(model, index, !side, record);
		break;
	case REASON_RST_BY_ANOTHER:
		rst_forged(model, index, side, record);
		break;
	case REASON_RETRANSMISSION_TIMED_OUT:
		gave_up(model, index, side, record);
		break;
	default:
		break;
	}
}

/* `side` asked, was acknowledged, and waits without an answer, while the other does not read, or
 * had answered before. */
static void tell_request(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	if (watch == NULL || watch->end[side].request.t_ns == 0 ||
		watch->end[side].request_acked_ns == 0)
		return;
	const struct watched_end *asks = &watch->end[side], *asked = &watch->end[!side];
	int64_t end_ns = model->runs[connection->run].last_ns;
	const struct record *edge = last_edge(model, connection, side);
	if (edge != NULL && edge->to == STATE_CLOSED)
		end_ns = edge->t_ns;
	end_ns -= model->runs[connection->run].clock.shift_ns;
	if (asks->fin_ns != 0 && asks->fin_ns < end_ns)
		end_ns = asks->fin_ns;
	if (asks->rst.t_ns != 0 && asks->rst.t_ns < end_ns)
		end_ns = asks->rst.t_ns;
	if (asked->fin_ns != 0 && asked->fin_ns < end_ns)
		end_ns = asked->fin_ns;
	int64_t waited_ms = (end_ns - asks->request_last_ns) / WATCH_NS_PER_MS;
	bool queued = never_accepted(model, connection, asked, !side);
	bool unread = asked->shown.unread_since_ns != 0 &&
		      asked->shown.open_ns - asked->shown.unread_since_ns >=
			      FINDING_HELD_MS / 2 * (int64_t)WATCH_NS_PER_MS;
	if (waited_ms < FINDING_HELD_MS || asked->stall.zero_longest_ns != 0 ||
		!(queued || unread || asked->answers > 0))
		return;
	struct finding *finding = finding_of_connection(model, index, !side,
		queued ? FINDING_NEVER_ACCEPTED : FINDING_NEVER_ANSWERED, asks->request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)asks->request_bytes;
	finding->arg[1] = waited_ms;
	if (!queued)
		finding->arg[2] = unread ? asked->shown.unread : 0;
	name_end(finding, 0, connection, !side);
	finding_cite_frame(finding, asks->request.frame);
	finding_cite_diag(finding, queued ? asked->shown.waiting_diag : asked->shown.open_diag);
}

/* It was answered in the end, when the program came to read it. */
static void tell_late_answer(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *asks = watch != NULL ? &watch->end[side] : NULL;

	if (asks == NULL || asks->late_answer_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS ||
		(connection->finding_set & (UINT64_C(1) << FINDING_NEVER_ANSWERED |
						   UINT64_C(1) << FINDING_NEVER_ACCEPTED)))
		return;
	struct finding *finding = finding_of_connection(
		model, index, !side, FINDING_NEVER_ANSWERED, asks->late_request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = asks->late_request.len;
	finding->arg[1] = asks->late_answer_ns / WATCH_NS_PER_MS;
	finding->arg[2] = asks->late_unread;
	name_end(finding, 0, connection, !side);
	finding_cite_frame(finding, asks->late_request.frame);
	finding_cite_diag(finding, asks->late_diag);
}

bool findings_of_ends(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			tell_reset(model, i, side);
			tell_request(model, i, side);
			tell_late_answer(model, i, side);
		}
	return !model->build->failed;
}
