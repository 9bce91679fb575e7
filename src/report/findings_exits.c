/* A process that a signal ended while it held sockets: a crash, SIGPIPE, SIGKILL. Its peers see an
 * ordinary FIN or RST, which says nothing of it. One finding a process. */
#include "findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* The end was open when the process ended, and closed with it. */
static bool closed_with(const struct model *model, const struct connection *connection, int side,
	const struct model_exit *exit)
{
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *at = &model->transitions[step->index].record;

		if (step->kind == STEP_TRANSITION && (at->side & 1) == side &&
			at->reason.code == REASON_PROCESS_ENDED &&
			at->reason.arg[0] == (int64_t)exit->exit.pid)
			return true;
	}
	return false;
}

static void tell_exit(struct model *model, const struct model_exit *exit)
{
	const char *signal = call_signal_name(exit->exit.signal);
	int64_t connections = 0, resets = 0;
	uint64_t frame = 0;

	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++) {
			const struct connection *at = &model->connections[i];
			const struct watch *watch = findings_watch(model, (uint32_t)i);

			if (at->run != exit->run || !closed_with(model, at, side, exit))
				continue;
			connections += connection_weight(at);
			if (watch == NULL)
				continue;
			resets += watch->end[side].rst.t_ns != 0;
			if (frame == 0)
				frame = watch->end[side].rst.t_ns != 0 ? watch->end[side].rst.frame
								       : watch->end[side].fin_frame;
		}
	/* who is killed without a client harms none */
	if (strcmp(signal, "SIGKILL") == 0 && connections == 0)
		return;
	struct finding *finding = finding_of_run(model, exit->run,
		strcmp(signal, "SIGPIPE") == 0 ? FINDING_ENDED_BY_SIGPIPE : FINDING_PROCESS_DIED,
		exit->t_ns);
	if (finding == NULL)
		return;
	finding->arg[0] = connections;
	finding->arg[1] = resets;
	snprintf(finding->text[0], FINDING_TEXT, "%s[%" PRIu32 "]", exit->exit.program,
		exit->exit.pid);
	snprintf(finding->text[1], FINDING_TEXT, "%s", signal);
	finding_cite_frame(finding, frame);
}

bool findings_of_exits(struct model *model)
{
	for (size_t i = 0; i < model->exit_count; i++) {
		const struct model_exit *at = &model->exits[i];

		if (at->exit.known && !at->exit.by_recorder && is_crash(at->exit.signal) &&
			had_socket(model, at))
			tell_exit(model, at);
	}
	return !model->build->failed;
}
