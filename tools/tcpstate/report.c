/* tcpstate report: recordings and captures in, the corrected timeline out, as text or as JSON
 * lines. */
#include "verbs.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail_on.h"
#include "formats.h"
#include "inputs.h"
#include "help.h"
#include "language.h"
#include "output.h"
#include "pager.h"
#include "sandbox.h"
#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/sink.h"
#include "tcpstate/source.h"
#include "terminal.h"
#include "shared_options.h"

enum {
	OPTION_FORMAT = 'f',
	OPTION_OUTPUT = 'o',
	OPTION_RELATIVE = 't',
	OPTION_SUMMARY = 256,
	OPTION_ALL,
	OPTION_FILTER,
	OPTION_EDGES,
	OPTION_CONNECTION,
	OPTION_SINCE,
	OPTION_LARGE,
	OPTION_FIGURE,
	OPTION_NO_PAGER,
	OPTION_COMPARE,
	OPTION_FAIL_ON
};

struct options {
	const struct format *format;
	struct sink_options sink;
	const char *output, *filter, *since;
	struct finding_set fail_on; /* exit status 1 at these */
	bool compare;         /* the inputs are recordings of one experiment, each for itself */
	bool no_pager, paged; /* paged: the reader may leave early */
	char **paths;
	int path_count;
};

static const struct argp_option option_table[] = {
	{"format", OPTION_FORMAT, "FORMAT", 0,
		N_("text (default); html: one page for a browser or a printer; pdf: the same, "
		   "printed by Chromium; md: Markdown with diagrams; svg: one figure; pcapng: "
		   "packets and netlink messages with comments, for Wireshark; jsonl: one JSON "
		   "object per line"),
		0},
	{"summary", OPTION_SUMMARY, NULL, 0,
		N_("only what was recorded, checks, findings and counts"), 0},
	{"all", OPTION_ALL, NULL, 0,
		N_("every connection's timeline and every phase's tables, however many"), 0},
	{"edges", OPTION_EDGES, NULL, 0,
		N_("the state diagram too: how often each state and edge was taken, and who "
		   "witnessed it"),
		0},
	{"connection", OPTION_CONNECTION, "N", 0, N_("only the timelines of connection N"), 0},
	{"since", OPTION_SINCE, "MARK", 0,
		N_("only what happened from this mark on: its text, or the number of its phase"),
		0},
	{"filter", OPTION_FILTER, "EXPR", 0,
		N_("only packets and sockets of this pcap-filter expression"), 0},
	{"output", OPTION_OUTPUT, "FILE", 0,
		N_("write to FILE, which is replaced only when all went well"), 0},
	{"relative", OPTION_RELATIVE, NULL, 0,
		N_("times in seconds since the beginning instead of UTC"), 0},
	{"compare", OPTION_COMPARE, NULL, 0,
		N_("recordings of the same experiment beside each other: a line each, and the "
		   "checks that did not come out alike (text, html, jsonl)"),
		0},
	{"fail-on", OPTION_FAIL_ON, "FINDING", 0,
		N_("exit status 1 when this finding is made, close_wait_held for instance; "
		   "several: A,B; or any. The report is written all the same"),
		0},
	{"figure", OPTION_FIGURE, "FIGURE", 0,
		N_("of svg: picture (default), ladder (of --connection), queues or states"), 0},
	{"large", OPTION_LARGE, NULL, 0,
		N_("of a page: less in a line and larger, for a projector"), 0},
	{"no-pager", OPTION_NO_PAGER, NULL, 0, N_("straight to the terminal, not through $PAGER"),
		0},
	{0},
};

static void parse_format(struct options *options, const char *name, struct argp_state *state)
{
	char names[128];

	options->format = format_find(name);
	if (options->format == NULL)
		usage_error(state, "--format %s: not a format; there are %s", name,
			format_names(names, sizeof(names)));
}

static void parse_figure(struct options *options, const char *name, struct argp_state *state)
{
	static const char *const names[FIGURE_MAX] = {[FIGURE_PICTURE] = "picture",
		[FIGURE_LADDER] = "ladder",
		[FIGURE_QUEUES] = "queues",
		[FIGURE_STATES] = "states"};

	for (uint8_t i = 0; i < FIGURE_MAX; i++)
		if (strcmp(names[i], name) == 0) {
			options->sink.figure = i;
			return;
		}
	usage_error(state,
		"--figure %s: not a figure; there are picture, ladder, queues and states", name);
}

