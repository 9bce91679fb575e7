/* A process that a signal ended while it held sockets: a crash, SIGPIPE, SIGKILL. Its peers see an
 * ordinary FIN or RST, which says nothing of it. One finding a process. */
#include "findings.h"
#include "model_looks.h"
#include "tcpstate/steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CRASHES_MAX = 256 /* looked at; each costs a pass over the connections */ };

/* SIGTERM, SIGINT, SIGHUP: someone asked it to end. */
static bool is_crash(int32_t signal)
{
	static const char *const crashes[] = {"SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGKILL",
		"SIGPIPE", "SIGSEGV", "SIGSYS", "SIGTRAP", "SIGXCPU", "SIGXFSZ"};

	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		if (strcmp(call_signal_name(signal), crashes[i]) == 0)
			return true;
	return false;
}

static bool had_socket(const struct model *model, const struct model_exit *exit)
{
	for (size_t i = 0; i < model->holder_count; i++) {
		const struct holder *at = &model->holders[i];

		if (at->run == exit->run && at->owner.pid == exit->exit.pid &&
			at->from_ns <= exit->t_ns)
			return true;
	}
	return false;
}

/* The end was open when the process ended, and closed with it: by this edge. NULL: it was not. */
static const struct record *closed_with(const struct model *model,
	const struct connection *connection, int side, const struct model_exit *exit)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *at = step_edge(model, step);

		if (at != NULL && (at->side & 1) == side &&
			at->reason.code == REASON_PROCESS_ENDED &&
			at->reason.arg[0] == (int64_t)exit->exit.pid)
			return at;
	}
	return NULL;
}

/* The segment by which the peer had ended a connection of this process before: what it then wrote
 * there raised SIGPIPE. NULL: there is none, it wrote to a pipe. */
static const struct sent *written_to(const struct model *model, const struct model_exit *exit)
{
	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			const struct connection *at = &model->connections[i];
			const struct watch *watch = findings_watch(model, i);

			if (watch != NULL && at->run == exit->run && at->ends[side].has_owner &&
				at->ends[side].owner.pid == exit->exit.pid &&
				watch->end[!side].rst.t_ns != 0 &&
				watch->end[!side].rst.t_ns <= exit->t_ns)
				return &watch->end[!side].rst;
		}
	return NULL;
}

/* The kernel's side of it was not seen: the process alone held the open end, and nothing of its end
 * was captured before. */
static bool was_open_to(
	const struct model *model, uint32_t index, int side, const struct model_exit *exit)
{
	const struct connection *at = &model->connections[index];
	const struct watch *watch = findings_watch(model, index);

	return watch != NULL && at->run == exit->run && at->ends[side].has_owner &&
	       at->ends[side].owner.pid == exit->exit.pid && at->ends[side].also.count == 0 &&
	       model_state_at(model, at, side, exit->t_ns) == STATE_ESTABLISHED &&
	       (watch->end[side].fin_ns == 0 || watch->end[side].fin_ns > exit->t_ns) &&
	       model_state_at(model, at, side, INT64_MAX) != STATE_ESTABLISHED;
}

/* What the process's end closed. */
struct closed {
	int64_t connections, resets;
	uint64_t frame;
};

static struct closed closed_by(const struct model *model, const struct model_exit *exit)
{
	struct closed closed = {0, 0, 0};

	for (uint32_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			const struct connection *at = &model->connections[i];
			const struct watch *watch = findings_watch(model, i);

			const struct record *edge =
				at->run == exit->run ? closed_with(model, at, side, exit) : NULL;
			if (edge == NULL && !was_open_to(model, i, side, exit))
				continue;
			closed.connections += connection_weight(at);
			if (watch == NULL)
				continue;
			/* else an RST answers what came when there was no socket any more */
			bool reset = edge != NULL && edge->to == STATE_CLOSED &&
				     watch->end[side].rst.t_ns != 0;
			closed.resets += reset;
			if (closed.frame == 0)
				closed.frame = reset ? watch->end[side].rst.frame
						     : watch->end[side].fin_frame;
		}
	return closed;
}

bool finding_ended_then(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	/* its sockets go first; it is seen to have ended when there is a processor for that */
	const int64_t before_ns = 5 * (int64_t)WATCH_NS_PER_MS,
		      after_ns = 20 * (int64_t)WATCH_NS_PER_MS;

	if (model->runs[connection->run].has_calls || !connection->ends[side].has_owner)
		return false;
	for (size_t i = 0; i < model->exit_count; i++) {
		const struct model_exit *at = &model->exits[i];

		if (at->run == connection->run &&
			at->exit.pid == connection->ends[side].owner.pid && !at->exit.by_recorder &&
			at->t_ns >= t_ns - before_ns && at->not_before_ns <= t_ns + after_ns)
			return true;
	}
	return false;
}

static void tell_exit(struct model *model, const struct model_exit *exit)
{
	const char *signal = call_signal_name(exit->exit.signal);
	const struct sent *written =
		strcmp(signal, "SIGPIPE") == 0 ? written_to(model, exit) : NULL;
	struct closed closed = closed_by(model, exit);

	/* who is killed without a client harms none */
	if (strcmp(signal, "SIGKILL") == 0 && closed.connections == 0)
		return;
	struct finding *finding = finding_of_run(model, exit->run,
		written != NULL ? FINDING_ENDED_BY_SIGPIPE : FINDING_PROCESS_DIED, exit->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = closed.connections;
	finding->arg[1] = closed.resets;
	snprintf(finding->text[0], FINDING_TEXT, "%s[%" PRIu32 "]", exit->exit.program,
		exit->exit.pid);
	snprintf(finding->text[1], FINDING_TEXT, "%s", signal);
	finding_cite_frame(finding, written != NULL ? written->frame : closed.frame);
}

bool findings_of_exits(struct model *model)
{
	size_t crashes = 0;

	for (size_t i = 0; i < model->exit_count; i++) {
		const struct model_exit *at = &model->exits[i];

		if (!at->exit.known || at->exit.by_recorder || !is_crash(at->exit.signal) ||
			!model_may_take(model, crashes, CRASHES_MAX, at->t_ns))
			continue;
		crashes++;
		if (had_socket(model, at))
			tell_exit(model, at);
	}
	return !model->build->failed;
}
