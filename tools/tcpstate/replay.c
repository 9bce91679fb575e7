/* A recording read back: packets, the kernel's answers and facts, merged by time, go through the
 * core into the model. Each source is read a little ahead and never as a whole. The same core gets
 * the same events as it got live. */
#include "replay.h"

#include <inttypes.h>
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/core.h"
#include "tcpstate/source.h"

enum { READ_AHEAD = 256, PCAP_HEADER_BYTES = 24 };
enum lane_name {
	LANE_WIRE,
	LANE_DIAG,
	LANE_FACTS,
	LANE_CALLS,
	LANE_COUNT
}; /* of equal times, in this order: the tap comes before the stack */

struct lane {
	struct event *event; /* copies that own their texts */
	size_t first, count, capacity;
	/* a source's own order stands, also where its times step back */
	int64_t reached_ns;
	bool ended, failed;
};

struct replay {
	struct wire *wire;
	struct diag *diag;
	struct facts *facts;
	struct calls *calls;
	struct filter *filter;
	struct core *core;
	struct model *model;
	struct lane lane[LANE_COUNT];
	int64_t first_ns, last_ns;
	bool begun;
};

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

static bool event_own(struct event *event)
{
	struct fact *fact = &event->u.fact;

	if (event->kind == EVENT_CHECK && fact->check != NULL)
		return (fact->check = check_copy(fact->check)) != NULL;
	if (event->kind == EVENT_MARK || event->kind == EVENT_COUNTER)
		return text_own(&fact->text);
	if (event->kind == EVENT_CALL)
		return call_own(&event->u.call);
	return event->kind != EVENT_EXIT || text_own(&event->u.exit.program);
}

static void event_disown(struct event *event)
{
	if (event->kind == EVENT_CHECK) {
		check_free(event->u.fact.check);
	} else if (event->kind == EVENT_MARK || event->kind == EVENT_COUNTER) {
		free((char *)event->u.fact.text);
	} else if (event->kind == EVENT_CALL) {
		free((char *)event->u.call.program);
		free((char *)event->u.call.arguments);
	} else if (event->kind == EVENT_EXIT) {
		free((char *)event->u.exit.program);
	}
}

/* event_emit: queue a copy. */
static void lane_take(void *context, const struct event *event)
{
	struct lane *lane = context;

	if (lane->count == lane->capacity) {
		size_t capacity = lane->capacity > 0 ? lane->capacity * 2 : READ_AHEAD;
		struct event *bigger = realloc(lane->event, capacity * sizeof(*bigger));

		if (bigger == NULL) {
			lane->failed = true;
			return;
		}
		lane->event = bigger;
		lane->capacity = capacity;
	}
	event_assign(&lane->event[lane->count], event);
	if (event_own(&lane->event[lane->count]))
		lane->count++;
	else
		lane->failed = true;
}

static int lane_read(struct replay *replay, enum lane_name name, struct error *error)
{
	struct lane *lane = &replay->lane[name];

	if (name == LANE_WIRE)
		return replay->wire != NULL
			       ? wire_dispatch(replay->wire, READ_AHEAD, lane_take, lane, error)
			       : 0;
	if (name == LANE_DIAG)
		return replay->diag != NULL ? diag_dispatch(replay->diag, 1, lane_take, lane, error)
					    : 0;
	if (name == LANE_CALLS)
		return replay->calls != NULL ? calls_next(replay->calls, lane_take, lane, error)
					     : 0;
	return replay->facts != NULL ? facts_next(replay->facts, lane_take, lane, error) : 0;
}

/* See to it that the lane holds an event, unless it has ended. What cannot be read on ends it too,
 * with a note. */
static int lane_fill(struct replay *replay, enum lane_name name, struct error *error)
{
	struct lane *lane = &replay->lane[name];

	if (lane->first < lane->count || lane->ended)
		return 0;
	lane->first = lane->count = 0;
	while (lane->count == 0 && !lane->ended) {
		struct error broken = {0};
		int result = lane_read(replay, name, &broken);

		if (result < 0)
			model_note(replay->model, "%s; the rest is not read", broken.text);
		lane->ended = result <= 0;
	}
	return lane->failed ? error_set(error, "out of memory") : 0;
}

