/* Sentences put together from clauses: what stands between them is the language's. */
#include "phrase.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct phrase phrase_begin(char *buffer, size_t size)
{
	buffer[0] = '\0';
	return (struct phrase){buffer, size, 0};
}

static void add(struct phrase *phrase, const char *format, va_list arguments)
{
	size_t room = phrase->size - phrase->used;
	int length = vsnprintf(phrase->text + phrase->used, room, format, arguments);

	if (length < 0)
		return;
	if ((size_t)length < room) {
		phrase->used += (size_t)length;
		return;
	}
	phrase->used = strlen(phrase->text);
	/* cut: not within a character */
	while (phrase->used > 0 && (phrase->text[phrase->used - 1] & 0xc0) == 0x80)
		phrase->used--;
	if (phrase->used > 0 && (phrase->text[phrase->used - 1] & 0x80) != 0)
		phrase->used--;
	phrase->text[phrase->used] = '\0';
	phrase->size = phrase->used + 1;
}

void phrase_add(struct phrase *phrase, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(phrase, format, arguments);
	va_end(arguments);
}

void phrase_item(struct phrase *phrase, const char *format, ...)
{
	va_list arguments;

	if (phrase->used > 0)
		phrase_add(phrase, "%s", _(", "));
	va_start(arguments, format);
	add(phrase, format, arguments);
	va_end(arguments);
}

void phrase_number(struct phrase *phrase, const char *format, ...)
{
	va_list arguments;

	if (phrase->used > 0)
		phrase_add(phrase, "%s", C_("numbers", ", "));
	va_start(arguments, format);
	add(phrase, format, arguments);
	va_end(arguments);
}

void phrase_clause(struct phrase *phrase, const char *format, ...)
{
	va_list arguments;

	if (phrase->used > 0)
		phrase_add(phrase, "%s", _("; "));
	va_start(arguments, format);
	add(phrase, format, arguments);
	va_end(arguments);
}
