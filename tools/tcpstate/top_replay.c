/* `top DIR`: a recording, or a capture file, played as it happened, faster or slower. The feed
 * reads a little ahead; what it gives waits in a queue until its time comes. A stranger may have
 * made it: a process locked up (sandbox.h) reads and draws. */
#include "top.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inputs.h"
#include "loop.h"
#include "replay.h"
#include "sandbox.h"
#include "tcpstate/feed.h"
#include "tcpstate/source.h"

enum { COUNTER_NAME = 64 };

/* An event, or a record with the event that it is about. */
struct item {
	struct item *behind;
	int64_t t_ns; /* of the event that brought it */
	bool is_record, has_event;
	struct record record;
	struct event event;
	char name[COUNTER_NAME]; /* of a counter */
};

struct top_replay {
	const struct top_options *options;
	struct inputs inputs;
	const struct replay_input *input;
	struct show show;
	struct wire *wire;
	struct diag *diag;
	struct facts *facts;
	struct filter *filter;
	struct core *core;
	struct feed *feed;
	struct item *first, **last;
	int64_t t_ns;     /* of the newest event that was read */
	int64_t began_ns; /* of the first */
	int64_t shown_ns; /* the time that is shown */
	int64_t clock_ns; /* when that was */
	bool out_of_memory, ended;
	struct loop loop;
	struct sigaction stopping; /* what ncurses does on SIGTSTP */
	bool failed;
	struct error failure;
};

/* ---- reading ahead ---- */

static struct item *item_add(struct top_replay *top)
{
	struct item *item = malloc(sizeof(*item));

	if (item == NULL) {
		top->out_of_memory = true;
		return NULL;
	}
	item->behind = NULL;
	item->t_ns = top->t_ns;
	item->is_record = item->has_event = false;
	*top->last = item;
	top->last = &item->behind;
	return item;
}

static void on_event(void *context, const struct event *event)
{
	struct top_replay *top = context;
	struct item *item;

	if (event->t_ns > top->t_ns)
		top->t_ns = event->t_ns;
	if (top->began_ns == 0)
		top->began_ns = top->shown_ns = event->t_ns;
	if (event->kind != EVENT_ROW && event->kind != EVENT_ABSENT && event->kind != EVENT_OWNER &&
		event->kind != EVENT_COUNTER && event->kind != EVENT_GAP)
		return;
	item = item_add(top);
	if (item == NULL)
		return;
	event_assign(&item->event, event);
	if (event->kind == EVENT_COUNTER) {
		snprintf(item->name, sizeof(item->name), "%s", event->u.fact.text);
		item->event.u.fact.text = item->name;
	}
}

static void on_record(void *context, const struct record *record)
{
	struct top_replay *top = context;
	struct item *item;

	if (record->kind != RECORD_TRANSITION && record->kind != RECORD_CONFIRMATION &&
		record->kind != RECORD_CORRECTION && record->kind != RECORD_SEGMENT)
		return;
	item = item_add(top);
	if (item == NULL)
		return;
	item->is_record = true;
	item->record = *record;
	item->has_event = record->kind == RECORD_SEGMENT && record->event != NULL;
	if (item->has_event)
		event_assign(&item->event, record->event);
	item->record.event = item->has_event ? &item->event : NULL;
}

/* Until the queue holds what comes behind shown_ns, or nothing is left. */
static int read_ahead(struct top_replay *top, struct error *error)
{
	while (!top->ended && (top->began_ns == 0 || top->t_ns <= top->shown_ns)) {
		if (feed_ended(top->feed)) {
			top->ended = true;
		} else if (feed_round(top->feed, NULL, error) != 0) {
			return -1;
		}
		if (top->out_of_memory)
			return error_set(error, "out of memory");
	}
	return 0;
}

static void play(struct top_replay *top)
{
	struct item *item;

	while ((item = top->first) != NULL && item->t_ns <= top->shown_ns) {
		if (item->is_record)
			live_record(top->show.live, &item->record);
		else
			live_event(top->show.live, &item->event);
		top->first = item->behind;
		if (top->first == NULL)
			top->last = &top->first;
		free(item);
	}
}

static int play_to(struct top_replay *top, int64_t t_ns, struct error *error)
{
	top->shown_ns = t_ns;
	if (read_ahead(top, error) != 0)
		return -1;
	play(top);
	if (top->ended && top->first == NULL) {
		top->show.ui.pace.over = true;
		if (top->shown_ns > top->t_ns)
			top->shown_ns = top->t_ns;
	}
	return 0;
}

/* ---- opening ---- */

/* -1 with *error; 0 with *fd, -1 where there is no such file. */
static int file_open(
	const struct replay_input *input, enum replay_file file, int *fd, struct error *error)
{
	off_t size;

	*fd = replay_open(input, file, &size, error);
	if (*fd == INPUT_MISSING || (*fd >= 0 && size == 0)) {
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		return 0;
	}
	return *fd < 0 ? -1 : 0;
}

static int sources_open(struct top_replay *top, struct error *error)
{
	const struct replay_input *input = top->input;
	int wire, diag, facts;

	if (input->directory_fd < 0) {
		top->wire = wire_open_file(input->name, top->filter, error);
		return top->wire != NULL ? 0 : -1;
	}
	if (file_open(input, REPLAY_WIRE, &wire, error) != 0)
		return -1;
	if (wire >= 0 && (top->wire = wire_open_fd(wire, "wire.pcap", top->filter, error)) == NULL)
		return -1;
	if (file_open(input, REPLAY_DIAG, &diag, error) != 0)
		return -1;
	if (diag >= 0 && (top->diag = diag_open_fd(diag, "diag.pcap", error)) == NULL)
		return -1;
	if (file_open(input, REPLAY_FACTS, &facts, error) != 0)
		return -1;
	if (facts >= 0 && (top->facts = facts_open_fd(facts, "facts.jsonl", error)) == NULL)
		return -1;
	if (wire < 0 && diag < 0)
		return error_set(error,
			"%s: holds no recording (neither wire.pcap nor diag.pcap); make one with "
			"tcpstate record -o DIR",
			input->name);
	return 0;
}