static bool wanted(const struct replay *replay, const struct event *event)
{
	switch (event->kind) {
	case EVENT_ROW:
	case EVENT_DESTROYED:
		return filter_row(replay->filter, &event->u.diag.row);
	case EVENT_ABSENT:
		return filter_key(replay->filter, &event->u.diag.row.key);
	case EVENT_CALL: /* before it has ends, a socket cannot be known to be another's */
		return event->u.call.key.family == 0 ||
		       filter_key(replay->filter, &event->u.call.key);
	default:
		return true;
	}
}

static void zone_drop(struct flow_key *key)
{
	if (flow_key_link_local(key))
		key->zone = 0;
}

/* A capture of one interface does not say which: the kernel's rows, which do, would be of other
 * connections. */
static void zones_match(const struct replay *replay, struct event *event)
{
	if (replay->wire == NULL || wire_linktype(replay->wire) == DLT_LINUX_SLL2)
		return;
	if (event->kind == EVENT_ROW || event->kind == EVENT_ABSENT ||
		event->kind == EVENT_DESTROYED) {
		zone_drop(&event->u.diag.row.key);
		zone_drop(&event->u.diag.found.key);
	}
}

/* Everybody who listens to an event of this run. */
static void deliver(struct replay *replay, struct event *event)
{
	struct run *run = model_current(replay->model);

	zones_match(replay, event);
	if (!wanted(replay, event))
		return;
	if (!replay->begun || event->t_ns < replay->first_ns)
		replay->first_ns = event->t_ns;
	if (!replay->begun || event->t_ns > replay->last_ns)
		replay->last_ns = event->t_ns;
	replay->begun = true;
	if (event->kind == EVENT_OWNER)
		model_owner(replay->model, &event->u.fact.owner);
	if (event->kind == EVENT_GAP && event->u.fact.count > 0 &&
		event->u.fact.lost_of != LOST_LOOKUPS)
		*(event->u.fact.lost_of == LOST_PACKETS ? &run->dropped_packets
							: &run->dropped_rows) +=
			(uint64_t)event->u.fact.count;
	core_feed(replay->core, event);
	if (event->kind == EVENT_DUMP_END)
		model_dump_end(replay->model, event->asked_ns);
}

static struct event *head(struct replay *replay, int name)
{
	struct lane *lane = &replay->lane[name];

	return lane->first < lane->count ? &lane->event[lane->first] : NULL;
}

static int lane_advance(struct replay *replay, int name, struct error *error)
{
	struct lane *lane = &replay->lane[name];

	event_disown(&lane->event[lane->first++]);
	return lane_fill(replay, (enum lane_name)name, error);
}

/* The addresses that the manifest lists hold from the first packet on, even one captured before the
 * manifest was written. */
static int deliver_addresses(struct replay *replay, struct error *error)
{
	int64_t earliest = INT64_MAX;
	struct event *event;

	for (int name = 0; name < LANE_FACTS; name++)
		if ((event = head(replay, name)) != NULL && event->t_ns < earliest)
			earliest = event->t_ns;
	while ((event = head(replay, LANE_FACTS)) != NULL && event->kind == EVENT_ADDRESS) {
		if (event->t_ns > earliest)
			event->t_ns = event->asked_ns = earliest;
		deliver(replay, event);
		if (lane_advance(replay, LANE_FACTS, error) != 0)
			return -1;
	}
	return 0;
}

static int merge(struct replay *replay, struct error *error)
{
	for (int name = 0; name < LANE_COUNT; name++)
		if (lane_fill(replay, (enum lane_name)name, error) != 0)
			return -1;
	if (deliver_addresses(replay, error) != 0)
		return -1;
	for (;;) {
		int next = -1;

		for (int name = 0; name < LANE_COUNT; name++) {
			const struct event *event = head(replay, name);

			if (event == NULL)
				continue;
			if (event->t_ns > replay->lane[name].reached_ns)
				replay->lane[name].reached_ns = event->t_ns;
			if (next < 0 ||
				replay->lane[name].reached_ns < replay->lane[next].reached_ns)
				next = name;
		}
		if (next < 0)
			return 0;
		deliver(replay, head(replay, next));
		if (lane_advance(replay, next, error) != 0)
			return -1;
	}
}

/* ---- opening ---- */

static int open_wire(struct replay *replay, int fd, const char *name, struct error *error)
{
	replay->wire = wire_open_fd(fd, name, replay->filter, error);
	model_current(replay->model)->has_wire = replay->wire != NULL;
	return replay->wire != NULL ? 0 : -1;
}

