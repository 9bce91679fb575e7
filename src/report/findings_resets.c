/* Findings about how an end came to its end: an RST that the timeline's causes explain
 * (model_causes.c), data that met nobody, an end that gave up. */
#include "findings.h"
#include "tcpstate/steps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	OUTLIVED_MS = 5, /* between the clocks of capture and netlink */
	AT_ONCE_MS = 100,
	SYN_AGAIN_MS = 1000 /* when Linux sends a SYN again */
};

/* The alert by which TLS says goodbye. From the wire alone, what an end sends at last may be
 * neither request nor answer, too: it is smaller than those before. */
static bool says_goodbye(const struct model *model, const struct connection *connection,
	const struct watched_end *own, const struct watched_end *other)
{
	return (own->late_bytes > 0 && !own->words.late_other) ||
	       (!model->runs[connection->run].has_diag &&
		       smaller_than_asked(other, own->late_bytes));
}

/* The call that told it of the end of input; NULL: not recorded. */
static const struct model_call *read_of_end(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.result == 0 &&
			call_class(at->call.what) == CALL_TAKE && at->call.asked > 0)
			return at;
	}
	return NULL;
}

/* A server that answers its client's FIN with data takes read() == 0 for a message. */
static void end_answered(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_END_ANSWERED, own->late.t_ns);

	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)own->late_bytes;
	finding->arg[1] = connection->ends[!side].sent.bytes == 0;
	finding->arg[2] = !finding->arg[1];
	finding->phrase[0] = PHRASE_THE_SERVER;
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, other->fin_frame);
	finding_cite_frame(finding, own->late.frame);
	finding_cite_frame(finding, other->rst.frame);
	finding_cite_call(finding, read_of_end(model, connection, side));
}

/* The last that this client called before its close() was a read or a wait for the answer that
 * ended in vain after a while: a time limit of its own. */
static void own_limit(const struct model *model, struct finding *finding,
	const struct connection *connection, int client)
{
	const struct model_call *last = NULL;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side != client || at->said != NULL || at->call.what == CALLED_SHUTDOWN)
			continue;
		if (at->call.effect == CALL_CLOSES)
			break;
		last = at;
	}
	if (last == NULL || last->call.returned_ns == 0)
		return;
	int64_t waited_ms = ms_of(last->call.returned_ns - last->call.entered_ns);
	bool read = call_reads(last->call.what) && last->call.error == EAGAIN,
	     polled =
		     call_polls(last->call.what) && last->call.result == 0 && last->call.error == 0;
	if ((!read && !polled) || waited_ms < AT_ONCE_MS)
		return;
	finding->phrase[1] = PHRASE_OWN_LIMIT;
	finding->phrase_number = (uint32_t)waited_ms;
	snprintf(finding->text[1], FINDING_TEXT, "%s()", call_as_written(&last->call));
	finding_cite_call(finding, last);
}

/* How long the handshake took: a round trip, wherever the capture stands, and 0 where it is not
 * known. One whose SYN or SYN-ACK was lost took longer, and tells nothing. */
static int64_t round_trip_ns(const struct model *model, const struct connection *connection)
{
	int64_t last_ns = 0;

	for (int side = 0; side < 2; side++) {
		const struct record *opened =
			step_first_to(model, connection, side, 1u << STATE_ESTABLISHED);

		if (opened != NULL && opened->t_ns > last_ns)
			last_ns = opened->t_ns;
	}
	int64_t took_ns = connection->midway ? 0 : last_ns - connection->first_ns;
	return took_ns > 0 && took_ns < SYN_AGAIN_MS * (int64_t)WATCH_NS_PER_MS ? took_ns : 0;
}

/* A program that the peer's FIN woke answers at once, which takes a round trip to be captured. Of a
 * server that nobody asked for anything that is not enough: a goodbye (TLS) comes then, too. */
