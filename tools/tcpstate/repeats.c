/* See repeats.h. A place for each thread, by its number; a newcomer takes the place of whoever has
 * it, whose call is put before. What is held back is put after a tenth of a second at the latest,
 * when another call comes: lines stay nearly in order of time. */
#include "repeats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 64, PLAIN = 4 /* that are put each */, HELD_MOST_MS = 100 };

struct place {
	struct call last; /* the newest of those alike; its texts are below */
	char program[CALL_PROGRAM], arguments[CALL_ARGUMENTS];
	uint32_t alike; /* in a row; 0: none */
	uint32_t held;  /* not put yet, the last among them */
	int64_t since_ns;
};

struct repeats {
	struct place place[PLACES];
	size_t holding;
	int64_t oldest_ns; /* of those held back */
	repeats_put *put;
	void *context;
};

struct repeats *repeats_new(repeats_put *put, void *context)
{
	struct repeats *repeats = calloc(1, sizeof(*repeats));

	if (repeats == NULL)
		return NULL;
	repeats->put = put;
	repeats->context = context;
	return repeats;
}

void repeats_free(struct repeats *repeats)
{
	free(repeats);
}

/* Nothing came of it, and it left nothing behind. */
static bool is_vain(const struct call *call)
{
	if (call->returned_ns == 0 || call->effect != CALL_NO_EFFECT || call->part > 0)
		return false;
	return call->error != 0 || (call->what >= CALLED_READ && call->what <= CALLED_RECVMMSG &&
					   call->result == 0 && call->asked > 0);
}

static bool is_alike(const struct place *place, const struct call *call)
{
	const struct call *last = &place->last;

	return place->alike > 0 && last->what == call->what && last->pid == call->pid &&
	       last->tid == call->tid && last->fd == call->fd && last->inode == call->inode &&
	       last->result == call->result && last->error == call->error &&
	       last->asked == call->asked && strcmp(place->program, call->program) == 0 &&
	       strcmp(place->arguments, call->arguments) == 0;
}

static void place_put(struct repeats *repeats, struct place *place)
{
	if (place->held == 0)
		return;
	place->last.again = place->held - 1;
	place->last.program = place->program;
	place->last.arguments = place->arguments;
	place->held = 0;
	repeats->holding--;
	repeats->put(repeats->context, &place->last);
}

void repeats_flush(struct repeats *repeats, uint32_t pid)
{
	for (size_t i = 0; i < PLACES && repeats->holding > 0; i++)
		if (pid == 0 || repeats->place[i].last.pid == pid)
			place_put(repeats, &repeats->place[i]);
}

static void hold(struct repeats *repeats, struct place *place, const struct call *call)
{
	if (place->held++ == 0) {
		place->since_ns = call->entered_ns;
		if (repeats->holding++ == 0)
			repeats->oldest_ns = call->entered_ns;
	}
	place->last = *call;
	place->last.data = NULL;
	place->last.data_size = 0;
}

void repeats_take(struct repeats *repeats, const struct call *call)
{
	const int64_t most_ns = HELD_MOST_MS * INT64_C(1000000);
	struct place *place = &repeats->place[call->tid % PLACES];

	if (repeats->holding > 0 && call->entered_ns - repeats->oldest_ns > most_ns)
		repeats_flush(repeats, 0);
	bool again = is_vain(call) && is_alike(place, call);
	if (again && ++place->alike > PLAIN) {
		hold(repeats, place, call);
		return;
	}
	if (!again) {
		place_put(repeats, place);
		place->alike = is_vain(call);
		snprintf(place->program, sizeof(place->program), "%s", call->program);
		snprintf(place->arguments, sizeof(place->arguments), "%s", call->arguments);
	}
	place->last = *call;
	repeats->put(repeats->context, call);
}