static int open_diag(struct replay *replay, int fd, const char *name, struct error *error)
{
	replay->diag = diag_open_fd(fd, name, error);
	model_current(replay->model)->has_diag = replay->diag != NULL;
	return replay->diag != NULL ? 0 : -1;
}

static int open_facts(struct replay *replay, int fd, const char *name, struct error *error)
{
	replay->facts = facts_open_fd(fd, name, error);
	if (replay->facts == NULL)
		return -1;
	struct run *run = model_current(replay->model);
	char *manifest = strdup(facts_manifest(replay->facts));
	if (manifest == NULL)
		return error_set(error, "out of memory");
	free(run->manifest);
	run->manifest = manifest;
	run->has_facts = true;
	if (manifest[0] == '\0')
		model_note(replay->model,
			"facts.jsonl has no manifest: how and where it was recorded is unknown");
	return 0;
}

static int open_calls(struct replay *replay, int fd, const char *name, struct error *error)
{
	replay->calls = calls_open_fd(fd, name, error);
	model_current(replay->model)->has_calls = replay->calls != NULL;
	return replay->calls != NULL ? 0 : -1;
}

struct recorded_file {
	/* lack: what a report then lacks; NULL: only some recordings have it */
	const char *name, *lack;
	off_t least;
	int (*open)(struct replay *replay, int fd, const char *name, struct error *error);
};

/* 0: open, or absent (counted), or cut off before anything was written, both noted; -1: there, but
 * not to be read. */
static int open_recorded(struct replay *replay, const struct replay_input *input,
	const struct recorded_file *file, int *absent, struct error *error)
{
	off_t size;
	int fd = input_beneath(input->directory_fd, input->name, file->name, &size, error);
	char *name;
	int result;

	if (fd == INPUT_MISSING && file->lack == NULL)
		return 0;
	if (fd == INPUT_MISSING) {
		++*absent;
		model_note(replay->model, "%s is missing: %s", file->name, file->lack);
		return 0;
	}
	if (fd < 0)
		return -1;
	if (size < file->least) {
		model_note(replay->model, "%s was cut off before its first record: %s", file->name,
			file->lack);
		close(fd);
		return 0;
	}
	if (asprintf(&name, "%s/%s", input->name, file->name) < 0) {
		close(fd);
		return error_set(error, "out of memory");
	}
	result = file->open(replay, fd, name, error);
	free(name);
	return result;
}

static int open_directory(
	struct replay *replay, const struct replay_input *input, struct error *error)
{
	static const struct recorded_file files[LANE_COUNT] = {
		[LANE_WIRE] = {"wire.pcap", "no packets, only what the kernel showed",
			PCAP_HEADER_BYTES, open_wire},
		[LANE_DIAG] = {"diag.pcap",
			"no kernel evidence, everything is inferred from the wire",
			PCAP_HEADER_BYTES, open_diag},
		[LANE_FACTS] = {"facts.jsonl", "no marks, checks, counters, owners and addresses",
			1, open_facts},
		[LANE_CALLS] = {"calls.jsonl", NULL, 0, open_calls}};
	int absent = 0;

	for (int name = 0; name < LANE_COUNT; name++)
		if (open_recorded(replay, input, &files[name], &absent, error) != 0)
			return -1;
	if (absent == LANE_CALLS)
		return error_set(error,
			"%s: holds no recording (none of wire.pcap, diag.pcap, facts.jsonl); make "
			"one with tcpstate record -o DIR",
			input->name);
	return 0;
}

static int open_input(struct replay *replay, const struct replay_input *input, struct error *error)
{
	if (input->directory_fd >= 0)
		return open_directory(replay, input, error);
	replay->wire = wire_open_file(input->name, replay->filter, error);
	model_current(replay->model)->has_wire = replay->wire != NULL;
	return replay->wire != NULL ? 0 : -1;
}

/* ---- the end: what the sources have to say about themselves ---- */

