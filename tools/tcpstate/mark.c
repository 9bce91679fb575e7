/* tcpstate mark: name a moment of the running recordings. Returns once each has written the mark
 * and its dump. */
#include "verbs.h"

#include <argp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "help.h"
#include "language.h"
#include "control.h"
#include "shared_options.h"
#include "tcpstate/lang.h"

enum { OPTION_TRIAL = 256, OPTION_FAILED };

static const struct argp_option options[] = {
	{"trial", OPTION_TRIAL, NULL, 0,
		N_("what ends here was tried beforehand and is not part of the experiment"), 0},
	{"failed", OPTION_FAILED, NULL, 0,
		N_("the experiment gives up: TEXT says why, and the report begins with it; no "
		   "phase begins"),
		0},
	{0}};

struct arguments {
	const char *directory;
	char *text;
	bool trial, failed;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	(void)argument;
	switch (key) {
	case OPTION_FAILED:
		arguments->failed = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->directory;
		return 0;
	case OPTION_TRIAL:
		arguments->trial = true;
		return 0;
	case ARGP_KEY_ARGS:
		arguments->text = verb_words(state->argc - state->next, state->argv + state->next);
		return 0;
	case ARGP_KEY_END:
		if (arguments->text == NULL || !*arguments->text)
			usage_error(state, "what is the moment called? give a TEXT");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp parser = {
	.options = options,
	.parser = parse_option,
	.children = (const struct argp_child[]){{&control_option, 0, NULL, 0}, {0}},
	.args_doc = "TEXT",
	.doc = N_(
		"Name this moment of the running recording: a phase of the report begins, with the "
		"sockets as they are now. Returns when they are on disk."),
};

int verb_mark(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct error error;
	char **paths;
	json_t *request;
	int status = STATUS_OK;

	verb_parse(&parser, argc, argv, &arguments);
	paths = control_paths(arguments.directory, &error);
	if (paths == NULL) {
		free(arguments.text);
		return verb_failed(argv[0], &error);
	}
	request = json_pack("{s:s,s:s,s:b,s:b}", "do", "mark", "text", arguments.text, "trial",
		arguments.trial, "failed", arguments.failed);
	if (request == NULL) {
		error_set(&error, "the TEXT is not UTF-8");
		status = verb_misused(argv[0], &error);
	}
	for (char **path = paths; request != NULL && *path != NULL; path++) {
		json_t *reply = control_ask(*path, request, NULL, &error);

		if (reply == NULL)
			status = verb_failed(argv[0], &error);
		json_decref(reply);
	}
	json_decref(request);
	control_paths_free(paths);
	free(arguments.text);
	return status;
}
