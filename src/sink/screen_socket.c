/* One socket by itself: what the kernel says of it, its history, its segments as a ladder, its
 * tcp_info as curves. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "screen_parts.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose.h"
#include "tcpstate/segment.h"

enum { TEXT = 512, SEGMENTS_MOST = 128, POINTS_MOST = 512, NARROW = 100 };

static const struct live_socket *socket_of(const struct drawing *drawing)
{
	const struct screen_ui *ui = drawing->ui;

	for (size_t i = 0; i < drawing->frame->shown_count; i++)
		if (flow_key_equal(&drawing->frame->shown[i].row.key, &ui->chosen))
			return &drawing->frame->shown[i];
	return NULL;
}

static int draw_words(struct drawing *drawing, int row, const struct live_socket *socket)
{
	struct screen *screen = drawing->screen;
	char text[TEXT], part[TEXT / 2], end[FLOW_END_TEXT];
	int col;

	col = screen_put(screen, row, 1, screen->width - 1, TONE_STRONG,
		flow_end_text(&drawing->ui->chosen, 0, end));
	col = screen_put(screen, row, col, screen->width - col, TONE_DIM, " → ");
	col = screen_put(screen, row, col, screen->width - col, TONE_STRONG,
		flow_end_text(&drawing->ui->chosen, 1, end));
	if (socket == NULL) {
		screen_put(screen, row + 1, 1, screen->width - 1, TONE_DIM,
			prose_live_word(LIVE_WORD_SOCKET_GONE));
		return row + 2;
	}
	col = screen_put(screen, row, col + 2, screen->width - col - 2,
		is_fresh(drawing, socket->since_ns) ? TONE_LIT : tone_of_state(socket->row.state),
		state_name(socket->row.state));
	time_since(drawing, socket->since_ns, part, sizeof(part));
	col = screen_put(screen, row, col + 1, screen->width - col - 1, TONE_DIM, part);
	if (socket->pid != 0) {
		prose_live_holders(socket, text, sizeof(text));
		screen_put(screen, row, col + 2, screen->width - col - 2, TONE_PLAIN, text);
	}
	row++;
	struct sockrow now = socket->row;
	int64_t gone_ms = (drawing->frame->t_ns - socket->seen_ns) / 1000000;

	now.expires_ms = (int64_t)now.expires_ms > gone_ms ? now.expires_ms - (uint32_t)gone_ms : 0;
	prose_queues(&now, -1, text, sizeof(text));
	if (*prose_timer(&now, part, sizeof(part)) != '\0')
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			*text != '\0' ? "; " : "", part);
	if (*text != '\0')
		screen_put(screen, row++, 1, screen->width - 1, TONE_PLAIN, text);
	if (*prose_socket_info(&socket->row, text, sizeof(text)) != '\0')
		screen_put(screen, row++, 1, screen->width - 1, TONE_DIM, text);
	return row;
}

/* ---- history ---- */

static void draw_history(struct drawing *drawing, int row, int rows)
{
	uint64_t newest = drawing->frame->last_line, number = newest;
	int found = 0;

	draw_head(drawing, row++, prose_live_word(LIVE_WORD_HISTORY), "");
	/* backwards to the first that still fits, then forwards */
	for (; number > 0 && found < rows - 1; number--) {
		const struct live_line *line = line_until(drawing, number);

		if (line == NULL)
			break;
		found += live_same_ends(&line->record.key, &drawing->ui->chosen);
	}
	for (number++; number <= newest; number++) {
		const struct live_line *line = line_until(drawing, number);

		if (line != NULL && live_same_ends(&line->record.key, &drawing->ui->chosen))
			draw_line(drawing, row++, line, true);
	}
}

/* ---- ladder ---- */

static void draw_segment(
	struct drawing *drawing, int row, int col, int width, const struct live_segment *segment)
{
	struct screen *screen = drawing->screen;
	bool out = memcmp(segment->key.addr[0], drawing->ui->chosen.addr[0], 16) == 0 &&
		   segment->key.port_be[0] == drawing->ui->chosen.port_be[0];
	int shaft = width - 14 > 60 ? 60 : width - 14;
	char text[96], flags[24];
	enum tone tone = (segment->flags & TCP_RST) != 0 || segment->again ? TONE_BAD
			 : is_fresh(drawing, segment->t_ns)                ? TONE_STRONG
									   : TONE_PLAIN;