static void note_wire(struct replay *replay, struct run *run)
{
	struct wire_stats stats;

	if (replay->wire == NULL)
		return;
	stats = wire_statistics(replay->wire);
	run->packets = stats.packets;
	run->decoded = stats.decoded;
	run->filtered = stats.filtered;
	if (stats.packets > 0 && (!replay->begun || stats.first_ns < replay->first_ns))
		replay->first_ns = stats.first_ns;
	if (stats.packets > 0 && (!replay->begun || stats.last_ns > replay->last_ns))
		replay->last_ns = stats.last_ns;
	replay->begun |= stats.packets > 0;
	if (wire_torn(replay->wire))
		model_note(replay->model, "the packets end within a record (the capture was cut "
					  "off): the torn last record is skipped");
	if (stats.cut_short > 0)
		model_note(replay->model,
			"%" PRIu64 " packet%s cut short before the TCP flags, which say nothing "
			"then: capture more of each (snaplen 128 will do)",
			stats.cut_short, stats.cut_short == 1 ? " is" : "s are");
	if (stats.packets == 0)
		model_note(replay->model, "no packet was captured");
}

/* Not told of a recording: there a routed packet is meant to be seen on each side. */
static void note_copies(struct replay *replay, const struct run *run)
{
	uint64_t copies = core_copies(replay->core);

	if (copies > 0 && !run->has_diag && !run->has_facts)
		model_note(replay->model,
			"%" PRIu64 " packet%s captured more than once (on several interfaces, or "
			"by a port that mirrors both directions): each counts once",
			copies, copies == 1 ? " was" : "s were");
}

static void note_diag(struct replay *replay, struct run *run)
{
	if (replay->diag == NULL)
		return;
	struct diag_stats stats = diag_statistics(replay->diag);

	run->diag_messages = stats.messages;
	run->rows = stats.rows;
	if (diag_torn(replay->diag))
		model_note(replay->model, "diag.pcap ends within a record (the recorder was cut "
					  "off): the torn last record is skipped");
	if (stats.malformed > 0)
		model_note(replay->model,
			"diag.pcap: %" PRIu64 " message%s not understood and skipped",
			stats.malformed, stats.malformed == 1 ? " was" : "s were");
}

static void note_facts(struct replay *replay)
{
	if (replay->facts == NULL)
		return;
	if (facts_torn(replay->facts))
		model_note(replay->model, "facts.jsonl ends within a line (the recorder was cut "
					  "off): the torn last line is skipped");
	if (facts_bad_lines(replay->facts) > 0)
		model_note(replay->model, "facts.jsonl: %zu line%s not understood and skipped",
			facts_bad_lines(replay->facts),
			facts_bad_lines(replay->facts) == 1 ? " was" : "s were");
}

static void note_calls(struct replay *replay)
{
	if (replay->calls == NULL)
		return;
	if (calls_torn(replay->calls))
		model_note(replay->model, "calls.jsonl ends within a line (the recorder was cut "
					  "off): the torn last line is skipped");
	if (calls_bad_lines(replay->calls) > 0)
		model_note(replay->model, "calls.jsonl: %zu line%s not understood and skipped",
			calls_bad_lines(replay->calls),
			calls_bad_lines(replay->calls) == 1 ? " was" : "s were");
}

static void replay_close(struct replay *replay)
{
	for (int name = 0; name < LANE_COUNT; name++) {
		while (head(replay, name) != NULL)
			event_disown(&replay->lane[name].event[replay->lane[name].first++]);
		free(replay->lane[name].event);
	}
	core_free(replay->core);
	wire_close(replay->wire);
	diag_close(replay->diag);
	facts_close(replay->facts);
	calls_close(replay->calls);
	filter_free(replay->filter);
}

int replay_run(struct model *model, const struct replay_input *input, const char *filter,
	struct error *error)
{
	struct replay replay = {.model = model};
	int status = -1;

	for (int name = 0; name < LANE_COUNT; name++)
		replay.lane[name].reached_ns = INT64_MIN;
	if (replay_filter(input, filter, &replay.filter, error) != 0)
		return -1;
	replay.core = core_new(NULL, (struct emit){model_take, model});
	if (replay.core == NULL ||
		model_run(model, strcmp(input->name, "-") == 0 ? "standard input" : input->name,
			"") != 0) {
		error_set(error, "out of memory");
		goto out;
	}
	if (open_input(&replay, input, error) != 0 || merge(&replay, error) != 0)
		goto out;
	struct run *run = model_current(model);
	note_wire(&replay, run);
	note_diag(&replay, run);
	note_facts(&replay);
	note_calls(&replay);
	if (input->running)
		model_note(model, "still being recorded: the report ends where it is read");
	run->first_ns = replay.first_ns;
	run->last_ns = replay.last_ns;
	core_finish(replay.core, replay.last_ns);
	note_copies(&replay, run);
	status = 0;
out:
	replay_close(&replay);
	return status;
}
