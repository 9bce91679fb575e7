/* See whole.h. Each part is a file in memory, opened by the same functions as a recording's. */
#include "whole.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tcpstate/feed.h"
#include "tcpstate/sink.h"
#include "tcpstate/source.h"

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
		model_let_go(context, &event->u.fact.owner, event->asked_ns);
	else if (event->kind == EVENT_OWNER)
		model_owner(context, &event->u.fact.owner, event->t_ns);
	if (event->kind == EVENT_OUTPUT)
		model_output(context, (int)event->u.fact.count, event->u.fact.text, event->t_ns);
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

static void read_through(struct model *model, struct feed *feed, struct core *core)
{
	struct run *run = model_current(model);

	while (!feed_ended(feed))
		if (feed_round(feed, NULL, NULL) != 0)
			abort();
	for (size_t n = 0; feed_trouble(feed, n) != NULL; n++)
		model_note(model, "%s", feed_trouble(feed, n));
	feed_span(feed, &run->first_ns, &run->last_ns);
	core_finish(core, run->last_ns);
}

void whole_report(const struct whole *whole)
{
	/* as a report has it: told when it settles; a small table is full soon, and made in no time
	 */
	static const struct core_limits limits = {.flows = 256, .listeners = 64, .at_settle = true};
	struct model *model = model_new();
	struct core *core = core_new(&limits, (struct emit){model_take, model});
	struct feed *feed = feed_new(
		&(struct feed_options){.core = core, .listen = on_event, .context = model});
	int fd[WHOLE_PARTS];
	struct wire *wire = NULL;
	struct diag *diag = NULL;
	struct facts *facts = NULL;
	struct calls *calls = NULL;

	if (core == NULL || feed == NULL || model == NULL || model_run(model, "whole", "") != 0)
		abort();
	for (int part = 0; part < WHOLE_PARTS; part++)
		fd[part] = file_of(whole, (enum whole_part)part);
	if (fd[WHOLE_WIRE] >= 0)
		wire = wire_open_fd(fd[WHOLE_WIRE], "wire.pcap", NULL, NULL);
	if (fd[WHOLE_DIAG] >= 0)
		diag = diag_open_fd(fd[WHOLE_DIAG], "diag.pcap", NULL);
	if (fd[WHOLE_FACTS] >= 0)
		facts = facts_open_fd(fd[WHOLE_FACTS], "facts.jsonl", NULL);
	if (fd[WHOLE_CALLS] >= 0)
		calls = calls_open_fd(fd[WHOLE_CALLS], "calls.jsonl", NULL);
	feed_sources(feed, wire, diag, facts, calls);
	read_through(model, feed, core);
	if (model_finish(model) == 0)
		render(model);
	model_free(model);
	feed_free(feed);
	core_free(core);
	wire_close(wire);
	diag_close(diag);
	facts_close(facts);
	calls_close(calls);
}
