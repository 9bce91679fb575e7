/* Looking: at a mark, for a check, at the beginning. Counters that agree with the packets captured,
 * one dump of all sockets, and all of it in the files before anybody is answered. */
#include "observer_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "sysctls.h"

enum { LOOK_TRIES = 100, MARK_TRIES = 20, DUMP_TIMEOUT_MS = 5000 };
static const int64_t settle_ns = 1 * MS;

static void row_collect(struct observer *observer, const struct sockrow *row)
{
	if (observer->row_count == observer->row_room) {
		size_t room = observer->row_room ? 2 * observer->row_room : 256;
		struct sockrow *more = realloc(observer->rows, room * sizeof(*more));

		if (more == NULL) {
			observer_fail(observer, "out of memory");
			return;
		}
		observer->rows = more;
		observer->row_room = room;
	}
	observer->rows[observer->row_count++] = *row;
}

static void on_look(void *context, const struct event *event)
{
	struct observer *observer = context;

	if (event->kind == EVENT_ROW && !event->exact)
		row_collect(observer, &event->u.diag.row);
	feed_answer(observer->feed, event);
}

static void pause_ns(int64_t ns)
{
	struct pollfd nothing = {.fd = -1};

	poll(&nothing, 1, (int)(ns / MS));
}

/* Dumps under way may hold rows older than the question. */
static int dumps_await(struct observer *observer, struct error *error)
{
	struct pollfd ready = {diag_fd(observer->diag), POLLIN, 0};
	int64_t deadline = now_ns() + DUMP_TIMEOUT_MS * MS;
	int packets;

	while (observer->dumps) {
		if (now_ns() > deadline)
			return error_set(error, "sock_diag: a dump does not end");
		poll(&ready, 1, 10);
		if (observer_round(observer, &packets, error))
			return -1;
	}
	return 0;
}

/* A packet is captured before the stack counts it. So: drain, read, wait a little, and if meanwhile
 * neither a packet came nor a counter moved, the two agree. *settled_ns is a moment of that while:
 * every packet that the counters have counted is older, every other one newer, however long this
 * process had to wait for a processor. */
static int counters_settle(struct observer *observer, int tries, bool *stable, int64_t *settled_ns,
	struct error *error)
{
	*stable = false;
	for (; tries > 0 && !*stable; tries--) {
		uint64_t moved;
		int packets;

		do {
			if (observer_round(observer, &packets, error))
				return -1;
		} while (packets);
		if (counters_read(observer->counters, observer_counter_changed, observer, error))
			return -1;
		*settled_ns = now_ns();
		moved = tally_changes(observer->tally);
		pause_ns(settle_ns);
		if (observer_round(observer, &packets, error) ||
			counters_read(
				observer->counters, observer_counter_changed, observer, error))
			return -1;
		*stable = !packets && moved == tally_changes(observer->tally);
	}
	return 0;
}

int observer_breath(struct observer *observer, struct error *error)
{
	int packets;

	pause_ns(10 * MS);
	return observer_round(observer, &packets, error);
}

int observer_dump(struct observer *observer, event_emit *emit, void *context, struct error *error)
{
	int packets;

	if (dumps_await(observer, error) ||
		diag_dump_now(observer->diag, true, true, DIAG_STATES_ALL, DUMP_TIMEOUT_MS, emit,
			context, error))
		return -1;
	return observer_round(observer, &packets, error);
}

int observer_look(struct observer *observer, struct observer_look *look, struct error *error)
{
	observer->row_count = 0;
	if (counters_settle(observer, LOOK_TRIES, &look->stable, &look->packets_until_ns, error))
		return -1;
	if (observer_dump(observer, on_look, observer, error))
		return -1;
	observer_drops(observer);
	look->t_ns = now_ns();
	look->rows = observer->rows;
	look->row_count = observer->row_count;
	return observer_flush(observer, error);
}

int observer_glance(struct observer *observer, struct error *error)
{
	int packets;

	if (observer_round(observer, &packets, error) ||
		observer_dump(observer, feed_answer, observer->feed, error) ||
		ownership_scan(observer->ownership, now_ns(), ownership_wanted(observer->ownership),
			observer_owner_found, observer, error))
		return -1;
	return observer_flush(observer, error);
}

void observer_sysctls(struct observer *observer)
{
	json_t *now = sysctls_that_matter(), *before = observer->sysctls, *value;
	const char *name;

	if (now == NULL)
		return;
	observer->sysctls = now;
	json_object_foreach (now, name, value) {
		const char *to = json_string_value(value),
			   *from = json_string_value(json_object_get(before, name));
		struct event event = {
			.kind = EVENT_SYSCTL, .u.fact = {name, .from = from, .to = to}};

		if (from == NULL || strcmp(from, to) == 0)
			continue;
		event.t_ns = event.asked_ns = now_ns();
		observer_tell(observer, &event, facts_sysctl(event.t_ns, name, from, to));
	}
	json_decref(before);
}

int observer_mark(struct observer *observer, const char *text, bool trial, struct error *error)
{
	struct event event = {.kind = EVENT_MARK, .u.fact = {.text = text, .trial = trial}};
	bool stable;

	/* where traffic never rests the mark is made all the same: a check would say so */
	if (counters_settle(observer, MARK_TRIES, &stable, &observer->mark_ns, error))
		return -1;
	observer_sysctls(observer);
	event.t_ns = event.asked_ns = now_ns();
	tally_mark(observer->tally);
	observer_tell(observer, &event, facts_mark(event.t_ns, text, trial));
	if (observer_dump(observer, feed_answer, observer->feed, error) ||
		ownership_scan(
			observer->ownership, now_ns(), true, observer_owner_found, observer, error))
		return -1;
	return observer_flush(observer, error);
}

int observer_check(struct observer *observer, const struct check *check, struct error *error)
{
	struct event event = {.kind = EVENT_CHECK, .u.fact.check = (void *)(uintptr_t)check};

	event.t_ns = event.asked_ns = now_ns();
	observer_tell(observer, &event, facts_check(event.t_ns, check));
	return observer->failed ? error_set(error, "%s", observer->failure.text) : 0;
}

int observer_fact(struct observer *observer, const char *json, struct error *error)
{
	if (observer->recording == NULL)
		return 0;
	observer->dirty = true;
	return recording_fact(observer->recording, json, error);
}

int observer_flush(struct observer *observer, struct error *error)
{
	observer->dirty = false;
	return observer->recording != NULL ? recording_flush(observer->recording, error) : 0;
}
