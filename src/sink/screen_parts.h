/* What the files that draw a screen share. Private to src/sink/screen*.c. */
#ifndef TCPSTATE_SINK_SCREEN_PARTS_H
#define TCPSTATE_SINK_SCREEN_PARTS_H

#include "tcpstate/prose_live.h"
#include "tcpstate/screen.h"

struct drawing {
	struct screen *screen;
	const struct live *live;
	const struct live_frame *frame;
	struct screen_ui *ui;
};

enum tone tone_of_state(unsigned state);
/* "2.1 s" since t_ns; "" for 0 */
char *time_since(const struct drawing *drawing, int64_t t_ns, char *buffer, size_t size);
/* "59.2 s" until its timer fires; "" without one */
char *time_left(
	const struct drawing *drawing, const struct live_socket *socket, char *buffer, size_t size);
/* A queue against its limit: `width` cells. */
void draw_bar(
	struct drawing *drawing, int row, int col, int width, uint64_t length, uint64_t limit);
/* Did it happen within the last moments, so that it stands out? */
bool is_fresh(const struct drawing *drawing, int64_t t_ns);
enum { TIME_TEXT = 16 };
/* Of the day, in UTC. */
void time_of_day(int64_t t_ns, char text[TIME_TEXT], bool milliseconds);
/* A line of the feed. */
void draw_line(struct drawing *drawing, int row, const struct live_line *line, bool alone);
/* The newest line that the frame knows, at most that number; NULL: none is left. */
const struct live_line *line_until(const struct drawing *drawing, uint64_t number);
void draw_head(struct drawing *drawing, int row, const char *text, const char *more);

void draw_list(struct drawing *drawing);    /* screen_list.c */
void draw_socket(struct drawing *drawing);  /* screen_socket.c */
void draw_diagram(struct drawing *drawing); /* screen_diagram.c */
/* Large characters of three rows; returns the columns that the text takes. row < 0: only that. */
int large_put(struct screen *screen, int row, int col, enum tone tone, const char *text);
/* The people of an accept queue, in `rows` rows from row on. */
void draw_counter(struct drawing *drawing, int row, int rows); /* screen_counter.c */
/* A curve of the last values, the newest at the right, in braille. */
void draw_curve(struct screen *screen, int row, int col, int height, int width,
	const uint32_t *values, size_t count, enum tone tone); /* screen_curve.c */

#endif
