/* Presentation: the state diagram in boxes that light up as sockets enter a state, the edges as
 * they are taken; below it the accept queue, and what happened last. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "screen_parts.h"
#include "tcpstate/columns.h"

enum { ROWS = 4, COLUMNS = 3, LEAST = 3, LARGE = 8, HALF = 5 };

/* Where a state's box stands. */
struct place {
	uint8_t state, row, column;
};
static const struct place places[] = {{STATE_LISTEN, 0, 0}, {STATE_CLOSED, 0, 1},
	{STATE_SYN_SENT, 0, 2}, {STATE_SYN_RECV, 1, 0}, {STATE_ESTABLISHED, 1, 1},
	{STATE_FIN_WAIT1, 2, 0}, {STATE_CLOSING, 2, 1}, {STATE_CLOSE_WAIT, 2, 2},
	{STATE_FIN_WAIT2, 3, 0}, {STATE_TIME_WAIT, 3, 1}, {STATE_LAST_ACK, 3, 2}};

struct layout {
	int top, box_height, box_width, gap_row, gap_column;
};

static struct layout layout_for(int width, int rows)
{
	struct layout layout = {.top = 1, .gap_row = 1};

	if (rows >= ROWS * LARGE + 9)
		layout.gap_row = 3;
	else if (rows >= ROWS * HALF + 6)
		layout.gap_row = 2;
	layout.box_height = (rows - (ROWS - 1) * layout.gap_row) / ROWS;
	layout.box_height = layout.box_height > LARGE + 1 ? LARGE + 1 : layout.box_height;
	if (layout.box_height < LEAST)
		layout.box_height = LEAST;
	layout.gap_column = width < 100 ? 7 : width < 160 ? 10 : 16;
	layout.box_width = (width - 2 - (COLUMNS - 1) * layout.gap_column) / COLUMNS;
	return layout;
}

static int left_of(const struct layout *layout, int column)
{
	return 1 + column * (layout->box_width + layout->gap_column);
}

static int top_of(const struct layout *layout, int row)
{
	return layout->top + row * (layout->box_height + layout->gap_row);
}

static const struct place *place_of(unsigned state)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (places[i].state == state)
			return &places[i];
	return &places[0];
}

/* ---- boxes ---- */

static void draw_border(
	struct screen *screen, int row, int col, int height, int width, bool heavy, enum tone tone)
{
	static const uint32_t points[2][6] = {{0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518},
		{0x2501, 0x2503, 0x250f, 0x2513, 0x2517, 0x251b}};
	const uint32_t *set = points[heavy];

	screen_fill(screen, row, col, width, set[0], tone);
	screen_fill(screen, row + height - 1, col, width, set[0], tone);
	for (int i = 0; i < height; i++) {
		screen_fill(screen, row + i, col, 1, set[1], tone);
		screen_fill(screen, row + i, col + width - 1, 1, set[1], tone);
	}
	screen_fill(screen, row, col, 1, set[2], tone);
	screen_fill(screen, row, col + width - 1, 1, set[3], tone);
	screen_fill(screen, row + height - 1, col, 1, set[4], tone);
	screen_fill(screen, row + height - 1, col + width - 1, 1, set[5], tone);
}

static void put_middle(
	struct screen *screen, int row, int col, int width, enum tone tone, const char *text)
{
	int columns = (int)columns_of(text);

	screen_put(screen, row, col + (width > columns ? (width - columns) / 2 : 0), width, tone,
		text);
}

/* As large as the box allows: name above number, number beside name, one line. */
static void draw_inside(struct screen *screen, int row, int col, int height, int width,
	enum tone tone, const char *name, const char *count, bool utf8)
{
	int name_width = large_put(screen, -1, 0, tone, name);
	int count_width = large_put(screen, -1, 0, tone, count);
	char line[64];

	if (utf8 && height >= 6 && name_width <= width) {
		large_put(
			screen, row + (height - 6) / 2, col + (width - name_width) / 2, tone, name);
		large_put(screen, row + (height - 6) / 2 + 3, col + (width - count_width) / 2, tone,
			count);
		return;
	}
	if (utf8 && height >= 3 && (int)strlen(name) + count_width + 4 <= width) {
		screen_put(screen, row + height / 2, col + 2, width, tone, name);
		if (*count != '\0')
			large_put(screen, row + (height - 3) / 2, col + width - 2 - count_width,
				tone, count);
		return;
	}
	snprintf(line, sizeof(line), "%s%s%s", name, *count != '\0' ? "  " : "", count);
	put_middle(screen, row + height / 2, col, width, tone, line);
}

static void draw_box(
	struct drawing *drawing, const struct layout *layout, const struct place *place)
{
	const struct live_frame *frame = drawing->frame;
	uint32_t here = place->state == STATE_CLOSED ? 0 : frame->counts[place->state];
	bool lit = is_fresh(drawing, frame->entered_ns[place->state]);
	int row = top_of(layout, place->row), col = left_of(layout, place->column);
	enum tone tone = lit ? TONE_LIT : here > 0 ? tone_of_state(place->state) : TONE_DIM;
	char count[16] = "";

	if (here > 0)
		snprintf(count, sizeof(count), "%" PRIu32, here);
	if (lit)
		for (int i = 1; i < layout->box_height - 1; i++)
			screen_fill(drawing->screen, row + i, col + 1, layout->box_width - 2, ' ',
				TONE_LIT);
	draw_border(drawing->screen, row, col, layout->box_height, layout->box_width,
		lit || here > 0, lit ? TONE_GOOD : tone);
	draw_inside(drawing->screen, row + 1, col + 1, layout->box_height - 2,
		layout->box_width - 2, tone, state_name(place->state), count, drawing->ui->utf8);
}

