/* Findings about one socket: a state that its program should have left, a listener that let nobody
 * in. They rest on the finished timeline. */
#include "findings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	READS_LEAST = 3, /* times that a read told of the end of data: it is not looked at */
	LEAKS_LEAST = 3, /* sockets: fewer may be a coincidence */
	/* taken so shortly before the end of a state: it waited nearly all the while */
	TAKEN_LATE_NS = FINDING_HELD_MS / 2 * WATCH_NS_PER_MS
};

/* A stay of one end in a state. */
struct stay {
	int64_t from_ns, to_ns;
	const struct record *in, *out; /* out NULL: it lasted to the end of the recording */
};

static int64_t run_end(const struct model *model, const struct connection *connection)
{
	return model->runs[connection->run].last_ns;
}

/* The longest stay of `side` in `state`; false: it never was there. */
static bool longest_stay(const struct model *model, const struct connection *connection, int side,
	uint8_t state, struct stay *longest)
{
	const struct record *in = NULL;
	int64_t best_ns = -1;

	for (size_t i = 0; i <= connection->steps.count; i++) {
		const struct record *record = NULL;

		if (i < connection->steps.count) {
			const struct step *step = &connection->steps.item[i];

			if (step->kind != STEP_TRANSITION)
				continue;
			record = &model->transitions[step->index].record;
			if ((record->side & 1) != side)
				continue;
		}
		int64_t to_ns = record != NULL ? record->t_ns : run_end(model, connection);
		if (in != NULL && to_ns - in->t_ns > best_ns) {
			best_ns = to_ns - in->t_ns;
			*longest = (struct stay){in->t_ns, to_ns, in, record};
		}
		in = record != NULL && record->to == state ? record : NULL;
	}
	return best_ns >= 0;
}

/* The end did take the FIN: the kernel showed it so, or its ACK covers it. */
static bool took_fin(const struct watch *watch, int side, const struct record *in)
{
	return (in->evidence & EVIDENCE_KERNEL) != 0 ||
	       (watch != NULL && watch->end[side].took_fin_ns != 0);
}

/* Others of that server's left as well, and stood there for less than the time from which it is
 * told. */
static void count_unaccepted(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	struct stay stay = {.from_ns = 0};

	if (!longest_stay(model, connection, side, STATE_CLOSE_WAIT, &stay) ||
		!took_fin(findings_watch(model, index), side, stay.in) ||
		finding_set_has(&connection->finding_set, FINDING_CLOSE_WAIT_UNACCEPTED) ||
		finding_set_has(&connection->finding_set, FINDING_CLOSE_WAIT_HELD) ||
		findings_watch(model, index) == NULL ||
		!unaccepted_until(connection, side, stay.to_ns - WATCH_NS_PER_MS) ||
		finding_of_unaccepted(model, connection, side) == NULL)
		return;
	finding_unaccepted(model, index, side, ms_of(stay.to_ns - stay.from_ns));
}

/* How often a read told this end of the end of data while it was in CLOSE_WAIT. */
static void tell_reads(const struct model *model, struct finding *finding,
	const struct connection *connection, int side, const struct stay *stay)
{
	uint64_t count = 0;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];
		const struct call *call = &at->call;

		if (at->side == side && call_reads(call->what) && call->result == 0 &&
			call->error == 0 && call->asked > 0 && call->returned_ns != 0 &&
			at->at_ns >= stay->from_ns && at->at_ns <= stay->to_ns)
			count += 1 + (uint64_t)call->again;
	}
	if (count < READS_LEAST)
		return;
	finding->phrase[1] = PHRASE_IGNORES_END;
	finding->phrase_number = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
}

static bool ends_seen(const struct stay *stay)
{
	return stay->out != NULL && stay->out->evidence != EVIDENCE_INFERRED;
}

/* Where packets were lost, a state whose end nobody saw is known to have lasted as long as the
 * kernel showed it. */
static int64_t shown_until(const struct watch *watch, int side, const struct stay *stay)
{
	int64_t shown_ns = watch != NULL ? watch->end[side].shown.open_ns : 0;

	return shown_ns > stay->to_ns     ? stay->to_ns
	       : shown_ns > stay->from_ns ? shown_ns
					  : stay->from_ns;
}

