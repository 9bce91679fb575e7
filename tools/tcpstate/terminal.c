/* How wide the terminal is, and text folded to it between words. */
#include "terminal.h"

#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcpstate/columns.h"
#include "tcpstate/escape.h"

size_t terminal_columns(FILE *out)
{
	struct winsize size;

	return isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

size_t terminal_page(FILE *out)
{
	struct stat status;

	return fstat(fileno(out), &status) == 0 && S_ISFIFO(status.st_mode)
		       ? terminal_columns(stderr)
		       : terminal_columns(out);
}

bool terminal_colours(FILE *out)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(fileno(out)) && (no_colour == NULL || *no_colour == '\0') &&
	       (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* How much of text goes out as it is. */
static size_t harmless(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		unsigned char byte = (unsigned char)text[at];
		size_t step = byte >= 0x20 && byte < 0x7f ? 1 : byte == '\n' ? 1 : 0;

		if (step == 0 && byte == 033 && length - at > 2 && text[at + 1] == '[') {
			step = 2 + strspn(text + at + 2, "0123456789;");
			step = at + step < length && text[at + step] == 'm' ? step + 1 : 0;
		} else if (step == 0 && byte >= 0x80) {
			step = utf8_length(text + at, length - at);
			step = step > 0 && !escape_needed(text + at, step) ? step : 0;
		}
		if (step == 0)
			break;
		at += step;
	}
	return at;
}

/* Of a write the end of which may lie within a character or a colour, that part waits for more. */
struct guard {
	FILE *out;
	char held[16];
	size_t held_length;
};

static ssize_t guard_write(void *cookie, const char *data, size_t size)
{
	struct guard *guard = cookie;
	size_t length = guard->held_length + size, at = 0;
	char *text = malloc(length + 1), shown[16];

	if (text == NULL)
		return 0;
	memcpy(text, guard->held, guard->held_length);
	memcpy(text + guard->held_length, data, size);
	text[length] = '\0';
	guard->held_length = 0;
	while (at < length) {
		size_t plain = harmless(text + at, length - at), left = length - at - plain;
		size_t bad = utf8_length(text + at + plain, left);

		fwrite(text + at, 1, plain, guard->out);
		at += plain;
		if (left > 0 && left < 8 && size > 0 && (bad == 0 || text[at] == 033)) {
			memcpy(guard->held, text + at, left);
			guard->held_length = left;
			break;
		}
		if (left > 0) {
			bad = bad > 0 ? bad : 1;
			escape_text(shown, sizeof(shown), text + at, bad);
			fputs(shown, guard->out);
			at += bad;
		}
	}
	free(text);
	return ferror(guard->out) ? 0 : (ssize_t)size;
}

static int guard_close(void *cookie)
{
	struct guard *guard = cookie;
	char shown[ESCAPE_GROWTH * sizeof(guard->held) + 1];

	escape_text(shown, sizeof(shown), guard->held, guard->held_length);
	fputs(shown, guard->out);
	free(guard);
	return 0;
}

FILE *terminal_guard(FILE *out)
{
	struct guard *guard = calloc(1, sizeof(*guard));
	FILE *stream = guard != NULL ? fopencookie(guard, "w",
					       (cookie_io_functions_t){
						       .write = guard_write, .close = guard_close})
				     : NULL;

	if (guard == NULL || stream == NULL) {
		free(guard);
		return NULL;
	}
	guard->out = out;
	return stream;
}

void terminal_print(FILE *out, const char *text)
{
	char *safe = escape_new(text), cut[1024];

	if (safe == NULL) /* the error may be that there is no memory */
		escape_text(cut, sizeof(cut), text, strlen(text));
	fputs(safe != NULL ? safe : cut, out);
	free(safe);
}

void terminal_vsay(const char *format, va_list arguments)
{
	char *text;

	if (vasprintf(&text, format, arguments) < 0)
		return;
	terminal_print(stderr, text);
	fputc('\n', stderr);
	free(text);
}

void terminal_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	terminal_vsay(format, arguments);
	va_end(arguments);
}

void terminal_fold(FILE *out, size_t width, size_t at, size_t indent, const char *text)
{
	while (*text != '\0') {
		size_t room = width == 0 ? SIZE_MAX : width > at ? width - at : 0;
		const char *next;
		size_t bytes = columns_line(text, room, &next);

		fwrite(text, 1, bytes, out);
		text = next;
		if (*text != '\0')
			fprintf(out, "\n%*s", (int)indent, "");
		at = indent;
	}
	fputc('\n', out);
}
