/* One line of JSON, member by member: each is checked for its kind before it is used. */
#include "json_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"

/* ---- lines ---- */

/* The rest of a line that is too long. */
static void skip_line(FILE *stream)
{
	int byte;

	do
		byte = getc_unlocked(stream);
	while (byte != '\n' && byte != EOF);
}

enum json_line json_line_read(struct json_lines *lines)
{
	if (lines->text == NULL && (lines->text = malloc(JSON_LINE_MAX + 2)) == NULL) {
		lines->out_of_memory = true;
		return JSON_LINE_END;
	}
	if (fgets(lines->text, JSON_LINE_MAX + 2, lines->stream) == NULL)
		return JSON_LINE_END;
	lines->length = strlen(lines->text);
	if (lines->length > 0 && lines->text[lines->length - 1] == '\n') {
		lines->text[--lines->length] = '\0';
		return JSON_LINE_TEXT;
	}
	if (lines->length <= JSON_LINE_MAX && feof(lines->stream))
		return JSON_LINE_TORN;
	/* a NUL hides where this line ends: it is part of it, or the line went on behind it */
	if (lines->length > JSON_LINE_MAX)
		skip_line(lines->stream);
	return JSON_LINE_REFUSE;
}

/* Deeper nesting than ours takes a parser's stack. */
static bool too_deep(const char *text, size_t length)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < length; i++) {
		if (quoted && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (!quoted && (text[i] == '{' || text[i] == '['))
			depth++;
		else if (!quoted && (text[i] == '}' || text[i] == ']'))
			depth--;
		if (depth > JSON_LINE_DEPTH)
			return true;
	}
	return false;
}

static bool text_needs(const json_t *value)
{
	return json_is_string(value) &&
	       escape_needed(json_string_value(value), json_string_length(value));
}

static json_t *text_escape(const char *text, size_t length)
{
	char *safe = malloc(ESCAPE_GROWTH * length + 1);
	json_t *string =
		safe != NULL ? json_stringn(safe,
				       escape_text(safe, ESCAPE_GROWTH * length + 1, text, length))
			     : NULL;

	free(safe);
	return string;
}

static json_t *value_safe(json_t *value);

/* A new object, in the same order, whose names are safe too. */
static json_t *object_safe(json_t *object)
{
	json_t *safe = json_object(), *value, *key;
	const char *name;

	json_object_foreach (object, name, value) {
		key = text_escape(name, strlen(name));
		json_object_set_new(
			safe, key != NULL ? json_string_value(key) : "", value_safe(value));
		json_decref(key);
	}
	return safe;
}

static json_t *value_safe(json_t *value)
{
	json_t *safe, *item;
	size_t index;

	if (json_is_string(value))
		return text_escape(json_string_value(value), json_string_length(value));
	if (json_is_object(value))
		return object_safe(value);
	if (!json_is_array(value))
		return json_incref(value);
	safe = json_array();
	json_array_foreach (value, index, item)
		json_array_append_new(safe, value_safe(item));
	return safe;
}

static bool value_needs(json_t *value)
{
	json_t *item;
	const char *name;
	size_t index;
	bool needs = text_needs(value);

	json_array_foreach (value, index, item)
		needs = needs || value_needs(item);
	json_object_foreach (value, name, item)
		needs = needs || escape_needed(name, strlen(name)) || value_needs(item);
	return needs;
}

json_t *json_line_parse(const char *text, size_t length)
{
	json_t *object = too_deep(text, length) ? NULL : json_loadb(text, length, 0, NULL);

	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

json_t *json_line_safe(json_t *object)
{
	return value_needs(object) ? object_safe(object) : json_incref(object);
}

/* ---- members ---- */

bool time_member(const json_t *object, const char *key, int64_t *t_ns)
{
	const char *text = json_string_value(json_object_get(object, key));
	size_t whole = text != NULL ? strspn(text, "0123456789") : 0;
	int64_t seconds;

	if (whole == 0 || whole > 10 || text[whole] != '.' ||
		strspn(text + whole + 1, "0123456789") != 9 || text[whole + 10] != '\0')
		return false;
	seconds = strtoll(text, NULL, 10);
	/* as in capture_file.c: differences must fit */
	if (seconds > INT64_MAX / 2 / 1000000000 - 86400)
		return false;
	*t_ns = seconds * 1000000000 + strtoll(text + whole + 1, NULL, 10);
	return true;
}

bool text_of(const json_t *object, const char *key, const char **text)
{
	*text = json_string_value(json_object_get(object, key));
	return *text != NULL;
}

bool integer_of(const json_t *object, const char *key, int64_t *value)
{
	const json_t *member = json_object_get(object, key);

	*value = json_integer_value(member);
	return json_is_integer(member);
}

bool time_of(const json_t *object, int64_t *t_ns)
{
	return time_member(object, "t", t_ns);
}

bool json_line_exit(const json_t *object, struct event *event)
{
	struct exit *exit = &event->u.exit;
	const char *signal = json_string_value(json_object_get(object, "signal"));
	int64_t pid, host_pid, status;

	event->kind = EVENT_EXIT;
	*exit = (struct exit){.known = true};
	if (!integer_of(object, "pid", &pid) || !text_of(object, "program", &exit->program) ||
		pid < 0 || pid > UINT32_MAX)
		return false;
	if (!integer_of(object, "host_pid", &host_pid) || host_pid < 0 || host_pid > UINT32_MAX)
		host_pid = pid;
	if (json_object_get(object, "not_before") != NULL &&
		(!time_member(object, "not_before", &event->asked_ns) ||
			event->asked_ns > event->t_ns))
		return false;
	exit->pid = (uint32_t)pid;
	exit->host_pid = (uint32_t)host_pid;
	exit->by_recorder = json_is_true(json_object_get(object, "by_recorder"));
	if (signal != NULL)
		exit->signal = call_signal_number(signal);
	else if (integer_of(object, "status", &status) && status >= 0 && status <= 255)
		exit->status = (int32_t)status;
	else
		exit->known = false;
	return true;
}

void json_line_recording_end(const json_t *object, struct recording_end *end)
{
	struct recording_end found = {.how = END_NONE, .calls = -1};
	const char *how, *text = json_string_value(json_object_get(object, "text"));
	int64_t packets, messages, number = 0;

	if (!time_of(object, &found.t_ns) || !text_of(object, "how", &how) ||
		!integer_of(object, "packets", &packets) || packets < 0 ||
		!integer_of(object, "messages", &messages) || messages < 0)
		return;
	found.how = strcmp(how, "orderly") == 0                 ? END_ORDERLY
		    : strcmp(how, "signal") == 0                ? END_SIGNAL
		    : strcmp(how, "error") == 0 && text != NULL ? END_ERROR
								: END_NONE;
	if (found.how == END_SIGNAL &&
		(!integer_of(object, "signal", &number) || number < 1 || number > 64))
		found.how = END_NONE;
	if (found.how == END_NONE)
		return;
	found.signal = (int)number;
	if (!integer_of(object, "calls", &found.calls) || found.calls < 0)
		found.calls = -1;
	snprintf(found.text, sizeof(found.text), "%s", text != NULL ? text : "");
	found.packets = (uint64_t)packets;
	found.messages = (uint64_t)messages;
	*end = found;
}