static bool soon_after_fin(const struct model *model, const struct connection *connection,
	const struct watched_end *own, const struct watched_end *other)
{
	int64_t way_ns = own->answers > 0 ? round_trip_ns(model, connection) : 0;

	return own->late.t_ns - other->fin_ns <= AT_ONCE_MS * (int64_t)WATCH_NS_PER_MS + way_ns;
}

/* It had been in CLOSE_WAIT for long, and owed its client nothing: the client is not at fault. */
static bool all_answered(const struct watched_end *own, const struct watched_end *other)
{
	return own->answers > 0 && own->late_for.t_ns == 0 && !own->late_goes_on &&
	       ms_of(own->late.t_ns - other->fin_ns) >= FINDING_HELD_MS;
}

/* What `side` sent met a socket that its program had closed. */
static void data_after_close(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];

	if (own->late_bytes == 0)
		return;
	/* an answer to a client that has left is another story than a request that comes too late
	 */
	unsigned code =
		connection->client == !side ? FINDING_CLIENT_LEFT : FINDING_DATA_TO_CLOSED_PEER;
	if (says_goodbye(model, connection, own, other))
		return;
	if (code == FINDING_CLIENT_LEFT && own->late_unasked &&
		soon_after_fin(model, connection, own, other)) {
		end_answered(model, index, side);
		return;
	}
	/* who never asked is owed no answer: a greeting, a goodbye (TLS) that crossed its FIN; what
	 * the server had begun to tell all the same, that client leaves in the middle */
	if (code == FINDING_CLIENT_LEFT && !connection->midway &&
		connection->ends[!side].sent.bytes == 0 &&
		connection->ends[side].sent.bytes <= own->late_bytes)
		return;
	/* what came too late is told with what it waited for */
	if (code == FINDING_CLIENT_LEFT && finding_released(model, index, side))
		return;
	struct finding *finding = finding_of_connection(model, index, side, code, own->late.t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)own->late_bytes;
	finding->arg[1] = ms_of(own->late.t_ns - other->fin_ns);
	/* its first words already came too late: the other had not waited for any */
	bool asks = connection->client == side; /* of one met midway nobody may know */
	finding->arg[3] =
		asks && !connection->midway && connection->ends[side].sent.bytes <= own->late_bytes;
	/* of the keep-alive race an answer or more had come before */
	finding->arg[2] = asks && !finding->arg[3] && other->answers > 0 && !own->late_goes_on &&
			  !own->late_answered;
	if (asks && !finding->arg[2] && !finding->arg[3])
		finding->phrase[1] =
			own->late_answered ? PHRASE_ANSWERED_EARLY : PHRASE_CLOSED_MIDWAY;
	if (connection->client == -1)
		finding->phrase[1] = PHRASE_ROLES_UNKNOWN;
	if (code == FINDING_CLIENT_LEFT && all_answered(own, other))
		finding->phrase[1] = PHRASE_ALL_ANSWERED;
	else if (code == FINDING_CLIENT_LEFT)
		own_limit(model, finding, connection, !side);
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, other->fin_frame);
	finding_cite_frame(finding, own->late.frame);
	finding_cite_frame(finding, other->rst.frame);
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

/* No row and no call tells what lay unread, but the kernel's counter leaves nothing else. */
static int64_t unread_by_counter(
	const struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *end = &watch->end[side];

	if (model->runs[connection->run].has_calls || !(connection->local_sides & 1 << side) ||
		end->fin_ns != 0 || end->rst.t_ns == 0 || !(end->rst.flags & TCP_ACK) ||
		connection->ends[!side].sent.bytes == 0 ||
		unaccepted_until(connection, side, INT64_MAX))
		return 0;
	return tally_borne_out(model, connection->run, TALLY_UNREAD, reset->t_ns);
}

/* shutdown(SHUT_RD), after which its reads return 0 at once, whatever comes. */
static const struct model_call *shut_reading(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.what == CALLED_SHUTDOWN && at->call.error == 0 &&
			strcmp(at->call.arguments, "SHUT_RD") == 0)
			return at;
	}
	return NULL;
}

