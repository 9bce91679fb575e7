/* tcpstate expect: what a script predicts goes to the recorder, which measures, compares and
 * records it. */
#include "verbs.h"

#include <argp.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "language.h"
#include "control.h"
#include "query.h"
#include "shared_options.h"
#include "terminal.h"
#include "tcpstate/formula.h"
#include "tcpstate/state.h"
#include "tcpstate/lang.h"

enum { OPTION_CELL = 256, OPTION_LET, OPTION_SINCE_MARK, OPTION_PLAN };

static const struct argp_option option_table[] = {
	{"cell", OPTION_CELL, "K=V", 0,
		N_("a coordinate of this check in the report's table; whole numbers can be used in "
		   "formulas; repeatable"),
		0},
	{"let", OPTION_LET, "K=EXPR", 0,
		N_("a name for formulas: EXPR is a formula or a QUERY; repeatable"), 0},
	{"since-mark", OPTION_SINCE_MARK, NULL, 0,
		N_("counters, packets and transitions count from the last mark on, not from the "
		   "beginning"),
		0},
	{"plan", OPTION_PLAN, "N", 0,
		N_("announce that N checks (a formula) will be made; `lab' fails when fewer are"),
		0},
	{0},
};

struct arguments {
	const char *directory;
	json_t *cells, *lets;
	bool since_mark;
	int64_t plan;
	int count;
	char *words[3];
};

static void pair_add(
	json_t *pairs, const char *argument, const char *option, struct argp_state *state)
{
	const char *equals = strchr(argument, '=');
	json_t *pair;

	if (equals == NULL || equals == argument)
		usage_error(state, "%s %s: write %s NAME=%s", option, argument, option,
			pairs != NULL && !strcmp(option, "--let") ? "EXPR" : "VALUE");
	pair = json_pack("[s%,s]", argument, (size_t)(equals - argument), equals + 1);
	if (pair == NULL)
		usage_error(state, "%s %s: is not UTF-8", option, argument);
	json_array_append_new(pairs, pair);
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct error error;

	switch (key) {
	case OPTION_CELL:
		pair_add(arguments->cells, argument, "--cell", state);
		return 0;
	case OPTION_LET:
		pair_add(arguments->lets, argument, "--let", state);
		if (!formula_name_valid(json_string_value(json_array_get(
			    json_array_get(arguments->lets, json_array_size(arguments->lets) - 1),
			    0))))
			usage_error(state,
				"--let %s: a name is a letter, then letters, digits and _",
				argument);
		return 0;
	case OPTION_SINCE_MARK:
		arguments->since_mark = true;
		return 0;
	case OPTION_PLAN:
		if (formula_evaluate(argument, NULL, &arguments->plan, &error))
			usage_error(state, "--plan: %s", error.text);
		if (arguments->plan <= 0)
			usage_error(state, "--plan %s: a plan is a positive number of checks",
				argument);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->directory;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->count == 3)
			usage_error(state, "NAME PREDICTED QUERY, each one argument: quote them "
					   "('min(n-1, b+1)' 'recv_q LISTEN tcp port 80')");
		arguments->words[arguments->count++] = argument;
		return 0;
	case ARGP_KEY_END:
		if (arguments->count == 3 || (arguments->count == 0))
			return 0;
		usage_error(state,
			"NAME, PREDICTED and QUERY are wanted, or none of them and lines NAME | "
			"PREDICTED | QUERY on standard input");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *filter_help(int key, const char *text, void *input)
{
	char *all;

	(void)input;
	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)(uintptr_t)text;
	return asprintf(&all, "%s", query_help()) < 0 ? NULL : all;
}

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.children = (const struct argp_child[]){{&control_option, 0, NULL, 0}, {0}},
	.args_doc = "NAME PREDICTED QUERY\n[< LINES]",
	.doc = N_("Measure now, compare with the prediction, and record the check. PREDICTED is a "
		  "formula of whole numbers, names, + - * /, min, max, htons; a range A..B; or "
		  "words. Without arguments, lines NAME | PREDICTED | QUERY of standard input are "
		  "answered from one look at the sockets.\n"
		  "Exit status 1 when one does not match or cannot be measured."),
	.help_filter = filter_help,
};

/* ---- the checks ---- */

static void blanks_cut(char **text)
{
	size_t length;

	*text += strspn(*text, " \t\r\n");
	length = strlen(*text);
	while (length && isspace((unsigned char)(*text)[length - 1]))
		length--;
	(*text)[length] = '\0';
}

static bool word_is_state(const char *text)
{
	enum tcp_state state = state_from_name(text, strcspn(text, " ,"));

	return state != STATE_MAX && state != STATE_UNKNOWN;
}

static int check_add(json_t *checks, const char *name, const char *predicted, const char *query,
	struct error *error)
{
	json_t *check;

	if (!*name || !*predicted || !*query)
		return error_set(error,
			"a check has a NAME, a PREDICTED and a QUERY; one is empty in \"%s | %s | "
			"%s\"",
			name, predicted, query);
	if (!query_known(query) && word_is_state(query))
		return error_set(error, "\"%s\" is no QUERY; to count such sockets: 'count %s'",
			query, query);
	if (!query_known(query))
		return error_set(error, "\"%s\" is no QUERY; --help lists them", query);
	check = json_pack("{s:s,s:s,s:s}", "name", name, "predicted", predicted, "query", query);
	if (check == NULL)
		return error_set(error, "\"%s | %s | %s\" is not UTF-8", name, predicted, query);
	return json_array_append_new(checks, check) ? error_set(error, "out of memory") : 0;
}

