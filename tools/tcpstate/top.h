/* What the files of `top` share: options, the show (model, frames and screen), the terminal. */
#ifndef TCPSTATE_TOP_H
#define TCPSTATE_TOP_H

#include <pthread.h>

#include "tcpstate/error.h"
#include "shared_options.h"
#include "tcpstate/screen.h"

struct top_options {
	struct where_options where;
	const char *filter; /* NULL: everything */
	const char *path;   /* a recording or a capture; NULL: live */
	const char *keys;   /* pressed at the beginning; NULL */
	bool once;          /* one screen, as text */
	double at_s;        /* of a recording: since its beginning; below 0: its end */
	double speed;
	int width, height; /* with once; 0: of the terminal, or 80x24 */
};
int top_live(const struct top_options *options, struct error *error);
int top_replay(const struct top_options *options, struct error *error);

/* ---- top_show.c: what was fed, the frames of the past, and the screen they are drawn on ---- */
struct terminal;
struct show {
	const struct top_options *options;
	struct live *live;
	struct screen screen;
	struct screen_ui ui;
	struct terminal *terminal;     /* NULL: once */
	pthread_mutex_t *lock;         /* of live, which another thread feeds; NULL: none does */
	struct live_frame now, drawn;  /* drawn: a copy of what is seen, arranged anew */
	const struct live_frame *seen; /* one of these; NULL: nothing yet */
	struct live_frame *past;       /* a ring of the frames shown before */
	size_t past_first, past_count, past_bytes;
	int64_t kept_ns;
	uint64_t kept_line;
};
int show_open(struct show *show, const struct top_options *options, struct error *error);
void show_close(struct show *show);
/* Keys that the command line presses. */
void show_press(struct show *show, const char *keys);
/* Take what there is at t_ns and draw it, or the frame of the past that is chosen. */
int show_draw(struct show *show, int64_t t_ns, struct error *error);
/* The same in two steps, where another thread takes the frames: this one is shown from now on
 * (frame has the one before), or it is only later; draw what is to be seen. */
void show_adopt(struct show *show, struct live_frame *frame);
void show_pass(struct show *show, int64_t t_ns);
int show_paint(struct show *show, struct error *error);
/* Act on the keys that were pressed; true: draw again. */
bool show_keys(struct show *show);
/* Of the past, at once: nothing is shown of it. */
void show_forget(struct show *show);

/* ---- top_hands.c: a thread that answers keys and draws, whatever the other is busy with ---- */
struct hands;
/* The show and its terminal are this thread's from now on, but for show->live, which is the
 * caller's under hands_lock(). */
struct hands *hands_begin(struct show *show, struct error *error);
void hands_lock(struct hands *hands);
void hands_unlock(struct hands *hands);
/* To be shown; *frame has memory for the next one. note: what is not seen; NULL */
void hands_show(struct hands *hands, struct live_frame *frame, const char *note);
/* Nothing but the time is new. */
void hands_pass(struct hands *hands, int64_t t_ns);
/* Is a frame wanted at once? hands_fd() is readable then. */
bool hands_wish(struct hands *hands);
int hands_fd(const struct hands *hands);
/* In which order. 0, or -1 with the error that ended the show */
int hands_order(struct hands *hands, struct live_order *order, struct error *error);
/* This thread needs no privileges: called once the process has given up its own. */
void hands_harmless(struct hands *hands);
/* hands may be NULL */
void hands_end(struct hands *hands);

/* ---- top_terminal.c: ncurses ---- */
/* NULL with *error: no terminal, or built without ncursesw. */
struct terminal *terminal_open(bool *utf8, struct error *error);
void terminal_close(struct terminal *terminal);
void terminal_size(struct terminal *terminal, int *width, int *height);
void terminal_draw(struct terminal *terminal, const struct screen *screen);
/* A character or enum screen_key; KEY_NONE when none was pressed. */
uint32_t terminal_key(struct terminal *terminal);

#endif
