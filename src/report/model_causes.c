/* Causes that no single segment tells: whose doing an RST was, whether a program closed or ended,
 * why a final ACK was ignored. Rows, the end's own FIN, the form of the RST, calls, the ends of
 * processes and counters say it together (docs/findings.md). */
#include "findings.h"
#include "tcpstate/steps.h"

#include <string.h>

enum {
	GAVE_UP_AGAIN = 2, /* sent again at least so often before it gave up */
	LISTENER_SLACK_MS = 20,
	EXIT_SEEN_MS = 20,
	EXIT_LATE_MS = 200
};

/* ---- the end of a process ---- */

static bool sends_fin(const struct call *call)
{
	return (call->effect == CALL_CLOSES && call->last) ||
	       (call->what == CALLED_SHUTDOWN && call->error == 0 &&
		       strcmp(call->arguments, "SHUT_RD") != 0);
}

static bool closes_listener(const struct call *call)
{
	return (call->effect == CALL_CLOSES && call->last) ||
	       (call->what == CALLED_SHUTDOWN && call->error == 0 &&
		       strcmp(call->arguments, "SHUT_WR") != 0);
}

/* Could this call have made this edge? */
static bool may_have_made(const struct record *record, const struct call *call)
{
	if (record->to == STATE_LISTEN)
		return call->what == CALLED_LISTEN && call->error == 0;
	if (record->to == STATE_SYN_SENT)
		return call->what == CALLED_CONNECT;
	if (record->listener)
		return closes_listener(call);
	return sends_fin(call);
}

/* The call that made the edge, of those at call_order[first], COUNT of them, made by then: the
 * first that sends a FIN, else the last. INDEX_NONE: none seen. */
static uint32_t call_of_edge(const struct model *model, const struct record *record, int side,
	size_t first, size_t count)
{
	bool fin = record->to == STATE_FIN_WAIT1 || record->to == STATE_LAST_ACK;
	uint32_t found = INDEX_NONE;

	for (size_t i = 0; i < count; i++) {
		uint32_t index = model->call_order[first + i];
		const struct model_call *at = &model->calls[index];

		if (at->side != side || at->call.entered_ns > record->t_ns + WATCH_NS_PER_MS ||
			!may_have_made(record, &at->call))
			continue;
		found = index;
		if (fin)
			break;
	}
	return found;
}

/* Name it. NULL: none seen. */
static const struct call *call_name_edge(
	struct model *model, struct transition *transition, int side, size_t first, size_t count)
{
	uint32_t index = call_of_edge(model, &transition->record, side, first, count);

	if (index == INDEX_NONE)
		return NULL;
	transition->call = index + 1;
	return &model->calls[index].call;
}

static const struct model_exit *exit_of(const struct model *model, uint16_t run, uint32_t pid)
{
	for (size_t i = 0; i < model->exit_count; i++)
		if (model->exits[i].run == run && model->exits[i].exit.pid == pid)
			return &model->exits[i];
	return NULL;
}

/* The process that tcpstate terminated when the recording was over, if the end's holder was one. */
static const struct model_exit *recorder_ended(
	const struct model *model, uint16_t run, const struct owner *owner, int64_t t_ns)
{
	const struct model_exit *any = NULL;

	for (size_t i = 0; i < model->exit_count; i++) {
		const struct model_exit *at = &model->exits[i];

		if (at->run != run || !at->exit.by_recorder || at->not_before_ns > t_ns)
			continue;
		any = at;
		if (owner != NULL &&
			(at->exit.pid == owner->pid || at->exit.host_pid == owner->pid))
			return at;
	}
	/* a holder that nobody had seen: one of them, or a child */
	return owner == NULL || exit_of(model, run, owner->pid) == NULL ? any : NULL;
}

static void set_cause(struct record *record, enum cause cause, unsigned code, int64_t a, int64_t b)
{
	record->cause = (uint8_t)cause;
	record->reason = (struct reason){(uint16_t)code, {a, b, 0}};
}

/* A process that ended by itself may have called close() just before. */
static void closed_or_ended(
	struct record *record, const struct owner *owner, bool then, bool perhaps)
{
	switch (record->reason.code) {
	case REASON_CLOSED_BY_PROGRAM:
		if (perhaps || owner == NULL)
			set_cause(record, CAUSE_CALL, REASON_CLOSED_OR_ENDED,
				owner != NULL ? owner->pid : 0, 0);
		return;
	case REASON_FIN_SENT:
	case REASON_FIN_SENT_AFTER_PEER:
		if (then)
			set_cause(record, CAUSE_CALL, REASON_FIN_SENT_OR_ENDED, owner->pid, 0);
		return;
	default:
		return;
	}
}