static void sources_close(struct top_replay *top)
{
	feed_free(top->feed);
	core_free(top->core);
	wire_close(top->wire);
	diag_close(top->diag);
	facts_close(top->facts);
	filter_free(top->filter);
	while (top->first != NULL) {
		struct item *item = top->first;

		top->first = item->behind;
		free(item);
	}
	top->last = &top->first;
	top->feed = NULL;
	top->core = NULL;
	top->wire = NULL;
	top->diag = NULL;
	top->facts = NULL;
	top->filter = NULL;
}

/* From the beginning. */
static int begin(struct top_replay *top, struct error *error)
{
	sources_close(top);
	top->t_ns = top->began_ns = top->shown_ns = 0;
	top->ended = top->show.ui.pace.over = top->show.ui.restart = false;
	live_free(top->show.live);
	show_forget(&top->show);
	top->show.live = live_new();
	if (replay_filter(top->input, top->options->filter, &top->filter, error) != 0 ||
		sources_open(top, error) != 0)
		return -1;
	top->core = core_new(NULL, (struct emit){on_record, top});
	if (top->core != NULL)
		top->feed = feed_new(&(struct feed_options){.core = top->core,
			.filter = top->filter,
			.listen = on_event,
			.context = top});
	if (top->feed == NULL || top->show.live == NULL)
		return error_set(error, "out of memory");
	feed_sources(top->feed, top->wire, top->diag, top->facts, NULL);
	if (read_ahead(top, error) != 0)
		return -1;
	top->clock_ns = now_ns();
	return 0;
}

/* ---- running ---- */

static int advance(struct top_replay *top, struct error *error)
{
	int64_t now = now_ns(), passed_ns = now - top->clock_ns;

	top->clock_ns = now;
	if (top->show.ui.pace.paused || top->show.ui.pace.over)
		return 0;
	return play_to(
		top, top->shown_ns + (int64_t)((double)passed_ns * top->show.ui.pace.speed), error);
}

static void after_round(void *context)
{
	struct top_replay *top = context;
	struct error *error = &top->failure;

	show_keys(&top->show);
	if ((top->show.ui.restart && begin(top, error) != 0) || advance(top, error) != 0 ||
		show_draw(&top->show, top->shown_ns, error) != 0)
		top->failed = true;
	top->loop.stop = top->failed || top->show.ui.quit;
}

static int run(struct top_replay *top, struct error *error)
{
	top->loop.round = after_round;
	top->loop.context = top;
	top->loop.quiet = true;
	top->loop.wake_fd = STDIN_FILENO;
	if (loop_run(&top->loop, error) != 0)
		return -1;
	if (top->failed)
		*error = top->failure;
	return top->failed ? -1 : 0;
}

static int once(struct top_replay *top, struct error *error)
{
	int64_t t_ns = top->options->at_s < 0 ? INT64_MAX
					      : top->began_ns + (int64_t)(top->options->at_s * 1e9);

	if (play_to(top, t_ns, error) != 0)
		return -1;
	for (int pass = 0; pass < 2; pass++) { /* keys act on what is seen */
		if (pass > 0)
			show_press(&top->show, top->options->keys);
		if (show_draw(&top->show, top->shown_ns, error) != 0)
			return -1;
	}
	if (screen_print(&top->show.screen, true, stdout) != 0 || fflush(stdout) != 0)
		return error_set(error, "standard output: %s", strerror(errno));
	return 0;
}

/* sandbox_work: all that looks into the recording. The terminal was opened before, and is given
 * back by who opened it, however this ends. */
static int show_it(void *context, struct error *error)
{
	struct top_replay *top = context;
	int status = inputs_unpack(&top->inputs, error);

	if (top->show.terminal != NULL)
		sigaction(SIGTSTP, &top->stopping, NULL);
	top->input = status == 0 && top->inputs.count > 0 ? &top->inputs.list[0].replay : NULL;
	if (status == 0 && top->input == NULL)
		status = error_set(error, "%s: holds no recording", top->options->path);
	if (status == 0)
		status = begin(top, error);
	if (status == 0 && top->options->once) {
		status = once(top, error);
	} else if (status == 0) {
		show_press(&top->show, top->options->keys);
		status = run(top, error);
	}
	sources_close(top);
	return status;
}

int top_replay(const struct top_options *options, struct error *error)
{
	struct top_replay top = {.options = options, .loop = {.signal_fd = -1, .wake_fd = -1}};
	char *path = (char *)(uintptr_t)options->path;
	int status = inputs_gather(&path, 1, &top.inputs, error);

	top.last = &top.first;
	if (status == 0)
		status = loop_signals(&top.loop, error);
	if (status == 0)
		status = show_open(&top.show, options, error);
	if (status == 0) {
		top.show.ui.pace.replay = true;
		top.show.ui.where = options->path;
		/* on Ctrl-Z ncurses gives the terminal back: where it draws, and there alone */
		if (top.show.terminal != NULL)
			sigaction(
				SIGTSTP, &(struct sigaction){.sa_handler = SIG_DFL}, &top.stopping);
		status = sandbox_run(show_it, &top, &options->path, 1, error);
	}
	show_close(&top.show);
	inputs_free(&top.inputs);
	if (top.loop.signal_fd >= 0)
		close(top.loop.signal_fd);
	return status;
}
