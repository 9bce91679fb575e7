/* The lines of calls.jsonl (docs/jsonl.md has their members). There may be a hundred thousand a
 * second: they are put together by hand. */
#include "tcpstate/source.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcpstate/escape.h"

/* Each byte of text takes up to six in JSON, each of the data two. */
enum { LINE_ROOM = 2048 };

struct line {
	char *text;
	size_t used, size;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(line->text + line->used, line->size - line->used, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < line->size - line->used)
		line->used += (size_t)length;
}

static void put_string(struct line *line, const char *name, const char *text)
{
	const char *at = text, *end = text + strlen(text);

	put(line, ",\"%s\":\"", name);
	while (*at != '\0' && line->used + 16 < line->size) {
		size_t length = utf8_length(at, (size_t)(end - at));

		if (length == 0)
			put(line, "\\ufffd");
		else if ((unsigned char)*at < 0x20 || *at == '"' || *at == '\\' || *at == 0x7f)
			put(line, "\\u%04x", (unsigned)*at);
		else
			put(line, "%.*s", (int)length, at);
		at += length > 0 ? length : 1;
	}
	put(line, "\"");
}

static void put_time(struct line *line, const char *name, int64_t t_ns)
{
	put(line, ",\"%s\":\"%" PRId64 ".%09" PRId64 "\"", name, t_ns / 1000000000,
		t_ns % 1000000000);
}

static void put_ends(struct line *line, const struct flow_key *key)
{
	char end[FLOW_END_TEXT];

	if (key->protocol == IPPROTO_TCP || key->protocol == IPPROTO_UDP)
		put(line, ",\"protocol\":\"%s\"", key->protocol == IPPROTO_TCP ? "tcp" : "udp");
	if (key->family != AF_INET && key->family != AF_INET6)
		return;
	put(line, ",\"local\":\"%s\"", flow_end_text(key, 0, end));
	put(line, ",\"remote\":\"%s\"", flow_end_text(key, 1, end));
	if (key->zone != 0)
		put(line, ",\"zone\":%u", key->zone);
}

static void put_socket(struct line *line, const struct call *call)
{
	static const char *const effects[] = {
		[CALL_OPENS] = "opens", [CALL_CLOSES] = "closes", [CALL_PASSES] = "passes"};

	if (call->fd >= 0)
		put(line, ",\"fd\":%" PRId32, call->fd);
	if (call->inode != 0)
		put(line, ",\"inode\":%" PRIu32, call->inode);
	if (call->new_fd >= 0)
		put(line, ",\"new_fd\":%" PRId32, call->new_fd);
	if (call->new_inode != 0)
		put(line, ",\"new_inode\":%" PRIu32, call->new_inode);
	if (call->cookie != 0)
		put(line, ",\"cookie\":%" PRIu64, call->cookie);
	put_ends(line, &call->key);
	if (call->effect != CALL_NO_EFFECT && call->effect <= CALL_PASSES)
		put(line, ",\"effect\":\"%s\"", effects[call->effect]);
	if (call->last)
		put(line, ",\"last\":true");
	if (call->busy)
		put(line, ",\"busy\":true");
	if (call->part > 0)
		put(line, ",\"part\":%" PRIu32, call->part);
}

static void put_result(struct line *line, const struct call *call)
{
	if (call->asked >= 0)
		put(line, ",\"asked\":%" PRId64, call->asked);
	if (call->unread >= 0)
		put(line, ",\"unread\":%" PRId64, call->unread);
	if (call->returned_ns != 0)
		put(line, ",\"result\":%" PRId64, call->result);
	if (call->error != 0 && call_errno_name(call->error)[0] != '\0')
		put(line, ",\"errno\":\"%s\"", call_errno_name(call->error));
	else if (call->error != 0)
		put(line, ",\"errno\":\"%" PRId32 "\"", call->error);
	if (call->again > 0)
		put(line, ",\"again\":%" PRIu32, call->again);
	if (call->data_size > 0) {
		put(line, ",\"data\":\"");
		for (uint32_t i = 0; i < call->data_size; i++)
			put(line, "%02x", call->data[i]);
		put(line, "\"");
	}
}

static bool line_begin(struct line *line, size_t size, const char *type, int64_t t_ns)
{
	line->text = malloc(size);
	line->size = size;
	line->used = 0;
	if (line->text == NULL)
		return false;
	put(line, "{\"type\":\"%s\"", type);
	put_time(line, "t", t_ns > 0 ? t_ns : 0);
	return true;
}

char *calls_line(const struct call *call)
{
	size_t texts = strlen(call->program) + strlen(call->arguments);
	struct line line;

	if (!line_begin(&line, LINE_ROOM + 6 * texts + 2 * (size_t)call->data_size, "call",
		    call->entered_ns))
		return NULL;
	if (call->returned_ns != 0)
		put_time(&line, "returned", call->returned_ns);
	put(&line, ",\"pid\":%" PRIu32 ",\"host_pid\":%" PRIu32 ",\"tid\":%" PRIu32, call->pid,
		call->host_pid, call->tid);
	put_string(&line, "program", call->program);
	put(&line, ",\"call\":\"%s\"", call_name(call->what));
	put_socket(&line, call);
	if (call->arguments[0] != '\0')
		put_string(&line, "arguments", call->arguments);
	put_result(&line, call);
	put(&line, "}");
	return line.text;
}

char *facts_exit(int64_t t_ns, int64_t not_before_ns, const struct exit *exit)
{
	struct line line;

	if (!line_begin(&line, LINE_ROOM + 6 * strlen(exit->program), "exit", t_ns))
		return NULL;
	if (not_before_ns > 0 && not_before_ns < t_ns)
		put_time(&line, "not_before", not_before_ns);
	put(&line, ",\"pid\":%" PRIu32 ",\"host_pid\":%" PRIu32, exit->pid, exit->host_pid);
	put_string(&line, "program", exit->program);
	if (exit->known && exit->signal != 0 && call_signal_name(exit->signal)[0] != '\0')
		put(&line, ",\"signal\":\"%s\"", call_signal_name(exit->signal));
	else if (exit->known && exit->signal != 0)
		put(&line, ",\"signal\":\"%" PRId32 "\"", exit->signal);
	else if (exit->known)
		put(&line, ",\"status\":%" PRId32, exit->status);
	if (exit->by_recorder)
		put(&line, ",\"by_recorder\":true");
	put(&line, "}");
	return line.text;
}