/* An end that closed because its process did: not by a call. */
static bool ended_with_process(struct model *model, struct record *record, uint16_t run,
	const struct owner *owner, const struct call *call)
{
	/* it may have happened before */
	int64_t surely_ns = record->not_before_ns != 0 ? record->not_before_ns : record->t_ns;
	const struct model_exit *end = recorder_ended(model, run, owner, record->t_ns);

	if (end != NULL && (call == NULL || call->what == CALLED_EXIT)) {
		bool his = owner != NULL &&
			   (end->exit.pid == owner->pid || end->exit.host_pid == owner->pid);

		set_cause(record, CAUSE_CALL, REASON_ENDED_BY_RECORDER, his ? owner->pid : 0, 0);
		return true;
	}
	if (call != NULL && call->what == CALLED_EXIT) {
		end = exit_of(model, run, call->pid);
		set_cause(record, CAUSE_CALL, REASON_PROCESS_ENDED, call->pid,
			end != NULL ? end->exit.signal : 0);
		return true;
	}
	end = owner != NULL ? exit_of(model, run, owner->pid) : NULL;
	if (end != NULL && end->announced && end->not_before_ns > record->t_ns)
		end = NULL; /* it lived */
	/* Its sockets go first; it has ended when there is a processor for the rest of its exit,
	 * which a recorder that is late notices later still. A close() of its own came earlier. */
	bool after = end != NULL && surely_ns <= end->t_ns + 5 * (int64_t)WATCH_NS_PER_MS;
	int64_t apart_ns = end != NULL ? end->not_before_ns - record->t_ns : 0;
	bool then = after && apart_ns <= EXIT_SEEN_MS * (int64_t)WATCH_NS_PER_MS;
	bool perhaps = then || (after && apart_ns <= record->t_ns - surely_ns &&
				       apart_ns <= EXIT_LATE_MS * (int64_t)WATCH_NS_PER_MS);

	if (call != NULL)
		return false;
	if (then && end->exit.known && end->exit.signal != 0) {
		set_cause(record, CAUSE_CALL, REASON_PROCESS_ENDED, owner->pid, end->exit.signal);
		return true;
	}
	if (!model->runs[run].has_calls)
		closed_or_ended(record, owner, then, perhaps);
	return false;
}

/* ---- an RST ---- */

static bool listened_at(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		int64_t from_ns, to_ns;

		listener_span(model, listener, &from_ns, &to_ns);
		if (listener->run == connection->run &&
			listener->key.port_be[0] == connection->key.port_be[side] &&
			listener_covers(&listener->key, &connection->key, side) &&
			from_ns <= t_ns && t_ns < to_ns)
			return true;
	}
	return false;
}

/* Was a listener that could have had this connection in its queue closed around t_ns? The kernel
 * resets one after another, and may have to wait for a processor in between: of one that was there
 * before, nobody else does it, unless somebody listens there then. */
static bool listener_closed_at(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	static const uint8_t wildcard[16];
	const int64_t slack_ns = LISTENER_SLACK_MS * (int64_t)WATCH_NS_PER_MS;

	for (size_t i = 0; i < model->listener_count; i++) {
		const struct listener *listener = &model->listeners[i];
		const struct flow_key *key = &listener->key;

		if (listener->run != connection->run ||
			key->port_be[0] != connection->key.port_be[side] ||
			(memcmp(key->addr[0], wildcard, 16) != 0 &&
				memcmp(key->addr[0], connection->key.addr[side], 16) != 0))
			continue;
		if (listener->by_calls && listener->state == STATE_CLOSED &&
			t_ns >= listener->last_ns - slack_ns &&
			t_ns <= listener->last_ns + slack_ns)
			return true;
		for (size_t k = 0; k < listener->steps.count; k++) {
			const struct step *step = &listener->steps.item[k];
			const struct record *record = &model->transitions[step->index].record;

			if (step->kind != STEP_TRANSITION || record->to != STATE_CLOSED)
				continue;
			int64_t earliest_ns =
				record->not_before_ns != 0 ? record->not_before_ns : record->t_ns;
			if (t_ns >= earliest_ns - slack_ns &&
				(t_ns <= record->t_ns + slack_ns ||
					(connection->first_ns < record->t_ns &&
						!listened_at(model, connection, side, t_ns))))
				return true;
		}
	}
	return false;
}

