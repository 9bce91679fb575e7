/* The terminal of `top`, by ncursesw: the one file that knows it. Cells go out as they are, tones
 * as colours, or as bold, dim and reversed where there is no colour. */
#include "top.h"

#include <stdlib.h>

#ifdef TCPSTATE_NCURSES
#include <langinfo.h>
#include <locale.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <curses.h>

#include "tcpstate/lang.h"
#include "terminal.h"

enum { ESCAPE_DELAY_MS = 25, ROW_MOST = 1024 };
struct terminal {
	SCREEN *curses;
	attr_t tones[TONE_MAX];
	short pairs[TONE_MAX];
	bool utf8;
};

static const struct {
	short front, back; /* -1: the terminal's own */
	attr_t with_colour, without;
} looks[TONE_MAX] = {[TONE_PLAIN] = {-1, -1, A_NORMAL, A_NORMAL},
	[TONE_DIM] = {-1, -1, A_DIM, A_DIM},
	[TONE_STRONG] = {-1, -1, A_BOLD, A_BOLD},
	[TONE_HEAD] = {COLOR_CYAN, -1, A_BOLD, A_BOLD},
	[TONE_TITLE] = {COLOR_BLACK, COLOR_CYAN, A_NORMAL, A_REVERSE},
	[TONE_SELECTED] = {-1, -1, A_REVERSE, A_REVERSE},
	[TONE_LISTEN] = {COLOR_CYAN, -1, A_NORMAL, A_NORMAL},
	[TONE_GOOD] = {COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
	[TONE_WAITING] = {COLOR_YELLOW, -1, A_NORMAL, A_BOLD},
	[TONE_BAD] = {COLOR_RED, -1, A_BOLD, A_BOLD},
	[TONE_FLASH] = {COLOR_WHITE, COLOR_RED, A_BOLD, A_REVERSE | A_BOLD},
	[TONE_LIT] = {COLOR_BLACK, COLOR_GREEN, A_NORMAL, A_REVERSE | A_BOLD}};

static void tones_choose(struct terminal *terminal)
{
	bool colours = terminal_colours(stdout) && has_colors() && start_color() == OK &&
		       use_default_colors() == OK;

	for (short tone = 0; tone < TONE_MAX; tone++) {
		terminal->tones[tone] = colours ? looks[tone].with_colour : looks[tone].without;
		terminal->pairs[tone] = colours && (looks[tone].front >= 0 || looks[tone].back >= 0)
						? (short)(tone + 1)
						: 0;
		if (terminal->pairs[tone] != 0)
			init_pair(terminal->pairs[tone], looks[tone].front, looks[tone].back);
	}
}

struct terminal *terminal_open(bool *utf8, struct error *error)
{
	struct terminal *terminal;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		error_set(error, "this is no terminal; `tcpstate top --once' prints one screen");
		return NULL;
	}
	terminal = calloc(1, sizeof(*terminal));
	if (terminal == NULL) {
		error_set(error, "out of memory");
		return NULL;
	}
	setlocale(LC_CTYPE, "");
	*utf8 = terminal->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	terminal->curses = newterm(NULL, stdout, stdin);
	if (terminal->curses == NULL) {
		const char *name = getenv("TERM");

		error_set(error,
			"the terminal \"%s\" is not known here; set TERM, to xterm for instance",
			name != NULL ? name : "");
		free(terminal);
		return NULL;
	}
	set_term(terminal->curses);
	set_escdelay(ESCAPE_DELAY_MS);
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	tones_choose(terminal);
	return terminal;
}

void terminal_close(struct terminal *terminal)
{
	if (terminal == NULL)
		return;
	endwin();
	delscreen(terminal->curses);
	free(terminal);
}

/* The kernel is asked, for SIGWINCH may have been read by somebody else. */
void terminal_size(struct terminal *terminal, int *width, int *height)
{
	struct winsize size;

	(void)terminal;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
		(size.ws_row != getmaxy(stdscr) || size.ws_col != getmaxx(stdscr)))
		resizeterm(size.ws_row, size.ws_col);
	*width = getmaxx(stdscr);
	*height = getmaxy(stdscr);
}

/* Cells of one tone go out together. */
static void row_draw(struct terminal *terminal, const struct screen_cell *cells, int row, int width)
{
	wchar_t text[ROW_MOST];

	for (int col = 0; col < width;) {
		uint8_t tone = cells[col].tone < TONE_MAX ? cells[col].tone : TONE_PLAIN;
		int begin = col, length = 0;

		for (; col < width && cells[col].tone == cells[begin].tone; col++)
			if (cells[col].point != 0)
				text[length++] = terminal->utf8
							 ? (wchar_t)cells[col].point
							 : (wchar_t)screen_ascii(cells[col].point);
		attr_set(terminal->tones[tone], terminal->pairs[tone], NULL);
		mvaddnwstr(row, begin, text, length);
	}
}

void terminal_draw(struct terminal *terminal, const struct screen *screen)
{
	int width, height;

	terminal_size(terminal, &width, &height);
	erase();
	for (int row = 0; row < screen->height && row < height; row++)
		row_draw(terminal, screen->cells + row * screen->width, row,
			screen->width < width ? screen->width : width);
	refresh();
}

uint32_t terminal_key(struct terminal *terminal)
{
	static const struct {
		int key;
		uint32_t is;
	} keys[] = {{KEY_UP, KEY_ON_UP}, {KEY_DOWN, KEY_ON_DOWN}, {KEY_LEFT, KEY_ON_LEFT},
		{KEY_RIGHT, KEY_ON_RIGHT}, {KEY_PPAGE, KEY_ON_PAGE_UP},
		{KEY_NPAGE, KEY_ON_PAGE_DOWN}, {KEY_HOME, KEY_ON_HOME}, {KEY_END, KEY_ON_END},
		{KEY_ENTER, KEY_ON_ENTER}, {'\r', KEY_ON_ENTER}, {'\n', KEY_ON_ENTER},
		{27, KEY_ON_ESCAPE}, {KEY_BACKSPACE, KEY_ON_ERASE}, {127, KEY_ON_ERASE},
		{8, KEY_ON_ERASE}, {KEY_RESIZE, KEY_ON_RESIZE}, {12, KEY_ON_RESIZE}};
	int key = getch();

	(void)terminal;
	if (key == ERR)
		return KEY_NONE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key)
			return keys[i].is;
	if (key >= KEY_F(1) && key <= KEY_F(10))
		return (uint32_t)(KEY_ON_F1 + key - KEY_F(1));
	return key >= ' ' && key < 127 ? (uint32_t)key : KEY_ON_RESIZE;
}

#else

struct terminal *terminal_open(bool *utf8, struct error *error)
{
	(void)utf8;
	error_set(error,
		"built without ncursesw: install it (Debian's libncurses-dev) and build again; "
		"`tcpstate top --once' prints one screen without it");
	return NULL;
}

void terminal_close(struct terminal *terminal)
{
	(void)terminal;
}

void terminal_size(struct terminal *terminal, int *width, int *height)
{
	(void)terminal;
	*width = *height = 0;
}

void terminal_draw(struct terminal *terminal, const struct screen *screen)
{
	(void)terminal;
	(void)screen;
}

uint32_t terminal_key(struct terminal *terminal)
{
	(void)terminal;
	return KEY_NONE;
}

#endif
