/* See lane.h. */
#include "lane.h"

#include <stdlib.h>

#include "tcpstate/model.h"

enum { FIRST_CAPACITY = 80 /* what a file is read ahead, and what waits meanwhile */ };

void lane_begin(struct lane *lane, bool ended, bool live)
{
	lane->reached_ns = INT64_MIN;
	lane->ended = ended;
	lane->live = live;
}

/* The copy's own texts; each false: out of memory. */
static bool text_own(const char **text)
{
	return *text == NULL || (*text = strdup(*text)) != NULL;
}

static bool call_own(struct call *call)
{
	call->data = NULL; /* of no interest to a report */
	call->data_size = 0;
	call->program = strdup(call->program);
	call->arguments = strdup(call->arguments);
	if (call->program != NULL && call->arguments != NULL)
		return true;
	free((char *)call->program);
	free((char *)call->arguments);
	return false;
}

static bool sysctl_own(struct fact *fact)
{
	const char *from = strdup(fact->from), *to = strdup(fact->to);

	if (from != NULL && to != NULL && text_own(&fact->text)) {
		fact->from = from;
		fact->to = to;
		return true;
	}
	free((char *)from);
	free((char *)to);
	return false;
}

static bool event_own(struct event *event)
{
	struct fact *fact = &event->u.fact;

	if (event->kind == EVENT_CHECK && fact->check != NULL)
		return (fact->check = check_copy(fact->check)) != NULL;
	if (event->kind == EVENT_MARK || event->kind == EVENT_COUNTER ||
		event->kind == EVENT_NOTE || event->kind == EVENT_OUTPUT)
		return text_own(&fact->text);
	if (event->kind == EVENT_SYSCTL)
		return sysctl_own(fact);
	if (event->kind == EVENT_CALL)
		return call_own(&event->u.call);
	return event->kind != EVENT_EXIT || text_own(&event->u.exit.program);
}

static void event_disown(struct event *event)
{
	if (event->kind == EVENT_CHECK) {
		check_free(event->u.fact.check);
	} else if (event->kind == EVENT_MARK || event->kind == EVENT_COUNTER ||
		   event->kind == EVENT_NOTE || event->kind == EVENT_OUTPUT) {
		free((char *)event->u.fact.text);
	} else if (event->kind == EVENT_SYSCTL) {
		free((char *)event->u.fact.text);
		free((char *)event->u.fact.from);
		free((char *)event->u.fact.to);
	} else if (event->kind == EVENT_CALL) {
		free((char *)event->u.call.program);
		free((char *)event->u.call.arguments);
	} else if (event->kind == EVENT_EXIT) {
		free((char *)event->u.exit.program);
	}
}

static bool lane_grow(struct lane *lane)
{
	size_t capacity = lane->capacity > 0 ? lane->capacity * 2 : FIRST_CAPACITY;
	struct event *bigger = realloc(lane->event, capacity * sizeof(*bigger));

	if (bigger == NULL)
		return false;
	lane->event = bigger;
	lane->capacity = capacity;
	return true;
}

/* By the bytes that each uses: packets are a fifth of the largest. */
void lane_gather(struct lane *lane)
{
	if (lane->first == 0)
		return;
	for (size_t i = lane->first; i < lane->count; i++)
		event_assign(&lane->event[i - lane->first], &lane->event[i]);
	lane->count -= lane->first;
	lane->first = 0;
}

struct event *lane_place(struct lane *lane)
{
	if (lane->first == lane->count)
		lane->first = lane->count = 0;
	if (lane->count == lane->capacity)
		lane_gather(lane);
	if (lane->count == lane->capacity && !lane_grow(lane)) {
		lane->failed = true;
		return NULL;
	}
	return &lane->event[lane->count];
}

void lane_take(void *context, const struct event *event)
{
	struct lane *lane = context;
	struct event *place = lane_place(lane);

	if (place == NULL)
		return;
	if (place != event)
		event_assign(place, event);
	if (event->kind == EVENT_SEGMENT || event_own(place))
		lane->count++;
	else
		lane->failed = true;
}

void lane_advance(struct lane *lane)
{
	struct event *event = &lane->event[lane->first++];

	if (event->kind != EVENT_SEGMENT)
		event_disown(event);
}

void lane_free(struct lane *lane)
{
	while (lane_head(lane) != NULL)
		lane_advance(lane);
	free(lane->event);
}