static void tell_close_wait(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	struct stay stay = {.from_ns = 0};

	if (!longest_stay(model, connection, side, STATE_CLOSE_WAIT, &stay) ||
		!took_fin(findings_watch(model, index), side, stay.in))
		return;
	const struct watch *watch = findings_watch(model, index);
	bool cut = !ends_seen(&stay) && model_may_have_lost(model, connection);
	if (cut)
		stay.to_ns = shown_until(watch, side, &stay);
	/* as long as it sends, it uses the half that is open */
	int64_t spoke_ns = watch != NULL ? watch->end[side].request_last_ns : 0;
	int64_t idle_ns = spoke_ns > stay.from_ns ? spoke_ns : stay.from_ns;
	int64_t held_ms = ms_of(stay.to_ns - idle_ns);
	if (held_ms < FINDING_HELD_MS) {
		if (ms_of(stay.to_ns - stay.from_ns) >= FINDING_HELD_MS)
			model->connections[index].traits |= TRAIT_HALF_USED;
		return;
	}
	if (watch != NULL && unaccepted_until(connection, side, stay.to_ns - TAKEN_LATE_NS)) {
		finding_unaccepted(model, index, side, held_ms);
		return;
	}
	struct finding *finding =
		finding_of_connection(model, index, side, FINDING_CLOSE_WAIT_HELD, stay.from_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = held_ms;
	tell_reads(model, finding, connection, side, &stay);
	if (connection->ends[side].has_owner) {
		finding->arg[1] = connection->ends[side].owner.pid;
		finding_name(finding, 0, &connection->ends[side].owner);
		finding_holders(model, finding, connection, side, stay.from_ns, stay.to_ns);
	}
	if (!finding_says(finding, 1) && !cut &&
		(stay.out == NULL || stay.out->reason.code == REASON_ENDED_BY_RECORDER))
		finding->phrase[1] = PHRASE_TO_THE_END;
	if (watch != NULL && watch->end[side].shown.open_ns >= stay.from_ns) {
		finding->arg[2] = watch->end[side].shown.unread;
		finding->read_to_end = watch->end[side].shown.unread == 0;
	}
	finding_cite_frame(finding, stay.in->frame);
	finding_cite_diag(finding, stay.in->diag_frame);
}

bool model_parent_kept(const struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	struct finding probe = {0};
	struct stay stay = {.from_ns = 0};

	if (!longest_stay(model, connection, side, STATE_CLOSE_WAIT, &stay))
		return false;
	finding_holders(model, &probe, connection, side, stay.from_ns, stay.to_ns);
	return probe.phrase[1] == PHRASE_PARENT_KEPT || probe.phrase[1] == PHRASE_PARENT_KEPT_ENDED;
}

/* How long both ends' windows were closed at once. */
static int64_t both_closed_ns(const struct watch *watch)
{
	const struct stall *one = &watch->end[0].stall, *other = &watch->end[1].stall;
	int64_t from_ns = one->zero_longest_from_ns > other->zero_longest_from_ns
				  ? one->zero_longest_from_ns
				  : other->zero_longest_from_ns;
	int64_t one_to_ns = one->zero_longest_from_ns + one->zero_longest_ns;
	int64_t other_to_ns = other->zero_longest_from_ns + other->zero_longest_ns;

	if (one->zero_longest_ns == 0 || other->zero_longest_ns == 0)
		return 0;
	return (one_to_ns < other_to_ns ? one_to_ns : other_to_ns) - from_ns;
}

static void tell_zero_window(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	int64_t held_ms = watch != NULL ? ms_of(watch->end[side].stall.zero_longest_ns) : 0;
	int64_t both_ms = watch != NULL ? ms_of(both_closed_ns(watch)) : 0;
	int client = connection->client == 1;

	/* both at once are one finding, the client's */
	if (held_ms < FINDING_HELD_MS || (both_ms >= FINDING_HELD_MS && side != client))
		return;
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_ZERO_WINDOW_HELD, run_end(model, connection));
	if (finding == NULL)
		return;
	finding->arg[0] = held_ms;
	finding->arg[2] = both_ms >= FINDING_HELD_MS ? both_ms : 0;
	if (connection->ends[side].has_owner) {
		finding->arg[1] = connection->ends[side].owner.pid;
		finding_name(finding, 0, &connection->ends[side].owner);
	}
	finding_cite_frame(finding, watch->end[side].stall.zero_frame);
	if (both_ms >= FINDING_HELD_MS)
		finding_cite_frame(finding, watch->end[!side].stall.zero_frame);
}

/* A server's end that held no socket for the client: withdrawn as a cookie, or never taken. */
static bool was_cookie(const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = step->kind == STEP_CORRECTION
						      ? &model->corrections[step->index].record
						      : NULL;

		if (record != NULL && (record->side & 1) == side &&
			record->reason.code != REASON_FALLS_WITH &&
			record->reason.code != REASON_LEADS_ELSEWHERE &&
			(record->reason.code == REASON_SYN_COOKIE || record->from == STATE_LISTEN))
			return true;
	}
	return false;
}

static uint8_t end_state(const struct model *model, const struct connection *connection, int side)
{
	for (size_t i = connection->steps.count; i-- > 0;) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_TRANSITION &&
			(model->transitions[step->index].record.side & 1) == side)
			return model->transitions[step->index].record.to;
	}
	return STATE_CLOSED;
}

