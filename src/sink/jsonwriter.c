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

static bool plain(const char *text)
{
	while (is_plain(*text))
		text++;
	return *text == '\0';
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

static void put_byte(struct jsonwriter *writer, char byte)
{
	put(writer, &byte, 1);
}

/* At least `digits` of them. */
static void put_digits(struct jsonwriter *writer, uint64_t value, int digits)
{
	char text[24], *at = text + sizeof(text);

	do {
		*--at = (char)('0' + value % 10);
		value /= 10;
		digits--;
	} while (value > 0 || digits > 0);
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

/* Into the line, as long as it is plain and fits; false: nothing was written. */
static bool put_plain(struct jsonwriter *writer, const char *text)
{
	char *at = writer->buffer + writer->used;
	const char *end = writer->buffer + sizeof(writer->buffer) - 1;

	if (end - at < 2)
		return false;
	*at++ = '"';
	for (; *text != '\0' && at < end; text++) {
		if (!is_plain(*text))
			return false;
		*at++ = *text;
	}
	if (*text != '\0')
		return false;
	*at++ = '"';
	writer->used = (size_t)(at - writer->buffer);
	return true;
}

static void put_quoted(struct jsonwriter *writer, const char *text)
{
	if (put_plain(writer, text))
		return;
	if (!plain(text)) {
		put_escaped(writer, text);
		return;
	}
	put_byte(writer, '"');
	put(writer, text, strlen(text));
	put_byte(writer, '"');
}

static void put_name(struct jsonwriter *writer, const char *name)
{
	if (!writer->first)
		put_byte(writer, ',');
	writer->first = false;
	if (name == NULL)
		return;
	put_byte(writer, '"');
	put(writer, name, strlen(name));
	put(writer, "\":", 2);
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
	put_digits(writer, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

void json_unsigned(struct jsonwriter *writer, const char *name, uint64_t value)
{
	put_name(writer, name);
	put_digits(writer, value, 1);
}

void json_truth(struct jsonwriter *writer, const char *name, bool value)
{
	put_name(writer, name);
	put(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_time(struct jsonwriter *writer, const char *name, int64_t t_ns)
{
	uint64_t ns = t_ns < 0 ? 0 - (uint64_t)t_ns : (uint64_t)t_ns;

	put_name(writer, name);
	put(writer, "\"-", t_ns < 0 ? 2 : 1);
	put_digits(writer, ns / 1000000000, 1);
	put_byte(writer, '.');
	put_digits(writer, ns % 1000000000, 9);
	put_byte(writer, '"');
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
