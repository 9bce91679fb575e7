/* The accept queue as people who wait at a counter for accept(): as many places as backlog + 1;
 * behind the door those who are half-open, and those who were not let in. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "screen_parts.h"
#include "tcpstate/columns.h"

enum { PERSON_WIDTH = 4, PERSON_HEIGHT = 3, COUNTER = 12, TEXT = 160 };

/* The one with the longest queue; the first of equals. NULL: nobody listens. */
static const struct live_socket *listener_of(const struct live_frame *frame)
{
	const struct live_socket *best = NULL;

	for (size_t i = 0; i < frame->listener_count; i++) {
		const struct live_socket *this = &frame->listeners[i];

		if (best == NULL ||
			this->row.recv_q + (uint64_t)this->half_open + this->overflows >
				best->row.recv_q + (uint64_t)best->half_open + best->overflows)
			best = this;
	}
	return best;
}

/* Clients of this namespace whose SYN to it is not answered yet. */
static uint64_t outside(const struct live_frame *frame, const struct live_socket *listener)
{
	uint64_t count = 0;

	for (size_t i = 0; i < frame->shown_count; i++)
		count += frame->shown[i].row.state == STATE_SYN_SENT &&
			 frame->shown[i].row.key.port_be[1] == listener->row.key.port_be[0];
	return count;
}

static void draw_person(struct screen *screen, int row, int col, enum tone tone)
{
	static const char *const body[PERSON_HEIGHT] = {" o ", "/|\\", "/ \\"};

	for (int i = 0; i < PERSON_HEIGHT; i++)
		screen_put(screen, row + i, col, PERSON_WIDTH, tone, body[i]);
}

/* People, then places that are free; of more than there is room for, how many more. */
static int draw_people(struct drawing *drawing, int row, int col, int room, uint64_t people,
	uint64_t places, enum tone tone)
{
	uint64_t fit = (uint64_t)(room > PERSON_WIDTH ? room / PERSON_WIDTH : 0), most;
	bool cut = people > fit || places > fit;
	char text[24];

	most = people > places ? people : places;
	if (cut)
		fit = fit > 2 ? fit - 2 : 0;
	for (uint64_t i = 0; i < most && i < fit; i++, col += PERSON_WIDTH) {
		if (i < people)
			draw_person(drawing->screen, row, col, tone);
		else
			screen_put(drawing->screen, row + PERSON_HEIGHT - 1, col, PERSON_WIDTH,
				TONE_DIM, "___");
	}
	if (!cut)
		return col;
	snprintf(text, sizeof(text), " +%" PRIu64, most > fit ? most - fit : 0);
	return screen_put(drawing->screen, row + 1, col, 2 * PERSON_WIDTH, TONE_DIM, text);
}

static void draw_labels(struct drawing *drawing, int row, const struct live_socket *listener)
{
	uint64_t limit = (uint64_t)listener->row.send_q + 1;
	char text[TEXT], queue[TEXT / 2], refused[TEXT / 2], end[FLOW_END_TEXT];
	int col, width = drawing->screen->width;

	snprintf(text, sizeof(text), "%s  %s %s", flow_end_text(&listener->row.key, 0, end),
		prose_live_word(LIVE_WORD_ACCEPT_QUEUE),
		prose_live_queue(listener->row.recv_q, limit, SIZE_MAX, queue, sizeof(queue)));
	col = screen_put(drawing->screen, row, 1, width - 1,
		listener->row.recv_q < limit ? TONE_STRONG
		: drawing->ui->flash         ? TONE_FLASH
					     : TONE_BAD,
		text);
	if (listener->half_open > 0) {
		snprintf(text, sizeof(text), "%s %" PRId64, prose_live_word(LIVE_WORD_HALF_OPEN),
			listener->half_open);
		col = screen_put(
			drawing->screen, row, col + 2, width - col - 2, TONE_WAITING, text);
	}
	if (outside(drawing->frame, listener) > 0) {
		snprintf(text, sizeof(text), "%s %" PRIu64, prose_live_word(LIVE_WORD_OUTSIDE),
			outside(drawing->frame, listener));
		col = screen_put(drawing->screen, row, col + 2, width - col - 2, TONE_BAD, text);
	}
	if (*prose_live_refused(listener, refused, sizeof(refused)) != '\0')
		screen_put(drawing->screen, row, col + 2, width - col - 2,
			is_fresh(drawing, listener->overflow_ns) ? TONE_FLASH : TONE_BAD, refused);
}

void draw_counter(struct drawing *drawing, int row, int rows)
{
	const struct live_socket *listener = listener_of(drawing->frame);
	struct screen *screen = drawing->screen;
	int people, col = COUNTER, door, width = screen->width;

	if (rows < 2)
		return;
	if (listener == NULL) {
		screen_put(screen, row + rows / 2, 1, width - 1, TONE_DIM,
			prose_live_word(LIVE_WORD_NO_LISTENER));
		return;
	}
	draw_labels(drawing, row + (rows > PERSON_HEIGHT + 1), listener);
	people = row + 1 + (rows > PERSON_HEIGHT + 1) + (rows > PERSON_HEIGHT + 3);
	if (rows < PERSON_HEIGHT + 1)
		return;
	screen_put(screen, people + 1, 1, COUNTER - 2, TONE_STRONG,
		prose_live_word(LIVE_WORD_COUNTER));
	screen_fill(screen, people + 2, 1, COUNTER - 3, 0x2550, TONE_STRONG);
	door = width / 2;
	col = draw_people(drawing, people, col, door - col, listener->row.recv_q,
		(uint64_t)listener->row.send_q + 1,
		listener->row.recv_q > listener->row.send_q ? TONE_BAD : TONE_GOOD);
	for (int i = 0; i < PERSON_HEIGHT; i++)
		screen_fill(screen, people + i, col + 1, 1, 0x2503, TONE_PLAIN);
	uint64_t knocking = outside(drawing->frame, listener);

	col = draw_people(drawing, people, col + 4,
		knocking > 0 ? (width - col) / 2 : width - col - 6, (uint64_t)listener->half_open,
		0, TONE_WAITING);
	draw_people(drawing, people, col + 1, width - col - 2, knocking, 0, TONE_BAD);
}