/* The request behind this end ran out of SYN-ACKs: when; INT64_MAX: it did not. */
static int64_t request_expired(
	const struct model *model, const struct connection *connection, int side)
{
	const struct record *edge = finding_last_edge(model, connection, side);

	return edge != NULL && edge->to == STATE_CLOSED &&
			       edge->reason.code == REASON_SYN_ACK_TIMED_OUT
		       ? edge->t_ns
		       : INT64_MAX;
}

static void tell_ghost(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	bool cookie = end_state(model, connection, side) == STATE_ESTABLISHED &&
		      end_state(model, connection, !side) == STATE_CLOSED &&
		      was_cookie(model, connection, !side);
	int64_t expired_ns = request_expired(model, connection, !side);
	struct stay stay = {.from_ns = 0};
	bool outlived = expired_ns != INT64_MAX &&
			longest_stay(model, connection, side, STATE_ESTABLISHED, &stay) &&
			stay.from_ns <= expired_ns &&
			ms_of(stay.to_ns - expired_ns) >= FINDING_HELD_MS;

	if (!cookie && !outlived)
		return;
	struct finding *finding = finding_of_connection(model, index, side, FINDING_GHOST,
		outlived ? expired_ns : run_end(model, connection));
	if (outlived && finding != NULL)
		finding_cite_diag(finding, finding_last_edge(model, connection, !side)->diag_frame);
}

/* An end that is over waits no more. */
static void stalls_end(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	struct watch *watch = findings_watch(model, index);
	int64_t over_ns = run_end(model, connection);

	if (watch == NULL)
		return;
	for (size_t i = connection->steps.count; i-- > 0;) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_TRANSITION &&
			model->transitions[step->index].record.to == STATE_CLOSED)
			over_ns = model->transitions[step->index].record.t_ns;
	}
	for (int side = 0; side < 2; side++)
		stall_over(&watch->end[side].stall, over_ns);
}

/* Does this process own the end that this edge takes out of CLOSE_WAIT? */
static bool leaves_close_wait(const struct model *model, size_t i, uint16_t run, uint32_t pid)
{
	const struct record *record = &model->transitions[i].record;
	int side = record->side & 1;

	if (record->listener || model->transitions[i].run != run ||
		record->from != STATE_CLOSE_WAIT)
		return false;
	const struct connection *connection = &model->connections[model->transitions[i].index];
	return connection->ends[side].has_owner && connection->ends[side].owner.pid == pid;
}

/* Is an end of it in CLOSE_WAIT for good, this process's? */
static bool holds_close_wait(const struct connection *at, uint16_t run, uint32_t pid)
{
	for (int side = 0; side < 2; side++)
		if (at->run == run && at->ends[side].state == STATE_CLOSE_WAIT &&
			at->ends[side].has_owner && at->ends[side].owner.pid == pid)
			return true;
	return false;
}

/* How many of its connections the process closed after their peers, and still held others so: those
 * that all left CLOSE_WAIT at once in the end went with the process. */
static int64_t clients_closed(const struct model *model, uint16_t run, uint32_t pid)
{
	int64_t last_ns = INT64_MIN, closed = 0;

	for (size_t i = 0; i < model->transition_count; i++)
		if (leaves_close_wait(model, i, run, pid) &&
			model->transitions[i].record.t_ns > last_ns)
			last_ns = model->transitions[i].record.t_ns;
	for (size_t i = 0; i < model->connection_count; i++)
		if (holds_close_wait(&model->connections[i], run, pid))
			last_ns = INT64_MAX;
	for (size_t i = 0; i < model->transition_count; i++) {
		const struct record *record = &model->transitions[i].record;

		closed += leaves_close_wait(model, i, run, pid) &&
			  record->reason.code == REASON_FIN_SENT_AFTER_PEER &&
			  record->t_ns < last_ns - 50 * (int64_t)WATCH_NS_PER_MS;
	}
	return closed;
}

/* All that this process held in CLOSE_WAIT, also where no more findings of the kind are kept. */
static int64_t sockets_held(const struct model *model, uint16_t run, uint32_t pid)
{
	int64_t held = 0;

	for (size_t i = 0; i < model->connection_count; i++) {
		const struct connection *at = &model->connections[i];
		bool his = (at->ends[0].has_owner && at->ends[0].owner.pid == pid) ||
			   (at->ends[1].has_owner && at->ends[1].owner.pid == pid);

		if (at->run == run && his &&
			finding_set_has(&at->finding_set, FINDING_CLOSE_WAIT_HELD))
			held += connection_weight(at);
	}
	return held;
}

