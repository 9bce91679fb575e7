/* Fills the gaps of a sentence from a reason's arguments. One scanner serves both filling and
 * checking. */
#include "template.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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

/* Which argument of `code` the gap names; -1 none. */
static int gap_argument(const struct gap *gap, unsigned code)
{
	for (int i = 0; i < 3; i++) {
		const char *name = reason_argument(code, i);

		if (*name != '\0' && strlen(name) == gap->name_length &&
			memcmp(name, gap->name, gap->name_length) == 0)
			return i;
	}
	return -1;
}

static bool gap_is_duration(const struct gap *gap)
{
	return gap->name_length > 3 && memcmp(gap->name + gap->name_length - 3, "_ms", 3) == 0;
}

struct writer {
	char *at, *end;
};

static void write_text(struct writer *writer, const char *text, size_t length)
{
	size_t room = (size_t)(writer->end - writer->at);

	if (length > room)
		length = room;
	memcpy(writer->at, text, length);
	writer->at += length;
}

static void write_gap(struct writer *writer, const struct gap *gap, const struct reason *reason)
{
	int argument = gap_argument(gap, reason->code);
	int64_t value = argument < 0 ? 0 : reason->arg[argument];
	char text[32];

	if (gap->forms != NULL) {
		size_t length;
		const char *form = gap_form(gap, value, &length);

		write_text(writer, form, length);
		return;
	}
	if (gap_is_duration(gap))
		prose_duration(value, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%" PRId64, value);
	write_text(writer, text, strlen(text));
}

/* Is every argument named between at and end known (not 0)? */
static bool all_known(const char *at, const char *end, const struct reason *reason)
{
	struct gap gap;

	while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
		const char *next = gap_read(at, &gap);
		int argument = next != NULL ? gap_argument(&gap, reason->code) : -1;

		if (argument < 0 || reason->arg[argument] == 0)
			return false;
		at = next;
	}
	return true;
}

char *template_fill(const char *template, const struct reason *reason, char *buffer, size_t size)
{
	struct writer writer = {buffer, buffer + size - 1};
	const char *at = template;

	if (size == 0)
		return buffer;
	while (*at != '\0') {
		struct gap gap;
		const char *end;

		if (*at == '{' && (end = gap_read(at, &gap)) != NULL) {
			write_gap(&writer, &gap, reason);
			at = end;
		} else if (*at == '[' && (end = strchr(at, ']')) != NULL) {
			at = all_known(at, end, reason) ? at + 1 : end + 1;
		} else {
			if (*at != ']')
				write_text(&writer, at, 1);
			at++;
		}
	}
	*writer.at = '\0';
	return buffer;
}

static bool gap_valid(const struct gap *gap, unsigned code)
{
	unsigned forms = 1;

	for (const char *at = gap->forms; at != NULL && *at != '}'; at++)
		forms += *at == '|';
	return gap_argument(gap, code) >= 0 && (gap->forms == NULL || forms == lang_forms());
}

bool template_valid(const char *template, unsigned code)
{
	bool inside = false;

	for (const char *at = template; *at != '\0';) {
		struct gap gap;

		if (*at == '{') {
			at = gap_read(at, &gap);
			if (at == NULL || !gap_valid(&gap, code))
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
