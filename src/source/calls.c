/* calls.jsonl being read: one call, or one end of a process, a line. A file is a stranger's: every
 * number is checked for its range, and a line that does not fit is counted and passed over. */
#include "tcpstate/source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_line.h"

struct calls {
	struct json_lines lines;
	char *name;
	size_t bad_lines;
	uint64_t number;
	uint8_t data[CALL_DATA_MAX];
	bool torn;
};

/* A member that may be absent: *value stays then. false: there, but no number in its range. */
static bool optional(
	const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value)
{
	int64_t found;

	if (json_object_get(object, key) == NULL)
		return true;
	if (!integer_of(object, key, &found) || found < least || found > most)
		return false;
	*value = found;
	return true;
}

/* "127.0.0.1:80", "[::1]:80", "*:*", as flow_end_text() writes it. */
static bool end_of(const json_t *object, const char *name, struct flow_key *key, int end)
{
	const char *text = json_string_value(json_object_get(object, name));
	const char *colon = text != NULL ? strrchr(text, ':') : NULL;
	char address[INET6_ADDRSTRLEN + 2], *close;
	unsigned long port = 0;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(colon - text));
	address[colon - text] = '\0';
	if (strcmp(colon + 1, "*") != 0) {
		port = strtoul(colon + 1, &close, 10);
		if (*close != '\0' || colon[1] < '0' || colon[1] > '9' || port > UINT16_MAX)
			return false;
	}
	key->port_be[end] = htons((uint16_t)port);
	if (strcmp(address, "*") == 0)
		return true;
	close = strchr(address, ']');
	if (address[0] == '[' && close != NULL)
		*close = '\0';
	uint8_t family = address[0] == '[' ? AF_INET6 : AF_INET;
	if (key->family != 0 && key->family != family)
		return false;
	key->family = family;
	return inet_pton(family, family == AF_INET6 ? address + 1 : address, key->addr[end]) == 1;
}

static bool read_ends(const json_t *object, struct flow_key *key)
{
	const char *protocol = json_string_value(json_object_get(object, "protocol"));
	int64_t zone = 0;

	if (protocol != NULL)
		key->protocol = strcmp(protocol, "tcp") == 0   ? IPPROTO_TCP
				: strcmp(protocol, "udp") == 0 ? IPPROTO_UDP
							       : 0;
	if (json_object_get(object, "local") == NULL)
		return true;
	if (!optional(object, "zone", 0, UINT16_MAX, &zone) || !end_of(object, "local", key, 0) ||
		!end_of(object, "remote", key, 1))
		return false;
	key->zone = (uint16_t)zone;
	return true;
}

static bool read_effect(const json_t *object, struct call *call)
{
	static const char *const effects[] = {
		[CALL_OPENS] = "opens", [CALL_CLOSES] = "closes", [CALL_PASSES] = "passes"};
	const char *word = json_string_value(json_object_get(object, "effect"));

	for (uint8_t i = CALL_OPENS; word != NULL && i <= CALL_PASSES; i++)
		if (strcmp(word, effects[i]) == 0)
			call->effect = i;
	call->last = json_is_true(json_object_get(object, "last"));
	call->busy = json_is_true(json_object_get(object, "busy"));
	return true;
}

static bool read_socket(const json_t *object, struct call *call)
{
	int64_t fd = -1, inode = 0, new_fd = -1, new_inode = 0, cookie = 0, part = 0;

	if (!optional(object, "fd", 0, INT32_MAX, &fd) ||
		!optional(object, "inode", 0, UINT32_MAX, &inode) ||
		!optional(object, "new_fd", 0, INT32_MAX, &new_fd) ||
		!optional(object, "new_inode", 0, UINT32_MAX, &new_inode) ||
		!optional(object, "cookie", 0, INT64_MAX, &cookie) ||
		!optional(object, "part", 0, UINT32_MAX, &part))
		return false;
	call->fd = (int32_t)fd;
	call->inode = (uint32_t)inode;
	call->new_fd = (int32_t)new_fd;
	call->new_inode = (uint32_t)new_inode;
	call->cookie = (uint64_t)cookie;
	call->part = (uint32_t)part;
	return read_ends(object, &call->key) && read_effect(object, call);
}

static bool read_process(const json_t *object, struct call *call)
{
	int64_t pid = 0, host_pid, tid;

	if (!integer_of(object, "pid", &pid) || pid < 0 || pid > UINT32_MAX)
		return false;
	host_pid = tid = pid;
	if (!optional(object, "host_pid", 0, UINT32_MAX, &host_pid) ||
		!optional(object, "tid", 0, UINT32_MAX, &tid) ||
		!text_of(object, "program", &call->program))
		return false;
	call->pid = (uint32_t)pid;
	call->host_pid = (uint32_t)host_pid;
	call->tid = (uint32_t)tid;
	return true;
}

