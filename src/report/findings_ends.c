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
	finding->arg[1] = ms_of(own->late.t_ns - other->fin_ns);
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
				    ? ms_of(gone->rst.t_ns - gone->before_rst_own_ns)
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
	finding->arg[1] =
		stall->again_first_ns != 0 ? ms_of(record->t_ns - stall->again_first_ns) : 0;
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

/* Whose end it is; before accept() that is the listener's. */
static void name_server(const struct model *model, struct finding *finding,
	const struct connection *connection, int side)
{
	name_end(finding, 0, connection, side);
	for (size_t i = 0; i < model->listener_count && finding->text[0][0] == '\0'; i++) {
		const struct listener *listener = &model->listeners[i];

		if (connection->client == !side && listener->run == connection->run &&
			listener->has_owner &&
			listener->key.port_be[0] == connection->key.port_be[side] &&
			listener->first_ns <= connection->last_ns)
			finding_name(finding, 0, &listener->owner);
	}
}

/* How long after from_ns it was accepted, to_ns at most; 0: before, never, or at once. */
static int64_t queued_ms(const struct model *model, const struct connection *connection,
	int64_t from_ns, int64_t to_ns)
{
	const struct accepted *accepted = &connection->accepted;
	/* the watch has the run's own times */
	int64_t t_ns = accepted->t_ns - model->runs[connection->run].clock.shift_ns;
	int64_t until_ns = t_ns < to_ns ? t_ns : to_ns;

	return accepted->waited && accepted->known && until_ns > from_ns ? ms_of(until_ns - from_ns)
									 : 0;
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
	int64_t waited_ms = ms_of(end_ns - asks->request_last_ns);
	bool server = connection->client == side;
	bool queued = server && never_accepted(model, connection, asked, !side);
	int64_t accept_ms =
		server ? queued_ms(model, connection, asks->request_last_ns, INT64_MAX) : 0;
	bool late = accept_ms >= FINDING_HELD_MS && accept_ms > waited_ms / 2;
	bool unread = asked->shown.unread_since_ns != 0 &&
		      asked->shown.open_ns - asked->shown.unread_since_ns >=
			      FINDING_HELD_MS / 2 * (int64_t)WATCH_NS_PER_MS;
	if (waited_ms < FINDING_HELD_MS || asked->stall.zero_longest_ns != 0 ||
		!(queued || late || unread || asked->answers > 0))
		return;
	struct finding *finding = finding_of_connection(model, index, !side,
		queued ? FINDING_NEVER_ACCEPTED
		: late ? FINDING_ACCEPTED_LATE
		       : FINDING_NEVER_ANSWERED,
		asks->request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)asks->request_bytes;
	finding->arg[1] = late ? accept_ms : waited_ms;
	finding->arg[2] = late ? waited_ms : !queued && unread ? asked->shown.unread : 0;
	name_server(model, finding, connection, !side);
	finding_cite_frame(finding, asks->request.frame);
	finding_cite_diag(
		finding, queued || late ? asked->shown.waiting_diag : asked->shown.open_diag);
}

/* It was answered in the end, when the program came to accept() it or to read it. */
static void tell_late_answer(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *asks = watch != NULL ? &watch->end[side] : NULL;

	if (asks == NULL || asks->late_answer_ns < FINDING_HELD_MS * (int64_t)WATCH_NS_PER_MS ||
		(connection->finding_set & (UINT64_C(1) << FINDING_NEVER_ANSWERED |
						   UINT64_C(1) << FINDING_ACCEPTED_LATE |
						   UINT64_C(1) << FINDING_NEVER_ACCEPTED)))
		return;
	struct finding *finding = finding_of_connection(
		model, index, !side, FINDING_ANSWERED_LATE, asks->late_request.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = asks->late_request.len;
	finding->arg[1] = ms_of(asks->late_answer_ns);
	int64_t queued = connection->client == side
				 ? queued_ms(model, connection, asks->late_request.t_ns,
					   asks->late_request.t_ns + asks->late_answer_ns)
				 : 0;
	finding->arg[2] = queued > finding->arg[1] / 4 ? queued : 0;
	finding->arg[3] = asks->late_unread;
	name_server(model, finding, connection, !side);
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
