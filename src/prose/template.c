/* Fills the gaps of a sentence from a reason's arguments. One scanner serves both filling and
 * checking. */
#include "template.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tcpstate/finding.h"
#include "tcpstate/lang.h"
#include "tcpstate/prose.h"

/* forms: "one|many}", NULL where the number itself is meant */
struct gap {
	const char *name, *forms;
	size_t name_length;
};

/* Reads "{name}" or "{name|form|form...}" at `at`; returns what follows it, NULL if it is not
 * closed. */
static const char *gap_read(const char *at, struct gap *gap)
{
	const char *end = strchr(at, '}');
	const char *bar = end != NULL ? memchr(at, '|', (size_t)(end - at)) : NULL;

	if (end == NULL)
		return NULL;
	*gap = (struct gap){.name = at + 1,
		.name_length = (size_t)((bar != NULL ? bar : end) - at - 1),
		.forms = bar != NULL ? bar + 1 : NULL};
	return end + 1;
}

/* The form that the language wants for this count; the last one where it has fewer. */
static const char *gap_form(const struct gap *gap, int64_t count, size_t *length)
{
	unsigned wanted = lang_form(count < 0 ? 0 : (uint64_t)count);
	const char *form = gap->forms;

	while (wanted-- > 0 && form[strcspn(form, "|}")] == '|')
		form += strcspn(form, "|}") + 1;
	*length = strcspn(form, "|}");
	return form;
}

/* Where the values of the gaps come from: a reason, or a finding. */
struct values {
	unsigned code;
	const int64_t *integers;
	int integer_count, text_count;
	const char *(*integer_name)(unsigned code, int which);
	const char *(*text_name)(unsigned code, int which);
	const struct finding *finding;
	bool all; /* of a kind of finding: what is said sometimes only, too */
};

static bool gap_named(const struct gap *gap, const char *name)
{
	return *name != '\0' && strlen(name) == gap->name_length &&
	       memcmp(name, gap->name, gap->name_length) == 0;
}

/* Which integer the gap names; -1 none. */
static int gap_integer(const struct gap *gap, const struct values *values)
{
	for (int i = 0; i < values->integer_count; i++)
		if (gap_named(gap, values->integer_name(values->code, i)))
			return i;
	return -1;
}

static int gap_text(const struct gap *gap, const struct values *values)
{
	for (int i = 0; i < values->text_count; i++)
		if (gap_named(gap, values->text_name(values->code, i)))
			return i;
	return -1;
}

static bool gap_is_duration(const struct gap *gap)
{
	return gap->name_length > 3 && memcmp(gap->name + gap->name_length - 3, "_ms", 3) == 0;
}

struct writer {
	char *at, *end;
	/* of a kind of finding: the integers that have a letter, in the order in which they came */
	int lettered[FINDING_ARGS];
	int letters;
};

static void write_text(struct writer *writer, const char *text, size_t length)
{
	size_t room = (size_t)(writer->end - writer->at);

	if (length > room)
		length = room;
	memcpy(writer->at, text, length);
	writer->at += length;
}

/* One letter for one number, however often it is named. */
static void write_letter(struct writer *writer, int integer)
{
	static const char letters[] = "NMLKJ";
	int at = 0;

	_Static_assert(sizeof(letters) > FINDING_ARGS, "a letter for each");
	while (at < writer->letters && writer->lettered[at] != integer)
		at++;
	if (at == writer->letters)
		writer->lettered[writer->letters++] = integer;
	write_text(writer, &letters[at], 1);
}

static void write_gap(struct writer *writer, const struct gap *gap, const struct values *values)
{
	int integer = gap_integer(gap, values), named = gap_text(gap, values);
	int64_t value = integer < 0 || values->integers == NULL ? 0 : values->integers[integer];
	char text[32];

	if (values->finding == NULL && values->text_count > 0) { /* of no finding in particular */
		size_t length = 0;
		const char *form = gap->forms != NULL ? gap_form(gap, 2, &length) : "";

		write_text(writer, form, length);
		if (gap->forms == NULL && named >= 0)
			write_text(writer, "…", 3);
		else if (gap->forms == NULL && integer >= 0)
			write_letter(writer, integer);
		if (gap_is_duration(gap))
			write_text(writer, " s", 2);
		return;
	}
	if (named >= 0) {
		char said[FINDING_SAID];
		const char *words = prose_finding_text(values->finding, named, said, sizeof(said));

		write_text(writer, words, strlen(words));
		return;
	}
	if (gap->forms != NULL) {
		size_t length;
		const char *form = gap_form(gap, value, &length);

		write_text(writer, form, length);
		return;
	}
	if (gap_is_duration(gap))
		prose_duration(value, text, sizeof(text));
	else if (gap_named(gap, "signal"))
		prose_signal((int)value, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%" PRId64, value);
	write_text(writer, text, strlen(text));
}

static bool gap_known(const struct gap *gap, const struct values *values)
{
	if (values->finding == NULL && values->text_count > 0)
		return values->all;
	int integer = gap_integer(gap, values), text = gap_text(gap, values);

	return text >= 0 ? finding_says(values->finding, text)
			 : integer >= 0 && values->integers[integer] != 0;
}

/* Is everything named between at and end known (not 0, not "")? */
static bool all_known(const char *at, const char *end, const struct values *values)
{
	struct gap gap;

	while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
		const char *next = gap_read(at, &gap);

		if (next == NULL || !gap_known(&gap, values))
			return false;
		at = next;
	}
	return true;
}

