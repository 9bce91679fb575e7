/* Watching, from the namespace to the line at the end: the loop, observer, feed and core of a
 * recorder, with a core that tells at once and a stream instead of files. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "news.h"
#include "privileges.h"
#include "tcpstate/lang.h"
#include "terminal.h"
#include "watch_parts.h"

static const int64_t losses_ns = INT64_C(1000000000);

static void after_round(void *context)
{
	struct watch *watch = context;
	int64_t now = now_ns();

	watch->forgotten = observer_forgotten(watch->observer);
	if (now >= watch->next_losses_ns) {
		watch->next_losses_ns = now + losses_ns;
		watch_losses(watch, now);
	}
	if (watch->options->findings)
		watch_findings_show(watch, watch_findings_new(&watch->findings, now));
	/* the readers of findings; where there is a COMMAND the loop reaps */
	while (watch->loop.command == NULL && waitpid(-1, NULL, WNOHANG) > 0)
		;
	watch_flush(watch);
}

/* ---- beginning and end ---- */

static struct guest_options guest_options_of(const struct watch_options *options)
{
	return (struct guest_options){.netns = options->where.netns,
		.here = options->around.here,
		.argv = options->around.argv,
		.calls = options->around.calls};
}

/* The lines keep standard output for themselves; what COMMAND writes there goes to standard error.
 */
