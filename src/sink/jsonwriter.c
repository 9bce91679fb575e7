/* JSON without a tree in memory: a report may have a million lines. Strings that need escaping are
 * jansson's. */
#include "jsonwriter.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static inline bool is_plain(char byte)
{
	return (unsigned char)byte >= 0x20 && (unsigned char)byte <= 0x7e && byte != '"' &&
	       byte != '\\';
}

/* Every byte that does not begin or continue valid UTF-8 as jansson sees it is replaced. malloc'd.
 */
static char *repaired(const char *text)
{
	size_t length = strlen(text), at = 0;
	char *copy = malloc(3 * length + 1), *end = copy;

	while (copy != NULL && at < length) {
		size_t take = 1;
		json_t *piece = NULL;

		for (; take <= 4 && take <= length - at; take++)
			if ((piece = json_stringn(text + at, take)) != NULL)
				break;
		if (piece != NULL) {
			memcpy(end, text + at, take);
			end += take;
			at += take;
			json_decref(piece);
		} else {
			end = stpcpy(end, "\xef\xbf\xbd");
			at++;
		}
	}
	if (copy != NULL)
		*end = '\0';
	return copy;
}

static void flush(struct jsonwriter *writer)
{
	fwrite_unlocked(writer->buffer, 1, writer->used, writer->out);
	writer->used = 0;
}

static void put(struct jsonwriter *writer, const char *text, size_t length)
{
	if (length > sizeof(writer->buffer) - writer->used)
		flush(writer);
	if (length > sizeof(writer->buffer)) {
		fwrite_unlocked(text, 1, length, writer->out);
		return;
	}
	memcpy(writer->buffer + writer->used, text, length);
	writer->used += length;
}

/* Where so many bytes, fewer than the buffer has, are written next. */
static char *room(struct jsonwriter *writer, size_t length)
{
	if (length > sizeof(writer->buffer) - writer->used)
		flush(writer);
	return writer->buffer + writer->used;
}

static void put_byte(struct jsonwriter *writer, char byte)
{
	*room(writer, 1) = byte;
	writer->used++;
}

static void put_digits(struct jsonwriter *writer, uint64_t value)
{
	char text[24], *at = text + sizeof(text);

	for (; value > UINT32_MAX; value /= 10)
		*--at = (char)('0' + value % 10);
	for (uint32_t rest = (uint32_t)value; rest > 0 || at == text + sizeof(text); rest /= 10)
		*--at = (char)('0' + rest % 10);
	put(writer, at, (size_t)(text + sizeof(text) - at));
}

static void put_escaped(struct jsonwriter *writer, const char *text)
{
	json_t *string = json_string(text);

	if (string == NULL) {
		char *valid = repaired(text);

		string = valid != NULL ? json_string(valid) : NULL;
		free(valid);
	}
	char *encoded = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	const char *shown = encoded != NULL ? encoded : "\"\"";

	put(writer, shown, strlen(shown));
	free(encoded);
	json_decref(string);
}

/* Eight at a time: no byte below 0x20, above 0x7e, '"' or '\\'. */
static bool is_plain_word(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\', delete = word ^ ones * 0x7f;
	/* a borrow reaches the top bit of a byte that is too small, and of those above it */
	uint64_t odd = (word - ones * 0x20) | (quote - ones) | (slash - ones) | (delete - ones);

	return ((odd | word) & tops) == 0;
}

static bool plain_of(const char *text, size_t length)
{
	size_t at = 0;

	for (; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, text + at, sizeof(word));
		/* says "not plain" too often, never too rarely */
		if (!is_plain_word(word))
			break;
	}
	while (at < length && is_plain(text[at]))
		at++;
	return at == length;
}

static void put_quoted(struct jsonwriter *writer, const char *text)
{
	size_t length = strlen(text);

	if (!plain_of(text, length)) {
		put_escaped(writer, text);
		return;
	}
	put_byte(writer, '"');
	put(writer, text, length);
	put_byte(writer, '"');
}

static void put_name(struct jsonwriter *writer, const char *name)
{
	enum { MARKS = 4 /* comma, quotes, colon */ };
	size_t length = name != NULL ? strlen(name) : 0;

	if (length > sizeof(writer->buffer) - MARKS)
		return; /* there are none */
	char *at = room(writer, length + MARKS), *begin = at;
	if (!writer->first)
		*at++ = ',';
	writer->first = false;
	if (name != NULL) {
		*at++ = '"';
		at = mempcpy(at, name, length);
		*at++ = '"';
		*at++ = ':';
	}
	writer->used += (size_t)(at - begin);
}

void json_begin(struct jsonwriter *writer, FILE *out, const char *type)
{
	writer->out = out;
	writer->first = true;
	writer->used = 0;
	put_byte(writer, '{');
	if (type != NULL)
		json_text(writer, "type", type);
}

void json_text(struct jsonwriter *writer, const char *name, const char *value)
{
	put_name(writer, name);
	put_quoted(writer, value);
}

void json_number(struct jsonwriter *writer, const char *name, int64_t value)
{
	put_name(writer, name);
	if (value < 0)
		put_byte(writer, '-');
	put_digits(writer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void json_unsigned(struct jsonwriter *writer, const char *name, uint64_t value)
{
	put_name(writer, name);
	put_digits(writer, value);
}

void json_truth(struct jsonwriter *writer, const char *name, bool value)
{
	put_name(writer, name);
	put(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_time(struct jsonwriter *writer, const char *name, int64_t t_ns)
{
	uint64_t ns = t_ns < 0 ? 0 - (uint64_t)t_ns : (uint64_t)t_ns;

	enum { FRACTION = 9, LONGEST = 2 + FRACTION + 1 };
	uint32_t fraction = (uint32_t)(ns % 1000000000);

	put_name(writer, name);
	put(writer, "\"-", t_ns < 0 ? 2 : 1);
	put_digits(writer, ns / 1000000000);
	char *at = room(writer, LONGEST);
	*at = '.';
	for (int i = FRACTION; i > 0; i--, fraction /= 10)
		at[i] = (char)('0' + fraction % 10);
	at[FRACTION + 1] = '"';
	writer->used += FRACTION + 2;
}

void json_open(struct jsonwriter *writer, const char *name, char bracket)
{
	put_name(writer, name);
	put_byte(writer, bracket);
	writer->first = true;
}

void json_close(struct jsonwriter *writer, char bracket)
{
	put_byte(writer, bracket);
	writer->first = false;
}

void json_raw(struct jsonwriter *writer, const char *name, const char *json)
{
	put_name(writer, name);
	put(writer, json, strlen(json));
}

void json_piece_begin(struct jsonwriter *writer)
{
	writer->out = NULL;
	writer->first = false;
	writer->used = 0;
}

struct jsonpiece *json_piece(const struct jsonwriter *writer)
{
	struct jsonpiece *piece = malloc(sizeof(*piece) + writer->used);

	if (piece == NULL)
		return NULL;
	piece->length = writer->used;
	memcpy(piece->text, writer->buffer, writer->used);
	return piece;
}

void json_put(struct jsonwriter *writer, const struct jsonpiece *piece)
{
	put(writer, piece->text, piece->length);
}

void json_end(struct jsonwriter *writer)
{
	put(writer, "}\n", 2);
	flush(writer);
}
