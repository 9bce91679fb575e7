/* What --help and --usage print, from the tables of argp. argp's own printer counts bytes, not
 * columns, breaks no line between ideographs, and knows no language but that of the locale. */
#include "help.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_options.h"
#include "tcpstate/columns.h"
#include "tcpstate/lang.h"

enum { LINE = 79, DOC_COLUMN = 29, USAGE_INDENT = 12 };

bool help_option_short(const struct argp_option *option)
{
	return option->key > ' ' && option->key < 0x7f;
}

static void gather(const struct argp *argp, struct help_options *options)
{
	for (const struct argp_option *option = argp->options;
		option != NULL && option->name != NULL; option++)
		if (options->count < HELP_OPTIONS)
			options->item[options->count++] = option;
	for (const struct argp_child *child = argp->children; child != NULL && child->argp != NULL;
		child++)
		gather(child->argp, options);
}

/* group -1, as argp has it: last */
static int compare_options(const void *left, const void *right)
{
	const struct argp_option *a = *(const struct argp_option *const *)left,
				 *b = *(const struct argp_option *const *)right;
	int letter_a = help_option_short(a) ? a->key : a->name[0],
	    letter_b = help_option_short(b) ? b->key : b->name[0];

	if (a->group != b->group)
		return a->group < b->group ? 1 : -1;
	if (a->group == 0 && tolower(letter_a) != tolower(letter_b))
		return tolower(letter_a) - tolower(letter_b);
	return strcmp(a->name, b->name);
}

void help_options_gather(const struct argp *argp, struct help_options *options)
{
	options->count = 0;
	gather(argp, options);
	qsort(options->item, options->count, sizeof(options->item[0]), compare_options);
}

/* Wrapped, from column `column` on; the following lines are indented by `indent`. */
static void put_wrapped(const char *text, size_t column, size_t indent)
{
	do {
		const char *next;
		size_t bytes = columns_line(text, LINE - column, &next);

		printf("%.*s\n", (int)bytes, text);
		text = next;
		column = indent;
		if (*text != '\0')
			printf("%*s", (int)indent, "");
	} while (*text != '\0');
}

/* Each line of it is a paragraph. */
static void put_paragraphs(const char *text, size_t length)
{
	while (length > 0) {
		const char *end = memchr(text, '\n', length);
		size_t taken = end != NULL ? (size_t)(end - text) : length;
		char *line = strndup(text, taken);

		if (line != NULL)
			put_wrapped(line, 0, 0);
		free(line);
		taken += end != NULL;
		text += taken;
		length -= taken;
	}
}

static void put_option(const struct argp_option *option)
{
	char head[128], letter[8] = "    ";
	bool optional = (option->flags & OPTION_ARG_OPTIONAL) != 0;

	if (help_option_short(option))
		snprintf(letter, sizeof(letter), "-%c, ", option->key);
	snprintf(head, sizeof(head), "  %s--%s%s%s%s", letter, option->name,
		option->arg == NULL ? ""
		: optional          ? "[="
				    : "=",
		option->arg != NULL ? option->arg : "", option->arg != NULL && optional ? "]" : "");
	if (strlen(head) + 2 > DOC_COLUMN)
		printf("%s\n%*s", head, DOC_COLUMN, "");
	else
		printf("%-*s", DOC_COLUMN, head);
	put_wrapped(option->doc != NULL ? _(option->doc) : "", DOC_COLUMN, DOC_COLUMN);
}

static void put_usage_lines(const char *name, const char *arguments)
{
	const char *before = _("Usage:");

	while (arguments != NULL) {
		size_t length = strcspn(arguments, "\n");

		printf("%s %s %s %.*s\n", before, name, _("[OPTION...]"), (int)length, arguments);
		before = _("  or: ");
		arguments = arguments[length] == '\n' ? arguments + length + 1 : NULL;
	}
}

void help_print(const char *name, const struct argp *argp)
{
	const char *doc = argp->doc != NULL ? _(argp->doc) : "";
	const char *after = strstr(doc, "\n\n"); /* what follows the options */
	struct help_options options;
	char *extra = argp->help_filter != NULL ? argp->help_filter(ARGP_KEY_HELP_EXTRA, NULL, NULL)
						: NULL;

	put_usage_lines(name, argp->args_doc != NULL ? argp->args_doc : "");
	put_paragraphs(doc, after != NULL ? (size_t)(after - doc) : strlen(doc));
	putchar('\n');
	help_options_gather(argp, &options);
	bool any = false;
	for (size_t i = 0; i < options.count; i++) {
		put_option(options.item[i]);
		any |= help_option_short(options.item[i]) && options.item[i]->arg != NULL;
	}
	if (any) {
		putchar('\n');
		put_wrapped(
			_("Where a long option takes an argument, its letter takes the same one."),
			0, 0);
	}
	if (after != NULL) {
		putchar('\n');
		put_paragraphs(after + 2, strlen(after + 2));
	}
	if (extra != NULL)
		printf("\n%s", extra);
	free(extra);
}

static void put_usage_word(const char *word, size_t *column)
{
	if (*column + 1 + strlen(word) > LINE) {
		printf("\n%*s", USAGE_INDENT - 1, "");
		*column = USAGE_INDENT - 1;
	}
	*column += (size_t)printf(" %s", word);
}

void usage_print(const char *name, const struct argp *argp)
{
	struct help_options options;
	char word[160];
	size_t column = columns_of(_("Usage:")) + 1 + strlen(name);

	help_options_gather(argp, &options);
	printf("%s %s", _("Usage:"), name);
	for (size_t i = 0; i < options.count; i++) {
		const struct argp_option *option = options.item[i];
		const char *equals = (option->flags & OPTION_ARG_OPTIONAL) != 0 ? "[=" : "=";

		if (option->arg == NULL)
			snprintf(word, sizeof(word), "[--%s]", option->name);
		else
			snprintf(word, sizeof(word), "[--%s%s%s%s]", option->name, equals,
				option->arg, equals[0] == '[' ? "]" : "");
		put_usage_word(word, &column);
	}
	for (const char *at = argp->args_doc; at != NULL && *at != '\0';) {
		size_t length = strcspn(at, "\n");

		snprintf(word, sizeof(word), "%.*s", (int)length, at);
		put_usage_word(word, &column);
		at += length + (at[length] == '\n');
	}
	putchar('\n');
}

void help_hint(const char *name)
{
	fprintf(stderr, _("Try `%s --help' or `%s --usage' for more information.\n"), name, name);
}