/* ---- edges ---- */

static enum tone tone_of_edge(const struct drawing *drawing, unsigned from, unsigned to)
{
	int64_t taken_ns = drawing->frame->edge_ns[from][to];

	return is_fresh(drawing, taken_ns) ? TONE_LIT : taken_ns != 0 ? TONE_PLAIN : TONE_DIM;
}

/* From box to box in a row, or one below the other. */
static void draw_straight(
	struct drawing *drawing, const struct layout *layout, unsigned from, unsigned to)
{
	const struct place *a = place_of(from), *b = place_of(to);
	enum tone tone = tone_of_edge(drawing, from, to);
	bool rightward = b->column > a->column;
	int row = top_of(layout, a->row) + layout->box_height / 2;

	if (a->row == b->row) {
		int left = left_of(layout, rightward ? a->column : b->column) + layout->box_width;

		screen_fill(drawing->screen, row, left, layout->gap_column, 0x2500, tone);
		screen_fill(drawing->screen, row, rightward ? left + layout->gap_column - 1 : left,
			1, rightward ? 0x25b6 : 0x25c0, tone);
		return;
	}
	int col = left_of(layout, a->column) + layout->box_width / 2;

	row = top_of(layout, a->row) + layout->box_height;
	for (int i = 0; i < layout->gap_row; i++)
		screen_fill(drawing->screen, row + i, col, 1,
			i + 1 == layout->gap_row ? 0x25bc : 0x2502, tone);
}

/* SYN_SENT is above an empty place: down, then to the left into ESTABLISHED. */
static void draw_syn_sent(struct drawing *drawing, const struct layout *layout)
{
	enum tone tone = tone_of_edge(drawing, STATE_SYN_SENT, STATE_ESTABLISHED);
	int col = left_of(layout, 2) + layout->box_width / 2;
	int row = top_of(layout, 1) + layout->box_height / 2;
	int left = left_of(layout, 1) + layout->box_width;

	for (int at = top_of(layout, 0) + layout->box_height; at < row; at++)
		screen_fill(drawing->screen, at, col, 1, 0x2502, tone);
	screen_fill(drawing->screen, row, left, col - left, 0x2500, tone);
	screen_fill(drawing->screen, row, col, 1, 0x2518, tone);
	screen_fill(drawing->screen, row, left, 1, 0x25c0, tone);
}

/* From ESTABLISHED down, and to both sides: who closes first goes left. */
static void draw_closing(struct drawing *drawing, const struct layout *layout)
{
	enum tone active = tone_of_edge(drawing, STATE_ESTABLISHED, STATE_FIN_WAIT1);
	enum tone passive = tone_of_edge(drawing, STATE_ESTABLISHED, STATE_CLOSE_WAIT);
	int row = top_of(layout, 1) + layout->box_height, half = layout->box_width / 2;
	int middle = left_of(layout, 1) + half, last = row + layout->gap_row - 1;
	int left = left_of(layout, 0) + half + 4, right = left_of(layout, 2) + half;
	bool flat = layout->gap_row == 1;

	screen_fill(drawing->screen, row, left, middle - left, 0x2500, active);
	screen_fill(drawing->screen, row, middle + 1, right - middle, 0x2500, passive);
	screen_fill(drawing->screen, row, middle, 1, 0x2534, TONE_PLAIN);
	screen_fill(drawing->screen, row, left, 1, flat ? 0x25bc : 0x250c, active);
	screen_fill(drawing->screen, row, right, 1, flat ? 0x25bc : 0x2510, passive);
	for (int at = row + 1; at <= last; at++) {
		screen_fill(drawing->screen, at, left, 1, at == last ? 0x25bc : 0x2502, active);
		screen_fill(drawing->screen, at, right, 1, at == last ? 0x25bc : 0x2502, passive);
	}
}

static void draw_edges(struct drawing *drawing, const struct layout *layout)
{
	static const uint8_t straight[][2] = {{STATE_CLOSED, STATE_LISTEN},
		{STATE_CLOSED, STATE_SYN_SENT}, {STATE_LISTEN, STATE_SYN_RECV},
		{STATE_SYN_RECV, STATE_ESTABLISHED}, {STATE_FIN_WAIT1, STATE_CLOSING},
		{STATE_FIN_WAIT1, STATE_FIN_WAIT2}, {STATE_CLOSING, STATE_TIME_WAIT},
		{STATE_FIN_WAIT2, STATE_TIME_WAIT}, {STATE_CLOSE_WAIT, STATE_LAST_ACK}};

	for (size_t i = 0; i < sizeof(straight) / sizeof(straight[0]); i++)
		draw_straight(drawing, layout, straight[i][0], straight[i][1]);
	draw_syn_sent(drawing, layout);
	draw_closing(drawing, layout);
}

void draw_diagram(struct drawing *drawing)
{
	int height = drawing->screen->height, width = drawing->screen->width;
	int counter = height < 30 ? 5 : height < 50 ? 9 : 11, below;
	struct layout layout = layout_for(width, height - 1 - 2 - counter);
	const struct live_line *line = line_until(drawing, drawing->frame->last_line);

	draw_edges(drawing, &layout);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		draw_box(drawing, &layout, &places[i]);
	below = top_of(&layout, ROWS - 1) + layout.box_height;
	draw_counter(drawing, below, height - 2 - below);
	if (line != NULL)
		draw_line(drawing, height - 2, line, false);
}
