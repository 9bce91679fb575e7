/* Watching, from the namespace to the line at the end: the loop, observer, feed and core of a
 * recorder, with a core that tells at once and a stream instead of files. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "privileges.h"
#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose_watch.h"
#include "tcpstate/sink.h"
#include "terminal.h"
#include "watch.h"
#include "watch_findings.h"

static const int64_t losses_ns = INT64_C(1000000000);

struct watch {
	const struct watch_options *options;
	struct sink_options sink;
	struct sink_live text;
	struct observer *observer;
	struct loop loop;
	/* when the first look was over: what it showed has not happened just now, and neither is
	 * it told what becomes of these edges */
	int64_t started_ns;
	bool dirty; /* lines that are not flushed */
	int broken; /* errno of standard output; 0: it takes what it is given */
	int64_t next_losses_ns;
	struct observer_totals lost; /* as told */
	struct watch_sums sums;
	struct watch_findings findings;
	bool found; /* one that it was to end at */
};

/* ---- lines ---- */

static bool is_wanted(const struct watch *watch, const struct record *record)
{
	uint32_t states = watch->options->states;
	int64_t happened_ns = record->kind == RECORD_TRANSITION ? record->t_ns : record->edge_t_ns;

	if (happened_ns <= watch->started_ns)
		return false;
	return states == 0 || (states & (1U << record->from | 1U << record->to)) != 0;
}

/* The core's emit. */
static void on_record(void *context, const struct record *record)
{
	struct watch *watch = context;

	if ((record->kind != RECORD_TRANSITION && record->kind != RECORD_CONFIRMATION &&
		    record->kind != RECORD_CORRECTION) ||
		!is_wanted(watch, record))
		return;
	if (record->kind == RECORD_TRANSITION)
		watch->sums.transitions++;
	else if (record->kind == RECORD_CONFIRMATION)
		watch->sums.confirmations++;
	else
		watch->sums.corrections++;
	if (watch->options->jsonl)
		sink_live_jsonl(stdout, record);
	else
		sink_live_text(&watch->text, record);
	watch->dirty = true;
}

static void loss_show(
	struct watch *watch, int64_t t_ns, enum lost_of lost_of, uint64_t now, uint64_t *told)
{
	if (now <= *told)
		return;
	if (watch->options->jsonl)
		sink_live_jsonl_loss(stdout, t_ns, lost_of, now - *told);
	else
		sink_live_text_loss(&watch->text, t_ns, lost_of, now - *told);
	*told = now;
	watch->dirty = true;
}

static void losses_show(struct watch *watch, int64_t t_ns)
{
	struct observer_totals now;

	observer_totals(watch->observer, &now);
	loss_show(watch, t_ns, LOST_PACKETS, now.dropped, &watch->lost.dropped);
	loss_show(watch, t_ns, LOST_ROWS, now.overruns, &watch->lost.overruns);
	loss_show(watch, t_ns, LOST_LOOKUPS, now.shed, &watch->lost.shed);
}

static void findings_show(struct watch *watch, uint64_t fresh)
{
	int64_t now = now_ns();

	for (unsigned code = 0; code < FINDING_MAX; code++) {
		char *text = (fresh & UINT64_C(1) << code) != 0
				     ? watch_findings_text(&watch->findings, code)
				     : NULL;

		if (text == NULL)
			continue;
		if (watch->options->jsonl)
			sink_live_jsonl_finding(stdout, now, code, text);
		else
			sink_live_text_finding(&watch->text, now, code, text);
		free(text);
		watch->dirty = true;
	}
	watch->found |= (fresh & watch->options->fail_on) != 0;
	watch->loop.stop |= watch->found;
}

/* Whole lines, as soon as what there was to read is read: no line waits for the next. */
static void flush(struct watch *watch)
{
	if (watch->dirty && (fflush(stdout) != 0 || ferror(stdout))) {
		watch->broken = errno != 0 ? errno : EIO;
		watch->loop.stop = true;
	}
	watch->dirty = false;
}

static void after_round(void *context)
{
	struct watch *watch = context;
	int64_t now = now_ns();

	if (now >= watch->next_losses_ns) {
		watch->next_losses_ns = now + losses_ns;
		losses_show(watch, now);
	}
	if (watch->options->findings)
		findings_show(watch, watch_findings_new(&watch->findings, now));
	flush(watch);
}

/* ---- beginning and end ---- */

