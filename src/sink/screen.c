/* The cells of a screen: text put into them is cut at edges, never within a character, and nothing
 * that a terminal would obey gets in. */
#include "tcpstate/screen.h"

#include <stdlib.h>
#include <string.h>

#include "tcpstate/columns.h"
#include "tcpstate/escape.h"

enum { ELLIPSIS = 0x2026 };

int screen_size(struct screen *screen, int width, int height)
{
	struct screen_cell *cells;

	width = width < SCREEN_WIDTH_LEAST ? SCREEN_WIDTH_LEAST : width;
	width = width > SCREEN_MOST ? SCREEN_MOST : width;
	height = height < SCREEN_HEIGHT_LEAST ? SCREEN_HEIGHT_LEAST : height;
	height = height > SCREEN_MOST ? SCREEN_MOST : height;
	if (screen->cells != NULL && screen->width == width && screen->height == height)
		return 0;
	cells = reallocarray(screen->cells, (size_t)width * (size_t)height, sizeof(*cells));
	if (cells == NULL)
		return -1;
	screen->cells = cells;
	screen->width = width;
	screen->height = height;
	screen_clear(screen);
	return 0;
}

void screen_free(struct screen *screen)
{
	free(screen->cells);
	*screen = (struct screen){.width = 0};
}

void screen_clear(struct screen *screen)
{
	for (int i = 0; i < screen->width * screen->height; i++)
		screen->cells[i] = (struct screen_cell){.point = ' ', .tone = TONE_PLAIN};
}

static struct screen_cell *cell_at(struct screen *screen, int row, int col)
{
	return row < 0 || row >= screen->height || col < 0 || col >= screen->width
		       ? NULL
		       : &screen->cells[row * screen->width + col];
}

void screen_fill(struct screen *screen, int row, int col, int count, uint32_t point, enum tone tone)
{
	for (int i = 0; i < count; i++) {
		struct screen_cell *cell = cell_at(screen, row, col + i);

		if (cell != NULL)
			*cell = (struct screen_cell){.point = point, .tone = (uint8_t)tone};
	}
}

void screen_tone(struct screen *screen, int row, int col, int count, enum tone tone)
{
	for (int i = 0; i < count; i++) {
		struct screen_cell *cell = cell_at(screen, row, col + i);

		if (cell != NULL)
			cell->tone = (uint8_t)tone;
	}
}

/* The character at text, in `bytes` bytes; what a terminal would obey, or no UTF-8, is "?". */
static uint32_t character(const char *text, size_t *bytes)
{
	size_t length = utf8_length(text, strlen(text));
	uint32_t point = (unsigned char)*text;

	*bytes = length > 0 ? length : 1;
	if (length == 0 || (escape_needed(text, length)))
		return '?';
	if (length == 1)
		return point;
	point &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++)
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	return point == 0xa0 ? ' ' : point; /* the blank at which no line is broken */
}

int screen_put(struct screen *screen, int row, int col, int width, enum tone tone, const char *text)
{
	int end = width < screen->width - col ? col + width : screen->width;
	bool cut = (int)columns_of(text) > end - col;

	if (end <= col)
		return col;
	end -= cut;
	while (*text != '\0') {
		size_t bytes;
		uint32_t point = character(text, &bytes);
		int columns = (int)columns_of_bytes(text, bytes);

		if (col + columns > end)
			break;
		text += bytes;
		if (columns == 0)
			continue; /* an accent: it has no cell of its own */
		screen_fill(screen, row, col, 1, point, tone);
		if (columns == 2)
			screen_fill(screen, row, col + 1, 1, 0, tone);
		col += columns;
	}
	if (cut) {
		screen_fill(screen, row, col, end - col + 1, ' ', tone);
		screen_fill(screen, row, col, 1, ELLIPSIS, tone);
		col = end + 1;
	}
	return col;
}

void screen_put_right(
	struct screen *screen, int row, int col, int width, enum tone tone, const char *text)
{
	int columns = (int)columns_of(text);

	if (columns < width) {
		col += width - columns;
		width = columns;
	}
	screen_put(screen, row, col, width, tone, text);
}

char screen_ascii(uint32_t point)
{
	static const struct {
		uint32_t point;
		char stands;
	} table[] = {{0x2500, '-'}, {0x2501, '='}, {0x2502, '|'}, {0x2503, '|'}, {0x2550, '='},
		{0x2551, '|'}, {0x2190, '<'}, {0x2191, '^'}, {0x2192, '>'}, {0x2193, 'v'},
		{0x25b2, '^'}, {0x25b6, '>'}, {0x25bc, 'v'}, {0x25c0, '<'}, {0x2588, '#'},
		{0x2591, '.'}, {0x2592, ':'}, {0x2593, '%'}, {0x2580, '#'}, {0x2584, '#'},
		{0x2026, '~'}, {0x00d7, 'x'}, {0x00f7, '/'}, {0x25cf, '*'}, {0x25cb, 'o'},
		{0x25c6, '#'}, {0x21bb, '*'}, {0x2022, '*'}, {0x00b7, '.'}, {0x2717, 'x'},
		{0x201c, '"'}, {0x201d, '"'}};

	if (point < 0x80)
		return (char)point;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].point == point)
			return table[i].stands;
	if (point >= 0x2500 && point < 0x2580)
		return '+'; /* corners and crossings */
	if (point > 0x2800 && point < 0x2900)
		return '*'; /* a dot of a curve */
	return point == 0x2800 ? ' ' : '?';
}

static void point_print(uint32_t point, FILE *out)
{
	if (point < 0x80) {
		putc_unlocked((int)point, out);
	} else if (point < 0x800) {
		putc_unlocked((int)(0xc0 | point >> 6), out);
		putc_unlocked((int)(0x80 | (point & 0x3f)), out);
	} else if (point < 0x10000) {
		putc_unlocked((int)(0xe0 | point >> 12), out);
		putc_unlocked((int)(0x80 | (point >> 6 & 0x3f)), out);
		putc_unlocked((int)(0x80 | (point & 0x3f)), out);
	} else {
		putc_unlocked((int)(0xf0 | point >> 18), out);
		putc_unlocked((int)(0x80 | (point >> 12 & 0x3f)), out);
		putc_unlocked((int)(0x80 | (point >> 6 & 0x3f)), out);
		putc_unlocked((int)(0x80 | (point & 0x3f)), out);
	}
}

int screen_print(const struct screen *screen, bool utf8, FILE *out)
{
	for (int row = 0; row < screen->height; row++) {
		const struct screen_cell *cells = screen->cells + row * screen->width;
		int end = screen->width;

		while (end > 0 && (cells[end - 1].point == ' ' || cells[end - 1].point == 0x2800))
			end--;
		for (int col = 0; col < end; col++)
			if (cells[col].point != 0 && utf8)
				point_print(cells[col].point, out);
			else if (cells[col].point != 0)
				putc_unlocked(screen_ascii(cells[col].point), out);
		putc_unlocked('\n', out);
	}
	return ferror(out) ? -1 : 0;
}
