/* Lines, bars, tones and times on the screen. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "screen_parts.h"
#include "tcpstate/columns.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_watch.h"

enum { TIME_COLUMNS = 12 };
static const int64_t fresh_ns = INT64_C(1500000000), second_ns = INT64_C(1000000000);

enum tone tone_of_state(unsigned state)
{
	switch (state) {
	case STATE_LISTEN:
		return TONE_LISTEN;
	case STATE_ESTABLISHED:
		return TONE_GOOD;
	case STATE_CLOSE_WAIT:
		return TONE_BAD;
	case STATE_TIME_WAIT:
	case STATE_CLOSED:
		return TONE_DIM;
	default:
		return TONE_WAITING;
	}
}

bool is_fresh(const struct drawing *drawing, int64_t t_ns)
{
	return t_ns != 0 && drawing->frame->t_ns - t_ns < fresh_ns;
}

char *time_since(const struct drawing *drawing, int64_t t_ns, char *buffer, size_t size)
{
	int64_t ms = (drawing->frame->t_ns - t_ns) / 1000000;

	buffer[0] = '\0';
	return t_ns != 0 ? prose_duration(ms > 0 ? ms / 100 * 100 : 0, buffer, size) : buffer;
}

char *time_left(
	const struct drawing *drawing, const struct live_socket *socket, char *buffer, size_t size)
{
	int64_t ms = (int64_t)socket->row.expires_ms -
		     (drawing->frame->t_ns - socket->seen_ns) / 1000000;

	buffer[0] = '\0';
	if (socket->row.timer == DIAG_TIMER_OFF || (socket->row.expires_ms == 0 && ms < -1000))
		return buffer;
	return prose_duration(ms > 0 ? (ms + 99) / 100 * 100 : 0, buffer, size);
}

void draw_bar(struct drawing *drawing, int row, int col, int width, uint64_t length, uint64_t limit)
{
	uint64_t most = limit > 0 ? limit : 1, within = length < most ? length : most;
	int filled = (int)((within * (uint64_t)width + most - 1) / most);
	bool full = length >= most;
	enum tone tone = full ? TONE_BAD : length * 2 >= most ? TONE_WAITING : TONE_GOOD;

	if (full && drawing->ui->flash)
		tone = TONE_FLASH;
	screen_fill(drawing->screen, row, col, filled, 0x2588, tone);
	screen_fill(drawing->screen, row, col + filled, width - filled, 0x2591, TONE_DIM);
}

void draw_head(struct drawing *drawing, int row, const char *text, const char *more)
{
	int width = drawing->screen->width;
	int col = screen_put(drawing->screen, row, 0, width, TONE_HEAD, text);

	screen_fill(drawing->screen, row, col, width - col, 0x2500, TONE_DIM);
	if (col + 3 < width)
		screen_fill(drawing->screen, row, col, 1, ' ', TONE_PLAIN);
	if (*more != '\0')
		screen_put_right(drawing->screen, row, col + 2, width - col - 4, TONE_DIM, more);
}

void time_of_day(int64_t t_ns, char text[TIME_TEXT], bool milliseconds)
{
	time_t seconds = (time_t)(t_ns / second_ns);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL || strftime(text, TIME_TEXT, "%H:%M:%S", &tm) == 0)
		text[0] = '\0';
	if (milliseconds)
		snprintf(text + strlen(text), TIME_TEXT - strlen(text), ".%03d",
			(int)(t_ns % second_ns / 1000000));
}

const struct live_line *line_until(const struct drawing *drawing, uint64_t number)
{
	return number > drawing->frame->last_line ? NULL : live_line(drawing->live, number);
}

static enum tone tone_of_line(const struct drawing *drawing, const struct live_line *line)
{
	const struct record *record = &line->record;

	return record->kind == RECORD_CORRECTION ? TONE_BAD
	       : line->withdrawn                 ? TONE_DIM
	       : is_fresh(drawing, record->t_ns) ? TONE_STRONG
						 : TONE_PLAIN;
}

/* As in a report's ladder: both, the packet alone, the kernel alone, not taken. */
static uint32_t sign_of(const struct live_line *line)
{
	const struct record *record = &line->record;

	if (record->kind == RECORD_CORRECTION || line->withdrawn)
		return 0x00d7;
	return record->evidence == EVIDENCE_BOTH     ? 0x25cf
	       : record->evidence == EVIDENCE_KERNEL ? 0x25c6
						     : 0x25cb;
}

void draw_line(struct drawing *drawing, int row, const struct live_line *line, bool alone)
{
	struct screen *screen = drawing->screen;
	const struct record *record = &line->record;
	int side = record->listener ? 0 : record->side & 1, width = screen->width;
	int end_columns = width < 100 ? 15 : width < 140 ? 18 : 21, col = TIME_COLUMNS + 1;
	enum tone tone = tone_of_line(drawing, line);
	char time[TIME_TEXT], end[FLOW_END_TEXT], edge[64], why[512];

	time_of_day(record->t_ns, time, true);
	screen_put(screen, row, 0, TIME_COLUMNS, TONE_DIM, time);
	if (!alone || width >= 100) {
		screen_put(screen, row, col, end_columns, tone,
			flow_end_text(&record->key, side, end));
		col += end_columns + 1;
	}
	if (!alone && width >= 120) {
		screen_put(screen, row, col, end_columns, tone,
			flow_end_text(&record->key, !side, end));
		col += end_columns + 1;
	}
	screen_fill(screen, row, col, 1, sign_of(line), tone);
	snprintf(edge, sizeof(edge), "%s → %s", state_name(record->from), state_name(record->to));
	col = screen_put(screen, row, col + 2, width, tone, edge) + 1 > col + 28 || width < 100
		      ? col + 2 + (int)columns_of(edge) + 2
		      : col + 29;
	prose_watch(record, why, sizeof(why));
	screen_put(screen, row, col, width - col, tone, why);
}
