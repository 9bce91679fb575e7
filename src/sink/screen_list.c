/* The main screen of `top`: states, listeners with their queues as bars, sockets or groups of them,
 * the newest transitions. */
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "screen_parts.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { STATE_COLUMNS = 11, NUMBER = 6, DURATION = 7, TEXT = 256 };

/* ---- states ---- */

static int draw_states(struct drawing *drawing, int row)
{
	static const uint8_t order[] = {STATE_LISTEN, STATE_SYN_SENT, STATE_SYN_RECV,
		STATE_ESTABLISHED, STATE_FIN_WAIT1, STATE_FIN_WAIT2, STATE_CLOSE_WAIT,
		STATE_CLOSING, STATE_LAST_ACK, STATE_TIME_WAIT};
	struct screen *screen = drawing->screen;
	char text[TEXT], lost[TEXT];
	int col = 0;

	for (size_t i = 0; i < sizeof(order); i++) {
		uint32_t count = drawing->frame->counts[order[i]];
		enum tone tone = is_fresh(drawing, drawing->frame->entered_ns[order[i]])
					 ? TONE_LIT
					 : tone_of_state(order[i]);

		if (count == 0)
			continue;
		snprintf(text, sizeof(text), "%s %" PRIu32, state_name(order[i]), count);
		if (col > 0 && col + (int)columns_of(text) > screen->width) {
			row++;
			col = 0;
		}
		col = screen_put(screen, row, col, screen->width - col, tone, text) + 2;
	}
	row += col > 0;
	prose_live_overflows(&drawing->frame->totals, text, sizeof(text));
	prose_live_lost(&drawing->frame->totals, lost, sizeof(lost));
	col = 0;
	if (*text != '\0')
		col = screen_put(screen, row, 0, screen->width,
			is_fresh(drawing, drawing->frame->totals.overflow_ns) ? TONE_FLASH
									      : TONE_WAITING,
			text);
	if (*lost != '\0')
		col = screen_put(
			screen, row, col > 0 ? col + 2 : 0, screen->width - col, TONE_BAD, lost);
	if (drawing->ui->note != NULL && *drawing->ui->note != '\0')
		screen_put(
			screen, row + (col > 0), 0, screen->width, TONE_WAITING, drawing->ui->note);
	return row + (col > 0) + (drawing->ui->note != NULL && *drawing->ui->note != '\0');
}

/* ---- listeners ---- */

/* The end of a listener, its accept queue, its half-open requests, who was not let in, its owner.
 */
static void draw_listener(struct drawing *drawing, int row, const struct live_socket *socket)
{
	struct screen *screen = drawing->screen;
	int width = screen->width, bar = width < 100 ? 6 : width < 140 ? 12 : 20;
	int end_columns = width < 100 ? 15 : 21, col, number = width < 100 ? 12 : 14;
	uint64_t limit = (uint64_t)socket->row.send_q + 1;
	uint64_t half_open = socket->half_open > 0 ? (uint64_t)socket->half_open : 0;
	char text[TEXT], more[TEXT];

	screen_put(
		screen, row, 0, end_columns, TONE_LISTEN, flow_end_text(&socket->row.key, 0, text));
	col = end_columns + 1;
	draw_bar(drawing, row, col, bar, socket->row.recv_q, limit);
	col += bar + 1;
	screen_put(screen, row, col, number, socket->row.recv_q >= limit ? TONE_BAD : TONE_PLAIN,
		prose_live_queue(socket->row.recv_q, limit, (size_t)number, text, sizeof(text)));
	col += number + 1;
	draw_bar(drawing, row, col, bar, half_open, limit);
	col += bar + 1;
	screen_put(screen, row, col, number, half_open >= limit ? TONE_BAD : TONE_PLAIN,
		prose_live_queue(half_open, limit, (size_t)number, text, sizeof(text)));
	col += number + 1;
	prose_live_refused(socket, more, sizeof(more));
	if (*more != '\0')
		col = screen_put(screen, row, col, width - col,
			      is_fresh(drawing, socket->overflow_ns) ? TONE_FLASH : TONE_BAD,
			      more) +
		      1;
	prose_live_holders(socket, text, sizeof(text));
	screen_put(screen, row, col, width - col, TONE_PLAIN, text);
}

