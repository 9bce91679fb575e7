/* A recording read back: packets, the kernel's answers, facts and calls go through the feed and the
 * core into the model. The same core gets the same events as it got live. */
#include "replay.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstate/escape.h"
#include "tcpstate/feed.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/source.h"

enum { PCAP_HEADER_BYTES = 24 };

const char *const replay_names[REPLAY_FILES] = {[REPLAY_WIRE] = "wire.pcap",
	[REPLAY_DIAG] = "diag.pcap",
	[REPLAY_FACTS] = "facts.jsonl",
	[REPLAY_CALLS] = "calls.jsonl"};

struct replay {
	struct wire *wire;
	struct diag *diag;
	struct facts *facts;
	struct calls *calls;
	struct filter *filter;
	struct core *core;
	struct feed *feed;
	struct model *model;
	int64_t first_ns, last_ns;
	bool begun;
	bool overwritten; /* recorded into a ring that has come round */
};

/* What the model is told of an event itself; its records come from the core. */
static void on_event(void *context, const struct event *event)
{
	struct model *model = context;
	struct run *run = model_current(model);

	if (event->kind == EVENT_NOTE && event->u.fact.failed)
		model_failure(model, event->u.fact.text);
	else if (event->kind == EVENT_NOTE)
		model_note(model, "%s", event->u.fact.text);
	if (event->kind == EVENT_OWNER && event->u.fact.gone)
		model_let_go(model, &event->u.fact.owner, event->asked_ns, event->t_ns);
	else if (event->kind == EVENT_OWNER)
		model_owner(model, &event->u.fact.owner, event->t_ns);
	if (event->kind == EVENT_OUTPUT) {
		model_output(model, (int)event->u.fact.count, event->u.fact.text, event->t_ns);
		model_says(model, &event->u.fact.owner, (int)event->u.fact.count,
			event->u.fact.text, event->t_ns);
	}
	if (event->kind == EVENT_STOPPED)
		model_stopped(model, &event->u.fact.owner, event->asked_ns, event->t_ns);
	if (event->kind == EVENT_WAITS)
		model_waits(model, &event->u.fact.owner, event->asked_ns, event->t_ns, WAIT_WHOLE);
	if (event->kind == EVENT_DOING)
		model_doing(model, &event->u.fact.owner, &event->u.fact.doing, event->asked_ns,
			event->t_ns);
	if (event->kind == EVENT_ADDRESS)
		model_address(model, event->u.fact.family, event->u.fact.addr, event->u.fact.gone);
	if (event->kind == EVENT_ZOMBIES)
		model_zombies(model, &event->u.fact.owner, event->u.fact.count, event->asked_ns,
			event->t_ns);
	if (event->kind == EVENT_SYSCTL)
		model_sysctl(model, event->t_ns, event->u.fact.text, event->u.fact.from,
			event->u.fact.to);
	if (event->kind == EVENT_DUMP_END)
		model_dump_end(model, event->asked_ns);
	if (event->kind == EVENT_GAP && event->u.fact.lost_of == LOST_PACKETS)
		run_lost(run, event->t_ns, event->u.fact.count);
	if (event->kind == EVENT_GAP && event->u.fact.lost_of == LOST_PROCESSES)
		model_passed_over(model, event->u.fact.count, event->t_ns);
	if (event->kind == EVENT_GAP && event->u.fact.count > 0 &&
		event->u.fact.lost_of <= LOST_ROWS)
		*(event->u.fact.lost_of == LOST_PACKETS ? &run->dropped_packets
							: &run->dropped_rows) +=
			(uint64_t)event->u.fact.count;
}

static void note_add(struct replay *replay, enum note note, const char *file, uint64_t count)
{
	char text[PROSE_LINE];

	model_note(replay->model, "%s", prose_note(note, file, count, text, sizeof(text)));
}