/* It had sent something again and again, its timer had run out once more (the pauses double), and
 * nothing of the peer's asked for this RST. */
static bool gave_up(const struct watched_end *end)
{
	const struct sent *rst = &end->rst, *before = &end->before_rst;

	return end->stall.again_before_rst >= GAVE_UP_AGAIN && (rst->flags & TCP_ACK) &&
	       rst->t_ns - end->stall.again_before_ns >= end->stall.again_gap_ns &&
	       (before->t_ns == 0 || before->t_ns < end->stall.again_before_ns);
}

/* Another box spoke in the end's name: its hop limit is none that this end's other packets had. */
bool rst_foreign(const struct connection *connection, const struct watch *watch, int side)
{
	const struct watched_end *end = &watch->end[side];
	uint8_t first = connection->ends[side].hop_limit;
	uint8_t low = end->hop_low != 0 && end->hop_low < first ? end->hop_low : first;
	uint8_t high = end->hop_high > first ? end->hop_high : first;

	return end->rst.t_ns != 0 && first != 0 && end->rst.hop != 0 &&
	       !(connection->local_sides & 1 << side) &&
	       (end->rst.hop + 1 < low || end->rst.hop > high + 1);
}

/* Or that end went on as if it had sent none: who has sent an RST has no socket any more. */
static bool rst_disowned(
	const struct connection *connection, const struct watched_end *end, int side)
{
	return end->after_rst >= 2 && !(connection->local_sides & 1 << side);
}

/* A bare RST answers a segment (tcp_v4_send_reset()): data for a socket that its program had
 * closed. */
static bool answers_late_data(const struct watch *watch, int side)
{
	const struct watched_end *end = &watch->end[side];
	const struct sent *before = &end->before_rst;

	return end->fin_ns != 0 && end->fin_ns <= end->rst.t_ns && before->t_ns != 0 &&
	       (before->len > 0 || watch->end[1 - side].late.t_ns != 0) &&
	       !(end->rst.flags & TCP_ACK);
}

/* The kernel's own count leaves out tail loss probes: as often as the wire shows, if that is more.
 * One count for edge, finding and header. */
static void count_again(const struct model *model, struct transition *transition)
{
	struct record *record = &transition->record;
	const struct watch *watch = findings_watch(model, transition->index);
	const struct stall *stall = watch != NULL ? &watch->end[record->side & 1].stall : NULL;

	if (record->reason.code != REASON_RETRANSMISSION_TIMED_OUT || stall == NULL)
		return;
	if (stall->again > record->reason.arg[0])
		record->reason.arg[0] = stall->again;
	if (stall->again_before_rst > record->reason.arg[0])
		record->reason.arg[0] = stall->again_before_rst;
}

/* The last row had bytes unread: they may have been read since. The program has sent data since
 * then, or the kernel counted no close() with bytes unread in all the recording. */
static bool row_tells_no_unread(
	const struct model *model, uint16_t run, const struct watched_end *end, int64_t unread)
{
	if (unread <= 0)
		return false;
	if (end->request.t_ns != 0 && end->request_last_ns > end->shown.open_asked_ns)
		return true;
	return model->runs[run].has_facts && !model->runs[run].incomplete &&
	       counter_moved(model, run, "TcpExtTCPAbortOnClose", INT64_MIN, INT64_MAX) == 0;
}

