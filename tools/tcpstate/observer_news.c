/* The third witness on its way into the recording: calls and ends of processes go to their file and
 * to the core, notes to the terminal as well. */
#include <stdio.h>
#include <stdlib.h>

#include "news.h"
#include "observer_parts.h"
#include "terminal.h"

enum { OUTPUT_KEPT = 262144 }; /* bytes of what programs wrote, in all */

static void line_write(struct observer *observer, char *line)
{
	struct error error;

	if (observer->recording != NULL && recording_call(observer->recording, line, &error) != 0)
		observer_fail(observer, error.text);
	free(line);
	observer->dirty = true;
}

/* One that is to be recorded. */
void observer_called(void *context, const struct call *call)
{
	struct observer *observer = context;
	int64_t t_ns = call->returned_ns != 0 ? call->returned_ns : call->entered_ns;
	struct event event = {.t_ns = t_ns, .asked_ns = t_ns, .kind = EVENT_CALL};

	event.u.call = *call;
	line_write(observer, calls_line(call));
	feed_event(observer->feed, &event);
}

/* Into the file of the witness that told it. */
void observer_ended(void *context, const struct event *event)
{
	struct observer *observer = context;
	struct event told = *event;

	told.u.exit.by_recorder |=
		told.u.exit.signal != 0 &&
		(observer->ending || (observer->signalled >> (told.u.exit.signal & 63) & 1) != 0);
	if (!observer->calls) {
		observer_tell(observer, &told, facts_exit(told.t_ns, told.asked_ns, &told.u.exit));
		return;
	}
	repeats_flush(observer->repeats, told.u.exit.pid);
	line_write(observer, facts_exit(told.t_ns, told.asked_ns, &told.u.exit));
	ownership_wish(observer->ownership); /* does anybody wait for it? */
	feed_event(observer->feed, &told);
}

static void take_exit(struct observer *observer, int64_t t_ns, const struct exit *exit)
{
	struct event event = {.t_ns = t_ns, .asked_ns = t_ns, .kind = EVENT_EXIT};

	event.u.exit = *exit;
	observer_ended(observer, &event);
}

void observer_ending(struct observer *observer)
{
	observer->ending = true;
}

void observer_signalled(struct observer *observer, int signal)
{
	observer->signalled |= UINT64_C(1) << signal;
}

static void take_note(struct observer *observer, int64_t t_ns, const char *text)
{
	struct event event = {.t_ns = t_ns, .asked_ns = t_ns, .kind = EVENT_NOTE};

	event.u.fact.text = text;
	fputs("tcpstate: ", stderr);
	terminal_print(stderr, text);
	fputc('\n', stderr);
	observer_tell(observer, &event, facts_note(t_ns, text));
}

/* call: of whom it is known that they wrote it; NULL otherwise. */
static void output_keep(struct observer *observer, int64_t t_ns, int stream,
	const struct call *call, const void *data, size_t size)
{
	size_t room = OUTPUT_KEPT - observer->output;
	char *line;

	if (size > room)
		size = room;
	if (size == 0 || observer->recording == NULL)
		return;
	observer->output += size;
	line = facts_output(t_ns, stream, call, data, size);
	if (recording_fact(observer->recording, line, NULL) != 0)
		observer_fail(observer, "output");
	free(line);
	observer->dirty = true;
	if (observer->output == OUTPUT_KEPT)
		take_note(observer, t_ns,
			"only the first 256 KiB of what the programs write are kept");
}

void observer_output(struct observer *observer, int stream, const void *data, size_t size)
{
	output_keep(observer, now_ns(), stream, NULL, data, size);
}

/* Then ends are looked for as without --calls. */
static void take_untraced(struct observer *observer)
{
	observer->calls = false;
	if (observer->endings == NULL)
		observer->endings = endings_new();
}

void observer_news(struct observer *observer, const struct news_item *item)
{
	switch (item->kind) {
	case NEWS_CALL:
		if (observer->calls)
			repeats_take(observer->repeats, &item->call);
		break;
	case NEWS_EXIT:
		take_exit(observer, item->t_ns, &item->exit);
		break;
	case NEWS_NOTE:
		take_note(observer, item->t_ns, item->text);
		break;
	case NEWS_UNTRACED:
		take_untraced(observer);
		break;
	case NEWS_OUTPUT:
		output_keep(observer, item->call.entered_ns, item->call.fd, &item->call,
			item->call.data, item->call.data_size);
		break;
	default:
		break;
	}
}