/* close() with bytes unread sends RST|ACK (tcp_close(), RFC 2525 2.17). */
static bool unread_at_close(
	struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int64_t unread = reset->reason.arg[0], counted = 0;
	const struct model_call *read = newest_read(model, connection, side),
				*shut = shut_reading(model, connection, side);

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.effect == CALL_CLOSES && at->call.unread > 0)
			unread = at->call.unread;
	}
	if (unread <= 0)
		counted = unread_by_counter(model, index, side, reset);
	if (unread <= 0 && counted == 0)
		return false;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_UNREAD_AT_CLOSE, reset->t_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = unread > 0 ? unread : 0;
	finding->arg[1] = (int64_t)connection->ends[!side].sent.bytes;
	finding->arg[3] = counted;
	finding_cite_part(finding, "TcpExtTCPAbortOnClose", 1, counted);
	finding->arg[2] = read != NULL ? read->call.asked : 0;
	if (finding_ended_then(model, connection, side, reset->t_ns))
		finding->phrase[1] = PHRASE_OR_ENDED_THEN;
	if (shut != NULL)
		finding->phrase[1] = PHRASE_SHUT_RD;
	finding_cite_call(finding, shut);
	finding->phrase[0] = PHRASE_THE_PROGRAM;
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, reset->frame);
	finding_upstream_ended(
		model, finding, connection, side, watch != NULL ? watch->end[side].rst.t_ns : 0);
	/* a client that is turned away is told why in another way than by its reads */
	if (!finding_says(finding, 1) && connection->client == !side && unread >= finding->arg[1])
		finding->phrase[1] = PHRASE_READ_NONE;
	finding_cite_diag(finding, watch != NULL ? watch->end[side].shown.open_diag : 0);
	if (read != NULL)
		finding_cite_call(finding, read);
	return true;
}

/* Its socket was shown, and then no more, and no packet told why (TCP_REPAIR, `ss --kill` by
 * another means, a checkpoint). */
static bool vanished(const struct model *model, uint32_t index, int side)
{
	const struct record *edge = finding_last_edge(model, &model->connections[index], side);

	return edge != NULL && edge->to == STATE_CLOSED && edge->frame == 0 &&
	       edge->from == STATE_ESTABLISHED && edge->cause == CAUSE_UNKNOWN;
}

static void peer_rebooted(struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *gone = &watch->end[!side];
	int64_t silent_ms = gone->rst.t_ns != 0 && gone->before_rst_own_ns != 0
				    ? ms_of(gone->rst.t_ns - gone->before_rst_own_ns)
				    : 0;

	if (gone->fin_ns != 0 || reset->from != STATE_ESTABLISHED ||
		(silent_ms < FINDING_HELD_MS && !vanished(model, index, !side)))
		return;
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_PEER_REBOOTED, reset->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = silent_ms;
	finding_cite_frame(finding, gone->before_rst.frame);
	finding_cite_frame(finding, reset->frame);
}

/* It was spoken to afterwards. */
static void tell_vanished(struct model *model, uint32_t index, int side)
{
	const struct record *reset = finding_last_edge(model, &model->connections[index], !side);

	if (reset != NULL && reset->to == STATE_CLOSED && reset->frame != 0)
		peer_rebooted(model, index, !side, reset);
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
	finding->arg[2] = idle_before_ms(watch, side);
	finding->arg[3] = others_heard(model, index, !side, stalled_since_ns(watch, side));
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, stall->again_frame);
	finding_cite_frame(finding, record->frame);
	finding_cite_diag(finding, record->diag_frame);
}

static void keepalive_timed_out(
	struct model *model, uint32_t index, int side, const struct record *record)
{
	const struct connection *connection = &model->connections[index];
	const struct sent *heard = &findings_watch(model, index)->end[side].before_rst;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_KEEPALIVE_TIMED_OUT, record->t_ns);

	if (finding == NULL)
		return;
	finding->arg[0] = record->reason.arg[0];
	if (heard->t_ns != 0 && heard->t_ns < record->t_ns)
		finding->arg[1] = ms_of(record->t_ns - heard->t_ns);
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, heard->frame);
	finding_cite_frame(finding, record->frame);
	finding_cite_diag(finding, record->diag_frame);
}

