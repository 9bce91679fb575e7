/* A row of a ladder: when, which packet, both ends' states and the arrow between them, a note where
 * there is room; and how wide each column is. */
#include "text_ladder.h"

#include <inttypes.h>
#include <string.h>

enum {
	ARROW_LEAST = 12,
	ARROW_SLACK = 8, /* of an arrow, beyond its label */
	SILENCE_NS = 1000000000
};

const struct record *text_step_record(const struct model *model, const struct step *step)
{
	return step->kind == STEP_CORRECTION ? &model->corrections[step->index].record
					     : &model->transitions[step->index].record;
}

struct text_ladder text_ladder_of(const struct page *page, const struct connection *connection)
{
	struct text_ladder ladder = {.page = page,
		.connection = connection,
		.rungs = page->model->rungs + connection->first_rung,
		.left = connection->client == 1,
		.time = 4,
		.arrow = ARROW_LEAST};
	char text[PROSE_LINE];
	size_t used;
	int room;

	ladder.frame = text_wider(0, prose_label(LABEL_FRAME));
	for (int i = 0; i < 2; i++)
		ladder.state[i] =
			text_wider(0, prose_end(connection, i == 0 ? ladder.left : !ladder.left));
	for (size_t i = 0; i < connection->rung_count; i++) {
		const struct rung *rung = &ladder.rungs[i];

		ladder.time = text_wider(ladder.time, text_time(page, rung->t_ns, text));
		snprintf(text, sizeof(text), "%" PRIu64, rung->frame);
		ladder.frame = text_wider(ladder.frame, text);
		ladder.arrow = text_wider(ladder.arrow - ARROW_SLACK,
				       prose_rung(rung, text, sizeof(text))) +
			       ARROW_SLACK;
	}
	for (size_t i = 0; i < connection->steps.count; i++) {
		const struct step *step = &connection->steps.item[i];

		if (step->kind == STEP_ERROR)
			continue;
		const struct record *record = text_step_record(page->model, step);
		int column = (record->side & 1) == ladder.left ? 0 : 1;

		ladder.time = text_wider(ladder.time, text_time(page, record->t_ns, text));
		ladder.state[column] = text_wider(ladder.state[column], state_name(record->to));
	}
	ladder.base = (size_t)(1 + ladder.time + 1 + ladder.frame + 2);
	used = ladder.base + (size_t)(ladder.state[0] + 2 + 2 + ladder.state[1]);
	room = text_page_width(page) - (int)used;
	if (ladder.arrow > room)
		ladder.arrow = room < ARROW_LEAST ? ARROW_LEAST : room;
	ladder.notes = used + (size_t)ladder.arrow + 2;
	return ladder;
}

static void repeat(const struct page *page, const char *what, int count)
{
	for (; count > 0; count--)
		text_put(page, what);
}

/* "── SYN ────▶", "◀──── SYN-ACK ──"; one that was not taken ends in ×: ✗ is what
 * the report had claimed and takes back. */
static void arrow(const struct text_ladder *ladder, const struct rung *rung)
{
	bool right = rung->side == ladder->left;
	bool taken = rung->taken != TAKEN_IGNORED && rung->taken != TAKEN_UNANSWERED;
	const char *head = !taken ? "×" : right ? "▶" : "◀";
	char label[96];
	int rest;

	prose_rung(rung, label, sizeof(label));
	rest = ladder->arrow - 5 - text_wider(0, label);
	if (right) {
		text_put(ladder->page, "── ");
		text_put(ladder->page, label);
		text_put(ladder->page, " ");
		repeat(ladder->page, "─", rest);
		text_put(ladder->page, head);
	} else {
		text_put(ladder->page, head);
		repeat(ladder->page, "─", rest);
		text_put(ladder->page, " ");
		text_put(ladder->page, label);
		text_put(ladder->page, " ──");
	}
}

static void put_end(const struct page *page, const struct ladder_end *end, int column, bool left)
{
	const char *state = end->state != NULL ? end->state : "";

	fputs(end->bad ? ink(page, INK_BAD) : "", page->out);
	if (left) {
		text_pad(page, state, -column);
		text_put(page, " ");
		text_put(page, end->mark != NULL ? end->mark : "│");
	} else {
		text_put(page, end->mark != NULL ? end->mark : "│");
		text_put(page, *state != '\0' ? " " : "");
		text_put(page, state);
	}
	fputs(end->bad ? ink(page, INK_PLAIN) : "", page->out);
}

/* Nothing crossed for so long that it should be seen. */
static void silence(struct text_ladder *ladder, int64_t t_ns)
{
	char text[64], took[32];

	if (ladder->last_ns != 0 && t_ns - ladder->last_ns >= SILENCE_NS) {
		snprintf(text, sizeof(text), "… %s",
			prose_span(t_ns - ladder->last_ns, took, sizeof(took)));
		text_gap(ladder->page, ladder->base + (size_t)ladder->state[0] + 3);
		fprintf(ladder->page->out, "%s", ink(ladder->page, INK_DIM));
		text_put(ladder->page, text);
		fprintf(ladder->page->out, "%s\n", ink(ladder->page, INK_PLAIN));
	}
	ladder->last_ns = t_ns;
}

void text_row_begin(struct text_ladder *ladder, const struct ladder_row *row)
{
	char text[TEXT_TIME];

	silence(ladder, row->t_ns);
	text_gap(ladder->page, 1);
	text_pad(ladder->page, row->continued ? "" : text_time(ladder->page, row->t_ns, text),
		-ladder->time);
	text_gap(ladder->page, 1);
	snprintf(text, sizeof(text), "%" PRIu64, row->frame);
	text_pad(ladder->page, row->frame > 0 && !row->continued ? text : "", -ladder->frame);
	text_gap(ladder->page, 2);
}

bool text_row_wanted(struct text_ladder *ladder, int64_t t_ns)
{
	if (t_ns < ladder->page->options->since_ns)
		return false;
	return ladder->rows++ < TEXT_LADDER_ROWS || ladder->page->options->all;
}

void text_row_print(struct text_ladder *ladder, const struct ladder_row *row)
{
	const struct page *page = ladder->page;
	size_t width = (size_t)text_page_width(page), note = columns_of(row->note);
	size_t end = ladder->base + (size_t)(ladder->state[0] + 2 + ladder->arrow + 1) +
		     (row->end[1].state != NULL ? 1 + columns_of(row->end[1].state) : 0);

	text_row_begin(ladder, row);
	put_end(page, &row->end[0], ladder->state[0], true);
	if (row->rung != NULL)
		arrow(ladder, row->rung);
	else
		text_gap(page, (size_t)ladder->arrow);
	put_end(page, &row->end[1], ladder->state[1], false);
	if (note == 0) {
		fputc('\n', page->out);
		return;
	}
	if (end + 2 + note <= width) {
		text_gap(page, ladder->notes + note <= width ? ladder->notes - end : 2);
		text_put(page, row->note);
		fputc('\n', page->out);
		return;
	}
	fputc('\n', page->out);
	text_gap(page, ladder->base);
	text_wrap(page, ladder->base, ladder->base, row->note);
}
