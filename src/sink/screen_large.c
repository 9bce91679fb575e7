/* Large characters, five dots high: two dots a cell make three rows. Readable from the last row of
 * a classroom. */
#include <string.h>

#include "screen_parts.h"

enum { TALL = 5, UPPER = 0x2580, LOWER = 0x2584, BOTH = 0x2588 };

struct glyph {
	char character;
	uint8_t width;
	uint8_t rows[TALL]; /* the leftmost dot is the highest bit of `width` */
};

static const struct glyph glyphs[] = {{'0', 3, {7, 5, 5, 5, 7}}, {'1', 3, {2, 6, 2, 2, 7}},
	{'2', 3, {7, 1, 7, 4, 7}}, {'3', 3, {7, 1, 3, 1, 7}}, {'4', 3, {5, 5, 7, 1, 1}},
	{'5', 3, {7, 4, 7, 1, 7}}, {'6', 3, {7, 4, 7, 5, 7}}, {'7', 3, {7, 1, 1, 2, 2}},
	{'8', 3, {7, 5, 7, 5, 7}}, {'9', 3, {7, 5, 7, 1, 7}}, {'A', 3, {2, 5, 7, 5, 5}},
	{'B', 3, {6, 5, 6, 5, 6}}, {'C', 3, {7, 4, 4, 4, 7}}, {'D', 3, {6, 5, 5, 5, 6}},
	{'E', 3, {7, 4, 6, 4, 7}}, {'F', 3, {7, 4, 6, 4, 4}}, {'G', 3, {7, 4, 5, 5, 7}},
	{'H', 3, {5, 5, 7, 5, 5}}, {'I', 1, {1, 1, 1, 1, 1}}, {'K', 3, {5, 5, 6, 5, 5}},
	{'L', 3, {4, 4, 4, 4, 7}}, {'M', 5, {17, 27, 21, 17, 17}}, {'N', 4, {9, 13, 11, 9, 9}},
	{'O', 3, {7, 5, 5, 5, 7}}, {'R', 3, {6, 5, 6, 5, 5}}, {'S', 3, {7, 4, 7, 1, 7}},
	{'T', 3, {7, 2, 2, 2, 2}}, {'V', 3, {5, 5, 5, 5, 2}}, {'W', 5, {17, 17, 21, 27, 17}},
	{'Y', 3, {5, 5, 2, 2, 2}}, {'_', 3, {0, 0, 0, 0, 7}}, {' ', 2, {0, 0, 0, 0, 0}}};

static const struct glyph *glyph_of(char character)
{
	for (size_t i = 0; i < sizeof(glyphs) / sizeof(glyphs[0]); i++)
		if (glyphs[i].character == character)
			return &glyphs[i];
	return &glyphs[sizeof(glyphs) / sizeof(glyphs[0]) - 1];
}

static void glyph_put(
	struct screen *screen, int row, int col, enum tone tone, const struct glyph *glyph)
{
	static const uint32_t points[2][2] = {{' ', LOWER}, {UPPER, BOTH}};

	for (int line = 0; line < (TALL + 1) / 2; line++)
		for (int x = 0; x < glyph->width; x++) {
			int bit = glyph->width - 1 - x;
			int above = glyph->rows[2 * line] >> bit & 1;
			int below = 2 * line + 1 < TALL ? glyph->rows[2 * line + 1] >> bit & 1 : 0;

			screen_fill(screen, row + line, col + x, 1, points[above][below], tone);
		}
}

int large_put(struct screen *screen, int row, int col, enum tone tone, const char *text)
{
	int begin = col;

	for (; *text != '\0'; text++) {
		const struct glyph *glyph = glyph_of(*text);

		if (row >= 0)
			glyph_put(screen, row, col, tone, glyph);
		col += glyph->width + (text[1] != '\0');
	}
	return col - begin;
}
