/* Lines put together from a stream, and the reversal of UTF-8; text.h says what each function does.
 */
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* ---- lines from a stream ---- */
ssize_t lab_lines_read(struct lab_lines *lines, int fd)
{
	ssize_t got;

	memmove(lines->data, lines->data + lines->taken, lines->used - lines->taken);
	lines->used -= lines->taken;
	lines->taken = 0;
	got = read(fd, lines->data + lines->used, sizeof(lines->data) - lines->used);
	if (got > 0)
		lines->used += (size_t)got;
	return got;
}

enum lab_line lab_lines_next(struct lab_lines *lines, const char **text, size_t *length)
{
	for (;;) {
		char *start = lines->data + lines->taken;
		size_t left = lines->used - lines->taken;
		char *end = left ? memchr(start, '\n', left) : NULL;
		size_t size = end != NULL ? (size_t)(end - start) : left;
		bool skipped = lines->skipping;

		if (size && memchr(start, 27, size) != NULL) {
			*lines = (struct lab_lines){0};
			return LAB_LINE_ESCAPE;
		}
		if (end == NULL && !skipped && left < sizeof(lines->data))
			return LAB_LINE_NONE;
		lines->taken += size + (end != NULL ? 1 : 0);
		lines->skipping = end == NULL;
		if (skipped && end != NULL)
			continue;
		if (skipped)
			return LAB_LINE_NONE;
		if (end != NULL && size && start[size - 1] == '\r')
			size--;
		if (size > LAB_LINE_MAX)
			return LAB_LINE_TOO_LONG;
		*text = start;
		*length = size;
		return LAB_LINE_TEXT;
	}
}

bool lab_lines_finish(struct lab_lines *lines)
{
	if (lines->taken == lines->used || lines->skipping)
		return false;
	/* there is room: a full buffer would have been too long a line */
	lines->data[lines->used++] = '\n';
	return true;
}

void lab_input_read(struct lab_lines *lines, int *fd)
{
	ssize_t got = lab_lines_read(lines, *fd);

	if (got > 0 || (got < 0 && errno == EINTR))
		return;
	lab_lines_finish(lines);
	*fd = -1;
}

bool lab_input_next(struct lab_lines *lines, char line[LAB_LINE_MAX + 1])
{
	enum lab_line kind;
	const char *text;
	size_t length;

	while ((kind = lab_lines_next(lines, &text, &length)) != LAB_LINE_NONE) {
		if (kind != LAB_LINE_TEXT) {
			printf("error: a line too long, or with ESC in it\n");
			continue;
		}
		memcpy(line, text, length);
		line[length] = '\0';
		return true;
	}
	return false;
}

bool lab_line_is(const char *text, size_t length, const char *word)
{
	return length == strlen(word) && !memcmp(text, word, length);
}

/* ---- text ---- */
/* Bytes of the character that starts at text, of which `left` bytes are there; 1 for a byte that is
 * not valid UTF-8. */
static size_t character_length(const unsigned char *text, size_t left)
{
	/* first byte from..to, allowed second byte from..to, length: table 3-7 of the Unicode
	 * standard, without overlong forms and surrogates */
	static const unsigned char forms[][5] = {
		{0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3},
		{0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3},
		{0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4},
		{0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const unsigned char *form = forms[i];

		if (text[0] < form[0] || text[0] > form[1])
			continue;
		if (left < form[4] || text[1] < form[2] || text[1] > form[3])
			return 1;
		for (size_t k = 2; k < form[4]; k++)
			if ((text[k] & 0xc0) != 0x80)
				return 1;
		return form[4];
	}
	return 1;
}

bool lab_utf8(const char *text, size_t length)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = character_length((const unsigned char *)text + at, length - at);
		if (step == 1 && (unsigned char)text[at] >= 0x80)
			return false;
	}
	return true;
}

void lab_reverse(const char *text, size_t length, char *out)
{
	for (size_t at = 0, step; at < length; at += step) {
		step = character_length((const unsigned char *)text + at, length - at);
		memcpy(out + length - at - step, text + at, step);
	}
}

/* The code point of a character of character_length() bytes. */
static unsigned code_point(const unsigned char *text, size_t length)
{
	static const unsigned char first_bits[] = {0, 0xff, 0x1f, 0x0f, 0x07};
	unsigned point = text[0] & first_bits[length];

	for (size_t i = 1; i < length; i++)
		point = point << 6 | (text[i] & 0x3f);
	return point;
}

/* What a terminal obeys instead of drawing it, or does not draw: as src/util/escape.c has it. */
static bool is_control(unsigned point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || point == 0x61c ||
	       point == 0x180e || point == 0x200b || point == 0x200e || point == 0x200f ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x2069) ||
	       point == 0xfeff || (point >= 0xe0000 && point <= 0xe007f);
}

/* A byte that is no UTF-8 is shown as one. */
static bool is_shown(const unsigned char *text, size_t length)
{
	return (length == 1 && *text >= 0x80) || is_control(code_point(text, length));
}

bool lab_printable(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t at = 0, step; at < length; at += step) {
		step = character_length(bytes + at, length - at);
		if (is_shown(bytes + at, step))
			return false;
	}
	return true;
}

void lab_print(FILE *stream, const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t at = 0, step; at < length; at += step) {
		step = character_length(bytes + at, length - at);
		if (is_shown(bytes + at, step))
			fprintf(stream, step > 1 ? "\\u%04x" : "\\x%02x",
				code_point(bytes + at, step));
		else
			fwrite(text + at, 1, step, stream);
	}
}

int lab_write_all(int fd, const char *data, size_t length)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};

	while (length) {
		ssize_t wrote = write(fd, data, length);

		if (wrote < 0 && (errno == EAGAIN || errno == EINTR)) {
			int ready = poll(&writable, 1, 10000);

			if (ready > 0 || (ready < 0 && errno == EINTR))
				continue;
			errno = ETIMEDOUT;
		}
		if (wrote < 0)
			return -1;
		data += wrote;
		length -= (size_t)wrote;
	}
	return 0;
}