/* Of a kind of finding: one of several that stand for each other, as the first, and not what is
 * added to a sentence, which begins with what joins it. */
static bool is_alternative(const char *at, const struct values *values)
{
	return values->finding == NULL && values->text_count > 0 && !values->all &&
	       strchr(" ,;(", at[1]) == NULL;
}

static char *fill(const char *template, const struct values *values, char *buffer, size_t size)
{
	struct writer writer = {.at = buffer, .end = buffer + size - 1};
	const char *at = template;
	bool said = false; /* the first of several that stand for each other */

	if (size == 0)
		return buffer;
	while (*at != '\0') {
		struct gap gap;
		const char *end;

		if (*at == '{' && (end = gap_read(at, &gap)) != NULL) {
			write_gap(&writer, &gap, values);
			at = end;
		} else if (*at == '[' && (end = strchr(at, ']')) != NULL) {
			said = is_alternative(at, values);
			at = said || all_known(at, end, values) ? at + 1 : end + 1;
		} else {
			if (*at != ']')
				write_text(&writer, at, 1);
			else if (values->all && at[1] == '[')
				write_text(&writer, " ", 1);
			at++;
			while (said && at[-1] == ']' && *at == '[' &&
				(end = strchr(at, ']')) != NULL)
				at = end + 1;
		}
	}
	*writer.at = '\0';
	return buffer;
}

static struct values values_of_reason(unsigned code, const struct reason *reason)
{
	return (struct values){.code = code,
		.integers = reason != NULL ? reason->arg : NULL,
		.integer_count = 3,
		.integer_name = reason_argument};
}

static struct values values_of_finding(unsigned code, const struct finding *finding)
{
	return (struct values){.code = code,
		.integers = finding != NULL ? finding->arg : NULL,
		.integer_count = FINDING_ARGS,
		.text_count = FINDING_TEXTS,
		.integer_name = finding_argument,
		.text_name = finding_text,
		.finding = finding};
}

char *template_fill(const char *template, const struct reason *reason, char *buffer, size_t size)
{
	struct values values = values_of_reason(reason->code, reason);

	return fill(template, &values, buffer, size);
}

char *template_fill_finding(
	const char *template, const struct finding *finding, char *buffer, size_t size)
{
	struct values values = values_of_finding(finding->code, finding);

	return fill(template, &values, buffer, size);
}

char *template_fill_kind(const char *template, unsigned code, bool all, char *buffer, size_t size)
{
	struct values values = values_of_finding(code, NULL);

	values.all = all;
	return fill(template, &values, buffer, size);
}

static bool gap_valid(const struct gap *gap, const struct values *values)
{
	unsigned forms = 1;

	for (const char *at = gap->forms; at != NULL && *at != '}'; at++)
		forms += *at == '|';
	return (gap_integer(gap, values) >= 0 || gap_text(gap, values) >= 0) &&
	       (gap->forms == NULL || forms == lang_forms());
}

static bool valid(const char *template, const struct values *values)
{
	bool inside = false;

	for (const char *at = template; *at != '\0';) {
		struct gap gap;

		if (*at == '{') {
			at = gap_read(at, &gap);
			if (at == NULL || !gap_valid(&gap, values))
				return false;
			continue;
		}
		if (*at == '}' || (*at == '[' && inside) || (*at == ']' && !inside))
			return false;
		if (*at == '[' || *at == ']')
			inside = !inside;
		at++;
	}
	return !inside;
}

bool template_valid(const char *template, unsigned code)
{
	struct values values = values_of_reason(code, NULL);

	return valid(template, &values);
}

bool template_valid_finding(const char *template, unsigned code)
{
	struct values values = values_of_finding(code, NULL);

	return valid(template, &values);
}

void template_append(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}