/* The last part may hold a '|', which pcap-filter expressions can have. */
static int checks_read(json_t *checks, FILE *in, struct error *error)
{
	char *line = NULL;
	size_t size = 0, number = 0;
	int result = 0;

	while (!result && getline(&line, &size, in) >= 0) {
		char *name = line, *predicted, *query;

		number++;
		blanks_cut(&name);
		if (!*name || *name == '#')
			continue;
		predicted = strchr(name, '|');
		query = predicted != NULL ? strchr(predicted + 1, '|') : NULL;
		if (query == NULL) {
			result = error_set(
				error, "line %zu: write NAME | PREDICTED | QUERY", number);
			break;
		}
		*predicted++ = *query++ = '\0';
		blanks_cut(&name);
		blanks_cut(&predicted);
		blanks_cut(&query);
		result = check_add(checks, name, predicted, query, error);
		if (result)
			error_context(error, "line %zu", number);
	}
	free(line);
	if (!result && !json_array_size(checks))
		result = error_set(error, "no check: standard input was empty");
	return result;
}

/* ---- the answers ---- */

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static bool answer_print(const json_t *answer, const json_t *cells)
{
	bool match = json_is_true(json_object_get(answer, "match"));
	const char *formula = member(answer, "formula"), *predicted = member(answer, "predicted"),
		   *problem = member(answer, "problem");
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (out == NULL)
		abort();
	fprintf(out, match ? _("ok %s: predicted %s") : _("MISMATCH %s: predicted %s"),
		member(answer, "name"), *predicted ? predicted : formula);
	if (*predicted && strcmp(predicted, formula))
		fprintf(out, " = %s", formula);
	if (*problem)
		fprintf(out, _(", not measured: %s"), problem);
	else
		fprintf(out, _(", measured %s"), member(answer, "measured"));
	fprintf(out, " (%s", member(answer, "query"));
	for (size_t i = 0; i < json_array_size(cells); i++)
		fprintf(out, "%s%s=%s", i ? " " : "; ",
			json_string_value(json_array_get(json_array_get(cells, i), 0)),
			json_string_value(json_array_get(json_array_get(cells, i), 1)));
	fputc(')', out);
	fclose(out);
	terminal_print(stdout, text);
	putchar('\n');
	free(text);
	return match;
}

/* Of several recorders, the one that records the namespace we are in. */
static char *control_choose(const char *directory, struct error *error)
{
	char **paths = control_paths(directory, error), *chosen = NULL;
	json_t *request = json_pack("{s:s}", "do", "state");
	uint64_t ours = netns_inode();

	if (paths != NULL && paths[0] != NULL && paths[1] == NULL)
		chosen = strdup(paths[0]);
	for (char **path = paths; path != NULL && *path != NULL && chosen == NULL; path++) {
		json_t *state = control_ask(*path, request, NULL, error);

		if (state != NULL &&
			(uint64_t)json_integer_value(json_object_get(state, "netns")) == ours)
			chosen = strdup(*path);
		json_decref(state);
	}
	if (paths != NULL && chosen == NULL)
		error_set(error, "none of the recorders in TCPSTATE_CONTROL records this network "
				 "namespace; name one: --control DIR");
	json_decref(request);
	control_paths_free(paths);
	return chosen;
}

static int ask(const char *path, struct arguments *arguments, json_t *checks, const char *program)
{
	struct error error;
	json_t *request = json_pack("{s:s,s:O,s:O,s:O,s:b}", "do", "expect", "checks", checks,
		"cells", arguments->cells, "lets", arguments->lets, "since_mark",
		arguments->since_mark);
	json_t *reply = control_ask(path, request, NULL, &error),
	       *answers = json_object_get(reply, "checks");
	int status = STATUS_OK;

	json_decref(request);
	if (reply == NULL)
		return verb_failed(program, &error);
	for (size_t i = 0; i < json_array_size(answers); i++)
		if (!answer_print(json_array_get(answers, i), arguments->cells))
			status = STATUS_FAILED;
	if (json_array_size(answers) != json_array_size(checks)) {
		error_set(&error, "the recorder answered %zu of %zu checks",
			json_array_size(answers), json_array_size(checks));
		status = verb_failed(program, &error);
	}
	json_decref(reply);
	return status;
}

static int plan_tell(const char *path, int64_t plan, const char *program)
{
	struct error error;
	json_t *request = json_pack("{s:s,s:I}", "do", "plan", "checks", (json_int_t)plan);
	json_t *reply = control_ask(path, request, NULL, &error);
	int status = reply != NULL ? STATUS_OK : verb_failed(program, &error);

	json_decref(request);
	json_decref(reply);
	return status;
}

int verb_expect(int argc, char **argv)
{
	struct arguments arguments = {.cells = json_array(), .lets = json_array()};
	json_t *checks = json_array();
	struct error error;
	char *path = NULL;
	int status = STATUS_OK;

	verb_parse(&parser, argc, argv, &arguments);
	if (arguments.count ? check_add(checks, arguments.words[0], arguments.words[1],
				      arguments.words[2], &error)
			    : !arguments.plan && checks_read(checks, stdin, &error)) {
		status = verb_misused(argv[0], &error);
		goto out;
	}
	path = control_choose(arguments.directory, &error);
	if (path == NULL) {
		status = verb_failed(argv[0], &error);
		goto out;
	}
	if (arguments.plan)
		status = plan_tell(path, arguments.plan, argv[0]);
	if (status == STATUS_OK && json_array_size(checks))
		status = ask(path, &arguments, checks, argv[0]);
out:
	free(path);
	json_decref(checks);
	json_decref(arguments.cells);
	json_decref(arguments.lets);
	return status;
}
