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

/* memcpy() for words: a call, or the "rep movs" that compilers make of a length which they know to
 * be bounded, takes longer than these few moves. */
static inline void copy(char *to, const char *from, size_t length)
{
	enum { WORD = sizeof(uint64_t) };

	if (length < WORD) {
		for (size_t at = 0; at < length; at++)
			to[at] = from[at];
		return;
	}
	for (size_t at = 0; at < length - WORD; at += WORD)
		memcpy(to + at, from + at, WORD);
	memcpy(to + length - WORD, from + length - WORD, WORD);
}

static void put(struct jsonwriter *writer, const char *text, size_t length)
{
	if (length > sizeof(writer->buffer) - writer->used)
		flush(writer);
	if (length > sizeof(writer->buffer)) {
		fwrite_unlocked(text, 1, length, writer->out);
		return;
	}
	copy(writer->buffer + writer->used, text, length);
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

/* Two at a time. */
static void digits_at(char *at, uint64_t value, unsigned digits)
{
	static const char pairs[] =
		"0001020304050607080910111213141516171819202122232425262728293031323334353637383940"
		"4142434445464748495051525354555657585960616263646566676869707172737475767778798081"
		"828384858687888990919293949596979899";

	for (; digits >= 2; digits -= 2, value /= 100)
		memcpy(at + digits - 2, pairs + 2 * (value % 100), 2);
	if (digits == 1)
		*at = (char)('0' + value % 10);
}

static unsigned digits_of(uint64_t value)
{
	static const uint64_t least[] = {0, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
		100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000, 10000000000000000000u};
	/* log10(2) is some 1233 / 4096: so many digits, or one more */
	unsigned bits = 64 - (unsigned)__builtin_clzll(value | 1), digits = bits * 1233 >> 12;

	return digits + (value >= least[digits]);
}

static void put_digits(struct jsonwriter *writer, uint64_t value)
{
	enum { DIGITS = 20 };
	unsigned digits = digits_of(value | (value == 0));

	digits_at(room(writer, DIGITS), value, digits);
	writer->used += digits;
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
	if (length > sizeof(writer->buffer) - 2) {
		put_byte(writer, '"');
		put(writer, text, length);
		put_byte(writer, '"');
		return;
	}
	char *at = room(writer, length + 2);
	at[0] = '"';
	copy(at + 1, text, length);
	at[length + 1] = '"';
	writer->used += length + 2;
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
		copy(at, name, length);
		at += length;
		*at++ = '"';
		*at++ = ':';
	}
	writer->used += (size_t)(at - begin);
}

void json_lines(struct jsonwriter *writer, FILE *out)
{
	writer->out = out;
	writer->used = 0;
}

void json_line(struct jsonwriter *writer, const char *type)
{
	static const char begins[] = "{\"type\":\"";
	enum { MARKS = sizeof(begins) /* and the quote behind it */ };
	size_t length = type != NULL ? strlen(type) : 0;

	writer->first = type == NULL;
	if (type == NULL || length > sizeof(writer->buffer) - MARKS) { /* there are none so long */
		put_byte(writer, '{');
		return;
	}
	char *at = room(writer, length + MARKS);
	at = mempcpy(at, begins, sizeof(begins) - 1);
	copy(at, type, length); /* a word */
	at[length] = '"';
	writer->used += length + MARKS;
}

void json_begin(struct jsonwriter *writer, FILE *out, const char *type)
{
	json_lines(writer, out);
	json_line(writer, type);
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

	put_name(writer, name);
	put(writer, "\"-", t_ns < 0 ? 2 : 1);
	put_digits(writer, ns / 1000000000);
	char *at = room(writer, LONGEST);
	*at = '.';
	digits_at(at + 1, ns % 1000000000, FRACTION);
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
	json_lines(writer, NULL);
	writer->first = false;
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

void json_put_text(struct jsonwriter *writer, const char *text, size_t length)
{
	put(writer, text, length);
}

void json_put(struct jsonwriter *writer, const struct jsonpiece *piece)
{
	put(writer, piece->text, piece->length);
}

void json_line_end(struct jsonwriter *writer)
{
	char *at = room(writer, 2);

	at[0] = '}';
	at[1] = '\n';
	writer->used += 2;
}

void json_lines_end(struct jsonwriter *writer)
{
	flush(writer);
}

void json_end(struct jsonwriter *writer)
{
	json_line_end(writer);
	flush(writer);
}