static int draw_listeners(struct drawing *drawing, int row, int most)
{
	const struct live_frame *frame = drawing->frame;
	int width = drawing->screen->width, bar = width < 100 ? 6 : width < 140 ? 12 : 20;
	int end_columns = width < 100 ? 15 : 21, number = width < 100 ? 12 : 14;
	size_t rows = frame->listener_count < (size_t)most ? frame->listener_count : (size_t)most;
	char text[TEXT];

	draw_head(drawing, row, prose_live_word(LIVE_WORD_LISTENERS), "");
	if (frame->listener_count > 0) {
		screen_put(drawing->screen, row, end_columns + 1, bar + number, TONE_HEAD,
			prose_live_word(LIVE_WORD_ACCEPT_QUEUE));
		screen_put(drawing->screen, row, end_columns + bar + number + 3, bar + number,
			TONE_HEAD, prose_live_word(LIVE_WORD_HALF_OPEN));
	}
	row++;
	if (rows == 0)
		screen_put(drawing->screen, row++, 0, width, TONE_DIM,
			prose_live_word(LIVE_WORD_NO_LISTENER));
	for (size_t i = 0; i < rows; i++)
		draw_listener(drawing, row++, &frame->listeners[i]);
	if (rows < frame->listener_count)
		screen_put(drawing->screen, row - 1, 0, width, TONE_DIM,
			prose_live_more(frame->listener_count - rows + 1, text, sizeof(text)));
	return row;
}

/* ---- sockets ---- */

/* Widths of the ends, so that the rest has room too. */
struct columns {
	int local, remote;
};

static struct columns columns_for(const struct drawing *drawing, size_t first, size_t count)
{
	int room = (drawing->screen->width - 44) / 2;
	struct columns columns = {15, 15};
	char end[FLOW_END_TEXT];

	for (size_t i = first; i < first + count && i < drawing->frame->shown_count; i++) {
		const struct flow_key *key = &drawing->frame->shown[i].row.key;
		int local = (int)strlen(flow_end_text(key, 0, end)), remote;

		remote = (int)strlen(flow_end_text(key, 1, end));
		columns.local = local > columns.local ? local : columns.local;
		columns.remote = remote > columns.remote ? remote : columns.remote;
	}
	if (room < 15)
		room = 15;
	columns.local = columns.local > room ? room : columns.local;
	columns.remote = columns.remote > room ? room : columns.remote;
	return columns;
}

static void draw_number(struct drawing *drawing, int row, int col, uint32_t number, enum tone tone)
{
	char text[16];

	snprintf(text, sizeof(text), "%" PRIu32, number);
	screen_put_right(drawing->screen, row, col, NUMBER, number > 0 ? tone : TONE_DIM, text);
}

/* What is worth knowing beside the columns: who holds it, what it waits for. */
static void words_of(
	const struct drawing *drawing, const struct live_socket *socket, char *text, size_t size)
{
	char owner[TEXT / 4], part[TEXT / 2];
	int64_t closed_ms = socket->row.state == STATE_CLOSE_WAIT && socket->since_ns != 0
				    ? (drawing->frame->t_ns - socket->since_ns) / 1000000
				    : -1;

	prose_live_holders(socket, owner, sizeof(owner));
	prose_socket_notes(&socket->row, part, sizeof(part));
	if (*owner != '\0')
		snprintf(text, size, "%s", owner);
	else
		snprintf(text, size, "%s", part);
	if (drawing->screen->width < 110) {
		if (sockrow_unaccepted(&socket->row))
			snprintf(text, size, "%s", prose_live_word(LIVE_WORD_QUEUED));
		return;
	}
	prose_socket_waits(&socket->row, closed_ms, owner, part, sizeof(part));
	if (*part != '\0')
		snprintf(text, size, "%s", part);
	else if (*owner != '\0' && *prose_socket_info(&socket->row, part, sizeof(part)) != '\0')
		snprintf(text, size, "%s; %s", owner, part);
}

