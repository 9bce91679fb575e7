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

/* Does a terminal obey this character instead of drawing it? C0, DEL and C1 (U+0080 to U+009F), and
 * what changes the direction of writing or ends a line. */
static bool is_control(const unsigned char *text, size_t length)
{
	unsigned last = text[length - 1];

	if (length == 1)
		return *text < 0x20 || *text >= 0x7f; /* from 0x80 on no valid UTF-8 */
	if (length == 2)
		return (*text == 0xc2 && last < 0xa0) || (*text == 0xd8 && last == 0x9c);
	if (length != 3 || *text != 0xe2)
		return false;
	/* U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069 */
	return (text[1] == 0x80 &&
		       (last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae))) ||
	       (text[1] == 0x81 && last >= 0xa6 && last <= 0xa9);
}

bool lab_printable(const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t at = 0, step; at < length; at += step) {
		step = character_length(bytes + at, length - at);
		if (is_control(bytes + at, step))
			return false;
	}
	return true;
}

void lab_print(FILE *stream, const char *text, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)text;

	for (size_t at = 0, step; at < length; at += step) {
		step = character_length(bytes + at, length - at);
		if (!is_control(bytes + at, step))
			fwrite(text + at, 1, step, stream);
		else
			for (size_t i = 0; i < step; i++)
				fprintf(stream, "\\x%02x", bytes[at + i]);
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
