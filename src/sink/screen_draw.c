/* The frame around what is shown: title, keys, and the pieces that several screens use. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "screen_parts.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_watch.h"

static const int64_t second_ns = INT64_C(1000000000);

static void draw_title(struct drawing *drawing)
{
	struct screen *screen = drawing->screen;
	char time[TIME_TEXT], pace[96], text[256];
	int width = screen->width, right;

	time_of_day(drawing->frame->t_ns, time, drawing->ui->pace.paused);
	prose_live_pace(&drawing->ui->pace, pace, sizeof(pace));
	snprintf(text, sizeof(text), "%s UTC  %s ", time, pace);
	right = (int)columns_of(text);
	screen_fill(screen, 0, 0, width, ' ', TONE_TITLE);
	snprintf(text, sizeof(text), " tcpstate top  %s", drawing->ui->where);
	screen_put(screen, 0, 0, width - right - 1, TONE_TITLE, text);
	snprintf(text, sizeof(text), "%s UTC  %s ", time, pace);
	screen_put_right(screen, 0, 0, width, TONE_TITLE, text);
}

static void key_put(
	struct drawing *drawing, int *col, const char *key, enum live_word word, bool of_replay)
{
	struct screen *screen = drawing->screen;
	int row = screen->height - 1, need;

	need = (int)columns_of(key) + (int)columns_of(prose_live_word(word)) + 2;
	if ((of_replay && !drawing->ui->pace.replay) || *col + need > screen->width)
		return;
	*col = screen_put(screen, row, *col, screen->width - *col, TONE_STRONG, key);
	screen_fill(screen, row, (*col)++, 1, ' ', TONE_PLAIN);
	*col = screen_put(
		screen, row, *col, screen->width - *col, TONE_TITLE, prose_live_word(word));
	screen_fill(screen, row, (*col)++, 1, ' ', TONE_PLAIN);
}

static void draw_keys(struct drawing *drawing)
{
	struct screen *screen = drawing->screen;
	int col = 0, row = screen->height - 1;

	if (drawing->ui->finding) {
		col = screen_put(screen, row, 0, screen->width, TONE_STRONG,
			prose_live_word(LIVE_WORD_FIND));
		col = screen_put(
			screen, row, col, screen->width - col, TONE_PLAIN, drawing->ui->order.find);
		screen_fill(screen, row, col, 1, ' ', TONE_SELECTED);
		return;
	}
	key_put(drawing, &col, "F1", LIVE_WORD_KEY_HELP, false);
	key_put(drawing, &col, "F3", LIVE_WORD_KEY_FIND, false);
	key_put(drawing, &col, "F5", LIVE_WORD_KEY_GROUP, false);
	key_put(drawing, &col, "F6", LIVE_WORD_KEY_SORT, false);
	key_put(drawing, &col, "Space", LIVE_WORD_KEY_PAUSE, false);
	key_put(drawing, &col, "+-", LIVE_WORD_KEY_SPEED, true);
	key_put(drawing, &col, drawing->ui->utf8 ? "←→" : "<>", LIVE_WORD_KEY_BACK, false);
	if (!drawing->ui->pace.replay || screen->width >= 100)
		key_put(drawing, &col, drawing->ui->utf8 ? "⏎" : "CR", LIVE_WORD_KEY_SOCKET, false);
	key_put(drawing, &col, "p", LIVE_WORD_KEY_DIAGRAM, false);
	key_put(drawing, &col, "q", LIVE_WORD_KEY_QUIT, false);
}

static void draw_help(struct drawing *drawing)
{
	const char *line;

	for (size_t i = 0; (line = prose_live_help(i)) != NULL; i++)
		screen_put(drawing->screen, 2 + (int)i, 2, drawing->screen->width - 4, TONE_PLAIN,
			line);
}

void screen_draw(struct screen *screen, const struct live *live, const struct live_frame *frame,
	struct screen_ui *ui)
{
	struct drawing drawing = {screen, live, frame, ui};

	screen_clear(screen);
	ui->flash = frame->t_ns / (second_ns / 2) % 2 == 0;
	draw_title(&drawing);
	switch (ui->mode) {
	case SCREEN_LIST:
		draw_list(&drawing);
		break;
	case SCREEN_SOCKET:
		draw_socket(&drawing);
		break;
	case SCREEN_DIAGRAM:
		draw_diagram(&drawing);
		break;
	case SCREEN_HELP:
		draw_help(&drawing);
		break;
	}
	draw_keys(&drawing);
}
