/* The beginning of an HTTP/1 message, and how it tells its length (RFC 9112, 6). */
#include "speech.h"

#include <strings.h>

enum { METHOD_MOST = 20, STATUS_OK = 200, STATUS_EMPTY = 204, STATUS_UNCHANGED = 304 };

/* The next line without its end; false: its newline is not there. */
static bool line_take(struct bytes *bytes, struct bytes *line)
{
	const uint8_t *end = bytes->left > 0 ? memchr(bytes->at, '\n', bytes->left) : NULL;

	if (end == NULL)
		return false;
	*line = bytes_head(bytes, (size_t)(end - bytes->at));
	bytes_take(bytes, line->left + 1);
	if (line->left > 0 && line->at[line->left - 1] == '\r')
		line->left--;
	return true;
}

static bool begins(struct bytes bytes, const char *text)
{
	size_t size = strlen(text);

	return bytes.left >= size && strncasecmp((const char *)bytes.at, text, size) == 0;
}

static bool contains(struct bytes bytes, const char *text)
{
	for (; bytes.left > 0; bytes.at++, bytes.left--)
		if (begins(bytes, text))
			return true;
	return false;
}

/* "GET /path HTTP/1.1" */
static bool request_line(struct bytes line, struct speech *out)
{
	static const char version[] = " HTTP/1.1";
	const size_t size = sizeof(version) - 1;
	size_t method = 0;

	while (method < line.left && method <= METHOD_MOST && line.at[method] >= 'A' &&
		line.at[method] <= 'Z')
		method++;
	if (method == 0 || method > METHOD_MOST || line.left < method + 2 + size ||
		line.at[method] != ' ' ||
		memcmp(line.at + line.left - size, version, size - 1) != 0)
		return false;
	out->what = SPEECH_HTTP_REQUEST;
	if (begins(line, "HEAD ") || begins(line, "CONNECT "))
		out->flags |= SPEECH_NO_BODY;
	return true;
}

/* "HTTP/1.1 200 OK" */
static bool status_line(struct bytes line, struct speech *out)
{
	const uint8_t *at = line.at;

	if (line.left < sizeof("HTTP/1.1 200") - 1 || memcmp(at, "HTTP/1.", 7) != 0 || at[8] != ' ')
		return false;
	for (int i = 9; i < 12; i++)
		if (at[i] < '0' || at[i] > '9')
			return false;
	out->what = SPEECH_HTTP_ANSWER;
	out->number = (uint16_t)((at[9] - '0') * 100 + (at[10] - '0') * 10 + at[11] - '0');
	return true;
}

/* -1: none that can be used */
static int64_t length_of(struct bytes value)
{
	int64_t length = 0;

	while (value.left > 0 && (*value.at == ' ' || *value.at == '\t'))
		bytes_take(&value, 1);
	while (value.left > 0 &&
		(value.at[value.left - 1] == ' ' || value.at[value.left - 1] == '\t'))
		value.left--;
	if (value.left == 0)
		return -1;
	for (size_t i = 0; i < value.left; i++) {
		if (value.at[i] < '0' || value.at[i] > '9' || length > UINT32_MAX / 16)
			return -1;
		length = length * 10 + value.at[i] - '0';
	}
	return length;
}

struct fields {
	int64_t length; /* -1: not announced; -2: twice, or no number */
	bool chunked, expects;
};

static void field_take(struct bytes line, struct fields *fields)
{
	static const char length[] = "Content-Length:";

	if (begins(line, length)) {
		bytes_take(&line, sizeof(length) - 1);
		int64_t told = length_of(line);

		fields->length = fields->length == -1 && told >= 0 ? told : -2;
	} else if (begins(line, "Transfer-Encoding:")) {
		fields->chunked |= contains(line, "chunked");
	} else if (begins(line, "Expect:")) {
		fields->expects |= contains(line, "100-continue");
	}
}

/* Of an answer that has none, whatever its fields say (RFC 9112, 6.3). */
static bool no_body(const struct speech *out)
{
	return out->what == SPEECH_HTTP_ANSWER &&
	       (out->number < STATUS_OK || out->number == STATUS_EMPTY ||
		       out->number == STATUS_UNCHANGED);
}

static void body_take(
	struct bytes rest, size_t length, const struct fields *fields, struct speech *out)
{
	int64_t body = no_body(out) ? 0 : fields->length;

	if (fields->chunked && !no_body(out)) {
		out->flags |= SPEECH_CHUNKED;
		return;
	}
	if (body == -1 && out->what == SPEECH_HTTP_REQUEST)
		body = 0;
	if (body == -1)
		out->flags |= SPEECH_UNBOUNDED;
	if (body < 0)
		return;
	out->whole = (uint32_t)(out->head + body);
	if (length <= out->whole || rest.left <= (size_t)body || no_body(out) ||
		out->what != SPEECH_HTTP_ANSWER)
		return;
	struct bytes more = {rest.at + body, rest.left - (size_t)body};
	if (!begins(more, "HTTP/"))
		out->flags |= SPEECH_EXCESS;
}

/* As nginx, Apache and Go say it. */
static bool says_tls(struct bytes bytes)
{
	return contains(bytes, "plain HTTP request was sent to HTTPS port") ||
	       contains(bytes, "speaking plain HTTP to an SSL-enabled server port") ||
	       contains(bytes, "sent an HTTP request to an HTTPS server");
}

bool speech_http(struct bytes bytes, size_t length, struct speech *out)
{
	const struct bytes all = bytes;
	struct fields fields = {.length = -1};
	struct bytes line;

	/* a binary message has no letter there; a line of text is looked at further */
	if (bytes.at[0] < 'A' || bytes.at[0] > 'Z' || !line_take(&bytes, &line) ||
		(!request_line(line, out) && !status_line(line, out)))
		return false;
	out->wants_tls = out->what == SPEECH_HTTP_ANSWER && out->number / 100 == 4 && says_tls(all);
	while (line_take(&bytes, &line)) {
		size_t head = all.left - bytes.left;

		if (line.left > 0) {
			field_take(line, &fields);
			continue;
		}
		if (head > UINT16_MAX) { /* its end is there, its length is not kept */
			out->flags |= SPEECH_CUT;
			return true;
		}
		out->flags |= SPEECH_HEAD_ENDS | (fields.expects ? SPEECH_EXPECTS : 0);
		out->head = (uint16_t)head;
		body_take(bytes, length, &fields, out);
		return true;
	}
	return true;
}
