/* Curves in braille: a cell has two columns of four dots (Unicode 2800 to 28FF). */
#include "screen_parts.h"

enum { ACROSS = 2, DOWN = 4, BLANK = 0x2800 };

/* The dot of a cell at column x of two, y of four from above. */
static uint32_t dot(int x, int y)
{
	static const uint8_t dots[ACROSS][DOWN] = {
		{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};

	return dots[x][y];
}

static void dot_set(struct screen *screen, int row, int col, enum tone tone, int x, int y)
{
	int at = (row + y / DOWN) * screen->width + col + x / ACROSS;
	uint32_t point;

	if (row + y / DOWN >= screen->height || col + x / ACROSS >= screen->width)
		return;
	point = screen->cells[at].point;
	point = point >= BLANK && point < BLANK + 256 ? point : BLANK;
	screen_fill(screen, row + y / DOWN, col + x / ACROSS, 1, point | dot(x % ACROSS, y % DOWN),
		tone);
}

/* From one value to the next every dot between is set, so that the curve hangs together. */
void draw_curve(struct screen *screen, int row, int col, int height, int width,
	const uint32_t *values, size_t count, enum tone tone)
{
	int dots = width * ACROSS, tall = height * DOWN, before = -1;
	uint64_t most = 1;

	if (count > (size_t)dots) {
		values += count - (size_t)dots;
		count = (size_t)dots;
	}
	for (size_t i = 0; i < count; i++)
		most = values[i] > most ? values[i] : most;
	for (size_t i = 0; i < count; i++) {
		int x = dots - (int)count + (int)i;
		int y = tall - 1 - (int)(values[i] * (uint64_t)(tall - 1) / most);
		int from = before < 0 ? y : before;

		for (int at = y < from ? y : from; at <= (y > from ? y : from); at++)
			dot_set(screen, row, col, tone, x, at);
		before = y;
	}
}
