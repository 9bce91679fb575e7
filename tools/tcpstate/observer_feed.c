/* How the observer feeds the core: every event goes to whoever listens and to the core, every fact
 * to its file first. */
#include "observer_parts.h"

#include <stdlib.h>

void observer_fail(struct observer *observer, const char *what)
{
	if (!observer->failed)
		error_set(&observer->failure, "%s", what);
	observer->failed = true;
}

int observer_fact_write(struct observer *observer, char *json, struct error *error)
{
	int result =
		observer->recording != NULL ? recording_fact(observer->recording, json, error) : 0;

	free(json);
	observer->dirty = true;
	return result;
}

void observer_tell(struct observer *observer, const struct event *event, char *json)
{
	struct error error;

	if (observer_fact_write(observer, json, &error) != 0)
		observer_fail(observer, error.text);
	feed_event(observer->feed, event);
}

void observer_gap(struct observer *observer, int64_t t_ns, enum lost_of lost_of, int64_t count)
{
	struct event event = {.t_ns = t_ns,
		.asked_ns = t_ns,
		.kind = EVENT_GAP,
		.u.fact = {.count = count, .lost_of = (uint8_t)lost_of}};

	feed_event(observer->feed, &event); /* which writes it */
}

void observer_counter_changed(void *context, const struct event *event)
{
	struct observer *observer = context;

	tally_add(observer->tally, event->u.fact.text, event->u.fact.delta);
	observer_tell(observer, event,
		facts_counter(
			event->t_ns, event->u.fact.text, event->u.fact.count, event->u.fact.delta));
}

void observer_owner_found(void *context, const struct event *event)
{
	struct observer *observer = context;
	const struct owner *owner = &event->u.fact.owner;

	if (event->kind == EVENT_ZOMBIES) {
		observer_tell(observer, event,
			facts_zombies(event->t_ns, event->asked_ns, event->u.fact.count, owner));
		return;
	}
	if (event->kind == EVENT_STOPPED) {
		observer_tell(observer, event, facts_stopped(event->t_ns, event->asked_ns, owner));
		return;
	}
	if (event->kind == EVENT_WAITS) {
		observer_tell(observer, event, facts_waits(event->t_ns, event->asked_ns, owner));
		return;
	}
	if (event->kind == EVENT_DOING) {
		observer_tell(observer, event,
			facts_doing(event->t_ns, event->asked_ns, owner, &event->u.fact.doing));
		return;
	}
	bool ended = observer->endings != NULL && !event->u.fact.gone &&
		     !endings_watch(observer->endings, owner, event->t_ns);

	observer_tell(observer, event,
		event->u.fact.gone ? facts_let_go(event->t_ns, event->asked_ns, owner)
				   : facts_owner(event->t_ns, owner));
	/* met once, and dead before it could be watched: it held nothing from then on */
	if (ended)
		observer_ended(observer, &(struct event){.t_ns = event->t_ns,
						 .asked_ns = event->t_ns,
						 .kind = EVENT_EXIT,
						 .u.exit = {.pid = owner->pid,
							 .host_pid = owner->host_pid,
							 .program = owner->program}});
}

void observer_address_changed(void *context, const struct event *event)
{
	observer_tell(context, event,
		facts_address(
			event->t_ns, event->u.fact.family, event->u.fact.addr, event->u.fact.gone));
}

void observer_event(void *context, const struct event *event)
{
	struct observer *observer = context;
	struct error error;

	if (observer->listen != NULL)
		observer->listen(observer->context, event);
	switch (event->kind) {
	case EVENT_SEGMENT:
		observer->packet_ns = event->t_ns;
		observer->dirty = true;
		break;
	case EVENT_ABSENT:
	case EVENT_DESTROYED:
		observer->dirty = true;
		break;
	case EVENT_ROW:
		ownership_row(observer->ownership, &event->u.diag.row, event->asked_ns);
		observer->dump_rows += !event->exact;
		observer->dirty = true;
		break;
	case EVENT_DUMP_END:
		observer->dumps -= observer->dumps > 0; /* those of a look end too */
		break;
	case EVENT_GAP:
		observer->dump_wanted |=
			event->u.fact.lost_of == LOST_ROWS ||
			(event->u.fact.lost_of == LOST_PACKETS && event->u.fact.count > 0);
		/* one that diag.pcap shows is told of by it when it is read back */
		if (event->number == 0 &&
			observer_fact_write(observer,
				facts_gap(event->t_ns, (enum lost_of)event->u.fact.lost_of,
					event->u.fact.count),
				&error) != 0)
			observer_fail(observer, error.text);
		break;
	default:
		break;
	}
}

void observer_record(void *context, const struct record *record)
{
	struct observer *observer = context;

	observer->emit.call(observer->emit.context, record);
	observer->also.call(observer->also.context, record);
}

int observer_round(struct observer *observer, int *packets, struct error *error)
{
	if (feed_round(observer->feed, packets, error) != 0)
		return -1;
	return observer->failed ? error_set(error, "%s", observer->failure.text) : 0;
}