/* It is the client of what it leaks: of one server, or of several. */
static void name_upstream(
	const struct model *model, struct finding *finding, const struct finding *first)
{
	const struct flow_key *key = &first->key;
	int other = first->side == 0;
	bool one = true;

	for (size_t i = 0; i < model->finding_count; i++) {
		const struct finding *at = &model->findings[i];

		if (at->code != FINDING_CLOSE_WAIT_HELD || at->run != first->run ||
			at->arg[1] != first->arg[1])
			continue;
		if (model->connections[at->index].client != at->side)
			return; /* clients of its own are among them */
		one &= at->key.port_be[at->side == 0] == key->port_be[other] &&
		       memcmp(at->key.addr[at->side == 0], key->addr[other], 16) == 0;
	}
	finding->phrase[1] = one ? PHRASE_OF_SERVER : PHRASE_OF_SERVERS;
	if (one)
		flow_end_text(key, other, finding->text[1]);
}

/* Sockets in CLOSE_WAIT of one process that only grow in number: it never closes any. */
static void tell_leaks(struct model *model)
{
	size_t held = model->finding_count;

	for (size_t i = 0; i < held; i++) {
		const struct finding first = model->findings[i];
		int64_t sockets, longest_ms = 0;
		bool leads = first.code == FINDING_CLOSE_WAIT_HELD && first.arg[1] != 0;

		for (size_t k = 0; leads && k < held; k++) {
			const struct finding *at = &model->findings[k];

			if (at->code != FINDING_CLOSE_WAIT_HELD || at->run != first.run ||
				at->arg[1] != first.arg[1])
				continue;
			leads = k >= i;
			longest_ms = at->arg[0] > longest_ms ? at->arg[0] : longest_ms;
		}
		sockets = leads ? sockets_held(model, first.run, (uint32_t)first.arg[1]) : 0;
		if (!leads || sockets < LEAKS_LEAST ||
			clients_closed(model, first.run, (uint32_t)first.arg[1]) > 0)
			continue;
		struct finding *finding =
			finding_of_run(model, first.run, FINDING_DESCRIPTOR_LEAK, first.t_ns);
		if (finding == NULL)
			return;
		finding->arg[0] = sockets;
		finding->arg[1] = first.arg[3] > 0 ? first.arg[3] : 1;
		finding->arg[2] = longest_ms;
		finding->arg[3] = first.arg[1];
		snprintf(finding->text[0], FINDING_TEXT, "%s", first.text[0]);
		if (first.phrase[1] != PHRASE_ENDED && first.phrase[1] != PHRASE_PERHAPS)
			/* its advice */
			finding->phrase[1] = first.phrase[1];
		name_upstream(model, finding, &first);
		finding_cite_frame(finding, first.evidence.frame[0]);
		finding_cite_diag(finding, first.evidence.diag[0]);
	}
}

/* Whose client waits for accept() while the server holds another one of its port in CLOSE_WAIT: an
 * iterative server comes to the next when it has closed that one. */
static void tell_busy(struct model *model)
{
	for (size_t i = 0; i < model->finding_count; i++) {
		struct finding *waits = &model->findings[i];
		const struct finding *held = NULL;

		for (size_t k = 0; k < model->finding_count; k++) {
			const struct finding *at = &model->findings[k];

			if (at->code == FINDING_CLOSE_WAIT_HELD && at->run == waits->run &&
				at->arg[1] != 0 && at->t_ns <= waits->t_ns &&
				at->key.port_be[at->side & 1] ==
					waits->key.port_be[waits->side & 1] &&
				(held == NULL || at->arg[0] > held->arg[0]))
				held = at;
		}
		if (waits->code != FINDING_CLOSE_WAIT_UNACCEPTED)
			continue;
		if (held == NULL) {
			finding_listener_doing(model, waits,
				listener_met(model, waits->run, &waits->key, waits->side & 1,
					waits->t_ns),
				waits->t_ns, waits->t_ns + waits->arg[0] * WATCH_NS_PER_MS);
			continue;
		}
		snprintf(waits->text[1], FINDING_TEXT, "%s", held->text[0]);
		waits->phrase[1] = PHRASE_HOLDS_ANOTHER;
		waits->phrase_number = held->serial;
	}
}

bool findings_of_sockets(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			tell_ghost(model, i, side);
			tell_close_wait(model, i, side);
			tell_zero_window(model, i, side);
		}
	for (uint32_t i = 0; i < model->connection_count &&
			     model->build->findings_of[FINDING_CLOSE_WAIT_UNACCEPTED] > 0;
		i++)
		for (int side = 0; side < 2; side++)
			count_unaccepted(model, i, side);
	tell_leaks(model);
	tell_busy(model);
	return !model->build->failed;
}

/* Before any finding looks at a stall. */
void findings_stalls_end(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		stalls_end(model, i);
}
