/* What was the case at some time: of a counter, of an end, of who had it. */
#include "findings.h"

#include <string.h>

#include "tcpstate/steps.h"

int64_t counter_moved(
	const struct model *model, uint16_t run, const char *name, int64_t from_ns, int64_t to_ns)
{
	int64_t moved = 0;

	for (size_t i = 0; i < model->counter_count; i++) {
		const struct counter *counter = &model->counters[i];

		if (counter->run == run && counter->t_ns >= from_ns && counter->t_ns <= to_ns &&
			strcmp(counter->name, name) == 0)
			/* of a hostile recording; a kernel does not count so far */
			(void)__builtin_add_overflow(moved, counter->delta, &moved);
	}
	return moved;
}

uint8_t model_state_at(
	const struct model *model, const struct connection *connection, int side, int64_t t_ns)
{
	uint8_t state = STATE_CLOSED;

	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];
		const struct record *record = step_edge(model, step);

		if (record != NULL && (record->side & 1) == side && record->t_ns <= t_ns)
			state = record->to;
	}
	return state;
}

bool unaccepted_until(const struct connection *connection, int side, int64_t t_ns)
{
	const struct accepted *accepted = &connection->accepted;

	return connection->client != side && (accepted->waited || accepted->called) &&
	       (!accepted->known || t_ns < accepted->t_ns);
}
