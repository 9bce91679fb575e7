/* One line of JSON, member by member: each is checked for its kind before it is used. */
#include "json_line.h"

#include <stdlib.h>
#include <string.h>

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
