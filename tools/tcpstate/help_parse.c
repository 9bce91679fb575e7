/* The command line of a verb: argp parses, and says nothing itself. What getopt found wrong is
 * found again here, so that it can be told in the user's language. */
#include "help.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_options.h"
#include "tcpstate/lang.h"
#include "terminal.h"
#include "verbs.h"

enum { OPTION_USAGE = 0x7f01 };

struct line {
	const struct argp *verb, *all; /* all: with the options of every verb */
	void *input;
	int next; /* the word after the one that argp could not take */
};

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
	struct line *line = state->input;

	(void)argument;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = line->input;
		return 0;
	case '?':
		help_print(state->name, line->all);
		exit(STATUS_OK);
	case OPTION_USAGE:
		usage_print(state->name, line->all);
		exit(STATUS_OK);
	case 'V':
		puts(argp_program_version);
		exit(STATUS_OK);
	case ARGP_KEY_ERROR:
		line->next = state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common[] = {
	{"help", '?', NULL, 0, N_("give this help list"), -1},
	{"usage", OPTION_USAGE, NULL, 0, N_("give a short usage message"), -1},
	{"version", 'V', NULL, 0, N_("print program version"), -1},
	{0},
};

static void complain(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void complain(const char *name, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s: ", name);
	va_start(arguments, format);
	terminal_vsay(format, arguments);
	va_end(arguments);
}

/* "--NAME", "--NAME=VALUE", NAME perhaps abbreviated. True: something is wrong with it, and told.
 */
static bool long_is_wrong(
	const char *name, const struct help_options *options, const char *word, bool last)
{
	size_t length = strcspn(word, "="), matches = 0;
	const struct argp_option *found = NULL;

	for (size_t i = 0; i < options->count; i++) {
		const struct argp_option *option = options->item[i];

		if (strncmp(option->name, word + 2, length - 2) != 0)
			continue;
		found = option;
		matches++;
		if (option->name[length - 2] == '\0') {
			matches = 1;
			break;
		}
	}
	if (matches == 0)
		complain(name, _("unrecognized option '%s'"), word);
	else if (matches > 1)
		complain(name, _("option '%s' is ambiguous"), word);
	else if (found->arg == NULL && word[length] == '=')
		complain(name, _("option '--%s' doesn't allow an argument"), found->name);
	else if (found->arg != NULL && (found->flags & OPTION_ARG_OPTIONAL) == 0 &&
		 word[length] == '\0' && last)
		complain(name, _("option '--%s' requires an argument"), found->name);
	else
		return false;
	return true;
}

/* "-x", "-xyz", "-xVALUE" */
static bool letters_are_wrong(
	const char *name, const struct help_options *options, const char *word, bool last)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const struct argp_option *found = NULL;

		for (size_t i = 0; i < options->count && found == NULL; i++)
			if (options->item[i]->key == *letter)
				found = options->item[i];
		if (found == NULL) {
			complain(name, _("invalid option -- '%c'"), *letter);
			return true;
		}
		if (found->arg == NULL)
			continue;
		if (letter[1] == '\0' && last)
			complain(name, _("option requires an argument -- '%c'"), *letter);
		return letter[1] == '\0' && last;
	}
	return false;
}

static bool word_is_wrong(
	const char *name, const struct help_options *options, const char *word, bool last)
{
	if (strncmp(word, "--", 2) == 0 && word[2] != '\0')
		return long_is_wrong(name, options, word, last);
	return word[0] == '-' && word[1] != '\0' && word[1] != '-' &&
	       letters_are_wrong(name, options, word, last);
}

void verb_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
	const struct argp all = {.options = common,
		.parser = parse_common,
		.children = children,
		.args_doc = argp->args_doc,
		.doc = argp->doc,
		.help_filter = argp->help_filter};
	struct line line = {argp, &all, input, argc};
	struct help_options options;

	if (argp_parse(&all, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS, NULL, &line) == 0)
		return;
	help_options_gather(&all, &options);
	/* of letters in one word the next is still in it */
	if (!(line.next > 1 &&
		    word_is_wrong(argv[0], &options, argv[line.next - 1], line.next == argc)) &&
		!(line.next < argc &&
			word_is_wrong(argv[0], &options, argv[line.next], line.next + 1 == argc)))
		complain(argv[0], "%s", _("too many arguments"));
	help_hint(argv[0]);
	exit(STATUS_USAGE);
}
