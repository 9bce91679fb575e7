/* UTF-8 by RFC 3629; widths by the blocks of Unicode that matter here; text of others made visible.
 */
#include "utf8.h"

#include <stdio.h>
#include <string.h>

#include "paint.h"

size_t utf8_next(const char *text, uint32_t *point)
{
	const unsigned char *at = (const unsigned char *)text;
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;

	if (*at == '\0')
		return 0;
	*point = UTF8_BROKEN + *at;
	if (length == 0 || *at > 0xf4)
		return 1;
	uint32_t value = length == 1 ? *at : *at & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 1;
		value = value << 6 | (at[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 1;
	*point = value;
	return length;
}

struct range {
	uint32_t first, last;
};

static bool within(uint32_t point, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}
#define WITHIN(point, ranges) within(point, ranges, sizeof(ranges) / sizeof((ranges)[0]))

bool utf8_wide(uint32_t point)
{
	static const struct range ranges[] = {{0x1100, 0x115f}, {0x2e80, 0x303e}, {0x3041, 0xa4cf},
		{0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff01, 0xff60},
		{0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd}};

	return WITHIN(point, ranges);
}

bool utf8_combining(uint32_t point)
{
	static const struct range ranges[] = {{0x300, 0x36f}, {0x483, 0x489}, {0x591, 0x5bd},
		{0x610, 0x61a}, {0x64b, 0x65f}, {0xe31, 0xe31}, {0xe34, 0xe3a}, {0xe47, 0xe4e},
		{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};

	return WITHIN(point, ranges);
}

bool utf8_hidden(uint32_t point)
{
	static const struct range ranges[] = {{0x80, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c},
		{0x115f, 0x1160}, {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},
		{0x2060, 0x206f}, {0xe000, 0xf8ff}, {0xfdd0, 0xfdef}, {0xfe00, 0xfe0f},
		{0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0x10ffff}};

	return WITHIN(point, ranges);
}

/* One code point of others' text as it is shown; combining marks are cut after three. */
static void show(const char *bytes, size_t step, uint32_t point, unsigned stacked, char *out)
{
	if (point >= UTF8_BROKEN)
		sprintf(out, "⟨%02X⟩", (unsigned)(point - UTF8_BROKEN));
	else if (point == '\n')
		strcpy(out, "↵");
	else if (point == '\t')
		strcpy(out, "⇥");
	else if (point == 0x7f)
		strcpy(out, "␡");
	else if (point < 0x20) /* U+2400 and on: pictures of the controls */
		sprintf(out, "\xe2\x90%c", (char)(0x80 + point));
	else if (utf8_hidden(point))
		sprintf(out, "⟨%04X⟩", (unsigned)point);
	else if (stacked > 3)
		*out = '\0';
	else
		sprintf(out, "%.*s", (int)step, bytes);
}

char *visible(const char *text, size_t limit, char *buffer, size_t size)
{
	unsigned stacked = 0;
	size_t used = 0;
	uint32_t point;
	char shown[24];

	for (size_t step; (step = utf8_next(text, &point)) > 0; text += step) {
		if (limit-- == 0) {
			strcpy(shown, "…");
		} else {
			stacked = point < UTF8_BROKEN && utf8_combining(point) ? stacked + 1 : 0;
			show(text, step, point, stacked, shown);
		}
		if (used + strlen(shown) + sizeof("…") > size) {
			strcpy(buffer + used, used + sizeof("…") <= size ? "…" : "");
			return buffer;
		}
		strcpy(buffer + used, shown);
		used += strlen(shown);
		if (limit == SIZE_MAX)
			break;
	}
	buffer[used] = '\0';
	return buffer;
}

void put_escaped(FILE *out, const char *text, size_t limit)
{
	char safe[4096];

	for (const char *at = visible(text, limit, safe, sizeof(safe)); *at != '\0'; at++)
		switch (*at) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*at, out);
		}
}