static void sink_prepare(struct watch *watch)
{
	bool terminal = isatty(STDOUT_FILENO);

	watch->sink.utf8 = true;
	watch->sink.width = (int)terminal_columns(stdout);
	if (terminal) {
		setlocale(LC_CTYPE, "");
		watch->sink.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ||
				   strcmp(lang_name(), "en") != 0;
		watch->sink.colour = terminal_colours(stdout);
	}
	watch->text.options = &watch->sink;
	watch->text.out = stdout;
}

static int join(const char *name, struct error *error)
{
	int fd = name != NULL ? netns_open(name, error) : -1, result;

	if (name == NULL || fd < 0)
		return name == NULL ? 0 : -1;
	result = netns_join(fd, name, error);
	close(fd);
	return result;
}

static int watch_open(struct watch *watch, struct error *error)
{
	const struct watch_options *options = watch->options;
	struct observer_options observing = {.interface = options->interface,
		.filter = options->filter,
		.own = true, /* so that a listener is told of before its clients come */
		.emit = {on_record, watch}};
	struct invoker invoker = invoker_find();
	enum sealed_mode mode = options->netns != NULL ? SEALED_JOINED : SEALED_HERE;
	int64_t now;

	if (join(options->netns, error) != 0)
		return -1;
	if (options->findings && watch_findings_open(&watch->findings, error) != 0)
		return -1;
	observing.recording = watch->findings.recording;
	now = now_ns();
	watch->observer = observer_new(&observing, error);
	if (watch->observer == NULL ||
		(options->findings && watch_findings_begin(&watch->findings, watch->observer,
					      options->filter, &invoker, error) != 0) ||
		observer_start(watch->observer, now, error) != 0)
		return -1;
	watch->started_ns = now_ns();
	return privileges_drop(&invoker, mode, false, error);
}

static void head_show(struct watch *watch)
{
	const struct watch_options *options = watch->options;
	int64_t now = now_ns();

	watch->loop.until_ns = options->for_ns != 0 ? now + options->for_ns : 0;
	if (options->jsonl)
		sink_live_jsonl_head(stdout, &(struct sink_live_head){.t_ns = now,
						     .namespace_inode = netns_inode(),
						     .version = TCPSTATE_VERSION,
						     .filter = options->filter,
						     .interface = options->interface});
	else if (isatty(STDERR_FILENO))
		fprintf(stderr, "%s\n",
			options->for_ns != 0 ? _("tcpstate: watching")
					     : _("tcpstate: watching until Ctrl-C"));
	watch->dirty = true;
	flush(watch);
}

static void sums_show(struct watch *watch)
{
	struct observer_totals totals;
	char text[512];

	observer_totals(watch->observer, &totals);
	watch->sums.packets = totals.packets;
	watch->sums.dropped = totals.dropped;
	watch->sums.overruns = totals.overruns;
	watch->sums.shed = totals.shed;
	fprintf(stderr, "tcpstate: %s\n", prose_watch_end(&watch->sums, text, sizeof(text)));
}

/* A reader that leaves, as head does, has what it wanted. */
static int output_failed(const struct watch *watch, struct error *error)
{
	__fpurge(stdout);
	clearerr(stdout);
	return watch->broken == EPIPE
		       ? 0
		       : error_set(error, "standard output: %s", strerror(watch->broken));
}

int watch_run(const struct watch_options *options, struct error *error)
{
	struct watch watch = {.options = options, .started_ns = INT64_MAX, .loop.signal_fd = -1};
	int status;

	sink_prepare(&watch);
	status = loop_signals(&watch.loop, error);
	if (status == 0)
		status = watch_open(&watch, error);
	if (status == 0) {
		watch.loop.observer = watch.observer;
		watch.loop.round = after_round;
		watch.loop.context = &watch;
		watch.loop.quiet = true;
		head_show(&watch);
		status = loop_run(&watch.loop, error);
		losses_show(&watch, now_ns());
		if (options->findings && status == 0 && !watch.found)
			findings_show(&watch, watch_findings_last(&watch.findings));
		flush(&watch);
		if (watch.broken == 0)
			sums_show(&watch);
	}
	observer_free(watch.observer);
	watch_findings_close(&watch.findings);
	if (watch.loop.signal_fd >= 0)
		close(watch.loop.signal_fd);
	if (watch.broken != 0 && status == 0)
		return output_failed(&watch, error);
	return status == 0 && watch.found ? 1 : status;
}