	snprintf(text, sizeof(text), "%8.3f", (double)(segment->t_ns - drawing->frame->t_ns) / 1e9);
	screen_put(screen, row, col, 9, TONE_DIM, text);
	col += 10;
	flags[0] = '\0';
	snprintf(flags, sizeof(flags), "%s%s%s%s", (segment->flags & TCP_SYN) != 0 ? "SYN " : "",
		(segment->flags & TCP_FIN) != 0 ? "FIN " : "",
		(segment->flags & TCP_RST) != 0 ? "RST " : "",
		(segment->flags & TCP_ACK) != 0 ? "ACK " : "");
	if (segment->len > 0)
		snprintf(text, sizeof(text), " %s%" PRIu32 " B%s ", flags, segment->len,
			segment->again ? " ↻" : "");
	else
		snprintf(text, sizeof(text), " %s%s", flags, segment->again ? "↻ " : "");
	screen_fill(screen, row, col, shaft, 0x2500, tone);
	screen_fill(screen, row, out ? col + shaft - 1 : col, 1, out ? 0x25b6 : 0x25c0, tone);
	screen_put(screen, row, col + (shaft - (int)columns_of(text)) / 2, shaft, tone, text);
}

static void draw_ladder(struct drawing *drawing, int row, int rows, int col, int width)
{
	struct live_segment segments[SEGMENTS_MOST];
	size_t count, max = rows > 1 ? (size_t)(rows - 1) : 0;

	if (max > SEGMENTS_MOST)
		max = SEGMENTS_MOST;
	count = live_segments(
		drawing->live, &drawing->ui->chosen, drawing->frame->t_ns, segments, max);
	if (col == 0)
		draw_head(drawing, row, prose_live_word(LIVE_WORD_SEGMENTS), "");
	else
		screen_put(drawing->screen, row, col, width, TONE_HEAD,
			prose_live_word(LIVE_WORD_SEGMENTS));
	for (size_t i = 0; i < count; i++)
		draw_segment(drawing, row + 1 + (int)i, col, width, &segments[i]);
}

/* ---- curves ---- */

static uint32_t value_of(const struct live_point *point, enum live_curve curve)
{
	switch (curve) {
	case LIVE_CURVE_RTT:
		return point->rtt_us;
	case LIVE_CURVE_CWND:
		return point->cwnd;
	case LIVE_CURVE_UNACKED:
		return point->unacked;
	default:
		return point->retransmits;
	}
}

static void draw_curves(
	struct drawing *drawing, int row, int rows, int col, int width, uint64_t cookie)
{
	static const enum tone tones[LIVE_CURVE_MAX] = {
		TONE_GOOD, TONE_LISTEN, TONE_WAITING, TONE_BAD};
	struct live_point points[POINTS_MOST];
	uint32_t values[POINTS_MOST];
	size_t count =
		live_points(drawing->live, cookie, drawing->frame->t_ns, points, POINTS_MOST);
	int each = rows / 2, half = width / 2;
	char text[96];

	if (count == 0) {
		screen_put(drawing->screen, row, col, width, TONE_DIM,
			prose_live_word(LIVE_WORD_NO_INFO));
		return;
	}
	for (int curve = 0; curve < LIVE_CURVE_MAX && each > 1; curve++) {
		int at = row + curve / 2 * each, left = col + curve % 2 * half;

		for (size_t i = 0; i < count; i++)
			values[i] = value_of(&points[i], (enum live_curve)curve);
		screen_put(drawing->screen, at, left, half - 1, tones[curve],
			prose_live_curve(
				(enum live_curve)curve, values[count - 1], text, sizeof(text)));
		draw_curve(drawing->screen, at + 1, left, each - 1, half - 2, values, count,
			tones[curve]);
	}
}

/* Below each other on a narrow screen, else the ladder at the left of the curves. */
void draw_socket(struct drawing *drawing)
{
	const struct live_socket *socket = socket_of(drawing);
	int row = draw_words(drawing, 1, socket), height = drawing->screen->height - 1;
	int width = drawing->screen->width, history = (height - row) / 3;
	uint64_t cookie = socket != NULL ? socket->row.cookie : drawing->ui->chosen_cookie;

	if (width < NARROW) {
		int curves = height - row - history >= 12 ? 6 : 4;

		draw_curves(drawing, row, curves, 1, width - 2, cookie);
		row += curves;
		draw_history(drawing, row, history);
		draw_ladder(drawing, row + history, height - row - history, 0, width);
		return;
	}
	draw_history(drawing, row, history);
	row += history;
	draw_ladder(drawing, row, height - row, 1, width / 2 - 2);
	draw_curves(drawing, row, height - row, width / 2 + 2, width / 2 - 4, cookie);
}