static void draw_row(struct drawing *drawing, int row, const struct live_socket *socket,
	struct columns columns, bool selected)
{
	struct screen *screen = drawing->screen;
	const struct sockrow *shown = &socket->row;
	int col = 0, left;
	char text[TEXT];

	screen_put(
		screen, row, col, columns.local, TONE_PLAIN, flow_end_text(&shown->key, 0, text));
	col += columns.local + 1;
	screen_put(
		screen, row, col, columns.remote, TONE_PLAIN, flow_end_text(&shown->key, 1, text));
	col += columns.remote + 1;
	screen_put(screen, row, col, STATE_COLUMNS,
		is_fresh(drawing, socket->since_ns) ? TONE_LIT : tone_of_state(shown->state),
		state_name(shown->state));
	col += STATE_COLUMNS;
	time_since(drawing, socket->since_ns, text, sizeof(text));
	screen_put_right(screen, row, col, DURATION, TONE_DIM, text);
	col += DURATION;
	draw_number(drawing, row, col, shown->recv_q, TONE_WAITING);
	draw_number(drawing, row, col + NUMBER, shown->send_q, TONE_WAITING);
	col += 2 * NUMBER;
	time_left(drawing, socket, text, sizeof(text));
	screen_put_right(screen, row, col, DURATION, TONE_PLAIN, text);
	col += DURATION + 1;
	left = screen->width - col;
	words_of(drawing, socket, text, sizeof(text));
	screen_put(screen, row, col, left, TONE_PLAIN, text);
	if (selected)
		screen_tone(screen, row, 0, screen->width, TONE_SELECTED);
}

static void draw_columns(struct drawing *drawing, int row, struct columns columns)
{
	static const struct {
		enum label label;
		int width;
	} fixed[] = {{LABEL_STATE, STATE_COLUMNS}, {LABEL_MAX, 0}};
	struct screen *screen = drawing->screen;
	int col = columns.local + columns.remote + 2;

	screen_put(screen, row, 0, columns.local, TONE_HEAD, prose_label(LABEL_LOCAL));
	screen_put(screen, row, columns.local + 1, columns.remote, TONE_HEAD,
		prose_label(LABEL_REMOTE));
	screen_put(screen, row, col, STATE_COLUMNS, TONE_HEAD, prose_label(fixed[0].label));
	col += STATE_COLUMNS;
	screen_put_right(screen, row, col, DURATION, TONE_HEAD, prose_live_word(LIVE_WORD_AGE));
	col += DURATION;
	screen_put_right(screen, row, col, NUMBER, TONE_HEAD, "RecvQ");
	screen_put_right(screen, row, col + NUMBER, NUMBER, TONE_HEAD, "SendQ");
	col += 2 * NUMBER;
	screen_put_right(screen, row, col, DURATION, TONE_HEAD, prose_live_word(LIVE_WORD_TIMER));
	col += DURATION + 1;
	screen_put(
		screen, row, col, screen->width - col, TONE_HEAD, prose_live_word(LIVE_WORD_OWNER));
}

static void draw_group(struct drawing *drawing, int row, const struct live_group_row *group)
{
	struct screen *screen = drawing->screen;
	int name = screen->width < 100 ? 24 : 40, col = name + 8;
	char text[TEXT];

	screen_put(screen, row, 0, name, TONE_PLAIN, group->name);
	snprintf(text, sizeof(text), "%" PRIu32, group->total);
	screen_put_right(screen, row, name, 7, TONE_STRONG, text);
	for (unsigned state = 1; state < STATE_MAX; state++) {
		if (group->counts[state] == 0 || drawing->ui->order.group == LIVE_GROUP_STATE)
			continue;
		snprintf(
			text, sizeof(text), "%s %" PRIu32, state_name(state), group->counts[state]);
		col = screen_put(screen, row, col + 1, screen->width - col - 1,
			      tone_of_state(state), text) +
		      1;
	}
}

