/* The calls of a lane as they are told. Those that a program makes over and over and that do
 * nothing (a read() that finds nothing) are one line, with how many followed and until when; where
 * several processes called, each line names its own. */
#include "model_build.h"

#include <string.h>

enum { FOLDED_LEAST = 2 /* calls like the first one: fewer are told each */ };

/* Nothing came of it: it failed, or there was nothing to be had. */
static bool is_idle(const struct call *call)
{
	if (call->returned_ns == 0 || call->effect != CALL_NO_EFFECT)
		return false;
	return call->error != 0 || (call_reads(call->what) && call->result == 0 && call->asked > 0);
}

static bool is_again(const struct call *a, const struct call *b)
{
	return a->what == b->what && a->fd == b->fd && a->inode == b->inode && a->pid == b->pid &&
	       a->result == b->result && a->error == b->error && a->asked == b->asked &&
	       a->arguments == b->arguments; /* each text is kept once */
}

/* A wait, or what the program wrote, may stand between two that are alike. */
static bool is_between(const struct model_call *call)
{
	return call->said != NULL || call_class(call->call.what) == CALL_WAIT;
}

static void run_end(struct model *model, const uint32_t *order, size_t from, size_t until, int side,
	size_t count)
{
	struct model_call *first = &model->calls[order[from]];

	if (count <= FOLDED_LEAST)
		return;
	uint64_t again = count - 1 + first->call.again;
	for (size_t i = from + 1; i <= until; i++) {
		struct model_call *call = &model->calls[order[i]];

		if (call->side != side || is_between(call))
			continue;
		call->folded = true;
		first->again_ns = call->at_ns;
		again += call->call.again;
	}
	first->again = again < UINT32_MAX ? (uint32_t)again : UINT32_MAX;
}

/* Of one end: calls of the other may stand between, and its own waits do. */
static void side_fold(struct model *model, const uint32_t *order, size_t count, int side)
{
	size_t first = 0, last = 0, run = 0;

	for (size_t i = 0; i < count; i++) {
		const struct model_call *call = &model->calls[order[i]];

		if (call->side != side || is_between(call))
			continue;
		if (run > 0 && is_again(&model->calls[order[first]].call, &call->call)) {
			last = i;
			run++;
			continue;
		}
		if (run > 0)
			run_end(model, order, first, last, side, run);
		first = last = i;
		run = is_idle(&call->call);
	}
	if (run > 0)
		run_end(model, order, first, last, side, run);
}

/* Where several processes had the socket, each line says whose call it was. */
static void callers_name(struct model *model, const uint32_t *order, size_t count, int side)
{
	uint32_t pid = 0;
	bool several = false;

	for (size_t i = 0; i < count; i++) {
		const struct model_call *at = &model->calls[order[i]];

		if (at->side != side || call_class(at->call.what) == CALL_WAIT)
			continue;
		several |= pid != 0 && at->call.pid != pid;
		pid = at->call.pid;
	}
	for (size_t i = 0; several && i < count; i++)
		if (model->calls[order[i]].side == side)
			model->calls[order[i]].named = true;
}

static void lane_make(struct model *model, size_t first, size_t count, int side)
{
	const uint32_t *order = model->call_order + first;

	side_fold(model, order, count, side);
	model_said_fold(model, order, count, side);
	callers_name(model, order, count, side);
}

void model_calls_fold(struct model *model)
{
	for (size_t i = 0; i < model->connection_count; i++)
		for (int side = 0; side < 2; side++)
			lane_make(model, model->connections[i].first_call,
				model->connections[i].call_count, side);
	for (size_t i = 0; i < model->listener_count; i++)
		lane_make(model, model->listeners[i].first_call, model->listeners[i].call_count, 0);
}
