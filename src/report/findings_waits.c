/* Findings about two programs that wait for each other: both are in a read of the connection, so
 * that nobody will send. And, of a request without an answer, whether its client waited for one.
 * From the calls recorded: what a program does while nothing is on the wire shows nowhere else. */
#include "findings_pauses.h"

#include <stdio.h>

enum {
	RELEASED_MS = 100,  /* that a program takes to answer the end of its input */
	RELEASED_SHARE = 20 /* it had waited so many times longer: no coincidence */
};

/* Another process had a copy of the descriptor, and may write: a chat by fork(). */
static bool shared(const struct model *model, const struct connection *connection, int side,
	const struct pause *pause)
{
	const struct holder *first;
	size_t count = connection->ends[side].has_owner && connection->ends[side].owner.inode != 0
			       ? model_holders(model, connection->run,
					 connection->ends[side].owner.inode, &first)
			       : 0;

	for (size_t i = 0; i < count; i++) {
		int64_t from_ns =
			first[i].from_ns > pause->from_ns ? first[i].from_ns : pause->from_ns;
		int64_t to_ns = first[i].to_ns < pause->to_ns ? first[i].to_ns : pause->to_ns;

		if (first[i].owner.pid != pause->call->call.pid &&
			2 * (to_ns - from_ns) > pause->to_ns - pause->from_ns)
			return true;
	}
	return false;
}

/* Who had sent last by then, and how many bytes since the other end had: -1, nobody. */
static int spoke_last(const struct model *model, const struct connection *connection, int64_t t_ns,
	int64_t *bytes)
{
	int last = -1;

	*bytes = 0;
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (!pause_ended_by(&at->call) || at->call.result <= 0 ||
			at->call.entered_ns > t_ns)
			continue;
		*bytes = last == at->side ? *bytes + at->call.result : at->call.result;
		last = at->side;
	}
	return last;
}

/* For most of this time one of the two was stopped (SIGSTOP): its call does not return then,
 * whatever comes. */
static bool one_stopped(const struct model *model, uint16_t run, const struct pause *one,
	const struct pause *other, int64_t from_ns, int64_t to_ns)
{
	uint32_t pids[2] = {one->call->call.pid, other->call->call.pid};

	for (int i = 0; i < 2; i++)
		if (2 * finding_stopped_ns(model, run, pids[i], from_ns, to_ns) > to_ns - from_ns)
			return true;
	return false;
}

/* Another thread closed the descriptor of this end meanwhile: the read holds the socket open, and
 * no FIN goes out. */
static const struct model_call *closed_meanwhile(const struct model *model,
	const struct connection *connection, int side, int64_t from_ns, int64_t to_ns)
{
	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side == side && at->call.busy && at->call.effect == CALL_CLOSES &&
			at->call.entered_ns >= from_ns && at->call.entered_ns < to_ns)
			return at;
	}
	return NULL;
}