/* Its FIN had gone out, and its orphan, too, was gone when the data came (tcp_fin_timeout, the end
 * of TIME_WAIT): the RST that answers them ends nothing here. */
static bool answers_after_end(const struct watched_end *end, const struct watched_end *other)
{
	return end->fin_ns != 0 && end->rst.t_ns > end->fin_ns && other->late.t_ns != 0 &&
	       other->late.t_ns <= end->rst.t_ns && !(end->rst.flags & TCP_ACK);
}

/* An end's last edge and what it tells of the other. */
static void tell_reset(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct record *record = finding_last_edge(model, connection, side);

	if (record == NULL || record->to != STATE_CLOSED || findings_watch(model, index) == NULL)
		return;
	if (vanished(model, index, side) && findings_watch(model, index)->end[side].rst.t_ns != 0)
		tell_vanished(model, index, side);
	switch (record->reason.code) {
	case REASON_DATA_AFTER_CLOSE:
		data_after_close(model, index, !side);
		break;
	case REASON_RST_SENT:
		if (!unread_at_close(model, index, side, record))
			finding_aborted(model, index, side, record);
		break;
	case REASON_NO_SOCKET:
		peer_rebooted(model, index, !side, record);
		break;
	case REASON_RST_BY_ANOTHER:
		rst_forged(model, index, side, record);
		break;
	case REASON_KEEPALIVE_TIMED_OUT:
		keepalive_timed_out(model, index, side, record);
		break;
	case REASON_RETRANSMISSION_TIMED_OUT:
		gave_up(model, index, side, record);
		break;
	default:
		if (record->frame != findings_watch(model, index)->end[side].rst.frame &&
			answers_after_end(&findings_watch(model, index)->end[side],
				&findings_watch(model, index)->end[!side]))
			data_after_close(model, index, !side);
		break;
	}
}

/* Its local port happened to be the port that it dialled, where nobody listened: the SYN met the
 * socket that had sent it (RFC 9293, 3.5, simultaneous open). */
static void self_connected(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	const struct flow_key *key = &connection->key;

	if (key->port_be[0] != key->port_be[1] ||
		memcmp(key->addr[0], key->addr[1], sizeof(key->addr[0])) != 0 ||
		(connection->traits & TRAIT_OPENED) == 0 ||
		(connection->midway && !model->runs[connection->run].has_diag))
		return;
	struct finding *finding = finding_of_connection(
		model, index, 0, FINDING_SELF_CONNECTED, connection->first_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ntohs(key->port_be[0]);
	finding_name_end(finding, 0, connection, connection->ends[0].has_owner ? 0 : 1);
}

/* An RST in this end's name, of which its socket knew nothing: the kernel still showed it open. */
static void outlived_its_rst(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *end = watch != NULL ? &watch->end[side] : NULL;

	if (end == NULL || end->rst.t_ns == 0 || !(connection->local_sides & 1 << side) ||
		end->shown.open_asked_ns < end->rst.t_ns + OUTLIVED_MS * (int64_t)WATCH_NS_PER_MS ||
		model_state_at(model, connection, side, end->shown.open_ns) == STATE_CLOSED ||
		finding_set_has(&connection->finding_set, FINDING_RST_FORGED))
		return;
	struct finding *finding =
		finding_of_connection(model, index, !side, FINDING_RST_FORGED, end->rst.t_ns);
	if (finding == NULL)
		return;
	strcpy(finding->text[0],
		state_name(model_state_at(model, connection, side, end->shown.open_ns)));
	finding_cite_frame(finding, end->rst.frame);
	finding_cite_diag(finding, end->shown.open_diag);
}

bool findings_of_resets(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++) {
		self_connected(model, i);
		for (int side = 0; side < 2; side++)
			outlived_its_rst(model, i, side);
		for (int side = 0; side < 2; side++)
			tell_reset(model, i, side);
	}
	return !model->build->failed;
}
