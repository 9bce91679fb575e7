/* See whole.h. Each part is a file in memory, opened by the same functions as a recording's. */
#include "whole.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcpstate/feed.h"
#include "tcpstate/sink.h"
#include "tcpstate/source.h"

struct parts {
	struct wire *wire;
	struct diag *diag;
	struct facts *facts;
	struct calls *calls;
};

static int file_of(const struct whole *whole, enum whole_part part)
{
	int fd = whole->data[part] != NULL ? memfd_create("whole", MFD_CLOEXEC) : -1;

	if (fd < 0)
		return -1;
	if (write(fd, whole->data[part], whole->size[part]) != (ssize_t)whole->size[part] ||
		lseek(fd, 0, SEEK_SET) != 0)
		abort();
	return fd;
}

static void on_event(void *context, const struct event *event)
{
	if (event->kind == EVENT_OWNER && event->u.fact.gone)
		model_let_go(context, &event->u.fact.owner, event->asked_ns, event->t_ns);
	else if (event->kind == EVENT_OWNER)
		model_owner(context, &event->u.fact.owner, event->t_ns);
	if (event->kind == EVENT_OUTPUT)
		model_output(context, (int)event->u.fact.count, event->u.fact.text, event->t_ns);
	if (event->kind == EVENT_STOPPED)
		model_stopped(context, &event->u.fact.owner, event->asked_ns, event->t_ns);
	if (event->kind == EVENT_WAITS)
		model_waits(context, &event->u.fact.owner, event->asked_ns, event->t_ns, false);
	if (event->kind == EVENT_DOING)
		model_doing(context, &event->u.fact.owner, &event->u.fact.doing, event->asked_ns,
			event->t_ns);
	if (event->kind == EVENT_ZOMBIES)
		model_zombies(context, &event->u.fact.owner, event->u.fact.count, event->asked_ns,
			event->t_ns);
	if (event->kind == EVENT_DUMP_END)
		model_dump_end(context, event->asked_ns);
}

static void render(struct model *model)
{
	static FILE *nowhere;
	struct sink_options options = {.utf8 = true, .width = 80};

	if (nowhere == NULL && (nowhere = fopen("/dev/null", "we")) == NULL)
		abort();
	sink_text(model, &options, nowhere);
	sink_jsonl(model, &options, nowhere);
	sink_html(model, &options, nowhere);
	options = (struct sink_options){.all = true, .edges = true, .relative_times = true};
	sink_text(model, &options, nowhere);
	options = (struct sink_options){.summary = true, .colour = true};
	sink_text(model, &options, nowhere);
}

static bool read_through(struct model *model, struct feed *feed, struct core *core)
{
	struct run *run = model_current(model);

	while (!feed_ended(feed))
		if (feed_round(feed, NULL, NULL) != 0)
			return false;
	for (size_t n = 0; feed_trouble(feed, n) != NULL; n++)
		model_note(model, "%s", feed_trouble(feed, n));
	feed_span(feed, &run->first_ns, &run->last_ns);
	core_finish(core, run->last_ns);
	return true;
}

static void parts_open(const struct whole *whole, struct parts *parts)
{
	int fd[WHOLE_PARTS];

	for (int part = 0; part < WHOLE_PARTS; part++)
		fd[part] = file_of(whole, (enum whole_part)part);
	if (fd[WHOLE_WIRE] >= 0)
		parts->wire = wire_open_fd(fd[WHOLE_WIRE], "wire.pcap", NULL, NULL);
	if (fd[WHOLE_DIAG] >= 0)
		parts->diag = diag_open_fd(fd[WHOLE_DIAG], "diag.pcap", NULL);
	if (fd[WHOLE_FACTS] >= 0)
		parts->facts = facts_open_fd(fd[WHOLE_FACTS], "facts.jsonl", NULL);
	if (fd[WHOLE_CALLS] >= 0)
		parts->calls = calls_open_fd(fd[WHOLE_CALLS], "calls.jsonl", NULL);
}

bool whole_report(const struct whole *whole)
{
	/* as a report has it: told when it settles; a small table is full soon, and made in no time
	 */
	static const struct core_limits limits = {.flows = 256, .listeners = 64, .at_settle = true};
	struct model *model = model_new();
	struct core *core =
		model != NULL ? core_new(&limits, (struct emit){model_take, model}) : NULL;
	struct feed *feed = core != NULL
				    ? feed_new(&(struct feed_options){
					      .core = core, .listen = on_event, .context = model})
				    : NULL;
	struct parts parts = {0};
	bool good = feed != NULL && model_run(model, "whole", "") == 0;

	if (good) {
		parts_open(whole, &parts);
		feed_sources(feed, parts.wire, parts.diag, parts.facts, parts.calls);
		good = read_through(model, feed, core) && model_finish(model) == 0;
	}
	if (good)
		render(model);
	feed_free(feed);
	core_free(core);
	model_free(model);
	wire_close(parts.wire);
	diag_close(parts.diag);
	facts_close(parts.facts);
	calls_close(parts.calls);
	return good;
}