static int read_through(struct replay *replay, struct error *error)
{
	const char *trouble;

	feed_sources(replay->feed, replay->wire, replay->diag, replay->facts, replay->calls);
	while (!feed_ended(replay->feed))
		if (feed_round(replay->feed, NULL, error) != 0)
			return -1;
	for (size_t n = 0; (trouble = feed_trouble(replay->feed, n)) != NULL; n++)
		note_add(replay, NOTE_UNREADABLE, trouble, 0);
	feed_span(replay->feed, &replay->first_ns, &replay->last_ns);
	replay->begun = replay->first_ns != 0 || replay->last_ns != 0;
	return 0;
}

/* ---- opening ---- */

static int open_wire(struct replay *replay, int fd, const char *name, struct error *error)
{
	replay->overwritten = input_overwritten(fd);
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
		note_add(replay, NOTE_NO_MANIFEST, "facts.jsonl", 0);
	return 0;
}

static int open_calls(struct replay *replay, int fd, const char *name, struct error *error)
{
	replay->calls = calls_open_fd(fd, name, error);
	model_current(replay->model)->has_calls = replay->calls != NULL;
	return replay->calls != NULL ? 0 : -1;
}

bool replay_is_recording(const struct replay_input *input)
{
	return input->unpacked || input->directory_fd >= 0;
}

