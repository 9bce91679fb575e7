/* Widths by Unicode's East_Asian_Width (W and F are two columns, ambiguous ones one), line breaks
 * between words and between ideographs, as UAX #14 has them in short. */
#include "tcpstate/columns.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { GLUE = 0xa0 };

struct range {
	uint32_t first, last;
};

static const struct range wide[] = {{0x1100, 0x115f}, {0x231a, 0x231b}, {0x2329, 0x232a},
	{0x23e9, 0x23ec}, {0x2614, 0x2615}, {0x2e80, 0x303e}, {0x3041, 0x4dbf}, {0x4e00, 0xa4cf},
	{0xa960, 0xa97c}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe10, 0xfe19}, {0xfe30, 0xfe6f},
	{0xff01, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff},
	{0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
static const struct range no_width[] = {{0x300, 0x36f}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
	{0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

static bool among(const struct range *ranges, size_t count, uint32_t point)
{
	for (size_t i = 0; i < count; i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

static bool is_wide(uint32_t point)
{
	return point >= 0x1100 && among(wide, sizeof(wide) / sizeof(wide[0]), point);
}

/* Bytes of the character at text, which is not its end; what is no UTF-8 is taken byte by byte. */
static size_t character(const char *text, uint32_t *point)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t length = *at < 0x80 ? 1 : *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;

	*point = *at;
	if (length < 2 || *at > 0xf4)
		return 1;
	*point = *at & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			*point = 0xfffd;
			return 1;
		}
		*point = *point << 6 | (at[i] & 0x3f);
	}
	return length;
}

static size_t width(uint32_t point)
{
	if (point < 0x300)
		return 1;
	if (among(no_width, sizeof(no_width) / sizeof(no_width[0]), point))
		return 0;
	return is_wide(point) ? 2 : 1;
}

size_t columns_of_bytes(const char *text, size_t bytes)
{
	size_t columns = 0;
	uint32_t point;

	for (const char *end = text + bytes; text < end && *text != '\0';) {
		text += character(text, &point);
		columns += width(point);
	}
	return columns;
}

size_t columns_of(const char *text)
{
	return columns_of_bytes(text, strlen(text));
}

/* No line begins with these, whatever is before them. */
static bool closes(uint32_t point)
{
	static const uint32_t points[] = {0x3001, 0x3002, 0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff01,
		0xff1f, 0xff09, 0x300b, 0x300d, 0x300f, 0x3011, 0x201d, 0x2019, 0x2026, 0xff05};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		if (points[i] == point)
			return true;
	return false;
}

/* No line ends with these. */
static bool opens(uint32_t point)
{
	return point == 0xff08 || point == 0x300a || point == 0x300c || point == 0x300e ||
	       point == 0x3010 || point == 0x201c || point == 0x2018;
}

/* May a line end between these two, with no blank there? */
static bool may_part(uint32_t before, uint32_t after)
{
	return (is_wide(before) || is_wide(after)) && before != ' ' && before != GLUE &&
	       after != GLUE && !closes(after) && !opens(before) && width(after) > 0;
}

size_t columns_line(const char *text, size_t room, const char **next)
{
	const char *end = NULL, *at = text; /* end: of the last piece that fits */
	uint32_t before = 0, point;
	size_t columns = 0, length;

	*next = text;
	for (;; at += length, before = point, columns += width(point)) {
		bool last = *at == '\0', blank = *at == ' ';

		length = last ? 0 : character(at, &point);
		if (at > text && (last || blank || may_part(before, point))) {
			if (end != NULL && columns > room)
				return (size_t)(end - text);
			end = at;
			*next = at + strspn(at, " ");
		}
		if (last)
			return end != NULL ? (size_t)(end - text) : 0;
		if (blank) {
			/* several in a row are one place to break */
			length = strspn(at, " ");
			columns += length - 1;
			point = ' ';
		}
	}
}