static int output_open(struct watch *watch, struct error *error)
{
	int fd;

	watch->out = stdout;
	if (watch->options->around.argv == NULL)
		return 0;
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	watch->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (watch->out == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
		return error_set(error, "standard output: %s", strerror(errno));
	return 0;
}

static void sink_prepare(struct watch *watch)
{
	bool terminal = isatty(fileno(watch->out));

	watch->sink.utf8 = true;
	watch->sink.width = (int)terminal_columns(watch->out);
	if (terminal) {
		setlocale(LC_CTYPE, "");
		watch->sink.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 ||
				   strcmp(lang_name(), "en") != 0;
		watch->sink.colour = terminal_colours(watch->out);
	}
	watch->text.options = &watch->sink;
	watch->text.out = watch->out;
}

static int findings_open(struct watch *watch, struct error *error)
{
	struct invoker invoker = invoker_find();
	int result;

	if (!watch->options->findings)
		return 0;
	privileges_of_files(&invoker, true);
	result = watch_findings_open(&watch->findings, error);
	privileges_of_files(&invoker, false);
	if (result == 0 && watch->options->around.calls.on)
		result = recording_add_calls(watch->findings.recording, error);
	return result;
}

static int observer_begin(struct watch *watch, struct error *error)
{
	const struct watch_options *options = watch->options;
	const struct invoker *invoker = &watch->guest.command.invoker;
	struct observer_options observing = {.interface = options->where.interface,
		.filter = options->filter,
		.recording = watch->findings.recording,
		.calls = options->around.calls.on,
		.own = true, /* so that a listener is told of before its clients come */
		.emit = {watch_record, watch},
		.listen = watch_event,
		.context = watch};
	int64_t now = now_ns();

	watch->observer = observer_new(&observing, error);
	if (watch->observer == NULL ||
		(options->findings && watch_findings_begin(&watch->findings, watch->observer,
					      options->filter, invoker, error) != 0) ||
		observer_start(watch->observer, now, error) != 0)
		return -1;
	watch->started_ns = now_ns();
	return 0;
}

static int watch_open(struct watch *watch, struct error *error)
{
	struct guest_options options = guest_options_of(watch->options);
	struct guest *guest = &watch->guest;
	bool with_command = options.argv != NULL;

	watch->holders = holders_new();
	if (watch->holders == NULL)
		return error_set(error, "out of memory");
	if (guest_find(guest, &options, error) != 0 || findings_open(watch, error) != 0 ||
		guest_enter(guest, &options, error) != 0 || observer_begin(watch, error) != 0 ||
		guest_environment(guest, &options, error) != 0 ||
		privileges_drop(
			&guest->command.invoker, guest->command.mode, with_command, error) != 0)
		return -1;
	if (!with_command)
		return 0;
	watch->loop.news = news_reader_new(guest->command.news_fd);
	guest->command.news_fd = -1;
	if (watch->loop.news == NULL)
		return error_set(error, "out of memory");
	return 0;
}

static void head_show(struct watch *watch)
{
	const struct watch_options *options = watch->options;
	int64_t now = now_ns();

	watch->loop.until_ns = options->for_ns != 0 ? now + options->for_ns : 0;
	if (options->jsonl)
		sink_live_jsonl_head(watch->out, &(struct sink_live_head){.t_ns = now,
							 .namespace_inode = netns_inode(),
							 .version = TCPSTATE_VERSION,
							 .filter = options->filter,
							 .interface = options->where.interface});
	else if (isatty(STDERR_FILENO) && options->around.argv == NULL)
		fprintf(stderr, "%s\n",
			options->for_ns != 0 ? _("tcpstate: watching")
					     : _("tcpstate: watching until Ctrl-C"));
	watch->dirty = true;
	watch_flush(watch);
}

static void sums_show(struct watch *watch)
{
	struct observer_totals totals;
	char text[512];

	observer_totals(watch->observer, &totals);
	watch->sums.packets = totals.packets;
	watch->sums.dropped = totals.dropped;
	watch->sums.lost_rows = totals.lost_rows;
	watch->sums.shed = totals.shed;
	watch->sums.forgotten = watch->forgotten;
	fprintf(stderr, "tcpstate: %s\n", prose_watch_end(&watch->sums, text, sizeof(text)));
}

static int run(struct watch *watch, struct error *error)
{
	bool with_command = watch->options->around.argv != NULL;
	int result;

	watch->loop.observer = watch->observer;
	watch->loop.command = with_command ? &watch->guest.command : NULL;
	watch->loop.round = after_round;
	watch->loop.context = watch;
	watch->loop.quiet = true;
	head_show(watch);
	if (with_command && guest_go(&watch->guest, -1, error) != 0)
		return -1;
	result = loop_run(&watch->loop, error);
	watch_losses(watch, now_ns());
	if (watch->options->findings && result == 0 && !watch->found)
		watch_findings_show(watch, watch_findings_last(&watch->findings));
	watch_flush(watch);
	if (watch->broken == 0)
		sums_show(watch);
	return result;
}

/* A reader that leaves, as head does, has what it wanted. */
static int output_failed(const struct watch *watch, struct error *error)
{
	__fpurge(watch->out);
	clearerr(watch->out);
	return watch->broken == EPIPE
		       ? 0
		       : error_set(error, "standard output: %s", strerror(watch->broken));
}

static void watch_close(struct watch *watch)
{
	guest_close(&watch->guest);
	news_reader_free(watch->loop.news);
	observer_free(watch->observer);
	holders_free(watch->holders);
	watch_findings_close(&watch->findings);
	if (watch->loop.signal_fd >= 0)
		close(watch->loop.signal_fd);
	if (watch->out != NULL && watch->out != stdout)
		fclose(watch->out);
}

int watch_run(const struct watch_options *options, int *status, struct error *error)
{
	struct watch watch = {.options = options,
		.started_ns = INT64_MAX,
		.guest = GUEST_NONE,
		.loop = {.signal_fd = -1, .wake_fd = -1}};
	int result = output_open(&watch, error);

	if (result == 0) {
		sink_prepare(&watch);
		result = loop_signals(&watch.loop, error);
	}
	if (result == 0)
		result = watch_open(&watch, error);
	if (result == 0)
		result = run(&watch, error);
	*status = watch.found ? 1 : watch.loop.by_itself ? 0 : watch.guest.command.status;
	if (watch.broken != 0 && result == 0)
		result = output_failed(&watch, error);
	watch_close(&watch);
	return result;
}
