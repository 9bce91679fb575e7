/* Errors that gain context upward. */
#include "tcpstate/error.h"

#include <stdio.h>
#include <string.h>

#include "tcpstate/lang.h"

int error_set(struct error *error, const char *format, ...)
{
	va_list arguments;

	if (error == NULL)
		return -1;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), lang_text(format), arguments);
	va_end(arguments);
	return -1;
}

int error_context(struct error *error, const char *format, ...)
{
	char rest[sizeof(error->text)];
	va_list arguments;

	if (error == NULL)
		return -1;
	memcpy(rest, error->text, sizeof(rest));
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), lang_text(format), arguments);
	va_end(arguments);
	size_t used = strlen(error->text);
	snprintf(error->text + used, sizeof(error->text) - used, ": %s", rest);
	return -1;
}
