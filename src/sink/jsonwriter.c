/* JSON without a tree in memory: a report may have a million lines. Strings that need escaping are
 * jansson's. */
#include "jsonwriter.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static bool plain(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text > 0x7e || *text == '"' ||
			*text == '\\')
			return false;
	return true;
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

static void quoted(FILE *out, const char *text)
{
	if (plain(text)) {
		fprintf(out, "\"%s\"", text);
		return;
	}
	json_t *string = json_string(text);
	if (string == NULL) {
		char *valid = repaired(text);

		string = valid != NULL ? json_string(valid) : NULL;
		free(valid);
	}
	char *encoded = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	fputs(encoded != NULL ? encoded : "\"\"", out);
	free(encoded);
	json_decref(string);
}

static void name_member(struct jsonwriter *writer, const char *name)
{
	if (!writer->first)
		fputc(',', writer->out);
	writer->first = false;
	if (name != NULL)
		fprintf(writer->out, "\"%s\":", name);
}

void json_begin(struct jsonwriter *writer, FILE *out, const char *type)
{
	*writer = (struct jsonwriter){out, true};
	fputc('{', out);
	if (type != NULL)
		json_text(writer, "type", type);
}

void json_text(struct jsonwriter *writer, const char *name, const char *value)
{
	name_member(writer, name);
	quoted(writer->out, value);
}

void json_number(struct jsonwriter *writer, const char *name, int64_t value)
{
	name_member(writer, name);
	fprintf(writer->out, "%" PRId64, value);
}

void json_unsigned(struct jsonwriter *writer, const char *name, uint64_t value)
{
	name_member(writer, name);
	fprintf(writer->out, "%" PRIu64, value);
}

void json_truth(struct jsonwriter *writer, const char *name, bool value)
{
	name_member(writer, name);
	fputs(value ? "true" : "false", writer->out);
}

void json_time(struct jsonwriter *writer, const char *name, int64_t t_ns)
{
	uint64_t ns = t_ns < 0 ? 0 - (uint64_t)t_ns : (uint64_t)t_ns;

	name_member(writer, name);
	fprintf(writer->out, "\"%s%" PRIu64 ".%09" PRIu64 "\"", t_ns < 0 ? "-" : "",
		ns / 1000000000, ns % 1000000000);
}

void json_open(struct jsonwriter *writer, const char *name, char bracket)
{
	name_member(writer, name);
	fputc(bracket, writer->out);
	writer->first = true;
}

void json_close(struct jsonwriter *writer, char bracket)
{
	fputc(bracket, writer->out);
	writer->first = false;
}

void json_raw(struct jsonwriter *writer, const char *name, const char *json)
{
	name_member(writer, name);
	fputs(json, writer->out);
}

void json_end(struct jsonwriter *writer)
{
	fputs("}\n", writer->out);
}
