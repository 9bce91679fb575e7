/* When an end's program did nothing but wait for the other end: by its calls, or, without them, by
 * looks at /proc. */
#include "findings_pauses.h"

bool pause_ended_by(const struct call *call)
{
	return call_transfers(call->what) && !call_reads(call->what);
}

static bool got_something(const struct call *call)
{
	return call_reads(call->what) && call->returned_ns != 0 && call->result >= 0;
}

static void pause_over(struct pauses *all, struct pause *pause, int64_t t_ns)
{
	if (pause->from_ns == 0)
		return;
	if (pause->to_ns == INT64_MAX) {
		pause->to_ns = t_ns;
		pause->spent_ns += t_ns - pause->call->call.entered_ns;
	}
	int64_t lasted_ns = pause->to_ns - pause->from_ns;
	if (ms_of(lasted_ns) >= FINDING_HELD_MS && pause->spent_ns >= lasted_ns / 10 * 9 &&
		all->count < PAUSES)
		all->item[all->count++] = *pause;
	*pause = (struct pause){.from_ns = 0};
}

static void take_wait(struct pauses *all, struct pause *pause, const struct model_call *at)
{
	const struct call *call = &at->call;

	if (pause->from_ns == 0)
		*pause = (struct pause){.from_ns = call->entered_ns, .call = at};
	pause->call = at;
	if (call->returned_ns == 0) {
		pause->to_ns = INT64_MAX;
		return;
	}
	pause->to_ns = call->returned_ns;
	pause->spent_ns += call->returned_ns - call->entered_ns;
	if (got_something(call))
		pause_over(all, pause, call->returned_ns);
}

struct pauses pauses_of(const struct model *model, const struct connection *connection, int side)
{
	struct pauses all = {.count = 0};
	struct pause pause = {.from_ns = 0};
	uint32_t pid = 0, tid = 0;

	for (size_t i = 0; i < connection->call_count; i++) {
		const struct model_call *at =
			&model->calls[model->call_order[connection->first_call + i]];
		const struct call *call = &at->call;

		if (at->side != side || (!call_transfers(call->what) && !call_awaits(call))) {
			/* a copy that another process closes ends no wait of this one */
			if (at->side == side && call->effect == CALL_CLOSES &&
				(pause.from_ns == 0 || call->pid == pause.call->call.pid))
				pause_over(&all, &pause, at->at_ns);
			continue;
		}
		if (tid != 0 && (call->tid != tid || call->pid != pid))
			return (struct pauses){.count = 0};
		pid = call->pid;
		tid = call->tid;
		if (call_awaits(call))
			take_wait(&all, &pause, at);
		else if (pause_ended_by(call))
			pause_over(&all, &pause, call->entered_ns);
	}
	pause_over(&all, &pause, model->runs[connection->run].last_ns);
	return all;
}

const struct model_call *finding_awaits(
	const struct model *model, const struct connection *connection, int side)
{
	struct pauses all = pauses_of(model, connection, side);

	return all.count > 0 ? all.item[all.count - 1].call : NULL;
}

bool finding_waited(const struct model *model, const struct connection *connection, int side,
	int64_t from_ns, int64_t to_ns)
{
	const struct owner *who;

	if (!model->runs[connection->run].has_calls) {
		return 4 * finding_seen_reading(model, connection, side, from_ns, to_ns, &who) >=
		       3 * (to_ns - from_ns);
	}
	const struct pauses all = pauses_of(model, connection, side);
	for (size_t i = 0; i < all.count; i++) {
		const struct pause *at = &all.item[i];
		int64_t since_ns = at->from_ns > from_ns ? at->from_ns : from_ns;
		int64_t until_ns = at->to_ns < to_ns ? at->to_ns : to_ns;

		if (4 * (until_ns - since_ns) >= 3 * (to_ns - from_ns))
			return true;
	}
	return false;
}