static void rst_cause(struct model *model, struct transition *transition)
{
	struct record *record = &transition->record;
	const struct connection *connection = &model->connections[transition->index];
	const struct watch *watch = findings_watch(model, transition->index);
	int side = record->side & 1;

	if (watch == NULL)
		return;
	const struct watched_end *end = &watch->end[side];
	if (end->rst.frame != record->frame || end->rst.frame == 0)
		return;
	if (too_many_orphans(model, transition))
		set_cause(record, CAUSE_CALL, REASON_TOO_MANY_ORPHANS, 0, 0);
	else if (rst_foreign(connection, watch, side))
		set_cause(record, CAUSE_UNKNOWN, REASON_RST_BY_ANOTHER, end->rst.hop,
			connection->ends[side].hop_limit);
	else if (rst_disowned(connection, end, side))
		set_cause(record, CAUSE_UNKNOWN, REASON_RST_BY_ANOTHER, 0, 0);
	else if (answers_late_data(watch, side))
		set_cause(record, CAUSE_SEGMENT, REASON_DATA_AFTER_CLOSE,
			ms_of(end->rst.t_ns - end->fin_ns), 0);
	else if (gave_up(end))
		set_cause(record, CAUSE_TIMER, REASON_RETRANSMISSION_TIMED_OUT,
			end->stall.again_before_rst, 0);
	else if (unaccepted_until(connection, side, INT64_MAX) &&
		 /* the kernel counts a close() with bytes unread, not what it resets of a queue */
		 tally_borne_out(model, connection->run, TALLY_UNREAD, record->t_ns) == 0 &&
		 listener_closed_at(model, connection, side, record->t_ns))
		set_cause(record, CAUSE_CALL, REASON_LISTENER_CLOSED, 0, 0);
	else if (record->reason.code == REASON_NO_SOCKET)
		set_cause(record, CAUSE_SEGMENT, REASON_NO_SOCKET,
			!(connection->local_sides & 1 << side), 0);
	else if (unaccepted_until(connection, side, INT64_MAX) ||
		 row_tells_no_unread(model, connection->run, end, record->reason.arg[0]))
		record->reason.arg[0] = 0; /* what no program could read was not left unread */
	else if (end->fin_ns == 0 && end->rst.t_ns != 0 && !(end->rst.flags & TCP_ACK) &&
		 end->before_rst.t_ns != 0 && end->before_rst.ack == end->rst.seq &&
		 /* it had not spoken itself since that came: else it had a socket then, and no
		  * segment asked for this RST */
		 end->before_rst.t_ns >= end->before_rst_own_ns)
		set_cause(record, CAUSE_SEGMENT, REASON_NO_SOCKET,
			!(connection->local_sides & 1 << side), 0);
}

static void listener_cause(struct model *model, struct transition *transition)
{
	struct record *record = &transition->record;
	const struct listener *listener = &model->listeners[transition->index];

	if (record->from == STATE_UNKNOWN && record->to == STATE_LISTEN)
		set_cause(record, CAUSE_UNKNOWN, REASON_LISTENED_BEFORE, record->reason.arg[0], 0);
	if (record->cause != CAUSE_CALL)
		return;
	const struct call *call =
		call_name_edge(model, transition, 0, listener->first_call, listener->call_count);

	if (record->to == STATE_CLOSED)
		ended_with_process(model, record, transition->run,
			listener->has_owner ? &listener->owner : NULL, call);
}

static void connection_cause(struct model *model, struct transition *transition,
	const struct connection *connection, int side)
{
	if (transition->record.from == STATE_TIME_WAIT)
		return; /* no process has it any more */
	const struct call *call = call_name_edge(
		model, transition, side, connection->first_call, connection->call_count);

	if (transition->record.from != STATE_CLOSED)
		ended_with_process(model, &transition->record, transition->run,
			connection->ends[side].has_owner ? &connection->ends[side].owner : NULL,
			call);
}

bool model_causes(struct model *model)
{
	for (size_t i = 0; i < model->transition_count; i++) {
		struct transition *transition = &model->transitions[i];
		struct record *record = &transition->record;

		/* which of the two it was, the engine could not know: here all evidence is in */
		if (record->reason.code == REASON_CLOSED_OR_ENDED)
			record->reason.code = REASON_CLOSED_BY_PROGRAM;
		if (record->listener) {
			listener_cause(model, transition);
			continue;
		}
		const struct connection *connection = &model->connections[transition->index];
		int side = record->side & 1;
		if ((record->reason.code == REASON_RST_SENT ||
			    record->reason.code == REASON_NO_SOCKET) &&
			!refused_by_full_queue(model, transition))
			rst_cause(model, transition);
		count_again(model, transition);
		if (record->cause == CAUSE_CALL && (connection->local_sides & 1 << side) &&
			record->reason.code != REASON_LISTENER_CLOSED)
			connection_cause(model, transition, connection, side);
		else if (record->cause == CAUSE_CALL && !model->runs[transition->run].has_calls &&
			 record->reason.code == REASON_CLOSED_BY_PROGRAM)
			set_cause(record, CAUSE_CALL, REASON_CLOSED_OR_ENDED, 0, 0);
	}
	model_ignored_acks(model);
	/* they were of what was told before */
	tallies_free(model->build->tallies);
	model->build->tallies = NULL;
	return true;
}