static bool read_result(const json_t *object, struct call *call)
{
	const char *error = json_string_value(json_object_get(object, "errno"));
	int64_t again = 0;

	call->asked = call->unread = -1;
	if (json_object_get(object, "returned") != NULL &&
		(!time_member(object, "returned", &call->returned_ns) ||
			call->returned_ns < call->entered_ns))
		return false;
	if (!optional(object, "result", INT64_MIN, INT64_MAX, &call->result) ||
		!optional(object, "asked", -1, INT64_MAX, &call->asked) ||
		!optional(object, "unread", -1, INT64_MAX, &call->unread) ||
		!optional(object, "again", 0, UINT32_MAX, &again))
		return false;
	call->again = (uint32_t)again;
	if (error != NULL) {
		call->error = call_errno_number(error);
		if (call->error == 0)
			call->error = (int32_t)(strtol(error, NULL, 10) & 0xfff);
	}
	if (!text_of(object, "arguments", &call->arguments))
		call->arguments = "";
	return true;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static bool read_data(struct calls *calls, const json_t *object, struct call *call)
{
	const char *hex = json_string_value(json_object_get(object, "data"));
	size_t length = hex != NULL ? strlen(hex) : 0;

	if (length % 2 != 0 || length / 2 > sizeof(calls->data))
		return false;
	for (size_t i = 0; i < length; i += 2) {
		int high = digit(hex[i]), low = digit(hex[i + 1]);

		if (high < 0 || low < 0)
			return false;
		calls->data[i / 2] = (uint8_t)(high * 16 + low);
	}
	call->data = calls->data;
	call->data_size = (uint32_t)(length / 2);
	return true;
}

static bool read_call(struct calls *calls, const json_t *object, struct event *event)
{
	struct call *call = &event->u.call;
	const char *name;

	event->kind = EVENT_CALL;
	*call = (struct call){.entered_ns = event->t_ns};
	if (!text_of(object, "call", &name) ||
		(call->what = (uint8_t)call_number(name)) >= CALLED_MAX)
		return false;
	if (!read_process(object, call) || !read_socket(object, call) ||
		!read_result(object, call) || !read_data(calls, object, call))
		return false;
	if (call->returned_ns != 0)
		event->t_ns = call->returned_ns;
	return true;
}

static bool tell(struct calls *calls, const json_t *object, event_emit *emit, void *context)
{
	const char *type = json_string_value(json_object_get(object, "type"));
	struct event event = {.number = calls->number};
	bool good;

	if (type == NULL || !time_of(object, &event.t_ns))
		return false;
	if (strcmp(type, "call") == 0)
		good = read_call(calls, object, &event);
	else if (strcmp(type, "exit") == 0)
		good = json_line_exit(object, &event);
	else
		return true; /* of a later version */
	if (event.asked_ns == 0)
		event.asked_ns = event.t_ns;
	if (good)
		emit(context, &event);
	return good;
}

static struct calls *calls_of(FILE *stream, const char *name, struct error *error)
{
	struct calls *calls = stream != NULL ? calloc(1, sizeof(*calls)) : NULL;

	if (stream == NULL) {
		error_set(error, "%s: %s", name, strerror(errno));
		return NULL;
	}
	if (calls == NULL || (calls->name = strdup(name)) == NULL) {
		fclose(stream);
		free(calls);
		error_set(error, "out of memory");
		return NULL;
	}
	calls->lines.stream = stream;
	return calls;
}

struct calls *calls_open_file(const char *path, struct error *error)
{
	return calls_of(fopen(path, "re"), path, error);
}

struct calls *calls_open_fd(int fd, const char *name, struct error *error)
{
	FILE *stream = fdopen(fd, "r");
	int cause = errno;

	if (stream == NULL)
		close(fd);
	errno = cause;
	return calls_of(stream, name, error);
}

void calls_close(struct calls *calls)
{
	if (calls == NULL)
		return;
	fclose(calls->lines.stream);
	free(calls->lines.text);
	free(calls->name);
	free(calls);
}

int calls_next(struct calls *calls, event_emit *emit, void *context, struct error *error)
{
	enum json_line kind = json_line_read(&calls->lines);
	json_t *object;

	if (kind == JSON_LINE_END && calls->lines.out_of_memory)
		return error_set(error, "out of memory");
	if (kind == JSON_LINE_END)
		return ferror(calls->lines.stream)
			       ? error_set(error, "%s: cannot be read", calls->name)
			       : 0;
	calls->number++;
	if (kind == JSON_LINE_TORN) {
		calls->torn = true; /* the writer was cut off here */
		return 1;
	}
	object = kind == JSON_LINE_TEXT ? json_line_parse(calls->lines.text, calls->lines.length)
					: NULL;
	if (object == NULL || !tell(calls, object, emit, context))
		calls->bad_lines++;
	json_decref(object);
	return 1;
}

size_t calls_bad_lines(const struct calls *calls)
{
	return calls->bad_lines;
}

uint64_t calls_lines(const struct calls *calls)
{
	return calls->number - calls->torn;
}

bool calls_torn(const struct calls *calls)
{
	return calls->torn;
}
