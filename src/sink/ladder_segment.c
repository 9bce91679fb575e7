/* A segment on a ladder: its arrow, what it says, whether it was taken, what it repeats, and the
 * states it brought. */
#include <string.h>

#include "ladder.h"
#include "picture.h"
#include "tcpstate/prose_report.h"
#include "tcpstate/segment.h"

enum { ALOUD_MOST = 16 /* segments; the table has all */ };

/* What it is, in bold, and its numbers. */
static void segment_words(
	const struct rung *rung, char *kind, size_t size, char *numbers, size_t numbers_size)
{
	unsigned flags = rung->flags;
	bool ack = (flags & TCP_ACK) != 0;

	*numbers = '\0';
	if ((flags & TCP_RST) != 0) {
		snprintf(kind, size, "RST");
		if (ack)
			snprintf(numbers, numbers_size, "ack %u", rung->ack);
	} else if ((flags & TCP_SYN) != 0) {
		snprintf(kind, size, ack ? "SYN-ACK" : "SYN");
		snprintf(numbers, numbers_size, ack ? "seq %u ack %u" : "seq %u", rung->seq,
			rung->ack);
	} else if ((flags & TCP_FIN) != 0) {
		snprintf(kind, size, "FIN");
		if (rung->len > 0)
			snprintf(numbers, numbers_size, "seq %u, %u B", rung->seq, rung->len);
		else
			snprintf(numbers, numbers_size, "seq %u ack %u", rung->seq, rung->ack);
	} else if (rung->len > 0) {
		snprintf(kind, size, "%u B", rung->len);
		snprintf(numbers, numbers_size, "seq %u", rung->seq);
	} else {
		snprintf(kind, size, "ACK");
		snprintf(numbers, numbers_size, "%u", rung->ack);
	}
}

/* Kind, numbers and what the payload begins with, as far as there is room. */
static void put_words(FILE *out, const struct rung *rung, double x, double y, double room)
{
	char kind[24], numbers[48], quoted[300] = "", safe[256], fitted[320];
	double left = room;

	segment_words(rung, kind, sizeof(kind), numbers, sizeof(numbers));
	if (rung->text != NULL)
		snprintf(quoted, sizeof(quoted), "“%s”",
			visible(rung->text, RUNG_TEXT, safe, sizeof(safe)));
	/* the sign of a repetition hangs in the margin: it takes no room from the numbers */
	const char *sign = rung->retransmission ? "↻ " : "";
	put(out, "<text x='%n' y='%n'>%s<tspan class='b'>%s</tspan>",
		x - px_width(sign, NORMAL, false), y, sign, kind);
	left -= px_width(kind, NORMAL, true) + 5;
	if (*quoted != '\0' &&
		left - px_width(numbers, NORMAL, false) - 6 < px_width("“abc…”", NORMAL, false))
		*numbers = '\0';
	if (*numbers != '\0') {
		const char *ack = strstr(numbers, "ack");

		if (ack != NULL && px_width(numbers, NORMAL, false) > left)
			memmove(numbers, ack, strlen(ack) + 1);
		put(out, " <tspan class='s'>%s</tspan>",
			px_fit(numbers, NORMAL, left, false, fitted, sizeof(fitted)));
		left -= px_width(numbers, NORMAL, false) + 6;
	}
	if (*quoted != '\0')
		put(out, " %e", px_fit(quoted, NORMAL, left, false, fitted, sizeof(fitted)));
	put(out, "</text>");
}

/* A dotted curve on the sender's side from the segment that this one repeats. */
static void put_repetition(struct ladder *ladder, const struct row *row, bool up)
{
	const struct rung *rung = &ladder->rungs[row->index];

	for (size_t i = 0; rung->again > 0 && i < ladder->row_count; i++) {
		const struct row *other = &ladder->rows[i];

		if (other->kind != ROW_SEGMENT || ladder->rungs[other->index].frame != rung->again)
			continue;
		double x = up ? COLUMN_FROM + 2 : COLUMN_TO - 2, bent = up ? x + 14 : x - 14;
		put(ladder->under, "<path class='rt' d='M%n %nC%n %n %n %n %n %n'/>", x,
			other->y + 2, bent, other->y + 8, bent, row->y - 8, x, row->y - 2);
		return;
	}
}

static void put_claim(struct ladder *ladder, const struct row *row, const struct correction *claim,
	uint32_t nth, int above)
{
	bool client = sheet_role(ladder->sheet, &claim->record, claim->index) == ROLE_CLIENT;
	double x = client ? COLUMN_CLIENT - 7 : COLUMN_SERVER + 8, end = row->y + 14,
	       y = row->y + 13 * above;
	char why[256], line[256];
	const char *text = prose_reason(&claim->record.reason, why, sizeof(why));
	FILE *out = ladder->over;

	strokes_mark(&ladder->strokes, MARK_CROSS, client ? COLUMN_CLIENT - 1 : COLUMN_SERVER + 1,
		y - 1, 3);
	put_text(out, x, y + 3, client ? "b bad st e" : "b bad st", state_name(claim->record.to));
	for (int i = 0; i < LINES_MAX && px_line(&text, SMALL,
						 client ? COLUMN_CLIENT - COLUMN_TIME - 16
							: LADDER_WIDTH - COLUMN_SERVER - 10,
						 line, sizeof(line));
		i++)
		put_text(out, x, y + 16 + 12 * i, client ? "t9 bad e" : "t9 bad", line);
	for (size_t i = 0; i < ladder->row_count; i++)
		if (ladder->rows[i].kind == ROW_REFUTED && ladder->rows[i].nth == nth &&
			&ladder->sheet->model->corrections[ladder->rows[i].index] == claim)
			end = ladder->rows[i].y;
	put(ladder->under, "<rect class='gh' x='%d' y='%n' width='16' height='%n'/>",
		(client ? COLUMN_CLIENT_BAND : COLUMN_SERVER_BAND) - 3, row->y,
		end - row->y > 6 ? end - row->y : 6);
}

