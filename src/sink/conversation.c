/* A UDP conversation, datagram by datagram: like a TCP ladder, but there are no states. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "picture.h"
#include "tcpstate/prose.h"
#include "tcpstate/prose_report.h"

enum { LEFT_LINE = 84, FROM = 94, TO = 398, RIGHT_LINE = 408, OUTCOME = 418, ROW = 23 };

struct talk {
	struct sheet *sheet;
	const struct conversation *one;
	FILE *out;
	double y;
};

static void put_gap(struct talk *talk, int64_t gap_ns)
{
	char text[DURATION_TEXT];

	if (!ladder_small_gap(gap_ns))
		return;
	bool large = ladder_large_gap(gap_ns);
	if (large) {
		put(talk->out, "<rect class='bgf' x='%d' y='%n' width='20' height='7'/>",
			LEFT_LINE - 10, talk->y + 5);
		put(talk->out,
			"<path class='mk2' d='M%d %nl4-4 4 8 4-8 4 8 4-4M%d %nl4-4 4 8 4-8 4 8 "
			"4-4'/>",
			LEFT_LINE - 10, talk->y + 9, RIGHT_LINE - 10, talk->y + 9);
	}
	put_text(talk->out, (FROM + TO) / 2.0, talk->y + (large ? 13 : 10),
		large ? "m t9 s" : "m t9 f", duration_text(gap_ns, text));
	talk->y += large ? 24 : 13;
}

static void put_error(struct talk *talk, const struct datagram *line, double y)
{
	const struct icmp_error *error = &talk->sheet->model->errors[line->error];
	bool back = line->side == talk->one->opener; /* to whoever sent what it quotes */
	double from = back ? TO : FROM, to = back ? FROM : TO;
	char text[200], fitted[200], outcome[200], piece[128];
	const char *rest = prose_icmp_outcome(error, "", outcome, sizeof(outcome));

	put(talk->out, "<path class='x re' d='M%n %nH%n'/><path class='ahb' d='M%n %nl%d-3v6z'/>",
		from, y, to, to, y, back ? 6 : -6);
	snprintf(
		text, sizeof(text), "ICMP %s", prose_icmp(error->family, error->type, error->code));
	put_text(talk->out, FROM + 8, y - 4, "bad",
		px_fit(text, NORMAL, TO - FROM - 60, false, fitted, sizeof(fitted)));
	if (error->effect == ICMP_NOT_CONNECTED)
		rest = page_word(WORD_NEVER_TOLD);
	for (int i = 0;
		i < 2 && px_line(&rest, SMALL, LADDER_WIDTH - OUTCOME - 6, piece, sizeof(piece));
		i++)
		put_text(talk->out, OUTCOME, y + 3 + 11 * i, "t9 bad", piece);
}

static void put_words(struct talk *talk, const struct datagram *line, double y, bool crossed)
{
	char head[96], safe[256], quoted[300] = "", fitted[300], pieces[64];
	double right = TO - (crossed ? 70 : 56), left = FROM + 8;

	snprintf(head, sizeof(head), "%" PRIu32 " B", line->bytes);
	put(talk->out, "<text x='%n' y='%n'><tspan class='b'>%s</tspan>", left, y - 4, head);
	left += px_width(head, NORMAL, true) + 5;
	if (line->fragments > 0) {
		page_text(pieces, sizeof(pieces), WORD_FRAGMENTS, (unsigned)line->fragments);
		put(talk->out, " %s", pieces);
		left += px_width(pieces, NORMAL, false) + 5;
	}
	if (line->text != NULL)
		snprintf(quoted, sizeof(quoted), "“%s”",
			visible(line->text, RUNG_TEXT, safe, sizeof(safe)));
	if (*quoted != '\0')
		put(talk->out, " %e",
			px_fit(quoted, NORMAL, right - left, false, fitted, sizeof(fitted)));
	put(talk->out, "</text>");
}

