/* Findings about a program's abort: an RST without a FIN, while the other end waited for an answer
 * or still sent; whether SO_LINGER or bytes unread made close() one. */
#include "findings.h"

#include <errno.h>
#include <string.h>

enum abort_by { ABORT_UNKNOWN, ABORT_LINGER, ABORT_UNREAD, ABORT_NO_CLOSE };

/* SO_LINGER with a time of 0, as its setsockopt() says; NULL: not recorded. */
static const struct model_call *lingers(
	const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.what == CALLED_SETSOCKOPT && at->call.error == 0 &&
			strcmp(at->call.arguments, "SO_LINGER = on, 0 s") == 0)
			return at;
	}
	return NULL;
}

/* Which of the two that make close() an RST (tcp_close()): the newest row after the peer's last
 * data tells what lay unread, and a counter that alone moved. */
static enum abort_by abort_cause(const struct model *model, const struct connection *connection,
	const struct watch *watch, int side)
{
	const struct watched_end *end = &watch->end[side], *other = &watch->end[!side];
	int64_t unread = counter_moved(
			model, connection->run, "TcpExtTCPAbortOnClose", INT64_MIN, INT64_MAX),
		linger = counter_moved(
			model, connection->run, "TcpExtTCPAbortOnData", INT64_MIN, INT64_MAX);

	if (lingers(model, connection, side) != NULL)
		return ABORT_LINGER;
	/* close() counts what makes it an RST: this was another way (tcp_abort(), tcp_disconnect())
	 */
	if ((connection->local_sides & 1 << side) && linger == 0 && unread == 0 &&
		model->runs[connection->run].has_facts && !model->runs[connection->run].incomplete)
		return ABORT_NO_CLOSE;
	if (end->shown.unread == 0 && end->shown.held_ns != 0 && other->request.t_ns != 0 &&
		end->shown.open_ns > other->request_last_ns)
		return ABORT_LINGER;
	if (!(connection->local_sides & 1 << side) || (linger > 0) == (unread > 0))
		return ABORT_UNKNOWN;
	return linger > 0 ? ABORT_LINGER : ABORT_UNREAD;
}

/* A call of this end's program got ECONNRESET instead of the end of the data. */
static bool met_reset(const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.error == ECONNRESET)
			return true;
	}
	return false;
}

/* This server went before its client, which had not closed, had acknowledged all that it had sent:
 * as far as packets and counters tell. Calls tell whether the client met the RST. */
static bool cut_short(const struct model *model, const struct connection *connection,
	const struct watched_end *end, const struct watched_end *client)
{
	const struct run *run = &model->runs[connection->run];

	return run->has_diag && !run->has_calls && client->fin_ns == 0 && end->fin_ns == 0 &&
	       end->sent_known && end->unseen_ns == 0 && (end->before_rst.flags & TCP_ACK) &&
	       (int32_t)(end->sent_end - end->before_rst.ack) > 0;
}

/* This server went while its client, which had not closed, advertised a window of 0: it could not
 * send on, and the client had not read. */
static bool went_when_full(const struct model *model, const struct watched_end *end,
	const struct watched_end *client, const struct connection *connection)
{
	const struct stall *stall = &client->stall;

	return model->runs[connection->run].has_diag && client->fin_ns == 0 && end->fin_ns == 0 &&
	       stall->zero_longest_ns > 0 &&
	       stall->zero_longest_from_ns + stall->zero_longest_ns == end->rst.t_ns;
}

/* The other end waited for an answer, or was still sending. An abort of a finished conversation, as
 * load generators do to be spared TIME_WAIT, harms nobody. */
void finding_aborted(struct model *model, uint32_t index, int side, const struct record *reset)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *other = &watch->end[!side];
	bool asked = connection->client == 1 - side && other->request.t_ns != 0;
	bool sending = other->last.len > 0 && other->last.t_ns > watch->end[side].rst.t_ns;
	bool open = connection->client == 1 - side && met_reset(model, connection, !side);
	bool local = connection->client == 1 - side && (connection->local_sides & 1 << side) != 0;
	bool cut = local && cut_short(model, connection, &watch->end[side], other);
	bool full = local && went_when_full(model, &watch->end[side], other, connection);

	if (connection->client == -1 || watch->end[side].rst.t_ns == 0 ||
		!(asked || sending || open || cut || full))
		return;
	if (watch->end[side].after_rst > 0)
		return; /* it went on: the RST was another's */
	/* it had closed, or half-closed: packets do not tell which, and so not that it waited */
	if (!model->runs[connection->run].has_diag && other->fin_ns != 0 &&
		other->fin_ns <= watch->end[side].rst.t_ns)
		return;
	if ((watch->end[side].rst.flags & TCP_SYN) || watch->end[side].rst.len > 0)
		return; /* no stack sends such a one */
	enum abort_by by = abort_cause(model, connection, watch, side);
	if (!(asked || sending || open) && by == ABORT_NO_CLOSE)
		return;
	struct finding *finding = finding_of_connection(model, index, side,
		by == ABORT_NO_CLOSE ? FINDING_SOCKET_DESTROYED : FINDING_ABORTED, reset->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = (int64_t)connection->ends[!side].sent.bytes;
	if (by == ABORT_NO_CLOSE) {
		finding_name_end(finding, 0, connection, side);
		finding_cite_frame(finding, reset->frame);
		finding_cite_diag(finding, watch->end[side].shown.open_diag);
		return;
	}
	finding->arg[1] = by == ABORT_LINGER;
	finding->arg[2] = by == ABORT_UNREAD;
	finding->arg[3] = by == ABORT_UNKNOWN;
	finding->phrase_state = asked || sending ? ABORTED_ASKED
				: open           ? ABORTED_OPEN
				: cut            ? ABORTED_CUT
						 : ABORTED_FULL;
	if (finding_ended_then(model, connection, side, reset->t_ns))
		finding->phrase[1] = PHRASE_OR_ENDED_THEN;
	finding->phrase[0] = PHRASE_THE_PROGRAM;
	finding_name_end(finding, 0, connection, side);
	if (finding->phrase_state == ABORTED_CUT || finding->phrase_state == ABORTED_FULL)
		finding_cite_frame(finding, watch->end[side].before_rst.frame);
	finding_cite_frame(finding, reset->frame);
	finding_upstream_ended(model, finding, connection, side, watch->end[side].rst.t_ns);
	finding_cite_diag(finding, watch->end[side].shown.open_diag);
	finding_cite_call(finding, lingers(model, connection, side));
	if (by != ABORT_UNKNOWN && lingers(model, connection, side) == NULL) {
		const char *counter =
			by == ABORT_LINGER ? "TcpExtTCPAbortOnData" : "TcpExtTCPAbortOnClose";

		finding_cite_part(finding, counter, 1,
			counter_moved(model, connection->run, counter, INT64_MIN, INT64_MAX));
	}
}