static void put_arrow(struct ladder *ladder, const struct row *row, bool up, bool lost)
{
	const struct rung *rung = &ladder->rungs[row->index];
	const char *class = (rung->flags & (TCP_SYN | TCP_FIN | TCP_RST)) != 0 ? "ln"
			    : rung->len > 0                                    ? "da"
									       : "ac";
	double from = up ? COLUMN_FROM : COLUMN_TO, to = up ? COLUMN_TO : COLUMN_FROM,
	       sign = up ? 1 : -1, ends = to - sign * (lost ? 16 : 4);
	FILE *out = ladder->over;
	char id[ANCHOR_TEXT], shaft[16], frame[32];

	put(out, "<g%s><path class='hit' d='M0 %nh%dv%nH0z'/>",
		sheet_anchor(ladder->sheet, ladder->connection->run, false, rung->frame, id),
		row->top + 1, LADDER_WIDTH, row->height);
	snprintf(shaft, sizeof(shaft), "%s%s", class, rung->retransmission ? " re" : "");
	put(strokes_of(&ladder->strokes, shaft), "M%n %nH%n", from, row->y, ends);
	if (lost)
		strokes_mark(&ladder->strokes, MARK_CROSS, ends, row->y, 3.6);
	else
		put(strokes_of(&ladder->strokes, class[1] == 'c' ? "ach" : "ah"), "M%n %nl%n-3v6z",
			to, row->y, -6 * sign);
	snprintf(frame, sizeof(frame), "#%llu", (unsigned long long)rung->frame);
	double right = COLUMN_TO - (lost && up ? 26 : 6),
	       left = COLUMN_FROM + (lost && !up ? 26 : 14);
	put_text(out, right, row->y - 4, "fr", frame);
	put_words(out, rung, left, row->y - 4, right - left - px_width(frame, SMALL, false) - 6);
	put(out, "</g>");
}

/* An older connection's ACK answered the SYN: beside the server's lifeline, which had that one. */
static void put_older(struct ladder *ladder, const struct row *row)
{
	const struct model *model = ladder->sheet->model;
	char text[128], fitted[160];

	prose_rung_older(model, (uint32_t)(ladder->connection - model->connections), row->index,
		true, text, sizeof(text));
	if (*text != '\0')
		put_text(ladder->over, COLUMN_SERVER + 8, row->y + 3, "s",
			px_fit(text, NORMAL, LADDER_WIDTH - COLUMN_SERVER - 10, false, fitted,
				sizeof(fitted)));
}

void ladder_segment(struct ladder *ladder, const struct row *row)
{
	const struct rung *rung = &ladder->rungs[row->index];
	bool up = rung->side == sheet_side(ladder->connection, ROLE_CLIENT);
	uint32_t nth = 0;
	const struct correction *claim = ladder_claim(ladder, rung, &nth);
	bool lost = rung->taken == TAKEN_UNANSWERED || rung->taken == TAKEN_IGNORED;

	int above = 0;

	put_arrow(ladder, row, up, lost);
	if (rung->retransmission)
		put_repetition(ladder, row, up);
	for (int role = 0; role < 2; role++) {
		uint32_t index;
		size_t at = 0;

		for (int i = 0;
			(index = ladder_transition(ladder, rung->frame, role, &at)) != UINT32_MAX;
			i++) {
			ladder_state(ladder, index, row->y + 13 * i);
			above += claim != NULL &&
				 sheet_role(ladder->sheet, &claim->record, claim->index) == role;
		}
	}
	if (rung->taken == TAKEN_UNANSWERED)
		put_text(ladder->over, up ? COLUMN_SERVER + 8 : COLUMN_CLIENT - 7, row->y + 3,
			up ? "bad" : "bad e", page_word(WORD_NO_ANSWER));
	put_older(ladder, row);
	if (claim != NULL)
		put_claim(ladder, row, claim, nth, above);
}

void ladder_aloud(const struct ladder *ladder, char *text, size_t size)
{
	size_t told = 0, used = strlen(text);
	int before = -1;
	char kind[24], numbers[48];

	for (size_t i = 0; i < ladder->row_count && used < size; i++) {
		const struct row *row = &ladder->rows[i];

		if (row->kind != ROW_SEGMENT)
			continue;
		const struct rung *rung = &ladder->rungs[row->index];
		bool up = rung->side == sheet_side(ladder->connection, ROLE_CLIENT);
		if (told++ == ALOUD_MOST) {
			snprintf(text + used, size - used, " …");
			return;
		}
		segment_words(rung, kind, sizeof(kind), numbers, sizeof(numbers));
		if (before == up)
			used += (size_t)snprintf(text + used, size - used, ", %s", kind);
		else
			used += (size_t)snprintf(text + used, size - used, "%s%s → %s: %s",
				before == -1 ? ". " : "; ",
				page_word(up ? WORD_CLIENT : WORD_SERVER),
				page_word(up ? WORD_SERVER : WORD_CLIENT), kind);
		if (used < size && rung->retransmission)
			used += (size_t)snprintf(
				text + used, size - used, " (%s)", page_word(WORD_AGAIN));
		before = up;
	}
}
