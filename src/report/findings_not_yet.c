/* "Not yet" taken for a failure: on a socket that does not wait, connect() returns EINPROGRESS and
 * accept() and read() EAGAIN, and the program closed the socket or ended instead of waiting. On the
 * wire that is an ordinary connection that was closed early; the calls are the witness. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>

#include "findings.h"

enum {
	LOOKED_AT = 256, /* calls; each costs a pass over those of its connection */
	AT_ONCE_MS = 100 /* a call that took longer has waited; who closes later had a patience */
};

static bool at_once(const struct call *call)
{
	return call->returned_ns != 0 && ms_of(call->returned_ns - call->entered_ns) < AT_ONCE_MS;
}

/* The program waited for something between these two calls, or asked again. */
static bool waited_between(
	const struct model *model, const struct model_call *from, const struct model_call *to)
{
	for (const struct model_call *at = from + 1;
		at < &model->calls[model->call_count] && at->at_ns <= to->at_ns; at++)
		if (at->run == from->run && at->said == NULL && at->call.pid == from->call.pid &&
			call_class(at->call.what) == CALL_WAIT)
			return true;
	return false;
}

/* The call that closed this one's socket for good, if nothing else was called upon it in between:
 * NULL otherwise. */
static const struct model_call *closed_next(const struct model *model, const struct model_call *on)
{
	const struct connection *connection = &model->connections[on->connection];

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at <= on || at->said != NULL || at->side != on->side)
			continue;
		if (at->call.effect == CALL_CLOSES && at->call.last)
			return at;
		if (at->call.effect != CALL_CLOSES && call_class(at->call.what) != CALL_LIFE &&
			at->call.what != CALLED_SHUTDOWN)
			return NULL;
	}
	return NULL;
}

static struct finding *tell(struct model *model, const struct model_call *on, unsigned code,
	bool closed, int64_t after_ns)
{
	const struct call *call = &on->call;
	struct finding *finding =
		on->connection != UINT32_MAX
			? finding_of_connection(model, on->connection, on->side, code, on->at_ns)
			: finding_of_run(model, on->run, code, on->at_ns);

	if (finding == NULL)
		return NULL;
	finding->arg[0] = ms_of(after_ns);
	finding->arg[1] = closed;
	finding->arg[2] = !closed;
	snprintf(finding->text[0], FINDING_TEXT, "%.32s[%u]: %s()", call->program, call->pid,
		call_as_written(call));
	finding_cite_call(finding, on);
	return finding;
}

/* ---- connect() ---- */

static void look_at_connect(struct model *model, const struct model_call *on)
{
	int64_t ended_ns = finding_ended_upon(model, on);
	const struct model_call *close = NULL;

	if (!at_once(&on->call))
		return;
	if (ended_ns == INT64_MAX && on->connection != UINT32_MAX)
		close = closed_next(model, on);
	if (close != NULL && (close->call.what == CALLED_EXIT || waited_between(model, on, close) ||
				     ms_of(close->at_ns - on->call.returned_ns) >= AT_ONCE_MS))
		close = NULL;
	if (ended_ns == INT64_MAX && close == NULL)
		return;
	finding_cite_call(tell(model, on, FINDING_CONNECT_NOT_AWAITED, close != NULL,
				  close != NULL ? close->at_ns - on->call.returned_ns : ended_ns),
		close);
}

/* ---- accept() and read() ---- */

/* Since it had sent last, or since the connection began, this end's reads gave nothing: and this is
 * the first of them that said EAGAIN. */
static bool first_in_vain(const struct model *model, const struct model_call *on)
{
	const struct connection *connection = &model->connections[on->connection];
	bool first = true;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];

		if (at >= on)
			break;
		if (at->said != NULL || at->side != on->side)
			continue;
		if (call_sends(at->call.what))
			first = true;
		else if (call_reads(at->call.what))
			first = false;
	}
	return first;
}

/* When the other end's data came all the same, to a socket that had closed: INT64_MAX, never. */
static int64_t came_after(const struct model *model, const struct model_call *on)
{
	const struct watch *watch = findings_watch(model, on->connection);
	const struct sent *late = watch != NULL ? &watch->end[!on->side].late : NULL;

	return late != NULL && late->t_ns != 0 ? late->t_ns : INT64_MAX;
}

static void look_at_read(struct model *model, const struct model_call *on)
{
	int64_t ended_ns, came_ns = came_after(model, on);
	const struct model_call *close = closed_next(model, on);

	if (close == NULL || !at_once(&on->call) || !first_in_vain(model, on) ||
		waited_between(model, on, close) || on->again > 0)
		return;
	ended_ns = finding_ended_upon(model, on);
	bool closed = close->call.what != CALLED_EXIT;
	int64_t after_ns = close->at_ns - on->call.returned_ns;
	/* its end alone tells of a failure; a close() does where something was to come */
	if (closed ? ms_of(after_ns) >= AT_ONCE_MS ||
				(close->call.unread <= 0 && came_ns == INT64_MAX)
		   : ended_ns == INT64_MAX)
		return;
	struct finding *finding = tell(model, on, FINDING_NOT_AWAITED, closed, after_ns);
	if (finding == NULL)
		return;
	if (came_ns != INT64_MAX && came_ns > close->at_ns) {
		finding->arg[3] = ms_of(came_ns - close->at_ns);
		finding_cite_frame(
			finding, findings_watch(model, on->connection)->end[!on->side].late.frame);
	}
	finding_cite_call(finding, close);
}

static void look_at_accept(struct model *model, const struct model_call *on)
{
	int64_t ended_ns = finding_ended_upon(model, on);

	if (at_once(&on->call) && ended_ns != INT64_MAX)
		tell(model, on, FINDING_NOT_AWAITED, false, ended_ns);
}

bool findings_of_not_yet(struct model *model)
{
	size_t looked = 0;

	for (size_t i = 0; i < model->call_count && looked < LOOKED_AT; i++) {
		const struct model_call *at = &model->calls[i];
		const struct call *call = &at->call;

		if (at->said != NULL || call->key.protocol != IPPROTO_TCP ||
			(call->error != EINPROGRESS && call->error != EAGAIN))
			continue;
		looked++;
		if (call->what == CALLED_CONNECT && call->error == EINPROGRESS)
			look_at_connect(model, at);
		else if (call_reads(call->what) && at->connection != UINT32_MAX)
			look_at_read(model, at);
		else if (call->what == CALLED_ACCEPT || call->what == CALLED_ACCEPT4)
			look_at_accept(model, at);
	}
	return !model->build->failed;
}