int replay_open(
	const struct replay_input *input, enum replay_file file, off_t *size, struct error *error)
{
	int fd;

	if (!input->unpacked)
		return file == REPLAY_WIRE || file == REPLAY_DIAG
			       ? input_pieces(input->directory_fd, input->name, replay_names[file],
					 size, error)
			       : input_beneath(input->directory_fd, input->name, replay_names[file],
					 size, error);
	if (input->memory[file] < 0)
		return INPUT_MISSING;
	fd = dup(input->memory[file]);
	*size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	if (*size >= 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return error_set(error, "%s/%s: %s", input->name, replay_names[file], strerror(errno));
}

struct recorded_file {
	bool optional; /* only some recordings have it */
	off_t least;
	int (*open)(struct replay *replay, int fd, const char *name, struct error *error);
};

/* 0: open, or absent (counted), or cut off before anything was written, both noted; -1: there, but
 * not to be read. */
static int open_recorded(struct replay *replay, const struct replay_input *input,
	enum replay_file number, const struct recorded_file *file, int *absent, struct error *error)
{
	const char *what = replay_names[number];
	off_t size;
	int fd = replay_open(input, number, &size, error);
	char *name;
	int result;

	if (fd == INPUT_MISSING && file->optional)
		return 0;
	if (fd == INPUT_MISSING) {
		++*absent;
		note_add(replay, NOTE_MISSING, what, 0);
		return 0;
	}
	if (fd < 0)
		return -1;
	if (size < file->least) {
		note_add(replay, NOTE_EMPTY, what, 0);
		close(fd);
		return 0;
	}
	if (asprintf(&name, "%s/%s", input->name, what) < 0) {
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
	static const struct recorded_file files[REPLAY_FILES] = {
		[REPLAY_WIRE] = {false, PCAP_HEADER_BYTES, open_wire},
		[REPLAY_DIAG] = {false, PCAP_HEADER_BYTES, open_diag},
		[REPLAY_FACTS] = {false, 1, open_facts},
		[REPLAY_CALLS] = {true, 0, open_calls}};
	int absent = 0;

	for (unsigned file = 0; file < REPLAY_FILES; file++)
		if (open_recorded(replay, input, file, &files[file], &absent, error) != 0)
			return -1;
	if (absent == REPLAY_CALLS)
		return error_set(error,
			"%s: holds no recording (none of wire.pcap, diag.pcap, facts.jsonl); make "
			"one with tcpstate record -o DIR",
			input->name);
	return 0;
}

static int open_input(struct replay *replay, const struct replay_input *input, struct error *error)
{
	if (replay_is_recording(input))
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
	run->first_packet_ns = stats.packets > 0 ? stats.first_ns : 0;
	run->decoded = stats.decoded;
	run->filtered = stats.filtered;
	if (stats.packets > 0 && (!replay->begun || stats.first_ns < replay->first_ns))
		replay->first_ns = stats.first_ns;
	if (stats.packets > 0 && (!replay->begun || stats.last_ns > replay->last_ns))
		replay->last_ns = stats.last_ns;
	replay->begun |= stats.packets > 0;
	if (replay->overwritten && run->manifest != NULL &&
		strstr(run->manifest, "\"ring\":{") != NULL)
		note_add(replay, NOTE_RING, NULL, stats.packets > 0 ? (uint64_t)stats.first_ns : 0);
	if (stats.blank > 0)
		note_add(replay, NOTE_BLANK,
			run->has_diag || run->has_facts ? "wire.pcap" : run->name, stats.blank);
	/* of a capture the verdict says it */
	if (wire_torn(replay->wire) && !run->has_diag && !run->has_facts)
		run->incomplete = true;
	else if (wire_torn(replay->wire))
		note_add(replay, NOTE_TORN, "wire.pcap", 0);
	if (stats.cut_short > 0)
		note_add(replay, NOTE_CUT_SHORT, NULL, stats.cut_short);
	char text[PROSE_LINE];
	if (stats.tally.tunnel_count > 0)
		note_add(replay, NOTE_TUNNELS, prose_tunnels(&stats.tally, text, sizeof(text)), 0);
	if (stats.tally.undecoded_count > 0)
		note_add(replay, NOTE_UNDECODED, prose_undecoded(&stats.tally, text, sizeof(text)),
			0);
	if (stats.jumps > 0)
		note_add(replay, NOTE_CLOCK_JUMPED, NULL, stats.jump_frame);
	if (stats.packets == 0)
		note_add(replay, NOTE_NO_PACKET, NULL, 0);
}

/* Not told of a recording: there a routed packet is meant to be seen on each side. */
static void note_copies(struct replay *replay, const struct run *run)
{
	uint64_t copies = feed_copies(replay->feed);

	if (copies > 0 && !run->has_diag && !run->has_facts)
		note_add(replay, NOTE_COPIES, NULL, copies);
	if (feed_renumbered(replay->feed) > 0)
		note_add(replay, NOTE_RENUMBERED, NULL, feed_renumbered(replay->feed));
}

static void note_diag(struct replay *replay, struct run *run)
{
	if (replay->diag == NULL)
		return;
	struct diag_stats stats = diag_statistics(replay->diag);

	run->diag_messages = stats.messages;
	run->diag_pause_ns = stats.pause_ns;
	run->rows = stats.rows;
	if (stats.blank > 0)
		note_add(replay, NOTE_BLANK, "diag.pcap", stats.blank);
	if (diag_torn(replay->diag))
		note_add(replay, NOTE_TORN, "diag.pcap", 0);
	if (stats.malformed > 0)
		note_add(replay, NOTE_MALFORMED, "diag.pcap", stats.malformed);
}

/* Nothing in a recording follows the wall clock, but other machines' captures do. */
static void note_clock(struct replay *replay)
{
	int64_t step_ns;

	if (facts_clock_sets(replay->facts, &step_ns) > 0)
		note_add(replay, step_ns < 0 ? NOTE_CLOCK_BACK : NOTE_CLOCK_FORWARD, NULL,
			(uint64_t)(step_ns < 0 ? -step_ns : step_ns) / 1000000);
}

static void note_facts(struct replay *replay)
{
	if (replay->facts == NULL)
		return;
	if (facts_torn(replay->facts))
		note_add(replay, NOTE_TORN, "facts.jsonl", 0);
	if (facts_bad_lines(replay->facts) > 0)
		note_add(replay, NOTE_MALFORMED, "facts.jsonl", facts_bad_lines(replay->facts));
	note_clock(replay);
}

/* What the recorder said to have written, beside what is there. */
static int note_end(struct replay *replay, struct run *run, bool running, struct error *error)
{
	static const uint8_t hows[] = {[END_NONE] = RUN_KILLED,
		[END_ORDERLY] = RUN_ORDERLY,
		[END_SIGNAL] = RUN_SIGNALLED,
		[END_ERROR] = RUN_BROKE_OFF};
	const struct recording_end *end;
	bool announced;
	char text[256];

	run->end.calls = -1;
	if (run->has_diag && !running && (run->manifest == NULL || *run->manifest == '\0')) {
		run->end.how = RUN_UNTOLD;
		run->incomplete = true;
	}
	if (replay->facts == NULL)
		return 0;
	end = facts_ended(replay->facts, &announced);
	if (end->how == END_NONE && (!announced || running))
		return 0;
	run->end.how = hows[end->how];
	run->end.signal = end->signal;
	run->end.packets = end->packets;
	run->end.messages = end->messages;
	run->end.calls = end->calls;
	run->call_lines = replay->calls != NULL ? calls_lines(replay->calls) : 0;
	if (end->how == END_ERROR && (run->end.text = escape_new(end->text)) == NULL)
		return error_set(error, "out of memory");
	run->incomplete = end->how == END_NONE || end->how == END_ERROR ||
			  run->packets != end->packets || run->diag_messages != end->messages ||
			  (end->calls >= 0 && run->call_lines != (uint64_t)end->calls);
	/* what is missing the verdict says */
	if (!run->incomplete && *prose_run_end(run, text, sizeof(text)) != '\0')
		model_note(replay->model, "%s", text);
	return 0;
}

static void note_calls(struct replay *replay)
{
	if (replay->calls == NULL)
		return;
	if (calls_torn(replay->calls))
		note_add(replay, NOTE_TORN, "calls.jsonl", 0);
	if (calls_bad_lines(replay->calls) > 0)
		note_add(replay, NOTE_MALFORMED, "calls.jsonl", calls_bad_lines(replay->calls));
}

static void replay_close(struct replay *replay)
{
	feed_free(replay->feed);
	core_free(replay->core);
	wire_close(replay->wire);
	diag_close(replay->diag);
	facts_close(replay->facts);
	calls_close(replay->calls);
	filter_free(replay->filter);
}

/* How many connections are kept open at once; 0: as many as the core thinks fit. */
static int flows_wanted(size_t *flows, struct error *error)
{
	const char *text = getenv("TCPSTATE_FLOWS");
	char *end;

	*flows = 0;
	if (text == NULL || text[0] == '\0')
		return 0;
	*flows = strtoul(text, &end, 10);
	if (*end != '\0' || text[0] < '1' || text[0] > '9' || *flows >= 1UL << 24)
		return error_set(error,
			"TCPSTATE_FLOWS=%s: not a number from 1 to 16777215; unset it for as many "
			"as fit",
			text);
	return 0;
}

int replay_run(struct model *model, const struct replay_input *input, const char *filter,
	struct error *error)
{
	struct replay replay = {.model = model};
	size_t flows;
	int status = -1;

	if (flows_wanted(&flows, error) != 0)
		return -1;
	if (replay_filter(input, filter, &replay.filter, error) != 0)
		return -1;
	replay.core = core_new(&(struct core_limits){.flows = flows,
				       .at_settle = true,
				       .brief = model_brief,
				       .brief_later = model_brief_later,
				       .alike = model_alike},
		(struct emit){.call = model_take, .context = model});
	if (replay.core != NULL)
		replay.feed = feed_new(&(struct feed_options){.core = replay.core,
			.filter = replay.filter,
			.listen = on_event,
			.context = model});
	if (replay.feed == NULL ||
		model_run(model, strcmp(input->name, "-") == 0 ? "standard input" : input->name,
			"") != 0) {
		error_set(error, "out of memory");
		goto out;
	}
	if (open_input(&replay, input, error) != 0 || read_through(&replay, error) != 0)
		goto out;
	struct run *run = model_current(model);
	note_wire(&replay, run);
	note_diag(&replay, run);
	note_facts(&replay);
	note_calls(&replay);
	if (note_end(&replay, run, input->running, error) != 0)
		goto out;
	if (input->running)
		note_add(&replay, NOTE_RUNNING, NULL, 0);
	run->first_ns = replay.first_ns;
	run->last_ns = replay.last_ns;
	core_finish(replay.core, replay.last_ns);
	note_copies(&replay, run);
	status = 0;
out:
	replay_close(&replay);
	return status;
}