/* The part of the list that is seen holds the selected socket. */
static void scroll(struct drawing *drawing, size_t rows)
{
	struct screen_ui *ui = drawing->ui;
	size_t count = drawing->frame->shown_count;

	if (ui->selected >= count)
		ui->selected = count > 0 ? count - 1 : 0;
	if (ui->selected < ui->first)
		ui->first = ui->selected;
	if (ui->selected >= ui->first + rows)
		ui->first = ui->selected + 1 - rows;
	if (ui->first + rows > count)
		ui->first = count > rows ? count - rows : 0;
}

static void draw_groups(struct drawing *drawing, int row, int rows)
{
	for (size_t i = 0; i < drawing->frame->group_count && i < (size_t)rows; i++)
		draw_group(drawing, row + (int)i, &drawing->frame->groups[i]);
}

static void draw_sockets(struct drawing *drawing, int row, int rows)
{
	const struct live_frame *frame = drawing->frame;
	char order[TEXT], text[TEXT + 64];
	struct columns columns;
	size_t seen;

	prose_live_order(&drawing->ui->order, order, sizeof(order));
	snprintf(text, sizeof(text), "%zu · %s", frame->matching, order);
	draw_head(drawing, row++, prose_live_word(LIVE_WORD_SOCKETS), text);
	rows--;
	if (frame->matching == 0) {
		screen_put(drawing->screen, row, 0, drawing->screen->width, TONE_DIM,
			prose_live_word(LIVE_WORD_NO_SOCKET));
		return;
	}
	if (drawing->ui->order.group != LIVE_GROUP_NONE) {
		draw_groups(drawing, row, rows);
		return;
	}
	rows--;
	if (rows <= 0)
		return;
	scroll(drawing, (size_t)rows);
	columns = columns_for(drawing, drawing->ui->first, (size_t)rows);
	draw_columns(drawing, row++, columns);
	seen = frame->shown_count - drawing->ui->first;
	for (size_t i = 0; i < seen && i < (size_t)rows; i++)
		draw_row(drawing, row + (int)i, &frame->shown[drawing->ui->first + i], columns,
			drawing->ui->first + i == drawing->ui->selected);
}

/* ---- all of it ---- */

static void draw_feed(struct drawing *drawing, int row, int rows)
{
	uint64_t newest = drawing->frame->last_line, first;
	char text[TEXT];

	snprintf(text, sizeof(text), "%" PRIu64, drawing->frame->totals.transitions);
	draw_head(drawing, row++, prose_live_word(LIVE_WORD_TRANSITIONS), newest > 0 ? text : "");
	if (newest == 0)
		screen_put(drawing->screen, row, 0, drawing->screen->width, TONE_DIM,
			prose_live_word(LIVE_WORD_NO_LINE));
	rows--;
	first = newest > (uint64_t)rows ? newest - (uint64_t)rows + 1 : 1;
	for (uint64_t number = first; number <= newest; number++) {
		const struct live_line *line = line_until(drawing, number);

		if (line != NULL)
			draw_line(drawing, row++, line, false);
	}
}

void draw_list(struct drawing *drawing)
{
	int height = drawing->screen->height, row = draw_states(drawing, 1), feed;

	row = draw_listeners(drawing, row, height < 30 ? 3 : height / 6);
	feed = (height - row) * 2 / 5;
	feed = feed < 3 ? 3 : feed;
	draw_sockets(drawing, row, height - 1 - row - feed);
	draw_feed(drawing, height - 1 - feed, feed);
}