static void tell_both(struct model *model, uint32_t index, int server, const struct pause *waits,
	const struct pause *other)
{
	const struct connection *connection = &model->connections[index];
	int64_t from_ns = waits->from_ns > other->from_ns ? waits->from_ns : other->from_ns;
	int64_t to_ns = waits->to_ns < other->to_ns ? waits->to_ns : other->to_ns;
	int64_t bytes;

	if (one_stopped(model, connection->run, waits, other, from_ns, to_ns))
		return;
	int last = spoke_last(model, connection, from_ns, &bytes);

	struct finding *finding =
		finding_of_connection(model, index, server, FINDING_BOTH_WAIT, from_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = ms_of(to_ns - from_ns);
	finding->arg[1] = last == !server ? bytes : 0;
	finding->arg[2] = last == server ? bytes : 0;
	finding->arg[3] = last == -1;
	const struct call *calls[] = {&waits->call->call, &other->call->call};
	for (int k = 0; k < 2; k++) {
		struct owner owner = {.pid = calls[k]->pid};

		snprintf(owner.program, sizeof(owner.program), "%s", calls[k]->program);
		finding_name(finding, k, &owner);
		const struct model_call *closed = closed_meanwhile(model, connection,
			k == 0 ? server : !server, (k == 0 ? waits : other)->from_ns, to_ns);
		if (closed != NULL)
			finding->phrase[k] = PHRASE_CLOSED_IN_READ;
		finding_cite_call(finding, closed);
	}
	finding_cite_call(finding, waits->call);
	finding_cite_call(finding, other->call);
}

static void find_both(struct model *model, uint32_t index)
{
	const struct connection *connection = &model->connections[index];
	int server = connection->client == 0;

	if (connection->client == -1 || finding_reads_on(model, index))
		return;
	if (!model->runs[connection->run].has_calls)
		finding_both_seen_reading(model, index, server);
	if (connection->call_count == 0)
		return;
	const struct pauses own = pauses_of(model, connection, server),
			    other = pauses_of(model, connection, !server);
	const struct pause *best[2] = {NULL, NULL};
	int64_t most_ns = 0;

	for (size_t i = 0; i < own.count; i++)
		for (size_t k = 0; k < other.count; k++) {
			const struct pause *a = &own.item[i], *b = &other.item[k];
			int64_t both_ns = (a->to_ns < b->to_ns ? a->to_ns : b->to_ns) -
					  (a->from_ns > b->from_ns ? a->from_ns : b->from_ns);

			if (both_ns <= most_ns || shared(model, connection, server, a) ||
				shared(model, connection, !server, b))
				continue;
			most_ns = both_ns;
			best[0] = a;
			best[1] = b;
		}
	if (ms_of(most_ns) >= FINDING_HELD_MS)
		tell_both(model, index, server, best[0], best[1]);
}

/* By its calls this end had read nothing by then. Of an end without calls nobody knows. */
static bool had_read_nothing(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	bool calls = false;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at->side != side)
			continue;
		calls = true;
		if (call_took(&at->call) && at->call.returned_ns <= t_ns)
			return false;
	}
	return calls;
}

/* The answer came with the client's FIN, after a while in which the request lay unanswered: the
 * server had waited for more of it, or for its end. One that is merely slow does not end its work
 * at that moment. */
static bool released(const struct model *model, const struct connection *connection, int side,
	const struct watched_end *own, const struct watched_end *other)
{
	int64_t after_ns = own->late.t_ns - other->fin_ns;
	/* half of the time that the request lay there had passed */
	int64_t half_ns = other->fin_ns - own->late_for_ns / 2;

	/* it came to accept() only then: that it had waited for, or for another client before it */
	if (unaccepted_until(connection, side, half_ns))
		return false;
	/* the kernel showed it unread meanwhile: who waits for more of it has read what came */
	if (other->late_unread != 0 && other->late_request.frame == own->late_for.frame)
		return false;
	if (had_read_nothing(model, connection, side, half_ns))
		return false;
	const struct message asked = message_left(other);

	return own->late_for.t_ns != 0 && ms_of(own->late_for_ns) >= FINDING_HELD_MS &&
	       !message_complete(&asked) && after_ns <= RELEASED_MS * (int64_t)WATCH_NS_PER_MS &&
	       RELEASED_SHARE * after_ns < own->late_for_ns;
}

bool finding_released(struct model *model, uint32_t index, int side)
{
	const struct connection *connection = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);
	const struct watched_end *own = &watch->end[side], *other = &watch->end[!side];

	if (!released(model, connection, side, own, other) ||
		model_may_have_lost(model, connection))
		return false;
	if (finding_set_has(&connection->finding_set, FINDING_BOTH_WAIT))
		return true; /* which says more */
	struct finding *finding = finding_of_connection(
		model, index, side, FINDING_NEVER_ANSWERED, own->late_for.t_ns);
	if (finding == NULL)
		return true;
	finding->arg[0] = (int64_t)own->late_for_bytes;
	finding->arg[1] = ms_of(own->late_for_ns);
	finding->phrase[1] = PHRASE_RELEASED;
	finding->phrase_number = (uint32_t)((own->late.t_ns - other->fin_ns) / WATCH_NS_PER_MS) + 1;
	finding_name_end(finding, 0, connection, side);
	finding_cite_frame(finding, own->late_for.frame);
	finding_cite_frame(finding, other->fin_frame);
	finding_cite_frame(finding, own->late.frame);
	return true;
}

bool findings_of_waits(struct model *model)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		find_both(model, i);
	return !model->build->failed;
}
