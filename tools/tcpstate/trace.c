/* Transitions as the core told them, with those it withdrew marked. Ids are dense but belong to all
 * records: a table maps them. */
#include "trace.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/state.h"

/* At 72 bytes a transition 9 MiB: those of the last 13,000 connections or so. */
enum { FIRST_STEPS = 1024, STEP_LIMIT = 128 * FIRST_STEPS, FORGOTTEN_FROM = 16384 };

struct step {
	uint64_t id;
	int64_t t_ns;
	struct flow_key key; /* [0] = the end whose state changed */
	uint32_t serial;
	uint8_t side, from, to;
	bool withdrawn, listener;
};

struct trace {
	struct step *steps; /* a ring, by rising id; room is a power of two */
	size_t first, count, room;
	uint64_t connections; /* the newest number */
	uint64_t again;       /* numbers of connections that had one before */
	int64_t forgotten_ns; /* time of the newest one that was forgotten; INT64_MIN: none was */
};

static struct step *step_at(const struct trace *trace, size_t i)
{
	return &trace->steps[(trace->first + i) & (trace->room - 1)];
}

struct trace *trace_new(void)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (trace != NULL)
		trace->forgotten_ns = INT64_MIN;
	return trace;
}

void trace_free(struct trace *trace)
{
	if (trace == NULL)
		return;
	free(trace->steps);
	free(trace);
}

/* While it grows, the ring starts at its beginning. */
static bool room_make(struct trace *trace)
{
	size_t room = trace->room ? 2 * trace->room : FIRST_STEPS;
	struct step *more = room <= STEP_LIMIT ? realloc(trace->steps, room * sizeof(*more)) : NULL;

	if (more != NULL) {
		trace->steps = more;
		trace->room = room;
	}
	return more != NULL;
}

static void step_add(struct trace *trace, const struct record *record)
{
	if (trace->count == trace->room && !room_make(trace)) {
		if (!trace->room)
			return;
		if (step_at(trace, 0)->t_ns > trace->forgotten_ns)
			trace->forgotten_ns = step_at(trace, 0)->t_ns;
		trace->first = (trace->first + 1) & (trace->room - 1);
		trace->count--;
	}
	*step_at(trace, trace->count++) = (struct step){
		.id = record->id,
		.t_ns = record->t_ns,
		.key = record->side && !record->listener ? flow_key_swap(&record->key)
							 : record->key,
		.serial = record->serial,
		.side = record->side,
		.from = record->from,
		.to = record->to,
		.listener = record->listener,
	};
}

static void step_withdraw(struct trace *trace, uint64_t id)
{
	size_t low = 0, high = trace->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (step_at(trace, middle)->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < trace->count && step_at(trace, low)->id == id)
		step_at(trace, low)->withdrawn = true;
}

/* Of very many the core forgets those that are over; a dump that has the TIME_WAIT of one shows it
 * to the core as new. */
static bool is_again(const struct trace *trace, const struct record *record)
{
	return trace->connections - trace->again > FORGOTTEN_FROM &&
	       record->kind == RECORD_TRANSITION && record->to == STATE_TIME_WAIT &&
	       record->frame == 0;
}

void trace_take(void *context, const struct record *record)
{
	struct trace *trace = context;

	if (record->serial > trace->connections) {
		trace->connections = record->serial;
		trace->again += is_again(trace, record);
	}
	if (record->kind == RECORD_TRANSITION)
		step_add(trace, record);
	else if (record->kind == RECORD_CORRECTION)
		step_withdraw(trace, record->of);
}

uint64_t trace_connections(const struct trace *trace)
{
	return trace->connections - trace->again;
}

bool trace_complete(const struct trace *trace, int64_t since_ns)
{
	return trace->forgotten_ns == INT64_MIN || trace->forgotten_ns < since_ns;
}

int64_t trace_count(const struct trace *trace, unsigned from, unsigned to,
	const struct filter *filter, int64_t since_ns)
{
	int64_t count = 0;

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = step_at(trace, i);

		if (!step->withdrawn && step->t_ns >= since_ns &&
			(from == STATE_MAX || step->from == from) &&
			(to == STATE_MAX || step->to == to) && filter_key(filter, &step->key))
			count++;
	}
	return count;
}

static bool step_same_end(const struct step *a, const struct step *b)
{
	return a->serial == b->serial && a->side == b->side && a->listener == b->listener &&
	       flow_key_equal(&a->key, &b->key);
}

static int64_t step_end(const struct trace *trace, size_t at, int64_t now)
{
	for (size_t i = at + 1; i < trace->count; i++)
		if (!step_at(trace, i)->withdrawn &&
			step_same_end(step_at(trace, at), step_at(trace, i)))
			return step_at(trace, i)->t_ns;
	return now;
}

int64_t trace_held_ms(const struct trace *trace, unsigned state, bool ended,
	const struct filter *filter, int64_t since_ns, int64_t now)
{
	int64_t longest = -1;

	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = step_at(trace, i);
		int64_t end;

		if (step->withdrawn || step->to != state || !filter_key(filter, &step->key))
			continue;
		end = step_end(trace, i, ended ? INT64_MIN : now);
		if (end >= since_ns && (end - step->t_ns) / 1000000 > longest)
			longest = (end - step->t_ns) / 1000000;
	}
	return longest;
}