static void parse_connection(struct options *options, const char *text, struct argp_state *state)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || number == 0 || number > UINT32_MAX)
		usage_error(
			state, "--connection %s: wanted: the number of a connection, from 1", text);
	options->sink.connection = (uint32_t)number;
}

/* Options that do not go together. */
static void check_options(const struct options *options, struct argp_state *state)
{
	if (options->compare && options->format->compare == NULL)
		usage_error(state, "--compare: as %s there is none; there are text, html and jsonl",
			options->format->name);
	if (options->compare && (options->sink.connection != 0 || options->since != NULL))
		usage_error(state, "--compare is of whole recordings: without --connection and "
				   "--since");
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case OPTION_FORMAT:
		parse_format(options, argument, state);
		return 0;
	case OPTION_FIGURE:
		parse_figure(options, argument, state);
		return 0;
	case OPTION_LARGE:
		options->sink.large = true;
		return 0;
	case OPTION_COMPARE:
		options->compare = true;
		return 0;
	case OPTION_FAIL_ON:
		fail_on_parse(argument, state, &options->fail_on);
		return 0;
	case OPTION_SUMMARY:
		options->sink.summary = true;
		return 0;
	case OPTION_ALL:
		options->sink.all = true;
		return 0;
	case OPTION_EDGES:
		options->sink.edges = true;
		return 0;
	case OPTION_FILTER:
		options->filter = argument;
		return 0;
	case OPTION_CONNECTION:
		parse_connection(options, argument, state);
		return 0;
	case OPTION_SINCE:
		options->since = argument;
		return 0;
	case OPTION_NO_PAGER:
		options->no_pager = true;
		return 0;
	case OPTION_OUTPUT:
		options->output = argument;
		return 0;
	case OPTION_RELATIVE:
		options->sink.relative_times = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = state->argv + state->next;
		options->path_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		usage_error(state,
			"nothing to report on: name a recording's directory or a capture file");
		return 0;
	case ARGP_KEY_END:
		check_options(options, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = LANGUAGE_CHILD,
	.args_doc = "DIR|FILE.pcap ...",
	.doc = N_(
		"What was recorded: which state every socket was in, when it changed and why, each "
		"transition with its evidence (wire: inferred from packets; kernel: seen in "
		"sock_diag; both), withdrawn claims as corrections; the sockets at each mark, and "
		"the checks.\n\n"
		"DIR is a recording of `tcpstate record`, FILE any pcap or pcapng (- for standard "
		"input). Several are merged by time, and one connection that several of them met, "
		"across an address translation too, is told as one; a DIR may hold further "
		"recordings in its folders. What a recording lacks is noted; exit status 1 only "
		"when an input cannot be read or the report not be written, or with --fail-on."),
};

/* A page is as wide as the terminal, but not narrower than it can be laid out; in a pipe it is
 * never wider than in a file. */
enum { PAGE_LEAST = 60, PAGE_COLUMNS = 100 };

static void fit_terminal(struct sink_options *sink, FILE *out)
{
	bool terminal = isatty(fileno(out));
	size_t columns = terminal_page(out);

	sink->utf8 = true;
	if (columns > 0 && (terminal || columns < PAGE_COLUMNS))
		sink->width = columns < PAGE_LEAST ? PAGE_LEAST : (int)columns;
	if (!terminal)
		return;
	setlocale(LC_CTYPE, "");
	sink->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 || strcmp(lang_name(), "en") != 0;
	sink->colour = terminal_colours(out);
}

enum { FOUND = 1 }; /* of the work: a finding of --fail-on */

struct job {
	const struct options *options;
	struct inputs *inputs;
	FILE *out;
	const char *name; /* of out */
};

/* The pager, or `head`, has read enough: that is no error. */
static bool reader_left(const struct job *job)
{
	if (errno != EPIPE || !(job->options->paged || job->out == stdout))
		return false;
	clearerr(stdout);
	return true;
}

/* What --connection and --since name must be there. */
static int select_part(const struct options *options, const struct model *model,
	struct sink_options *sink, struct error *error)
{
	const struct mark *mark = NULL;

	*sink = options->sink;
	if (options->since != NULL) {
		mark = model_mark(model, options->since);
		if (mark == NULL && model->mark_count == 0)
			return error_set(error,
				"--since %s: there are no marks in it; leave --since out",
				options->since);
		if (mark == NULL)
			return error_set(error,
				"--since %s: no mark is called so, and none has this number; there "
				"are %zu",
				options->since, model->mark_count);
		sink->since_ns = mark->t_ns;
	}
	for (size_t i = 0; i < model->connection_count && sink->connection > 0; i++)
		if (model->connections[i].serial == sink->connection)
			return 0;
	if (sink->connection > 0 && model->connection_total == 0)
		return error_set(error,
			"--connection %" PRIu32
			": there are no TCP connections in it; leave --connection out",
			sink->connection);
	return sink->connection == 0
		       ? 0
		       : error_set(error,
				 "--connection %" PRIu32
				 ": there is no connection of this number; the last is %zu",
				 sink->connection, model->connection_total);
}

/* Whether a finding of --fail-on was made; it is named on standard error, once. *told: those named
 * before, by another model. */
static bool failed_on(
	const struct options *options, const struct model *model, struct finding_set *told)
{
	struct finding_set found = {{0}};

	for (size_t i = 0; i < model->finding_count; i++)
		if (finding_set_has(&options->fail_on, model->findings[i].code))
			finding_set_add(&found, model->findings[i].code);
	for (unsigned code = 0; code < FINDING_MAX; code++)
		if (finding_set_has(&found, code) && !finding_set_has(told, code))
			fprintf(stderr, "tcpstate report: --fail-on: %s\n", finding_word(code));
	finding_set_join(told, &found);
	return !finding_set_empty(&found);
}

/* sandbox_work: all that looks into the inputs. 1: well, but with a finding of --fail-on. */
static int report(void *context, struct error *error)
{
	const struct job *job = context;
	const struct options *options = job->options;
	struct inputs *inputs = job->inputs;
	struct model *model = model_new();
	int status =
		model != NULL ? inputs_unpack(inputs, error) : error_set(error, "out of memory");
	struct sink_options sink;
	struct finding_set told = {{0}};

	/* large tables grow where they are, and are not copied; and of one that is hardly used no
	 * more than that is made zero */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	if (inputs->count > 1 && status == 0)
		model_several(model);
	if (status == 0 && options->format->figures)
		model_name_as_on_page(model);
	if (status == 0 && options->sink.connection != 0)
		model_only(model, options->sink.connection);
	else if (status == 0 &&
		 (options->sink.all || options->since != NULL || options->format->render == NULL))
		model_keep(model, SIZE_MAX);
	else if (status == 0 && options->format->render == sink_jsonl && !options->sink.summary)
		model_on_farewell(model, sink_jsonl_farewell, job->out);
	for (size_t i = 0, whole = 0; i < inputs->count && status == 0; i++) {
		status = replay_run(model, &inputs->list[i].replay, options->filter, error);
		if (!inputs->list[i].part)
			whole = i;
		if (status == 0)
			model_part_of(model, (uint16_t)whole);
	}
	if (status == 0 && model_finish(model) != 0)
		status = error_set(error, "out of memory: narrow it with --filter");
	if (status == 0)
		status = select_part(options, model, &sink, error);
	for (uint16_t i = 0; i < inputs->count && status == 0 && options->format->texts; i++)
		replay_texts(model, i, &inputs->list[i].replay);
	if (status == 0 && format_render(options->format, model, &sink, inputs, options->filter,
				   job->out, error) != 0)
		status = reader_left(job) ? 0
			 : *error->text != '\0'
				 ? -1
				 : error_set(error, "%s: %s", job->name, strerror(errno));
	if (status == 0 && failed_on(options, model, &told))
		status = FOUND;
	model_free(model);
	return status;
}

/* A recording for itself, with those that its folder holds. *next: the one after it. NULL: error */
static struct model *model_of(const struct job *job, size_t *next, struct error *error)
{
	const struct inputs *inputs = job->inputs;
	struct model *model = model_new();
	size_t first = *next;
	int status = model != NULL ? 0 : error_set(error, "out of memory");

	if (status == 0 && first + 1 < inputs->count && inputs->list[first + 1].part)
		model_several(model);
	do {
		if (status == 0)
			status = replay_run(
				model, &inputs->list[*next].replay, job->options->filter, error);
		if (status == 0)
			model_part_of(model, 0);
	} while (++*next < inputs->count && inputs->list[*next].part);
	if (status == 0 && model_finish(model) != 0)
		status = error_set(error, "out of memory: narrow it with --filter");
	if (status == 0)
		return model;
	model_free(model);
	return NULL;
}

/* sandbox_work, of --compare; 1 as above */
static int compare(void *context, struct error *error)
{
	const struct job *job = context;
	struct model **models = calloc(job->inputs->count + 1, sizeof(struct model *));
	struct comparison comparison = {0};
	struct finding_set told = {{0}};
	size_t count = 0;
	int status = models != NULL ? 0 : error_set(error, "out of memory");

	for (size_t next = 0; next < job->inputs->count && status == 0;) {
		models[count] = model_of(job, &next, error);
		status = models[count] != NULL ? 0 : -1;
		count += status == 0;
	}
	if (status == 0 && count < 2)
		status = error_set(error, "--compare: name two recordings or more");
	if (status == 0 &&
		comparison_make(&comparison, (const struct model *const *)models, count) != 0)
		status = error_set(error, "out of memory");
	if (status == 0 &&
		job->options->format->compare(&comparison, &job->options->sink, job->out) != 0)
		status = reader_left(job) ? 0
					  : error_set(error, "%s: %s", job->name, strerror(errno));
	comparison_clear(&comparison);
	for (size_t i = 0; i < count; i++) {
		if (status >= 0 && failed_on(job->options, models[i], &told))
			status = FOUND;
		model_free(models[i]);
	}
	free(models);
	return status;
}

int verb_report(int argc, char **argv)
{
	struct options options = {.format = &formats[0]};
	struct error error = {0};
	struct output output;
	struct inputs inputs;
	struct pager pager = {0};
	int status;

	/* a file size limit is an error of the write, to be told */
	signal(SIGXFSZ, SIG_IGN);
	verb_parse(&parser, argc, argv, &options);
	if (options.format->scripts)
		lang_english(); /* for scripts */
	struct filter *filter =
		options.filter != NULL ? filter_new(options.filter, false, &error) : NULL;
	if (options.filter != NULL && filter == NULL)
		return verb_misused(argv[0], &error);
	filter_free(filter);
	/* what reads the inputs can ask no name server */
	char *resolved = options.filter != NULL ? filter_resolve(options.filter) : NULL;
	options.filter = resolved != NULL ? resolved : options.filter;
	if (output_open(&output, options.output, &error) != 0)
		return verb_failed(argv[0], &error);
	if (options.format->pdf && output.temporary == NULL) {
		error_set(&error, "--format pdf wants a file to print to: -o FILE.pdf");
		return verb_misused(argv[0], &error);
	}
	fit_terminal(&options.sink, output.stream);
	if (output.stream == stdout && options.format->terminal && !options.no_pager)
		pager_begin(&pager);
	options.paged = pager.pid > 0;
	status = inputs_gather(options.paths, options.path_count, &inputs, &error);
	if (status == 0)
		status = sandbox_run(options.compare ? compare : report,
			&(struct job){&options, &inputs, output.stream, output.name},
			(const char *const *)options.paths, (size_t)options.path_count, &error);
	inputs_free(&inputs);
	free(resolved);
	pager_end(&pager);
	if (output_close(&output, status < 0, options.format->pdf, &error) != 0)
		status = -1;
	if (status >= 0)
		return status == FOUND ? STATUS_FAILED : STATUS_OK;
	/* told here: main() need not find the same stream broken again */
	if (output.stream == stdout) {
		__fpurge(stdout);
		clearerr(stdout);
	}
	return verb_failed(argv[0], &error);
}