static void put_line(struct talk *talk, const struct datagram *line)
{
	double y = talk->y + 15;
	bool out_way = line->side == talk->one->opener;
	double from = out_way ? FROM : TO, to = out_way ? TO : FROM, sign = out_way ? 1 : -1;
	char seconds[DURATION_TEXT];

	put_text(talk->out, COLUMN_TIME, y + 3, "tm",
		sheet_seconds(talk->sheet, line->t_ns, seconds));
	if (line->error != UINT32_MAX) {
		put_error(talk, line, y);
	} else {
		put(talk->out, "<path class='da' d='M%n %nH%n'/>", from, y,
			to - sign * (line->answered ? 14 : 4));
		if (line->answered)
			put_mark(talk->out, MARK_CROSS, to - sign * 14, y, 3.6);
		else
			put(talk->out, "<path class='ah' d='M%n %nl%n-3v6z'/>", to, y, -6 * sign);
		put_words(talk, line, y, line->answered && out_way);
	}
	put(talk->out, "<text x='%d' y='%n' class='fr'>#%U</text>",
		TO - (line->answered && out_way ? 24 : 8), y - 4, line->frame);
	talk->y += ROW;
}

static void put_lines(struct talk *talk)
{
	const struct model *model = talk->sheet->model;
	const struct conversation *one = talk->one;
	uint64_t expected = 0;
	char text[96];

	for (size_t i = 0; i < one->line_count; i++) {
		const struct datagram *line = &model->datagrams[one->first_line + i];

		if (i > 0)
			put_gap(talk, line->t_ns - line[-1].t_ns);
		if (line->ordinal > expected) {
			put_text(talk->out, (FROM + TO) / 2.0, talk->y + 14, "m s",
				page_text(text, sizeof(text), WORD_LINES_LEFT,
					(unsigned long)(line->ordinal - expected)));
			talk->y += 22;
		}
		expected = line->ordinal + 1;
		put_line(talk, line);
	}
}

static void put_heads(struct talk *talk, FILE *out, double height)
{
	const struct conversation *one = talk->one;
	char end[FLOW_END_TEXT], fitted[FLOW_END_TEXT + 320];

	for (int i = 0; i < 2; i++) {
		int side = i == 0 ? one->opener : !one->opener;
		const struct udp_socket *socket =
			one->socket[side] != UINT32_MAX
				? &talk->sheet->model->udp_sockets[one->socket[side]]
				: NULL;
		char text[320] = "", owners[256] = "";

		put_text(out, i == 0 ? 2 : RIGHT_LINE, 14, i == 0 ? "b t12" : "b t12 m",
			px_fit_end(flow_end_text(&one->key, side, end), NAMES, 230, true, fitted,
				sizeof(fitted)));
		if (socket != NULL && socket->has_owner)
			prose_owners(talk->sheet->model, &socket->owner, &socket->also, owners,
				sizeof(owners));
		if (socket != NULL)
			snprintf(text, sizeof(text), "%s%s%s", owners, *owners != '\0' ? ", " : "",
				page_word(socket->connected ? WORD_UDP_CONNECTED
							    : WORD_UDP_UNCONNECTED));
		put_text(out, i == 0 ? 2 : RIGHT_LINE, 27, i == 0 ? "t9 s" : "t9 s m",
			px_fit(text, SMALL, 230, false, fitted, sizeof(fitted)));
		put(out, "<path class='ul' d='M%d 32V%n'/>", i == 0 ? LEFT_LINE : RIGHT_LINE,
			height);
	}
}

bool figure_conversation(struct sheet *sheet, FILE *out, uint32_t index, struct figure_size *size)
{
	struct talk talk = {.sheet = sheet, .one = &sheet->model->conversations[index], .y = 40};
	char *body = NULL, id[24], title[96];
	size_t bytes;

	talk.out = open_memstream(&body, &bytes);
	if (talk.out == NULL)
		return false;
	put_lines(&talk);
	fclose(talk.out);
	*size = (struct figure_size){.width = LADDER_WIDTH, .height = (int)talk.y + 10};
	snprintf(id, sizeof(id), "lu%" PRIu32, index);
	figure_begin(out, id, "lad", LADDER_WIDTH, talk.y + 10,
		page_text(title, sizeof(title), WORD_CONVERSATION_TITLE, talk.one->number),
		page_word(WORD_DATAGRAMS_DESC));
	put_heads(&talk, out, talk.y + 10);
	put(out, "%s</svg>", body);
	free(body);
	return true;
}
