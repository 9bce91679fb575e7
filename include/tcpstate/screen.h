/* A screen of cells into which `top` is drawn: the terminal's file takes it from here, a test reads
 * it as text. */
#ifndef TCPSTATE_SCREEN_H
#define TCPSTATE_SCREEN_H

#include <stdio.h>

#include "tcpstate/live.h"

enum tone {
	TONE_PLAIN,
	TONE_DIM,
	TONE_STRONG,
	TONE_HEAD,     /* head of a part */
	TONE_TITLE,    /* the first line and the keys: reversed */
	TONE_SELECTED, /* reversed */
	TONE_LISTEN,
	TONE_GOOD,
	TONE_WAITING, /* between two states */
	TONE_BAD,
	TONE_FLASH, /* reversed, red */
	TONE_LIT,   /* reversed, of a state just entered */
	TONE_MAX
};

struct screen_cell {
	uint32_t point; /* Unicode; 0: the second half of a wide one before it */
	uint8_t tone;
};
struct screen {
	int width, height;
	struct screen_cell *cells; /* row by row */
};
enum { SCREEN_WIDTH_LEAST = 40, SCREEN_HEIGHT_LEAST = 10, SCREEN_MOST = 1000 };
/* Of this size, blank. 0, or -1 out of memory. */
int screen_size(struct screen *screen, int width, int height);
void screen_free(struct screen *screen);
void screen_clear(struct screen *screen);
/* Text from column `col` on, in at most `width` columns; what does not fit ends in "…". Returns the
 * column behind it. Outside of the screen nothing is drawn. */
int screen_put(
	struct screen *screen, int row, int col, int width, enum tone tone, const char *text);
/* The same, right-aligned in `width` columns. */
void screen_put_right(
	struct screen *screen, int row, int col, int width, enum tone tone, const char *text);
void screen_fill(
	struct screen *screen, int row, int col, int count, uint32_t point, enum tone tone);
/* The tone of cells alone. */
void screen_tone(struct screen *screen, int row, int col, int count, enum tone tone);
/* What stands for a character where there is only ASCII. */
char screen_ascii(uint32_t point);
/* As lines of text, blanks at their ends left out; utf8: else ASCII. 0, or -1 with errno. */
int screen_print(const struct screen *screen, bool utf8, FILE *out);

enum screen_mode { SCREEN_LIST, SCREEN_SOCKET, SCREEN_DIAGRAM, SCREEN_HELP };

/* What is to be seen, and how: the keys change it (screen_key()). */
struct screen_ui {
	enum screen_mode mode, before_help;
	struct live_order order;
	size_t selected, first; /* among frame->shown; the first that is seen */
	struct flow_key chosen; /* of SCREEN_SOCKET */
	uint64_t chosen_cookie;
	bool finding; /* the text to find is being typed */
	struct live_pace pace;
	size_t back;              /* frames back from the newest */
	const char *where;        /* what is watched */
	const char *note;         /* what is not seen; NULL */
	int64_t began_ns, end_ns; /* of a recording; 0: live */
	bool utf8;
	bool flash; /* what flashes is on just now */
	bool quit, restart;
};

/* Draw all of it. frame->t_ns is the time that is shown. */
void screen_draw(struct screen *screen, const struct live *live, const struct live_frame *frame,
	struct screen_ui *ui);

enum screen_key { /* besides characters */
	KEY_NONE = 0x110000,
	KEY_ON_UP,
	KEY_ON_DOWN,
	KEY_ON_LEFT,
	KEY_ON_RIGHT,
	KEY_ON_PAGE_UP,
	KEY_ON_PAGE_DOWN,
	KEY_ON_HOME,
	KEY_ON_END,
	KEY_ON_ENTER,
	KEY_ON_ESCAPE,
	KEY_ON_ERASE,
	KEY_ON_RESIZE, /* the terminal has another size, or is to be drawn anew */
	KEY_ON_F1,     /* and on: KEY_ON_F1 + 9 is F10 */
	KEY_ON_F10 = KEY_ON_F1 + 9
};
/* A key, a character or enum screen_key, was pressed. True: something has changed. */
bool screen_key(struct screen_ui *ui, const struct live_frame *frame, uint32_t key, int height);

#endif
